//! What a term means: its value read as its key wants it.

use super::parse::{KINDS, Reading, Term, Wrong};
use super::{BadQuery, Bound, Key, Query, Test, of_subject};
use crate::command::Command;
use crate::event::Event;
use crate::id::CommandId;
use crate::nearest::nearest;
use crate::recorded::Position;
use crate::reference::{Actor, Reference, Subject};
use crate::time::{Ago, Timestamp, instant_or_day};
use crate::via::Via;
use std::fmt::Display;

impl Query {
    /// Reads a query; `now` is what `-2d` counts from.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str, now: Timestamp) -> Result<Query, BadQuery> {
        let letters: Vec<char> = text.chars().collect();
        let mut reading = Reading { letters: &letters, at: 0 };
        let (mut query, mut bounds) = (Query::default(), Vec::new());
        let told = |wrong: Wrong| wrong.of(text);
        while let Some(term) = reading.term().map_err(told)? {
            let test = term.test(now).map_err(told)?;
            if term.negated {
                query.unwanted.push(test);
                continue;
            }
            if let Some(key @ (Key::After | Key::Before)) = term.key {
                if bounds.contains(&key) {
                    return Err(told(
                        term.whole.wrong(format!("`{}:` occurs twice", key.name()), "leave one of the two out"),
                    ));
                }
                bounds.push(key);
            }
            query.put(term.key, test);
        }
        Ok(query)
    }
}

impl Term {
    /// What it asks of an event.
    pub(super) fn test(&self, now: Timestamp) -> Result<Test, Wrong> {
        let text = self.value.as_str();
        let Some(key) = self.key else { return Ok(Test::Word(text.to_lowercase())) };
        let id = || text.parse::<CommandId>().map_err(|why| self.wrong(key, why));
        Ok(match key {
            Key::Actor => match text.parse::<Actor>() {
                Ok(actor) => Test::Actor(actor),
                Err(why) => Test::ActorId(self.bare_id(key, why)?),
            },
            Key::Via => Test::Via(self.via(key)?),
            Key::On => Test::On(text.parse::<Reference>().map_err(|why| self.no_reference(why))?),
            Key::To => match text.parse::<Subject>() {
                Ok(subject) => Test::On(of_subject(subject)),
                Err(why) => Test::ToId(self.bare_id(key, why)?),
            },
            Key::Type => Test::Type(self.known(key, Event::TYPES.iter().map(|(_, name)| *name))?),
            Key::Command => Test::Command(self.known(key, Command::NAMES.iter().copied())?),
            Key::After => Test::After(self.bound(key, now)?),
            Key::Before => Test::Before(self.bound(key, now)?),
            Key::Reason => Test::Reason(text.to_lowercase()),
            Key::Id => Test::Id(id()?),
            Key::Correlation => Test::Correlation(id()?),
            Key::Causation => Test::Causation(id()?),
        })
    }

    fn wrong(&self, key: Key, why: impl Display) -> Wrong {
        self.at.wrong(why.to_string(), format!("as {}", key.example()))
    }

    /// A token may stand without its kind.
    fn via(&self, key: Key) -> Result<Via, Wrong> {
        let token = || self.value.parse().map(Via::Token);
        self.value.parse().or_else(|why| token().map_err(|_| self.wrong(key, why)))
    }

    /// An id without its kind, which may hold colons, but not what other references begin with.
    fn bare_id(&self, key: Key, why: impl Display) -> Result<String, Wrong> {
        let kind = self.value.split_once(':').map(|(kind, _)| kind);
        let is_reference = kind.is_some_and(|kind| KINDS.contains(&kind)) || self.value == "organization";
        if is_reference || self.value.parse::<CommandId>().is_err() {
            return Err(self.wrong(key, why));
        }
        Ok(self.value.clone())
    }

    fn no_reference(&self, why: impl Display) -> Wrong {
        if let Some(case) = self.value.strip_prefix("restriction:") {
            return self.at.wrong("a restricted list is found by its case", format!("write on:case:{case}"));
        }
        let hint = match self.value.contains(':') {
            true => "as on:case:4711".to_owned(),
            false => format!("say what it is, as on:case:{}", self.value),
        };
        self.at.wrong(why.to_string(), hint)
    }

    fn known(&self, key: Key, names: impl Iterator<Item = &'static str> + Clone) -> Result<&'static str, Wrong> {
        if let Some(name) = names.clone().find(|name| *name == self.value) {
            return Ok(name);
        }
        let (what, list) = match key {
            Key::Type => ("type of event", "caseward help queries lists them"),
            _ => ("command", "caseward help commands lists them"),
        };
        let hint = match nearest(&self.value.to_ascii_lowercase(), names) {
            Some(name) => format!("did you mean {}:{name}? {list}", key.name()),
            None => list.to_owned(),
        };
        Err(self.at.wrong(format!("`{}` is not a {what}", self.value.escape_debug()), hint))
    }

    fn bound(&self, key: Key, now: Timestamp) -> Result<Bound, Wrong> {
        let text = self.value.as_str();
        if let Ok(position) = text.parse() {
            return Ok(Bound::Position(Position(position)));
        }
        let instant = match text.parse::<Ago>() {
            Ok(ago) => Some(ago.before(now)),
            Err(_) => instant_or_day(text).ok(),
        };
        instant.map(Bound::Instant).ok_or_else(|| {
            let why = format!("`{}` is not an instant, a day, a position, or how long ago (-2d)", text.escape_debug());
            self.wrong(key, why)
        })
    }
}
