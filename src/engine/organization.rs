//! One tenant: its views, and the head up to which they may be read.

use super::cold::Cold;
use super::generations::Generations;
use super::leaving::Floor;
use super::pulse::Pulse;
use super::rebuild::Control;
use super::store::{OrganizationNumber, Shelf};
use super::writer::QUEUE_COMMANDS_MAX;
use caseward_events::{CaseId, KeyNumber, OrganizationName, Position, Timestamp};
use caseward_projections::Views;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, Weak};
use tokio::sync::Semaphore;

/// How often a reader looks again before it sleeps: for some microseconds. The writer changes views for about one at a
/// time, and to sleep and be woken takes tens.
const LOOKS: usize = 300;

/// See the module.
#[derive(Debug)]
pub struct Organization {
    name: OrganizationName,
    number: OrganizationNumber,
    /// INVARIANT: only the writer changes it, and only after the sync of everything up to it.
    head: AtomicU64,
    /// Up to where the current checkpoint goes; 0 where there is none.
    checkpoint: AtomicU64,
    views: RwLock<Views>,
    /// Of its queue, in commands.
    pub(super) room: Arc<Semaphore>,
    told: Mutex<Told>,
    generations: Mutex<Generations>,
    pulse: Mutex<Pulse>,
    /// Of the rebuild that runs, if one does.
    rebuild: Mutex<Weak<Control>>,
    /// Where its cases come back from, once they may leave memory.
    cold: Mutex<Option<Arc<Cold>>>,
    pub(super) floor: Floor,
}

/// Keeps instants that were told to resolve to a position from resolving to another one.
///
/// INVARIANT: a group that has entered gives live commits times above every instant told before; an instant told after
/// waits for that group. So one of the two knows of the other.
#[derive(Debug, Default)]
struct Told {
    /// The latest.
    instant: Option<Timestamp>,
    /// The last group that may give times here.
    group: u64,
}

impl Organization {
    pub(super) fn new(
        name: OrganizationName,
        number: OrganizationNumber,
        views: Views,
        generations: Generations,
    ) -> Arc<Self> {
        let head = AtomicU64::new(views.tip().0);
        let (room, checkpoint) = (Arc::new(Semaphore::new(QUEUE_COMMANDS_MAX)), AtomicU64::new(0));
        let (views, told) = (RwLock::new(views), Mutex::default());
        let (generations, pulse, rebuild) = (Mutex::new(generations), Mutex::default(), Mutex::default());
        let (cold, floor) = (Mutex::default(), Floor::default());
        Arc::new(Organization {
            name,
            number,
            head,
            checkpoint,
            views,
            room,
            told,
            generations,
            pulse,
            rebuild,
            cold,
            floor,
        })
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
    pub(super) fn cold(&self) -> Option<Arc<Cold>> {
        self.cold.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_cold(&self, cold: Arc<Cold>) {
        *self.cold.lock().unwrap_or_else(PoisonError::into_inner) = Some(cold);
    }

    pub(super) fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rebuilding(&self) -> MutexGuard<'_, Weak<Control>> {
        self.rebuild.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, head: Position) {
        self.head.store(head.0, Ordering::Release);
    }

    /// A group is about to give times to commits; the latest instant that these must lie after.
    pub(super) fn enter(&self, group: u64) -> Option<Timestamp> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.group = group;
        told.instant
    }

    /// What an instant resolves to is about to be told; the group that must be durable or gone first.
    pub(super) fn tell(&self, instant: Timestamp) -> u64 {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.instant = told.instant.max(Some(instant));
        told.group
    }

    /// The views, for many questions in a row: what is read must be read at or below [`Organization::head`], taken first.
    /// While it is held no command is decided, so hold it for a slice of work, not for a conversation.
    pub fn at_head(&self) -> RwLockReadGuard<'_, Views> {
        self.views()
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

    /// The views, with a case in memory that will be asked about: it is brought back while no lock is held.
    pub(super) fn views_with(&self, case: Option<&CaseId>) -> RwLockReadGuard<'_, Views> {
        let mut returned = None;
        loop {
            let views = self.views();
            returned.take().into_iter().for_each(|returned| views.put_back(returned));
            let Some(missing) = case.and_then(|case| views.missing(case)) else { return views };
            drop(views);
            returned = missing.bring();
            if returned.is_none() {
                // Not there as it was: it came back, or it is damaged, which only a look under the lock can tell.
                return self.views();
            }
        }
    }

    pub(super) fn views_mut(&self) -> RwLockWriteGuard<'_, Views> {
        self.views.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The organizations there are.
#[derive(Debug)]
pub(super) struct Register {
    organizations: BTreeMap<OrganizationName, Arc<Organization>>,
    /// The last position of its own log.
    pub(super) head: Position,
    /// The time of its last event.
    pub(super) last: Timestamp,
}

impl Register {
    pub(super) fn new() -> Register {
        Register { organizations: BTreeMap::new(), head: Position::ZERO, last: Timestamp::EPOCH }
    }

    pub(super) fn get(&self, name: &OrganizationName) -> Option<Arc<Organization>> {
        self.organizations.get(name).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Organization>> {
        self.organizations.values().cloned().collect()
    }

    pub(super) fn add(&mut self, organization: Arc<Organization>) {
        self.organizations.insert(organization.name().clone(), organization);
    }

    /// The last sealing key that somebody uses.
    pub(super) fn highest_key(&self) -> KeyNumber {
        let highest = self.organizations.values().map(|one| one.views().keys.highest()).max();
        highest.unwrap_or(KeyNumber::STORE)
    }

    /// The number after the highest there is.
    pub(super) fn next_number(&self) -> OrganizationNumber {
        let highest = self.organizations.values().map(|one| one.number()).max();
        highest.map_or(OrganizationNumber::DEFAULT, |number| OrganizationNumber(number.0 + 1))
    }
}
