//! Options among the words of a query, sorted out before the argument parser sees them: it would take whatever stands
//! behind the first word, or begins with a dash, for one or the other.
//!
//! INVARIANT: only verbs that take a query are touched, and what stands behind `--` is left as it is. A word of two
//! dashes is an option, known or not; a word of one dash is one only where the verb has it, else a negated term.
//! Absent on purpose: what an option means; the parser that is asked for its names judges all of it.

use clap::{Arg, Command};
use std::collections::VecDeque;
use std::ffi::OsString;

/// The argument that makes a verb one of these.
const QUERY: &str = "query";
const HELP: char = 'h';

/// The arguments with the options of a verb in front of its words.
#[must_use]
pub fn sorted(program: &Command, given: Vec<OsString>) -> Vec<OsString> {
    let (verbs, at) = called(program, &given);
    let Some(verb) = verbs.last().filter(|verb| verb.get_arguments().any(|argument| argument.get_id() == QUERY)) else {
        return given;
    };
    let mut sorted: Vec<OsString> = given[..at].to_vec();
    let (mut words, mut left) = (Vec::new(), given[at..].iter().cloned().collect::<VecDeque<_>>());
    while let Some(word) = left.pop_front() {
        if word == "--" {
            words.extend(left.drain(..));
            break;
        }
        match option(program, verb, &word) {
            Some(takes) => {
                sorted.push(word);
                sorted.extend(if takes == Takes::Next { left.pop_front() } else { None });
            }
            None => words.push(word),
        }
    }
    if !words.is_empty() {
        sorted.push("--".into());
        sorted.extend(words);
    }
    sorted
}

/// The same call with one more option of its verb.
#[must_use]
pub fn with_option(call: &[OsString], option: Option<OsString>) -> Vec<OsString> {
    use clap::CommandFactory;
    let (_, at) = called(&crate::cli::args::Cli::command(), call);
    let mut with = call.to_vec();
    with.splice(at..at, option);
    with
}

/// The verb that is called, behind the one that it belongs to, and where its first word stands.
#[must_use]
pub fn called<'a>(program: &'a Command, given: &[OsString]) -> (Vec<&'a Command>, usize) {
    let (mut verbs, mut verb, mut at) = (Vec::new(), program, 1);
    while let Some(word) = given.get(at).filter(|word| *word != "--") {
        at += match option(program, verb, word) {
            Some(Takes::Next) => 2,
            Some(Takes::Nothing) => 1,
            None => {
                let Some(found) = word.to_str().and_then(|name| verb.find_subcommand(name)) else { break };
                verb = found;
                verbs.push(found);
                1
            }
        };
    }
    (verbs, at.min(given.len()))
}

/// Whether an option has this name, or has it as another one.
fn is_called(argument: &Arg, long: &str) -> bool {
    argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|names| names.contains(&long))
}

/// What stands behind an option and belongs to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Next,
    Nothing,
}

/// Whether a word is an option: of the verb, or of every verb. The parser adds `--help` and `-h` only when it parses.
fn option(program: &Command, verb: &Command, word: &OsString) -> Option<Takes> {
    let word = word.to_str()?;
    let arguments = || verb.get_arguments().chain(program.get_arguments());
    let takes = |argument: &Arg| match argument.get_action().takes_values() {
        true => Takes::Next,
        false => Takes::Nothing,
    };
    if let Some(long) = word.strip_prefix("--") {
        let known = arguments().find(|argument| is_called(argument, long));
        // With its value behind a `=`, or one for the parser to refuse.
        return Some(known.map_or(Takes::Nothing, takes));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let known = |letter| match letter {
        HELP => Some(Takes::Nothing),
        letter => arguments().find(|argument| argument.get_short() == Some(letter)).map(takes),
    };
    let first = known(letters.next()?)?;
    let rest = letters.as_str();
    match (first, rest.is_empty()) {
        (takes, true) => Some(takes),
        // `-n5`, but not `-noor`; several switches, but not `-very`.
        (Takes::Next, false) => rest.bytes().all(|byte| byte.is_ascii_digit()).then_some(Takes::Nothing),
        (Takes::Nothing, false) => {
            rest.chars().all(|letter| known(letter) == Some(Takes::Nothing)).then_some(Takes::Nothing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    fn sorted_words(typed: &str) -> String {
        let given = typed.split(' ').map(OsString::from).collect();
        let sorted = sorted(&Cli::command(), given).into_iter().map(|word| word.into_string().expect("it was text"));
        sorted.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_are_told_from_terms_wherever_they_stand() {
        for (typed, meant) in [
            ("p history case:1 actor:a --limit 3", "p history --limit 3 -- case:1 actor:a"),
            ("p history case:1 -reason:test --limit=3 x", "p history --limit=3 -- case:1 -reason:test x"),
            ("p --data d tail -v a -n 3 -actor:b", "p --data d tail -v -n 3 -- a -actor:b"),
            ("p tail -n5 -noor -very -qv", "p tail -n5 -qv -- -noor -very"),
            ("p export --as-of -2d a --format csv", "p export --as-of -2d --format csv -- a"),
            ("p export a --nonsense b", "p export --nonsense -- a b"),
            ("p tail a -- --limit -v", "p tail -- a --limit -v"),
            ("p tail a -h -vh -ho", "p tail -h -vh -- a -ho"),
            ("p tail a --lines", "p tail --lines -- a"),
            ("p history", "p history"),
            ("p -q who read case:1 --limit 3", "p -q who read case:1 --limit 3"),
            ("p --help", "p --help"),
            ("p", "p"),
        ] {
            assert_eq!(sorted_words(typed), meant, "{typed}");
        }
    }
}
