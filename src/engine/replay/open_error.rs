//! Why a log cannot be turned into views.

use crate::seams::{OrganizationNumber, StoreError};
use caseward_events::Position;
use caseward_events::codec::DecodeError;
use caseward_projections::FoldError;

/// Why a store cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes that are no event of this or an earlier release.
    #[error("event {position} of organization {organization} cannot be read")]
    Decode {
        /// The organization.
        organization: OrganizationNumber,
        /// The position.
        position: Position,
        /// The reason.
        #[source]
        source: DecodeError,
    },
    /// Events that do not fit together.
    #[error("the log of organization {organization} is inconsistent")]
    Fold {
        /// The organization.
        organization: OrganizationNumber,
        /// Where and why.
        #[source]
        source: FoldError,
    },
    /// Evicted cases cannot be loaded again.
    #[error("cases of organization {organization} that left memory cannot be read again: {why}")]
    Cases {
        /// The organization.
        organization: OrganizationNumber,
        /// Why they cannot be read from the saved views.
        why: String,
        /// Why they cannot be read from the log either, if that was tried.
        #[source]
        source: Option<Box<OpenError>>,
    },
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl OpenError {
    /// The position of the event that is wrong, if the error is about one.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            OpenError::Decode { position, .. } => Some(*position),
            OpenError::Fold { source, .. } => Some(source.position()),
            OpenError::Cases { source, .. } => source.as_ref().and_then(|source| source.position()),
            OpenError::Store(_) | OpenError::Thread(_) => None,
        }
    }
}
