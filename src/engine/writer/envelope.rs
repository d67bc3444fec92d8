//! From what was decided to events in their envelopes.
//!
//! Absent on purpose: how many events the commit has, which is known when it is whole (`group`).

use super::sealing::Sealed;
use caseward_events::recorded::First;
use caseward_events::seal::Reason;
use caseward_events::submission::Content;
use caseward_events::{Actor, CommandId, Position, Recorded};
use caseward_projections::{Decided, Views};

/// What all events of one command say of it.
#[derive(Clone)]
struct Cause {
    id: CommandId,
    actor: Actor,
    reason: Option<Reason>,
    correlation_id: Option<CommandId>,
    causation_id: Option<CommandId>,
}

/// The events of one command, in their envelopes.
pub(super) fn record(
    views: &Views,
    commit_start: Position,
    content: Content,
    decided: Decided,
    id: CommandId,
    Sealed { reason, digests }: Sealed,
) -> Vec<Recorded> {
    let Content { actor, correlation_id, causation_id, .. } = content;
    let cause = Cause { id, actor, reason, correlation_id, causation_id };
    let count = u32::try_from(decided.events.len()).expect("a command makes few events");
    let mut position = views.tip();
    let mut first = Some(First { digests, warnings: decided.warnings });
    let mut events: Vec<Recorded> = Vec::with_capacity(decided.events.len());
    // The last of them, mostly the only one, gets the cause itself.
    let causes = std::iter::repeat_n(cause, decided.events.len());
    for ((index, event), mut cause) in (0..).zip(decided.events).zip(causes) {
        position = position.next();
        let stream = event.stream();
        let before = events.iter().filter(|earlier| earlier.stream() == stream).count();
        let commit_index = u32::try_from(position.0 - commit_start.0 - 1).expect("a batch is limited");
        if let Some(Reason::Sealed(sealed)) = &mut cause.reason
            && index > 0
        {
            sealed.begins = None;
        }
        events.push(Recorded {
            position,
            stream_version: views.stream_version(&stream) + before as u64 + 1,
            time: decided.time,
            command_id: cause.id,
            index,
            count,
            commit_index,
            commit_count: 0,
            actor: cause.actor,
            reason: cause.reason,
            correlation_id: cause.correlation_id,
            causation_id: cause.causation_id,
            first: first.take(),
            event,
        });
    }
    events
}
