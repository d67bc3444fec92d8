//! When commits were recorded: turns an instant into a position, and a position into its time.

use crate::history::Place;
use caseward_events::Timestamp;

/// One entry a commit: its time, and the place of its first event. Both ascend, times not strictly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline(Vec<(Timestamp, Place)>);

impl Timeline {
    /// The last position recorded at or before an instant; `head` where nothing came later.
    #[must_use]
    pub fn resolve(&self, instant: Timestamp, head: Place) -> Place {
        let later = self.0.partition_point(|(time, _)| *time <= instant);
        self.0.get(later).map_or(head, |(_, first)| first.before()).min(head)
    }

    /// When the event at a place was recorded; the epoch for place 0.
    #[must_use]
    pub fn time(&self, place: Place) -> Timestamp {
        let later = self.0.partition_point(|(_, first)| *first <= place);
        later.checked_sub(1).map_or(Timestamp::EPOCH, |index| self.0[index].0)
    }

    /// The time of the last event; `None` where there is none.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.0.last().map(|(time, _)| *time)
    }

    pub(crate) fn begin_commit(&mut self, time: Timestamp, place: Place) {
        self.0.push((time, place));
    }

    pub(crate) fn undo(&mut self) {
        self.0.pop();
    }
}
