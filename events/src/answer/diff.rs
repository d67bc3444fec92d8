//! The answer to `diff`: what changed between two moments, with what changed it; and what a dry run would change.

use super::{Cause, Cited, history};
use crate::ask::Next;
use crate::recorded::Position;
use crate::reference::{Asker, Resource};
use crate::rights::Action;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What changed between two moments (`interface.md` section 3); every list by subject, then by resource, bytewise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffAnswer {
    /// Nothing before.
    pub gained: Vec<Change>,
    /// Nothing after.
    pub lost: Vec<Change>,
    /// Something else than before.
    pub changed: Vec<Change>,
    /// For the organization, on the first page: everything that changed what anybody held, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_cause: Option<Vec<CauseTally>>,
    /// The first moment.
    pub from: PointInTime,
    /// The second.
    pub to: PointInTime,
    /// `false` where the second lies after the clock, so that later events may change the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Every event that is cited; left out where nobody asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "history::read_some_cited")]
    pub cited: Option<Cited>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

impl DiffAnswer {
    /// With all changes in the list that each belongs to, as they come.
    #[must_use]
    pub fn of(changes: impl IntoIterator<Item = Change>, from: PointInTime, to: PointInTime) -> DiffAnswer {
        let [gained, lost, changed] = by_kind(changes);
        DiffAnswer {
            gained,
            lost,
            changed,
            by_cause: None,
            from,
            to,
            settled: None,
            known: None,
            cited: None,
            next: Next::NotPaged,
        }
    }

    /// Returns true if nothing changed, not even on the way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none() && self.by_cause.as_ref().is_none_or(Vec::is_empty)
    }

    /// The same with the events that it cites, as it is written: long answers are not copied for that.
    #[must_use]
    pub fn citing<'a>(&'a self, cited: &'a Cited) -> impl Serialize + 'a {
        let DiffAnswer { gained, lost, changed, by_cause, from, to, settled, known, cited: _, next } = self;
        let by_cause = by_cause.as_deref();
        CitingDiff { gained, lost, changed, by_cause, from, to, settled: *settled, known: *known, cited, next }
    }

    /// Every change, in the order of the lists.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.gained.iter().chain(&self.lost).chain(&self.changed)
    }

    /// Every event that it names as a cause.
    pub fn names(&self) -> impl Iterator<Item = Position> {
        let tallies = self.by_cause.iter().flatten().map(|tally| &tally.cause);
        self.changes().flat_map(|change| &change.causes).chain(tallies).map(|cause| cause.position)
    }

    /// The same answer, one item a line.
    pub fn lines(&self) -> impl Iterator<Item = DiffLine> {
        let causes =
            self.by_cause.iter().flatten().cloned().map(|tally| DiffLine::Cause { kind: CauseKind::Cause, tally });
        causes.chain(self.changes().cloned().map(|change| DiffLine::Change { kind: change.kind(), change }))
    }
}

/// The form of [`DiffAnswer`], borrowed.
#[derive(Serialize)]
struct CitingDiff<'a> {
    gained: &'a [Change],
    lost: &'a [Change],
    changed: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    by_cause: Option<&'a [CauseTally]>,
    from: &'a PointInTime,
    to: &'a PointInTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<bool>,
    cited: &'a Cited,
    #[serde(skip_serializing_if = "Next::is_not_paged")]
    next: &'a Next,
}

pub(super) fn by_kind(changes: impl IntoIterator<Item = Change>) -> [Vec<Change>; 3] {
    let [mut gained, mut lost, mut changed] = [const { Vec::new() }; 3];
    for change in changes {
        let list = match change.kind() {
            ChangeKind::Gained => &mut gained,
            ChangeKind::Lost => &mut lost,
            ChangeKind::Changed => &mut changed,
        };
        list.push(change);
    }
    [gained, lost, changed]
}

/// A position and an instant, as an answer says where and when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointInTime {
    /// What had happened.
    pub position: Position,
    /// What time it was.
    pub at: Timestamp,
}

/// Rights of a subject on a resource that differ between two moments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Whose.
    pub subject: Asker,
    /// On what.
    pub resource: Resource,
    /// What was held.
    pub before: Vec<Action>,
    /// What is held.
    pub after: Vec<Action>,
    /// Positions of what made the difference, in order, each once.
    pub events: Vec<Position>,
    /// The same with the time of each, and whether it was a window.
    pub causes: Vec<Cause>,
}

impl Change {
    /// What the token of a page names that ends with it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {} {}", self.kind(), self.subject, self.resource)
    }

    /// Which of the three lists it belongs to.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => ChangeKind::Gained,
            (_, true) => ChangeKind::Lost,
            _ => ChangeKind::Changed,
        }
    }
}

/// Which list a change stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Nothing was held before.
    Gained,
    /// Nothing is held after.
    Lost,
    /// Something else is held.
    Changed,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChangeKind::Gained => "gained",
            ChangeKind::Lost => "lost",
            ChangeKind::Changed => "changed",
        })
    }
}

/// How much one event, or one end of a window, changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseTally {
    /// Which.
    pub cause: Cause,
    /// How many pairs of a user and a resource.
    pub pairs: u64,
    /// The first of them.
    pub first: Vec<Change>,
}

/// A line of `diff`: a change, or a cause, behind its `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DiffLine {
    /// A cause, before all changes.
    Cause {
        /// What the line is.
        kind: CauseKind,
        /// The cause, with its keys beside the `kind`.
        #[serde(flatten)]
        tally: CauseTally,
    },
    /// A change.
    Change {
        /// The list that it stands in.
        kind: ChangeKind,
        /// The change, with its keys beside the `kind`.
        #[serde(flatten)]
        change: Change,
    },
}

/// The word that tells a cause from a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CauseKind {
    /// It is a cause.
    Cause,
}

/// What a dry run would change: the lists of `diff`, cut where they are long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeseenChanges {
    /// Nothing is held now.
    pub gained: Vec<Change>,
    /// Nothing would be held.
    pub lost: Vec<Change>,
    /// Something else would be.
    pub changed: Vec<Change>,
    /// How many pairs of a user and a resource would change; `None` where they are too many to ask about.
    pub pairs: Option<u64>,
}

impl ForeseenChanges {
    /// With each change in the list that it belongs to, as they come.
    #[must_use]
    pub fn of(changes: impl IntoIterator<Item = Change>, pairs: Option<u64>) -> ForeseenChanges {
        let [gained, lost, changed] = by_kind(changes);
        ForeseenChanges { gained, lost, changed, pairs }
    }

    /// Every change that is listed.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.gained.iter().chain(&self.lost).chain(&self.changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_with_what_it_cites_is_the_answer_that_holds_both() {
        let moment = |position| PointInTime { position: Position(position), at: Timestamp::EPOCH };
        let cause = Cause { position: Position(3), time: Timestamp::EPOCH, window: None };
        let change = |before: Vec<Action>, after: Vec<Action>| Change {
            subject: "user:ana".parse().expect("a subject"),
            resource: "case:1".parse().expect("a resource"),
            before,
            after,
            events: vec![Position(3)],
            causes: vec![cause],
        };
        let [read, write] = [vec![Action::Read], vec![Action::Write]];
        let changes = [change(Vec::new(), read.clone()), change(read.clone(), Vec::new()), change(read, write)];
        let bare = DiffAnswer::of(changes.clone(), moment(1), moment(4));
        let tally = CauseTally { cause, pairs: 3, first: changes.to_vec() };
        let told = DiffAnswer {
            by_cause: Some(vec![tally]),
            settled: Some(false),
            known: Some(false),
            next: Next::End,
            ..bare.clone()
        };
        for answer in [bare, told] {
            let cited = Cited::default();
            let citing = serde_json::to_string(&answer.citing(&cited)).expect("it has a JSON form");
            let whole = DiffAnswer { cited: Some(cited), ..answer };
            assert_eq!(citing, serde_json::to_string(&whole).expect("it has a JSON form"));
        }
    }
}
