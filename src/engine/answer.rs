//! Answers to commands, in the form of `interface.md` section 1.

use caseward_events::{Position, Recorded, Refusal, Warning};
use serde_json::{Value, json};

/// Yes or no. Both are normal outcomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Its events are stored, or nothing changes.
    Accepted(Accepted),
    /// Nothing was appended.
    Refused(Refusal),
}

/// What an accepted command did.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// That of its last event; of the head, where nothing changed.
    pub position: Position,
    /// What it appended, now or, for a known id, the first time.
    pub events: Vec<Recorded>,
    /// What may surprise.
    pub warnings: Vec<Warning>,
    /// Whether its id was known.
    pub replayed: bool,
    /// Whether nothing was appended because only an answer was asked for.
    pub dry_run: bool,
}

impl Answer {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Answer::Accepted(accepted) => accepted.to_json(),
            Answer::Refused(refusal) => refusal.to_json(),
        }
    }

    /// The refusal, where it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Answer::Accepted(_) => None,
            Answer::Refused(refusal) => Some(refusal),
        }
    }
}

impl Accepted {
    fn to_json(&self) -> Value {
        let events: Vec<_> = self.events.iter().map(Recorded::to_json).collect();
        let warnings: Vec<_> = self.warnings.iter().map(Warning::to_json).collect();
        let mut answer =
            json!({"status": "accepted", "position": self.position.0, "events": events, "warnings": warnings});
        for (key, said) in [("replayed", self.replayed), ("dry_run", self.dry_run)] {
            if said {
                answer[key] = Value::Bool(true);
            }
        }
        answer
    }
}
