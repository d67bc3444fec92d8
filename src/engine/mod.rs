//! The engine: asking, writing, keeping, over a store and a clock.
//!
//! A command goes through the bounded queue to the one writer (`write`), is decided on the views, and is answered after
//! the sync of everything it was decided on. A question (`ask`) reads the published head once and asks the same views
//! at it. What is held where, in memory, in the saved views, in the log, is for `keep`. All three stand on `tenant`,
//! one organization with its views, on `replay`, stored bytes to views, and on `crate::seams`. `engine_core` holds the
//! parts and their threads; an [`Organization`] and the [`Engine`] above it are handles to it.
//!
//! INVARIANT: no lock is held over a sync or any other I/O; what lies above the head is invisible to readers; `ask`
//! does not know `write`, nor either of them the other way round, and `keep` knows neither. This file knows all, and
//! none knows it. Absent on purpose: what stores events (`crate::store`), what opens and closes one (`crate::door`),
//! and any rule (`caseward_projections`).

pub mod activity;
pub mod answer;
pub(crate) mod ask;
mod believed_clock;
pub mod clock;
mod clock_note;
mod engine_core;
mod error;
mod followed;
mod keep;
mod organization;
mod replay;
mod steps;
mod tenant;
pub mod tokens;
mod workers;
mod write;

pub use answer::{Accepted, Answer};
pub use ask::labels::named;
pub use ask::lists::{WhoFound, WhoPart};
pub use ask::log::Page;
pub use ask::memory_use::MemoryUse;
pub use ask::pages::{AccessPage, ListOf, ListPage, WhoPage};
pub use ask::snapshot_for_head::HeadInput;
pub use ask::whereabouts::Search;
pub use ask::{ChangeFilter, ChangeLimits, Followed, Follower, QuestionLimits, Reader, report, timeline};
pub use clock::{Clock, ManualClock, SystemClock};
pub use clock_note::clock_in_doubt;
pub use error::{Error, Kind};
pub use keep::evictor::BoundUse;
pub use keep::memory_bound::{MemoryBound, NoSize};
pub use keep::rebuild::{
    Control, DIFFERENCES_MAX, OnDifference, Outcome, Plan, RebuildError, Rebuilding, Rebuilt, ServedViews,
};
pub use keep::saved_views::{SavedViews, compare_saved};
pub use organization::{Organization, WeakOrganization};
pub use replay::{OpenError, Progress, Retelling};
pub use write::{Batch, By, CommandError, EffectLimits, How, Pending, Source};

use crate::seams::{Checkpoints, NoCheckpoints, Storage, StoreError, offload};
use believed_clock::BelievedClock;
use caseward_events::answer::ClockInDoubt;
use caseward_events::{Actor, Code, OrganizationName, Refusal, Timestamp};
use clock_note::ClockNote;
use engine_core::Core;
use keep::checkpointer::Checkpointer;
use keep::memory_bound::Budgeted;
use keep::recovery;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use tenant::cold_store::ColdSources;
use tenant::register::Register;
use tenant::views_seal::ViewsSeal;
use tenant::{QUEUE_COMMANDS_MAX, Tenant};
use tokio::runtime::Handle;
use write::RegisterCommand;

/// Takes commands and answers questions about all organizations of a store. Clones share one engine; its threads end
/// when the last is gone, or when [`Engine::stop`] joins them.
#[derive(Clone)]
pub struct Engine(Arc<Core>);

/// Options for opening an engine. Defaults: no memory bound, commands accepted, no progress callback.
pub struct Options<'a> {
    /// Where views are saved.
    pub checkpoints: Arc<dyn Checkpoints>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// A bound on memory. Cases that are saved are evicted and loaded again on demand. What cannot be evicted stays in
    /// memory whatever the bound; if that alone exceeds the bound, [`Engine::remarks`] says so.
    pub memory: Option<MemoryBound>,
    /// Limits on the effect of one commit.
    pub limits: EffectLimits,
    /// What one question may come to.
    pub questions: QuestionLimits,
    /// If true, commands are refused.
    pub read_only: bool,
    /// Whether an operator says that the clock is right, which it is believed to be else only where nothing speaks against
    /// it ([`Engine::clock_in_doubt`]).
    pub accept_clock: bool,
    /// Called after each block of the log is read.
    pub progress: Option<&'a mut (dyn FnMut(Progress) + Send)>,
}

impl<'a> Options<'a> {
    /// The defaults: no memory bound, commands accepted, no progress callback.
    #[must_use]
    pub fn new(checkpoints: Arc<dyn Checkpoints>, clock: Arc<dyn Clock>) -> Self {
        let (memory, limits, questions) = (None, EffectLimits::default(), QuestionLimits::default());
        Options { checkpoints, clock, memory, limits, questions, read_only: false, accept_clock: false, progress: None }
    }

    /// Sets the memory bound, or removes it.
    #[must_use]
    pub fn within(self, memory: Option<MemoryBound>) -> Self {
        Options { memory, ..self }
    }

    /// Sets the limits on the effect of one commit.
    #[must_use]
    pub fn limited(self, limits: EffectLimits) -> Self {
        Options { limits, ..self }
    }

    /// With other limits on what one question may come to.
    #[must_use]
    pub fn answering(self, questions: QuestionLimits) -> Self {
        Options { questions, ..self }
    }

    /// Sets the progress callback: it is called after each block of the log is read.
    #[must_use]
    pub fn heard_by(self, progress: &'a mut (dyn FnMut(Progress) + Send)) -> Self {
        Options { progress: Some(progress), ..self }
    }
}

impl Engine {
    /// Folds everything the store holds, and starts the writer. `progress` is called after each block of the log is
    /// read. Views are not saved; only the log is durable.
    ///
    /// # Errors
    /// A fault or corruption of the store, or a log that is not what an engine wrote.
    pub async fn open(
        store: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Engine, OpenError> {
        Engine::open_with(store, Options::new(Arc::new(NoCheckpoints), clock).heard_by(progress)).await
    }

    /// Loads what was saved of the views, folds what came since, and starts the writer; from then on the views are
    /// saved now and then. A checkpoint that cannot be trusted is set aside ([`Engine::remarks`]), and the log folded
    /// whole.
    ///
    /// # Errors
    /// As for [`Engine::open`]. Checkpoints are no reason to fail.
    pub async fn open_with(store: Arc<dyn Storage>, options: Options<'_>) -> Result<Engine, OpenError> {
        let Options { checkpoints, clock, memory, limits, questions, read_only, accept_clock, progress } = options;
        let clock = Arc::new(BelievedClock::new(clock));
        let store = offload(store);
        let seal = ViewsSeal::of(store.keyring())?;
        let sources =
            |store, checkpoints| ColdSources { store, checkpoints, seal: seal.clone(), runtime: Handle::current() };
        let within =
            memory.map(|bound| Budgeted { bound, sources: sources(Arc::clone(&store), Arc::clone(&checkpoints)) });
        let opened =
            recovery::open(&*store, (&*checkpoints, &seal), within.as_ref(), progress.unwrap_or(&mut |_| {})).await?;
        has_keys(&*store, &opened.register)?;
        destroy_keys(&*store, &opened.register)?;
        let mut remarks = checkpoints.remarks();
        let register = Arc::new(RwLock::new(opened.register));
        let checkpointer =
            Checkpointer::new(Arc::clone(&store), (checkpoints, seal), Arc::clone(&register), opened.kept, within);
        let checkpointer = Arc::new(checkpointer);
        if let Some(remark) = remarks.last() {
            checkpointer.failed(clock.now(), remark.clone());
        }
        checkpointer.hold_to_bound();
        remarks.extend(checkpointer.too_little());
        let note = ClockNote::open(Arc::clone(&store), (Arc::clone(&register), Arc::clone(&clock)));
        if accept_clock {
            clock.accept();
        }
        let note = Arc::new(note);
        let epoch = store.claim().await?;
        let core = Core::start((store, epoch), (clock, note, (limits, questions)), register, checkpointer)
            .map_err(OpenError::Thread)?;
        Ok(Engine(Arc::new(Core { remarks, takes_commands: !read_only, ..core })))
    }

    /// Remarks for the user on the opening: saved views that were set aside, and why; a memory bound that cannot be
    /// kept.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.0.remarks
    }

    /// The engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.asking.clock.now()
    }

    /// Rows that questions have looked at since it was opened: users, cases, pairs of the two, turns of a right, events.
    #[must_use]
    pub fn rows_looked_at(&self) -> u64 {
        self.0.asking.rows.load(Ordering::Relaxed)
    }

    /// What it has done since it was opened.
    #[must_use]
    pub fn activity(&self) -> activity::Activity {
        self.0.tally.activity()
    }

    /// Commands that wait for the writer, of all organizations; a batch that is larger than the queue counts as the queue.
    #[must_use]
    pub fn commands_waiting(&self) -> usize {
        let all = self.0.register.read().unwrap_or_else(PoisonError::into_inner).all();
        all.iter().map(|tenant| QUEUE_COMMANDS_MAX.saturating_sub(tenant.room.available_permits())).sum()
    }

    /// Why the clock is not believed, where that is so: no command is taken until it is accepted or set back, and now goes
    /// on without what it jumped.
    #[must_use]
    pub fn clock_in_doubt(&self) -> Option<ClockInDoubt> {
        self.0.asking.clock.doubt()
    }

    /// An operator says that the clock is right as it stands.
    pub fn accept_clock(&self) {
        self.0.asking.clock.accept();
    }

    /// Why no command is taken any more: a write or a sync failed, or a thread panicked.
    #[must_use]
    pub fn poisoned(&self) -> Option<Arc<StoreError>> {
        self.0.poison.why().map(Arc::clone)
    }

    /// Whether it was opened to take commands.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.0.takes_commands
    }

    /// Saves the views now, if there is enough that is not saved to be worth it, so that the next opening has little to
    /// fold. For a clean stop, once all answers are there; without it the next opening only takes longer.
    ///
    /// # Errors
    /// The views could not be saved; everything that was answered is stored all the same.
    pub async fn save_views(&self) -> Result<(), StoreError> {
        self.keep(Checkpointer::close).await
    }

    /// Saves the views now, however few events are new.
    ///
    /// # Errors
    /// As for [`Engine::save_views`].
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        self.keep(|checkpointer, runtime| checkpointer.save_all(1, runtime)).await
    }

    /// Evicts cases now, if memory exceeds its bound. The engine does this by itself within milliseconds; call it only
    /// to force it, for instance in a test.
    ///
    /// # Errors
    /// The engine is stopping.
    pub async fn hold_to_bound(&self) -> Result<(), StoreError> {
        self.keep(|checkpointer, _| {
            checkpointer.hold_to_bound();
            Ok(())
        })
        .await
    }

    async fn keep(
        &self,
        save: impl FnOnce(&Checkpointer, &Handle) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (checkpointer, runtime) = (Arc::clone(&self.0.checkpointer), Handle::current());
        let saved = tokio::task::spawn_blocking(move || save(&checkpointer, &runtime)).await;
        saved.unwrap_or_else(|panicked| {
            Err(StoreError::Fault { doing: "save views".to_owned(), source: Box::new(panicked) })
        })
    }

    /// Stops the engine: commands that were sent are answered, running rebuilds are stopped with their progress saved,
    /// further commands are refused, and all threads are joined. Afterwards only clones of the engine and readers still
    /// hold the store. Returns the names of threads that had panicked.
    pub async fn stop(&self) -> Vec<String> {
        self.0.checkpointer.stop_rebuilds();
        // The sender lives in the engine, so this waits for nothing else.
        let _ = self.0.rebuilder.running.subscribe().wait_for(|running| *running == 0).await;
        self.0.queue.stop();
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let core = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || core.workers.join()).await.unwrap_or_default()
    }

    /// Never frees the views that it has now: for a program that is about to end, where to give back their memory piece by
    /// piece only takes time.
    pub fn leave_views(&self) {
        // One whose cases may leave memory holds the store, which has to be let go.
        let organizations = self.0.checkpointer.organizations().into_iter();
        organizations.filter(|organization| organization.cold().is_none()).for_each(std::mem::forget);
    }

    /// The organization of this name.
    ///
    /// # Errors
    /// `not_found`, where no operator created it.
    pub fn organization(&self, name: &OrganizationName) -> Result<Organization, Refusal> {
        let register = self.0.register.read().unwrap_or_else(PoisonError::into_inner);
        let tenant = register.get(name).ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("the organization `{name}` does not exist"))
                .hint(format!("create it, as an operator: caseward org create {name}"))
        })?;
        Ok(Organization::of(&self.0, tenant))
    }

    /// All organizations, sorted by name.
    #[must_use]
    pub fn organizations(&self) -> Vec<Organization> {
        let all = self.0.register.read().unwrap_or_else(PoisonError::into_inner).all();
        all.into_iter().map(|tenant| Organization::of(&self.0, tenant)).collect()
    }

    /// Creates an organization; it is durable when this returns.
    ///
    /// # Errors
    /// A fault of the store. The name being taken is a refusal in the answer.
    pub async fn create_organization(&self, name: OrganizationName, actor: Actor) -> Result<Answer, CommandError> {
        self.create_organization_for(name, actor.into()).await
    }

    /// The same for whoever asks through a caller of the service.
    ///
    /// # Errors
    /// As for [`Engine::create_organization`].
    pub async fn create_organization_for(&self, name: OrganizationName, by: By) -> Result<Answer, CommandError> {
        self.register(RegisterCommand::CreateOrganization(name), by).await
    }

    async fn register(&self, command: RegisterCommand, by: By) -> Result<Answer, CommandError> {
        self.0.takes_commands()?;
        let mut answers = self.0.queue.register(command, by).await?.await?;
        Ok(answers.pop().expect("one command has one answer"))
    }
}

impl Organization {
    /// The engine that serves this organization.
    #[must_use]
    pub fn engine(&self) -> Engine {
        Engine(Arc::clone(self.core()))
    }
}

/// A key that the log uses and that is not there must not be made a second time: what is sealed under it would look as
/// if it had been erased.
fn has_keys(store: &dyn Storage, register: &Register) -> Result<(), StoreError> {
    let used = register.highest_key();
    if store.keyring().is_made(used) {
        return Ok(());
    }
    let why = format!("the keys end before key {}, which the log uses", used.0);
    Err(StoreError::Corruption(format!("{why}; put the copy of `KEYS` that goes with this store in its place")))
}

/// Destroys the keys of subjects that the log says are erased, if they are still there: the last run stopped between
/// the two steps, or `KEYS` is an older copy.
fn destroy_keys(store: &dyn Storage, register: &Register) -> Result<(), StoreError> {
    let keyring = store.keyring();
    let doomed = |organization: Arc<Tenant>| organization.views().keys_to_destroy().collect::<Vec<_>>();
    let mut doomed: Vec<_> = register.all().into_iter().flat_map(doomed).collect();
    doomed.retain(|number| keyring.key(*number).is_some());
    if doomed.is_empty() { Ok(()) } else { keyring.destroy(&doomed) }
}
