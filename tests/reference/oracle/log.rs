//! A log that grows by the reference's own decisions: a plain list of events, and the bodies sent under each id.

use super::decide::{Accepted, Mode, decide};
use super::sent::{Sent, body};
use super::streams::stream_of;
use super::world::World;
use caseward_events::recorded::{First, Position};
use caseward_events::seal::{Digests, Key, StoredReason};
use caseward_events::{Code, CommandId, Event, KeyNumber, Recorded, Submission, Timestamp, Warning};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a line is answered, so far as it is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// With the code.
    Refused(Code),
    /// Accepted.
    Accepted {
        /// The last event's position, or the head if nothing changed.
        position: u64,
        /// How many events it lists.
        events: usize,
        /// Their codes, sorted.
        warnings: Vec<&'static str>,
        /// Whether the id was known.
        replayed: bool,
    },
}

/// Events, and what was sent under the ids that appended them.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// All events, in order.
    pub events: Vec<Recorded>,
    /// The lines of the commands that appended something, by id.
    pub bodies: BTreeMap<String, Value>,
    /// The subjects that have a key, in the order in which they got it.
    keys: Vec<String>,
}

impl Log {
    /// Decides on the line and appends what it brings.
    pub fn submit(&mut self, line: &str, mode: Mode, clock: Timestamp) -> Answer {
        match decide(&self.events, &self.bodies, line, mode, clock) {
            Err(code) => Answer::Refused(code),
            Ok(Accepted::Replayed) => self.as_the_first_time(line),
            Ok(Accepted::New { events, warnings, time }) => {
                let codes = codes(&warnings);
                let count = events.len();
                if count > 0 {
                    self.append(line, events, warnings, time);
                }
                Answer::Accepted { position: self.head(), events: count, warnings: codes, replayed: false }
            }
        }
    }

    /// The position of the last event.
    pub fn head(&self) -> u64 {
        self.events.len() as u64
    }

    /// The last position recorded at or before the instant; 0 if there is none.
    pub fn position_at(&self, instant: Timestamp) -> u64 {
        self.events
            .iter()
            .filter(|recorded| recorded.time <= instant)
            .map(|recorded| recorded.position.0)
            .max()
            .unwrap_or(0)
    }

    /// The recorded time of a position; that of position 0 is 1970-01-01.
    pub fn time_of(&self, position: u64) -> Timestamp {
        let found = self.events.iter().find(|recorded| recorded.position.0 == position);
        found.map_or(Timestamp::EPOCH, |recorded| recorded.time)
    }

    fn as_the_first_time(&self, line: &str) -> Answer {
        let id = Submission::parse(line.as_bytes()).ok().and_then(|submission| submission.id);
        let id = id.expect("a known id is an id");
        let known: Vec<_> = self.events.iter().filter(|recorded| recorded.command_id == id).collect();
        let warnings = known.iter().flat_map(|recorded| recorded.first.iter().flat_map(|first| first.warnings.clone()));
        let warnings = codes(&warnings.collect::<Vec<_>>());
        let position = known.last().map_or(0, |recorded| recorded.position.0);
        Answer::Accepted { position, events: known.len(), warnings, replayed: true }
    }

    /// What was said about a subject cannot be read any more.
    fn forget(&mut self, subject: &str) {
        for recorded in &mut self.events {
            let about = Sent::of(&self.bodies[recorded.command_id.as_str()]).named_first();
            if let Some(reason) = recorded.reason.take() {
                recorded.reason = Some(if about.as_deref() == Some(subject) { closed(&reason) } else { reason });
            }
        }
    }

    fn append(&mut self, line: &str, events: Vec<Event>, warnings: Vec<Warning>, time: Timestamp) {
        let submission = Submission::parse(line.as_bytes()).expect("it was accepted");
        let content = submission.content.expect("it was accepted");
        let id: CommandId = submission
            .id
            .unwrap_or_else(|| format!("made-{}", self.head() + 1).parse().expect("letters and digits are an id"));
        let line: Value = serde_json::from_str(line).expect("it was accepted");
        let sent = Sent::of(&line);
        let erased = World::at(&self.events, self.head()).erased;
        let about = sent.named_first();
        // Of an erased subject no reason is kept, nor is that of the erasure.
        let is_kept = about.as_ref().is_none_or(|about| !erased.contains_key(about)) && sent.name() != "erase";
        let reason = content.reason.filter(|_| is_kept).map(|text| self.as_stored(&text, about, &id));
        let digests = Digests { body: digest(&body(&line, false)), reason: None };
        self.bodies.insert(id.to_string(), line);
        if sent.name() == "erase" {
            self.forget(&sent.named_first().expect("it names one"));
        }
        let count = u32::try_from(events.len()).expect("a command has few events");
        for (index, event) in (0..).zip(events) {
            let stream = stream_of(&event);
            let before = self.events.iter().filter(|recorded| stream_of(&recorded.event) == stream).count() as u64;
            self.events.push(Recorded {
                position: Position(self.head() + 1),
                stream_version: before + 1,
                time,
                command_id: id.clone(),
                index,
                count,
                commit_index: index,
                commit_count: count,
                actor: content.actor.clone(),
                via: None,
                reason: reason.clone(),
                correlation_id: content.correlation_id.clone(),
                causation_id: content.causation_id.clone(),
                first: (index == 0).then(|| First { digests, warnings: warnings.clone() }),
                event,
            });
        }
    }

    /// A reason lies under the key of the subject that the command names first, or in clear.
    fn as_stored(&mut self, text: &str, about: Option<String>, id: &CommandId) -> StoredReason {
        let Some(subject) = about else { return StoredReason::Clear(text.to_owned()) };
        let known = self.keys.iter().position(|known| *known == subject);
        let number = known.unwrap_or(self.keys.len());
        let begins = known.is_none().then(|| subject.parse().expect("it was a subject before"));
        if known.is_none() {
            self.keys.push(subject);
        }
        let number = KeyNumber(u32::try_from(number).expect("a history names few subjects") + 1);
        StoredReason::seal(text, id, number, &Key::new([0; Key::BYTES]), begins)
    }
}

/// The same without its text, which is not stored.
fn closed(reason: &StoredReason) -> StoredReason {
    serde_json::from_value(serde_json::to_value(reason).expect("it is JSON")).expect("it was written here")
}

/// Equal bodies have equal digests, others have others; there is no key here.
fn digest(body: &BTreeMap<String, Value>) -> [u8; 16] {
    let whole: [u8; 32] = Sha256::digest(serde_json::to_vec(body).expect("it is JSON")).into();
    *whole.first_chunk().expect("32 bytes begin with 16")
}

fn codes(warnings: &[Warning]) -> Vec<&'static str> {
    let mut codes: Vec<_> = warnings.iter().map(Warning::code).collect();
    codes.sort_unstable();
    codes
}
