//! Organizations take turns, and the queue of each is bounded: a flood in one holds no other up.

use async_trait::async_trait;
use caseward::engine::{Batch, Engine, How, Organization, SystemClock};
use caseward::events::{Actor, OrganizationName, Position, Submission};
use caseward::seams::{
    Durability, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError, Trees, Vault,
};
use caseward::store::MemoryStore;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Of one group: how many events of whom.
type Sizes = Vec<(OrganizationNumber, usize)>;

/// Remembers how many events of whom each group had.
#[derive(Clone, Default)]
struct Noting {
    store: MemoryStore,
    groups: Arc<Mutex<Vec<Sizes>>>,
}

impl Noting {
    fn groups(&self) -> Vec<Sizes> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Log for Noting {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.store.claim().await
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        let sizes = group.iter().map(|run| (run.organization, run.events.len())).collect();
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push(sizes);
        self.store.append(epoch, group).await
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.store.read(organization, from, bytes_max).await
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        self.store.head(organization).await
    }

    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl Vault for Noting {
    fn keyring(&self) -> &dyn Keyring {
        self.store.keyring()
    }
}

impl Trees for Noting {}

#[async_trait]
impl Durability for Noting {
    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }
}

fn create(name: &str) -> Batch {
    let command = json!({"command": {"create_definition": {"definition": name}}});
    Batch { submissions: vec![Submission::from_value(&command)], how: How::default() }
}

/// Sends command after command without waiting for answers, and counts those that were taken.
async fn flood(organization: Organization, commands: usize, taken: Arc<AtomicUsize>) {
    for number in 0..commands {
        drop(organization.enqueue(create(&format!("d{number}"))).await.expect("it is taken"));
        taken.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_flood_in_one_organization_holds_no_other_up_and_waits_itself() {
    let noting = Noting::default();
    let engine = Engine::open(Arc::new(noting.clone()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
    let north: OrganizationName = "north".parse().expect("a name");
    engine.create_organization(north.clone(), Actor::unknown()).await.expect("memory does not fail");
    let calm = engine.organization(&north).expect("it was created");
    let flooded = engine.organization(&OrganizationName::default()).expect("it is always there");

    let hold = noting.store.hold_appends();
    let two =
        Batch { submissions: ["a", "b"].map(|name| create(name).submissions.remove(0)).into(), how: How::default() };
    let first = flooded.enqueue(two).await.expect("it is taken");
    hold.until_reached();
    let taken = Arc::new(AtomicUsize::new(0));
    let flood = tokio::spawn(flood(flooded.clone(), 10_000, Arc::clone(&taken)));
    // While two are being written, a group of 2,048 is decided and 4,096 wait: the rest is not taken.
    let full = 2_048 + 4_096;
    while taken.load(Ordering::SeqCst) < full {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let at_rest = taken.load(Ordering::SeqCst);
    let answered = calm.enqueue(create("d")).await.expect("its own queue is empty");
    drop(hold);
    assert!(answered.await.expect("it is stored")[0].refusal().is_none());
    flood.await.expect("all is taken in the end");

    assert!(first.await.is_ok());
    assert_eq!(at_rest, full, "the queue is bounded");

    let groups = noting.groups();
    let of_calm = groups.iter().position(|group| group.contains(&(OrganizationNumber(2), 1)));
    // Behind the creation of its organization, the two being written and the group decided before it came: at once.
    assert_eq!(of_calm, Some(3), "{groups:?}");
    assert!(groups.iter().flatten().all(|(_, events)| *events <= 2_048), "{groups:?}");
}
