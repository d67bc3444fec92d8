//! A proof as it is handed out: one JSON object, with everything that it takes to check it but the key.
//!
//! INVARIANT: unknown keys are refused, and no bytes make the parser panic. Absent on purpose: trust. A bundle says
//! nothing until [`mod@super::check`] has been through it. The form is described in `src/docs/proof.md`.

use crate::seams::tree::Root;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use caseward_events::Position;
pub use caseward_events::answer::ProvenQuestion;
use caseward_projections::StreamLeaf;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The version of the form that this release writes and reads.
pub const FORM: u32 = 1;

/// A proof that can be checked without a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORM`].
    pub caseward_proof: u32,
    /// A signed note: the tree head that everything is proved against.
    pub tree_head: String,
    /// What.
    pub proves: Proves,
}

/// What a bundle proves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proves {
    /// That an event is in the log.
    Event(Events),
    /// What was decided, and that it had to be so.
    Decision(Box<DecisionProof>),
    /// That an older tree head is of the beginning of the same log.
    Consistency(Consistency),
}

/// Events, and the hashes that prove them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// By position.
    pub events: Vec<StoredEvent>,
    /// Beside them in the tree, in its order.
    pub nodes: Vec<Hash>,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// Its place in the log.
    pub position: Position,
    /// In base64.
    pub bytes: Bytes,
}

/// A decision with all that it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionProof {
    /// What was asked.
    pub question: ProvenQuestion,
    /// As `check` answers.
    pub answer: Value,
    /// All events of all streams that it rests on.
    pub log: Events,
    /// Those streams, and those that lie beside where one would be that is not there.
    pub streams: Vec<LeafAt>,
    /// Beside them in the tree over the streams, in its order.
    pub stream_nodes: Vec<Hash>,
}

/// A leaf of the tree over the streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafAt {
    /// Its place, from 0.
    pub index: u64,
    /// Which stream, or link.
    pub name: String,
    /// How many events it has.
    pub version: u64,
    /// As in [`StreamLeaf::named`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Position>,
}

impl LeafAt {
    pub(super) fn new(index: u64, leaf: &StreamLeaf) -> LeafAt {
        let StreamLeaf { name, version, named } = leaf.clone();
        LeafAt { index, name, version, named }
    }

    pub(super) fn leaf(&self) -> StreamLeaf {
        StreamLeaf { name: self.name.clone(), version: self.version, named: self.named.clone() }
    }
}

/// That one tree grew into the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// A signed note: the older tree head.
    pub older: String,
    /// The hashes that the older tree is made of, in the order of the tree.
    pub kept: Vec<Hash>,
    /// Beside those in the newer tree, in its order.
    pub nodes: Vec<Hash>,
}

/// A hash, in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub Root);

/// Bytes, in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Bytes(bytes) = Bytes::deserialize(deserializer)?;
        bytes.try_into().map(Hash).map_err(|_| serde::de::Error::custom("a hash has 32 bytes"))
    }
}

pub(super) fn hashes(nodes: &[Root]) -> Vec<Hash> {
    nodes.iter().copied().map(Hash).collect()
}

pub(super) fn roots(nodes: &[Hash]) -> Vec<Root> {
    nodes.iter().map(|hash| hash.0).collect()
}
