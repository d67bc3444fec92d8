//! The organizations there are, by name, and the tokens that were issued.
//!
//! INVARIANT: an organization is never taken out, and its number never given twice. Absent on purpose: what an
//! organization holds ([`super::Tenant`]).

use super::Tenant;
use super::tokens::Tokens;
use crate::seams::OrganizationNumber;
use caseward_events::{KeyNumber, OrganizationName, Position, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The organizations there are.
#[derive(Debug)]
pub(in crate::engine) struct Register {
    organizations: BTreeMap<OrganizationName, Arc<Tenant>>,
    /// Of all of them.
    pub(in crate::engine) tokens: Tokens,
    /// The last position of its own log.
    pub(in crate::engine) head: Position,
    /// The time of its last event.
    pub(in crate::engine) last: Timestamp,
}

impl Register {
    pub(in crate::engine) fn new() -> Register {
        Register { organizations: BTreeMap::new(), tokens: Tokens::new(), head: Position::ZERO, last: Timestamp::EPOCH }
    }

    pub(in crate::engine) fn get(&self, name: &OrganizationName) -> Option<Arc<Tenant>> {
        self.organizations.get(name).cloned()
    }

    pub(in crate::engine) fn all(&self) -> Vec<Arc<Tenant>> {
        self.organizations.values().cloned().collect()
    }

    pub(in crate::engine) fn add(&mut self, organization: Arc<Tenant>) {
        self.organizations.insert(organization.name().clone(), organization);
    }

    /// The last sealing key that somebody uses.
    pub(in crate::engine) fn highest_key(&self) -> KeyNumber {
        let highest = self.organizations.values().map(|one| one.views().keys.highest()).max();
        highest.unwrap_or(KeyNumber::STORE)
    }

    /// The number after the highest there is.
    pub(in crate::engine) fn next_number(&self) -> OrganizationNumber {
        let highest = self.organizations.values().map(|one| one.number()).max();
        highest.map_or(OrganizationNumber::DEFAULT, |number| OrganizationNumber(number.0 + 1))
    }
}
