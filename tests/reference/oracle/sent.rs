//! What a command says, read from the JSON that was sent a second time, field by field (the table of `semantics.md`
//! section 5, and section 2 for levels and windows).
//!
//! INVARIANT: whatever a field means beyond its type (what it is where it is left out, what of an entry stays, whom a
//! command names first) is decided here and not by the vocabulary. The line was parsed before: it is well formed.

use caseward_events::{Action, Timestamp, Window};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A command: its name and its fields.
#[derive(Clone, Debug)]
pub struct Sent {
    name: String,
    fields: Value,
}

impl Sent {
    /// The command of a line.
    pub fn of(line: &Value) -> Sent {
        let commands = line["command"].as_object().expect("a command is an object");
        let (name, fields) = commands.iter().next().expect("of one field");
        Sent { name: name.clone(), fields: fields.clone() }
    }

    /// Its fields.
    pub fn fields(&self) -> &Value {
        &self.fields
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What an entry gives after an `update_grant`: what is left out stays as it is.
    pub fn rights_after(&self, before: &BTreeSet<Action>) -> BTreeSet<Action> {
        if self.fields["access"].is_null() { before.clone() } else { rights_in(&self.fields) }
    }

    /// When it does: a bound that is left out stays as it is, null clears it.
    pub fn window_after(&self, before: Window) -> Window {
        let mut after = before;
        if self.fields.get("valid_from").is_some() {
            after.from = instant(&self.fields["valid_from"]);
        }
        if self.fields.get("valid_until").is_some() {
            after.until = instant(&self.fields["valid_until"]);
        }
        after
    }

    /// The fields of `before`, with those that were sent in their place: what is left out stays as it is.
    pub fn laid_over(&self, before: &Value) -> Value {
        let mut after = before.clone();
        for (key, value) in after.as_object_mut().expect("it is a row of named values") {
            if !self.fields[key.as_str()].is_null() {
                *value = self.fields[key.as_str()].clone();
            }
        }
        after
    }

    /// The entries of a `restrict_case`.
    pub fn entries(&self) -> &[Value] {
        self.fields["entries"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whom the command names first, the actor apart, in the order in which section 5 lists its fields: under the key of
    /// that user or group its reason lies. Cases, definitions, profiles, links, items and tasks are no subjects.
    pub fn named_first(&self) -> Option<String> {
        // A field that takes users alone, or groups alone, takes them with the kind before the id or without it.
        let of_kind = |kind: &str, key: &str| {
            let id = self.fields[key].as_str()?;
            Some(format!("{kind}:{}", id.strip_prefix(&format!("{kind}:")).unwrap_or(id)))
        };
        let (user, group) = (|key: &str| of_kind("user", key), |key: &str| of_kind("group", key));
        let either = |value: &Value| Some(value.as_str()?.to_owned());
        match self.name.as_str() {
            // case, definition, creator, parent
            "open_case" => user("creator"),
            // on, to, ...
            "grant" | "update_grant" | "revoke" => either(&self.fields["to"]),
            // case, entries: [{to, ...}]
            "restrict_case" => either(&self.entries().first()?["to"]),
            // group, member
            "add_member" | "remove_member" | "deactivate_group" | "activate_group" => group("group"),
            "disable_user" | "enable_user" | "offboard" | "appoint_org_admin" | "dismiss_org_admin" => user("user"),
            // user, workspace; user, profile
            "place_in_workspace" | "assign_profile" => user("user"),
            // case, field, person
            "add_person" | "remove_person" => either(&self.fields["person"]),
            // case, activity, to: [...]
            "assign_activity" | "release_activity" => either(&self.fields["to"][0]),
            // delegation, from, to
            "delegate" => user("from"),
            // on, against
            "raise_wall" | "lower_wall" => either(&self.fields["against"]),
            "erase" => either(&self.fields["subject"]),
            // ref, label
            "set_label" => either(&self.fields["ref"]).filter(|of| of.starts_with("user:") || of.starts_with("group:")),
            _ => None,
        }
    }
}

impl Sent {
    /// Whom it names to give something to, or to keep something from.
    pub fn named_to_be_given(&self) -> Vec<String> {
        let one = |value: &Value| value.as_str().map(str::to_owned);
        let key = |key: &str| -> Vec<String> { one(&self.fields[key]).into_iter().collect() };
        let user = |field: &str| key(field).into_iter().map(|user| format!("user:{user}")).collect();
        match self.name.as_str() {
            "grant" | "update_grant" => key("to"),
            "restrict_case" => self.entries().iter().filter_map(|entry| one(&entry["to"])).collect(),
            "raise_wall" => key("against"),
            "add_member" => key("member"),
            "add_person" => key("person"),
            "assign_profile" | "place_in_workspace" | "appoint_org_admin" | "disable_user" => user("user"),
            "deactivate_group" => key("group").into_iter().map(|group| format!("group:{group}")).collect(),
            "delegate" => [key("from"), key("to")].concat(),
            "open_case" => user("creator"),
            "erase" => key("subject"),
            "assign_activity" => self.fields["to"].as_array().into_iter().flatten().filter_map(one).collect(),
            _ => Vec::new(),
        }
    }
}

/// A level or a list of rights: left out, it is `read`; `write` is read, write and delete; a list is taken as it is, with
/// `read` where it holds write, delete or share.
pub fn rights_in(fields: &Value) -> BTreeSet<Action> {
    let access = &fields["access"];
    if access.is_null() || access == "read" {
        return BTreeSet::from([Action::Read]);
    }
    if access == "write" {
        return BTreeSet::from([Action::Read, Action::Write, Action::Delete]);
    }
    let named = access.as_array().expect("a level or a list").iter();
    let named = named.map(|name| name.as_str().and_then(|name| name.parse().ok()).expect("it names an action"));
    let mut rights: BTreeSet<Action> = named.collect();
    if [Action::Write, Action::Delete, Action::Share].iter().any(|right| rights.contains(right)) {
        rights.insert(Action::Read);
    }
    rights
}

/// A bound that is left out or null is none.
pub fn window_in(fields: &Value) -> Window {
    Window { from: instant(&fields["valid_from"]), until: instant(&fields["valid_until"]) }
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().expect("it is an instant"))
}

/// What is compared of a body: all but id, time, correlation and causation, as JSON values, key order free; `reason` with
/// them or without it.
pub fn body(line: &Value, with_reason: bool) -> BTreeMap<String, Value> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_value(line.clone()).expect("a line is an object");
    for apart in ["id", "time", "correlation_id", "causation_id"] {
        fields.remove(apart);
    }
    if !with_reason {
        fields.remove("reason");
    }
    fields
}
