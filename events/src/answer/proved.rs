//! The answer to `verify-proof`: what a proof proves, to whoever has the public key.

use super::{Decision, HistoryEntry};
use crate::recorded::Position;
use crate::reference::{Asker, Resource};
use crate::rights::Action;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A proof that holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofAnswer {
    /// Of what kind.
    pub proved: ProofKind,
    /// The log, as its tree heads name it.
    pub origin: String,
    /// The size of the tree head that it is proved against.
    pub size: Position,
    /// When that was signed.
    pub time: Timestamp,
    /// What is proved.
    #[serde(flatten)]
    pub what: ProvedMatter,
}

/// Of what kind a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// An event is in the log.
    Event,
    /// This had to be decided.
    Decision,
    /// The log extends an older one.
    Consistency,
}

/// What is proved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProvedMatter {
    /// See [`ProofKind::Event`].
    Events {
        /// In the log, as they were stored.
        events: Vec<HistoryEntry>,
    },
    /// See [`ProofKind::Decision`].
    Decision {
        /// What was asked.
        question: ProvenQuestion,
        /// What had to be answered.
        answer: Box<Decision>,
        /// What it rests on, with how many events each has; 0 where there is none.
        streams: BTreeMap<String, u64>,
        /// `false` where windows were compared with an instant behind the last event of the tree head.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled: Option<bool>,
    },
    /// See [`ProofKind::Consistency`].
    Consistency {
        /// The older tree head.
        older: OlderHead,
    },
}

/// A tree head that a log has grown from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OlderHead {
    /// Its size.
    pub size: Position,
    /// When it was signed.
    pub time: Timestamp,
}

/// A question that says where and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenQuestion {
    /// Whom it is about.
    pub subject: Asker,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// As of which position.
    pub position: Position,
    /// The instant that windows were compared with.
    pub at: Timestamp,
}
