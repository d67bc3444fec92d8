//! The one writer: takes what waits, decides it on the views, writes it with one sync, publishes the head, answers.
//!
//! Two stages. `run` and [`group`] decide: everything that waits, of each organization in turn ([`lines`]), is one group.
//! [`disk`] writes a group with one sync, publishes the heads and answers, while the next group is decided ahead of the
//! head, on events that are not durable yet. There is no artificial delay: the sync is the window in which a group
//! gathers. A command that comes alone is written by the thread that decided it, which spares it a hop.
//!
//! INVARIANT: every answer of a group, refusals and no-changes included, goes out after the sync of the last event it
//! could have been decided on. If a group cannot be written, it and the one decided on it are taken off the views
//! before anybody is told; then the store takes no more, and neither does the writer, until a restart.
//! The queue is bounded, for each organization by itself: who sends more waits, and holds nobody else up.

mod disk;
mod envelope;
mod group;
mod lines;
mod sealing;

use super::answer::Answer;
use super::clock::Clock;
use super::keeper::Keeper;
use super::organization::{Organization, Register};
use super::rebuild::{self, Proof, ProofReply};
use super::store::{Epoch, EventStore, StoreError};
use caseward_events::{Actor, OrganizationName, Refusal, Submission};
use disk::{Disk, Outlet};
use group::Group;
use lines::Lines;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

/// Events of one group; commands decided beyond that wait for the next one.
const GROUP_EVENTS_MAX: usize = 2_048;

/// Commands of one organization that may wait for the writer; whoever sends more waits too. A larger batch counts as so
/// many.
pub(super) const QUEUE_COMMANDS_MAX: usize = 4_096;

/// Commands that are sent together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Each as parsed, or why it could not be: that is its answer.
    pub submissions: Vec<Result<Submission, Refusal>>,
    /// What is to be done with them.
    pub how: How,
}

impl Batch {
    /// One line.
    #[must_use]
    pub fn one(line: &[u8], how: How) -> Batch {
        Batch { submissions: vec![Submission::parse(line)], how }
    }
}

/// What is to be done with commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// When they happen.
    pub source: Source,
    /// As one commit or not at all.
    pub atomic: bool,
    /// Answer, and append nothing.
    pub dry_run: bool,
}

/// When commands happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Now.
    #[default]
    Live,
    /// When they say.
    Import,
}

/// Why commands have no answer. Whether they are stored is not known but for `Stopped`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The write or the sync failed, now or before. Since then no command is taken; questions are answered still.
    #[error("cannot store the commands")]
    Store(#[source] Arc<StoreError>),
    /// What is stored cannot be read back, to answer a known id.
    #[error("cannot read back what an earlier command stored")]
    ReadBack(#[source] Arc<super::OpenError>),
    /// The engine has stopped.
    #[error("the engine has stopped; the commands were not taken")]
    Stopped,
}

/// Answers to come.
#[derive(Debug)]
pub struct Pending(pub(super) oneshot::Receiver<Reply>);

impl Future for Pending {
    type Output = Result<Vec<Answer>, CommandError>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.0).poll(context);
        received.map(|reply| reply.unwrap_or(Err(CommandError::Stopped)))
    }
}

pub(super) type Reply = Result<Vec<Answer>, CommandError>;

pub(super) struct Request {
    pub(super) work: Work,
    pub(super) reply: oneshot::Sender<Reply>,
    /// Its place in the bounded queue, free again once it is decided.
    pub(super) room: OwnedSemaphorePermit,
}

/// What the writer hears of.
pub(super) enum Message {
    Request(Request),
    /// The group on its way to the disk has arrived, or has not.
    Landed,
}

pub(super) enum Work {
    Commands { organization: Arc<Organization>, batch: Batch },
    CreateOrganization { name: OrganizationName, actor: Actor },
    Rebuild { organization: Arc<Organization>, proof: Box<Proof>, done: ProofReply },
}

/// The first stage, on a thread of its own.
pub(super) struct Writer {
    clock: Arc<dyn Clock>,
    messages: UnboundedReceiver<Message>,
    lines: Lines,
    outlet: Outlet,
}

/// The engine's side of a writer that runs.
pub(super) struct Started {
    pub(super) queue: UnboundedSender<Message>,
    /// The number of the last group that is durable or gone.
    pub(super) done: watch::Receiver<u64>,
}

impl Writer {
    /// Starts both stages. They end when the last sender of the queue is gone and all that it sent is answered.
    pub(super) fn start(
        (store, epoch, register, keeper): (Arc<dyn EventStore>, Epoch, Arc<RwLock<Register>>, Arc<Keeper>),
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Started> {
        let (queue, messages) = unbounded_channel();
        let (done, is_done) = watch::channel(0);
        let digester = sealing::digester(&*store);
        let disk = Disk { store, epoch, digester, register, keeper, runtime: Handle::current(), done };
        let outlet = Outlet::start(disk, queue.downgrade())?;
        let writer = Writer { clock, messages, lines: Lines::default(), outlet };
        std::thread::Builder::new().name("caseward-writer".to_owned()).spawn(move || writer.run())?;
        Ok(Started { queue, done: is_done })
    }

    fn run(mut self) {
        while self.wait() {
            self.gather();
            if let Some(request) = self.group() {
                self.finish_rebuild(request);
            }
        }
        self.outlet.land();
    }

    /// Until a request waits; false when none will come any more.
    fn wait(&mut self) -> bool {
        while self.lines.is_empty() {
            match self.messages.blocking_recv() {
                Some(message) => self.hear(message),
                None => return false,
            }
        }
        true
    }

    /// Takes in what has been sent.
    fn gather(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.lines.push(request),
            Message::Landed => self.outlet.poll(),
        }
    }

    /// Decides everything that waits, and what comes while another group is being written; then sends it on. Gives back
    /// a request that wants to stand between two groups.
    fn group(&mut self) -> Option<Request> {
        let mut due = self.lines.len();
        let mut group = Group::new(Arc::clone(&self.clock), self.outlet.next_group(), due);
        let mut between = None;
        while !self.outlet.is_doomed() && group.events() < GROUP_EVENTS_MAX && (due > 0 || self.outlet.is_busy()) {
            match self.lines.next() {
                Some(request) if matches!(request.work, Work::Rebuild { .. }) => {
                    between = Some(request);
                    break;
                }
                Some(request) => {
                    due = due.saturating_sub(1);
                    group.take(request, &mut self.outlet);
                }
                // Nothing left to decide, and the disk is not ready for more.
                None => match self.messages.blocking_recv() {
                    Some(message) => self.hear(message),
                    None => self.outlet.land(),
                },
            }
            self.gather();
        }
        self.outlet.send(group);
        between
    }

    /// It compares at the head, so what was decided before it must be there first.
    fn finish_rebuild(&mut self, request: Request) {
        self.outlet.land();
        if let Work::Rebuild { organization, proof, done } = request.work {
            let Disk { store, runtime, .. } = self.outlet.disk();
            let finished = rebuild::finish(&**store, &organization, *proof);
            // Nobody may be waiting any more; the views are right either way.
            let _ = done.send(runtime.block_on(finished));
        }
    }
}
