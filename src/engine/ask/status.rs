//! What an organization is like: how far it has come, how much there is, what is saved.
//!
//! INVARIANT: everything follows from positions, from what is on disk and from a heartbeat; there is no state that
//! could say otherwise. Absent on purpose: what only the data directory tells (sizes, notes), which is for whoever has
//! it.

use crate::engine::believed_clock::BelievedClock;
use crate::engine::clock::Clock;
use crate::engine::keep::checkpointer::Checkpointer;
use crate::engine::keep::recovery::saved_up_to;
use crate::engine::tenant::generations::Made;
use crate::engine::tenant::rate::rounded;
use crate::engine::tenant::{Tenant, flow};
use caseward_events::answer::{GenerationState, GenerationStatus, Lag, Rate, Status};
use caseward_events::{Position, Timestamp};
use caseward_projections::{Projection, Views};

const MINUTE_MICROS: i64 = 60_000_000;

/// What there is.
pub(in crate::engine) fn status(tenant: &Tenant, clock: &BelievedClock, checkpointer: &Checkpointer) -> Status {
    let (head, checkpoint) = (tenant.head(), tenant.checkpoint());
    let generations = generations(tenant, clock, checkpointer);
    let rebuild = checkpointer.rebuilding(tenant).map(|control| control.progress());
    let of = |projection: Projection| (projection.name().to_owned(), tenant.generations().of(projection).0);
    let projections = Projection::ALL.into_iter().map(of).collect();
    let views = tenant.views();
    let (place, now) = (head.into(), clock.now());
    Status {
        organization: tenant.name().clone(),
        head,
        last: (head > Position::ZERO).then(|| views.timeline.time(place)),
        clock_behind: flow::told(now, tenant.now(now, views.timeline.time(place))),
        clock_in_doubt: clock.doubt(),
        users: views.directory.users.count_at(place),
        groups: views.directory.groups.count_at(place),
        definitions: views.definitions.names.count_at(place),
        cases: views.cases.names.count_at(place),
        restricted_cases: views.cases.restricted.value_at(place).copied().unwrap_or(0),
        command_ids: views.recent_ids().known(),
        checkpoint,
        lag: lag(&views, checkpoint, head),
        rate: rate(tenant, &views, head),
        last_error: checkpointer.last_error(),
        generations,
        projections,
        rebuild,
    }
}

fn generations(tenant: &Tenant, clock: &dyn Clock, checkpointer: &Checkpointer) -> Vec<GenerationStatus> {
    let known = tenant.generations().clone();
    let of = |state, made: Made| generation(tenant, (clock, checkpointer), state, made);
    let old = known.old.into_iter().map(|made| of(GenerationState::Old, made));
    let making = known.making.map(|made| of(GenerationState::BeingMade, made));
    old.chain([of(GenerationState::Current, known.current)]).chain(making).collect()
}

fn generation(
    tenant: &Tenant,
    (clock, checkpointer): (&dyn Clock, &Checkpointer),
    state: GenerationState,
    made: Made,
) -> GenerationStatus {
    let (shelf, checkpoints) = (made.shelf(tenant.number()), checkpointer.checkpoints());
    // What cannot be read is not saved, as far as an opening is concerned.
    let header = checkpoints.header(shelf).ok().flatten();
    let seconds = |begun: Timestamp| (clock.now().as_micros() - begun.as_micros()) / 1_000_000;
    GenerationStatus {
        generation: made.generation.0,
        state,
        position: header.and_then(|header| saved_up_to(&header)).unwrap_or_default(),
        begun: made.begun,
        age_seconds: made.begun.map(seconds),
        bytes_on_disk: checkpoints.bytes_on_disk(shelf),
    }
}

fn lag(views: &Views, checkpoint: Position, head: Position) -> Lag {
    let micros = |position: Position| views.timeline.time(position.into()).as_micros();
    // Nothing is saved: it is behind by all there is, from the first event on.
    let from = if checkpoint == Position::ZERO { Position(1).min(head) } else { checkpoint };
    let seconds = (micros(head) - micros(from)) as f64 / 1_000_000.0;
    Lag { events: head.0 - checkpoint.0, seconds }
}

/// Before there are two samples, from the times of the last events.
fn rate(tenant: &Tenant, views: &Views, head: Position) -> Rate {
    let rate_meter = tenant.rate_meter();
    rate_meter.rate().unwrap_or_else(|| {
        let last = views.timeline.time(head.into());
        let minute = Timestamp::from_micros(last.as_micros().saturating_sub(MINUTE_MICROS));
        let before = views.timeline.resolve(minute, head.into()).position();
        let last_minute = rounded((head.0 - before.0) as f64 / 60.0);
        Rate { last_minute, since_start: None, heartbeat: rate_meter.last() }
    })
}
