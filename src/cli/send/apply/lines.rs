//! A line on its way: parsed, and told apart from the others.

use super::answers::Sent;
use super::stable_ids::StableIds;
use super::taking_away::{of_line, takes_away};
use crate::cli::input::Line;
use crate::engine::{Answer, CommandError};
use caseward_events::{Refusal, Submission};

/// Why a stream stops whose reader has gone.
pub const NOBODY_READS: &str = "because nobody reads the answers";

/// A line as it is sent.
pub type Parsed = (Sent, Result<Submission, Refusal>);

/// Parses a line, and gives it an id where it brings none and somebody gives any.
pub fn parse(line: Line, ids: Option<&mut StableIds>) -> Parsed {
    let kib = line.text.as_ref().map_or(0, |text| kib(text));
    let mut named = None;
    let submission = line.text.and_then(|text| {
        let mut submission = Submission::parse(&text)?;
        if let Some(ids) = ids {
            ids.give(&text, &mut submission);
        }
        named = match &submission.content {
            Ok(content) => Some((content.command.name(), takes_away(&content.command))),
            Err(_) => of_line(&text),
        };
        Ok(submission)
    });
    let (command, taking_away) = (named.map(|(name, _)| name), named.filter(|named| named.1).map(|(name, _)| name));
    (Sent { number: line.number, end: line.end, kib, command, taking_away }, submission)
}

fn kib(text: &[u8]) -> u32 {
    u32::try_from(text.len() / 1024).expect("a line is limited")
}

/// The answer to the one command of a batch.
///
/// # Errors
/// As for the batch.
pub fn one(answers: Result<Vec<Answer>, CommandError>) -> Result<Answer, CommandError> {
    Ok(answers?.pop().expect("one command has one answer"))
}
