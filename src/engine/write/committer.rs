//! The second stage: a decided group is written with one sync, its heads are published, and everybody is answered.
//!
//! One group at most is on its way to the disk, on a thread of its own, while the next is decided on top of it.
//! INVARIANT: a head is published after the sync of its group and before any answer of it. Only the deciding thread
//! changes views: here heads move, and a group that failed is handed back to be taken off. When it comes back, what was
//! decided on top of it is doomed.

use super::Message;
use super::budget::EffectLimits;
use super::commit_group::CommitGroup;
use super::reply::{CommandError, ReplyTo};
use crate::engine::activity::Tally;
use crate::engine::answer::Answer;
use crate::engine::keep::checkpointer::Checkpointer;
use crate::engine::tenant::Tenant;
use crate::engine::tenant::generations::Generations;
use crate::engine::tenant::register::Register;
use crate::engine::workers::Poison;
use crate::seams::{Epoch, OrganizationNumber, Run, Storage, StoreError};
use caseward_events::event::OrganizationCreated;
use caseward_events::seal::Digester;
use caseward_events::{Event, KeyNumber, Position, Recorded};
use caseward_projections::Views;
use std::sync::mpsc::{Receiver, SendError, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::mpsc::WeakUnboundedSender;
use tokio::sync::watch;
use tracing::{error, info};

/// A group as the disk gets it.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) number: u64,
    pub(super) runs: Vec<Run>,
    pub(super) heads: Heads,
    /// Events of the register.
    pub(super) registered: Vec<Recorded>,
    /// Keys of subjects that it erases.
    pub(super) doomed: Vec<KeyNumber>,
    pub(super) replies: Vec<(ReplyTo, Vec<Answer>)>,
}

impl Ready {
    /// Whether it is one command that came alone, or nothing to write.
    fn is_light(&self) -> bool {
        self.runs.is_empty() || self.replies.iter().map(|(_, answers)| answers.len()).sum::<usize>() <= 1
    }
}

/// The organizations that have events in a group, each with the position of the last.
pub(super) type Heads = Vec<(Arc<Tenant>, Position)>;

/// What became of a group. One that failed is not answered yet.
type WriteOutcome = Result<(), Box<(Ready, Arc<StoreError>)>>;

/// What writing, publishing and answering need.
pub(super) struct Committer {
    pub(super) store: Arc<dyn Storage>,
    /// What this engine writes under, since it claimed the log.
    pub(super) epoch: Epoch,
    /// Under the key of the store.
    pub(super) digester: Digester,
    pub(super) register: Arc<RwLock<Register>>,
    /// Knows the older ids.
    pub(super) checkpointer: Arc<Checkpointer>,
    pub(super) runtime: Handle,
    /// The number of the last group that is durable or gone.
    pub(super) done: watch::Sender<u64>,
    pub(super) poison: Arc<Poison>,
    pub(super) tally: Arc<Tally>,
    /// What one commit may come to.
    pub(super) limits: EffectLimits,
}

impl Committer {
    fn write(&self, mut ready: Ready) -> WriteOutcome {
        let runs = std::mem::take(&mut ready.runs);
        if !runs.is_empty() {
            let (since, events) = (Instant::now(), runs.iter().map(|run| run.events.len()).sum());
            let steps: Vec<_> = ready.replies.iter().map(|(reply, _)| reply.steps.syncs(events)).collect();
            if let Err(error) = self.append(runs).and_then(|()| self.destroy(&ready.doomed)) {
                return Err(Box::new((ready, Arc::new(error))));
            }
            self.tally.stored(events, since.elapsed());
            drop(steps);
        }
        self.publish(&ready);
        self.done.send_replace(ready.number);
        self.answer(ready.replies, None);
        Ok(())
    }

    fn append(&self, runs: Vec<Run>) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.append(self.epoch, runs)).map(drop)
    }

    /// After the sync of what says so. An opening makes good what fails here, so nothing goes on without one.
    fn destroy(&self, doomed: &[KeyNumber]) -> Result<(), StoreError> {
        if doomed.is_empty() {
            return Ok(());
        }
        let destroyed = self.store.keyring().destroy(doomed);
        info!(keys = doomed.len(), "keys were destroyed");
        destroyed.map_err(|error| StoreError::Poisoned(format!("it could not destroy keys: {error}")))
    }

    fn publish(&self, ready: &Ready) {
        ready.heads.iter().for_each(|(organization, head)| organization.publish(*head));
        if ready.registered.is_empty() {
            return;
        }
        let mut register = self.register.write().unwrap_or_else(PoisonError::into_inner);
        for recorded in &ready.registered {
            register.head = recorded.position;
            if let Event::OrganizationCreated(OrganizationCreated { name, number }) = &recorded.event {
                let number = OrganizationNumber(*number);
                register.add(Tenant::new(name.clone(), number, Views::default(), Generations::default()));
            } else {
                register.tokens.take(recorded);
            }
        }
    }

    /// Takes off what was not stored, and only then says so.
    fn give_up(&self, ready: Ready, error: &Arc<StoreError>) {
        error!(%error, "commands could not be stored");
        take_off(&ready.heads);
        self.done.send_replace(ready.number);
        self.answer(ready.replies, Some(error));
    }

    /// Poisons the engine where the store takes no more after this.
    fn poison(&self, failed: &Arc<StoreError>) {
        let why = match **failed {
            StoreError::Poisoned(_) => Some(Arc::clone(failed)),
            _ => self.append(Vec::new()).err().map(Arc::new),
        };
        why.into_iter().for_each(|why| self.poison.set(why));
    }

    fn answer(&self, replies: Vec<(ReplyTo, Vec<Answer>)>, error: Option<&Arc<StoreError>>) {
        for (reply, answers) in replies {
            match error {
                None => self.tally.answered(&answers),
                Some(_) => self.tally.failed(answers.len()),
            }
            reply.send(error.map_or(Ok(answers), |error| Err(CommandError::Store(Arc::clone(error)))));
        }
    }
}

fn take_off(heads: &Heads) {
    heads.iter().for_each(|(organization, _)| organization.take_off(organization.head()));
}

/// Rouses the deciding thread, which may wait for a request or for this.
struct Wake(WeakUnboundedSender<Message>);

impl Wake {
    fn now(&self) {
        // Where the engine has gone, that thread waits for the outcome alone.
        if let Some(queue) = self.0.upgrade() {
            let _ = queue.send(Message::Done);
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.now();
    }
}

/// Where the deciding thread sends its groups.
pub(super) struct Pipeline {
    committer: Arc<Committer>,
    to_committer: Sender<Ready>,
    outcomes: Receiver<WriteOutcome>,
    /// The group on its way: its number, and what it adds.
    in_flight: Option<(u64, Heads)>,
    /// Why the group being decided cannot be stored: the one it was decided on was not.
    doom: Option<Arc<StoreError>>,
    /// The number of the group being decided.
    group: u64,
}

impl Pipeline {
    /// Starts the second stage; `wake` hears of every outcome.
    pub(super) fn start(
        committer: Committer,
        wake: WeakUnboundedSender<Message>,
    ) -> std::io::Result<(Pipeline, JoinHandle<()>)> {
        let committer = Arc::new(committer);
        let guard = committer.poison.guard("writes commands");
        let (to_committer, groups) = channel::<Ready>();
        let (done, outcomes) = channel();
        let there = Arc::clone(&committer);
        let write = move || {
            // Dropped from the last on, after a panic too: whoever finds that nothing comes back any more, or is woken, must
            // find the engine poisoned.
            let wake = Wake(wake);
            let done = done;
            let _guard = guard;
            for ready in groups {
                // Nobody hears of it once the deciding thread has gone.
                let _ = done.send(there.write(ready));
                wake.now();
            }
        };
        let committing = std::thread::Builder::new().name("caseward-committer".to_owned()).spawn(write)?;
        let pipeline = Pipeline { committer, to_committer, outcomes, in_flight: None, doom: None, group: 0 };
        Ok((pipeline, committing))
    }

    /// One that nothing is sent through: for what is decided and not stored.
    pub(super) fn to_nowhere(committer: Committer) -> Pipeline {
        let (to_committer, outcomes) = (channel().0, channel().1);
        Pipeline { committer: Arc::new(committer), to_committer, outcomes, in_flight: None, doom: None, group: 0 }
    }

    pub(super) fn committer(&self) -> &Committer {
        &self.committer
    }

    /// Begins a group; its number. Nothing decided before dooms it.
    pub(super) fn next_group(&mut self) -> u64 {
        self.poll();
        self.doom = None;
        self.group += 1;
        self.group
    }

    /// Whether a group is on its way.
    pub(super) fn is_busy(&mut self) -> bool {
        self.poll();
        self.in_flight.is_some()
    }

    /// Whether what is being decided stands on what was not stored.
    pub(super) fn is_doomed(&self) -> bool {
        self.doom.is_some()
    }

    /// Why no command is taken any more.
    pub(super) fn refuses(&self) -> Option<&Arc<StoreError>> {
        self.doom.as_ref().or_else(|| self.committer.poison.why())
    }

    /// Hears what became of the group on its way, if anything has.
    pub(super) fn poll(&mut self) {
        if self.in_flight.is_some() {
            match self.outcomes.try_recv() {
                Ok(outcome) => self.done(outcome),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => drop(self.lost()),
            }
        }
    }

    /// Waits until nothing is on its way.
    pub(super) fn drain(&mut self) {
        if self.in_flight.is_some() {
            match self.outcomes.recv() {
                Ok(outcome) => self.done(outcome),
                Err(_) => drop(self.lost()),
            }
        }
    }

    /// Writes a group, after the one before it: on this thread, where a second one would only cost a hop.
    pub(super) fn send(&mut self, group: CommitGroup) {
        self.drain();
        let mut ready = group.ready();
        if let Some(error) = self.doom.take() {
            return self.committer.give_up(ready, &error);
        }
        ready.replies.iter_mut().for_each(|(reply, _)| reply.doubt());
        self.in_flight = Some((ready.number, ready.heads.clone()));
        if ready.is_light() {
            let outcome = self.committer.write(ready);
            self.done(outcome);
        } else if let Err(SendError(ready)) = self.to_committer.send(ready) {
            // The other thread is gone, and with it the group before this one: nothing of this was written.
            let error = self.lost();
            self.committer.give_up(ready, &error);
        }
    }

    fn done(&mut self, outcome: WriteOutcome) {
        let (_, heads) = self.in_flight.take().unwrap_or_default();
        match outcome {
            // Each slice under a lock of its own: readers come in between.
            Ok(()) => {
                heads.iter().for_each(|(organization, head)| while !organization.views_mut().settle_slice(*head) {})
            }
            Err(failed) => {
                let (ready, error) = *failed;
                self.committer.poison(&error);
                self.committer.give_up(ready, &error);
                self.doom = Some(error);
            }
        }
    }

    /// The second stage has died of a panic, which has poisoned the engine: what was on its way is in doubt until a
    /// restart.
    fn lost(&mut self) -> Arc<StoreError> {
        let (number, heads) = self.in_flight.take().unwrap_or_default();
        take_off(&heads);
        self.committer.done.send_replace(number);
        let gone = || Arc::new(StoreError::Poisoned("the thread that writes commands is gone".to_owned()));
        let error = self.committer.poison.why().map_or_else(gone, Arc::clone);
        self.committer.poison.set(Arc::clone(&error));
        self.doom = Some(Arc::clone(&error));
        error
    }
}
