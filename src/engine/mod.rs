//! The engine: the writer, the readers, the clock.
//!
//! A command goes through the bounded queue to the one `writer`, is decided on the views, and is answered after the
//! sync of everything it was decided on. A question reads the published head once and asks the same views at it.
//!
//! INVARIANT: no lock is held over a sync or any other I/O; what lies above the head is invisible to readers.
//! Absent on purpose: what stores events (`crate::store`), and any rule (`caseward_projections`).

pub mod answer;
mod bound;
mod changes;
pub mod clock;
mod cold;
mod fold;
mod generations;
mod heading;
mod intervals;
mod keeper;
mod leaving;
mod old_ids;
mod opening;
mod organization;
mod pulse;
mod readers;
mod rebuild;
pub mod report;
mod status;
pub mod timeline;
mod writer;

pub use crate::seams as store;
pub use crate::seams::tree;
pub use answer::{Accepted, Answer};
pub use bound::{MemoryBound, NoSize};
pub use changes::{AskError, Diff, Moment, Tally};
pub use clock::{Clock, ManualClock, SystemClock};
pub use fold::{OpenError, Progress, Retelling};
pub use heading::Heading;
pub use intervals::Access;
pub use leaving::WithinBound;
pub use organization::Organization;
pub use pulse::Rate;
pub use readers::{MemoryUse, Page};
pub use rebuild::{
    Control, DIFFERENCES_MAX, OnDifference, Outcome, Plan, RebuildError, RebuildProgress, Rebuilding, Rebuilt, Step,
};
pub use status::{GenerationState, GenerationStatus, Lag, LastError, Status};
pub use writer::{Batch, CommandError, How, Pending, Source};

use caseward_events::{Actor, Code, OrganizationName, Refusal};
use cold::Sources;
use keeper::Keeper;
use leaving::Within;
use organization::Register;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Checkpoints, EventStore, NoCheckpoints, StoreError};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, oneshot, watch};
use writer::{Message, QUEUE_COMMANDS_MAX, Reply, Request, Started, Work, Writer};

/// A key that the log uses and that is not there must not be made a second time: what is sealed under it would look as if
/// it had been erased.
fn has_keys(store: &dyn EventStore, register: &Register) -> Result<(), StoreError> {
    let used = register.highest_key();
    if store.keyring().is_made(used) {
        return Ok(());
    }
    let why = format!("the keys end before key {}, which the log uses", used.0);
    Err(StoreError::Corruption(format!("{why}; put the copy of `KEYS` that goes with this store in its place")))
}

/// Those of subjects that the log says are erased and that are there: the last stop came between the two, or the keys are
/// an older copy.
fn destroy_keys(store: &dyn EventStore, register: &Register) -> Result<(), StoreError> {
    let keyring = store.keyring();
    let doomed = |organization: Arc<Organization>| organization.views().keys_to_destroy().collect::<Vec<_>>();
    let mut doomed: Vec<_> = register.all().into_iter().flat_map(doomed).collect();
    doomed.retain(|number| keyring.key(*number).is_some());
    if doomed.is_empty() { Ok(()) } else { keyring.destroy(&doomed) }
}

/// See the module. Clones share one engine; it stops when the last is gone.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    register: Arc<RwLock<Register>>,
    /// Bounded by the room of each organization, and by this of the register.
    queue: UnboundedSender<Message>,
    register_room: Arc<Semaphore>,
    /// The number of the last group that is durable or gone.
    done: watch::Receiver<u64>,
    keeper: Arc<Keeper>,
    remarks: Arc<[String]>,
    /// When the last is gone, the keeper stops.
    _running: std::sync::mpsc::Sender<()>,
}

impl Engine {
    /// Folds everything the store holds, and starts the writer. `progress` hears of every piece read. Nothing is saved
    /// but the log.
    ///
    /// # Errors
    /// A fault or corruption of the store, or a log that is not what an engine wrote.
    pub async fn open(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Engine, OpenError> {
        Engine::open_with(store, Arc::new(NoCheckpoints), clock, progress).await
    }

    /// Loads what was saved of the views, folds what came since, and starts the writer; from then on the views are saved
    /// now and then. A checkpoint that cannot be trusted is set aside ([`Engine::remarks`]), and the log folded whole.
    ///
    /// # Errors
    /// As for [`Engine::open`]. Checkpoints are no reason to fail.
    pub async fn open_with(
        store: Arc<dyn EventStore>,
        checkpoints: Arc<dyn Checkpoints>,
        clock: Arc<dyn Clock>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Engine, OpenError> {
        Engine::open_within(None, store, checkpoints, clock, progress).await
    }

    /// The same with a bound on what is held in memory: cases that are saved leave it, and come back when they are asked
    /// for. What cannot leave is held whatever the bound; that it is more is remarked ([`Engine::remarks`]).
    ///
    /// # Errors
    /// As for [`Engine::open_with`].
    pub async fn open_within(
        bound: Option<MemoryBound>,
        store: Arc<dyn EventStore>,
        checkpoints: Arc<dyn Checkpoints>,
        clock: Arc<dyn Clock>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Engine, OpenError> {
        let store = store::offload(store);
        let sources = |store, checkpoints| Sources { store, checkpoints, runtime: Handle::current() };
        let within =
            bound.map(|bound| Within { bound, sources: sources(Arc::clone(&store), Arc::clone(&checkpoints)) });
        let opened = opening::open(&*store, &*checkpoints, within.as_ref(), progress).await?;
        has_keys(&*store, &opened.register)?;
        destroy_keys(&*store, &opened.register)?;
        let mut remarks = checkpoints.remarks();
        let register = Arc::new(RwLock::new(opened.register));
        let keeper = Keeper::new(Arc::clone(&store), checkpoints, Arc::clone(&register), opened.kept, within);
        let keeper = Arc::new(keeper);
        if let Some(remark) = remarks.last() {
            keeper.failed(clock.now(), remark.clone());
        }
        keeper.hold_to_bound();
        remarks.extend(keeper.too_little());
        keeper.start_bounding().map_err(OpenError::Thread)?;
        let epoch = store.claim().await?;
        let disk = (Arc::clone(&store), epoch, Arc::clone(&register), Arc::clone(&keeper));
        let Started { queue, done } = Writer::start(disk, Arc::clone(&clock)).map_err(OpenError::Thread)?;
        let register_room = Arc::new(Semaphore::new(QUEUE_COMMANDS_MAX));
        let (running, stopped) = std::sync::mpsc::channel();
        Arc::clone(&keeper).start(Arc::clone(&clock), stopped).map_err(OpenError::Thread)?;
        let remarks = remarks.into();
        Ok(Engine { store, clock, register, queue, register_room, done, keeper, remarks, _running: running })
    }

    /// What opening found that its user should be told: saved views that were set aside, and why; a bound on memory that
    /// cannot be kept.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Saves the views now, if there is enough that is not saved to be worth it, so that the next opening has little to
    /// fold. For a clean stop, once all answers are there; without it the next opening only takes longer.
    ///
    /// # Errors
    /// The views could not be saved; everything that was answered is stored all the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.keep(Keeper::close).await
    }

    /// Saves the views now, whatever little is new.
    ///
    /// # Errors
    /// As for [`Engine::close`].
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        self.keep(|keeper, runtime| keeper.save_all(1, runtime)).await
    }

    /// Has cases leave memory now, where more is held than a bound allows. The engine does so by itself; this is for whoever
    /// cannot wait.
    ///
    /// # Errors
    /// The engine is stopping.
    pub async fn hold_to_bound(&self) -> Result<(), StoreError> {
        self.keep(|keeper, _| {
            keeper.hold_to_bound();
            Ok(())
        })
        .await
    }

    async fn keep(
        &self,
        save: impl FnOnce(&Keeper, &Handle) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (keeper, runtime) = (Arc::clone(&self.keeper), Handle::current());
        let saved = tokio::task::spawn_blocking(move || save(&keeper, &runtime)).await;
        saved.unwrap_or_else(|panicked| {
            Err(StoreError::Fault { doing: "save views".to_owned(), source: Box::new(panicked) })
        })
    }

    /// An organization by name.
    ///
    /// # Errors
    /// `not_found`, where no operator created it.
    pub fn organization(&self, name: &OrganizationName) -> Result<Arc<Organization>, Refusal> {
        let register = self.register.read().unwrap_or_else(PoisonError::into_inner);
        register.get(name).ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("the organization `{name}` does not exist"))
                .hint(format!("create it, as an operator: caseward org create {name}"))
        })
    }

    /// All organizations, by name.
    #[must_use]
    pub fn organizations(&self) -> Vec<Arc<Organization>> {
        self.register.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// Creates an organization, durably.
    ///
    /// # Errors
    /// A fault of the store. The name being taken is a refusal in the answer.
    pub async fn create_organization(&self, name: OrganizationName, actor: Actor) -> Result<Answer, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::CreateOrganization { name, actor }, reply).await?;
        let mut answers = Pending(answer).await?;
        Ok(answers.pop().expect("one command has one answer"))
    }

    /// Sends commands and waits for their answers, in order: each after the sync of what it was decided on.
    ///
    /// # Errors
    /// A fault: nothing is known to be stored.
    pub async fn submit(&self, organization: &Arc<Organization>, batch: Batch) -> Result<Vec<Answer>, CommandError> {
        self.enqueue(organization, batch).await?.await
    }

    /// Sends commands without waiting for their answers; waits only while the queue of the organization is full.
    ///
    /// # Errors
    /// The engine has stopped.
    pub async fn enqueue(&self, organization: &Arc<Organization>, batch: Batch) -> Result<Pending, CommandError> {
        let (reply, answers) = oneshot::channel();
        let work = Work::Commands { organization: Arc::clone(organization), batch };
        self.send(work, reply).await?;
        Ok(Pending(answers))
    }

    async fn send(&self, work: Work, reply: oneshot::Sender<Reply>) -> Result<(), CommandError> {
        let (room, commands) = match &work {
            Work::Commands { organization, batch } => (&organization.room, batch.submissions.len()),
            Work::Rebuild { organization, .. } => (&organization.room, 1),
            Work::CreateOrganization { .. } => (&self.register_room, 1),
        };
        // No batch is too large to ever have room.
        let commands = u32::try_from(commands.clamp(1, QUEUE_COMMANDS_MAX)).expect("the queue is smaller");
        let room = Arc::clone(room).acquire_many_owned(commands).await.map_err(|_| CommandError::Stopped)?;
        self.queue.send(Message::Request(Request { work, reply, room })).map_err(|_| CommandError::Stopped)
    }
}
