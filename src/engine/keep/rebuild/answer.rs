//! What is answered of a rebuild that has ended.

use super::{Outcome, Plan, Rebuilt};
use caseward_events::answer::{
    DecidingEvent, HistoryEntry, RebuildAnswer, RebuildOutcome, RebuiltProjection, RowDifference,
};
use caseward_events::{Position, Recorded};
use caseward_projections::{Projection, ViewDifference};
use std::collections::BTreeMap;

impl Rebuilt {
    /// In the form that programs read, with the events that it names, as far as they are given.
    #[must_use]
    pub fn answer(&self, plan: &Plan, events: &BTreeMap<Position, Recorded>) -> RebuildAnswer {
        let Rebuilt { generation, position, from, folding, rows_that_differ, others, not_saved, .. } = self;
        let outcome = match self.outcome {
            Outcome::Swapped => RebuildOutcome::Swapped,
            Outcome::Refused => RebuildOutcome::Refused,
            Outcome::Stopped => RebuildOutcome::Stopped,
            Outcome::Cancelled => RebuildOutcome::Cancelled,
        };
        RebuildAnswer {
            outcome,
            generation: generation.0,
            position: *position,
            from: *from,
            seconds: folding.as_secs_f64(),
            events_per_second: self.events_per_second(),
            projections: self.answered(plan).map(|projection| self.answer_of(projection, events)).collect(),
            rows_that_differ: *rows_that_differ,
            others: others.iter().map(|one| one.name().to_owned()).collect(),
            not_saved: not_saved.clone(),
        }
    }

    /// Of those that were asked for, and of others that stood in their way.
    pub fn answered(&self, plan: &Plan) -> impl Iterator<Item = Projection> {
        let told = |one: &Projection| plan.projections.contains(one) || self.differences_of(*one).next().is_some();
        Projection::ALL.into_iter().filter(told)
    }

    /// What differs of one.
    pub fn differences_of(&self, projection: Projection) -> impl Iterator<Item = &ViewDifference> {
        self.differences.iter().filter(move |difference| difference.projection == projection)
    }

    /// One projection alone.
    #[must_use]
    pub fn answer_of(&self, projection: Projection, events: &BTreeMap<Position, Recorded>) -> RebuiltProjection {
        let differences: Vec<_> = self.differences_of(projection).map(|one| difference(one, events)).collect();
        let (equal, position) = (differences.is_empty(), self.position);
        RebuiltProjection { projection: projection.name().to_owned(), equal, differences, position }
    }
}

fn difference(difference: &ViewDifference, events: &BTreeMap<Position, Recorded>) -> RowDifference {
    let ViewDifference { of, live, rebuilt, positions, .. } = difference.clone();
    let event = |position: &Position| match events.get(position) {
        Some(recorded) => DecidingEvent::Known(Box::new(HistoryEntry::from(recorded))),
        None => DecidingEvent::Unknown { position: *position },
    };
    let events = positions.iter().map(event).collect();
    RowDifference { of, live, rebuilt, positions, events }
}
