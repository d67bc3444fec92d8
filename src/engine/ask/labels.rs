//! What people call the things that an answer names, as it stood where the answer was asked.
//!
//! Whatever in the JSON form of an answer is a reference to something that has a label is told of, once, wherever it stands.
//! Absent on purpose: where a label stands in an answer for people.

use super::reader::Reader;
use caseward_events::Labelled;
use caseward_events::answer::WithLabels;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

impl Reader<'_> {
    /// What people call something there.
    #[must_use]
    pub fn label(&self, of: &Labelled) -> Option<String> {
        self.tenant.views().label(of, self.resolved.when.place).map(str::to_owned)
    }

    /// An answer with the labels of everything that it names.
    #[must_use]
    pub fn with_labels<A: Serialize>(&self, answer: A) -> WithLabels<A> {
        let named = named(&serde_json::to_value(&answer).expect("an answer has a JSON form"));
        let label = |of: Labelled| Some((of.to_string(), self.label(&of)?));
        let labels = named.into_iter().filter_map(label).collect();
        WithLabels { answer, labels: Some(labels) }
    }
}

/// Everything that may have a label in the JSON form of an answer.
#[must_use]
pub fn named(answer: &Value) -> BTreeSet<Labelled> {
    fn collect(value: &Value, found: &mut BTreeSet<Labelled>) {
        match value {
            Value::String(text) => found.extend(text.parse::<Labelled>()),
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(answer, &mut found);
    found
}
