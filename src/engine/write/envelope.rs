//! From what was decided to events in their envelopes.
//!
//! Absent on purpose: how many events the commit has, which is known when it is whole (`group`).

use super::sealing::Sealed;
use caseward_events::recorded::First;
use caseward_events::seal::StoredReason;
use caseward_events::submission::Content;
use caseward_events::{Actor, CommandId, Position, Recorded, Stream, Via};
use caseward_projections::{Decided, Views};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What all events of one command say of it.
#[derive(Clone)]
struct Cause {
    id: CommandId,
    actor: Actor,
    via: Option<Via>,
    reason: Option<StoredReason>,
    correlation_id: Option<CommandId>,
    causation_id: Option<CommandId>,
}

/// The versions of streams, as the events of one command count them up.
struct Versions<'a> {
    views: &'a Views,
    /// Each is looked up once: a command may make thousands of events, in one stream or in one each.
    last: HashMap<Stream, u64>,
}

impl Versions<'_> {
    fn next(&mut self, stream: Stream) -> u64 {
        let Versions { views, last } = self;
        let version = match last.entry(stream) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let before = views.stream_version(unknown.key());
                unknown.insert(before)
            }
        };
        *version += 1;
        *version
    }
}

/// The events of one command, in their envelopes.
pub(super) fn record(
    views: &Views,
    commit_start: Position,
    (content, via): (Content, Option<Via>),
    decided: Decided,
    id: CommandId,
    Sealed { reason, digests, .. }: Sealed,
) -> Vec<Recorded> {
    let Content { actor, correlation_id, causation_id, .. } = content;
    let cause = Cause { id, actor, via, reason, correlation_id, causation_id };
    let count = u32::try_from(decided.events.len()).expect("a command makes fewer events than there are positions");
    let mut position = views.tip();
    let mut first = Some(First { digests, warnings: decided.warnings });
    let mut versions = Versions { views, last: HashMap::new() };
    let mut events = Vec::with_capacity(decided.events.len());
    // The last of them, mostly the only one, gets the cause itself.
    let causes = std::iter::repeat_n(cause, decided.events.len());
    for ((index, event), mut cause) in (0..).zip(decided.events).zip(causes) {
        position = position.next();
        let stream = event.stream();
        // One alone, as mostly, needs no table.
        let stream_version = if count == 1 { views.stream_version(&stream) + 1 } else { versions.next(stream) };
        let commit_index = u32::try_from(position.0 - commit_start.0 - 1).expect("a batch is limited");
        if let Some(StoredReason::Sealed(sealed)) = &mut cause.reason
            && index > 0
        {
            sealed.begins = None;
        }
        events.push(Recorded {
            position,
            stream_version,
            time: decided.time,
            command_id: cause.id,
            index,
            count,
            commit_index,
            commit_count: 0,
            actor: cause.actor,
            via: cause.via,
            reason: cause.reason,
            correlation_id: cause.correlation_id,
            causation_id: cause.causation_id,
            first: first.take(),
            event,
        });
    }
    events
}
