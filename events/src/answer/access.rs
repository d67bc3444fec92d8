//! The answer to `access`: the intervals in which a subject could do something, each with what opened and closed it.

use super::Rule;
use crate::ask::{Next, Paging};
use crate::recorded::Position;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// When a subject could do something (`interface.md` section 3). Intervals are half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessAnswer {
    /// In order.
    pub intervals: Vec<Interval>,
    /// From here on.
    pub from: Timestamp,
    /// To before here.
    pub to: Timestamp,
    /// Up to where the log was read.
    pub position: Position,
    /// `false` if it reaches beyond the clock, so that the answer may still change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

impl AccessAnswer {
    /// Leaves the intervals of a page. Returns the name of the last one if there are more behind it.
    ///
    /// # Errors
    /// `invalid`: the page before ended with an interval that is not there.
    pub fn cut(&mut self, paging: &Paging) -> Result<Option<String>, Refusal> {
        paging.cut(&mut self.intervals, |interval| interval.from.to_string())
    }
}

/// A time in which it could, for the same reasons all along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// From then on.
    pub from: Timestamp,
    /// Only before then; `None` where it still holds at the end of what was asked.
    pub until: Option<Timestamp>,
    /// What decided, where it begins.
    pub rule: Rule,
    /// What made it so, where it begins: the events of all reasons that give the action, each once.
    pub events: Vec<Position>,
    /// What began it; nothing where it held already right before what was asked.
    pub opened_by: Vec<Cause>,
    /// What ended it.
    pub closed_by: Vec<Cause>,
}

/// What made an answer change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The event; of a window, the one that set it.
    pub position: Position,
    /// When.
    pub time: Timestamp,
    /// Whether it is that its window began or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowEnd>,
}

/// An end of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowEnd {
    /// It holds from then on.
    Begins,
    /// It held before.
    Ends,
}
