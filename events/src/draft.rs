//! A command as a program puts it together, without writing JSON.
//!
//! INVARIANT: a draft is sent as the line that anybody else would write for it ([`Draft::to_json`]), through the same parser:
//! so it is refused for the same reasons, and answers a repeated id alike. Absent on purpose: another way in.

use crate::command::Command;
use crate::id::CommandId;
use crate::reference::Actor;
use crate::refusal::Refusal;
use crate::submission::Submission;
use crate::time::Timestamp;
use serde_json::{Value, json};

/// A command on its way to be sent.
///
/// ```
/// use caseward_events::command::Grant;
/// use caseward_events::{Command, Draft};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let grant = Command::Grant(Grant::new("case:4711".parse()?, "user:ana".parse()?));
/// let draft = Draft::new(grant).by("user:judith".parse()?).because("covers for Ben");
/// assert_eq!(
///     draft.to_json().to_string(),
///     r#"{"actor":"user:judith","command":{"grant":{"on":"case:4711","to":"user:ana"}},"reason":"covers for Ben"}"#
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a draft does nothing before it is sent"]
pub struct Draft {
    command: Command,
    id: Option<CommandId>,
    actor: Option<Actor>,
    reason: Option<String>,
    time: Option<Timestamp>,
    correlation_id: Option<CommandId>,
    causation_id: Option<CommandId>,
    expected_version: Option<u64>,
}

impl Draft {
    /// By nobody in particular, now, for no reason.
    pub fn new(command: Command) -> Draft {
        let (id, actor, reason, time) = (None, None, None, None);
        let (correlation_id, causation_id, expected_version) = (None, None, None);
        Draft { command, id, actor, reason, time, correlation_id, causation_id, expected_version }
    }

    /// Sent by somebody.
    pub fn by(self, actor: Actor) -> Draft {
        Draft { actor: Some(actor), ..self }
    }

    /// For a reason.
    pub fn because(self, reason: impl Into<String>) -> Draft {
        Draft { reason: Some(reason.into()), ..self }
    }

    /// Under an id: sent again with it, it is answered as the first time.
    pub fn with_id(self, id: CommandId) -> Draft {
        Draft { id: Some(id), ..self }
    }

    /// When it happened; only for an import.
    pub fn happened_at(self, time: Timestamp) -> Draft {
        Draft { time: Some(time), ..self }
    }

    /// What it belongs to.
    pub fn correlated_with(self, id: CommandId) -> Draft {
        Draft { correlation_id: Some(id), ..self }
    }

    /// What led to it.
    pub fn caused_by(self, id: CommandId) -> Draft {
        Draft { causation_id: Some(id), ..self }
    }

    /// Only if its stream has this version.
    pub fn expecting(self, version: u64) -> Draft {
        Draft { expected_version: Some(version), ..self }
    }

    /// The line that is sent.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Draft { command, id, actor, reason, time, correlation_id, causation_id, expected_version } = self;
        let mut line = json!({ "command": command.to_json() });
        let mut put = |key: &str, value: Option<Value>| value.into_iter().for_each(|value| line[key] = value);
        put("id", id.as_ref().map(|id| json!(id)));
        put("actor", actor.as_ref().map(|actor| json!(actor)));
        put("reason", reason.as_ref().map(|reason| json!(reason)));
        put("time", time.map(|time| json!(time)));
        put("correlation_id", correlation_id.as_ref().map(|id| json!(id)));
        put("causation_id", causation_id.as_ref().map(|id| json!(id)));
        put("expected_version", expected_version.map(|version| json!(version)));
        line
    }

    /// As it is sent.
    ///
    /// # Errors
    /// `invalid`, where it is beyond a limit.
    pub fn submission(&self) -> Result<Submission, Refusal> {
        Submission::from_value(&self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Preset;

    /// As somebody may write each command, with everything that may be left out and without.
    fn written() -> Vec<Value> {
        vec![
            json!({"create_definition": {"definition": "d"}}),
            json!({"create_definition": {"definition": "d", "name": "D", "access_control": false}}),
            json!({"open_case": {"case": "c", "definition": "d", "creator": "ana", "parent": "b"}}),
            json!({"complete_case": {"case": "c"}}),
            json!({"grant": {"on": "case:c", "to": "user:ana"}}),
            json!({"grant": {"on": "case:c", "to": "group:g", "access": "write", "valid_until": "2026-01-01T00:00:00Z",
                             "on_existing": "update"}}),
            json!({"grant": {"on": "organization", "to": "user:ana", "access": ["manage_access", "read"]}}),
            json!({"update_grant": {"on": "definition:d", "to": "user:ana", "valid_from": null}}),
            json!({"revoke": {"on": "case:c", "to": "user:ana"}}),
            json!({"restrict_case": {"case": "c", "entries": [{"to": "user:ana", "access": "read"}]}}),
            json!({"add_member": {"group": "g", "member": "group:h"}}),
            json!({"place_in_workspace": {"user": "ana", "workspace": null}}),
            json!({"assign_profile": {"user": "ana", "profile": "p"}}),
            json!({"configure_profile": {"profile": "p", "module_access": true}}),
            json!({"set_form_access": {"profile": "p", "definition": "d", "read": "all", "share": true}}),
            json!({"assign_activity": {"case": "c", "activity": "a", "to": ["user:ana", "group:g"]}}),
            json!({"delegate": {"delegation": "x", "from": "user:ana", "to": "user:ben"}}),
            json!({"check_out_item": {"item": "i", "organization": "other"}}),
            json!({"attach": {"task": "t", "entity": "case:c"}}),
            json!({"share_case": {"case": "c", "link": "l"}}),
            json!({"raise_wall": {"on": "case:c", "against": "user:ana"}}),
            json!({"break_glass": {"case": "c", "minutes": 5}}),
            json!({"adopt_policy": {"preset": "safe", "access_managers": "trusted"}}),
            json!({"erase": {"subject": "user:ana"}}),
        ]
    }

    #[test]
    fn what_is_put_together_is_written_as_a_person_writes_it_and_is_the_same_command() {
        for written in written() {
            let command = Command::parse(written.clone()).expect("it is a command");
            let again = Command::parse(command.to_json()).expect("it is what is read");
            assert_eq!(again, command, "{written}");
            let shortest = command.to_json().to_string().len();
            assert!(shortest <= written.to_string().len(), "{} says more than {written}", command.to_json());
        }
        assert_eq!(Preset::Safe.name(), "safe");
    }

    #[test]
    fn a_draft_is_sent_as_the_same_line_and_answers_a_repeated_id_alike() {
        let line = json!({"id": "x", "actor": "user:judith", "reason": "r", "expected_version": 3,
                          "command": {"grant": {"on": "case:c", "to": "user:ana"}}});
        let command = Command::parse(line["command"].clone()).expect("it is a command");
        let draft = Draft::new(command)
            .with_id("x".parse().expect("an id"))
            .by("user:judith".parse().expect("an actor"))
            .because("r")
            .expecting(3);
        assert_eq!(draft.submission(), Submission::from_value(&line));
        let too_long = draft.because("r".repeat(crate::limits::REASON_BYTES_MAX + 1)).submission();
        assert!(too_long.expect("its id is good").content.is_err());
    }
}
