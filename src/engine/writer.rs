//! The one writer: takes what waits, decides it on the views, writes it with one sync, publishes the head, answers.
//!
//! Commands are decided ahead of the head, on events that are not durable yet; if the write fails, those are taken off
//! the views again and nothing more is written. INVARIANT: every answer of a group, refusals and no-changes included,
//! goes out after the sync of the last event it could have been decided on.

mod group;

use super::answer::Answer;
use super::clock::Clock;
use super::organization::{Organization, Register};
use super::rebuild::{self, RebuildReply};
use super::store::{EventStore, StoreError};
use caseward_events::{Actor, OrganizationName, Refusal, Submission};
use caseward_projections::Views;
use caseward_projections::compare::Projection;
use group::Group;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Events of one group; commands decided beyond that wait for the next one.
const GROUP_EVENTS_MAX: usize = 8_192;

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
    /// The write or the sync failed, now or before.
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
}

pub(super) enum Work {
    Commands { organization: Arc<Organization>, batch: Batch },
    CreateOrganization { name: OrganizationName, actor: Actor },
    Rebuild { organization: Arc<Organization>, rebuilt: Box<Views>, projections: Vec<Projection>, done: RebuildReply },
}

pub(super) struct Writer {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    register: Arc<RwLock<Register>>,
}

impl Writer {
    pub(super) fn new(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, register: Arc<RwLock<Register>>) -> Writer {
        Writer { store, clock, register }
    }

    pub(super) fn start(self, requests: mpsc::Receiver<Request>) -> std::io::Result<()> {
        let runtime = Handle::current();
        let run = move || self.run(requests, &runtime);
        std::thread::Builder::new().name("caseward-writer".to_owned()).spawn(run)?;
        Ok(())
    }

    fn run(self, mut requests: mpsc::Receiver<Request>, runtime: &Handle) {
        while let Some(first) = requests.blocking_recv() {
            let mut group = Group::new(&self, runtime);
            let mut next = Some(first);
            while let Some(request) = next {
                if let Work::Rebuild { .. } = request.work {
                    // It compares at the head, so what was decided before it must be there first.
                    group.commit();
                    self.finish_rebuild(request, runtime);
                    group = Group::new(&self, runtime);
                } else {
                    group.take(request);
                }
                next = if group.events() < GROUP_EVENTS_MAX { requests.try_recv().ok() } else { None };
            }
            group.commit();
        }
    }

    fn finish_rebuild(&self, request: Request, runtime: &Handle) {
        if let Work::Rebuild { organization, rebuilt, projections, done } = request.work {
            let finished = rebuild::finish(&*self.store, &organization, *rebuilt, &projections);
            // Nobody may be waiting any more; the views are right either way.
            let _ = done.send(runtime.block_on(finished));
        }
    }
}
