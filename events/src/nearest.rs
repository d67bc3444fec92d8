//! The known word that was most likely meant, and how a text says so.
//!
//! INVARIANT: what says why a text is wrong ends with the guess, so that whoever has a place of its own for advice can take
//! it off again.

/// The one that takes the fewest letters to change, where that is at most half of them.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().filter_map(|one| Some((slips(word, one)?, one)));
    distances.min_by_key(|(slips, _)| *slips).map(|(_, one)| one)
}

const MEANT: &str = "; did you mean `";

/// `; did you mean ...?`, to stand behind what is wrong; nothing, where nothing is near.
#[must_use]
pub fn or_meant(meant: Option<impl std::fmt::Display>) -> String {
    meant.map(|meant| format!("{MEANT}{meant}`?")).unwrap_or_default()
}

/// What is wrong, and the advice behind it, where there is some.
#[must_use]
pub fn without_meant(text: &str) -> (&str, Option<String>) {
    let Some((wrong, meant)) = text.rsplit_once(MEANT).filter(|(_, meant)| meant.ends_with("`?")) else {
        return (text, None);
    };
    (wrong, Some(format!("did you mean `{meant}")))
}

/// What somebody meant who wrote a word that a parser of JSON does not know, told by what it says of it: `unknown field
/// `acess`, expected one of `on`, `to`, `access``.
#[must_use]
pub fn meant_of(told: &str) -> Option<&str> {
    let (before, after) = told.split_once("`, expected ")?;
    let (what, word) = before.rsplit_once('`')?;
    let is_name = ["unknown field ", "unknown variant "].iter().any(|start| what.ends_with(start));
    nearest(word, after.split('`').skip(1).step_by(2)).filter(|_| is_name)
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
    fn a_guess_is_put_behind_what_is_wrong_and_taken_off_again() {
        let text = format!("`raed` is not an action{}", or_meant(Some("read")));
        assert_eq!(text, "`raed` is not an action; did you mean `read`?");
        assert_eq!(without_meant(&text), ("`raed` is not an action", Some("did you mean `read`?".to_owned())));
        assert_eq!(without_meant("plain"), ("plain", None));
        assert_eq!(meant_of("unknown field `acess`, expected one of `on`, `access`"), Some("access"));
        assert_eq!(meant_of("unknown variant `cmff`, expected `cmf` or `am`"), Some("cmf"));
        assert_eq!(meant_of("invalid type: integer `4711`, expected a string"), None);
    }

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
