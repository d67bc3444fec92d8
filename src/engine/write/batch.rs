//! Commands that are sent together, and how they are meant.
//!
//! Absent on purpose: what becomes of them ([`super::reply`]).

use crate::engine::answer::Answer;
use caseward_events::{Code, Refusal, Submission};

/// Commands that are sent together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Each as parsed, or why it could not be: that is its answer.
    pub submissions: Vec<Result<Submission, Refusal>>,
    /// What is to be done with them.
    pub how: How,
}

impl Batch {
    /// One line.
    #[must_use]
    pub fn one(line: &[u8], how: How) -> Batch {
        Batch { submissions: vec![Submission::parse(line)], how }
    }
}

/// What is to be done with commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// When they happen.
    pub source: Source,
    /// As one commit or not at all.
    pub atomic: bool,
    /// Answer, and append nothing.
    pub dry_run: bool,
}

/// When commands happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Now.
    #[default]
    Live,
    /// When they say.
    Import,
}

/// The answers to an atomic batch of so many commands, one of which was refused.
pub(super) fn all_refused(count: usize, at: usize, refusal: Refusal) -> Vec<Answer> {
    let others = Refusal::new(
        Code::BatchRefused,
        format!("not applied: command {} of the batch was refused ({})", at + 1, refusal.code),
    )
    .hint("mend that command, and send the whole batch again")
    .fact("refused", at + 1);
    let mut answers = vec![Answer::Refused(others); count];
    answers[at] = Answer::Refused(refusal);
    answers
}
