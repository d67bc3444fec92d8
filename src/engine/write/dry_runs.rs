//! Dry runs: decided beside the writer, on a thread of their own, and on second views of the organization.
//!
//! Each is decided at the head that is published when its turn comes, by what decides commands ([`CommitGroup`]), on a
//! [twin](crate::engine::tenant::twin) of the organization, which goes on to that head first. INVARIANT: neither the
//! writer nor anybody who asks ever waits for a dry run, and none leaves a trace: what is decided is taken off the twin
//! again, and a twin that is not as it was, whatever the reason, is dropped. One that nobody waits for any more ends
//! at its next slice. Absent on purpose: another way to decide, or to tell what changes.

use super::commit_group::CommitGroup;
use super::committer::Pipeline;
use super::fair_queue::FairQueue;
use super::reply::{CommandError, Reply};
use super::{Batch, Message, Request, Work};
use crate::engine::believed_clock::BelievedClock;
use crate::engine::replay::OpenError;
use crate::engine::tenant::Tenant;
use crate::seams::{Generation, OrganizationNumber, StoreError};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a twin is kept for the next dry run.
const KEPT: Duration = Duration::from_secs(60);
/// What the cases of a twin may take in memory; beyond it, the next dry run makes another one.
const CASES_BYTES_MAX: u64 = 64 << 20;
/// A twin that lies so many events behind the head, and a fourth of them, is made anew: that takes less.
const BEHIND_EVENTS_MAX: u64 = 65_536;

/// Where dry runs are sent.
pub(super) struct ToDryRuns {
    messages: Sender<Message>,
    has_stopped: Arc<AtomicBool>,
}

impl ToDryRuns {
    /// Nobody takes it, where the thread has ended.
    pub(super) fn send(&self, request: Request) -> Result<(), ()> {
        self.messages.send(Message::Request(request)).map_err(drop)
    }

    /// None is answered any more.
    pub(super) fn stop(&self) {
        self.has_stopped.store(true, Ordering::Relaxed);
        // It may have ended already.
        let _ = self.messages.send(Message::Stop);
    }
}

/// See the module.
pub(super) struct DryRuns {
    clock: Arc<BelievedClock>,
    messages: Receiver<Message>,
    has_stopped: Arc<AtomicBool>,
    queue: FairQueue,
    /// Nothing goes through it.
    pipeline: Pipeline,
    twins: BTreeMap<OrganizationNumber, Twin>,
}

/// Second views, with nothing on them above the position that they are at.
struct Twin {
    of: Arc<Tenant>,
    /// The generation of views that it was made of.
    generation: Generation,
    asked: Instant,
}

impl DryRuns {
    pub(super) fn start(clock: Arc<BelievedClock>, pipeline: Pipeline) -> std::io::Result<(ToDryRuns, JoinHandle<()>)> {
        let (sender, messages) = channel();
        let has_stopped = Arc::<AtomicBool>::default();
        let given = ToDryRuns { messages: sender, has_stopped: Arc::clone(&has_stopped) };
        let (queue, twins) = (FairQueue::default(), BTreeMap::new());
        let dry_runs = DryRuns { clock, messages, has_stopped, queue, pipeline, twins };
        let run = move || dry_runs.run();
        Ok((given, std::thread::Builder::new().name("caseward-dry-runs".to_owned()).spawn(run)?))
    }

    fn run(mut self) {
        while self.wait() {
            if let Some(request) = self.queue.next() {
                self.answer(request);
            }
            self.twins.retain(|_, twin| twin.asked.elapsed() < KEPT);
        }
    }

    /// Until a request waits; false when none is answered any more.
    fn wait(&mut self) -> bool {
        while let Ok(message) = self.messages.try_recv() {
            self.hear(message);
        }
        while self.queue.is_empty() && !self.has_stopped.load(Ordering::Relaxed) {
            let heard = if self.twins.is_empty() {
                self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.messages.recv_timeout(KEPT)
            };
            match heard {
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            self.twins.retain(|_, twin| twin.asked.elapsed() < KEPT);
        }
        !self.has_stopped.load(Ordering::Relaxed)
    }

    fn hear(&mut self, message: Message) {
        if let Message::Request(request) = message {
            self.queue.push(request);
        }
    }

    fn answer(&mut self, Request { work, reply, room }: Request) {
        let Work::Commands { organization, batch } = work else { return };
        let has_stopped = Arc::clone(&self.has_stopped);
        let goes_on = || reply.is_waited_for() && !has_stopped.load(Ordering::Relaxed);
        // Whatever a panic has left behind is dropped with the twin.
        let answered = catch_unwind(AssertUnwindSafe(|| self.decided(&organization, batch, &goes_on)));
        let answered = answered.unwrap_or_else(|_| {
            let doing = "answer a dry run".to_owned();
            let fault = OpenError::from(StoreError::Fault { doing, source: "it panicked".into() });
            Err(CommandError::Cases(Arc::new(fault)))
        });
        drop(room);
        if let Ok(answers) = &answered {
            self.pipeline.committer().tally.answered(answers);
        }
        reply.send(answered);
    }

    fn decided(&mut self, organization: &Arc<Tenant>, batch: Batch, goes_on: &dyn Fn() -> bool) -> Reply {
        if let Some(error) = self.pipeline.refuses() {
            return Err(CommandError::Store(Arc::clone(error)));
        }
        if let Some(doubt) = self.clock.doubt() {
            return Err(CommandError::Clock(doubt));
        }
        if !goes_on() {
            return Err(CommandError::Stopped);
        }
        // Not in its place meanwhile: it is put back only as it was.
        let twin = self.twin(organization).map_err(|error| CommandError::Cases(Arc::new(error)))?;
        twin.of.recall(organization.behind(), organization.told());
        let mut group = CommitGroup::new(Arc::clone(&self.clock), 0, batch.submissions.len());
        let answered = group.try_out(&twin.of, batch, (&mut self.pipeline, goes_on));
        if twin.is_worth_keeping() {
            self.twins.insert(organization.number(), Twin { asked: Instant::now(), ..twin });
        }
        answered
    }

    /// The twin of an organization at its head.
    fn twin(&mut self, organization: &Arc<Tenant>) -> Result<Twin, OpenError> {
        let generation = organization.generations().current.generation;
        let head = organization.head();
        let is_near = |twin: &Twin| {
            let behind = head.0 - twin.of.head().0;
            twin.generation == generation && (behind <= BEHIND_EVENTS_MAX || behind <= head.0 / 4)
        };
        let twin = self.twins.remove(&organization.number()).filter(is_near);
        let twin = match twin {
            Some(twin) => twin,
            None => Twin { of: organization.twin()?, generation, asked: Instant::now() },
        };
        let committer = self.pipeline.committer();
        twin.of.go_on_to(head, (&*committer.store, &committer.runtime))?;
        Ok(twin)
    }
}

impl Twin {
    /// Nothing stands on it, and it is small.
    fn is_worth_keeping(&self) -> bool {
        self.of.views().tip() == self.of.head() && self.of.held_bytes() <= CASES_BYTES_MAX
    }
}
