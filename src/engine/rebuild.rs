//! Folding from zero beside the live views, comparing, and swapping.
//!
//! A rebuild makes a new generation of the views while the live one goes on serving: it folds the log (`making`), saves
//! itself on its way, compares row by row (`proof`), and swaps between two groups of the writer. INVARIANT: until the
//! swap nobody sees any of it; after it what was served lies on disk until it is dropped; killed at any moment it leaves
//! both as they were, and goes on from its last checkpoint. Absent on purpose: a state that says what it is doing. What is
//! there tells.

mod control;
mod making;
mod proof;

pub use control::{Control, RebuildProgress, Step};

use super::Engine;
use super::fold::OpenError;
use super::organization::Organization;
use super::store::{Generation, StoreError};
use super::writer::Work;
use caseward_events::Position;
use caseward_projections::compare::{Difference, Projection};
use making::Making;
pub(super) use proof::{Proof, ProofReply, finish};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What is to be rebuilt, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is compared and swapped. All are folded, as one is made of the others.
    pub projections: Vec<Projection>,
    /// What is done where they differ.
    pub on_difference: OnDifference,
    /// Saves what was made after so many events; where nothing is said, now and then.
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

/// What a rebuild came to.
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
    pub differences: Vec<Difference>,
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
        control::per_second(self.position.0 - self.from.0, self.folding)
    }
}

/// Differences that are told at most.
pub const DIFFERENCES_MAX: usize = 10_000;

/// Why a rebuild came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The log cannot be folded.
    #[error(transparent)]
    Fold(#[from] OpenError),
    /// What is made cannot be noted.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is one already.
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

impl Engine {
    /// Begins to rebuild an organization, or goes on where an earlier rebuild stopped: beside the live views and the running
    /// writer, on threads of its own.
    ///
    /// # Errors
    /// One is running.
    pub fn begin_rebuild(&self, organization: &Arc<Organization>, plan: Plan) -> Result<Rebuilding, RebuildError> {
        let control = self.control_of(organization)?;
        let (engine, organization, runtime) = (self.clone(), Arc::clone(organization), Handle::current());
        let steered = Arc::clone(&control);
        let run = move || runtime.block_on(engine.run_rebuild(&organization, &plan, &steered));
        Ok(Rebuilding { control, finished: tokio::task::spawn_blocking(run) })
    }

    /// Begins one and waits for its end.
    ///
    /// # Errors
    /// As for [`Engine::begin_rebuild`] and [`Rebuilding::finished`].
    pub async fn rebuild(&self, organization: &Arc<Organization>, plan: Plan) -> Result<Rebuilt, RebuildError> {
        self.begin_rebuild(organization, plan)?.finished().await
    }

    /// How far the rebuild of an organization is that runs.
    #[must_use]
    pub fn rebuilding(&self, organization: &Organization) -> Option<Arc<Control>> {
        organization.rebuilding().upgrade()
    }

    /// The generation that a projection was last rebuilt in.
    #[must_use]
    pub fn generation_of(&self, organization: &Organization, projection: Projection) -> Generation {
        organization.generations().of(projection)
    }

    /// Takes away what a rebuild has made that was stopped or refused; its generation, if there was one.
    ///
    /// # Errors
    /// One is running, or it cannot be taken away.
    pub async fn cancel_rebuild(&self, organization: &Arc<Organization>) -> Result<Option<Generation>, RebuildError> {
        let one_at_a_time = self.control_of(organization)?;
        let cancelled = self.on_shelves(organization, |keeper, organization, _| {
            let Some(made) = organization.generations().making else { return Ok(None) };
            making::take_away(keeper, organization, made)?;
            Ok(Some(made.generation))
        });
        let cancelled = cancelled.await;
        drop(one_at_a_time);
        cancelled
    }

    /// Drops the old generations of an organization: nothing goes back to them from then on.
    ///
    /// # Errors
    /// They cannot be taken away.
    pub async fn drop_old(&self, organization: &Arc<Organization>) -> Result<Vec<Generation>, RebuildError> {
        self.on_shelves(organization, making::drop_old).await
    }

    fn control_of(&self, organization: &Organization) -> Result<Arc<Control>, RebuildError> {
        let mut running: std::sync::MutexGuard<'_, Weak<Control>> = organization.rebuilding();
        if running.upgrade().is_some() {
            return Err(RebuildError::Running);
        }
        let control = Arc::new(Control::default());
        *running = Arc::downgrade(&control);
        Ok(control)
    }

    /// Where it may wait for a checkpoint that is being made.
    async fn on_shelves<T: Send + 'static>(
        &self,
        organization: &Arc<Organization>,
        work: impl FnOnce(&super::Keeper, &Organization, &Handle) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RebuildError> {
        let (keeper, organization, runtime) = (Arc::clone(&self.keeper), Arc::clone(organization), Handle::current());
        let done = tokio::task::spawn_blocking(move || work(&keeper, &organization, &runtime)).await;
        Ok(done.map_err(|_| RebuildError::Stopped)??)
    }

    #[expect(clippy::await_holding_lock, reason = "it runs on a thread of its own, and waits for the writer alone")]
    async fn run_rebuild(
        &self,
        organization: &Arc<Organization>,
        plan: &Plan,
        control: &Control,
    ) -> Result<Rebuilt, RebuildError> {
        let mut making = Making::begin(self, organization, plan, control).await?;
        if !fold_behind_others(&mut making)? {
            return making.give_up(control).await;
        }
        control.enter(Step::Comparing);
        let proof = making.prove().await?;
        if control.is_stopped() {
            making.save_proof(proof).await;
            return making.give_up(control).await;
        }
        // While it is held no checkpoint is made of the live views: what is saved where stays as it is until the swap.
        let mut kept = self.keeper.kept();
        let proof = making.with_ids(proof)?;
        let (done, finished) = oneshot::channel();
        let (reply, _) = oneshot::channel();
        let work = Work::Rebuild { organization: Arc::clone(organization), proof: Box::new(proof), done };
        self.send(work, reply).await.map_err(|_| RebuildError::Stopped)?;
        let proven = finished.await.map_err(|_| RebuildError::Stopped)??;
        control.enter(Step::Saving);
        making.settle(proven, kept.entry(organization.number()).or_default()).await
    }
}

/// On a thread that lets whoever answers go first, and so does the one that it starts. It holds no lock that anybody
/// waits for; what comes after it does.
fn fold_behind_others(making: &mut Making<'_>) -> Result<bool, RebuildError> {
    let runtime = Handle::current();
    std::thread::scope(|scope| {
        let fold = || {
            stand_back();
            runtime.block_on(making.fold())
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
