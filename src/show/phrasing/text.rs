//! How lists, instants, reasons and commands are written, and where lines of text end.

use crate::show::escape;
use caseward_events::{Position, Recorded, Timestamp};
use std::fmt::Display;
use unicode_width::UnicodeWidthStr;

/// What fits on a line where nobody says how wide a terminal is.
pub const COLUMNS: usize = 80;

/// The narrowest and the widest line: in narrower ones no sentence can be read, in wider ones none is read gladly.
const COLUMNS_MIN: usize = 40;
const COLUMNS_MAX: usize = 120;

tokio::task_local! {
    /// How wide the terminal is for which this task puts words together.
    static WIDTH: usize;
}

/// Runs what puts words together for a terminal of so many columns.
pub async fn within<F: Future>(columns: Option<u16>, told: F) -> F::Output {
    let width = columns.map_or(COLUMNS, |columns| usize::from(columns).clamp(COLUMNS_MIN, COLUMNS_MAX));
    WIDTH.scope(width, told).await
}

/// What fits on a line of the terminal that words are put together for.
#[must_use]
pub fn columns() -> usize {
    WIDTH.try_with(|width| *width).unwrap_or(COLUMNS)
}

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

/// To the minute, in UTC: `2024-03-14 09:30Z`.
#[must_use]
pub fn minute(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..16).map_or_else(|| text.clone(), |minute| format!("{}Z", minute.replace('T', " ")))
}

/// Why the actor did it, in quotation marks, or that it was erased; `None` where nothing was said.
#[must_use]
pub fn said(recorded: &Recorded) -> Option<String> {
    match recorded.reason_text() {
        Some(reason) => Some(format!("\"{}\"", escape::visible(reason))),
        None => recorded.reason_is_erased().then(|| "(the reason was erased)".to_owned()),
    }
}

/// What is wrong with a text, with the line that it is in: on one line, where a parser would draw several.
#[must_use]
pub fn at_line(text: &str, begins: Option<usize>, what: &str) -> String {
    let what = what.trim_end().replace('\n', ", ");
    match begins.and_then(|begins| text.get(..begins)) {
        Some(before) => format!("line {}: {what}", before.matches('\n').count() + 1),
        None => what,
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
    let columns = columns();
    let mut column = first.width();
    let mut fresh = true;
    for word in text.split(' ') {
        let width = word.width();
        if !fresh && column + 1 + width > columns {
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

    #[tokio::test]
    async fn lines_are_as_wide_as_the_terminal_within_reason() {
        for (given, width) in [(Some(20), 40), (Some(60), 60), (Some(100), 100), (Some(400), 120), (None, 80)] {
            let lines = within(given, async { wrapped("", "  ", "word ".repeat(80).trim_end()) }).await;
            let widest = lines.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
            assert!(widest <= width && widest > width - 6, "{given:?}: {widest}");
        }
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
