//! The answer to `verify`: whether the store is what was written, what is wrong with it, and what still holds.

use crate::recorded::Position;
use crate::reference::OrganizationName;
use serde::{Deserialize, Serialize};

/// A store that was gone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// How many events there are.
    pub events: u64,
    /// What is wrong.
    pub findings: Vec<DamageFinding>,
    /// How many kept tree heads the log bears out.
    pub heads: usize,
    /// What the log of reads came to; none where none are kept, or where it was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<ReadsSeen>,
    /// Up to where each organization can be trusted.
    pub trusted: Vec<Trusted>,
    /// How the views compare with the log.
    pub views: Vec<ComparedViews>,
    /// Whether nothing is wrong.
    pub whole: bool,
}

/// What a log of reads came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadsSeen {
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// How many entries are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// The root over all that there ever were, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// How many there ever were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyProgress {
    /// How many events were read again.
    pub events: u64,
    /// How many there were when it began.
    pub of: u64,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageFinding {
    /// How severe it is.
    pub extent: DamageExtent,
    /// The number of the organization, where that is known.
    pub organization: Option<u32>,
    /// The file, or the part of the store.
    pub place: String,
    /// The first position that is lost or in doubt, where it can be told.
    pub since: Option<Position>,
    /// What is wrong with it.
    pub what: String,
}

/// How severe something wrong is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageExtent {
    /// The last write is not whole, and nothing tells whether it was acknowledged.
    EndNotVouchedFor,
    /// What was acknowledged is lost or changed.
    Damage,
}

/// Up to where an organization can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Its number.
    pub organization: u32,
    /// Its name, where the register tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OrganizationName>,
    /// The last such position.
    pub position: Position,
}

/// How the views of an organization compare with the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedViews {
    /// How many differences there are; none where nothing was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<usize>,
    /// Why nothing was compared, though there is something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_compared: Option<String>,
    /// Its number.
    pub organization: u32,
    /// How many rows were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Up to where they are saved, of those that the next opening would load; none where nothing is saved, or where those
    /// that are served were compared.
    pub saved: Option<Position>,
    /// Up to where they are served, of those of a process that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Position>,
}
