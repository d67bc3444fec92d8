//! Up to where the log was verified last, and when: noted beside the store by whoever verified it.
//!
//! `DIR/views.verified`, JSON; disposable as saved views are: without it nothing was verified. INVARIANT: it is
//! replaced as a whole. Absent on purpose: any use of it but telling it. What was verified once may have been spoiled
//! since.

use crate::integrity::file;
use crate::seams::OrganizationNumber;
use caseward_events::{Position, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

const FILE: &str = "views.verified";

/// The note of the last verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// By the clock of whoever verified.
    pub at: Timestamp,
    /// The last position of each organization, by number.
    positions: BTreeMap<u32, Position>,
}

impl Verified {
    /// Up to these positions.
    #[must_use]
    pub fn new(at: Timestamp, positions: impl IntoIterator<Item = (OrganizationNumber, Position)>) -> Verified {
        Verified { at, positions: positions.into_iter().map(|(number, position)| (number.0, position)).collect() }
    }

    /// Of an organization; none where it had no events.
    #[must_use]
    pub fn position(&self, organization: OrganizationNumber) -> Option<Position> {
        self.positions.get(&organization.0).copied()
    }

    /// What is noted beside a store; none where nothing is that can be read.
    #[must_use]
    pub fn read(data: &Path) -> Option<Verified> {
        serde_json::from_slice(&fs::read(data.join(FILE)).ok()?).ok()
    }

    /// Notes it beside a store.
    ///
    /// # Errors
    /// The disk. What was noted before stays.
    pub fn note(&self, data: &Path) -> io::Result<()> {
        file::replace_note(data, FILE, &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_and_what_is_spoiled_is_nothing() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        assert_eq!(Verified::read(folder.path()), None);
        let verified = Verified::new(Timestamp::EPOCH, [(OrganizationNumber::DEFAULT, Position(7))]);
        verified.note(folder.path()).expect("there is room");
        assert_eq!(Verified::read(folder.path()), Some(verified.clone()));
        assert_eq!(verified.position(OrganizationNumber::DEFAULT), Some(Position(7)));
        assert_eq!(verified.position(OrganizationNumber(2)), None);
        fs::write(folder.path().join(FILE), b"{").expect("there is room");
        assert_eq!(Verified::read(folder.path()), None);
    }
}
