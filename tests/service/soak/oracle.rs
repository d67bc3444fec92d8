//! What the events of the soak come to: entries on lists of cases, and members of groups. No more of the rules is asked
//! for, and so no more is here; nothing of the engine is used.

use caseward_events::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names of rights.
pub type Rights = BTreeSet<String>;

/// What holds behind the events that were applied.
#[derive(Default)]
pub struct World {
    /// Of a case: to whom which rights are given, and until when.
    entries: BTreeMap<String, BTreeMap<String, (Rights, Option<Timestamp>)>>,
    /// A group and a member.
    members: BTreeSet<(String, String)>,
}

/// A text of an event.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("there is a `{name}`: {value}"))
}

/// A list of rights.
pub fn rights(list: &Value) -> Rights {
    let names = list.as_array().unwrap_or_else(|| panic!("it is a list: {list}"));
    names.iter().map(|name| name.as_str().expect("rights have names").to_owned()).collect()
}

/// An instant.
pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is an instant"))
}

impl World {
    /// Applies an event, as the feed tells it.
    pub fn apply(&mut self, event: &Value) {
        let data = &event["data"];
        match text(event, "type") {
            "access_granted" => {
                let until = data["valid_until"].as_str().map(instant);
                let entry = (rights(&data["rights"]), until);
                self.entries.entry(text(data, "on").to_owned()).or_default().insert(text(data, "to").to_owned(), entry);
            }
            "grant_revoked" => {
                let entries = self.entries.entry(text(data, "on").to_owned()).or_default();
                assert!(entries.remove(text(data, "to")).is_some(), "nothing was given: {event}");
            }
            "member_added" => assert!(self.members.insert(membership(data)), "they were one before: {event}"),
            "member_removed" => assert!(self.members.remove(&membership(data)), "they were none: {event}"),
            "org_admin_appointed" | "definition_created" | "case_opened" => (),
            other => panic!("nobody sent what makes `{other}`"),
        }
    }

    /// What a user holds on a case at an instant.
    pub fn held(&self, user: &str, case: &str, at: Timestamp) -> Rights {
        let entries = self.entries.get(case).into_iter().flatten();
        let counts = |subject: &str| subject == user || self.members.contains(&(subject.to_owned(), user.to_owned()));
        let in_time = |until: &Option<Timestamp>| until.is_none_or(|until| at < until);
        let given = entries.filter(|(subject, (_, until))| counts(subject) && in_time(until));
        given.flat_map(|(_, (rights, _))| rights.iter().cloned()).collect()
    }

    /// Every user and case of which something is said.
    pub fn pairs(&self) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for (case, entries) in &self.entries {
            for subject in entries.keys() {
                let members = self.members.iter().filter(|(group, _)| group == subject).map(|(_, user)| user.clone());
                let itself = subject.starts_with("user:").then(|| subject.clone());
                pairs.extend(members.chain(itself).map(|user| (user, case.clone())));
            }
        }
        pairs
    }
}

fn membership(data: &Value) -> (String, String) {
    (format!("group:{}", text(data, "group")), text(data, "member").to_owned())
}
