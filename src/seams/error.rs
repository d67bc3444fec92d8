//! The errors of a store, for all seams.
//!
//! INVARIANT: the kind is in the variant. [`StoreError::Fault`] may be gone the next time, [`StoreError::Corruption`]
//! is not; after [`StoreError::Unfit`] and [`StoreError::Fenced`] nothing was written and the store goes on.

use super::run::{EVENT_BYTES_MAX, Epoch, OrganizationNumber};
use caseward_events::Position;
use caseward_events::limits::POSITION_MAX;
use std::fmt;
use std::path::PathBuf;

/// Why a run was not taken. Nothing of its group was written, and the store goes on: the caller is mistaken, not the
/// disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has no events.
    #[error("a run of organization {organization} has no events")]
    Empty {
        /// The organization.
        organization: OrganizationNumber,
    },
    /// An event is larger than [`EVENT_BYTES_MAX`].
    #[error("an event of {bytes} bytes is larger than {EVENT_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It would go beyond the last position that there can be.
    #[error("the log of organization {organization} is full at position {POSITION_MAX}")]
    Full {
        /// The organization.
        organization: OrganizationNumber,
    },
}

/// Why a writer was fenced: the log went on without it. Nothing of its group was written, and the log goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fenced {
    /// Another writer has claimed the log since.
    #[error("another writer has claimed the log since: it is at epoch {newest}, and this writer is of epoch {epoch}")]
    Epoch {
        /// Of the writer that appends.
        epoch: Epoch,
        /// The newest there is.
        newest: Epoch,
    },
    /// The log of an organization ends elsewhere than the run expects.
    #[error("events from position {first} on do not follow the head of organization {organization}, {head}")]
    NotNext {
        /// The organization.
        organization: OrganizationNumber,
        /// Where the run begins.
        first: Position,
        /// The last position there is, counting the runs before it in the group.
        head: Position,
    },
}

/// An error of a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing at the path, and the caller did not ask to create a store.
    #[error("there is no store at `{}`", .0.display())]
    Missing(PathBuf),
    /// There is something else at the path.
    #[error("`{}` is not a Caseward store: {why}", .path.display())]
    NotAStore {
        /// The path.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// A later release wrote it.
    #[error("`{}` is a store of format {found}; this release reads up to {known}", .path.display())]
    NewerFormat {
        /// The path.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest that this release knows.
        known: u32,
    },
    /// An unfinished restore or healing has the path.
    #[error("{work} at `{}` was interrupted", .path.display())]
    Unfinished {
        /// The path.
        path: PathBuf,
        /// What it is.
        work: Work,
    },
    /// Another process has it open.
    #[error("the store at `{}` is in use by {holder}", .path.display())]
    InUse {
        /// The path.
        path: PathBuf,
        /// Process id and program, as the holder wrote them.
        holder: String,
    },
    /// The disk or the operating system failed; trying again may help.
    #[error("cannot {doing}")]
    Fault {
        /// What was tried.
        doing: String,
        /// What failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Stored bytes are not what was written.
    #[error("the store is damaged: {0}")]
    Corruption(String),
    /// The store was opened for reading only, as it cannot vouch for all that it was given.
    #[error("the store accepts no writes: {0}")]
    NotVouched(String),
    /// The caller asked for what a log cannot be; nothing was written, and the store goes on.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The log has gone on without the caller; nothing was written, and the store goes on.
    #[error(transparent)]
    Fenced(#[from] Fenced),
    /// An earlier write or sync failed: what reached the disk is unknown, so nothing more is written.
    #[error("the store accepts no more writes since {0}; restart to continue")]
    Poisoned(String),
}

impl StoreError {
    /// Whether the system does not let the data directory be written: no permission, no room, a file system that is
    /// only read. It may be read all the same.
    #[must_use]
    pub fn is_for_want_of_writing(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let StoreError::Fault { source, .. } = self else { return false };
        let kind = source.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        kind.is_some_and(|kind| [PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull].contains(&kind))
    }

    /// The message with all its causes.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self {
            StoreError::Fault { doing, source } => format!("cannot {doing}: {source}"),
            other => other.to_string(),
        }
    }
}

/// What keeps everybody else out of a data directory until it has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A backup is being restored.
    Restore,
    /// What was healed is being put in the place of what was damaged.
    Heal,
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Work::Restore => "a restore",
            Work::Heal => "a healing",
        })
    }
}
