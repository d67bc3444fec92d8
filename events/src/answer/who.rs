//! The answer to `who`: everybody who may do something, and through what.

use super::{Reason, Rule, Source};
use crate::ask::Next;
use crate::recorded::Position;
use crate::reference::{Asker, Party};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who may do something to a resource (`interface.md` section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAnswer {
    /// Whether everybody may, access control being off; those listed are among them.
    pub everyone: bool,
    /// Users, by reference, bytewise.
    pub subjects: Vec<Asker>,
    /// Links that share it, likewise.
    pub links: Vec<Asker>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Of each of them, what gives it; left out where nobody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<BTreeMap<Asker, Vec<Through>>>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

impl WhoAnswer {
    /// Users, then links.
    pub fn holders(&self) -> impl Iterator<Item = &Asker> {
        self.subjects.iter().chain(&self.links)
    }

    /// The same answer, one item a line.
    pub fn lines(&self) -> impl Iterator<Item = WhoLine> {
        let position = self.position;
        let everyone = self.everyone.then_some(WhoLine::Everyone { everyone: true, position });
        let through = |one: &Asker| self.through.as_ref().and_then(|all| all.get(one)).cloned().unwrap_or_default();
        let holder = move |one: &Asker| Holder { subject: one.clone(), position, through: through(one) };
        everyone.into_iter().chain(self.holders().map(holder).map(WhoLine::Holder))
    }
}

/// What gives somebody the right: a reason, without what `explain` adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Through {
    /// Its rule.
    pub rule: Rule,
    /// Where it comes from.
    pub source: Source,
    /// Whom it names: the subject itself, or a group.
    pub subject: Party,
}

impl From<&Reason> for Through {
    fn from(Reason { rule, source, subject, .. }: &Reason) -> Self {
        Through { rule: *rule, source: source.clone(), subject: subject.clone() }
    }
}

/// The same answer, one item a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WhoLine {
    /// One who may.
    Holder(Holder),
    /// Before them, where everybody may.
    Everyone {
        /// Always true.
        everyone: bool,
        /// Where it was asked.
        position: Position,
    },
}

/// One who may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub subject: Asker,
    /// Where it was asked.
    pub position: Position,
    /// Through what.
    pub through: Vec<Through>,
}
