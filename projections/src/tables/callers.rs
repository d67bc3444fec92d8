//! Through whom events came: for each caller the stretches of the log in which it sent something. No decision reads it.
//!
//! INVARIANT: an event that came through a caller lies in a stretch of that caller; each stretch begins with such an event,
//! so that a cut at any place leaves the others out. Absent on purpose: every single place. A caller that sends all there is
//! takes four bytes for each stretch of 256 events.

use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::{Position, Via};
use std::collections::BTreeMap;

/// Events of a stretch, at most.
const STRETCH_EVENTS: u64 = 256;

/// Where each caller sent something.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Callers(BTreeMap<Via, History<()>>);

/// The stretch that a place lies in.
fn stretch(place: Pos32) -> u64 {
    place.position().0 / STRETCH_EVENTS
}

impl Callers {
    pub(crate) fn came(&mut self, via: &Via, place: Pos32, undo_log: &mut UndoLog) {
        let Some(begun) = self.0.get_mut(via) else {
            self.0.insert(via.clone(), History::starting(place, ()));
            undo_log.push(place, UndoRecord::Caller(via.clone()));
            return;
        };
        let last = begun.values().next_back();
        if last.is_none_or(|(last, ())| stretch(last) != stretch(place)) {
            begun.push(place, ());
            undo_log.push(place, UndoRecord::Caller(via.clone()));
        }
    }

    pub(crate) fn undo(&mut self, via: &Via) {
        if self.0.get_mut(via).is_some_and(History::pop) {
            self.0.remove(via);
        }
    }

    /// The stretches, up to a place, that have all events that came through a caller: first and last position of each,
    /// ascending; those that lie side by side are one.
    pub(crate) fn stretches(&self, via: &Via, up_to: Pos32) -> Vec<(Position, Position)> {
        let begun = self.0.get(via).into_iter().flat_map(|begun| begun.values());
        let mut found: Vec<(Position, Position)> = Vec::new();
        for (place, ()) in begun.take_while(|(place, ())| *place <= up_to) {
            let end = Position((stretch(place) + 1) * STRETCH_EVENTS - 1).min(up_to.position());
            match found.last_mut() {
                Some((_, last)) if last.next() == Position(stretch(place) * STRETCH_EVENTS) => *last = end,
                _ => found.push((place.position(), end)),
            }
        }
        found
    }

    /// What they take in memory, about.
    pub(crate) fn heap(&self) -> usize {
        self.0.values().map(|begun| size_of_val(begun) + size_of::<Via>() + begun.heap()).sum()
    }
}

impl Saved for Callers {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let came = || self.0.iter().filter(|(_, begun)| first_place(begun, up_to).is_some());
        to.number(came().count() as u64);
        for (via, begun) in came() {
            to.text(&via.to_string());
            begun.save(up_to, to);
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let count = from.count()?;
        let mut callers = Callers::default();
        for _ in 0..count {
            let via = from.text()?.parse().map_err(|_| RowDamage("a caller that is none"))?;
            callers.0.insert(via, History::load(from)?);
        }
        Ok(callers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn via(number: usize) -> Via {
        format!("token:3kTq09xZaB7{number}").parse().expect("a caller")
    }

    fn folded(callers: &[usize]) -> Callers {
        let mut folded = Callers::default();
        let mut undo_log = UndoLog::default();
        for (number, place) in callers.iter().zip(1..) {
            folded.came(&via(*number), Position(place).into(), &mut undo_log);
        }
        folded
    }

    proptest! {
        #[test]
        fn every_event_of_a_caller_lies_in_its_stretches_at_any_cut_saved_undone_or_not(
            runs in prop::collection::vec((0..4_usize, 1..700_usize), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let callers: Vec<usize> = runs.iter().flat_map(|(caller, many)| vec![*caller; *many]).collect();
            let cut = cut.index(callers.len() + 1);
            let (whole, short) = (folded(&callers), folded(&callers[..cut]));
            let place = Pos32::from(Position(cut as u64));
            let mut row = RowWriter::default();
            whole.save(place, &mut row);
            prop_assert_eq!(&Callers::load(&mut RowReader(&row.0)).expect("it was saved"), &short);
            let (mut undone, mut undo_log) = (short.clone(), UndoLog::default());
            for (number, place) in callers[cut..].iter().zip(cut as u64 + 1..) {
                undone.came(&via(*number), Position(place).into(), &mut undo_log);
            }
            while let Some(UndoRecord::Caller(via)) = undo_log.pop_above(place) {
                undone.undo(&via);
            }
            prop_assert_eq!(&undone, &short);
            for number in 0..4 {
                let found = whole.stretches(&via(number), place);
                prop_assert!(found.is_sorted_by(|one, next| one.1.next() < next.0), "apart: {found:?}");
                let has = |at: u64| found.iter().any(|(first, last)| (first.0..=last.0).contains(&at));
                let sent = (1..).zip(&callers[..cut]).filter(|(_, caller)| **caller == number).map(|(at, _)| at);
                prop_assert!(sent.clone().all(has), "{number}: {found:?}");
                let taken: u64 = found.iter().map(|(first, last)| last.0 + 1 - first.0).sum();
                let many = sent.map(|at| at / STRETCH_EVENTS).collect::<std::collections::BTreeSet<_>>().len() as u64;
                prop_assert!(taken <= many * STRETCH_EVENTS);
                prop_assert!(found.last().is_none_or(|(_, last)| last.0 <= cut as u64));
            }
        }
    }
}
