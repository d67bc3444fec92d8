//! The answer to `timeline`: everybody who held something on a resource, when, what lay over it for all, and what happened
//! to it.

use super::Interval;
use crate::ask::Next;
use crate::recorded::Position;
use crate::reference::{Actor, Asker, BadReference};
use crate::rights::Action;
use crate::time::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Who held what on a resource, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineAnswer {
    /// Whoever held something, by reference, bytewise.
    pub subjects: Vec<TimelineRow>,
    /// What lay over it for all.
    pub bands: Vec<Overlay>,
    /// What happened to the resource, and what opened or closed something, in order.
    pub events: Vec<TimelineEvent>,
    /// From here on.
    pub from: Timestamp,
    /// To before here.
    pub to: Timestamp,
    /// Up to where the log was read.
    pub position: Position,
    /// `false` if it reaches beyond the clock, so that the answer may still change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

impl TimelineAnswer {
    /// The same answer, one item a line.
    pub fn lines(&self) -> impl Iterator<Item = TimelineLine> {
        let subjects = self.subjects.iter().cloned().map(TimelineLine::Subject);
        let bands = self.bands.iter().cloned().map(|band| TimelineLine::Overlay { band });
        subjects.chain(bands).chain(self.events.iter().cloned().map(|event| TimelineLine::Event { event }))
    }
}

/// A line of `timeline`, which says what it is by its first key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TimelineLine {
    /// One who held something.
    Subject(TimelineRow),
    /// What lay over it for all.
    Overlay {
        /// Which.
        band: Overlay,
    },
    /// What happened.
    Event {
        /// Which.
        event: TimelineEvent,
    },
}

/// When one subject could do each of the actions that are told of. As JSON each action is a key with its intervals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// Who.
    pub subject: TimelineSubject,
    /// One for each action.
    pub tracks: Vec<Track>,
}

/// When one action could be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Which.
    pub action: Action,
    /// In order.
    pub intervals: Vec<Interval>,
}

const SUBJECT: &str = "subject";

impl Serialize for TimelineRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(Some(1 + self.tracks.len()))?;
        row.serialize_entry(SUBJECT, &self.subject)?;
        self.tracks.iter().try_for_each(|track| row.serialize_entry(track.action.name(), &track.intervals))?;
        row.end()
    }
}

impl<'de> Deserialize<'de> for TimelineRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;
        impl<'de> Visitor<'de> for Row {
            type Value = TimelineRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a subject with its actions")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<TimelineRow, A::Error> {
                use serde::de::Error;
                let (mut subject, mut tracks) = (None, Vec::new());
                while let Some(key) = keys.next_key::<String>()? {
                    if key == SUBJECT {
                        subject = Some(keys.next_value()?);
                    } else {
                        let action = key.parse().map_err(A::Error::custom)?;
                        tracks.push(Track { action, intervals: keys.next_value()? });
                    }
                }
                let subject = subject.ok_or_else(|| A::Error::missing_field(SUBJECT))?;
                Ok(TimelineRow { subject, tracks })
            }
        }
        deserializer.deserialize_map(Row)
    }
}

/// Who held something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimelineSubject {
    /// Every user whom nothing singles out.
    Everyone,
    /// This one.
    One(Asker),
}

const EVERYONE: &str = "everyone";

impl fmt::Display for TimelineSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimelineSubject::Everyone => f.write_str(EVERYONE),
            TimelineSubject::One(asker) => asker.fmt(f),
        }
    }
}

impl FromStr for TimelineSubject {
    type Err = BadReference;
    fn from_str(text: &str) -> Result<Self, BadReference> {
        if text == EVERYONE { Ok(TimelineSubject::Everyone) } else { text.parse().map(TimelineSubject::One) }
    }
}

impl Serialize for TimelineSubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimelineSubject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An event as a timeline tells it: in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEvent {
    /// Its place in the log.
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    /// Its type, as `history` has it.
    pub r#type: String,
    /// Who caused it.
    pub actor: Actor,
    /// What happened, for people.
    pub what: String,
}

/// A time in which something lay over a resource for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlay {
    /// What lay there.
    pub kind: OverlayKind,
    /// From then on.
    pub from: Timestamp,
    /// Only before then; `None` where it still is at the end of what was asked.
    pub until: Option<Timestamp>,
    /// What began it, and what ended it where that is asked about.
    pub events: Vec<Position>,
}

/// What lies over a resource for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlayKind {
    /// Only the restricted list counts.
    Restriction,
    /// Every user may read, write, delete and register.
    AccessControlOff,
    /// The case is completed.
    Completion,
}

impl OverlayKind {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OverlayKind::Restriction => "restriction",
            OverlayKind::AccessControlOff => "access_control_off",
            OverlayKind::Completion => "completion",
        }
    }
}

impl fmt::Display for OverlayKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
