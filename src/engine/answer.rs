//! Answers to commands, in the form of `interface.md` section 1.

use caseward_events::{Position, Recorded, Refusal, Warning};
use caseward_projections::changes::{Change, ChangedBy};
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
    /// For a dry run, which appends nothing: the access that would change.
    pub foreseen: Option<ChangedBy>,
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
        if self.replayed {
            answer["replayed"] = Value::Bool(true);
        }
        if let Some(foreseen) = &self.foreseen {
            answer["dry_run"] = Value::Bool(true);
            answer["access"] = access(foreseen);
        }
        answer
    }
}

/// The lists of `diff`, cut where they are long; `pairs` counts all, and is null where nothing was asked about.
fn access(ChangedBy { pairs, first, is_cut, .. }: &ChangedBy) -> Value {
    let list = |is: fn(&Change) -> bool| first.iter().filter(|change| is(change)).collect::<Vec<_>>();
    let gained = list(|change| change.before.is_empty());
    let lost = list(|change| change.after.is_empty());
    let changed = list(|change| !change.before.is_empty() && !change.after.is_empty());
    json!({"gained": gained, "lost": lost, "changed": changed, "pairs": (!is_cut).then_some(pairs)})
}
