//! What a term means: its value read as its key wants it.

use super::nearest::nearest;
use super::parse::{KINDS, Term, Wrong};
use super::{Key, Moment, Test, of_subject};
use crate::command::Command;
use crate::event::Event;
use crate::id::CommandId;
use crate::recorded::Position;
use crate::reference::{Actor, Reference, Subject};
use crate::time::{Ago, Timestamp, instant_or_day};
use std::fmt::Display;

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
            Key::On => Test::On(text.parse::<Reference>().map_err(|why| self.no_reference(why))?),
            Key::To => match text.parse::<Subject>() {
                Ok(subject) => Test::On(of_subject(subject)),
                Err(why) => Test::ToId(self.bare_id(key, why)?),
            },
            Key::Type => Test::Type(self.known(key, Event::TYPES.iter().map(|(_, name)| *name))?),
            Key::Command => Test::Command(self.known(key, Command::NAMES.iter().copied())?),
            Key::After => Test::After(self.moment(key, now)?),
            Key::Before => Test::Before(self.moment(key, now)?),
            Key::Reason => Test::Reason(text.to_lowercase()),
            Key::Id => Test::Id(id()?),
            Key::Correlation => Test::Correlation(id()?),
            Key::Causation => Test::Causation(id()?),
        })
    }

    fn wrong(&self, key: Key, why: impl Display) -> Wrong {
        self.at.wrong(why.to_string(), format!("as {}", example(key)))
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

    fn moment(&self, key: Key, now: Timestamp) -> Result<Moment, Wrong> {
        let text = self.value.as_str();
        if let Ok(position) = text.parse() {
            return Ok(Moment::Position(Position(position)));
        }
        let instant = match text.parse::<Ago>() {
            Ok(ago) => Some(ago.before(now)),
            Err(_) => instant_or_day(text).ok(),
        };
        instant.map(Moment::Instant).ok_or_else(|| {
            let why = format!("`{}` is neither an instant, a day, a position nor -2d", text.escape_debug());
            self.wrong(key, why)
        })
    }
}

/// How a term of each key may look.
pub(super) fn example(key: Key) -> &'static str {
    match key {
        Key::Actor => "actor:ana, actor:user:ana or actor:system:hr",
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
