//! Commands that are sent together, and how to apply them.
//!
//! Absent on purpose: what becomes of them ([`super::reply`]).

use crate::engine::answer::Answer;
use caseward_events::{Code, Refusal, Submission};

/// Commands that are sent together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Each as parsed, or why it could not be: that is its answer.
    pub submissions: Vec<Result<Submission, Refusal>>,
    /// How to apply them.
    pub how: How,
}

impl Batch {
    /// A batch of one line.
    #[must_use]
    pub fn one(line: &[u8], how: How) -> Batch {
        Batch { submissions: vec![Submission::parse(line)], how }
    }
}

/// How to apply commands. Defaults: live, each on its own, and for real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Whether they are live or imported.
    pub source: Source,
    /// All or nothing: one commit, or none.
    pub atomic: bool,
    /// Dry run: answer what would happen, and store nothing.
    pub dry_run: bool,
}

/// The time of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Now.
    #[default]
    Live,
    /// Import: at the time that each command says.
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
