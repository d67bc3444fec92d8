//! The answers to `what` and `rights`: on what a subject may do something, and all that it may do to one resource.

use crate::ask::Next;
use crate::recorded::Position;
use crate::reference::Resource;
use crate::rights::Action;
use serde::{Deserialize, Serialize};

/// To what a subject may do something (`interface.md` section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatAnswer {
    /// By reference, bytewise.
    pub resources: Vec<Resource>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the user, or the definition that it keeps to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

/// The same answer, one item a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatLine {
    /// To what.
    pub resource: Resource,
    /// Where it was asked.
    pub position: Position,
}

/// All that a subject may do to a resource (`interface.md` section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsAnswer {
    /// In the order in which rights are answered.
    pub rights: Vec<Action>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the user, or the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
}
