//! A store that lets so many reads of its log through and then waits, so that a run goes on for as long as a test wants.

use async_trait::async_trait;
use caseward::events::Position;
use caseward::seams::{
    Durability, Encoded, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError, TreeState,
    Trees, Vault,
};
use caseward::store::MemoryStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Lets a store be scanned so many times and no more, until more is allowed.
pub struct Gate {
    pub store: MemoryStore,
    pub scans: Arc<Semaphore>,
    /// How often a scan was asked for.
    pub asked: Arc<AtomicUsize>,
}

impl Gate {
    /// A store that may be scanned so many times.
    pub fn open(store: MemoryStore, times: usize) -> Gate {
        Gate { store, scans: Arc::new(Semaphore::new(times)), asked: Arc::default() }
    }
}

#[async_trait]
impl Log for Gate {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.store.claim().await
    }
    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        self.store.append(epoch, group).await
    }
    async fn read(&self, of: OrganizationNumber, from: Position, bytes: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.store.read(of, from, bytes).await
    }
    async fn scan(
        &self,
        of: OrganizationNumber,
        from: Position,
        bytes: usize,
        into: Encoded,
    ) -> Result<Encoded, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.scans.acquire().await.expect("it stays open").forget();
        self.store.scan(of, from, bytes, into).await
    }
    async fn head(&self, of: OrganizationNumber) -> Result<Position, StoreError> {
        self.store.head(of).await
    }
    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl Vault for Gate {
    fn keyring(&self) -> &dyn Keyring {
        self.store.keyring()
    }
}

#[async_trait]
impl Trees for Gate {
    async fn tree_state(&self, of: OrganizationNumber) -> Result<TreeState, StoreError> {
        self.store.tree_state(of).await
    }
    async fn tree_at(&self, of: OrganizationNumber, from: TreeState, to: Position) -> Result<TreeState, StoreError> {
        self.store.tree_at(of, from, to).await
    }
    async fn begins_with(&self, of: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        self.store.begins_with(of, tree).await
    }
}

#[async_trait]
impl Durability for Gate {
    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }
}
