//! Ids of commands: generated if a command has none, and found again if a command was sent before.
//!
//! INVARIANT: a command that was stored is answered from what was stored, and never decided twice.

use super::{CommitGroup, Open, Trouble};
use crate::engine::answer::{Accepted, Answer};
use crate::engine::replay::{self, OpenError};
use crate::engine::tenant::Tenant;
use crate::engine::write::committer::{Committer, Pipeline};
use crate::engine::write::reply::CommandError;
use crate::engine::write::sealing;
use crate::seams::StoreError;
use caseward_events::codec::decode;
use caseward_events::seal::StoredReason;
use caseward_events::submission::{Content, Sent};
use caseward_events::{Code, CommandId, Position, Recorded, Refusal, Submission, command_from_events};
use serde_json::json;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

impl CommitGroup {
    /// The events of a known command: from this commit, this group or the store, where those of the group on its way
    /// are once it has done.
    pub(super) fn known(
        &self,
        open: usize,
        first: Position,
        earlier: &[Answer],
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Recorded>, Trouble> {
        let Open { organization, base, encoded, .. } = &self.open[open];
        let begins = |answer: &&Accepted| answer.events.first().is_some_and(|event| event.position == first);
        if let Some(answer) = earlier.iter().filter_map(accepted).find(begins) {
            return Ok(answer.events.clone());
        }
        if first > *base {
            let index = usize::try_from(first.0 - base.0 - 1).expect("a group is limited");
            let own = encoded.iter().skip(index).map(|bytes| decode(bytes).expect("it was encoded here"));
            let own = own.map(|mut event| {
                event.open(pipeline.committer().store.keyring()).expect("it was sealed here under that key");
                event
            });
            let mut own = own.peekable();
            let count = own.peek().map_or(0, |event| event.count);
            return Ok(own.take(count as usize).collect());
        }
        if first > organization.head() {
            pipeline.drain();
            if let Some(error) = pipeline.refuses() {
                return Err(Trouble::Failed(CommandError::Store(Arc::clone(error))));
            }
        }
        let committer = pipeline.committer();
        Ok(committer.runtime.block_on(replay::command(&*committer.store, organization.number(), first))?)
    }
}

fn accepted(answer: &Answer) -> Option<&Accepted> {
    match answer {
        Answer::Accepted(accepted) => Some(accepted),
        Answer::Refused(_) => None,
    }
}

/// Where an id was first used: among the recent ones, or further back, in the checkpoint.
pub(super) fn first_use(
    organization: &Tenant,
    id: &CommandId,
    committer: &Committer,
) -> Result<Option<Position>, Trouble> {
    let recent = organization.views().command(id);
    if recent.is_some() {
        return Ok(recent);
    }
    // A twin knows those alone that came since it was made, and the other one those that came later, too.
    if let Some(original) = organization.original() {
        let first = first_use(original, id, committer)?;
        return Ok(first.filter(|first| *first <= organization.head()));
    }
    let found = committer.checkpointer.find_id(organization, id, &committer.runtime);
    found.map_err(|error| Trouble::Failed(CommandError::Store(Arc::new(error))))
}

/// A known id answers as the first time, or is refused where it was another command.
pub(super) fn replayed(
    committer: &Committer,
    organization: &Tenant,
    id: &CommandId,
    mut events: Vec<Recorded>,
    sent: &Sent,
    content: Option<&Content>,
) -> Result<Accepted, Trouble> {
    let (Some(kept), Some(last)) = (events.first(), events.last()) else {
        let why = format!("the events of the command `{id}` cannot be found again");
        return Err(OpenError::Store(StoreError::Corruption(why)).into());
    };
    let first = kept.first.as_ref().expect("the first event of a command carries what it was sent as");
    // Erased is what was decided to be, though the key goes only once that is durable: no answer depends on how soon.
    let about = content.and_then(|content| content.command.first_subject());
    let erased = |place| about.as_ref().is_some_and(|one| organization.views().erased_since(one, place).is_some());
    let is_gone = kept.reason.as_ref().is_some_and(|reason| reason.key().is_some()) && erased(sealing::TIP);
    let unkept = is_gone || erased(kept.position.into());
    let is_as_exported = || content.is_some_and(|content| is_as_exported(organization, &events, content));
    if !sealing::is_what_was_sent(committer, kept, first, sent, unkept, is_as_exported) {
        let message = format!("the id `{id}` was used for another command, at position {}", kept.position);
        return Err(Trouble::Refused(
            Refusal::new(Code::IdReused, message)
                .hint("send a changed command under an id of its own")
                .fact("position", kept.position.0),
        ));
    }
    let (position, warnings) = (last.position, first.warnings.clone());
    if is_gone {
        events.iter_mut().filter_map(|event| event.reason.as_mut()).for_each(StoredReason::close);
    }
    Ok(Accepted { position, events, warnings, replayed: true, foreseen: None, clock_behind: None })
}

/// Whether a command says what the events of the known one say, as `export --commands` writes it: the log that it was
/// exported from has it, and so has the log that it was brought to, whoever sends it how.
fn is_as_exported(organization: &Tenant, events: &[Recorded], content: &Content) -> bool {
    let key = events.first().and_then(|first| first.reason.as_ref()?.key());
    let sealed_for = key.and_then(|key| organization.views().keys.subject(key).cloned());
    let line = command_from_events::line(events, sealed_for.as_ref());
    let exported = line.and_then(|line| Submission::from_value(&line).ok()?.content.ok());
    exported.is_some_and(|exported| {
        content.expected_version.is_none()
            && exported.actor == content.actor
            && exported.command.says_the_same_as(&content.command)
    })
}

/// By the clock; before 1970, which such an id cannot tell, by chance alone.
fn fresh_uuid() -> Uuid {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(_) => Uuid::now_v7(),
        Err(_) => Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0)),
    }
}

/// A refused answer carries the id that was sent.
pub(super) fn name_refused(ids: Vec<Option<CommandId>>, answers: &mut [Answer]) {
    for (id, answer) in ids.into_iter().zip(answers) {
        if let (Some(id), Answer::Refused(refusal)) = (id, answer) {
            refusal.facts.insert("id".to_owned(), json!(id));
        }
    }
}

pub(super) fn fresh_id() -> CommandId {
    let mut text = Uuid::encode_buffer();
    fresh_uuid().hyphenated().encode_lower(&mut text).parse().expect("a UUID is an id")
}
