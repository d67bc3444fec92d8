//! The known word that was most likely meant.

/// The one that takes the fewest letters to change, where that is at most half of them.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().filter_map(|one| Some((slips(word, one)?, one)));
    distances.min_by_key(|(slips, _)| *slips).map(|(_, one)| one)
}

/// How many letters it takes to make one word of the other, where that is at most half of those it has. Capitals count
/// as the small letters that they are of.
#[must_use]
pub fn slips(word: &str, known: &str) -> Option<usize> {
    let slips = distance(&word.to_lowercase(), &known.to_lowercase());
    (2 * slips <= known.chars().count()).then_some(slips)
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
        assert_eq!((slips("ANA", "ana"), slips("anna", "ana"), slips("zoe", "ana")), (Some(0), Some(1), None));
    }
}
