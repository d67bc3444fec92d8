//! The engine: the writer, the readers, the clock.
//!
//! A command goes through the bounded queue to the one `writer`, is decided on the views, and is answered after the
//! sync of everything it was decided on. A question reads the published head once and asks the same views at it.
//!
//! INVARIANT: no lock is held over a sync or any other I/O; what lies above the head is invisible to readers.
//! Absent on purpose: what stores events (`crate::store`), and any rule (`caseward_projections`).

pub mod answer;
pub mod clock;
mod fold;
mod organization;
mod readers;
mod rebuild;
pub mod store;
pub mod tree;
mod writer;

pub use answer::{Accepted, Answer};
pub use clock::{Clock, ManualClock, SystemClock};
pub use fold::{OpenError, Progress};
pub use organization::Organization;
pub use readers::{Page, Status};
pub use rebuild::{RebuildError, Rebuilt};
pub use writer::{Batch, CommandError, How, Pending, Source};

use caseward_events::{Actor, Code, OrganizationName, Refusal};
use organization::Register;
use std::sync::{Arc, PoisonError, RwLock};
use store::EventStore;
use tokio::sync::{mpsc, oneshot};
use writer::{Request, Work, Writer};

/// Requests that may wait for the writer; whoever sends more waits too.
const QUEUE_REQUESTS_MAX: usize = 4_096;

/// See the module. Clones share one engine; it stops when the last is gone.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    register: Arc<RwLock<Register>>,
    queue: mpsc::Sender<Request>,
}

impl Engine {
    /// Folds everything the store holds, and starts the writer. `progress` hears of every piece read.
    ///
    /// # Errors
    /// A fault or corruption of the store, or a log that is not what an engine wrote.
    pub async fn open(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Engine, OpenError> {
        let register = Arc::new(RwLock::new(fold::register(&*store, progress).await?));
        let (queue, requests) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let writer = Writer::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&register));
        writer.start(requests).map_err(OpenError::Writer)?;
        Ok(Engine { store, clock, register, queue })
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
        self.send(Request { work: Work::CreateOrganization { name, actor }, reply }).await?;
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

    /// Sends commands without waiting for their answers; waits only while the queue is full.
    ///
    /// # Errors
    /// The engine has stopped.
    pub async fn enqueue(&self, organization: &Arc<Organization>, batch: Batch) -> Result<Pending, CommandError> {
        let (reply, answers) = oneshot::channel();
        let work = Work::Commands { organization: Arc::clone(organization), batch };
        self.send(Request { work, reply }).await?;
        Ok(Pending(answers))
    }

    async fn send(&self, request: Request) -> Result<(), CommandError> {
        self.queue.send(request).await.map_err(|_| CommandError::Stopped)
    }
}
