//! The sending end of the queue of the writer.
//!
//! INVARIANT: each organization has room of its own in it, so that who sends more than fits waits, and holds nobody
//! else up. Absent on purpose: whose turn it is ([`super::fair_queue`]).

use super::batch::Batch;
use super::dry_runs::ToDryRuns;
use super::register_command::{By, RegisterCommand};
use super::reply::{CommandError, Pending, ReplyTo};
use super::{Message, Request, Work};
use crate::engine::keep::rebuild::{BetweenGroups, Job};
use crate::engine::tenant::{QUEUE_COMMANDS_MAX, Tenant};
use crate::engine::workers::Poison;
use caseward_events::Refusal;
use caseward_events::limits::BATCH_COMMANDS_MAX;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

/// Where commands are sent.
pub(in crate::engine) struct Queue {
    pub(super) messages: UnboundedSender<Message>,
    pub(super) dry_runs: ToDryRuns,
    pub(super) register_room: Arc<Semaphore>,
    pub(super) poison: Arc<Poison>,
}

impl Queue {
    /// Sends commands; waits only while there is no room for them.
    pub(in crate::engine) async fn commands(
        &self,
        tenant: &Arc<Tenant>,
        batch: Batch,
    ) -> Result<Pending, CommandError> {
        let commands = batch.submissions.len();
        if commands > BATCH_COMMANDS_MAX {
            let message = format!("a batch of {commands} commands is too large; at most {BATCH_COMMANDS_MAX} go");
            return Err(Refusal::invalid(message).hint("send it in parts").into());
        }
        let is_dry = batch.how.dry_run;
        let work = Work::Commands { organization: Arc::clone(tenant), batch };
        if !is_dry {
            return self.send(&tenant.room, commands, work).await;
        }
        let (request, pending) = request(&tenant.dry_room, commands, work).await?;
        self.dry_runs.send(request).map_err(|()| self.why_stopped())?;
        Ok(pending)
    }

    /// Asks something of the register.
    pub(in crate::engine) async fn register(&self, command: RegisterCommand, by: By) -> Result<Pending, CommandError> {
        self.send(&self.register_room, 1, Work::Register { command, by }).await
    }

    /// The writer answers what was sent before, and takes nothing more. Dry runs end where they are.
    pub(in crate::engine) fn stop(&self) {
        self.dry_runs.stop();
        // It may have ended already.
        let _ = self.messages.send(Message::Stop);
    }

    async fn send(&self, room: &Arc<Semaphore>, commands: usize, work: Work) -> Result<Pending, CommandError> {
        let (request, pending) = request(room, commands, work).await?;
        self.messages.send(Message::Request(request)).map_err(|_| self.why_stopped())?;
        Ok(pending)
    }

    /// The error for a writer that has stopped.
    fn why_stopped(&self) -> CommandError {
        self.poison.why().map_or(CommandError::Stopped, |why| CommandError::Store(Arc::clone(why)))
    }
}

/// Waits only while there is no room for it.
async fn request(room: &Arc<Semaphore>, commands: usize, work: Work) -> Result<(Request, Pending), CommandError> {
    // No batch is too large to ever have room.
    let commands = u32::try_from(commands.clamp(1, QUEUE_COMMANDS_MAX)).expect("the queue is smaller");
    let room = Arc::clone(room).acquire_many_owned(commands).await.map_err(|_| CommandError::Stopped)?;
    let (reply, pending) = ReplyTo::new();
    Ok((Request { work, reply, room: Some(room) }, pending))
}

impl BetweenGroups for Queue {
    fn run(&self, tenant: &Arc<Tenant>, job: Job) -> bool {
        let work = Work::BetweenGroups { organization: Arc::clone(tenant), job };
        self.messages.send(Message::Request(Request { work, reply: ReplyTo::nobody(), room: None })).is_ok()
    }
}
