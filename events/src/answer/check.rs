//! The answers to `check` and `explain`: a decision, or why the question cannot be asked.

use super::{Cited, Decision, history};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of `check --batch`: the `id` of the question, where it has one, before its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// As the question gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The answer, with its keys beside the `id`.
    #[serde(flatten)]
    pub outcome: CheckOutcome,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CheckOutcome {
    /// It was decided.
    Decided(Decision),
    /// It cannot be asked.
    Refused(Refusal),
}

impl From<Result<Decision, Refusal>> for CheckOutcome {
    fn from(outcome: Result<Decision, Refusal>) -> Self {
        match outcome {
            Ok(decision) => CheckOutcome::Decided(decision),
            Err(refusal) => CheckOutcome::Refused(refusal),
        }
    }
}

/// A decision with every event that it cites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainAnswer {
    /// The answer of `check`.
    #[serde(flatten)]
    pub decision: Decision,
    /// What its reasons, and those that were set aside, rest on.
    #[serde(deserialize_with = "history::read_cited")]
    pub events: Cited,
}
