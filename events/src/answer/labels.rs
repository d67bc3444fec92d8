//! An answer with what people call the things that it names: only where that was asked for.
//!
//! INVARIANT: an answer without labels has the bytes that it has alone. A label stands beside the answer and never in it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
///
/// # Examples
/// ```
/// use caseward_events::answer::{RightsAnswer, WithLabels};
///
/// let line = r#"{"rights":["read"],"position":17,"labels":{"user:1":"Ana Byrne"}}"#;
/// let labelled: WithLabels<RightsAnswer> = serde_json::from_str(line)?;
/// assert_eq!(serde_json::to_string(&labelled)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithLabels<A> {
    /// The answer, with its keys before the labels.
    #[serde(flatten)]
    pub answer: A,
    /// By reference as the answer writes it; as they stood where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
}
