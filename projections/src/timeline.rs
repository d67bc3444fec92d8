//! When events were recorded: turns an instant into a position, and a position into its time.

use crate::history::Place;
use caseward_events::{Position, Timestamp};

/// The time of every event, by position. All events of a commit bear one time, so an instant never falls into a commit.
/// Times ascend, not strictly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline(Vec<Timestamp>);

impl Timeline {
    /// The last position recorded at or before an instant; `head` where nothing came later.
    #[must_use]
    pub fn resolve(&self, instant: Timestamp, head: Place) -> Place {
        let up_to = self.0.partition_point(|time| *time <= instant);
        Place::from(Position(up_to as u64)).min(head)
    }

    /// When the event at a place was recorded; the epoch for place 0.
    #[must_use]
    pub fn time(&self, place: Place) -> Timestamp {
        let index = place.index().min(self.0.len());
        index.checked_sub(1).map_or(Timestamp::EPOCH, |index| self.0[index])
    }

    /// The time of the last event; `None` where there is none.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.0.last().copied()
    }

    pub(crate) fn push(&mut self, time: Timestamp) {
        self.0.push(time);
    }

    pub(crate) fn undo(&mut self) {
        self.0.pop();
    }
}
