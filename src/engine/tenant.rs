//! One organization inside the engine: its views, and the head up to which readers may read them.

pub(super) mod asking;
pub(super) mod cold_store;
pub(super) mod flow;
pub(super) mod generations;
pub(super) mod rate;
pub(super) mod register;
pub(super) mod residency;
pub(super) mod tokens;
pub(super) mod twin;
pub(super) mod views_mut;
pub(super) mod views_seal;

use super::followed::Known;
use crate::seams::tree::Root;
use crate::seams::{OrganizationNumber, Shelf};
use caseward_events::{OrganizationName, Position, Timestamp};
use caseward_projections::{IdOrder, Views};
use cold_store::ColdStore;
use flow::{Behind, SharedFlow};
use generations::Generations;
use rate::RateMeter;
use residency::Floor;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError, Weak};
use tokio::sync::Semaphore;
use views_mut::ViewsMut;

/// How often a reader looks again before it sleeps: for some microseconds. The writer changes views for about one at a
/// time, and to sleep and be woken takes tens.
const LOOKS: usize = 300;

/// Events that are taken off under one lock of a writer.
const SLICE_EVENTS: u64 = 16;

/// Commands of one organization that may wait for the writer; whoever sends more waits too. A larger batch counts as so
/// many.
pub(super) const QUEUE_COMMANDS_MAX: usize = 4_096;

/// One organization as the engine holds it.
#[derive(Debug)]
pub struct Tenant {
    name: OrganizationName,
    number: OrganizationNumber,
    /// INVARIANT: only the writer changes it, and only after the sync of everything up to it.
    head: AtomicU64,
    /// Up to where the current checkpoint goes; 0 where there is none.
    checkpoint: AtomicU64,
    views: RwLock<Views>,
    /// The free room in its queue, in commands.
    pub(super) room: Arc<Semaphore>,
    /// The same in the queue of dry runs.
    pub(super) dry_room: Arc<Semaphore>,
    answered: Mutex<AnsweredInstants>,
    flow: SharedFlow,
    generations: Mutex<Generations>,
    rate_meter: Mutex<RateMeter>,
    /// Where its cases come back from, once they may leave memory.
    cold: Mutex<Option<Arc<ColdStore>>>,
    /// Whether there is such a place.
    may_leave: AtomicBool,
    /// What its cases take in memory, as of the last change of the views.
    held: AtomicU64,
    pub(super) floor: Floor,
    /// What those share who follow its changes, while anybody does.
    followed: Mutex<Weak<Known>>,
    /// The one whose views these are, where they are [second ones](twin).
    twin_of: Option<Arc<Tenant>>,
    user_order: Mutex<Arc<IdOrder>>,
    streams_root: Mutex<Option<(Position, StreamsRoot)>>,
}

/// How many streams there are, and the root of the tree over them.
type StreamsRoot = (u64, Root);

/// Instants that were used in answers: each must resolve to the same position for ever.
///
/// INVARIANT: a group that has entered gives its commits times later than every instant answered before; an instant
/// answered afterwards waits for that group. So one of the two always knows of the other.
#[derive(Debug, Default)]
struct AnsweredInstants {
    /// The latest of them.
    instant: Option<Timestamp>,
    /// The last group that may give times here.
    group: u64,
}

impl Tenant {
    pub(super) fn new(
        name: OrganizationName,
        number: OrganizationNumber,
        views: Views,
        generations: Generations,
    ) -> Arc<Self> {
        Arc::new(Tenant::with(name, number, views, generations))
    }

    fn with(name: OrganizationName, number: OrganizationNumber, views: Views, generations: Generations) -> Self {
        let head = AtomicU64::new(views.tip().0);
        let [room, dry_room] = [(); 2].map(|()| Arc::new(Semaphore::new(QUEUE_COMMANDS_MAX)));
        let checkpoint = AtomicU64::new(0);
        let (may_leave, held) = (AtomicBool::new(false), AtomicU64::new(views.held_bytes() as u64));
        let (views, answered) = (RwLock::new(views), Mutex::default());
        let (generations, rate_meter) = (Mutex::new(generations), Mutex::default());
        let (cold, floor, flow) = (Mutex::default(), Floor::default(), SharedFlow::default());
        Tenant {
            name,
            number,
            head,
            checkpoint,
            views,
            room,
            dry_room,
            answered,
            flow,
            generations,
            rate_meter,
            cold,
            may_leave,
            held,
            floor,
            followed: Mutex::default(),
            twin_of: None,
            user_order: Mutex::default(),
            streams_root: Mutex::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &OrganizationName {
        &self.name
    }

    /// The number that its rows are stored under.
    #[must_use]
    pub fn number(&self) -> OrganizationNumber {
        self.number
    }

    /// The last position that is stored and may be read.
    #[must_use]
    pub fn head(&self) -> Position {
        Position(self.head.load(Ordering::Acquire))
    }

    /// The position of the last checkpoint; 0 where there is none.
    #[must_use]
    pub fn checkpoint(&self) -> Position {
        Position(self.checkpoint.load(Ordering::Acquire))
    }

    pub(super) fn publish_checkpoint(&self, position: Position) {
        self.checkpoint.store(position.0, Ordering::Release);
    }

    /// Where its views are saved.
    pub(super) fn shelf(&self) -> Shelf {
        self.generations().current.shelf(self.number)
    }

    /// Where its cases come back from, once they may leave memory.
    pub(super) fn cold(&self) -> Option<Arc<ColdStore>> {
        self.cold.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_cold(&self, cold: Arc<ColdStore>) {
        *self.cold.lock().unwrap_or_else(PoisonError::into_inner) = Some(cold);
        self.may_leave.store(true, Ordering::Release);
    }

    /// Whether its cases may leave memory: they can come back.
    pub(super) fn may_leave(&self) -> bool {
        self.may_leave.load(Ordering::Acquire)
    }

    /// What its cases take in memory. It takes no lock.
    pub(super) fn held_bytes(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Notes what its cases take, where they were counted anew.
    pub(super) fn note_held(&self, views: &Views) {
        self.held.store(views.held_bytes() as u64, Ordering::Relaxed);
    }

    pub(super) fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rate_meter(&self) -> MutexGuard<'_, RateMeter> {
        self.rate_meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, head: Position) {
        self.head.store(head.0, Ordering::Release);
    }

    /// The time that counts as now, given the reading of the clock and the time of the last event.
    pub(super) fn now(&self, clock: Timestamp, last: Timestamp) -> Timestamp {
        self.flow.now(clock, last)
    }

    /// The same at the head.
    pub(super) fn now_at_head(&self, clock: Timestamp) -> Timestamp {
        let last = self.views().timeline.time(self.head().into());
        self.now(clock, last)
    }

    /// The first reading of the clock that lay behind the log, while it does.
    pub(super) fn behind(&self) -> Option<Behind> {
        self.flow.behind()
    }

    /// Restores what was noted before a restart: no live commit may be at or before the latest instant that was
    /// answered.
    pub(super) fn recall(&self, behind: Option<Behind>, told: Option<Timestamp>) {
        self.flow.restore(behind);
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).instant = told;
    }

    /// A group is about to give times to commits; the latest instant that these must lie after.
    pub(super) fn enter(&self, group: u64) -> Option<Timestamp> {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.group = group;
        answered.instant
    }

    /// Notes that an instant is about to be answered. Returns the group that must be durable or failed before that.
    pub(super) fn tell(&self, instant: Timestamp) -> u64 {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.instant = answered.instant.max(Some(instant));
        answered.group
    }

    /// The latest instant that was answered.
    pub(super) fn told(&self) -> Option<Timestamp> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).instant
    }

    /// What those share who follow its changes.
    pub(super) fn known_of_changes(&self) -> Arc<Known> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.upgrade().unwrap_or_else(|| {
            let head = self.head();
            let known = Arc::new(Known::of(|| self.views(), head));
            *followed = Arc::downgrade(&known);
            known
        })
    }

    /// Settled users in the order of their ids, as many as lists had to put in order so far.
    pub(super) fn user_order(&self) -> Arc<IdOrder> {
        Arc::clone(&self.user_order.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps an order for the lists to come, where it has more users than the one that is kept.
    pub(super) fn keep_user_order(&self, order: &Arc<IdOrder>) {
        let mut kept = self.user_order.lock().unwrap_or_else(PoisonError::into_inner);
        if order.len() > kept.len() {
            *kept = Arc::clone(order);
        }
    }

    /// What was kept of the streams at a position.
    pub(super) fn streams_root(&self, position: Position) -> Option<StreamsRoot> {
        let kept = *self.streams_root.lock().unwrap_or_else(PoisonError::into_inner);
        kept.filter(|(of, _)| *of == position).map(|(_, root)| root)
    }

    pub(super) fn keep_streams_root(&self, position: Position, root: StreamsRoot) {
        let mut kept = self.streams_root.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none_or(|(of, _)| of < position) {
            *kept = Some((position, root));
        }
    }

    // A panic under the lock cannot leave half a change that a reader would see: all of it lies above the head.
    pub(super) fn views(&self) -> RwLockReadGuard<'_, Views> {
        for _ in 0..LOOKS {
            match self.views.try_read() {
                Ok(views) => return views,
                Err(TryLockError::Poisoned(views)) => return views.into_inner(),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        self.views.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes off everything above a position, a slice under one lock: readers, who see nothing of it, come in between.
    pub(super) fn take_off(&self, to: Position) {
        loop {
            let mut views = self.views_mut();
            let next = Position(views.tip().0.saturating_sub(SLICE_EVENTS)).max(to);
            views.truncate(next);
            if next == to {
                return;
            }
        }
    }

    pub(super) fn views_mut(&self) -> ViewsMut<'_> {
        ViewsMut::new(self, self.views.write().unwrap_or_else(PoisonError::into_inner))
    }
}
