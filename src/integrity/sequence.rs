//! The order of events: what `verify` checks of each event beyond its bytes.
//!
//! INVARIANT: positions as they are stored, versions of each stream from 1 without a gap, and times that do not go
//! back. Contiguous stream versions under one root show that no revoke is missing. Absent on purpose: the effect of
//! events.

use crate::seams::OrganizationNumber;
use caseward_events::codec::decode;
use caseward_events::{Position, Stream, Timestamp};
use std::collections::HashMap;

/// The events taken so far, of all organizations.
#[derive(Debug, Default)]
pub struct Sequence {
    times: HashMap<OrganizationNumber, Timestamp>,
    versions: HashMap<(OrganizationNumber, Stream), u64>,
    events: u64,
}

impl Sequence {
    /// Takes the next event of an organization.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn take(&mut self, organization: OrganizationNumber, at: Position, bytes: &[u8]) -> Result<(), String> {
        let recorded = decode(bytes).map_err(|error| format!("event {at} cannot be read: {error}"))?;
        if recorded.position != at {
            return Err(format!("the event at position {at} says that it is event {}", recorded.position));
        }
        let stream = recorded.event.stream();
        let shown = stream.to_string();
        let version = self.versions.entry((organization, stream)).or_default();
        *version += 1;
        if recorded.stream_version != *version {
            let found = recorded.stream_version;
            return Err(format!("event {at} has version {found} of `{shown}`, where version {version} must be"));
        }
        let time = self.times.entry(organization).or_insert(recorded.time);
        if recorded.time < *time {
            return Err(format!("event {at} is of {}, before the event in front of it, of {time}", recorded.time));
        }
        *time = recorded.time;
        self.events += 1;
        Ok(())
    }

    /// How many were taken.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }
}
