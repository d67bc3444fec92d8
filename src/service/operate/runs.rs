//! Runs: rebuilds, backups and verifications that were started over HTTP, from their start until some later ones have ended.
//!
//! INVARIANT: of each kind one goes on at a time; it goes on without whoever started it, on a thread of its own, and ends
//! with the service. Absent on purpose: what each does ([`super::rebuilds`], [`super::backups`], [`super::verification`]).

use crate::engine::Engine;
use crate::seams::OrganizationNumber;
use crate::service::problem::Problem;
use crate::service::stages::{Stage, Stages};
use caseward_events::Timestamp;
use caseward_events::answer::{
    BackupAnswer, BackupProgress, RebuildAnswer, RebuildProgress, RunAnswer, RunState, VerifyAnswer, VerifyProgress,
};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// What a run does, and to what. One of each goes on at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::service) enum Kind {
    /// Of one organization.
    Rebuild(OrganizationNumber),
    Backup,
    Verification,
}

/// Runs of each kind that are told of, the one that goes on among them.
const KEPT: usize = 16;

/// How far it is.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Progress {
    Rebuild(RebuildProgress),
    Backup(BackupProgress),
    Verification(VerifyProgress),
}

/// What it came to.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    Rebuild(Box<RebuildAnswer>),
    Backup(BackupAnswer),
    Verification(VerifyAnswer),
}

/// How it ended.
pub(super) enum End {
    Done(Outcome),
    Cancelled(Option<Outcome>),
    Failed(Problem),
}

/// What is wanted of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    #[default]
    GoOn,
    /// To end, with what is done kept.
    Stop,
    /// To end, with nothing kept.
    Cancel,
}

/// How a look at its progress is taken.
pub(super) type Look = Box<dyn Fn() -> Option<Progress> + Send + Sync>;

/// One of them.
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) by: String,
    pub(super) begun: Timestamp,
    look: Look,
    wish: watch::Sender<Wish>,
    end: watch::Sender<Option<(Timestamp, Arc<End>)>>,
}

/// All of them.
pub(in crate::service) struct Runs {
    kinds: Mutex<BTreeMap<Kind, VecDeque<Arc<Run>>>>,
    last: AtomicU64,
    going: watch::Sender<usize>,
    stages: Stages,
}

/// Counts a run while it goes on.
struct Going(watch::Sender<usize>);

impl Drop for Going {
    fn drop(&mut self) {
        self.0.send_modify(|going| *going -= 1);
    }
}

impl Runs {
    pub(in crate::service) fn new(stages: Stages) -> Runs {
        Runs { kinds: Mutex::default(), last: AtomicU64::new(0), going: watch::Sender::new(0), stages }
    }

    /// Starts one, unless one of its kind goes on: then that one is the error. `begin` makes what it works with, and may fail;
    /// `work` is done on a thread of its own.
    pub(super) fn start<B, E, F>(
        &self,
        kind: Kind,
        (by, engine): (String, Engine),
        begin: impl FnOnce() -> Result<(B, Look), E>,
        work: impl FnOnce(B, Arc<Run>) -> F + Send + 'static,
    ) -> Result<Result<Arc<Run>, E>, Arc<Run>>
    where
        B: Send + 'static,
        F: Future<Output = End>,
    {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kinds.entry(kind).or_default();
        if let Some(going) = known.iter().find(|run| !run.has_ended()) {
            return Err(Arc::clone(going));
        }
        let (begun, look) = match begin() {
            Ok(begun) => begun,
            Err(why) => return Ok(Err(why)),
        };
        let now = engine.now();
        let id = self.next(now);
        let run =
            Arc::new(Run { id, by, begun: now, look, wish: watch::Sender::default(), end: watch::Sender::default() });
        known.push_back(Arc::clone(&run));
        while known.len() > KEPT {
            known.pop_front();
        }
        drop(kinds);
        self.going.send_modify(|going| *going += 1);
        let going = Going(self.going.clone());
        let (runtime, worked) = (Handle::current(), Arc::clone(&run));
        tokio::spawn(told_to_stop(self.stages.clone(), Arc::clone(&run)));
        tokio::task::spawn_blocking(move || {
            let unless_panicked = Ended(Some((Arc::clone(&worked), engine)));
            let end = runtime.block_on(work(begun, Arc::clone(&worked)));
            unless_panicked.with(end);
            // Whoever waits for the store to be free must find that nothing of this holds it.
            drop(going);
        });
        Ok(Ok(run))
    }

    /// Later ones are higher, also than those of a service that ran before.
    fn next(&self, now: Timestamp) -> u64 {
        let now = u64::try_from(now.as_micros()).unwrap_or(0);
        let step = |last: u64| Some(now.max(last + 1));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        before.map_or(now, |last| now.max(last + 1))
    }

    /// Those of a kind that are known, oldest first.
    pub(super) fn all(&self, kind: Kind) -> Vec<Arc<Run>> {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.get(&kind).into_iter().flatten().cloned().collect()
    }

    /// One by its number.
    pub(super) fn one(&self, kind: Kind, id: &str) -> Option<Arc<Run>> {
        let id: u64 = id.parse().ok()?;
        self.all(kind).into_iter().find(|run| run.id == id)
    }

    /// Waits for the end of all, which the end of the service brings. False where that takes too long.
    pub(in crate::service) async fn all_ended(&self, within: Duration) -> bool {
        let mut going = self.going.subscribe();
        tokio::time::timeout(within, going.wait_for(|going| *going == 0)).await.is_ok()
    }
}

/// The end of the service ends it, with what is done kept.
async fn told_to_stop(stages: Stages, run: Arc<Run>) {
    tokio::select! {
        () = stages.reached(Stage::Stopping) => run.want(Wish::Stop),
        () = run.ended() => {}
    }
}

/// Says that a run has ended, at the latest when it is dropped.
struct Ended(Option<(Arc<Run>, Engine)>);

impl Ended {
    fn with(mut self, end: End) {
        if let Some((run, engine)) = self.0.take() {
            run.has_come_to(engine.now(), end);
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some((run, engine)) = self.0.take() {
            let panicked = std::io::Error::other("its thread panicked");
            let problem = crate::service::problem::of_store(crate::engine::Kind::Fault, &panicked);
            run.has_come_to(engine.now(), End::Failed(problem));
        }
    }
}

impl Run {
    /// Tells it what is wanted of it. Once it is to be cancelled, it is.
    pub(super) fn want(&self, wish: Wish) {
        self.wish.send_if_modified(|now| {
            let changes = *now != wish && *now != Wish::Cancel;
            if changes {
                *now = wish;
            }
            changes
        });
    }

    /// What is wanted, once it is not to go on.
    pub(super) async fn told_to_end(&self) -> Wish {
        let mut wish = self.wish.subscribe();
        let wanted = wish.wait_for(|wish| *wish != Wish::GoOn).await;
        wanted.map_or(Wish::Stop, |wish| *wish)
    }

    /// Whether it is not to go on.
    pub(super) fn is_told_to_end(&self) -> bool {
        *self.wish.borrow() != Wish::GoOn
    }

    /// Waits until it is cancelled, if it ever is.
    pub(super) async fn is_cancelled(&self) {
        let mut wish = self.wish.subscribe();
        // It is never dropped before, as this holds it.
        let _ = wish.wait_for(|wish| *wish == Wish::Cancel).await;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// Waits until it has.
    pub(super) async fn ended(&self) {
        let mut end = self.end.subscribe();
        // It is never dropped before, as this holds it.
        let _ = end.wait_for(Option::is_some).await;
    }

    fn has_come_to(&self, at: Timestamp, end: End) {
        self.end.send_replace(Some((at, Arc::new(end))));
    }

    /// As whoever watches it sees it.
    pub(super) fn answer(&self) -> RunAnswer<Progress, Outcome> {
        let ended = self.end.borrow().clone();
        let (state, outcome, problem) = match ended.as_ref().map(|(_, end)| &**end) {
            None if *self.wish.borrow() == Wish::GoOn => (RunState::Running, None, None),
            None => (RunState::Ending, None, None),
            Some(End::Done(outcome)) => (RunState::Done, Some(outcome.clone()), None),
            Some(End::Cancelled(outcome)) => (RunState::Cancelled, outcome.clone(), None),
            Some(End::Failed(problem)) => (RunState::Failed, None, Some(problem.to_value())),
        };
        RunAnswer {
            id: self.id,
            state,
            by: self.by.clone(),
            begun: self.begun,
            ended: ended.map(|(at, _)| at),
            progress: (self.look)(),
            outcome,
            problem,
        }
    }
}
