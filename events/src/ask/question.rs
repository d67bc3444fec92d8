//! One question: may this subject do this to that resource (`interface.md` section 2)?

use super::AsOf;
use crate::malformed::malformed;
use crate::reference::{Asker, Resource};
use crate::refusal::Refusal;
use crate::rights::Action;
use crate::submission::parse_json;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A question as it is sent.
///
/// # Examples
/// ```
/// use caseward_events::ask::{AsOf, Question};
/// use caseward_events::{Action, Position};
///
/// let line = r#"{"subject":"user:mike","action":"write","resource":"case:4711","as_of":169}"#;
/// let question = Question::parse(line.as_bytes())?;
/// assert_eq!((question.action, question.as_of), (Action::Write, AsOf::Position(Position(169))));
/// assert_eq!(serde_json::to_string(&question).expect("a question has a JSON form"), line);
/// # Ok::<(), caseward_events::Refusal>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whom it is about.
    pub subject: Asker,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// As of where.
    #[serde(default, skip_serializing_if = "AsOf::is_head")]
    pub as_of: AsOf,
    /// The instant that windows are compared with; left out, that of `as_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Echoed in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// What a fixture expects; a check ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
    /// The rule that a fixture expects; a check ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// `invalid`: the line is no question, or its resource does not have the action.
    pub fn parse(line: &[u8]) -> Result<Question, Refusal> {
        Question::from_value(parse_json(line)?)
    }

    /// From JSON.
    ///
    /// # Errors
    /// As for [`Question::parse`].
    pub fn from_value(value: Value) -> Result<Question, Refusal> {
        let asked = Question::deserialize(&value);
        let question = asked.map_err(|why| malformed(&why, &value, |value| Question::deserialize(value).err()))?;
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

/// Refuses an action that the kind of resource does not have.
///
/// # Errors
/// `invalid`, with the actions that it has.
pub fn has_action(resource: &Resource, action: Action) -> Result<(), Refusal> {
    let actions = actions_of(resource);
    if actions.contains(&action) {
        return Ok(());
    }
    let names: Vec<_> = actions.iter().map(|action| action.name()).collect();
    let refusal = Refusal::invalid(format!("`{action}` is not an action on `{resource}`; it has {}", names.join(", ")));
    let of_cases = Action::OF_CASE.contains(&action);
    Err(match resource {
        Resource::Definition(definition) if of_cases => {
            refusal.hint(format!("for its cases: caseward what SUBJECT {action} --definition {definition}"))
        }
        Resource::Organization if of_cases => refusal.hint(format!("for all cases: caseward what SUBJECT {action}")),
        Resource::Case(_) if Action::OF_DEFINITION.contains(&action) => {
            refusal.hint("ask for it on the definition of the case")
        }
        _ => refusal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Code;
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
