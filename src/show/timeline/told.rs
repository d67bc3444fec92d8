//! A timeline as an answer for programs, with what happened in words.

use crate::engine::timeline::{Row, Timeline};
use crate::show::phrasing::{self, Cited};
use caseward_events::Recorded;
use caseward_events::answer::{TimelineAnswer, TimelineEvent, TimelineRow};
use caseward_events::ask::Next;

/// With the events that it cites, and what its page says of the next one.
#[must_use]
pub fn answer(timeline: &Timeline, cited: &Cited, next: Next) -> TimelineAnswer {
    let Timeline { rows, bands, from, to, position, settled, .. } = timeline;
    let row = |row: &Row| TimelineRow { subject: row.subject.clone(), tracks: row.tracks.clone() };
    TimelineAnswer {
        subjects: rows.iter().map(row).collect(),
        bands: bands.clone(),
        events: cited.values().map(event).collect(),
        from: *from,
        to: *to,
        position: *position,
        settled: *settled,
        next,
    }
}

fn event(recorded: &Recorded) -> TimelineEvent {
    let Recorded { position, time, actor, event, .. } = recorded;
    TimelineEvent {
        position: *position,
        time: *time,
        r#type: event.name().to_owned(),
        actor: actor.clone(),
        what: phrasing::what_happened(recorded),
    }
}
