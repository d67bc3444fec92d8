//! Folding a stored log into views: read, decode, fold, on two threads if there is much.
//!
//! INVARIANT: a log that ends before the position that was promised is an error, never a wait.

use super::READ_BYTES;
use super::decoded::{Rows, Slice};
use super::open_error::OpenError;
use super::reading::{cannot_be_found, next_events};
use crate::seams::{Encoded, OrganizationNumber, Storage};
use caseward_events::Position;
use caseward_projections::{Replay, Views};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The smallest usual size of an event, in bytes.
const EVENT_BYTES: usize = 64;

/// From so many events on, a second thread is used.
pub(super) const ON_TWO_EVENTS_MIN: usize = 20_000;

/// The greatest number of slices that wait to be folded.
const SLICES_WAITING_MAX: usize = 4;

/// Ids of commands that room is made for at most before there are any.
const EXPECTED_MAX: usize = 1 << 24;

/// The progress of a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The organization.
    pub organization: OrganizationNumber,
    /// The last position that is folded.
    pub done: Position,
    /// The position to fold to.
    pub head: Position,
}

/// Folds the log onto views, up to a position.
pub(in crate::engine) async fn fold_to(
    store: &dyn Storage,
    organization: OrganizationNumber,
    views: Views,
    (to, rows): (Position, Rows),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Views, OpenError> {
    let mut folding = Folding::new(views, organization, (to, rows));
    while folding.tip() < to {
        folding.slice(store).await?;
        progress(Progress { organization, done: folding.tip(), head: to });
    }
    folding.finish()
}

/// A fold in progress, a slice at a time. If there is much to fold, two threads share the work: this one reads and
/// decodes, the other one folds.
pub(in crate::engine) struct Folding {
    /// Empty while the other thread has it.
    replay: Replay,
    other: Option<Other>,
    organization: OrganizationNumber,
    read: Position,
    to: Position,
    rows: Rows,
}

impl Folding {
    pub(in crate::engine) fn new(
        views: Views,
        organization: OrganizationNumber,
        (to, rows): (Position, Rows),
    ) -> Folding {
        let mut replay = Replay::new(views);
        let read = replay.tip();
        let events = usize::try_from(to.0.saturating_sub(read.0)).unwrap_or(usize::MAX);
        replay.expect(events.min(EXPECTED_MAX));
        Folding { replay, other: None, organization, read, to, rows }
    }

    /// The last position read: what is up to there is folded, or will be next.
    pub(in crate::engine) fn tip(&self) -> Position {
        self.read
    }

    /// About as much as is read at once. What does not fit may be told only with a later slice, or at the end; then
    /// nothing more can be folded.
    pub(in crate::engine) async fn slice(&mut self, store: &dyn Storage) -> Result<(), OpenError> {
        let left = usize::try_from(self.to.0 - self.read.0).unwrap_or(usize::MAX);
        if self.other.is_none() && left >= ON_TWO_EVENTS_MIN {
            self.other = Other::start(self.organization, &mut self.replay, self.rows.clone());
        }
        let room = Encoded::with_room(READ_BYTES / EVENT_BYTES, EVENT_BYTES);
        let mut slice = store.scan(self.organization, self.read.next(), READ_BYTES, room).await?;
        slice.truncate(left);
        if slice.is_empty() {
            return Err(cannot_be_found(self.organization, self.read.next()).into());
        }
        let slice = Slice::decode(self.read, slice);
        self.read.0 += slice.borrow_owner().len() as u64;
        match &self.other {
            None => slice.borrow_dependent().fold(self.organization, &mut self.replay, &self.rows),
            Some(other) if other.take(slice) => Ok(()),
            Some(_) => self.join(),
        }
    }

    /// What there is so far, for a checkpoint of it.
    pub(in crate::engine) fn unfinished_mut(&mut self) -> Result<&mut Views, OpenError> {
        self.join()?;
        Ok(self.replay.unfinished_mut())
    }

    pub(in crate::engine) fn finish(mut self) -> Result<Views, OpenError> {
        self.join()?;
        Ok(self.replay.finish_by(&side_by_side))
    }

    fn join(&mut self) -> Result<(), OpenError> {
        if let Some(other) = self.other.take() {
            self.replay = other.end()?;
        }
        Ok(())
    }
}

/// The thread that folds what this one reads and decodes.
struct Other {
    slices: SyncSender<Slice>,
    folding: JoinHandle<Result<Replay, OpenError>>,
}

impl Other {
    /// None where there is but one core, or the system gives no thread.
    fn start(organization: OrganizationNumber, replay: &mut Replay, rows: Rows) -> Option<Other> {
        if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            return None;
        }
        // It is handed over once the thread is there to take it.
        let (hand_over, taken) = sync_channel::<Replay>(1);
        let (slices, to_fold) = sync_channel::<Slice>(SLICES_WAITING_MAX);
        let run = move || {
            let mut replay = taken.recv().unwrap_or_default();
            to_fold.iter().try_for_each(|slice| slice.borrow_dependent().fold(organization, &mut replay, &rows))?;
            Ok(replay)
        };
        let folding = std::thread::Builder::new().name("caseward-fold".to_owned()).spawn(run).ok()?;
        hand_over.send(std::mem::take(replay)).expect("it waits for it");
        Some(Other { slices, folding })
    }

    /// Returns false if the thread has ended, as something does not fit.
    fn take(&self, slice: Slice) -> bool {
        self.slices.send(slice).is_ok()
    }

    /// When all is folded.
    fn end(self) -> Result<Replay, OpenError> {
        drop(self.slices);
        self.folding.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    }
}

/// Folds the next events into views that are asked already: a few, as they can be taken off again.
pub(in crate::engine) async fn apply_to(
    store: &dyn Storage,
    organization: OrganizationNumber,
    views: &mut Views,
    to: Position,
) -> Result<(), OpenError> {
    while views.tip() < to {
        for recorded in next_events(store, organization, (views.tip(), to), READ_BYTES).await? {
            views.apply(&recorded).map_err(|source| OpenError::Fold { organization, source })?;
        }
    }
    Ok(())
}

/// Runs each job on this thread: where they are small, another one costs more.
pub(in crate::engine) fn one_by_one(jobs: &mut [&mut (dyn FnMut() + Send)]) {
    jobs.iter_mut().for_each(|job| job());
}

/// Runs each job on a thread of its own, and the first on this one.
pub(in crate::engine) fn side_by_side(jobs: &mut [&mut (dyn FnMut() + Send)]) {
    let Some((mine, theirs)) = jobs.split_first_mut() else { return };
    std::thread::scope(|scope| {
        theirs.iter_mut().for_each(|job| drop(scope.spawn(job)));
        mine();
    });
}
