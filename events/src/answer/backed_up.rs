//! The answer to `backup`: what it added, and how far each organization is backed up.

use crate::recorded::Position;
use crate::reference::OrganizationName;
use serde::{Deserialize, Serialize};

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackupAnswer {
    /// New bundles.
    pub bundles: usize,
    /// Bytes of the new bundles.
    pub bytes: u64,
    /// New events.
    pub events: u64,
    /// Each organization, the register first.
    pub organizations: Vec<BackedUp>,
    /// How long it took.
    pub seconds: f64,
}

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupProgress {
    /// The number of the organization that is written.
    pub organization: u32,
    /// Up to where.
    pub done: Position,
    /// Up to where it has to be.
    pub head: Position,
}

/// An organization in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// Up to where it was backed up before.
    pub from: Position,
    /// Its number.
    pub number: u32,
    /// Its name; the register has none.
    pub organization: Option<OrganizationName>,
    /// Up to where it is now.
    pub to: Position,
}
