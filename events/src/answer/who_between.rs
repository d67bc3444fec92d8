//! The answer to `who` over a stretch of time: everybody who could do something at any time in it, and when.

use super::Interval;
use crate::ask::Next;
use crate::recorded::Position;
use crate::reference::Asker;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Who could do something to a resource, and when (`interface.md` section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoBetweenAnswer {
    /// Users whom events name, and links, by reference, bytewise.
    pub subjects: Vec<HolderBetween>,
    /// When everybody could, access control being off; those listed are among them. Left out where that was never so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everyone: Vec<Interval>,
    /// From here on.
    pub from: Timestamp,
    /// To before here.
    pub to: Timestamp,
    /// Up to where the log was read.
    pub position: Position,
    /// `false` if it reaches beyond the clock, so that the answer may still change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

impl WhoBetweenAnswer {
    /// The same answer, one item a line.
    pub fn lines(&self) -> impl Iterator<Item = WhoBetweenLine> {
        let everyone =
            (!self.everyone.is_empty()).then(|| WhoBetweenLine::Everyone { everyone: self.everyone.clone() });
        everyone.into_iter().chain(self.subjects.iter().cloned().map(WhoBetweenLine::Holder))
    }
}

/// One who could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderBetween {
    /// Who.
    pub subject: Asker,
    /// From when on, at the earliest.
    pub first: Timestamp,
    /// Before when, at the latest; `None` where it still holds at the end of what was asked.
    pub last: Option<Timestamp>,
    /// Each time, as `access` tells it.
    pub intervals: Vec<Interval>,
}

impl HolderBetween {
    /// One who could in these intervals, which are in order; nobody, where there are none.
    #[must_use]
    pub fn of(subject: Asker, intervals: Vec<Interval>) -> Option<HolderBetween> {
        let (first, last) = (intervals.first()?.from, intervals.last()?.until);
        Some(HolderBetween { subject, first, last, intervals })
    }
}

/// The same answer, one item a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WhoBetweenLine {
    /// One who could.
    Holder(HolderBetween),
    /// Before them, where everybody could at some time.
    Everyone {
        /// When.
        everyone: Vec<Interval>,
    },
}
