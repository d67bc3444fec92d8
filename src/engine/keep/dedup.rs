//! Ids of commands that have left memory: asked of the checkpoints and, where these cannot be read, of the log.
//!
//! Damage to what is disposable must not cost an answer: the ids up to the checkpoint are read from the log once, stay
//! in memory until a restart, and the checkpoints are not used again. INVARIANT: once that has happened no checkpoint
//! is published, since ids would leave memory for a place that cannot be asked. Absent on purpose: recent ids
//! ([`caseward_projections::Views`]).

use crate::engine::replay::READ_BYTES;
use crate::engine::tenant::Tenant;
use crate::seams::{Checkpoints, Encoded, OrganizationNumber, Storage, StoreError};
use caseward_events::codec::decode_to_fold;
use caseward_events::{CommandId, Position};
use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;

/// The ids of old commands, on disk or read from the log.
#[derive(Default)]
pub(in crate::engine) struct CommandIds {
    /// Of the organizations whose checkpoint could not be asked.
    of_log: Mutex<HashMap<OrganizationNumber, OfLog>>,
}

/// What the log says of the ids up to a checkpoint.
enum OfLog {
    /// It is being read: whoever asks meanwhile must read it, too.
    Unread,
    /// Each id with its first position.
    Read(HashMap<CommandId, Position>),
}

impl CommandIds {
    /// The position of the first event of a command, up to the checkpoint of an organization that has one.
    pub(in crate::engine) fn find(
        &self,
        (store, checkpoints, runtime): (&dyn Storage, &dyn Checkpoints, &Handle),
        organization: &Tenant,
        id: &CommandId,
    ) -> Result<Option<Position>, StoreError> {
        let (number, up_to) = (organization.number(), organization.checkpoint());
        if up_to == Position::ZERO {
            return Ok(None);
        }
        let asks_checkpoints = match self.of_log().get(&number) {
            Some(OfLog::Read(ids)) => return Ok(ids.get(id).copied()),
            Some(OfLog::Unread) => false,
            None => true,
        };
        if asks_checkpoints {
            match checkpoints.find_id(organization.shelf(), id) {
                Err(error) => distrust(checkpoints, &error),
                found => return found,
            }
        }
        // From here on nothing is published, so nothing leaves memory while the log is read.
        self.of_log().entry(number).or_insert(OfLog::Unread);
        let ids = runtime.block_on(read(store, number, organization.checkpoint()));
        let mut of_log = self.of_log();
        match ids {
            Ok(ids) => {
                let found = ids.get(id).copied();
                of_log.insert(number, OfLog::Read(ids));
                Ok(found)
            }
            Err(error) => {
                of_log.retain(|one, of_log| *one != number || matches!(of_log, OfLog::Read(_)));
                Err(error)
            }
        }
    }

    /// Makes a checkpoint known as current, unless the checkpoints are not used any more.
    pub(in crate::engine) fn publish(&self, organization: &Tenant, position: Position) -> Result<(), StoreError> {
        let of_log = self.of_log();
        if of_log.is_empty() {
            organization.publish_checkpoint(position);
            return Ok(());
        }
        let source = "those saved before could not be read; they are made anew at the next start".into();
        Err(StoreError::Fault { doing: "save views".to_owned(), source })
    }

    fn of_log(&self) -> MutexGuard<'_, HashMap<OrganizationNumber, OfLog>> {
        self.of_log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may be gone the next time is no reason to make checkpoints anew.
fn distrust(checkpoints: &dyn Checkpoints, error: &StoreError) {
    if !matches!(error, StoreError::Fault { .. }) {
        checkpoints.distrust(&error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")));
    }
}

/// All ids up to a position.
async fn read(
    store: &dyn Storage,
    organization: OrganizationNumber,
    up_to: Position,
) -> Result<HashMap<CommandId, Position>, StoreError> {
    let (mut ids, mut last) = (HashMap::new(), Position::ZERO);
    while last < up_to {
        let (from, mut damaged) = (last, None);
        let read = store.scan(organization, from.next(), READ_BYTES, Encoded::new()).await?;
        for bytes in read.iter() {
            match decode_to_fold(bytes) {
                Ok((header, _)) => {
                    last = last.next();
                    ids.entry(header.command_id.to_id()).or_insert(last);
                }
                Err(error) => damaged = Some(error.to_string()),
            }
        }
        if let Some(why) = damaged.or_else(|| (last == from).then(|| "it ends there".to_owned())) {
            return Err(StoreError::Corruption(format!(
                "the log cannot be read from position {} on: {why}",
                last.next()
            )));
        }
    }
    Ok(ids)
}
