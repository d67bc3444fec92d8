//! Folding from zero beside the live views, comparing, and swapping.
//!
//! A rebuild makes a new generation of the views while the live one goes on serving: it folds the log (`build`), saves
//! itself on its way, compares row by row (`comparison`), and swaps between two groups of the writer. INVARIANT: until
//! the swap nobody sees any of it; after it what was served lies on disk until it is dropped; killed at any moment it
//! leaves both as they were, and goes on from its last checkpoint. Absent on purpose: a state that says what it is
//! doing. What is there tells.

mod answer;
mod build;
mod comparison;
mod served;

pub use crate::engine::keep::rebuild_control::Control;
use crate::engine::keep::rebuild_control::per_second;
use caseward_events::answer::RebuildStep;
pub(in crate::engine::keep) use comparison::differing_saved_ids;
pub use served::ServedViews;

use crate::engine::clock::Clock;
use crate::engine::keep::checkpointer::Checkpointer;
use crate::engine::replay::OpenError;
use crate::engine::tenant::Tenant;
use crate::seams::{Generation, Storage, StoreError};
use build::Build;
use caseward_events::Position;
use caseward_projections::{Projection, ViewDifference};
use comparison::{Compared, Comparison};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// What is to be rebuilt, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is compared and swapped. All are folded, as one is made of the others.
    pub projections: Vec<Projection>,
    /// What is done where they differ.
    pub on_difference: OnDifference,
    /// Saves what was made after so many events; by default, from time to time.
    pub save_every: Option<u64>,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { projections: Projection::ALL.to_vec(), on_difference: OnDifference::Refuse, save_every: None }
    }
}

/// What is done where live and rebuilt views differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDifference {
    /// Nothing is swapped; both are kept.
    Refuse,
    /// The rebuilt ones are served from then on: after a change of the rules.
    Accept,
}

/// How a rebuild ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rebuilt views are served; the old generation stays until it is dropped.
    Swapped,
    /// They differ, and the live ones are served still; what was rebuilt is kept for whoever accepts it.
    Refused,
    /// It was stopped, and goes on from there the next time.
    Stopped,
    /// It was cancelled: nothing of it is left.
    Cancelled,
}

/// The result of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// How it ended.
    pub outcome: Outcome,
    /// The generation that it made.
    pub generation: Generation,
    /// Where the two were compared; how far it was folded, where they were not.
    pub position: Position,
    /// From where on it folded: behind 0 it went on with what an earlier one had saved.
    pub from: Position,
    /// How long folding took.
    pub folding: Duration,
    /// What differs, of what was asked for and of what that stands on; at most [`DIFFERENCES_MAX`].
    pub differences: Vec<ViewDifference>,
    /// How many rows differ, of all projections.
    pub rows_that_differ: u64,
    /// Projections that differ and were not asked for; they are left as they are.
    pub others: Vec<Projection>,
    /// Why what was made is not saved: the next checkpoint tries again.
    pub not_saved: Option<String>,
}

impl Rebuilt {
    /// How fast it was folded.
    #[must_use]
    pub fn events_per_second(&self) -> u64 {
        per_second(self.position.0 - self.from.0, self.folding)
    }
}

/// Differences that are told at most.
pub const DIFFERENCES_MAX: usize = 10_000;

/// Why a rebuild failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The log cannot be folded.
    #[error(transparent)]
    Fold(#[from] OpenError),
    /// The result cannot be noted on disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A rebuild is running already.
    #[error("a rebuild of this organization is running")]
    Running,
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

/// A rebuild that runs. Dropping it stops it, with what was made saved.
#[derive(Debug)]
pub struct Rebuilding {
    control: Arc<Control>,
    finished: JoinHandle<Result<Rebuilt, RebuildError>>,
}

impl Rebuilding {
    /// What steers it, for whoever does not wait for it.
    #[must_use]
    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// The log cannot be read or folded, what is made cannot be noted, or the engine has stopped.
    pub async fn finished(mut self) -> Result<Rebuilt, RebuildError> {
        (&mut self.finished).await.unwrap_or(Err(RebuildError::Stopped))
    }
}

impl Drop for Rebuilding {
    fn drop(&mut self) {
        self.control.stop();
    }
}

/// Work for the thread of the writer.
pub(in crate::engine) type Job = Box<dyn FnOnce() + Send>;

/// The writer, as far as a rebuild needs it.
pub(in crate::engine) trait BetweenGroups: Send + Sync {
    /// Runs a job between two groups: everything decided before is durable by then, and nothing is decided meanwhile.
    /// Returns false, and drops the job, if the writer has stopped.
    fn run(&self, tenant: &Arc<Tenant>, job: Job) -> bool;
}

/// What rebuilds need.
#[derive(Clone)]
pub(in crate::engine) struct Rebuilder {
    pub(in crate::engine) store: Arc<dyn Storage>,
    pub(in crate::engine) checkpointer: Arc<Checkpointer>,
    pub(in crate::engine) clock: Arc<dyn Clock>,
    pub(in crate::engine) writer: Arc<dyn BetweenGroups>,
    /// How many rebuilds run.
    pub(in crate::engine) running: watch::Sender<usize>,
}

/// Counts a rebuild while it runs.
struct Running(watch::Sender<usize>);

impl Running {
    fn one_more(running: &watch::Sender<usize>) -> Running {
        running.send_modify(|running| *running += 1);
        Running(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

impl Rebuilder {
    /// Begins one, or goes on where an earlier one stopped: beside the live views and the running writer, on threads of
    /// its own.
    pub(in crate::engine) fn begin(&self, tenant: &Arc<Tenant>, plan: Plan) -> Result<Rebuilding, RebuildError> {
        let control = self.control_of(tenant)?;
        let (rebuilder, tenant, runtime) = (self.clone(), Arc::clone(tenant), Handle::current());
        let (steered, running) = (Arc::clone(&control), Running::one_more(&self.running));
        let run = move || {
            let rebuilt = runtime.block_on(rebuilder.run(&tenant, &plan, &steered));
            // Whoever waits for the store to be free must find that nothing of this holds it.
            drop((rebuilder, steered));
            drop(running);
            rebuilt
        };
        Ok(Rebuilding { control, finished: tokio::task::spawn_blocking(run) })
    }

    /// Takes away what one has made that was stopped or refused; its generation, if there was one.
    pub(in crate::engine) async fn cancel(&self, tenant: &Arc<Tenant>) -> Result<Option<Generation>, RebuildError> {
        let one_at_a_time = self.control_of(tenant)?;
        let cancelled = self.on_shelves(tenant, |checkpointer, tenant, _| {
            let Some(made) = tenant.generations().making else { return Ok(None) };
            build::take_away(checkpointer, tenant, made)?;
            Ok(Some(made.generation))
        });
        let cancelled = cancelled.await;
        drop(one_at_a_time);
        cancelled
    }

    /// Drops the old generations of an organization: nothing goes back to them from then on.
    pub(in crate::engine) async fn drop_old(&self, tenant: &Arc<Tenant>) -> Result<Vec<Generation>, RebuildError> {
        self.on_shelves(tenant, build::drop_old).await
    }

    fn control_of(&self, tenant: &Tenant) -> Result<Arc<Control>, RebuildError> {
        self.checkpointer.begin_rebuild(tenant).ok_or(RebuildError::Running)
    }

    /// Where it may wait for a checkpoint that is being made.
    async fn on_shelves<T: Send + 'static>(
        &self,
        tenant: &Arc<Tenant>,
        work: impl FnOnce(&Checkpointer, &Tenant, &Handle) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RebuildError> {
        let (checkpointer, tenant, runtime) = (Arc::clone(&self.checkpointer), Arc::clone(tenant), Handle::current());
        let done = tokio::task::spawn_blocking(move || work(&checkpointer, &tenant, &runtime)).await;
        Ok(done.map_err(|_| RebuildError::Stopped)??)
    }

    #[expect(clippy::await_holding_lock, reason = "it runs on a thread of its own, and waits for the writer alone")]
    async fn run(&self, tenant: &Arc<Tenant>, plan: &Plan, control: &Control) -> Result<Rebuilt, RebuildError> {
        let mut build = Build::begin(self, tenant, plan, control).await?;
        if !fold_behind_others(&mut build)? {
            return build.give_up(control).await;
        }
        control.enter(RebuildStep::Comparing);
        let comparison = build.compare().await?;
        if control.is_stopped() {
            build.save_comparison(comparison).await;
            return build.give_up(control).await;
        }
        // While it is held no checkpoint is made of the live views: what is saved where stays as it is until the swap.
        let mut kept = self.checkpointer.kept();
        let comparison = build.with_ids(comparison)?;
        let compared = self.finish(tenant, comparison).await?;
        control.enter(RebuildStep::Saving);
        build.settle(compared, kept.entry(tenant.number()).or_default()).await
    }

    /// Between two groups of the writer, where both stand at the head.
    async fn finish(&self, tenant: &Arc<Tenant>, comparison: Comparison) -> Result<Compared, RebuildError> {
        let (done, finished) = oneshot::channel();
        let (store, runtime, of) = (Arc::clone(&self.store), Handle::current(), Arc::clone(tenant));
        let job = move || {
            let compared = runtime.block_on(comparison::finish(&*store, &of, comparison));
            drop((store, of));
            // Nobody may be waiting any more; the views are right either way.
            let _ = done.send(compared);
        };
        if !self.writer.run(tenant, Box::new(job)) {
            return Err(RebuildError::Stopped);
        }
        finished.await.map_err(|_| RebuildError::Stopped)?
    }
}

/// On a thread that lets whoever answers go first, and so does the one that it starts. It holds no lock that anybody
/// waits for; what comes after it does.
fn fold_behind_others(build: &mut Build<'_>) -> Result<bool, RebuildError> {
    let runtime = Handle::current();
    std::thread::scope(|scope| {
        let fold = || {
            stand_back();
            runtime.block_on(build.fold())
        };
        let folding = std::thread::Builder::new().name("caseward-rebuild".to_owned()).spawn_scoped(scope, fold);
        let folding = folding.map_err(|error| RebuildError::Fold(OpenError::Thread(error)))?;
        folding.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    })
}

/// Only on Linux a thread has a priority of its own. Without one it is slower for the others, and as right.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, LAST) {
        tracing::debug!(%error, "the rebuild does not stand back");
    }
}

#[cfg(target_os = "linux")]
const LAST: i32 = 19;
