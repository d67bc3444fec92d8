//! How lists, instants, reasons and commands are written, and where lines of text end.

use crate::show::escape;
use caseward_events::{Position, Recorded, Timestamp};
use std::fmt::Display;
use unicode_width::UnicodeWidthStr;

/// What fits on a line.
pub const COLUMNS: usize = 80;

/// Behind an answer that names nothing, where what was asked about is not there.
#[must_use]
pub fn missing_at(position: Position) -> String {
    format!("; it does not exist at position {position}")
}

/// `a, b and c`.
#[must_use]
pub fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    match items.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// To the minute, in UTC: `2024-03-14 09:30`.
#[must_use]
pub fn minute(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..16).map_or_else(|| text.clone(), |minute| minute.replace('T', " "))
}

/// Why the actor did it, in quotation marks, or that it was erased; `None` where nothing was said.
#[must_use]
pub fn said(recorded: &Recorded) -> Option<String> {
    match recorded.reason_text() {
        Some(reason) => Some(format!("\"{}\"", escape::visible(reason))),
        None => recorded.reason_is_erased().then(|| "(the reason was erased)".to_owned()),
    }
}

/// A command as one types it: what a shell would take apart is quoted.
#[must_use]
pub fn typed(words: &[&str]) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.:/,+@%=".contains(letter);
    let quoted = |word: &&str| match word.chars().all(plain) && !word.is_empty() {
        true => (*word).to_owned(),
        false => format!("'{}'", escape::visible(word).replace('\'', r"'\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Text broken at blanks to fit: the first line behind one prefix, the others behind another. A word too long for a
/// line stands alone and whole.
#[must_use]
pub fn wrapped(first: &str, rest: &str, text: &str) -> String {
    let mut lines = String::from(first);
    let mut column = first.width();
    let mut fresh = true;
    for word in text.split(' ') {
        let width = word.width();
        if !fresh && column + 1 + width > COLUMNS {
            lines.push('\n');
            lines.push_str(rest);
            column = rest.width();
            fresh = true;
        }
        if !fresh {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
        fresh = false;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_one_says_it() {
        assert_eq!(list(["a"; 0]), "nothing");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn lines_end_before_the_eightieth_column_unless_a_word_is_longer() {
        let long = "x".repeat(90);
        let text = format!("{} {long} end", "word ".repeat(30).trim_end());
        let lines = wrapped("├─ ", "│  ", &text);
        assert!(lines.lines().all(|line| line.chars().count() <= COLUMNS || line == format!("│  {long}")));
        assert_eq!(lines.replace("\n│  ", " "), format!("├─ {text}"));
    }

    #[test]
    fn letters_that_take_two_columns_count_as_two() {
        let lines = wrapped("- ", "  ", &"漢字漢字漢 ".repeat(12));
        assert!(lines.lines().all(|line| line.width() <= COLUMNS), "{lines}");
    }

    #[test]
    fn a_typed_command_survives_the_shell() {
        assert_eq!(typed(&["history", "case:a b", "case:it's"]), r"history 'case:a b' 'case:it'\''s'");
    }
}
