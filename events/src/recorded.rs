//! The envelope: an event with its place, its time, and who caused it.

use crate::event::Event;
use crate::id::{CommandId, Text};
use crate::reference::{Actor, Stream, Subject};
use crate::seal::{Digests, KeyNumber, Keys, StoredReason, WrongKey};
use crate::time::Timestamp;
use crate::via::Via;
use crate::warning::Warning;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A place in the log of one organization: dense, from 1; 0 is the empty log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The empty log.
    pub const ZERO: Position = Position(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Position {
        Position(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Position)
    }
}

/// What only the first event of a command carries, so that a repeated id answers as the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct First {
    /// Of the command as it was sent.
    pub digests: Digests,
    /// Those it was answered with.
    pub warnings: Vec<Warning>,
}

/// An event as the log holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// How many events its stream has, itself included.
    pub stream_version: u64,
    /// `recorded_at`; all events of one commit bear one time.
    pub time: Timestamp,
    /// The id of the command that caused it.
    pub command_id: CommandId,
    /// Its place among the events of its command, from 0.
    pub index: u32,
    /// How many events its command has.
    pub count: u32,
    /// Its place among the events of its commit, from 0.
    pub commit_index: u32,
    /// How many events its commit has.
    pub commit_count: u32,
    /// Who caused it.
    pub actor: Actor,
    /// Through whom it came, where it came through a caller of the service.
    pub via: Option<Via>,
    /// Why, as the actor said.
    pub reason: Option<StoredReason>,
    /// What it belongs to.
    pub correlation_id: Option<CommandId>,
    /// What led to it.
    pub causation_id: Option<CommandId>,
    /// There where `index` is 0.
    pub first: Option<First>,
    /// What happened.
    pub event: Event,
}

/// What a fold needs of an envelope, borrowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Header<'a> {
    /// Its place in the log.
    pub position: Position,
    /// How many events its stream has, itself included.
    pub stream_version: u64,
    /// `recorded_at`.
    pub time: Timestamp,
    /// The text of the id of the command that caused it.
    pub command_id: Text<'a>,
    /// Its place among the events of its command, from 0.
    pub index: u32,
    /// Who caused it.
    pub actor: ActorRef<'a>,
    /// Through whom it came, where that is a caller.
    pub via: Option<Via>,
    /// The subject whose key its reason is the first to use ([`StoredReason::begins`]).
    pub begins: Option<(Subject, KeyNumber)>,
}

/// An [`Actor`] whose id is borrowed: few events ask who caused them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorRef<'a> {
    /// A person.
    User(Text<'a>),
    /// A program.
    System(Text<'a>),
}

impl ActorRef<'_> {
    /// The actor it stands for.
    #[must_use]
    pub fn to_actor(self) -> Actor {
        match self {
            ActorRef::User(id) => Actor::User(id.to_id()),
            ActorRef::System(id) => Actor::System(id.to_id()),
        }
    }
}

impl<'a> From<&'a Actor> for ActorRef<'a> {
    fn from(actor: &'a Actor) -> Self {
        match actor {
            Actor::User(id) => ActorRef::User(id.text()),
            Actor::System(id) => ActorRef::System(id.text()),
        }
    }
}

impl Recorded {
    /// What a fold needs of it, beside the event.
    #[must_use]
    pub fn header(&self) -> Header<'_> {
        Header {
            position: self.position,
            stream_version: self.stream_version,
            time: self.time,
            command_id: self.command_id.text(),
            index: self.index,
            actor: ActorRef::from(&self.actor),
            via: self.via.clone(),
            begins: self.reason.as_ref().and_then(StoredReason::begins).map(|(subject, key)| (subject.clone(), key)),
        }
    }

    /// The stream it is in.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.event.stream()
    }

    /// Makes the reason readable, where its key is still there.
    ///
    /// # Errors
    /// The key is there and does not open it.
    pub fn open(&mut self, keys: &dyn Keys) -> Result<(), WrongKey> {
        self.reason.as_mut().map_or(Ok(()), |reason| reason.open(&self.command_id, keys))
    }

    /// What the actor said, where that can be read.
    #[must_use]
    pub fn reason_text(&self) -> Option<&str> {
        self.reason.as_ref()?.text()
    }

    /// Whether the actor said something that nobody can read any more: its key was destroyed. Only of one that was opened.
    #[must_use]
    pub fn reason_is_erased(&self) -> bool {
        matches!(&self.reason, Some(reason @ StoredReason::Sealed(_)) if reason.text().is_none())
    }

    /// As a JSON value, for whoever looks into it; printed it would have its keys sorted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("an event has a JSON form")
    }
}
