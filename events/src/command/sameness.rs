//! Whether two commands say the same, whatever the spelling: a level that is left out, an assignee who is named twice.
//!
//! Absent on purpose: what depends on the log. An update of an entry that leaves a bound out is another command than one
//! that writes it out.

use super::Command;
use super::cases::Assignment;
use super::grants::{Entry, Grant, RestrictCase};
use crate::reference::Subject;

impl Command {
    /// Whether another one says the same.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Command) -> bool {
        match (self, other) {
            (Command::Grant(one), Command::Grant(other)) => grant(one, other),
            (Command::RestrictCase(one), Command::RestrictCase(other)) => restriction(one, other),
            (Command::AssignActivity(one), Command::AssignActivity(other))
            | (Command::ReleaseActivity(one), Command::ReleaseActivity(other)) => assignment(one, other),
            _ => self == other,
        }
    }
}

fn grant(one: &Grant, other: &Grant) -> bool {
    (&one.on, &one.to, one.on_existing) == (&other.on, &other.to, other.on_existing)
        && (one.rights(), one.window()) == (other.rights(), other.window())
}

fn restriction(one: &RestrictCase, other: &RestrictCase) -> bool {
    let said = |entry: &Entry| (entry.to.clone(), entry.rights(), entry.window());
    one.case == other.case && one.entries.iter().map(said).eq(other.entries.iter().map(said))
}

fn assignment(one: &Assignment, other: &Assignment) -> bool {
    (&one.case, &one.activity) == (&other.case, &other.activity) && each_once(&one.to) == each_once(&other.to)
}

/// In the order given.
fn each_once(subjects: &[Subject]) -> Vec<&Subject> {
    let mut seen = std::collections::HashSet::new();
    subjects.iter().filter(|subject| seen.insert(*subject)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn command(value: Value) -> Command {
        Command::parse(value).expect("it is one")
    }

    #[test]
    fn a_spelling_is_not_a_command() {
        let plain = json!({"grant": {"on": "case:1", "to": "user:a"}});
        for (other, same) in [
            (json!({"grant": {"on": "case:1", "to": "user:a", "access": "read", "valid_from": null}}), true),
            (json!({"grant": {"on": "case:1", "to": "user:a", "access": ["read"], "on_existing": "error"}}), true),
            (json!({"grant": {"on": "case:1", "to": "user:a", "on_existing": "ignore"}}), false),
            (json!({"grant": {"on": "case:1", "to": "user:a", "access": "write"}}), false),
            (json!({"revoke": {"on": "case:1", "to": "user:a"}}), false),
        ] {
            assert_eq!(command(plain.clone()).says_the_same_as(&command(other.clone())), same, "{other}");
        }
        let to = |to: Value| command(json!({"assign_activity": {"case": "1", "activity": "x", "to": to}}));
        assert!(to(json!(["user:a", "user:b"])).says_the_same_as(&to(json!(["user:a", "user:b", "user:a"]))));
        assert!(!to(json!(["user:a", "user:b"])).says_the_same_as(&to(json!(["user:b", "user:a"]))));
    }
}
