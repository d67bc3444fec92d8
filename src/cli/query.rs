//! Queries as typed: read, and told where they are wrong.

use crate::cli::args::QueryArgs;
use crate::cli::exit::Failure;
use crate::cli::printer::style;
use crate::engine::{Clock, SystemClock};
use crate::show::escape;
use crate::show::phrasing;
use caseward_events::query::{BadQuery, Key};
use caseward_events::{Event, Query};

/// The query that was typed; the empty one where none was.
///
/// # Errors
/// A wrong call, with a mark below the word that is wrong.
pub fn parsed(filter: &QueryArgs) -> Result<Query, Failure> {
    let text = Query::of_words(&filter.query);
    Query::parse(&text, SystemClock.now()).map_err(told)
}

fn told(bad: BadQuery) -> Failure {
    let (shown, hint) = (marked(&bad), bad.hint.clone());
    Failure::usage(bad).showing(shown).hint(hint)
}

/// What fits behind the indent of a terminal's line.
const COLUMNS: usize = phrasing::COLUMNS - 4;

/// The query, or what fits of it, and marks below the part that is wrong.
fn marked(bad: &BadQuery) -> [String; 2] {
    // One column a character, whatever it is, so that the marks stand below it.
    let plain = |letter: char| if escape::visible(&letter.to_string()).chars().count() == 1 { letter } else { '?' };
    let letters: Vec<char> = bad.query.chars().map(plain).collect();
    let last_start = letters.len().saturating_sub(COLUMNS);
    // With some of what stands before it.
    let start = if letters.len() <= COLUMNS { 0 } else { bad.at.saturating_sub(COLUMNS / 3).min(last_start) };
    let shown: String = letters.iter().skip(start).take(COLUMNS).collect();
    let at = bad.at - start;
    let marks = "^".repeat(bad.length.min(COLUMNS.saturating_sub(at)).max(1));
    [shown, format!("{}{marks}", " ".repeat(at))]
}

const BEFORE: &str = r#"A query selects events. `history`, `export` and `tail` take one:

  caseward history case:4711 actor:ana command:grant after:2026-01-01
  caseward export --format csv on:case:4711 -reason:test

An event must match every term; of several terms with the same key, one is
enough. `after` and `before` may each occur once. A `-` before a term negates
it. Put a value with blanks in double quotes: 'reason:"court order"'.

"#;

const AFTER: &str = r#"
An INSTANT may also be a day, meaning its start in UTC; how long ago: -2d, -12h
or -90m; or a position. `after` includes its instant, `before` does not. Erased
reasons match nothing; -reason:test also matches events without a reason. A
grant that replaced an entry counts as `update_grant`.

What names one thing, or came through one caller, is found without the log.
Of the organization, other queries read every event between `after` and
`before`, so give them both where the log is long.

Types of events:
"#;

/// What a key takes, and what it finds.
const fn of_key(key: Key) -> (&'static str, &'static str) {
    match key {
        Key::Actor => ("ID, actor:user:ID, actor:system:ID", "who acted"),
        Key::Via => ("ID, via:jwt:ISSUER#SUBJECT", "who it came through; tokens: `caseward token list`"),
        Key::On => ("REFERENCE", "what the event names: case:ID, user:ID, ... as for `history`"),
        Key::To => ("ID, to:user:ID, to:group:ID", "a user or group that the event names; also written subject:"),
        Key::Type => ("TYPE", "what happened, such as access_granted"),
        Key::Command => ("COMMAND", "the command, such as grant; see `caseward help commands`"),
        Key::After => ("INSTANT", "at that instant or after it"),
        Key::Before => ("INSTANT", "before that instant"),
        Key::Reason => ("TEXT", "the reason contains it; case does not matter"),
        Key::Id => ("ID", "the id of the command"),
        Key::Correlation => ("ID", "the correlation_id of the command"),
        Key::Causation => ("ID", "the causation_id of the command"),
    }
}

/// What `caseward help queries` prints.
#[must_use]
pub fn help() -> String {
    let (bold, reset) = (style::BOLD, style::RESET);
    let mut text = BEFORE.to_owned();
    for key in Key::ALL {
        let (value, found) = of_key(key);
        text.push_str(&format!("{bold}{}:{reset}{value}\n    {found}\n", key.name()));
    }
    text.push_str(&format!(
        "{bold}a word alone{reset}\n    the actor, the reason or anything that the event names contains it\n"
    ));
    let types: Vec<_> =
        Event::TYPES.iter().map(|(_, name)| *name).filter(|name| !REGISTER_ONLY.contains(name)).collect();
    text.push_str(AFTER);
    text.push_str(&phrasing::wrapped("  ", "  ", &types.join(", ")));
    text.push('\n');
    text
}

/// No organization's log holds it.
const REGISTER_ONLY: [&str; 3] = ["organization_created", "token_issued", "token_withdrawn"];

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Timestamp;
    use proptest::prelude::*;

    fn bad(query: &str) -> [String; 2] {
        marked(&Query::parse(query, Timestamp::EPOCH).expect_err("it is no query"))
    }

    #[test]
    fn the_marks_stand_below_the_word() {
        assert_eq!(bad("actor:ana comand:grant"), ["actor:ana comand:grant", "          ^^^^^^"].map(str::to_owned));
        let long = format!("{} typ:x {}", "word ".repeat(40), "more ".repeat(40));
        let [shown, marks] = bad(&long);
        let start = marks.find('^').expect("there is a mark");
        assert_eq!(&shown[start..marks.len()], "typ");
        assert!(shown.chars().count() <= COLUMNS);
    }

    proptest! {
        #[test]
        fn no_query_breaks_the_lines_that_show_it(query in "(actor|on|x:|:|-|\"|é|\u{1b}|\n| |after:){0,40}.{0,120}") {
            if let Err(why) = Query::parse(&query, Timestamp::EPOCH) {
                let [shown, marks] = marked(&why);
                prop_assert!(shown.chars().count() <= COLUMNS && marks.chars().count() <= COLUMNS + 1);
                let is_one_line = !shown.contains(['\n', '\u{1b}']);
                prop_assert!(is_one_line && marks.ends_with('^'));
            }
        }
    }
}
