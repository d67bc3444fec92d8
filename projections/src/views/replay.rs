//! Folding a log that lies below the head: nothing of it is undone, and nobody asks before its end is reached.
//!
//! INVARIANT: what it ends in equals what [`Views::apply`] makes of the same events. What it does another way: it keeps no
//! trail; behind views that hold something, it puts gathered cases in order once, at the end, in place of one by one; and
//! from the start of a log, it gathers cases and indexes ids of commands only then; and cases may be folded on a thread of
//! their own, which is the caller's ([`Replay::split`]).

use super::{FoldError, StreamLeaf, Views};
use crate::case_access::CaseAccess;
use crate::case_access::step::Step;
use crate::checkpoint::Jobs;
use crate::history::Place;
use crate::trail::{Replaying, Trail};
use caseward_events::{Decoded, Header, Position, PublicKey};
use std::hint::black_box;

/// Steps that are handed on together: waking whoever makes them costs some microseconds.
const STEPS_TOGETHER: usize = 1_024;
/// Steps whose cases are waited for together.
const LOOKED_AT_TOGETHER: usize = 128;

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
        views.trail.set_replaying(if everything { Replaying::Everything } else { Replaying::Tail });
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
        let appended = self.views.trail.replaying() == Replaying::Everything;
        self.views.commands.reserve(events, appended);
    }

    /// Takes the cases out, to be folded beside the rest: from now on [`Replay::steps`] are theirs to make.
    pub fn split(&mut self) -> CaseReplay {
        let mut half = CaseReplay::default();
        half.trail.set_replaying(self.views.trail.replaying());
        half.trail.marks.saved = self.views.trail.marks.saved;
        half.cases.exchange_unnamed(&mut self.views.cases);
        self.views.cases.hand_out();
        half
    }

    /// What the cases have to make next, where there is enough of it or `all` is wanted.
    pub fn steps(&mut self, all: bool) -> Option<Steps> {
        let count = self.views.cases.count_steps();
        (count >= STEPS_TOGETHER || all && count > 0).then(|| Steps(self.views.cases.take_steps()))
    }

    /// Puts the cases back, when they have made all steps.
    pub fn join(&mut self, mut half: CaseReplay) {
        debug_assert_eq!(self.views.cases.count_steps(), 0, "all steps were made");
        self.views.cases.make_own();
        self.views.cases.exchange_unnamed(&mut half.cases);
        self.views.trail.marks.take_back(&half.trail.marks);
    }

    /// What there is so far, for a checkpoint of it: it is not ready to be asked.
    #[must_use]
    pub fn unfinished(&self) -> &Views {
        &self.views
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
        match self.views.trail.replaying() {
            Replaying::Everything => self.views.gather_everything(run),
            Replaying::Tail | Replaying::Nothing | Replaying::Parts => self.views.cases.put_in_order(),
        }
        self.views.trail.set_replaying(Replaying::Nothing);
        // What grew entry by entry has room for as many more; after a short tail little of it grew.
        if self.from.0 < self.tip().0 / 2 {
            self.views.cases.shrink();
        }
        self.views
    }
}

/// Cases apart from their names, while a replay goes on: for another thread.
#[derive(Debug, Default)]
pub struct CaseReplay {
    cases: CaseAccess,
    trail: Trail,
}

/// Changes of cases, in order.
#[derive(Debug)]
pub struct Steps(Vec<(Place, Step)>);

impl CaseReplay {
    /// Makes the next steps.
    pub fn make(&mut self, steps: &Steps) {
        for together in steps.0.chunks(LOOKED_AT_TOGETHER) {
            black_box(self.cases.look_at(together));
            together.iter().for_each(|&(place, step)| self.cases.make(place, step, &mut self.trail));
        }
    }
}

impl Views {
    fn gather_everything(&mut self, run: Jobs<'_>) {
        let numbers = self.numbers();
        let Views { cases, commands, .. } = self;
        let mut order = Vec::new();
        run(&mut [&mut || order = cases.order(), &mut || commands.index()]);
        assert!(cases.gather_all(&order, numbers, run), "what a case names has a number");
    }
}
