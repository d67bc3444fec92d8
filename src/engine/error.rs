//! The error of the public API of the engine, and its kind.
//!
//! Every operation keeps an error of its own, with its data and sources; each converts into [`Error`]. INVARIANT: the
//! kind decides what a caller does next, so whoever maps errors to exit statuses or HTTP statuses asks for it and for
//! nothing else. Absent on purpose: hints with commands to type, which only a command line can give.

use super::keep::rebuild::RebuildError;
use super::replay::OpenError;
use super::write::CommandError;
use crate::seams::StoreError;
use caseward_events::{Code, Refusal};

/// Why a question or a command has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules say no, or the question is not valid.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log cannot be read or folded.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Commands have no answer.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A rebuild failed.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
}

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The call is not valid: correct it. Nothing was done.
    Usage,
    /// The rules refuse it: a normal outcome.
    Refusal,
    /// The disk, the system or a thread failed: trying again may help.
    Fault,
    /// What is stored is not what was written: stop, and involve an operator.
    Corruption,
}

impl Error {
    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Error::Refused(refusal) => refusal.into(),
            Error::Log(error) => error.kind(),
            Error::Store(error) => error.kind(),
            Error::Command(error) => error.kind(),
            Error::Rebuild(error) => error.kind(),
        }
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) | Error::Command(CommandError::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }
}

impl From<&Refusal> for Kind {
    /// What cannot be asked or sent at all is a wrong call; every other code is a refusal.
    fn from(refusal: &Refusal) -> Kind {
        if refusal.code == Code::Invalid { Kind::Usage } else { Kind::Refusal }
    }
}

impl StoreError {
    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            StoreError::Missing(_) | StoreError::NotAStore { .. } | StoreError::NewerFormat { .. } => Kind::Usage,
            StoreError::Corruption(_) | StoreError::NotVouched(_) => Kind::Corruption,
            StoreError::Unfinished { .. }
            | StoreError::InUse { .. }
            | StoreError::Fault { .. }
            | StoreError::Poisoned(_)
            | StoreError::Unfit(_)
            | StoreError::Fenced(_) => Kind::Fault,
        }
    }
}

impl OpenError {
    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            OpenError::Store(error) => error.kind(),
            OpenError::Decode { .. } | OpenError::Fold { .. } => Kind::Corruption,
            OpenError::Cases { source, .. } => source.as_ref().map_or(Kind::Fault, |source| source.kind()),
            OpenError::Thread(_) => Kind::Fault,
        }
    }
}

impl CommandError {
    /// Of which kind it is. A store that fails while it writes is a fault whatever it says, as the same commands may be
    /// sent again; only one that vouches for nothing takes none at all.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Store(error) if matches!(**error, StoreError::NotVouched(_)) => Kind::Corruption,
            CommandError::Cases(error) => error.kind(),
            CommandError::Store(_)
            | CommandError::ReadBack(_)
            | CommandError::Clock(_)
            | CommandError::Stopped
            | CommandError::InDoubt => Kind::Fault,
        }
    }
}

impl RebuildError {
    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            RebuildError::Fold(error) => error.kind(),
            RebuildError::Store(error) => error.kind(),
            RebuildError::Running | RebuildError::Stopped => Kind::Fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn an_error_is_of_the_same_kind_however_it_is_wrapped() {
        let damaged = || StoreError::Corruption("a row".to_owned());
        assert_eq!(Error::from(damaged()).kind(), Kind::Corruption);
        assert_eq!(Error::from(OpenError::from(damaged())).kind(), Kind::Corruption);
        assert_eq!(Error::from(RebuildError::from(OpenError::from(damaged()))).kind(), Kind::Corruption);
        assert_eq!(Error::from(Refusal::invalid("no")).kind(), Kind::Usage);
        assert_eq!(Error::from(CommandError::Refused(Refusal::new(Code::Exists, "no"))).kind(), Kind::Refusal);
        assert_eq!(Error::from(CommandError::InDoubt).kind(), Kind::Fault);
        let closed = CommandError::Store(Arc::new(StoreError::NotVouched("its end".to_owned())));
        assert_eq!(closed.kind(), Kind::Corruption);
    }
}
