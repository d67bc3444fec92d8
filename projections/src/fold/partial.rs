//! Folding some streams of a log, each as a whole: what a proof of one decision holds.
//!
//! INVARIANT: what such views answer equals what those of the whole log do, to any question that rests on the folded
//! streams alone ([`Views::rests_on`]). Whoever folds has made sure that no event of a stream is missing at its end; that
//! none is missing in front is checked here. Absent on purpose: times of positions, ids of commands, whose reasons are
//! sealed, and lists of cases: no decision reads them.

use crate::fold::fold_error::FoldError;
use crate::fold::views::Views;
use crate::tables::undo_log::Replaying;
use caseward_events::{Recorded, Timestamp};

/// Views of some streams. They answer nothing until they are finished.
#[derive(Debug)]
pub struct PartialReplay {
    views: Views,
    last: Timestamp,
}

impl Default for PartialReplay {
    fn default() -> Self {
        let mut views = Views::default();
        views.undo_log.set_replaying(Replaying::Partial);
        PartialReplay { views, last: Timestamp::EPOCH }
    }
}

impl PartialReplay {
    /// Folds the next event, in the order of positions.
    ///
    /// # Errors
    /// Where it does not fit those of its stream, or lies before the one in front of it.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let (position, found) = (recorded.position, recorded.time);
        if found < self.last {
            return Err(FoldError::TimeGoesBack { position, last: self.last, found });
        }
        self.last = found;
        self.views.apply(recorded)
    }

    /// The views, ready to be asked what rests on the folded streams; nothing else is folded into them.
    #[must_use]
    pub fn finish(self) -> Views {
        self.views
    }
}
