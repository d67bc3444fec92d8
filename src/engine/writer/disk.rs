//! The second stage: a decided group is written with one sync, its heads are published, and everybody is answered.
//!
//! One group at most is on its way to the disk, on a thread of its own, while the next is decided on top of it.
//! INVARIANT: a head is published after the sync of its group and before any answer of it. Only the deciding thread
//! changes views: here heads move, and a group that failed is handed back to be taken off. When it comes back, what was
//! decided on top of it is doomed.

use super::group::Group;
use super::{CommandError, Message, Reply};
use crate::engine::answer::Answer;
use crate::engine::generations::Generations;
use crate::engine::keeper::Keeper;
use crate::engine::organization::{Organization, Register};
use crate::engine::store::{Epoch, EventStore, OrganizationNumber, Run, StoreError};
use caseward_events::event::OrganizationCreated;
use caseward_events::seal::Digester;
use caseward_events::{KeyNumber, Position};
use caseward_projections::Views;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::runtime::Handle;
use tokio::sync::mpsc::WeakUnboundedSender;
use tokio::sync::{oneshot, watch};
use tracing::{error, info};

/// A group as the disk gets it.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) number: u64,
    pub(super) runs: Vec<Run>,
    pub(super) heads: Heads,
    pub(super) created: Vec<(Position, OrganizationCreated)>,
    /// Keys of subjects that it erases.
    pub(super) doomed: Vec<KeyNumber>,
    pub(super) replies: Vec<(oneshot::Sender<Reply>, Vec<Answer>)>,
}

impl Ready {
    /// Whether it is one command that came alone, or nothing to write.
    fn is_light(&self) -> bool {
        self.runs.is_empty() || self.replies.iter().map(|(_, answers)| answers.len()).sum::<usize>() <= 1
    }
}

/// The organizations that have events in a group, each with the position of the last.
pub(super) type Heads = Vec<(Arc<Organization>, Position)>;

/// What became of a group. One that failed is not answered yet.
type Landing = Result<(), Box<(Ready, Arc<StoreError>)>>;

/// What writing, publishing and answering need.
pub(super) struct Disk {
    pub(super) store: Arc<dyn EventStore>,
    /// What this engine writes under, since it claimed the log.
    pub(super) epoch: Epoch,
    /// Under the key of the store.
    pub(super) digester: Digester,
    pub(super) register: Arc<RwLock<Register>>,
    /// Knows the older ids.
    pub(super) keeper: Arc<Keeper>,
    pub(super) runtime: Handle,
    /// The number of the last group that is durable or gone.
    pub(super) done: watch::Sender<u64>,
}

impl Disk {
    fn write(&self, mut ready: Ready) -> Landing {
        let runs = std::mem::take(&mut ready.runs);
        if !runs.is_empty()
            && let Err(error) = self.append(runs).and_then(|()| self.destroy(&ready.doomed))
        {
            return Err(Box::new((ready, Arc::new(error))));
        }
        self.publish(&ready);
        self.done.send_replace(ready.number);
        answer(ready.replies, None);
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
        if ready.created.is_empty() {
            return;
        }
        let mut register = self.register.write().unwrap_or_else(PoisonError::into_inner);
        for (position, OrganizationCreated { name, number }) in &ready.created {
            register.head = *position;
            register.add(Organization::new(
                name.clone(),
                OrganizationNumber(*number),
                Views::default(),
                Generations::default(),
            ));
        }
    }

    /// Takes off what was not stored, and only then says so.
    fn give_up(&self, ready: Ready, error: &Arc<StoreError>) {
        error!(%error, "commands could not be stored");
        take_off(&ready.heads);
        self.done.send_replace(ready.number);
        answer(ready.replies, Some(error));
    }

    /// Whether the store takes no more after this, and why.
    fn poison(&self, failed: &Arc<StoreError>) -> Option<Arc<StoreError>> {
        match **failed {
            StoreError::Poisoned(_) => Some(Arc::clone(failed)),
            _ => self.append(Vec::new()).err().map(Arc::new),
        }
    }
}

fn answer(replies: Vec<(oneshot::Sender<Reply>, Vec<Answer>)>, error: Option<&Arc<StoreError>>) {
    for (reply, answers) in replies {
        // Whoever asked may have gone.
        let _ = reply.send(error.map_or(Ok(answers), |error| Err(CommandError::Store(Arc::clone(error)))));
    }
}

fn take_off(heads: &Heads) {
    heads.iter().for_each(|(organization, _)| organization.views_mut().truncate(organization.head()));
}

/// Rouses the deciding thread, which may wait for a request or for this.
struct Wake(WeakUnboundedSender<Message>);

impl Wake {
    fn now(&self) {
        // Where the engine has gone, that thread waits for the landing alone.
        let _ = self.0.upgrade().map(|queue| queue.send(Message::Landed));
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.now();
    }
}

/// Where the deciding thread sends its groups.
pub(super) struct Outlet {
    disk: Arc<Disk>,
    to_disk: Sender<Ready>,
    landings: Receiver<Landing>,
    /// The group on its way: its number, and what it adds.
    flying: Option<(u64, Heads)>,
    /// Why the group being decided cannot be stored: the one it was decided on was not.
    doom: Option<Arc<StoreError>>,
    poison: Option<Arc<StoreError>>,
    /// The number of the group being decided.
    group: u64,
}

impl Outlet {
    /// Starts the second stage; `wake` hears of every landing.
    pub(super) fn start(disk: Disk, wake: WeakUnboundedSender<Message>) -> std::io::Result<Outlet> {
        let disk = Arc::new(disk);
        let (to_disk, groups) = channel::<Ready>();
        let (landed, landings) = channel();
        let there = Arc::clone(&disk);
        let write = move || {
            // Dropped in this order, after a panic too: whoever is woken must find that nobody lands any more.
            let wake = Wake(wake);
            let landed = landed;
            for ready in groups {
                // Nobody hears of it once the deciding thread has gone.
                let _ = landed.send(there.write(ready));
                wake.now();
            }
        };
        std::thread::Builder::new().name("caseward-disk".to_owned()).spawn(write)?;
        Ok(Outlet { disk, to_disk, landings, flying: None, doom: None, poison: None, group: 0 })
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
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
        self.flying.is_some()
    }

    /// Whether what is being decided stands on what was not stored.
    pub(super) fn is_doomed(&self) -> bool {
        self.doom.is_some()
    }

    /// Why no command is taken any more.
    pub(super) fn refuses(&self) -> Option<&Arc<StoreError>> {
        self.doom.as_ref().or(self.poison.as_ref())
    }

    /// Hears of a group that has landed, if one has.
    pub(super) fn poll(&mut self) {
        if self.flying.is_some() {
            match self.landings.try_recv() {
                Ok(landing) => self.landed(landing),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.lost(),
            }
        }
    }

    /// Waits until nothing is on its way.
    pub(super) fn land(&mut self) {
        if self.flying.is_some() {
            match self.landings.recv() {
                Ok(landing) => self.landed(landing),
                Err(_) => self.lost(),
            }
        }
    }

    /// Writes a group, after the one before it: on this thread, where a second one would only cost a hop.
    pub(super) fn send(&mut self, group: Group) {
        self.land();
        let ready = group.ready();
        if let Some(error) = self.doom.take() {
            return self.disk.give_up(ready, &error);
        }
        self.flying = Some((ready.number, ready.heads.clone()));
        if ready.is_light() {
            let landing = self.disk.write(ready);
            self.landed(landing);
        } else if self.to_disk.send(ready).is_err() {
            self.lost();
        }
    }

    fn landed(&mut self, landing: Landing) {
        let (_, heads) = self.flying.take().unwrap_or_default();
        match landing {
            // Each slice under a lock of its own: readers come in between.
            Ok(()) => {
                heads.iter().for_each(|(organization, head)| while !organization.views_mut().settle_slice(*head) {})
            }
            Err(failed) => {
                let (ready, error) = *failed;
                self.poison = self.disk.poison(&error);
                self.disk.give_up(ready, &error);
                self.doom = Some(error);
            }
        }
    }

    /// The second stage has died of a panic: what was on its way is in doubt until a restart.
    fn lost(&mut self) {
        let (number, heads) = self.flying.take().unwrap_or_default();
        take_off(&heads);
        self.disk.done.send_replace(number);
        let error = Arc::new(StoreError::Poisoned("a write of it panicked".to_owned()));
        self.poison = Some(Arc::clone(&error));
        self.doom = Some(error);
    }
}
