//! From stored bytes to views: what opening and rebuilding do.

use crate::seams::{Encoded, OrganizationNumber, Storage, StoreError};
use caseward_events::codec::{DecodeError, decode, decode_to_fold};
use caseward_events::{Decoded, Header, Position, PublicKey, Recorded};
use caseward_projections::{FoldError, Replay, RowMissing, RowReturned, RowsMissing, StreamLeaf, Views};
use self_cell::self_cell;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// How much is read at once.
pub(super) const READ_BYTES: usize = 1 << 20;

/// Events folded together: with what they touch, they fit in the nearest memory.
const TOGETHER: usize = 128;

/// What an event takes about, at least.
const EVENT_BYTES: usize = 64;

/// What an event takes about, as it is mostly.
const EVENT_BYTES_ABOUT: usize = 192;

/// Events that lie no further apart are read together.
const CLOSE_EVENTS: u64 = 64;

/// What is worth a second thread.
const ON_TWO_EVENTS_MIN: usize = 20_000;

/// Slices that may wait to be folded.
const SLICES_WAITING_MAX: usize = 4;

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
    #[error("the log of organization {organization} is inconsistent")]
    Fold {
        /// Whose log.
        organization: OrganizationNumber,
        /// Where and why.
        #[source]
        source: FoldError,
    },
    /// Cases left memory, and cannot be had again.
    #[error("cases of organization {organization} that left memory cannot be read again: {why}")]
    Cases {
        /// Whose.
        organization: OrganizationNumber,
        /// Why they cannot be had from the saved views.
        why: String,
        /// Why they cannot be had from the log either, where that was tried.
        #[source]
        source: Option<Box<OpenError>>,
    },
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// Where rows of cases come from that have left memory and that an event changes.
pub(super) trait RowSource: Send + Sync {
    /// Exactly these rows.
    fn rows(&self, missing: &[RowMissing]) -> Result<Vec<RowReturned>, OpenError>;
}

/// None, where no case leaves.
pub(super) type Rows = Option<Arc<dyn RowSource>>;

impl OpenError {
    /// The event that is wrong, where one is.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            OpenError::Decode { position, .. } => Some(*position),
            OpenError::Fold { source, .. } => Some(source.position()),
            OpenError::Cases { source, .. } => source.as_ref().and_then(|source| source.position()),
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

/// Views on their way up the log, a slice at a time: on two threads, where there is much to fold. This one reads and
/// decodes, the other one folds.
pub(super) struct Folding {
    /// Empty while the other thread has it.
    replay: Replay,
    other: Option<Other>,
    organization: OrganizationNumber,
    read: Position,
    to: Position,
    rows: Rows,
}

impl Folding {
    pub(super) fn new(views: Views, organization: OrganizationNumber, (to, rows): (Position, Rows)) -> Folding {
        let mut replay = Replay::new(views);
        let read = replay.tip();
        let events = usize::try_from(to.0.saturating_sub(read.0)).unwrap_or(usize::MAX);
        replay.expect(events.min(EXPECTED_MAX));
        Folding { replay, other: None, organization, read, to, rows }
    }

    /// The last position read: what is up to there is folded, or will be next.
    pub(super) fn tip(&self) -> Position {
        self.read
    }

    /// About as much as is read at once. What does not fit may be told only with a later slice, or at the end; then nothing
    /// more can be folded.
    pub(super) async fn slice(&mut self, store: &dyn Storage) -> Result<(), OpenError> {
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
    pub(super) fn unfinished_mut(&mut self) -> Result<&mut Views, OpenError> {
        self.join()?;
        Ok(self.replay.unfinished_mut())
    }

    pub(super) fn finish(mut self) -> Result<Views, OpenError> {
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

    /// False where it has ended, since something does not fit.
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
pub(super) async fn apply_to(
    store: &dyn Storage,
    organization: OrganizationNumber,
    views: &mut Views,
    to: Position,
) -> Result<(), OpenError> {
    while views.tip() < to {
        for recorded in next_events(store, organization, views.tip(), to).await? {
            views.apply(&recorded).map_err(|source| OpenError::Fold { organization, source })?;
        }
    }
    Ok(())
}

/// Folds a log from its start out of its stored bytes, whoever reads them, and says which event does not fit.
pub struct Retelling {
    organization: OrganizationNumber,
    taken: Encoded,
    replay: Replay,
}

impl Retelling {
    /// Of an organization, with nothing folded.
    #[must_use]
    pub fn new(organization: OrganizationNumber) -> Retelling {
        Retelling { organization, taken: Encoded::default(), replay: Replay::default() }
    }

    /// Takes the next event. What is wrong with one may be told only with a later one, or when it is settled.
    ///
    /// # Errors
    /// An event that does not decode, or does not fit those before it. Then nothing more can be folded.
    pub fn take(&mut self, event: &[u8]) -> Result<(), OpenError> {
        self.taken.push(|bytes| bytes.extend_from_slice(event));
        if self.taken.len() == TOGETHER { self.settle() } else { Ok(()) }
    }

    /// Folds all that was taken.
    ///
    /// # Errors
    /// As for [`Retelling::take`].
    pub fn settle(&mut self) -> Result<(), OpenError> {
        Events::decode(self.replay.tip(), &self.taken).fold(self.organization, &mut self.replay, &None)?;
        self.taken.truncate(0);
        Ok(())
    }

    /// The streams, once everything that was taken is folded.
    #[must_use]
    pub fn stream_leaves(&self) -> Vec<StreamLeaf> {
        self.replay.stream_leaves()
    }

    /// The views, once everything that was taken is folded.
    #[must_use]
    pub fn into_views(self) -> Views {
        self.replay.finish_by(&side_by_side)
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

self_cell! {
    /// What was read together, and what it says.
    struct Slice {
        owner: Encoded,
        #[covariant]
        dependent: Events,
    }
}

impl Slice {
    fn decode(behind: Position, events: Encoded) -> Slice {
        Slice::new(events, |events| Events::decode(behind, events))
    }
}

/// Events that were decoded, up to the first that does not.
struct Events<'a> {
    decoded: Vec<(Header<'a>, Decoded<'a>)>,
    failed: Option<(Position, DecodeError)>,
}

impl<'a> Events<'a> {
    fn decode(behind: Position, encoded: &'a Encoded) -> Events<'a> {
        let mut events = Events { decoded: Vec::with_capacity(encoded.len()), failed: None };
        for (event, position) in encoded.iter().zip(behind.next().0..) {
            match decode_to_fold(event) {
                Ok(event) => events.decoded.push(event),
                Err(error) => {
                    events.failed = Some((Position(position), error));
                    break;
                }
            }
        }
        events
    }

    /// Where those in front of one that does not decode do not fit either, that is the nearer reason.
    fn fold(&self, organization: OrganizationNumber, replay: &mut Replay, rows: &Rows) -> Result<(), OpenError> {
        for together in self.decoded.chunks(TOGETHER) {
            while let Err(source) = replay.apply_all(together) {
                bring(organization, replay, source, rows)?;
            }
        }
        match &self.failed {
            None => Ok(()),
            Some((position, source)) => {
                Err(OpenError::Decode { organization, position: *position, source: source.clone() })
            }
        }
    }
}

/// Puts back what a fold misses.
fn bring(organization: OrganizationNumber, replay: &mut Replay, why: FoldError, rows: &Rows) -> Result<(), OpenError> {
    let (FoldError::Missing { rows: RowsMissing(missing), .. }, Some(rows)) = (&why, rows) else {
        return Err(OpenError::Fold { organization, source: why });
    };
    let returned = rows.rows(missing)?.into_iter().map(|row| replay.put_back(row)).filter(|is_back| *is_back).count();
    if returned == missing.len() {
        return Ok(());
    }
    let why = "what was read in its place is not what left".to_owned();
    Err(OpenError::Cases { organization, why, source: None })
}

/// The same as [`events`], with their reasons readable.
pub(super) async fn readable_events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let mut events = events(store, organization, from, bytes_max).await?;
    open_reasons(store, organization, &mut events)?;
    Ok(events)
}

/// Makes reasons readable. One that was erased stays closed; one whose key is there and does not open it was sealed by
/// another store, or is damaged.
pub(super) fn open_reasons(
    store: &dyn Storage,
    organization: OrganizationNumber,
    events: &mut [Recorded],
) -> Result<(), StoreError> {
    events.iter_mut().try_for_each(|recorded| {
        recorded.open(store.keyring()).map_err(|why| {
            let at = recorded.position;
            StoreError::Corruption(format!("the reason of event {at} of organization {organization} is closed: {why}"))
        })
    })
}

/// Events from a position on, about as many as fill `bytes_max`; none above the head.
pub(super) async fn events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let stored = store.read(organization, from, bytes_max).await?;
    let numbered = stored.iter().zip(from.0..);
    numbered.map(|(bytes, position)| event(organization, Position(position), bytes)).collect()
}

fn event(organization: OrganizationNumber, position: Position, bytes: &[u8]) -> Result<Recorded, OpenError> {
    let failed = |source| OpenError::Decode { organization, position, source };
    let recorded = decode(bytes).map_err(failed)?;
    if recorded.position != position {
        let source = FoldError::Gap { expected: position, found: recorded.position };
        return Err(OpenError::Fold { organization, source });
    }
    Ok(recorded)
}

/// The events at some positions, which ascend, each once; all must be there. What lies close together is read together, and
/// nothing else is decoded.
pub(super) async fn events_at(
    store: &dyn Storage,
    organization: OrganizationNumber,
    positions: &[Position],
) -> Result<Vec<Recorded>, OpenError> {
    let mut found = Vec::with_capacity(positions.len());
    for close in positions.chunk_by(|one, next| next.0 - one.0 <= CLOSE_EVENTS) {
        let mut left = close;
        while let ([first, ..], [.., last]) = (left, left) {
            // As much as they take about; where that is less, it is read on from there.
            let events = usize::try_from(last.0 - first.0).unwrap_or(READ_BYTES);
            let bytes_max = events.saturating_mul(EVENT_BYTES_ABOUT).min(READ_BYTES);
            let stored = store.read(organization, *first, bytes_max).await?;
            if stored.is_empty() {
                return Err(cannot_be_found(organization, *first).into());
            }
            let read = left.partition_point(|position| position.0 < first.0 + stored.len() as u64);
            let (here, behind) = left.split_at(read);
            for position in here {
                let index = usize::try_from(position.0 - first.0).expect("so many events were read");
                found.push(event(organization, *position, &stored[index])?);
            }
            left = behind;
        }
    }
    Ok(found)
}

/// The next events behind a position, about as many as are read at once: at least one, none above `up_to`, which is stored.
///
/// INVARIANT: a log that does not show what it has promised is found out here, so that no walk over a log goes round for
/// ever.
pub(super) async fn next_events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    after: Position,
    up_to: Position,
) -> Result<Vec<Recorded>, OpenError> {
    let mut events = events(store, organization, after.next(), READ_BYTES).await?;
    events.retain(|recorded| recorded.position <= up_to);
    if events.is_empty() { Err(cannot_be_found(organization, after.next()).into()) } else { Ok(events) }
}

pub(super) fn cannot_be_found(organization: OrganizationNumber, position: Position) -> StoreError {
    StoreError::Corruption(format!("event {position} of organization {organization} cannot be found"))
}

/// The events of one command, readable, by the position of its first; none where there is no such event.
pub(super) async fn command(
    store: &dyn Storage,
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
pub(in crate::engine) mod tests {
    use super::*;
    use crate::seams::{Log as _, Run};
    use crate::store::MemoryStore;
    use caseward_events::Timestamp;
    use caseward_events::codec::encode;
    use caseward_events::event::UserDisabled;

    /// An event of its own for each position.
    pub(in crate::engine) fn disabled(position: u64) -> Recorded {
        Recorded {
            position: Position(position),
            stream_version: 1,
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
            event: UserDisabled { user: format!("u{position}").parse().expect("an id") }.into(),
        }
    }

    fn encoded(position: u64) -> Vec<u8> {
        encode(&disabled(position))
    }

    fn folded(events: &[Vec<u8>]) -> (Result<(), OpenError>, Position) {
        let mut folding = Retelling::new(OrganizationNumber::DEFAULT);
        let folded = events.iter().try_for_each(|event| folding.take(event)).and_then(|()| folding.settle());
        (folded, folding.replay.tip())
    }

    #[test]
    fn an_event_in_a_batch_that_does_not_decode_is_told_by_its_position() {
        let (folded, tip) = folded(&[encoded(1), encoded(2), vec![0xFF], encoded(4)]);
        let Err(OpenError::Decode { position, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!((position, tip), (Position(3), Position(2)));
    }

    #[test]
    fn an_event_that_does_not_fit_is_told_before_a_later_one_that_does_not_decode() {
        let (folded, _) = folded(&[encoded(1), encoded(3), vec![0xFF]]);
        let Err(OpenError::Fold { source, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!(source, FoldError::Gap { expected: Position(2), found: Position(3) });
    }

    const LONG: u64 = ON_TWO_EVENTS_MIN as u64 * 3;

    /// Folds a log that is long enough for two threads, after something was done to it, with a look at it on the way.
    async fn folded_long(store: &MemoryStore) -> Result<Views, OpenError> {
        let mut folding = Folding::new(Views::default(), OrganizationNumber::DEFAULT, (Position(LONG), None));
        let mut looked = false;
        while folding.tip() < Position(LONG) {
            folding.slice(store).await?;
            if !looked {
                looked = true;
                let tip = folding.tip();
                assert!(tip < Position(LONG) && folding.unfinished_mut()?.tip() == tip);
            }
        }
        folding.finish()
    }

    #[tokio::test]
    async fn a_long_log_is_folded_as_a_short_one_and_what_does_not_fit_is_told_by_its_position() {
        let store = MemoryStore::new();
        let events: Vec<_> = (1..=LONG).map(encoded).collect();
        let mut here = Retelling::new(OrganizationNumber::DEFAULT);
        events.iter().try_for_each(|event| here.take(event)).and_then(|()| here.settle()).expect("it fits");
        let organization = OrganizationNumber::DEFAULT;
        let events = events.into_iter().collect();
        let epoch = store.claim().await.expect("memory does not fail");
        store
            .append(epoch, vec![Run { organization, first: Position(1), events }])
            .await
            .expect("memory does not fail");
        let views = folded_long(&store).await.expect("it fits");
        assert_eq!(views.tip(), Position(LONG));
        assert_eq!(here.replay.finish().ask(|one| one.differences(&views)), Ok(Vec::new()));
        for at in [LONG / 2, LONG - 1, LONG] {
            let store = store.fork();
            store.replace(organization, Position(at), encoded(at + 7));
            let failed = folded_long(&store).await.expect_err("its position is another");
            assert_eq!(failed.position(), Some(Position(at)), "{failed:?}");
            store.replace(organization, Position(at), vec![0xFF]);
            let failed = folded_long(&store).await.expect_err("it does not decode");
            assert_eq!(failed.position(), Some(Position(at)), "{failed:?}");
        }
    }
}
