//! The answers to `policy show` and `vocabulary show`: what was adopted, and by which event.

use crate::policy::PolicyKey;
use crate::recorded::Position;
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Every key of the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// In the order of the table (`semantics.md` section 6).
    pub keys: Vec<AdoptedKey>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

/// A key as it stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdoptedKey {
    /// Which.
    pub key: PolicyKey,
    /// As a command writes it.
    pub value: Value,
    /// The event that last set it; `null` where none did, so that it is the default.
    pub event: Option<Position>,
}

/// What the words of callers stand for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VocabularyAnswer {
    /// As a command adopts it; our own words, where none was adopted.
    pub vocabulary: Vocabulary,
    /// The event that adopted it; `null` where none did.
    pub event: Option<Position>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}
