//! From stored bytes to views: what opening and rebuilding do.

use super::store::{Encoded, EventStore, OrganizationNumber, StoreError};
use caseward_events::codec::{DecodeError, decode, decode_to_fold};
use caseward_events::{Position, PublicKey, Recorded};
use caseward_projections::views::StreamLeaf;
use caseward_projections::{CaseReplay, FoldError, Replay, Steps, Views};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// How much is read at once.
pub(super) const READ_BYTES: usize = 1 << 20;

/// Events folded together: with what they touch, they fit in the nearest memory.
const BATCH_EVENTS: usize = 128;

/// What is worth a second thread.
const ON_TWO_EVENTS_MIN: usize = 20_000;

/// Portions of steps that may wait for the other thread.
const STEPS_WAITING_MAX: usize = 16;

/// Ids of commands that room is made for at most before there are any.
const EXPECTED_MAX: usize = 1 << 24;

/// Why a store cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes that are no event of this or an earlier release.
    #[error("event {position} of organization {organization} cannot be read")]
    Decode {
        /// Whose log.
        organization: OrganizationNumber,
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// Events that do not fit together.
    #[error("the log of organization {organization} does not hold together")]
    Fold {
        /// Whose log.
        organization: OrganizationNumber,
        /// Where and why.
        #[source]
        source: FoldError,
    },
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl OpenError {
    /// The event that is wrong, where one is.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            OpenError::Decode { position, .. } => Some(*position),
            OpenError::Fold { source, .. } => Some(source.position()),
            OpenError::Store(_) | OpenError::Thread(_) => None,
        }
    }
}

/// How far a fold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of which organization.
    pub organization: OrganizationNumber,
    /// Folded so far.
    pub done: Position,
    /// To be folded.
    pub head: Position,
}

/// Goes on with views up to a position.
pub(super) async fn fold_to(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    views: Views,
    to: Position,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Views, OpenError> {
    let mut folding = Folding::new(views, organization, to);
    while folding.tip() < to {
        folding.slice(store).await?;
        progress(Progress { organization, done: folding.tip(), head: to });
    }
    Ok(folding.finish())
}

/// Views on their way up the log, a slice at a time: on two threads, where there is much to fold. This one reads, decodes and
/// finds what events name; the other one changes the cases.
pub(super) struct Folding {
    replay: Replay,
    other: Option<Other>,
    batch: Batch,
    organization: OrganizationNumber,
    to: Position,
}

impl Folding {
    pub(super) fn new(views: Views, organization: OrganizationNumber, to: Position) -> Folding {
        let mut replay = Replay::new(views);
        let events = usize::try_from(to.0.saturating_sub(replay.tip().0)).unwrap_or(usize::MAX);
        replay.expect(events.min(EXPECTED_MAX));
        let other = if events >= ON_TWO_EVENTS_MIN { Other::start(&mut replay) } else { None };
        Folding { replay, other, batch: Batch::default(), organization, to }
    }

    /// The last position folded.
    pub(super) fn tip(&self) -> Position {
        self.replay.tip()
    }

    /// About as much as is read at once.
    pub(super) async fn slice(&mut self, store: &dyn EventStore) -> Result<(), OpenError> {
        let Folding { replay, other, batch, organization, to } = self;
        let from = replay.tip().next();
        let mut left = to.0 - replay.tip().0;
        let mut folded = Ok(());
        let mut fold = |bytes: &[u8]| {
            if folded.is_ok() && left > 0 {
                left -= 1;
                batch.push(bytes);
                if batch.0.len() == BATCH_EVENTS {
                    folded = batch.fold(*organization, replay);
                    if let (Some(other), Some(steps)) = (&*other, replay.steps(false)) {
                        other.make(steps);
                    }
                }
            }
        };
        store.scan(*organization, from, READ_BYTES, &mut fold).await?;
        folded?;
        batch.fold(*organization, replay)
    }

    /// What there is so far, for a checkpoint of it. It is folded on one thread from then on, until [`Folding::go_on`].
    pub(super) fn unfinished_mut(&mut self) -> &mut Views {
        self.join();
        self.replay.unfinished_mut()
    }

    /// After a look at what there is.
    pub(super) fn go_on(&mut self) {
        if self.other.is_none() && self.to.0 - self.tip().0 >= ON_TWO_EVENTS_MIN as u64 {
            self.other = Other::start(&mut self.replay);
        }
    }

    fn join(&mut self) {
        if let Some(other) = self.other.take() {
            let rest = self.replay.steps(true);
            self.replay.join(other.end(rest));
        }
    }

    pub(super) fn finish(mut self) -> Views {
        self.join();
        self.replay.finish_by(&side_by_side)
    }
}

/// The thread that changes the cases.
struct Other {
    steps: SyncSender<Steps>,
    cases: JoinHandle<CaseReplay>,
}

impl Other {
    /// None where there is but one core, or the system gives no thread.
    fn start(replay: &mut Replay) -> Option<Other> {
        if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            return None;
        }
        // The cases are handed over once the thread is there to take them.
        let (hand_over, taken) = sync_channel::<CaseReplay>(1);
        let (steps, to_make) = sync_channel::<Steps>(STEPS_WAITING_MAX);
        let run = move || {
            let mut cases = taken.recv().unwrap_or_default();
            to_make.iter().for_each(|steps| cases.make(&steps));
            cases
        };
        let cases = std::thread::Builder::new().name("caseward-fold".to_owned()).spawn(run).ok()?;
        hand_over.send(replay.split()).expect("it waits for them");
        Some(Other { steps, cases })
    }

    fn make(&self, steps: Steps) {
        self.steps.send(steps).expect("it makes steps until there are no more to come");
    }

    /// When all is made.
    fn end(self, rest: Option<Steps>) -> CaseReplay {
        rest.into_iter().for_each(|steps| self.make(steps));
        drop(self.steps);
        self.cases.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    }
}

/// Folds the next events into views that are asked already: a few, as they can be taken off again.
pub(super) async fn apply_to(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    views: &mut Views,
    to: Position,
) -> Result<(), OpenError> {
    while views.tip() < to {
        for recorded in events(store, organization, views.tip().next(), READ_BYTES).await? {
            if recorded.position <= to {
                views.apply(&recorded).map_err(|source| OpenError::Fold { organization, source })?;
            }
        }
    }
    Ok(())
}

/// Folds a log from its start out of its stored bytes, whoever reads them, and says which event does not fit.
pub struct Retelling {
    organization: OrganizationNumber,
    batch: Batch,
    replay: Replay,
}

impl Retelling {
    /// Of an organization, with nothing folded.
    #[must_use]
    pub fn new(organization: OrganizationNumber) -> Retelling {
        Retelling { organization, batch: Batch::default(), replay: Replay::default() }
    }

    /// Takes the next event. What is wrong with one may be told only with a later one, or when it is settled.
    ///
    /// # Errors
    /// An event that does not decode, or does not fit those before it. Then nothing more can be folded.
    pub fn take(&mut self, event: &[u8]) -> Result<(), OpenError> {
        self.batch.push(event);
        if self.batch.0.len() == BATCH_EVENTS { self.settle() } else { Ok(()) }
    }

    /// Folds all that was taken.
    ///
    /// # Errors
    /// As for [`Retelling::take`].
    pub fn settle(&mut self) -> Result<(), OpenError> {
        self.batch.fold(self.organization, &mut self.replay)
    }

    /// The streams, once everything that was taken is folded.
    #[must_use]
    pub fn stream_leaves(&self) -> Vec<StreamLeaf> {
        self.replay.stream_leaves()
    }

    /// The key that the log has put in the place of the store's first one, likewise.
    #[must_use]
    pub fn signing_key(&self) -> Option<PublicKey> {
        self.replay.signing_key()
    }
}

/// Every job on a thread of its own, the first on this one.
pub(super) fn side_by_side(jobs: &mut [&mut (dyn FnMut() + Send)]) {
    let Some((mine, theirs)) = jobs.split_first_mut() else { return };
    std::thread::scope(|scope| {
        theirs.iter_mut().for_each(|job| drop(scope.spawn(job)));
        mine();
    });
}

/// Events on their way into the views. They are copied, a few cheap bytes each, to be decoded and folded together.
#[derive(Default)]
struct Batch(Encoded);

impl Batch {
    fn push(&mut self, event: &[u8]) {
        self.0.push(|bytes| bytes.extend_from_slice(event));
    }

    /// Folds them all, and is empty again. Those in front of one that does not decode are folded first: where they do not
    /// fit either, that is the nearer reason.
    fn fold(&mut self, organization: OrganizationNumber, replay: &mut Replay) -> Result<(), OpenError> {
        let first = replay.tip().next();
        let mut decoded = Vec::with_capacity(self.0.len());
        let mut unread = Ok(());
        for (event, position) in self.0.iter().zip(first.0..) {
            match decode_to_fold(event) {
                Ok(event) => decoded.push(event),
                Err(source) => {
                    unread = Err(OpenError::Decode { organization, position: Position(position), source });
                    break;
                }
            }
        }
        replay.apply_all(&decoded).map_err(|source| OpenError::Fold { organization, source })?;
        drop(decoded);
        self.0.truncate(0);
        unread
    }
}

/// The same as [`events`], with their reasons readable.
pub(super) async fn readable_events(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let mut events = events(store, organization, from, bytes_max).await?;
    events.iter_mut().for_each(|recorded| recorded.open(store.keyring()));
    Ok(events)
}

/// Events from a position on, about as many as fill `bytes_max`; none above the head.
pub(super) async fn events(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let stored = store.read(organization, from, bytes_max).await?;
    let numbered = stored.iter().zip(from.0..);
    let decoded = numbered.map(|(bytes, position)| {
        let position = Position(position);
        let failed = |source| OpenError::Decode { organization, position, source };
        let recorded = decode(bytes).map_err(failed)?;
        if recorded.position != position {
            let source = FoldError::Gap { expected: position, found: recorded.position };
            return Err(OpenError::Fold { organization, source });
        }
        Ok(recorded)
    });
    decoded.collect()
}

/// The events of one command, readable, by the position of its first; none where there is no such event.
pub(super) async fn command(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    first: Position,
) -> Result<Vec<Recorded>, OpenError> {
    // Most commands have one event, so more is read only where there is more.
    let mut found = readable_events(store, organization, first, 1).await?;
    let count = found.first().map_or(0, |event| event.count as usize);
    while found.len() < count {
        let next = Position(first.0 + found.len() as u64);
        let more = readable_events(store, organization, next, READ_BYTES).await?;
        if more.is_empty() {
            let why = format!("event {next} of organization {organization} cannot be found again");
            return Err(StoreError::Corruption(why).into());
        }
        found.extend(more.into_iter().take(count - found.len()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Timestamp;
    use caseward_events::codec::encode;
    use caseward_events::event::UserDisabled;

    fn disabled(position: u64) -> Vec<u8> {
        encode(&Recorded {
            position: Position(position),
            stream_version: position,
            time: Timestamp::EPOCH,
            command_id: format!("c{position}").parse().expect("an id"),
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor: "user:ana".parse().expect("an actor"),
            reason: None,
            correlation_id: None,
            causation_id: None,
            first: None,
            event: UserDisabled { user: "ben".parse().expect("an id") }.into(),
        })
    }

    fn fold(events: &[Vec<u8>]) -> (Result<(), OpenError>, Position) {
        let (mut batch, mut replay) = (Batch::default(), Replay::default());
        events.iter().for_each(|event| batch.push(event));
        let folded = batch.fold(OrganizationNumber::DEFAULT, &mut replay);
        (folded, replay.tip())
    }

    #[test]
    fn an_event_in_a_batch_that_does_not_decode_is_told_by_its_position() {
        let (folded, tip) = fold(&[disabled(1), disabled(2), vec![0xFF], disabled(4)]);
        let Err(OpenError::Decode { position, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!((position, tip), (Position(3), Position(2)));
    }

    #[test]
    fn an_event_that_does_not_fit_is_told_before_a_later_one_that_does_not_decode() {
        let (folded, _) = fold(&[disabled(1), disabled(3), vec![0xFF]]);
        let Err(OpenError::Fold { source, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!(source, FoldError::Gap { expected: Position(2), found: Position(3) });
    }
}
