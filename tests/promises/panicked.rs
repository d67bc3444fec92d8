//! A thread that panics keeps nobody waiting: commands that may be stored are in doubt, later ones are refused with the
//! reason, questions are answered.

use crate::scene::at_once;
use async_trait::async_trait;
use caseward::engine::{Answer, Batch, Clock, CommandError, Engine, How, Organization, SystemClock};
use caseward::events::{OrganizationName, Position, Query, Submission, Timestamp};
use caseward::projections::{AsOf, Question};
use caseward::seams::{
    Durability, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError, Trees, Vault,
};
use caseward::store::MemoryStore;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Nobody waits longer than this for anything.
const SOON: Duration = Duration::from_secs(20);

/// A store in memory that panics after its sync, once it is told to, or shows nothing of what it holds.
#[derive(Clone, Default)]
pub struct Fragile {
    store: MemoryStore,
    panics: Arc<AtomicBool>,
    panics_reading: Arc<AtomicBool>,
    /// Whoever reads waits for it.
    gate: Arc<Mutex<()>>,
    hides: Arc<AtomicBool>,
}

impl Fragile {
    /// Whether it panics when it is read.
    pub fn panics_reading(&self, panics: bool) {
        self.panics_reading.store(panics, Ordering::SeqCst);
    }

    /// While it is held, whoever reads waits.
    pub async fn holds_readers(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }
}

#[async_trait]
impl Log for Fragile {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.store.claim().await
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        let is_empty = group.is_empty();
        let receipt = self.store.append(epoch, group).await?;
        assert!(is_empty || !self.panics.load(Ordering::SeqCst), "it was told to");
        Ok(receipt)
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        drop(self.holds_readers().await);
        assert!(!self.panics_reading.load(Ordering::SeqCst), "it was told to");
        if self.hides.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        self.store.read(organization, from, bytes_max).await
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        self.store.head(organization).await
    }

    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl Vault for Fragile {
    fn keyring(&self) -> &dyn Keyring {
        self.store.keyring()
    }
}

impl Trees for Fragile {}

#[async_trait]
impl Durability for Fragile {
    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }
}

async fn opened(store: Fragile) -> (Engine, Organization) {
    let engine = Engine::open(Arc::new(store), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    (engine, organization)
}

fn batch(ids: &[&str]) -> Batch {
    let command = |id: &&str| {
        let command = json!({"id": id, "command": {"create_definition": {"definition": id}}});
        Submission::from_value(&command)
    };
    Batch { submissions: ids.iter().map(command).collect(), how: How::default() }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("nobody waits for ever")
}

fn exists(organization: &Organization, definition: &str) -> bool {
    let resource = format!("definition:{definition}").parse().expect("a resource");
    let reader = at_once(organization.reader(AsOf::Head, None)).expect("the head can be asked");
    at_once(reader.exists(&resource)).expect("it is in memory")
}

fn is_refused_with_the_reason(error: &CommandError) -> bool {
    matches!(error, CommandError::Store(why) if why.to_string().contains("panicked"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_whose_thread_panicked_after_the_sync_are_in_doubt_and_are_stored() {
    // Alone they are written by the thread that decides, together by one of its own.
    for ids in [&["a"][..], &["a", "b", "c"]] {
        let fragile = Fragile::default();
        let (engine, organization) = opened(fragile.clone()).await;
        soon(organization.submit(batch(&["before"]))).await.expect("it is stored");
        fragile.panics.store(true, Ordering::SeqCst);
        let doubted = soon(organization.submit(batch(ids))).await.expect_err("nobody knows");
        assert!(matches!(doubted, CommandError::InDoubt), "{doubted:?}");
        assert!(doubted.to_string().contains("may or may not have been stored"), "{doubted}");

        fragile.panics.store(false, Ordering::SeqCst);
        let mut refused = soon(organization.submit(batch(&["after"]))).await.expect_err("none is taken");
        // The first to come may find the thread on its way out, and hears that it was not taken.
        while matches!(refused, CommandError::Stopped) {
            refused = soon(organization.submit(batch(&["after"]))).await.expect_err("none is taken");
        }
        assert!(is_refused_with_the_reason(&refused), "{refused:?}");
        assert!(engine.poisoned().is_some());
        assert_eq!(organization.head(), Position(1));
        assert!(exists(&organization, "before") && !exists(&organization, "a"), "what is in doubt is not shown");
        let at = AsOf::Instant(engine.now());
        assert_eq!(soon(organization.reader(at, None)).await.expect("it can be asked").position(), Position(1));
        assert_eq!(soon(engine.stop()).await.len(), 1, "one thread had panicked");

        // They were stored, and are answered as the first time; what was refused was not.
        let again = Fragile { store: fragile.store.fork(), ..Fragile::default() };
        let (_engine, organization) = opened(again).await;
        assert_eq!(organization.head(), Position(1 + ids.len() as u64));
        let answers = soon(organization.submit(batch(ids))).await.expect("they are answered");
        let replayed = |answer: &Answer| matches!(answer, Answer::Accepted(accepted) if accepted.replayed);
        assert!(answers.iter().all(replayed), "{answers:?}");
        assert!(!exists(&organization, "after"));
    }
}

/// Tells the time until it is told to panic.
#[derive(Default)]
struct Fragility(AtomicBool);

impl Clock for Fragility {
    fn now(&self) -> Timestamp {
        let is_writer = std::thread::current().name() == Some("caseward-writer");
        assert!(!is_writer || !self.0.load(Ordering::SeqCst), "it was told to");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_whose_thread_panicked_before_the_sync_were_not_taken() {
    let (store, clock) = (MemoryStore::new(), Arc::new(Fragility::default()));
    let engine = Engine::open(Arc::new(store.clone()), Arc::clone(&clock) as _, &mut |_| {}).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    soon(organization.submit(batch(&["before"]))).await.expect("it is stored");
    clock.0.store(true, Ordering::SeqCst);
    let lost = soon(organization.submit(batch(&["a", "b"]))).await.expect_err("nothing answers");
    assert!(matches!(lost, CommandError::Stopped), "{lost:?}");
    let refused = soon(async {
        loop {
            match organization.submit(batch(&["after"])).await.expect_err("none is taken") {
                CommandError::Stopped => tokio::task::yield_now().await,
                refused => break refused,
            }
        }
    });
    assert!(is_refused_with_the_reason(&refused.await));
    let question = json!({"subject": "user:a", "action": "register", "resource": "definition:before"});
    let question = Question::from_value(question).expect("it can be asked");
    assert!(organization.check(&question).await.is_ok());
    assert_eq!(soon(engine.stop()).await, ["caseward-writer"]);
    assert_eq!(opened(Fragile { store: store.fork(), ..Fragile::default() }).await.1.head(), Position(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_hides_what_it_holds_is_found_out_and_not_asked_for_ever() {
    use caseward::engine::{Kind, Page};
    let fragile = Fragile::default();
    let (_engine, organization) = opened(fragile.clone()).await;
    soon(organization.submit(batch(&["a", "b", "c"]))).await.expect("they are stored");
    fragile.hides.store(true, Ordering::SeqCst);
    let reader = organization.reader(AsOf::Head, None).await.expect("the head can be asked");
    let (of, query) = ("organization".parse().expect("a reference"), Query::default());
    let history = soon(reader.history(&of, &query, Page::default())).await.expect_err("it is hidden");
    let last = soon(reader.last(&query, 1)).await.expect_err("it is hidden");
    let diff = soon(reader.diff(&of, AsOf::Position(Position::ZERO))).await.expect_err("it is hidden");
    for error in [history, last, diff] {
        assert_eq!(error.kind(), Kind::Corruption, "{error}");
        assert!(error.to_string().contains("cannot be found"), "{error}");
    }
    let rebuilt = soon(organization.rebuild(Default::default())).await.expect_err("it is hidden");
    assert!(rebuilt.to_string().contains("cannot be found"), "{rebuilt}");
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_refused_as_a_whole_by_the_engine_itself() {
    use caseward::events::limits::BATCH_COMMANDS_MAX;
    let (_engine, organization) = opened(Fragile::default()).await;
    let most = || vec!["a"; BATCH_COMMANDS_MAX];
    assert_eq!(organization.submit(batch(&most())).await.expect("they are taken").len(), BATCH_COMMANDS_MAX);
    let more: Vec<_> = most().into_iter().chain(["b"]).collect();
    let refused = organization.submit(batch(&more)).await.expect_err("it is too large");
    assert!(matches!(&refused, CommandError::Refused(_)), "{refused:?}");
    assert!(!exists(&organization, "b"));
}
