//! What an engine has done since it was opened, in numbers: commands by what became of them, groups, syncs.
//!
//! INVARIANT: to count is an atomic addition or two, without a lock, so that whoever counts waits for nobody. Absent on
//! purpose: whoever reads the numbers out.

mod histogram;

pub use histogram::{Histogram, Recorded};

use super::answer::Answer;
use caseward_events::Code;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What an engine has done since it was opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Activity {
    /// Commands that were accepted for the first time, with what changed nothing.
    pub accepted: u64,
    /// Commands whose id was known: they were answered as the first time.
    pub repeated: u64,
    /// Commands of dry runs.
    pub foreseen: u64,
    /// Commands that were refused, by code; codes that never came are left out.
    pub refused: Vec<(Code, u64)>,
    /// Commands that were answered with a failure of the store.
    pub failed: u64,
    /// Groups that were stored and answered.
    pub groups: u64,
    /// Events that were stored.
    pub events: u64,
    /// How long writing a group with its sync took, in seconds.
    pub syncs: Recorded,
}

/// The counts.
#[derive(Debug)]
pub(super) struct Tally {
    accepted: AtomicU64,
    repeated: AtomicU64,
    foreseen: AtomicU64,
    refused: [AtomicU64; Code::ALL.len()],
    failed: AtomicU64,
    groups: AtomicU64,
    events: AtomicU64,
    syncs: Histogram,
}

impl Default for Tally {
    fn default() -> Tally {
        let new = AtomicU64::default;
        Tally {
            accepted: new(),
            repeated: new(),
            foreseen: new(),
            refused: std::array::from_fn(|_| new()),
            failed: new(),
            groups: new(),
            events: new(),
            syncs: Histogram::default(),
        }
    }
}

impl Tally {
    /// That answers are given.
    pub(super) fn answered(&self, answers: &[Answer]) {
        for answer in answers {
            let count = match answer {
                Answer::Refused(refusal) => &self.refused[refusal.code as usize],
                Answer::Accepted(accepted) if accepted.foreseen.is_some() => &self.foreseen,
                Answer::Accepted(accepted) if accepted.replayed => &self.repeated,
                Answer::Accepted(_) => &self.accepted,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// That commands could not be stored.
    pub(super) fn failed(&self, commands: usize) {
        self.failed.fetch_add(commands as u64, Ordering::Relaxed);
    }

    /// That a group of so many events is stored.
    pub(super) fn stored(&self, events: usize, took: Duration) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        self.syncs.record(took);
    }

    pub(super) fn activity(&self) -> Activity {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let refused = Code::ALL.iter().map(|code| (*code, of(&self.refused[*code as usize])));
        Activity {
            accepted: of(&self.accepted),
            repeated: of(&self.repeated),
            foreseen: of(&self.foreseen),
            refused: refused.filter(|(_, count)| *count > 0).collect(),
            failed: of(&self.failed),
            groups: of(&self.groups),
            events: of(&self.events),
            syncs: self.syncs.recorded(),
        }
    }
}
