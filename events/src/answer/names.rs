//! The answer to `names`: what people call things, and which of them no event names.

use crate::recorded::Position;
use crate::reference::Labelled;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What was asked, each in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamesAnswer {
    /// As they were asked.
    pub names: Vec<Named>,
    /// Where it was asked.
    pub position: Position,
    /// The instant that belongs to it.
    pub at: Timestamp,
    /// `false` where that instant lies after the clock: later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

/// Something that was named in a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its reference.
    pub of: Labelled,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `false` of a user whom no event up to there names, and of a case or definition that does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// What was probably meant, where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<Labelled>,
}
