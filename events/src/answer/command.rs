//! The answer to a command: accepted or refused, both normal outcomes (`interface.md` section 1).

use super::{ClockBehind, ForeseenChanges, HistoryEntry};
use crate::recorded::Position;
use crate::refusal::Refusal;
use crate::warning::Warning;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Yes or no. `E` is an event: as the log has it within an engine, as answers write it for everybody else. The JSON form
/// is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CommandAnswer<E = HistoryEntry> {
    /// Its events are stored, or nothing changes.
    Accepted(Accepted<E>),
    /// Nothing was appended.
    Refused(Refusal),
}

/// What an accepted command did.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted<E = HistoryEntry> {
    /// That of its last event; of the head, where nothing changed.
    pub position: Position,
    /// What it appended, now or, for a known id, the first time.
    pub events: Vec<E>,
    /// What may surprise.
    pub warnings: Vec<Warning>,
    /// Whether its id was known.
    pub replayed: bool,
    /// For a dry run, which appends nothing: the access that would change.
    pub foreseen: Option<ForeseenChanges>,
    /// Where the clock lies behind the log, so that the time is not what it shows.
    pub clock_behind: Option<ClockBehind>,
}

impl<E> CommandAnswer<E> {
    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            CommandAnswer::Accepted(_) => None,
            CommandAnswer::Refused(refusal) => Some(refusal),
        }
    }
}

impl<E: Serialize> CommandAnswer<E> {
    /// As a JSON value, for whoever looks into it; printed it would have its keys sorted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("an answer has a JSON form")
    }
}

/// The word that tells an accepted command from a refused one.
#[derive(Serialize, Deserialize)]
enum Status {
    #[serde(rename = "accepted")]
    Accepted,
}

/// The keys, in their order.
#[derive(Serialize)]
struct Written<'a, E> {
    status: Status,
    position: Position,
    events: &'a [E],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "super::is_false")]
    replayed: bool,
    #[serde(skip_serializing_if = "super::is_false")]
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<&'a ForeseenChanges>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_behind: Option<&'a ClockBehind>,
}

impl<E: Serialize> Serialize for Accepted<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Accepted { position, events, warnings, replayed, foreseen, clock_behind } = self;
        Written {
            status: Status::Accepted,
            position: *position,
            events,
            warnings,
            replayed: *replayed,
            dry_run: foreseen.is_some(),
            access: foreseen.as_ref(),
            clock_behind: clock_behind.as_ref(),
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Read<E> {
    #[serde(rename = "status")]
    _status: Status,
    position: Position,
    events: Vec<E>,
    warnings: Vec<Warning>,
    #[serde(default)]
    replayed: bool,
    #[serde(default)]
    access: Option<ForeseenChanges>,
    #[serde(default)]
    clock_behind: Option<ClockBehind>,
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Accepted<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { position, events, warnings, replayed, access, clock_behind, .. } = Read::deserialize(deserializer)?;
        Ok(Accepted { position, events, warnings, replayed, foreseen: access, clock_behind })
    }
}
