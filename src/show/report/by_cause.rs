//! The changes of a report as they are told: by what caused them, those together that one cause made alike.
//!
//! INVARIANT: every step of every pair stands in exactly one group, and groups stand in the order of time.

use super::Document;
use crate::engine::report::Pair;
use caseward_events::Timestamp;
use caseward_events::answer::Cause;
use caseward_projections::HoldingChange;
use std::collections::BTreeMap;

/// What one thing changed, or several at one instant.
pub struct Changed<'a> {
    pub time: Timestamp,
    pub causes: &'a [Cause],
    /// In the order of the first pair of each.
    pub alike: Vec<Alike<'a>>,
}

/// Those who held the same before, and hold the same from then on.
pub struct Alike<'a> {
    /// In the order of the report.
    pub pairs: Vec<&'a Pair>,
    /// Of the first of them.
    pub step: &'a HoldingChange,
}

impl<'a> Changed<'a> {
    fn put(&mut self, pair: &'a Pair, step: &'a HoldingChange) {
        let same = |alike: &&mut Alike<'_>| (&alike.step.before, &alike.step.after) == (&step.before, &step.after);
        match self.alike.iter_mut().find(same) {
            Some(alike) => alike.pairs.push(pair),
            None => self.alike.push(Alike { pairs: vec![pair], step }),
        }
    }
}

impl Document {
    /// All of them.
    pub fn changes(&self) -> Vec<Changed<'_>> {
        let mut groups: BTreeMap<_, Changed<'_>> = BTreeMap::new();
        for pair in &self.report.pairs {
            for step in &pair.course.steps {
                let causes = step.causes.iter().map(|cause| (cause.position, cause.window)).collect::<Vec<_>>();
                let new = || Changed { time: step.time, causes: &step.causes, alike: Vec::new() };
                groups.entry((step.time, causes)).or_insert_with(new).put(pair, step);
            }
        }
        groups.into_values().collect()
    }
}
