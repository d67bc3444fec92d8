//! A store whose blocking calls do not hold up the threads that run async tasks.
//!
//! The local stores block in their async functions. Behind [`offload`], reads, trees and flushes go to the runtime's
//! threads for blocking work. An append does not: it comes from a thread that waits for nothing else, and a second hop
//! would be paid by every command. INVARIANT: the answers are those of the store behind it. Outside of a runtime, and
//! while one shuts down, the call blocks where it is made.

use super::tree::Root;
use super::{
    DatabaseMemory, Durability, Encoded, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, Storage,
    StoreError, TreeHead, TreeHeads, TreeState, Trees, Vault,
};
use async_trait::async_trait;
use caseward_events::Position;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;

/// Moves what blocks off the threads of async tasks.
#[must_use]
pub fn offload(store: Arc<dyn Storage>) -> Arc<dyn Storage> {
    Arc::new(Offloaded(store))
}

struct Offloaded(Arc<dyn Storage>);

impl Offloaded {
    /// Runs `call` where it may block.
    async fn away<T, F>(&self, call: impl FnOnce(Arc<dyn Storage>) -> F + Send + 'static) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        let Ok(runtime) = Handle::try_current() else { return call(Arc::clone(&self.0)).await };
        // A runtime that shuts down gives no thread any more; what it did not begin is done here.
        let call = Arc::new(Mutex::new(Some(call)));
        let (store, begun) = (Arc::clone(&self.0), Arc::clone(&call));
        let answer = runtime.clone().spawn_blocking(move || Some(runtime.block_on(take(&begun)?(store)))).await;
        match answer {
            Ok(Some(answer)) => answer,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Ok(None) | Err(_) => {
                let call = take(&call).expect("a call that was begun has an answer or panicked");
                call(Arc::clone(&self.0)).await
            }
        }
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[async_trait]
impl Log for Offloaded {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.0.claim().await
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        self.0.append(epoch, group).await
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.away(move |store| async move { store.read(organization, from, bytes_max).await }).await
    }

    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        into: Encoded,
    ) -> Result<Encoded, StoreError> {
        self.away(move |store| async move { store.scan(organization, from, bytes_max, into).await }).await
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        self.0.head(organization).await
    }

    fn watch(&self) -> HeadWatch {
        self.0.watch()
    }
}

impl Vault for Offloaded {
    fn keyring(&self) -> &dyn Keyring {
        self.0.keyring()
    }
}

#[async_trait]
impl Trees for Offloaded {
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        self.away(|store| async move { store.tree_heads().await }).await
    }

    async fn tree_head(&self, organization: OrganizationNumber) -> Result<TreeHead, StoreError> {
        self.away(move |store| async move { store.tree_head(organization).await }).await
    }

    async fn tree_state(&self, organization: OrganizationNumber) -> Result<TreeState, StoreError> {
        self.away(move |store| async move { store.tree_state(organization).await }).await
    }

    async fn tree_at(
        &self,
        organization: OrganizationNumber,
        from: TreeState,
        to: Position,
    ) -> Result<TreeState, StoreError> {
        self.away(move |store| async move { store.tree_at(organization, from, to).await }).await
    }

    async fn kept_subtrees(&self, organization: OrganizationNumber) -> Result<Vec<Root>, StoreError> {
        self.away(move |store| async move { store.kept_subtrees(organization).await }).await
    }

    async fn keep_subtrees(&self, organization: OrganizationNumber, subtrees: Vec<Root>) -> Result<(), StoreError> {
        self.away(move |store| async move { store.keep_subtrees(organization, subtrees).await }).await
    }

    async fn begins_with(&self, organization: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        self.away(move |store| async move { store.begins_with(organization, tree).await }).await
    }
}

#[async_trait]
impl Durability for Offloaded {
    async fn flush(&self) -> Result<(), StoreError> {
        self.away(|store| async move { store.flush().await }).await
    }

    fn clock_note(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.clock_note()
    }

    async fn write_clock_note(&self, note: Vec<u8>) -> Result<(), StoreError> {
        self.away(|store| async move { store.write_clock_note(note).await }).await
    }

    fn memory(&self) -> DatabaseMemory {
        self.0.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use std::sync::mpsc::{Receiver, channel};

    /// A store whose reads block their thread until they are let go.
    struct Blocking {
        store: MemoryStore,
        may_read: Mutex<Receiver<()>>,
    }

    #[async_trait]
    impl Log for Blocking {
        async fn claim(&self) -> Result<Epoch, StoreError> {
            self.store.claim().await
        }

        async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
            self.store.append(epoch, group).await
        }

        async fn read(
            &self,
            organization: OrganizationNumber,
            from: Position,
            bytes_max: usize,
        ) -> Result<Vec<Vec<u8>>, StoreError> {
            let is_let_go = self.may_read.lock().unwrap_or_else(PoisonError::into_inner).recv();
            is_let_go.expect("somebody lets it go");
            self.store.read(organization, from, bytes_max).await
        }

        async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
            self.store.head(organization).await
        }

        fn watch(&self) -> HeadWatch {
            self.store.watch()
        }
    }

    impl Vault for Blocking {
        fn keyring(&self) -> &dyn Keyring {
            self.store.keyring()
        }
    }

    impl Trees for Blocking {}

    #[async_trait]
    impl Durability for Blocking {
        async fn flush(&self) -> Result<(), StoreError> {
            self.store.flush().await
        }
    }

    const ONE: OrganizationNumber = OrganizationNumber(1);

    async fn with_an_event(store: &dyn Storage) {
        let epoch = store.claim().await.expect("memory does not fail");
        let run = Run { organization: ONE, first: Position(1), events: ["an event"].into_iter().collect() };
        store.append(epoch, vec![run]).await.expect("memory does not fail");
    }

    /// On one thread: were it blocked, nobody would be left to let the reads go.
    #[tokio::test(flavor = "current_thread")]
    async fn a_read_that_blocks_holds_up_no_other_task() {
        let (let_go, may_read) = channel();
        let store = offload(Arc::new(Blocking { store: MemoryStore::new(), may_read: Mutex::new(may_read) }));
        with_an_event(&*store).await;
        let reading = tokio::spawn({
            let store = Arc::clone(&store);
            async move { store.read(ONE, Position(1), usize::MAX).await }
        });
        tokio::task::yield_now().await;
        let scanning = tokio::spawn(async move { store.scan(ONE, Position(1), usize::MAX, Encoded::new()).await });
        tokio::task::yield_now().await;
        [(), ()].into_iter().for_each(|()| let_go.send(()).expect("both reads wait for it"));
        let read = reading.await.expect("it does not panic").expect("it can be read");
        let scanned = scanning.await.expect("it does not panic").expect("it can be read");
        assert_eq!((read, scanned.get(0)), (vec![b"an event".to_vec()], Some(b"an event".as_slice())));
    }

    #[test]
    fn a_runtime_that_has_shut_down_costs_no_answer() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        let handle = runtime.handle().clone();
        let store = offload(Arc::new(MemoryStore::new()));
        handle.block_on(with_an_event(&*store));
        runtime.shutdown_background();
        let read = handle.block_on(store.read(ONE, Position(1), usize::MAX)).expect("it can be read");
        assert_eq!(read, [b"an event".to_vec()]);
    }
}
