//! What people call the things that an answer names, as it stood where the answer was asked.
//!
//! Whatever in the JSON form of an answer is a reference to something that has a label is told of, once, wherever it stands.
//! Absent on purpose: where a label stands in an answer for people.

use super::reader::Reader;
use caseward_events::Labelled;
use caseward_events::answer::WithLabels;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

impl Reader<'_> {
    /// What people call something there.
    #[must_use]
    pub fn label(&self, of: &Labelled) -> Option<String> {
        self.tenant.views().label(of, self.resolved.when.place).map(str::to_owned)
    }

    /// An answer with the labels of everything that it names.
    #[must_use]
    pub fn with_labels<A: Serialize>(&self, answer: A) -> WithLabels<A> {
        let mut found = BTreeMap::new();
        self.collect(&serde_json::to_value(&answer).expect("an answer has a JSON form"), &mut found);
        WithLabels { answer, labels: Some(found) }
    }

    fn collect(&self, value: &Value, found: &mut BTreeMap<String, String>) {
        match value {
            Value::String(text) => {
                if let Some(label) = text.parse().ok().and_then(|of| self.label(&of)) {
                    found.insert(text.clone(), label);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| self.collect(field, found)),
            _ => {}
        }
    }
}
