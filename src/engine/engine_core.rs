//! The parts of an engine: readers, writer, checkpointer, and the threads they run on.
//!
//! INVARIANT: nothing here holds an organization that somebody asks or sends by, so that the last [`super::Engine`] or
//! [`super::Organization`] that is dropped ends the threads. Absent on purpose: what is done with the parts.

use super::activity::Tally;
use super::ask::{Asking, QuestionLimits};
use super::believed_clock::BelievedClock;
use super::clock::Clock;
use super::clock_note::ClockNote;
use super::keep::checkpointer::Checkpointer;
use super::keep::rebuild::{BetweenGroups, Rebuilder};
use super::tenant::register::Register;
use super::workers::{Poison, Workers};
use super::write::{CommandError, EffectLimits, Queue, Tools, Writer};
use crate::seams::{Epoch, Storage};
use caseward_events::Refusal;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::watch;

/// The parts of an engine, which all handles to it share.
pub(super) struct Core {
    pub(super) asking: Asking,
    pub(super) register: Arc<RwLock<Register>>,
    pub(super) queue: Arc<Queue>,
    pub(super) checkpointer: Arc<Checkpointer>,
    pub(super) rebuilder: Rebuilder,
    pub(super) remarks: Vec<String>,
    pub(super) poison: Arc<Poison>,
    pub(super) tally: Arc<Tally>,
    pub(super) workers: Workers,
    /// When they are gone, the threads that save views and hold memory to its bound end.
    pub(super) running: Mutex<Vec<Sender<()>>>,
    /// Whether commands are taken at all.
    pub(super) takes_commands: bool,
}

impl Core {
    /// Starts every thread.
    pub(super) fn start(
        (store, epoch): (Arc<dyn Storage>, Epoch),
        (clock, note, (limits, questions)): (Arc<BelievedClock>, Arc<ClockNote>, (EffectLimits, QuestionLimits)),
        register: Arc<RwLock<Register>>,
        checkpointer: Arc<Checkpointer>,
    ) -> std::io::Result<Core> {
        let (poison, workers) = (Arc::new(Poison::default()), Workers::default());
        let tally = Arc::<Tally>::default();
        let (running, [evictor, saver]) = running();
        checkpointer.start_evicting(&poison, evictor)?.into_iter().for_each(|worker| workers.add(worker));
        let tools = Tools {
            store: Arc::clone(&store),
            epoch,
            register: Arc::clone(&register),
            checkpointer: Arc::clone(&checkpointer),
            clock: Arc::clone(&clock),
            poison: Arc::clone(&poison),
            tally: Arc::clone(&tally),
            limits,
        };
        let (queue, done) = Writer::start(tools, &workers)?;
        let queue = Arc::new(queue);
        workers.add(Arc::clone(&checkpointer).start((Arc::clone(&clock), Arc::clone(&note)), &poison, saver)?);
        let rebuilder = Rebuilder {
            store: Arc::clone(&store),
            checkpointer: Arc::clone(&checkpointer),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            writer: Arc::clone(&queue) as Arc<dyn BetweenGroups>,
            running: watch::channel(0).0,
        };
        let asking = Asking { store, clock, note, done, limits: questions, rows: AtomicU64::new(0) };
        let running = Mutex::new(running);
        let (remarks, takes_commands) = (Vec::new(), true);
        Ok(Core {
            asking,
            register,
            queue,
            checkpointer,
            rebuilder,
            remarks,
            poison,
            tally,
            workers,
            running,
            takes_commands,
        })
    }

    pub(super) fn takes_commands(&self) -> Result<(), CommandError> {
        if self.takes_commands {
            return Ok(());
        }
        Err(Refusal::invalid("the store was opened for reading only").hint("open it without `read_only`").into())
    }
}

/// What tells two threads to end, and what they hear it by.
fn running() -> (Vec<Sender<()>>, [Receiver<()>; 2]) {
    let ((one, is_one), (other, is_other)) = (channel(), channel());
    (vec![one, other], [is_one, is_other])
}
