//! Folding a log that lies below the head: nothing of it is undone, and nobody asks before its end is reached.
//!
//! INVARIANT: what it ends in equals what [`Views::apply`] makes of the same events. What it does another way: it keeps no
//! trail; behind views that hold something, it puts gathered cases in order once, at the end, in place of one by one; and
//! from the start of a log, it gathers cases and indexes ids of commands only then.

use crate::facts::jobs::Jobs;
use crate::fold::fold_error::FoldError;
use crate::fold::prefetch::Prefetched;
use crate::fold::stream_leaves::StreamLeaf;
use crate::fold::views::Views;
use crate::tables::case_access::residency::{RowReturned, RowsMissing};
use crate::tables::undo_log::Replaying;
use caseward_events::{Decoded, Header, Position, PublicKey};

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
        let everything = views.tip() == Position::ZERO;
        views.undo_log.set_replaying(if everything { Replaying::Everything } else { Replaying::Tail });
        Replay { from: views.tip(), views }
    }

    /// Folds the next events, in order: fastest where they fit in the nearest memory (about a hundred).
    ///
    /// # Errors
    /// [`FoldError::Missing`], with nothing folded: put back what is missing, and fold them again. Or one does not fit; what
    /// was folded is of no use then.
    pub fn apply_all(&mut self, batch: &[(Header<'_>, Decoded<'_>)]) -> Result<(), FoldError> {
        let known = self.views.prefetch(batch);
        self.views.can_fold_all(batch, &known)?;
        let mut events = batch.iter().zip(known);
        events.try_for_each(|((header, event), known)| self.views.fold(header, event.fact(), known))
    }

    /// Makes room: about so many events are to come.
    pub fn expect(&mut self, events: usize) {
        let appended = self.views.undo_log.replaying() == Replaying::Everything;
        self.views.commands.reserve(events, appended);
    }

    /// What there is so far, for a checkpoint of it: it is not ready to be asked.
    #[must_use]
    pub fn unfinished(&self) -> &Views {
        &self.views
    }

    /// Puts back a row that was missing; false where it is not any more.
    pub fn put_back(&mut self, returned: RowReturned) -> bool {
        self.views.put_back(returned)
    }

    /// The same, for cutting a checkpoint.
    pub fn unfinished_mut(&mut self) -> &mut Views {
        &mut self.views
    }

    /// What there is of each stream, by name.
    #[must_use]
    pub fn stream_leaves(&self) -> Vec<StreamLeaf> {
        self.views.all_stream_leaves(self.tip())
    }

    /// The key that signs tree heads, where the log names one.
    #[must_use]
    pub fn signing_key(&self) -> Option<PublicKey> {
        self.views.keys.signing(self.tip().into()).map(|(_, key)| *key)
    }

    /// The last position folded.
    #[must_use]
    pub fn tip(&self) -> Position {
        self.views.tip()
    }

    /// The views, ready to be asked and to be folded on.
    #[must_use]
    pub fn finish(self) -> Views {
        self.finish_by(&|jobs| jobs.iter_mut().for_each(|job| job()))
    }

    /// The same, `run` running what can be done side by side.
    #[must_use]
    pub fn finish_by(mut self, run: Jobs<'_>) -> Views {
        match self.views.undo_log.replaying() {
            Replaying::Everything => self.views.gather_everything(run),
            Replaying::Tail | Replaying::Nothing | Replaying::Partial => self.views.cases.put_in_order(),
        }
        self.views.undo_log.set_replaying(Replaying::Nothing);
        // What grew entry by entry has room for as many more; after a short tail little of it grew.
        if self.from.0 < self.tip().0 / 2 {
            self.views.cases.shrink();
        }
        self.views
    }
}

impl Views {
    /// Whether all that these events change is in memory; what they open themselves will be.
    fn can_fold_all(&self, batch: &[(Header<'_>, Decoded<'_>)], known: &[Prefetched]) -> Result<(), FoldError> {
        if !self.cases.may_leave() {
            return Ok(());
        }
        let can_fold = |((_, event), known): (&(Header<'_>, Decoded<'_>), &Prefetched)| {
            self.can_fold(event.fact(), known.case).err().map_or_else(Vec::new, |missing| missing.0)
        };
        let mut rows: Vec<_> = batch.iter().zip(known).flat_map(can_fold).collect();
        rows.sort_unstable();
        rows.dedup();
        match batch.first() {
            Some((header, _)) if !rows.is_empty() => {
                Err(FoldError::Missing { position: header.position, rows: RowsMissing(rows) })
            }
            _ => Ok(()),
        }
    }

    fn gather_everything(&mut self, run: Jobs<'_>) {
        let numbers = self.numbers();
        let Views { cases, commands, .. } = self;
        let mut order = Vec::new();
        run(&mut [&mut || order = cases.order(), &mut || commands.index()]);
        assert!(
            cases.index_all(&order, numbers, run),
            "what a case names has a number, and no case leaves before all are folded"
        );
    }
}
