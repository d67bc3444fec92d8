//! The one seam between the engine and what keeps its events.
//!
//! An [`EventStore`] knows bytes and positions, not events: it appends the rows of one group and makes them durable,
//! reads a range, and tells a head. `crate::store` holds the two that there are. What keeps saved views is [`Checkpoints`].

mod checkpoints;

use super::tree::{EMPTY_ROOT, Root};
use async_trait::async_trait;
use caseward_events::limits::POSITION_MAX;
use caseward_events::seal::Keys;
use caseward_events::{KeyNumber, Position};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use checkpoints::{Checkpoints, Generation, NoCheckpoints, Part, SavedRow, Shelf};

/// The number an organization's rows are stored under. 0 is the register, 1 is `default`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationNumber(pub u32);

impl OrganizationNumber {
    /// The log of the organizations themselves.
    pub const REGISTER: OrganizationNumber = OrganizationNumber(0);
    /// The organization that is always there.
    pub const DEFAULT: OrganizationNumber = OrganizationNumber(1);
}

impl fmt::Display for OrganizationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Encoded events of one organization, with dense positions from `first`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose.
    pub organization: OrganizationNumber,
    /// The position of the first of them.
    pub first: Position,
    /// Each as `caseward_events::codec` encodes it; at least one.
    pub events: Encoded,
}

/// Encoded events, end to end in one buffer: a group is thousands of them, and a buffer for each would cost more than
/// its bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Encoded {
    /// None.
    #[must_use]
    pub fn new() -> Encoded {
        Encoded::default()
    }

    /// None, with room for so many of so many bytes each.
    #[must_use]
    pub fn with_room(events: usize, event_bytes: usize) -> Encoded {
        Encoded { bytes: Vec::with_capacity(events * event_bytes), ends: Vec::with_capacity(events) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of one, by its place from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        Some(&self.bytes[self.start(index)..end])
    }

    /// The bytes of each, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        (0..self.len()).map(|index| &self.bytes[self.start(index)..self.ends[index]])
    }

    /// Adds the one that `encode` writes at the end of what it is given.
    pub fn push(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        encode(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Takes off all but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.bytes.truncate(self.start(self.ends.len()));
    }

    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Encoded {
    fn from_iter<I: IntoIterator<Item = T>>(events: I) -> Encoded {
        let mut encoded = Encoded::new();
        events.into_iter().for_each(|event| encoded.push(|bytes| bytes.extend_from_slice(event.as_ref())));
        encoded
    }
}

/// The size of an encoded event, in bytes.
pub const EVENT_BYTES_MAX: usize = 64 << 20;

/// Why a run was not taken. Nothing of its group was written, and the store goes on: the caller is mistaken, not the
/// disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its first position is not the one after the head.
    #[error("events from position {first} on do not follow the head of organization {organization}, {head}")]
    NotNext {
        /// Whose.
        organization: OrganizationNumber,
        /// Where the run begins.
        first: Position,
        /// The last position there is, counting the runs before it in the group.
        head: Position,
    },
    /// It has no events.
    #[error("a run of organization {organization} has no events")]
    Empty {
        /// Whose.
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
        /// Whose.
        organization: OrganizationNumber,
    },
}

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing at the path, and the caller did not ask to create a store.
    #[error("there is no store at `{}`", .0.display())]
    Missing(PathBuf),
    /// There is something else at the path.
    #[error("`{}` is not a Caseward store: {why}", .path.display())]
    NotAStore {
        /// Where.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// A later release wrote it.
    #[error("`{}` is a store of format {found}; this release reads up to {known}", .path.display())]
    NewerFormat {
        /// Where.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest that this release knows.
        known: u32,
    },
    /// Something that has not come to its end works on what is at the path.
    #[error("{work} at `{}` was stopped before its end", .path.display())]
    Unfinished {
        /// Where.
        path: PathBuf,
        /// What it is.
        work: Work,
    },
    /// Another process has it open.
    #[error("the store at `{}` is in use by {holder}", .path.display())]
    InUse {
        /// Where.
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
    #[error("the store takes no writes: {0}")]
    NotVouched(String),
    /// The caller asked for what a log cannot be; nothing was written, and the store goes on.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// An earlier write or sync failed: what reached the disk is unknown, so nothing more is written.
    #[error("the store takes no more writes since {0}; restart to go on")]
    Poisoned(String),
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

/// How far the log of an organization has come, and the root of the tree over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The last position; 0 where there is none.
    pub position: Position,
    /// Over everything up to it.
    pub root: Root,
}

impl TreeHead {
    /// Of an organization without events.
    pub const EMPTY: TreeHead = TreeHead { position: Position::ZERO, root: EMPTY_ROOT };
}

/// Of each organization that has events; it may tell of others, too.
pub type TreeHeads = BTreeMap<OrganizationNumber, TreeHead>;

/// What a database holds in memory, of all organizations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatabaseMemory {
    /// Blocks of its files, which it may let go of.
    pub cache_bytes: u64,
    /// Filters and indexes of its tables, and what was written and lies in no table yet.
    pub table_bytes: u64,
}

/// Keeps the events of all organizations.
///
/// INVARIANT: after `append` has answered `Ok`, every event of the group survives a loss of power; after `Err`, the
/// caller must take none of them as stored. Rows of a group become visible together. A read waits for no sync.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// What it holds in memory beside what the engine does.
    fn memory(&self) -> DatabaseMemory {
        DatabaseMemory::default()
    }

    /// Writes all runs with one sync. The first position of a run must be the one after the head.
    async fn append(&self, group: Vec<Run>) -> Result<(), StoreError>;

    /// Encoded events from position `from` on, in order: none where it lies above the head, otherwise the first and as
    /// many more as stay within `bytes_max`. 0 counts as 1.
    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Shows the events that [`read`](Self::read) gives, in place: what goes through a whole log needs no copy of it.
    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        visit: &mut (dyn for<'a> FnMut(&'a [u8]) + Send),
    ) -> Result<(), StoreError> {
        self.read(organization, from, bytes_max).await?.iter().for_each(|event| visit(event));
        Ok(())
    }

    /// The last position stored; 0 for an organization that has none.
    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError>;

    /// Brings all that was appended before the call to where it stays without a journal, and notes durably how far that
    /// is. It may take long, but no append waits for it. Whoever saves views calls it before those count.
    async fn flush(&self) -> Result<(), StoreError>;

    /// How far all organizations have come at one moment, as the trees over what is durable tell it, not as it is read.
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        let source = "this store keeps no trees".into();
        Err(StoreError::Fault { doing: "tell how far its trees have come".to_owned(), source })
    }

    /// What reasons are sealed under.
    fn keyring(&self) -> &dyn Keyring;
}

/// Keeps keys, outside the log. The key of the store is there from the start.
pub trait Keyring: Keys + Send + Sync {
    /// Makes all keys up to this one, durably; those that are there stay.
    fn reserve(&self, up_to: KeyNumber) -> Result<(), StoreError>;

    /// Destroys keys, durably and for good; those that are destroyed stay so. That of the store cannot be.
    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError>;

    /// Whether a key was made, be it destroyed since.
    fn is_made(&self, number: KeyNumber) -> bool;

    /// The bytes of a file `KEYS` with all of them as they are now, destroyed ones without what they were.
    fn file(&self) -> Result<Vec<u8>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_found_by_its_place_until_it_is_taken_off() {
        let mut events: Encoded = ["one", "", "three"].into_iter().collect();
        assert_eq!(events.iter().collect::<Vec<_>>(), [b"one".as_slice(), b"", b"three"]);
        assert_eq!(
            (events.get(1), events.get(2), events.get(3)),
            (Some(b"".as_slice()), Some(b"three".as_slice()), None)
        );
        events.truncate(1);
        events.push(|bytes| bytes.extend_from_slice(b"two"));
        assert_eq!(events.iter().collect::<Vec<_>>(), [b"one".as_slice(), b"two"]);
        events.truncate(0);
        assert!(events.is_empty() && events.get(0).is_none());
    }
}
