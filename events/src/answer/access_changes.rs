//! A message of the feed of effective access: what one commit changed, or the windows that turned at one instant.
//!
//! INVARIANT: `gained`, `lost` and `changed` are those of `diff` from `from` to `to`, unless `ask_again` stands in their
//! place. Whoever sets what each user holds to the `after` of each item, in all lists, knows what every user whom an event
//! names holds at `to`.

use super::diff::{Change, PointInTime, by_kind};
use super::{Cause, DiffAnswer};
use crate::ask::FeedId;
use crate::reference::{Asker, Resource};
use crate::rights::Action;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What changed between two moments with nothing in between; every list by subject, then by resource, bytewise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessChanges {
    /// Of this message: the feed goes on behind it from here.
    pub id: FeedId,
    /// Before it.
    pub from: PointInTime,
    /// Behind it.
    pub to: PointInTime,
    /// Nothing before.
    pub gained: Vec<Change>,
    /// Nothing after.
    pub lost: Vec<Change>,
    /// Something else than before.
    pub changed: Vec<Change>,
    /// What users whom this commit is the first to name held before as everybody does, and hold still: no change, but nothing
    /// told of them before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Change>,
    /// What changed for whoever no event names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everyone: Vec<ChangeForEveryone>,
    /// What has changed too much, or may have, to be told: to be asked about again, as of `to`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ask_again: Vec<AskAgain>,
}

/// What whoever no event names holds on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeForEveryone {
    /// On what.
    pub resource: Resource,
    /// What was held.
    pub before: Vec<Action>,
    /// What is held.
    pub after: Vec<Action>,
    /// What made the difference.
    pub causes: Vec<Cause>,
}

/// What to ask about again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskAgain {
    /// What this one holds, on anything: `what`.
    Subject(Asker),
    /// Who holds anything on this: `who`.
    Resource(Resource),
    /// What anybody holds on anything.
    Everything,
}

impl fmt::Display for AskAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskAgain::Subject(subject) => subject.fmt(f),
            AskAgain::Resource(resource) => resource.fmt(f),
            AskAgain::Everything => f.write_str("everything"),
        }
    }
}

impl AccessChanges {
    /// Between two moments, of which nothing is told yet.
    #[must_use]
    pub fn between(id: FeedId, from: PointInTime, to: PointInTime) -> AccessChanges {
        let DiffAnswer { gained, lost, changed, .. } = DiffAnswer::of([], from, to);
        let (named, everyone, ask_again) = Default::default();
        AccessChanges { id, from, to, gained, lost, changed, named, everyone, ask_again }
    }

    /// With all changes in the list that each belongs to.
    #[must_use]
    pub fn with(self, mut changes: Vec<Change>) -> AccessChanges {
        changes.sort_by_cached_key(|change| (change.subject.to_string(), change.resource.to_string()));
        let [gained, lost, changed] = by_kind(changes);
        AccessChanges { gained, lost, changed, ..self }
    }

    /// Returns true if it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items().next().is_none() && self.everyone.is_empty() && self.ask_again.is_empty()
    }

    /// Every item that says what a user holds at `to`, in the order of the lists.
    pub fn items(&self) -> impl Iterator<Item = &Change> {
        self.gained.iter().chain(&self.lost).chain(&self.changed).chain(&self.named)
    }
}
