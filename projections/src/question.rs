//! Questions: who may do what to what, as of where, at which instant (`interface.md` section 2).

use crate::history::Place;
use crate::views::{Views, When};
use caseward_events::submission::parse_json;
use caseward_events::{Action, Asker, Position, Refusal, Resource, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A position, or an instant that resolves to the last position recorded at or before it; default: the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsOf {
    /// The last position of all.
    #[default]
    Head,
    /// This one.
    Position(Position),
    /// The last one by then.
    Instant(Timestamp),
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AsOf::Head => f.write_str("the head"),
            AsOf::Position(position) => write!(f, "position {position}"),
            AsOf::Instant(instant) => instant.fmt(f),
        }
    }
}

impl FromStr for AsOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(position) = text.parse() {
            return Ok(AsOf::Position(position));
        }
        let not = |_| format!("`{}` is neither a position nor an RFC 3339 instant", text.escape_debug());
        text.parse().map(AsOf::Instant).map_err(not)
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(AsOf::Head),
            Value::String(instant) => instant.parse().map(AsOf::Instant).map_err(D::Error::custom),
            Value::Number(number) => match number.as_u64() {
                Some(position) => Ok(AsOf::Position(Position(position))),
                None => Err(D::Error::custom(format!("{number} is not a position"))),
            },
            other => Err(D::Error::custom(format!("`as_of` is {other}; write an instant or a position"))),
        }
    }
}

/// A question as it is sent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whom it is about.
    pub subject: Asker,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// As of where.
    #[serde(default)]
    pub as_of: AsOf,
    /// The instant that windows are compared with.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Echoed in the answer.
    #[serde(default)]
    pub id: Option<Value>,
    /// What a fixture expects; a check ignores it.
    #[serde(default)]
    pub expect: Option<Value>,
    /// The rule that a fixture expects; a check ignores it.
    #[serde(default)]
    pub rule: Option<String>,
}

impl Question {
    /// At the head.
    #[must_use]
    pub fn new(subject: Asker, action: Action, resource: Resource) -> Question {
        Question { subject, action, resource, as_of: AsOf::Head, at: None, id: None, expect: None, rule: None }
    }

    /// From one line.
    ///
    /// # Errors
    /// `invalid`, where it cannot be asked.
    pub fn parse(line: &[u8]) -> Result<Question, Refusal> {
        Question::from_value(parse_json(line)?)
    }

    /// From JSON.
    ///
    /// # Errors
    /// As for [`Question::parse`].
    pub fn from_value(value: Value) -> Result<Question, Refusal> {
        let question = Question::deserialize(value).map_err(|why| Refusal::invalid(why.to_string()))?;
        has_action(&question.resource, question.action)?;
        Ok(question)
    }
}

/// The actions of a kind of resource, in the order in which rights are answered.
#[must_use]
pub fn actions_of(resource: &Resource) -> &'static [Action] {
    match resource {
        Resource::Case(_) => Action::OF_CASE,
        Resource::Definition(_) => Action::OF_DEFINITION,
        Resource::Organization => Action::OF_ORGANIZATION,
    }
}

/// # Errors
/// `invalid`, where the kind of resource does not have the action.
pub fn has_action(resource: &Resource, action: Action) -> Result<(), Refusal> {
    let actions = actions_of(resource);
    if actions.contains(&action) {
        return Ok(());
    }
    let names: Vec<_> = actions.iter().map(|action| action.name()).collect();
    Err(Refusal::invalid(format!("`{action}` is not an action on `{resource}`; it has {}", names.join(", "))))
}

/// Where and when a question is asked, and whether the answer may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where and when.
    pub when: When,
    /// `Some(false)` for an instant after the clock.
    pub settled: Option<bool>,
}

impl Views {
    /// Where and when a question is asked: `head` is the last position published, `clock` the engine's.
    ///
    /// # Errors
    /// `invalid`, for a position above the head.
    #[inline]
    pub fn resolve(
        &self,
        as_of: AsOf,
        at: Option<Timestamp>,
        head: Position,
        clock: Timestamp,
    ) -> Result<Resolved, Refusal> {
        let head_place = Place::from(head);
        let (place, default_at, settled) = match as_of {
            AsOf::Head => (head_place, clock.max(self.timeline.time(head_place)), None),
            AsOf::Position(position) if position > head => {
                return Err(above_the_head(position, head));
            }
            AsOf::Position(position) => (position.into(), self.timeline.time(position.into()), None),
            AsOf::Instant(instant) => {
                let settled = (instant > clock).then_some(false);
                (self.timeline.resolve(instant, head_place), instant, settled)
            }
        };
        Ok(Resolved { when: When { place, at: at.unwrap_or(default_at) }, settled })
    }
}

fn above_the_head(position: Position, head: Position) -> Refusal {
    Refusal::invalid(format!("position {position} lies above the head, {head}"))
        .hint("ask at the head, or at a position up to it")
        .fact("head", head.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Code;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_of_questions_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Question::parse(&bytes);
        }

        #[test]
        fn no_values_make_the_parser_of_questions_panic(subject in ".{0,20}", action in "[a-z_]{0,12}", as_of in any::<f64>()) {
            let question = serde_json::json!({"subject": subject, "action": action, "resource": subject, "as_of": as_of});
            let _ = Question::parse(question.to_string().as_bytes());
            let _ = subject.parse::<AsOf>();
        }
    }

    #[test]
    fn what_cannot_be_asked_is_invalid_and_says_why() {
        for (line, told) in [
            (r#"{"subject":"group:g","action":"read","resource":"case:1"}"#, "user:ID or link:ID"),
            (r#"{"subject":"user:a","action":"register","resource":"case:1"}"#, "is not an action on `case:1`"),
            (r#"{"subject":"user:a","action":"own","resource":"case:1"}"#, "`own` is not an action"),
            (r#"{"subject":"user:a","action":"read","resource":"case:1","verb":"who"}"#, "unknown field `verb`"),
            (r#"{"subject":"user:a","action":"read","resource":"case:1","as_of":-1}"#, "-1 is not a position"),
            (r#"{"subject":"user:a","action":"read","resource":"case:1","as_of":"now"}"#, "is not an instant"),
            (r#"{"subject":"user:a","action":"read"}"#, "missing field `resource`"),
        ] {
            let refusal = Question::parse(line.as_bytes()).expect_err(line);
            assert_eq!(refusal.code, Code::Invalid);
            assert!(refusal.message.contains(told), "{line}: {}", refusal.message);
        }
    }
}
