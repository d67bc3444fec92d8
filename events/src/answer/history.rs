//! An event as answers write it: an entry of `history`, `tail` and `export`, and whatever another answer cites.
//!
//! INVARIANT: an event has one JSON form, whichever verb prints it. [`Recorded`] writes it and [`HistoryEntry`] writes and
//! reads it: what only the log needs (its place in its command and commit, seals, digests) is left out.

use crate::ask::Next;
use crate::event::Event;
use crate::id::CommandId;
use crate::recorded::{Position, Recorded};
use crate::reference::{Actor, Stream};
use crate::seal::StoredReason;
use crate::time::Timestamp;
use crate::via::Via;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Events that an answer cites, by position.
pub type Cited = BTreeMap<Position, HistoryEntry>;

/// A page of the events that name a thing. On the command line each stands on a line of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryAnswer {
    /// Oldest first.
    pub events: Vec<HistoryEntry>,
    /// Up to where the log was read.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

/// An event of a log, as answers write it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Its place in the log.
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    /// What happened: `type`, `stream` and `data`.
    pub event: Event,
    /// How many events its stream has, itself included.
    pub stream_version: u64,
    /// Who caused it.
    pub actor: Actor,
    /// Through whom it came, where it came through a caller of the service.
    pub via: Option<Via>,
    /// Why, as the actor said, where that can be read.
    pub reason: Option<String>,
    /// Whether the actor said something that nobody can read any more.
    pub reason_erased: bool,
    /// The id of the command that caused it.
    pub command_id: CommandId,
    /// What it belongs to.
    pub correlation_id: Option<CommandId>,
    /// What led to it.
    pub causation_id: Option<CommandId>,
}

impl From<&Recorded> for HistoryEntry {
    fn from(recorded: &Recorded) -> Self {
        HistoryEntry {
            position: recorded.position,
            time: recorded.time,
            event: recorded.event.clone(),
            stream_version: recorded.stream_version,
            actor: recorded.actor.clone(),
            via: recorded.via.clone(),
            reason: recorded.reason_text().map(str::to_owned),
            reason_erased: recorded.reason_is_erased(),
            command_id: recorded.command_id.clone(),
            correlation_id: recorded.correlation_id.clone(),
            causation_id: recorded.causation_id.clone(),
        }
    }
}

/// An event as it can be shown, out of what an answer said of it. INVARIANT: it writes the same form again. What only the log
/// has is not there: it counts as the one event of its command and commit.
impl From<HistoryEntry> for Recorded {
    fn from(entry: HistoryEntry) -> Self {
        let HistoryEntry { position, time, event, stream_version, actor, via, reason, reason_erased, .. } = entry;
        let reason = match reason_erased {
            true => Some(StoredReason::erased()),
            false => reason.map(StoredReason::Clear),
        };
        Recorded {
            position,
            stream_version,
            time,
            command_id: entry.command_id,
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor,
            via,
            reason,
            correlation_id: entry.correlation_id,
            causation_id: entry.causation_id,
            first: None,
            event,
        }
    }
}

/// Reads events by position, also out of an answer that was gathered before its keys were told apart: there a key is text.
pub(super) fn read_cited<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cited, D::Error> {
    use serde::de::Error;
    let texts = BTreeMap::<String, HistoryEntry>::deserialize(deserializer)?;
    let read = |(position, entry): (String, HistoryEntry)| Ok((Position(position.parse()?), entry));
    texts.into_iter().map(read).collect::<Result<_, std::num::ParseIntError>>().map_err(D::Error::custom)
}

/// The same where they are there.
pub(super) fn read_some_cited<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cited>, D::Error> {
    read_cited(deserializer).map(Some)
}

/// The keys, in their order. What has no value is left out.
#[derive(Serialize)]
struct Written<'a> {
    position: Position,
    time: Timestamp,
    r#type: &'static str,
    stream: Stream,
    stream_version: u64,
    /// Sorted by name.
    data: Value,
    actor: &'a Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'a Via>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "super::is_false")]
    reason_erased: bool,
    command_id: &'a CommandId,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a CommandId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<&'a CommandId>,
}

impl Serialize for HistoryEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            position: self.position,
            time: self.time,
            r#type: self.event.name(),
            stream: self.event.stream(),
            stream_version: self.stream_version,
            data: self.event.fields(),
            actor: &self.actor,
            via: self.via.as_ref(),
            reason: self.reason.as_deref(),
            reason_erased: self.reason_erased,
            command_id: &self.command_id,
            correlation_id: self.correlation_id.as_ref(),
            causation_id: self.causation_id.as_ref(),
        }
        .serialize(serializer)
    }
}

/// As [`HistoryEntry`] does. Of its reason what can be read: a sealed one is opened before.
impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        HistoryEntry::from(self).serialize(serializer)
    }
}

/// What is read back: the stream follows from the event.
#[derive(Deserialize)]
struct Read {
    position: Position,
    time: Timestamp,
    r#type: String,
    stream_version: u64,
    data: Value,
    actor: Actor,
    #[serde(default)]
    via: Option<Via>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    reason_erased: bool,
    command_id: CommandId,
    #[serde(default)]
    correlation_id: Option<CommandId>,
    #[serde(default)]
    causation_id: Option<CommandId>,
}

impl<'de> Deserialize<'de> for HistoryEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let read = Read::deserialize(deserializer)?;
        let event = Event::from_fields(&read.r#type, read.data).map_err(D::Error::custom)?;
        let Read { position, time, stream_version, actor, via, reason, reason_erased, command_id, .. } = read;
        let (correlation_id, causation_id) = (read.correlation_id, read.causation_id);
        Ok(HistoryEntry {
            position,
            time,
            event,
            stream_version,
            actor,
            via,
            reason,
            reason_erased,
            command_id,
            correlation_id,
            causation_id,
        })
    }
}
