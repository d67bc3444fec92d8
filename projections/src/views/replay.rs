//! Folding a log that lies below the head: nothing of it is undone, and nobody asks before its end is reached.
//!
//! INVARIANT: what it ends in equals what [`Views::apply`] makes of the same events. Two things it does another way: it
//! keeps no trail, and it puts gathered cases in order once, at the end, in place of one by one.

use super::{FoldError, Views};
use caseward_events::{Decoded, Header, Position};

/// Views on their way to the end of a log. They answer nothing until they are finished.
#[derive(Debug)]
pub struct Replay {
    views: Views,
    /// Where it began.
    from: Position,
}

impl Default for Replay {
    fn default() -> Self {
        Replay::new(Views::default())
    }
}

impl Replay {
    /// Goes on from views, which forget how to undo what they hold.
    #[must_use]
    pub fn new(mut views: Views) -> Replay {
        views.settle(views.tip());
        views.trail.set_replaying(true);
        Replay { from: views.tip(), views }
    }

    /// Folds the next events, in order: fastest where they fit in the nearest memory (about a hundred).
    ///
    /// # Errors
    /// Where one does not fit; what was folded is of no use then.
    pub fn apply_all(&mut self, batch: &[(Header<'_>, Decoded<'_>)]) -> Result<(), FoldError> {
        let known = self.views.look_ahead(batch);
        let mut events = batch.iter().zip(known);
        events.try_for_each(|((header, event), known)| self.views.fold(header, event.fact(), known))
    }

    /// Makes room: about so many events are to come.
    pub fn expect(&mut self, events: usize) {
        self.views.commands.reserve(events);
    }

    /// The last position folded.
    #[must_use]
    pub fn tip(&self) -> Position {
        self.views.tip()
    }

    /// The views, ready to be asked and to be folded on.
    #[must_use]
    pub fn finish(mut self) -> Views {
        self.views.cases.put_in_order();
        self.views.trail.set_replaying(false);
        // What grew entry by entry has room for as many more; after a short tail little of it grew.
        if self.from.0 < self.tip().0 / 2 {
            self.views.cases.shrink();
        }
        self.views
    }
}
