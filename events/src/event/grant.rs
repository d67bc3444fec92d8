//! Parts of events about grants: where one came from, and the entries that a restriction starts with.

use crate::id::ActivityId;
use crate::reference::Subject;
use crate::rights::Rights;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};

/// What made a grant, where no `grant` did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Opening the case, under the policy key `creator_grant`.
    Creator,
    /// Assigning an activity, under the policy key `assignment_grant`.
    Activity(ActivityId),
}

/// An entry of the list that a restriction starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestrictedEntry {
    /// Whom.
    pub to: Subject,
    /// What.
    pub rights: Rights,
    /// From when.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
}

impl RestrictedEntry {
    /// When it counts.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}
