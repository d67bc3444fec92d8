//! What an event names: every reference in it, and every bare id whose key says what it is of.

use caseward_events::Reference;
use caseward_events::answer::HistoryEntry;
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands before the id of a key.
fn kind_of(key: &str) -> Option<&str> {
    match key {
        "case" | "definition" | "user" | "group" | "profile" | "item" | "task" | "link" => Some(key),
        "parent" => Some("case"),
        "creator" | "from" | "to" => Some("user"),
        _ => None,
    }
}

/// All that an event names, its actor among them, each once.
#[must_use]
pub fn mentioned(entry: &HistoryEntry) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    put(&mut found, "", &entry.actor.to_string());
    put(&mut found, "", &entry.event.stream().to_string());
    walk(&mut found, "", &entry.event.fields());
    found
}

fn walk(found: &mut BTreeSet<String>, key: &str, value: &Value) {
    match value {
        Value::String(text) => put(found, key, text),
        Value::Array(values) => values.iter().for_each(|value| walk(found, key, value)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(found, key, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn put(found: &mut BTreeSet<String>, key: &str, text: &str) {
    let is_reference = |text: &str| text.contains(':') && text.parse::<Reference>().is_ok();
    // An id may hold a colon, and then it looks like a reference of its own; under these keys it is an id.
    let whole = kind_of(key).filter(|_| !["from", "to"].contains(&key)).map(|kind| format!("{kind}:{text}"));
    let bare = kind_of(key).map(|kind| format!("{kind}:{text}"));
    let named = whole.or_else(|| is_reference(text).then(|| text.to_owned())).or(bare);
    found.extend(named.filter(|name| is_reference(name)));
}
