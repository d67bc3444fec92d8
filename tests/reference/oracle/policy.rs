//! The policy (`semantics.md` section 6): the words that stand in the table, and no types.
//!
//! INVARIANT: the table of presets, what a change does to a policy, and what an `adopt_policy` sets are written here a
//! second time; nothing of that is taken from the vocabulary.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A row is a key with its value under `caseward`, `cmf`, `am` and `safe`.
const TABLE: [(&str, [&str; 4]); 11] = [
    ("access_control_default", ["on", "off", "on", "on"]),
    ("restriction", ["enabled", "disabled", "disabled", "enabled"]),
    ("org_admin_bypass", ["true", "false", "true", "true"]),
    ("org_admin_entry", ["cap", "cap", "cap", "cap"]),
    ("access_managers", ["managers", "trusted", "managers", "managers"]),
    ("definition_revoke_cascades", ["false", "false", "false", "false"]),
    ("assignment_grant", ["true", "true", "false", "false"]),
    ("creator_grant", ["none", "none", "none", "none"]),
    ("walls_bind_admins", ["true", "true", "true", "false"]),
    ("break_glass", ["off", "off", "off", "off"]),
    ("break_glass_max_minutes", ["60", "60", "60", "60"]),
];

/// The presets, in the order of the columns.
pub const PRESETS: [&str; 4] = ["caseward", "cmf", "am", "safe"];

/// The value of every key, as the table writes it; or of some, where it is what a command sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy(BTreeMap<String, String>);

/// A new organization starts with preset `caseward`.
impl Default for Policy {
    fn default() -> Self {
        Policy::of_preset("caseward")
    }
}

impl Policy {
    /// Every key as the preset has it.
    pub fn of_preset(name: &str) -> Policy {
        let column = PRESETS.iter().position(|preset| *preset == name).expect("other presets are `invalid`");
        Policy(TABLE.iter().map(|(key, values)| ((*key).to_owned(), values[column].to_owned())).collect())
    }

    /// What an `adopt_policy` of these fields sets: a preset sets every key, and a key beside it wins.
    pub fn set_by(command: &Value) -> Policy {
        let preset = command["preset"].as_str().map(Policy::of_preset);
        let mut set = preset.unwrap_or(Policy(BTreeMap::new()));
        set.0.extend(words(command));
        set.0.remove("preset");
        set
    }

    /// With the keys of an event set; the others stay.
    pub fn changed_by(&self, keys: &Value) -> Policy {
        let mut after = self.clone();
        after.0.extend(words(keys));
        after
    }

    /// Whether the key has this value.
    pub fn says(&self, key: &str, value: &str) -> bool {
        assert!(TABLE.iter().any(|(known, _)| *known == key), "{key} is no key");
        self.0.get(key).is_some_and(|found| found == value)
    }

    /// The value of a key that is a number.
    pub fn integer(&self, key: &str) -> u32 {
        self.0[key].parse().expect("it was a number before")
    }

    /// As commands and events write it: words are strings, the others booleans and numbers.
    pub fn to_json(&self) -> Value {
        let value = |word: &String| serde_json::from_str(word).unwrap_or_else(|_| Value::from(word.as_str()));
        Value::Object(self.0.iter().map(|(key, word)| (key.clone(), value(word))).collect::<Map<_, _>>())
    }
}

/// The keys that are set.
pub fn named(keys: &Value) -> Vec<String> {
    words(keys).into_iter().map(|(key, _)| key).collect()
}

/// The fields that are there, their values as the table writes them. A null is as good as nothing.
fn words(fields: &Value) -> Vec<(String, String)> {
    let fields = fields.as_object().expect("a command has fields");
    let there = fields.iter().filter(|(_, value)| !value.is_null());
    there.map(|(key, value)| (key.clone(), value.as_str().map_or(value.to_string(), str::to_owned))).collect()
}
