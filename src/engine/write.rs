//! The one writer: takes what waits, decides it on the views, writes it with one sync, publishes the head, answers.
//!
//! Two stages. `run` and [`commit_group`] decide: everything that waits, of each organization in turn ([`fair_queue`]),
//! is one group. [`committer`] writes a group with one sync, publishes the heads and answers, while the next group is
//! decided ahead of the head, on events that are not durable yet. There is no artificial delay: the sync is the window
//! in which a group gathers. A command that comes alone is written by the thread that decided it, which spares it a
//! hop.
//!
//! INVARIANT: every answer of a group, refusals and no-changes included, goes out after the sync of the last event it
//! could have been decided on. If a group cannot be written, it and the one decided on it are taken off the views
//! before anybody is told; then the store takes no more, and neither does the writer, until a restart.
//! The queue is bounded, for each organization by itself: who sends more waits, and holds nobody else up.
//! Dry runs never come here: [`dry_runs`] decides them on views of their own, by the same means.

mod batch;
mod budget;
mod commit_group;
mod committer;
mod dry_runs;
mod envelope;
mod fair_queue;
mod foresee;
mod queue;
mod register_command;
mod reply;
mod sealing;

pub use batch::{Batch, How, Source};
pub use budget::EffectLimits;
pub(in crate::engine) use queue::Queue;
pub use register_command::By;
pub(in crate::engine) use register_command::RegisterCommand;
pub use reply::{CommandError, Pending};

use crate::engine::activity::Tally;
use crate::engine::believed_clock::BelievedClock;
use crate::engine::keep::checkpointer::Checkpointer;
use crate::engine::keep::rebuild::Job;
use crate::engine::tenant::register::Register;
use crate::engine::tenant::{QUEUE_COMMANDS_MAX, Tenant};
use crate::engine::workers::{PanicGuard, Poison, Workers};
use crate::seams::{Epoch, Storage};
use commit_group::CommitGroup;
use committer::{Committer, Pipeline};
use dry_runs::DryRuns;
use fair_queue::FairQueue;
use reply::ReplyTo;
use std::sync::{Arc, RwLock};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Events of one group; commands decided beyond that wait for the next one.
const GROUP_EVENTS_MAX: usize = 2_048;

struct Request {
    work: Work,
    reply: ReplyTo,
    /// Its place in the bounded queue, free again once it is decided; none where it takes none.
    room: Option<OwnedSemaphorePermit>,
}

/// What is sent to the writer.
enum Message {
    Request(Request),
    /// The group that was being written is durable, or has failed.
    Done,
    /// Nothing more will be sent: answer what is there, and end.
    Stop,
}

enum Work {
    Commands { organization: Arc<Tenant>, batch: Batch },
    Register { command: RegisterCommand, by: By },
    BetweenGroups { organization: Arc<Tenant>, job: Job },
}

impl Work {
    /// How many commands it decides.
    fn commands(&self) -> usize {
        match self {
            Work::Commands { batch, .. } => batch.submissions.len(),
            Work::Register { .. } => 1,
            Work::BetweenGroups { .. } => 0,
        }
    }
}

/// The first stage, on a thread of its own.
pub(super) struct Writer {
    // Dropped first: whoever finds that nothing is taken any more must find the engine poisoned.
    _guard: PanicGuard,
    clock: Arc<BelievedClock>,
    messages: UnboundedReceiver<Message>,
    queue: FairQueue,
    pipeline: Pipeline,
}

/// What the writer is started with.
pub(in crate::engine) struct Tools {
    pub(super) store: Arc<dyn Storage>,
    /// What the engine writes under, since it claimed the log.
    pub(super) epoch: Epoch,
    pub(super) register: Arc<RwLock<Register>>,
    pub(super) checkpointer: Arc<Checkpointer>,
    pub(super) clock: Arc<BelievedClock>,
    pub(super) poison: Arc<Poison>,
    pub(super) tally: Arc<Tally>,
    pub(super) limits: EffectLimits,
}

impl Writer {
    /// Starts both stages, and tells the number of the last group that is durable or gone. They end when they are told
    /// to, or the queue is gone, and all that was sent is answered.
    pub(super) fn start(tools: Tools, workers: &Workers) -> std::io::Result<(Queue, watch::Receiver<u64>)> {
        let Tools { store, epoch, register, checkpointer, clock, poison, tally, limits } = tools;
        let (queue, messages) = unbounded_channel();
        let (done, is_done) = watch::channel(0);
        let guard = poison.guard("decides commands");
        let committer = |done| {
            let (store, register, checkpointer) =
                (Arc::clone(&store), Arc::clone(&register), Arc::clone(&checkpointer));
            let (digester, runtime) = (sealing::digester(&*store), Handle::current());
            let (poison, tally) = (Arc::clone(&poison), Arc::clone(&tally));
            Committer { store, epoch, digester, register, checkpointer, runtime, done, poison, tally, limits }
        };
        let (dry_runs, trying) =
            DryRuns::start(Arc::clone(&clock), Pipeline::to_nowhere(committer(watch::channel(0).0)))?;
        workers.add(trying);
        let register_room = Arc::new(Semaphore::new(QUEUE_COMMANDS_MAX));
        let given = Queue { messages: queue, dry_runs, register_room, poison: Arc::clone(&poison) };
        let committer = committer(done);
        let (pipeline, committing) = Pipeline::start(committer, given.messages.downgrade())?;
        workers.add(committing);
        let writer = Writer { _guard: guard, clock, messages, queue: FairQueue::default(), pipeline };
        workers.add(std::thread::Builder::new().name("caseward-writer".to_owned()).spawn(move || writer.run())?);
        Ok((given, is_done))
    }

    fn run(mut self) {
        while self.wait() {
            self.gather();
            if let Some(job) = self.group() {
                // It looks at the head, so what was decided before it must be there first.
                self.pipeline.drain();
                job();
            }
        }
        self.pipeline.drain();
    }

    /// Until a request waits; false when none will come any more.
    fn wait(&mut self) -> bool {
        while self.queue.is_empty() {
            match self.messages.blocking_recv() {
                Some(message) => self.hear(message),
                None => return false,
            }
        }
        true
    }

    /// Takes everything that was sent into the queue.
    fn gather(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.queue.push(request),
            Message::Done => self.pipeline.poll(),
            // What was sent before is still there to be taken.
            Message::Stop => self.messages.close(),
        }
    }

    /// Decides everything that waits, and what comes while another group is being written; then sends it on. Gives back
    /// a job that is to be done between two groups.
    fn group(&mut self) -> Option<Job> {
        let mut due = self.queue.len();
        let mut group = CommitGroup::new(Arc::clone(&self.clock), self.pipeline.next_group(), due);
        let mut between = None;
        while !self.pipeline.is_doomed() && group.events() < GROUP_EVENTS_MAX && (due > 0 || self.pipeline.is_busy()) {
            match self.queue.next() {
                Some(Request { work: Work::BetweenGroups { job, .. }, .. }) => {
                    between = Some(job);
                    break;
                }
                Some(request) => {
                    due = due.saturating_sub(1);
                    group.take(request, &mut self.pipeline);
                }
                // Nothing left to decide, and the disk is not ready for more.
                None => match self.messages.blocking_recv() {
                    Some(message) => self.hear(message),
                    None => self.pipeline.drain(),
                },
            }
            self.gather();
        }
        self.pipeline.send(group);
        between
    }
}
