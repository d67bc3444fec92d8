//! The store's twin in memory: for tests, with faults made to order.
//!
//! INVARIANT: it answers as [`FjallStore`](super::FjallStore) does, errors and poison included; one conformance suite
//! (`tests/store.rs`) holds both to that. What an append wrote before it failed is there after a restart, which is
//! [`MemoryStore::fork`], and not before. Absent on purpose: rows, a folder, a lock.

mod checkpoints;
mod test_gate;

pub use self::checkpoints::MemoryViews;
pub use self::test_gate::Hold;
use self::test_gate::TestGate;
use super::append_gate::{AppendGate, last_position};
use super::keys::KeysInMemory;
use super::read_limit::ReadLimit;
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree;
use crate::seams::{
    Durability, Encoded, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError, TreeHead,
    TreeHeads, TreeState, Trees, Vault,
};
use async_trait::async_trait;
use caseward_events::Position;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How an append shall fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing reaches the disk.
    BeforeWrite,
    /// All of it reaches the disk, and the sync fails.
    AfterWrite,
}

/// Keeps events as long as somebody has a handle; a clone is a handle to the same ones.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

type Contents = BTreeMap<OrganizationNumber, Vec<Vec<u8>>>;

#[derive(Debug, Default)]
struct Shared {
    /// All that was written, so at times more than the gate has as synced.
    contents: Mutex<Contents>,
    gate: AppendGate,
    failure: Mutex<Option<Failure>>,
    sync: Arc<TestGate>,
    appends: AtomicU64,
    syncs: AtomicU64,
    keys: KeysInMemory,
    clock_note: Mutex<Option<Vec<u8>>>,
}

impl MemoryStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// A store of its own with all that was written to this one, as a restart finds it: not poisoned, nothing counted,
    /// no failure ahead.
    #[must_use]
    pub fn fork(&self) -> Self {
        let contents = self.contents().clone();
        let heads = contents.iter().filter_map(|(&organization, events)| {
            let head = last_position(Position::ZERO.next(), events.len())?;
            Some((organization, head))
        });
        let gate = AppendGate::new(heads.collect());
        let keys = self.shared.keys.copy();
        let clock_note = Mutex::new(lock(&self.shared.clock_note).clone());
        let shared = Shared { contents: Mutex::new(contents), gate, keys, clock_note, ..Shared::default() };
        MemoryStore { shared: Arc::new(shared) }
    }

    /// Makes the next append fail, which poisons the store.
    pub fn fail_next_append(&self, failure: Failure) {
        *lock(&self.shared.failure) = Some(failure);
    }

    /// Stops every append in its sync, its thread with it, until what this gives is dropped.
    pub fn hold_appends(&self) -> Hold {
        Arc::clone(&self.shared.sync).hold()
    }

    /// How many groups it was asked to write, those that failed included; not the ones that were unfit or came after.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.shared.appends.load(Ordering::Relaxed)
    }

    /// How many syncs succeeded.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.shared.syncs.load(Ordering::Relaxed)
    }

    /// Puts other bytes in the place of an event, as a bad disk may; gives back those that were there.
    pub fn replace(&self, organization: OrganizationNumber, position: Position, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let mut contents = self.contents();
        let event = contents.get_mut(&organization)?.get_mut(index(position)?)?;
        Some(std::mem::replace(event, bytes))
    }

    fn show(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        visit: &mut (dyn for<'a> FnMut(&'a [u8]) + Send),
    ) {
        let synced = index(self.shared.gate.head(organization)).map_or(0, |last| last + 1);
        let before = index(from).unwrap_or(0);
        let mut limit = ReadLimit::new(bytes_max, visit);
        for event in self.contents().get(&organization).into_iter().flatten().take(synced).skip(before) {
            if !limit.take(event) {
                break;
            }
        }
    }

    fn frontier(&self, organization: OrganizationNumber, to: Position) -> Frontier {
        let (contents, mut frontier) = (self.contents(), Frontier::default());
        let events = contents.get(&organization).into_iter().flatten();
        frontier.add_leaves(events.take(usize::try_from(to.0).unwrap_or(usize::MAX)).map(Vec::as_slice));
        frontier
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        lock(&self.shared.contents)
    }

    fn write(&self, group: &[Run]) -> Result<(), StoreError> {
        self.shared.appends.fetch_add(1, Ordering::Relaxed);
        let failure = lock(&self.shared.failure).take();
        fail_if(failure == Some(Failure::BeforeWrite), "write the log")?;
        for run in group {
            let events = run.events.iter().map(<[u8]>::to_vec);
            self.contents().entry(run.organization).or_default().extend(events);
        }
        self.shared.sync.pass();
        fail_if(failure == Some(Failure::AfterWrite), "sync the log")?;
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Log for MemoryStore {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        Ok(self.shared.gate.claim())
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        self.shared.gate.append(epoch, &group, || self.write(&group))
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut events = Vec::new();
        self.show(organization, from, bytes_max, &mut |event| events.push(event.to_vec()));
        Ok(events)
    }

    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        mut into: Encoded,
    ) -> Result<Encoded, StoreError> {
        self.show(organization, from, bytes_max, &mut |event| into.push(|bytes| bytes.extend_from_slice(event)));
        Ok(into)
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        Ok(self.shared.gate.head(organization))
    }

    fn watch(&self) -> HeadWatch {
        self.shared.gate.watch()
    }
}

#[async_trait]
impl Trees for MemoryStore {
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        let contents = self.contents();
        let head = |(&organization, events): (&OrganizationNumber, &Vec<Vec<u8>>)| {
            let mut frontier = Frontier::default();
            let synced = usize::try_from(self.shared.gate.head(organization).0).unwrap_or(usize::MAX);
            frontier.add_leaves(events.iter().take(synced).map(Vec::as_slice));
            (organization, frontier.head())
        };
        Ok(contents.iter().map(head).collect())
    }

    async fn tree_head(&self, organization: OrganizationNumber) -> Result<TreeHead, StoreError> {
        Ok(self.frontier(organization, self.shared.gate.head(organization)).head())
    }

    async fn tree_state(&self, organization: OrganizationNumber) -> Result<TreeState, StoreError> {
        Ok(self.frontier(organization, self.shared.gate.head(organization)).state())
    }

    async fn tree_at(
        &self,
        organization: OrganizationNumber,
        _: TreeState,
        to: Position,
    ) -> Result<TreeState, StoreError> {
        Ok(self.frontier(organization, to).state())
    }

    async fn begins_with(&self, organization: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        Ok(self.frontier(organization, tree.position).state() == tree)
    }
}

impl Vault for MemoryStore {
    fn keyring(&self) -> &dyn Keyring {
        &self.shared.keys
    }
}

#[async_trait]
impl Durability for MemoryStore {
    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn clock_note(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(lock(&self.shared.clock_note).clone())
    }

    async fn write_clock_note(&self, note: Vec<u8>) -> Result<(), StoreError> {
        *lock(&self.shared.clock_note) = Some(note);
        Ok(())
    }
}

/// Where the event at a position lies; none for position 0.
fn index(position: Position) -> Option<usize> {
    usize::try_from(position.0.checked_sub(1)?).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fail_if(fails: bool, doing: &str) -> Result<(), StoreError> {
    let fault = || StoreError::Fault { doing: doing.to_owned(), source: "the test wants it so".into() };
    if fails { Err(fault()) } else { Ok(()) }
}
