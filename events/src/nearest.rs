//! The known word that was most likely meant.

/// The one that takes the fewest letters to change, where that is at most half of them.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|one| (distance(word, one), one));
    let (fewest, one) = distances.min_by_key(|(distance, _)| *distance)?;
    (2 * fewest <= one.chars().count()).then_some(one)
}

/// Letters to put in, take out or replace (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (left, known) in other.chars().enumerate() {
            let replaced = corner + usize::from(letter != known);
            corner = row[left + 1];
            row[left + 1] = replaced.min(corner + 1).min(row[left] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_and_nonsense_finds_none() {
        let known = ["actor", "command", "on", "to", "type"];
        for (typed, meant) in [("comand", "command"), ("aktor", "actor"), ("tpye", "type"), ("on", "on")] {
            assert_eq!(nearest(typed, known), Some(meant), "{typed}");
        }
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
