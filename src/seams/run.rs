//! What a log is made of for whoever keeps it: runs of encoded events, each with its organization and its positions.
//!
//! INVARIANT: the bytes are those that are hashed, stored and backed up; nothing here changes one. Absent on purpose:
//! what they say (`caseward_events::codec`).

use caseward_events::Position;
use std::fmt;

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

/// Which writer appends, of all that ever claimed the log: the later one has the greater number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The size of an encoded event, in bytes.
pub const EVENT_BYTES_MAX: usize = 64 << 20;

/// Encoded events of one organization, with dense positions from `first`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose.
    pub organization: OrganizationNumber,
    /// The position of the first of them. It says which head the run expects: the position before it.
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
        self.bytes.get(self.start(index)..end)
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
