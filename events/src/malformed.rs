//! What is wrong with JSON that is well formed and does not say what it should: which key it is about, and what was meant.

use crate::nearest::{meant_of, without_meant};
use crate::refusal::Refusal;
use serde_json::{Error, Value};

/// A refusal of an object, with the key whose value is wrong and, where a word is near to one that fits, a hint.
///
/// The parser says what is wrong and not where. So each key is left out in turn: without the one that is to blame the
/// complaint is another, or there is none.
#[must_use]
pub(crate) fn malformed(why: &Error, given: &Value, again: impl Fn(&Value) -> Option<Error>) -> Refusal {
    let told = why.to_string();
    let (wrong, meant) = without_meant(&told);
    let meant = meant.or_else(|| meant_of(wrong).map(|meant| format!("did you mean `{meant}`?")));
    let names_it = ["unknown field ", "missing field "].iter().any(|start| wrong.starts_with(start));
    let key = if names_it { None } else { to_blame(&told, given, again) };
    let refusal = Refusal::invalid(match key {
        Some(key) if !wrong.contains(&format!("`{key}`")) => format!("`{key}`: {wrong}"),
        _ => wrong.to_owned(),
    });
    match meant {
        Some(meant) => refusal.hint(meant),
        None => refusal,
    }
}

fn to_blame<'a>(told: &str, given: &'a Value, again: impl Fn(&Value) -> Option<Error>) -> Option<&'a str> {
    let object = given.as_object()?;
    let is_other = |key: &&String| {
        let mut rest = object.clone();
        rest.remove(*key);
        again(&Value::Object(rest)).is_none_or(|why| why.to_string() != told)
    };
    let mut blamed = object.keys().filter(is_other);
    let key = blamed.next()?;
    blamed.next().is_none().then_some(key)
}

#[cfg(test)]
mod tests {
    use crate::{Command, Question, Submission};
    use serde_json::json;

    #[test]
    fn the_key_that_is_to_blame_is_named() {
        for (command, message) in [
            (
                json!({"grant": {"on": "case:1", "to": 4711}}),
                "`grant`: `to`: invalid type: integer `4711`, expected a string",
            ),
            (
                json!({"open_case": {"case": "1", "definition": "d", "creator": true}}),
                "`open_case`: `creator`: invalid type: boolean `true`, expected a string",
            ),
            (json!({"complete_case": {}}), "`complete_case`: missing field `case`"),
        ] {
            assert_eq!(Command::parse(command).expect_err("it is malformed").message, message);
        }
        let question = json!({"subject": 7, "action": "read", "resource": "case:1"});
        let refused = Question::from_value(question).expect_err("it is malformed");
        assert_eq!(refused.message, "`subject`: invalid type: integer `7`, expected a string");
    }

    #[test]
    fn what_was_meant_is_a_hint() {
        let hint = |command| Command::parse(command).expect_err("it is malformed").hint;
        for (command, meant) in [
            (json!({"grnat": {}}), "did you mean `grant`?"),
            (json!({"grant": {"on": "case:1", "to": "user:a", "acess": "read"}}), "did you mean `access`?"),
            (json!({"grant": {"on": "case:1", "to": "user:a", "access": "raed"}}), "did you mean `read`?"),
            (json!({"grant": {"on": "cases:1", "to": "user:a"}}), "did you mean `case:1`?"),
            (json!({"grant": {"on": "case:1", "to": "ana"}}), "did you mean `user:ana`?"),
            (json!({"adopt_policy": {"preset": "cmff"}}), "did you mean `cmf`?"),
        ] {
            assert_eq!(hint(command.clone()).as_deref(), Some(meant), "{command}");
        }
        let line = Submission::parse(br#"{"comand":{}}"#).expect("it is an object").content;
        assert_eq!(line.expect_err("it is no command").hint.as_deref(), Some("did you mean `command`?"));
    }
}
