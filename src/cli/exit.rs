//! How the program ends: exit statuses (`interface.md` section 3), and what goes wrong with what to do next. `causes` says
//! which status an error of another room has.

mod causes;

use crate::engine::Kind;
use crate::seams::StoreError;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Yes, or done.
    Yes = 0,
    /// The answer is no.
    No = 1,
    /// The call is wrong.
    Usage = 2,
    /// The rules refuse it.
    Refused = 3,
    /// The service does not know the caller, or the caller may not.
    Caller = 4,
    /// Corruption, or failed verification.
    Corruption = 5,
    /// A fault that may be tried again.
    Fault = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Exit {
        match kind {
            Kind::Usage => Exit::Usage,
            Kind::Refusal => Exit::Refused,
            Kind::Corruption => Exit::Corruption,
            Kind::Fault => Exit::Fault,
        }
    }
}

/// What `caseward help exit-codes` prints.
pub const TABLE: &str = "\
0  yes, or done; import: every line was answered, refusals included
1  the answer is no: check denied, diff found changes, test failed
2  the call is wrong: an argument, a file that does not exist,
   a question that cannot be asked
3  refused by the rules, whatever the code; apply: at least one line;
   import --strict: the line at which it stopped
4  the service does not know the caller, or the token does not allow the call
5  corruption, or a verification that failed: the store cannot be trusted
6  a fault; try again: disk, lock; or stopped before the end, by a signal or
   because nobody reads the answers of a stream
";

/// What to do where the store is damaged.
pub const DAMAGED: &str = "caseward heal --from BACKUP restores what is damaged, and keeps a copy of what is there now";

/// What to do where nothing can be written.
pub const WANTS_WRITING: &str = "this needs a data directory that can be written: see to its owner, its mount and free space; what \
                                 only asks, verifies or diagnoses works without";

/// What to do where the keys of tree heads are gone.
pub const LOST_SIGNING: &str = "caseward heal --from BACKUP restores it; nothing else in the store is affected. If no copy is \
                                left, caseward key new starts over, under another name";

/// Something went wrong, with what to do next where there is something to do.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub error: anyhow::Error,
    /// What is wrong as it was given, and marks below it.
    pub shown: Vec<String>,
    /// Facts that it rests on, where the error itself does not tell them.
    pub notes: Vec<String>,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Failure {
        Failure { exit, error: error.into(), shown: Vec::new(), notes: Vec::new(), hint: None }
    }

    pub fn usage(error: impl Into<anyhow::Error>) -> Failure {
        Failure::new(Exit::Usage, error)
    }

    pub fn fault(error: impl Into<anyhow::Error>) -> Failure {
        Failure::new(Exit::Fault, error)
    }

    /// Whether another process has the store.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.error.downcast_ref().is_some_and(|error| matches!(error, StoreError::InUse { .. }))
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn showing(mut self, lines: impl IntoIterator<Item = String>) -> Failure {
        self.shown.extend(lines);
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Failure {
        self.notes.push(note.into());
        self
    }

    fn with(mut self, hint: Option<String>) -> Failure {
        self.hint = hint;
        self
    }
}
