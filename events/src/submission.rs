//! A command as it is sent: one JSON object (`interface.md` section 1), parsed so far as the log is not needed.

use crate::command::Command;
use crate::id::CommandId;
use crate::limits::{LINE_BYTES_MAX, REASON_BYTES_MAX};
use crate::malformed::malformed;
use crate::plain_text::{self, NotText};
use crate::reference::Actor;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::via::Via;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// A command with its id. What it says may still be `invalid`: a known id answers before that (section 5, order of
/// codes).
///
/// # Examples
/// ```
/// use caseward_events::{Code, Command, Submission};
///
/// let line = r#"{"id":"c-1","actor":"user:ana","command":{"grant":{"on":"case:4711","to":"user:ben"}}}"#;
/// let content = Submission::parse(line.as_bytes())?.content?;
/// assert!(matches!(content.command, Command::Grant(_)));
///
/// let unknown = Submission::parse(br#"{"id":"c-2","command":{"grand":{}}}"#)?;
/// assert_eq!(unknown.content.map_err(|refusal| refusal.code), Err(Code::Invalid));
/// # Ok::<(), caseward_events::Refusal>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Left out, the engine makes one.
    pub id: Option<CommandId>,
    /// Of what was sent, to tell another body under the same id.
    pub sent: Sent,
    /// What was sent, or why it is no command.
    pub content: Result<Content, Refusal>,
    /// Through whom it came. Nothing that is sent says this: whoever lets callers in does.
    pub via: Option<Via>,
}

/// All but the id.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Who sends it.
    pub actor: Actor,
    /// Why.
    pub reason: Option<String>,
    /// When it happened; an import must give it, others must not.
    pub time: Option<Timestamp>,
    /// What it belongs to.
    pub correlation_id: Option<CommandId>,
    /// What led to it.
    pub causation_id: Option<CommandId>,
    /// The version its stream must have.
    pub expected_version: Option<u64>,
    /// What to do.
    pub command: Command,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    actor: Option<Actor>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    time: Option<Timestamp>,
    #[serde(default)]
    correlation_id: Option<CommandId>,
    #[serde(default)]
    causation_id: Option<CommandId>,
    #[serde(default)]
    expected_version: Option<u64>,
    /// It is parsed apart.
    #[serde(default, rename = "command")]
    _command: IgnoredAny,
}

impl Submission {
    /// From one line or body.
    ///
    /// # Errors
    /// `invalid` where it is no JSON object, is beyond a limit, or its id is none. Whatever else is wrong with it stays
    /// in [`Submission::content`].
    pub fn parse(bytes: &[u8]) -> Result<Submission, Refusal> {
        let Value::Object(mut fields) = parse_json(bytes)? else {
            return Err(Refusal::invalid("a command is a JSON object").hint(EXAMPLE));
        };
        let id = match fields.remove("id") {
            None | Some(Value::Null) => None,
            Some(id) => Some(CommandId::deserialize(id).map_err(|why| Refusal::invalid(format!("`id`: {why}")))?),
        };
        let sent = Sent::of(&fields);
        Ok(Submission { id, sent, content: Content::parse(fields), via: None })
    }

    /// From a command that the program itself put together.
    ///
    /// # Errors
    /// As for [`Submission::parse`].
    pub fn from_value(value: &Value) -> Result<Submission, Refusal> {
        Submission::parse(value.to_string().as_bytes())
    }
}

const EXAMPLE: &str = r#"one line, as {"actor":"user:ana","command":{"complete_case":{"case":"4711"}}}"#;

impl Content {
    fn parse(mut fields: Map<String, Value>) -> Result<Content, Refusal> {
        let command = fields.remove("command");
        let fields = Value::Object(fields);
        let line = Line::deserialize(&fields).map_err(|why| {
            let mut refusal = malformed(&why, &fields, |fields| Line::deserialize(fields).err());
            // It was taken out before, and may be given like the others.
            refusal.message = refusal.message.replace("expected one of `actor`", "expected one of `id`, `actor`");
            refusal
        })?;
        if let Some(reason) = &line.reason
            && reason.len() > REASON_BYTES_MAX
        {
            let given = reason.len();
            return Err(Refusal::invalid(format!(
                "`reason` has {given} bytes; at most {REASON_BYTES_MAX} are kept: shorten it"
            )));
        }
        let actor = line.actor.unwrap_or_else(Actor::unknown);
        let command = Command::parse(command.ok_or_else(|| Refusal::invalid("missing field `command`"))?)?;
        if matches!(command, Command::BreakGlass(_)) {
            break_glass(&actor, line.reason.as_deref())?;
        }
        Ok(Content {
            actor,
            reason: line.reason,
            time: line.time,
            correlation_id: line.correlation_id,
            causation_id: line.causation_id,
            expected_version: line.expected_version,
            command,
        })
    }
}

/// Whoever breaks the glass is the subject, and must say why.
fn break_glass(actor: &Actor, reason: Option<&str>) -> Result<(), Refusal> {
    if actor.as_user().is_none() {
        return Err(Refusal::invalid(format!(
            "`{actor}` is not a user; only users can break the glass, for themselves"
        )));
    }
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal::invalid("`reason` is missing; whoever breaks the glass must say why"));
    }
    Ok(())
}

/// JSON in which no object names a key twice: which of the two would count, a reader could not tell.
///
/// # Errors
/// `invalid`, with what is wrong and where.
pub fn parse_json(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.len() > LINE_BYTES_MAX {
        let given = bytes.len();
        return Err(Refusal::invalid(format!("the line has {given} bytes, more than {LINE_BYTES_MAX}: split it")));
    }
    parse_json_of_any_length(bytes)
}

/// The same of a body that holds many lines, whose length somebody else has limited.
///
/// # Errors
/// As for [`parse_json`].
pub fn parse_json_of_any_length(bytes: &[u8]) -> Result<Value, Refusal> {
    // RFC 8259 section 8.1 allows to pass over a mark; whoever had it refused would lose the first line of a file.
    let mut deserializer = serde_json::Deserializer::from_slice(plain_text::without_mark(bytes));
    let parsed = Strict.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|why| match plain_text::not_text(bytes) {
        None => Refusal::invalid(format!("not valid JSON: {why}")),
        Some(NotText { what, remedy }) => {
            Refusal::invalid(format!("not JSON: this is {what}")).hint(format!("make text of it first: {remedy}"))
        }
    })
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let value = pairs.next_value_seed(Strict)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} occurs twice in one object")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// SHA-256 of what was sent. It is not stored: whoever can guess a body or a reason could try it. Stored are
/// [`crate::seal::digests`] of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Of the fields without `id`; time, correlation, causation and the reason do not count.
    pub body: [u8; 32],
    /// Of the reason, where there is one.
    pub reason: Option<[u8; 32]>,
}

impl Sent {
    fn of(fields: &Map<String, Value>) -> Sent {
        const NOT_COMPARED: [&str; 4] = ["time", "correlation_id", "causation_id", "reason"];
        let mut body: Vec<_> = fields.iter().filter(|(key, _)| !NOT_COMPARED.contains(&key.as_str())).collect();
        body.sort_unstable_by_key(|(key, _)| *key);
        let mut hash = Sha256::new();
        for (key, value) in body {
            canonical(&Value::from(key.as_str()), &mut hash);
            canonical(value, &mut hash);
        }
        let reason = fields.get("reason").filter(|reason| !reason.is_null()).map(|given| {
            let mut hash = Sha256::new();
            canonical(given, &mut hash);
            hash.finalize().into()
        });
        Sent { body: hash.finalize().into(), reason }
    }
}

/// Each value behind its kind, with its length or an end, so that no two values give the same bytes; key order free.
fn canonical(value: &Value, to: &mut Sha256) {
    match value {
        Value::Object(object) => {
            to.update(b"{");
            let mut pairs: Vec<_> = object.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in pairs {
                canonical(&Value::from(key.as_str()), to);
                canonical(value, to);
            }
            to.update(b"}");
        }
        Value::Array(items) => {
            to.update(b"[");
            items.iter().for_each(|item| canonical(item, to));
            to.update(b"]");
        }
        Value::String(text) => {
            to.update(b"\"");
            to.update((text.len() as u64).to_le_bytes());
            to.update(text.as_bytes());
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => {
            to.update(plain.to_string().as_bytes());
            to.update(b",");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Code;
    use proptest::prelude::*;

    fn parsed(line: &str) -> Submission {
        Submission::parse(line.as_bytes()).expect("it is an object with a good id")
    }

    fn refused(line: &str) -> Refusal {
        match Submission::parse(line.as_bytes()) {
            Err(refusal) => refusal,
            Ok(submission) => submission.content.expect_err("it is no command"),
        }
    }

    #[test]
    fn only_the_command_is_mandatory() {
        let submission = parsed(r#"{"command":{"complete_case":{"case":"1"}}}"#);
        let content = submission.content.expect("it is one");
        assert_eq!(content.actor, Actor::unknown());
        assert_eq!(submission.id, None);
    }

    #[test]
    fn what_is_no_command_is_invalid_and_says_why() {
        for (line, told) in [
            ("{", "not valid JSON"),
            ("[]", "a JSON object"),
            ("{\"command\":{\"complete_case\":{\"case\":\"1\"}}} x", "trailing"),
            (r#"{"command":{"complete_case":{"case":"1"}},"who":1}"#, "unknown field `who`"),
            (r#"{"actor":"user:a","actor":"user:b","command":{"complete_case":{"case":"1"}}}"#, "occurs twice"),
            (r#"{"id":"","command":{"complete_case":{"case":"1"}}}"#, "an id is empty"),
            (r#"{"actor":"group:a","command":{"complete_case":{"case":"1"}}}"#, "user:ID or system:ID"),
            (r#"{"expected_version":-1,"command":{"complete_case":{"case":"1"}}}"#, "-1"),
            ("{}", "missing field `command`"),
        ] {
            let refusal = refused(line);
            assert_eq!(refusal.code, Code::Invalid, "{line}");
            assert!(refusal.message.contains(told), "{line}: {}", refusal.message);
        }
        assert_eq!(refused(&format!("\"{}\"", "x".repeat(LINE_BYTES_MAX))).code, Code::Invalid);
    }

    #[test]
    fn the_digest_ignores_key_order_and_what_is_not_compared() {
        let one = parsed(
            r#"{"id":"a","actor":"user:a","time":"2026-01-01T00:00:00Z","command":{"revoke":{"on":"case:1","to":"user:b"}}}"#,
        );
        let same =
            parsed(r#"{"command":{"revoke":{"to":"user:b","on":"case:1"}},"correlation_id":"x","actor":"user:a"}"#);
        let other = parsed(r#"{"command":{"revoke":{"to":"user:b","on":"case:2"}},"actor":"user:a"}"#);
        let reasoned = parsed(r#"{"command":{"revoke":{"to":"user:b","on":"case:1"}},"reason":"x","actor":"user:a"}"#);
        assert_eq!(one.sent, same.sent);
        assert_ne!(one.sent.body, other.sent.body);
        assert_eq!(one.sent.body, reasoned.sent.body);
        assert_ne!(one.sent.reason, reasoned.sent.reason);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Submission::parse(&bytes);
        }

        #[test]
        fn no_text_like_json_makes_the_parser_panic(line in "\\{(\"(id|actor|command|time|grant|on|to)\":[\\[{\"a-z0-9:}\\]]{0,12},?){0,6}\\}?") {
            let _ = Submission::parse(line.as_bytes());
        }
    }
}
