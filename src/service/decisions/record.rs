//! A record of the decision log: its fields are those of the standard, with its attributes and ours (`caseward.…`).
//!
//! What a decision rests on is referred to by the position of the organization's log: facts, policy and vocabulary as of it
//! are there for ever. INVARIANT: what a record says is enough to ask again.

use crate::engine::Reader;
use caseward_events::answer::{CheckAnswer, CheckOutcome};
use caseward_events::{Decision, OrganizationName, Position, Question, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A call and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) trace_id: String,
    pub(super) span_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent_span_id: Option<String>,
    pub(super) event_name: String,
    /// Milliseconds since 1970.
    pub(super) timestamp: u64,
    pub(super) status: String,
    pub(super) attributes: Attributes,
    pub(super) resource: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Body>,
}

/// Positions by organization.
type Sources = BTreeMap<String, Position>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attributes {
    #[serde(rename = "adl.core.policies")]
    pub(super) policies: Sources,
    #[serde(rename = "adl.core.information")]
    pub(super) information: Sources,
    #[serde(rename = "adl.core.configuration")]
    pub(super) configuration: BTreeMap<String, String>,
    #[serde(rename = "caseward.organization")]
    pub(super) organization: OrganizationName,
    #[serde(rename = "caseward.caller")]
    pub(super) caller: String,
    #[serde(rename = "caseward.words")]
    pub(super) words: In,
    #[serde(rename = "caseward.asked_at")]
    pub(super) pins: Vec<Option<Pin>>,
    #[serde(rename = "caseward.dropped", default, skip_serializing_if = "is_none")]
    pub(super) dropped: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Body {
    #[serde(rename = "adl.core.request")]
    pub(super) request: Value,
    #[serde(rename = "adl.core.response")]
    pub(super) response: Value,
}

/// In whose words a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::service) enum In {
    /// Ours: `check` and `checks`, whatever the vocabulary is.
    Own,
    /// Those of the vocabulary as of the position.
    Vocabulary,
}

/// Where one question was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct Pin {
    pub(super) position: Position,
    pub(super) at: Timestamp,
}

/// Where a reader asks.
pub(in crate::service) fn pin_of(reader: &Reader<'_>) -> Pin {
    Pin { position: reader.position(), at: reader.resolved().when.at }
}

/// What a handler decided.
pub(in crate::service) struct Made {
    pub(super) event: &'static str,
    pub(super) organization: OrganizationName,
    pub(super) words: In,
    pub(super) request: Option<Value>,
    pub(super) response: Value,
    /// Of each answer in its place; none where a question could not be asked.
    pub(super) pins: Vec<Option<Pin>>,
    pub(super) is_denied: bool,
}

const EVALUATION: &str = "adl.access_evaluation";
const EVALUATIONS: &str = "adl.access_evaluations";

impl Made {
    /// Nothing, as the engine failed.
    pub(super) fn failed(organization: OrganizationName) -> Made {
        let (event, words) = (EVALUATION, In::Own);
        Made { event, organization, words, request: None, response: Value::Null, pins: Vec::new(), is_denied: false }
    }

    /// The answer to one question in our words.
    pub(in crate::service) fn check(organization: &OrganizationName, question: &Question, decision: &Decision) -> Made {
        Made {
            event: EVALUATION,
            organization: organization.clone(),
            words: In::Own,
            request: Some(as_authzen(question)),
            response: json!({"decision": decision.decision}),
            pins: vec![Some(Pin { position: decision.position, at: decision.at })],
            is_denied: !decision.decision,
        }
    }

    /// The answers to many, each with its question in the form of AuthZEN, or as it was sent where it is none.
    pub(in crate::service) fn checks(
        organization: &OrganizationName,
        questions: Vec<Value>,
        answers: &[CheckAnswer],
    ) -> Made {
        let decision = |answer: &CheckAnswer| matches!(&answer.outcome, CheckOutcome::Decided(made) if made.decision);
        let pin = |answer: &CheckAnswer| match &answer.outcome {
            CheckOutcome::Decided(made) => Some(Pin { position: made.position, at: made.at }),
            CheckOutcome::Refused(_) => None,
        };
        let evaluations: Vec<_> = answers.iter().map(|answer| json!({"decision": decision(answer)})).collect();
        Made {
            event: EVALUATIONS,
            organization: organization.clone(),
            words: In::Own,
            request: Some(json!({"evaluations": questions})),
            response: json!({"evaluations": evaluations}),
            pins: answers.iter().map(pin).collect(),
            is_denied: !answers.iter().all(decision),
        }
    }

    /// The answer to a request of AuthZEN.
    pub(in crate::service) fn evaluation(
        organization: &OrganizationName,
        request: Value,
        response: Value,
        pins: Vec<Option<Pin>>,
    ) -> Made {
        let is_many = response.get("evaluations").is_some();
        let is_denied = match response.get("evaluations").and_then(Value::as_array) {
            Some(all) => all.iter().any(|one| one["decision"] != true),
            None => response["decision"] != true,
        };
        Made {
            event: if is_many { EVALUATIONS } else { EVALUATION },
            organization: organization.clone(),
            words: In::Vocabulary,
            request: Some(request),
            response,
            pins,
            is_denied,
        }
    }
}

/// A question as AuthZEN asks it.
pub(in crate::service) fn as_authzen(Question { subject, action, resource, .. }: &Question) -> Value {
    let entity = |text: String| match text.split_once(':') {
        Some((kind, id)) => json!({"type": kind, "id": id}),
        None => json!({"type": text, "id": text}),
    };
    json!({
        "subject": entity(subject.to_string()),
        "action": {"name": action},
        "resource": entity(resource.to_string()),
    })
}
