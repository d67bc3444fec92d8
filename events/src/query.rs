//! A query over events: `actor:ana on:case:4711 command:grant after:2026-01-01 -reason:test`.
//!
//! Every term must hold; of several with one key, one of them; of those behind a `-`, none.
//! INVARIANT: no I/O and no clock; the present, which `after:-2d` needs, is an argument. A text that is no query says
//! which of its characters are wrong, and what could stand there.
//! Read on in `parse` (how it is written) and `meaning` (what its terms ask).

mod meaning;
mod parse;

use crate::command_from_events;
use crate::event::Event;
use crate::id::CommandId;
use crate::recorded::{Position, Recorded};
use crate::reference::{Actor, Reference, Subject};
use crate::time::Timestamp;
use crate::via::Via;
use serde_json::Value;

/// What a term begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Who did it.
    Actor,
    /// Through whom it came.
    Via,
    /// What it concerns.
    On,
    /// Which user or group it concerns.
    To,
    /// The type of the event.
    Type,
    /// The command that made it.
    Command,
    /// At or after.
    After,
    /// Before.
    Before,
    /// Something in the reason.
    Reason,
    /// The id of its command.
    Id,
    /// What it belongs to.
    Correlation,
    /// What led to it.
    Causation,
}

impl Key {
    /// All of them, in the order in which they are told.
    pub const ALL: [Key; 12] = [
        Key::Actor,
        Key::Via,
        Key::On,
        Key::To,
        Key::Type,
        Key::Command,
        Key::After,
        Key::Before,
        Key::Reason,
        Key::Id,
        Key::Correlation,
        Key::Causation,
    ];

    /// As queries write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Key::Actor => "actor",
            Key::Via => "via",
            Key::On => "on",
            Key::To => "to",
            Key::Type => "type",
            Key::Command => "command",
            Key::After => "after",
            Key::Before => "before",
            Key::Reason => "reason",
            Key::Id => "id",
            Key::Correlation => "correlation",
            Key::Causation => "causation",
        }
    }

    /// How a term may look.
    const fn example(self) -> &'static str {
        match self {
            Key::Actor => "actor:ana, actor:user:ana or actor:system:hr",
            Key::Via => "via:3kTq09xZaB7d or via:token:3kTq09xZaB7d",
            Key::On => "on:case:4711",
            Key::To => "to:ana, to:user:ana or to:group:night",
            Key::Type => "type:access_granted",
            Key::Command => "command:grant",
            Key::After => "after:2026-01-01, after:2026-01-01T09:00:00Z, after:120 or after:-2d",
            Key::Before => "before:2026-01-01, before:2026-01-01T09:00:00Z, before:120 or before:-2d",
            Key::Reason => r#"reason:court or reason:"court order""#,
            Key::Id => "id:a-1",
            Key::Correlation => "correlation:a-1",
            Key::Causation => "causation:a-1",
        }
    }
}

/// A query over events. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Of each group one must hold.
    wanted: Vec<QueryGroup>,
    /// None of these may.
    unwanted: Vec<Test>,
}

/// What stands behind one key.
#[derive(Clone, Debug, PartialEq)]
struct QueryGroup {
    /// A word without one is a group by itself.
    key: Option<Key>,
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Actor(Actor),
    /// A user's or a system's.
    ActorId(String),
    Via(Via),
    On(Reference),
    /// A user's or a group's.
    ToId(String),
    Type(&'static str),
    Command(&'static str),
    After(Bound),
    Before(Bound),
    /// In lower case.
    Reason(String),
    Id(CommandId),
    Correlation(CommandId),
    Causation(CommandId),
    /// In lower case.
    Word(String),
}

/// What `after:` and `before:` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// When an event was recorded.
    Instant(Timestamp),
    /// Where it stands.
    Position(Position),
}

/// Why a text is no query, and which part of it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct BadQuery {
    /// The whole text.
    pub query: String,
    /// Characters before the part.
    pub at: usize,
    /// Characters of the part, at least one.
    pub length: usize,
    /// What is wrong with it.
    pub why: String,
    /// What to write instead.
    pub hint: String,
}

impl Query {
    /// Whether there is nothing to match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether an event is one of those that are asked for. Of its reason counts what can be read.
    #[must_use]
    pub fn matches(&self, recorded: &Recorded) -> bool {
        self.wanted.iter().all(|group| group.tests.iter().any(|test| test.holds(recorded)))
            && !self.unwanted.iter().any(|test| test.holds(recorded))
    }

    /// What every event that matches names, where the query says so: one of these at least. Never the organization, which
    /// everything names.
    #[must_use]
    pub fn names(&self) -> Option<Vec<Reference>> {
        let names = |group: &QueryGroup| {
            let names = group.tests.iter().map(Test::names).collect::<Option<Vec<_>>>()?;
            let names: Vec<Reference> = names.into_iter().flatten().collect();
            (!names.contains(&Reference::Organization)).then_some(names)
        };
        self.wanted.iter().filter_map(names).min_by_key(Vec::len)
    }

    /// Through whom every event that matches came, where the query says so: through one of these.
    #[must_use]
    pub fn callers(&self) -> Option<Vec<Via>> {
        let caller = |test: &Test| match test {
            Test::Via(via) => Some(via.clone()),
            _ => None,
        };
        self.wanted.iter().find_map(|group| group.tests.iter().map(caller).collect())
    }

    /// Between which bounds every event lies that matches, where the query says so: from the first on, and before the second.
    #[must_use]
    pub fn bounds(&self) -> (Option<Bound>, Option<Bound>) {
        let alone = |group: &QueryGroup| if let [test] = &group.tests[..] { Some(test.clone()) } else { None };
        let tests: Vec<Test> = self.wanted.iter().filter_map(alone).collect();
        let after = tests.iter().find_map(|test| if let Test::After(bound) = test { Some(*bound) } else { None });
        let before = tests.iter().find_map(|test| if let Test::Before(bound) = test { Some(*bound) } else { None });
        (after, before)
    }

    /// The ids of the commands that every event that matches is of, where the query says so: one of these.
    #[must_use]
    pub fn command_ids(&self) -> Option<Vec<CommandId>> {
        let id = |test: &Test| if let Test::Id(id) = test { Some(id.clone()) } else { None };
        self.wanted.iter().find_map(|group| group.tests.iter().map(id).collect())
    }

    /// Whether it asks about reasons. Another one is answered by events whose reasons are still sealed.
    #[must_use]
    pub fn asks_for_reasons(&self) -> bool {
        let tests = self.wanted.iter().flat_map(|group| &group.tests).chain(&self.unwanted);
        tests.into_iter().any(|test| matches!(test, Test::Reason(_) | Test::Word(_)))
    }

    fn put(&mut self, key: Option<Key>, test: Test) {
        let group = self.wanted.iter_mut().find(|group| key.is_some() && group.key == key);
        match group {
            Some(group) => group.tests.push(test),
            None => self.wanted.push(QueryGroup { key, tests: vec![test] }),
        }
    }
}

impl Test {
    fn holds(&self, recorded: &Recorded) -> bool {
        match self {
            Test::Actor(actor) => recorded.actor == *actor,
            Test::ActorId(id) => match &recorded.actor {
                Actor::User(user) => user.as_str() == id,
                Actor::System(system) => system.as_str() == id,
            },
            Test::Via(via) => recorded.via.as_ref() == Some(via),
            Test::On(reference) => recorded.event.concerns(reference),
            Test::ToId(id) => concerns_id(&recorded.event, id),
            Test::Type(name) => recorded.event.name() == *name,
            Test::Command(name) => command_from_events::name(recorded) == Some(name),
            Test::After(bound) => !is_before(recorded, *bound),
            Test::Before(bound) => is_before(recorded, *bound),
            Test::Reason(text) => recorded.reason_text().is_some_and(|reason| holds(reason, text)),
            Test::Id(id) => recorded.command_id == *id,
            Test::Correlation(id) => recorded.correlation_id.as_ref() == Some(id),
            Test::Causation(id) => recorded.causation_id.as_ref() == Some(id),
            Test::Word(text) => says(recorded, text),
        }
    }
}

impl Test {
    /// What an event names for which it holds.
    fn names(&self) -> Option<Vec<Reference>> {
        match self {
            Test::On(reference) => Some(vec![reference.clone()]),
            Test::ToId(id) => Some(subjects(id).map(of_subject).collect()),
            _ => None,
        }
    }
}

fn is_before(recorded: &Recorded, bound: Bound) -> bool {
    match bound {
        Bound::Instant(instant) => recorded.time < instant,
        Bound::Position(position) => recorded.position < position,
    }
}

fn concerns_id(event: &Event, id: &str) -> bool {
    subjects(id).any(|subject| event.concerns(&of_subject(subject)))
}

/// The user and the group of an id.
fn subjects(id: &str) -> impl Iterator<Item = Subject> {
    let subjects = [id.parse().map(Subject::User), id.parse().map(Subject::Group)];
    subjects.into_iter().flatten()
}

fn of_subject(subject: Subject) -> Reference {
    subject.into()
}

/// Whether the reason, the actor, or anything among the fields of the event has the text in it.
fn says(recorded: &Recorded, text: &str) -> bool {
    recorded.reason_text().is_some_and(|reason| holds(reason, text))
        || holds(&recorded.actor.to_string(), text)
        || has_in_it(&recorded.event.fields(), text)
}

fn has_in_it(value: &Value, text: &str) -> bool {
    match value {
        Value::String(one) => holds(one, text),
        Value::Array(items) => items.iter().any(|item| has_in_it(item, text)),
        Value::Object(fields) => fields.values().any(|field| has_in_it(field, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn holds(all: &str, lower_case: &str) -> bool {
    all.to_lowercase().contains(lower_case)
}
