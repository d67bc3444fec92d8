//! What is noted of time beside the log: instants that were told, the first reading of a clock that lay behind, when the clock
//! was last read, and how it jumped.
//!
//! An instant that was told to resolve to a position must do so for ever, also after a restart with a clock that was set
//! back; so it is noted before it is told, a second ahead: of many that go with the clock, one a second costs a sync.
//! INVARIANT: after an opening no live commit is at a noted instant, or before it. What cannot be noted is logged, and is no
//! reason not to answer. Absent on purpose: how time goes on (`tenant::flow`), and judging a clock (`believed_clock`).

use super::believed_clock::BelievedClock;
use super::clock::Clock;
use super::tenant::Tenant;
use super::tenant::flow::Behind;
use super::tenant::register::Register;
use crate::seams::{OrganizationNumber, Storage};
use caseward_events::Timestamp;
use caseward_events::answer::{ClockDoubt, ClockInDoubt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::runtime::Handle;
use tracing::warn;

/// How far ahead an instant is noted that is told: a commit right after a restart is later than the clock by no more.
const AHEAD_MICROS: i64 = 1_000_000;

/// A reading is noted where it lies that far from the one noted: one call a day pays for it.
const SEEN_MICROS: i64 = 24 * 3_600_000_000;

/// The contents of the note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    /// The latest instant that was used in an answer, or later.
    told: Option<Timestamp>,
    /// The organizations whose log is ahead of the clock.
    #[serde(default)]
    behind: BTreeMap<u32, Behind>,
    /// When the clock was last read and believed, within a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Timestamp>,
    /// How it jumped, where nobody has accepted that yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<ClockInDoubt>,
}

impl Noted {
    fn read(store: &dyn Storage) -> Noted {
        let bytes = store.clock_note().unwrap_or_else(|error| {
            warn!(%error, "what was noted of the clock cannot be read");
            None
        });
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}

/// Why an opening of a store would not believe a clock, by what is noted there.
#[must_use]
pub fn clock_in_doubt(store: &dyn Storage, clock: Arc<dyn Clock>) -> Option<ClockInDoubt> {
    let (believed, noted) = (BelievedClock::new(clock), Noted::read(store));
    believed.recall(noted.doubt, noted.seen);
    believed.doubt()
}

/// The note of time beside the log.
pub(in crate::engine) struct ClockNote {
    store: Arc<dyn Storage>,
    register: Arc<RwLock<Register>>,
    clock: Arc<BelievedClock>,
    noted: Mutex<Noted>,
    /// Locked while a note is written, so that notes stay in order.
    turn: tokio::sync::Mutex<()>,
}

impl ClockNote {
    /// Goes on from what is noted, and tells the organizations and the clock.
    pub(in crate::engine) fn open(
        store: Arc<dyn Storage>,
        (register, clock): (Arc<RwLock<Register>>, Arc<BelievedClock>),
    ) -> ClockNote {
        let noted = Noted::read(&*store);
        for organization in register.read().unwrap_or_else(PoisonError::into_inner).all() {
            organization.recall(noted.behind.get(&organization.number().0).copied(), noted.told);
        }
        clock.recall(noted.doubt, noted.seen);
        ClockNote { store, register, clock, noted: Mutex::new(noted), turn: tokio::sync::Mutex::default() }
    }

    /// Notes an instant that is about to be answered.
    pub(in crate::engine) async fn tell(&self, instant: Timestamp) {
        if self.noted().told >= Some(instant) {
            return;
        }
        let _turn = self.turn.lock().await;
        let mut next = self.noted();
        if next.told >= Some(instant) {
            return;
        }
        next.told = Some(Timestamp::from_micros(instant.as_micros().saturating_add(AHEAD_MICROS)));
        self.write(next).await;
    }

    /// Notes for which organizations the clock is behind, if that has changed.
    pub(in crate::engine) fn look(&self, runtime: &Handle) {
        let organizations = self.register.read().unwrap_or_else(PoisonError::into_inner).all();
        let behind = |one: &Arc<Tenant>| one.behind().map(|behind| (one.number(), behind));
        let behind: BTreeMap<u32, Behind> = organizations
            .iter()
            .filter_map(behind)
            .map(|(OrganizationNumber(number), behind)| (number, behind))
            .collect();
        let noted = self.noted();
        let (seen, doubt) = self.readings(&noted);
        if (&behind, seen, doubt) == (&noted.behind, noted.seen, noted.doubt) {
            return;
        }
        if !behind.is_empty() && behind != noted.behind {
            warn!(organizations = behind.len(), "the clock lies behind the log: time goes on at half its pace");
        }
        if let Some(doubt) = doubt.filter(|_| noted.doubt.is_none()) {
            warn!(%doubt, "no command is taken before somebody says that the clock is right");
        }
        runtime.block_on(async {
            let _turn = self.turn.lock().await;
            self.write(Noted { behind, seen, doubt, ..self.noted() }).await;
        });
    }

    /// What is to be noted of the clock itself: of one that is not believed, how it jumped; else what it shows, once a day.
    fn readings(&self, noted: &Noted) -> (Option<Timestamp>, Option<ClockInDoubt>) {
        match self.clock.doubt() {
            Some(doubt) if doubt.cause == ClockDoubt::Jumped => (noted.seen, noted.doubt.or(Some(doubt))),
            Some(_) => (noted.seen, noted.doubt),
            None => {
                let now = self.clock.now().as_micros();
                let is_near = |seen: &Timestamp| seen.as_micros().saturating_sub(now).saturating_abs() < SEEN_MICROS;
                (noted.seen.filter(is_near).or(Some(Timestamp::from_micros(now))), None)
            }
        }
    }

    fn noted(&self) -> Noted {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn write(&self, next: Noted) {
        let bytes = serde_json::to_vec(&next).expect("it is made of what JSON has");
        match self.store.write_clock_note(bytes).await {
            Ok(()) => *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = next,
            Err(error) => warn!(%error, "what is to be noted of the clock cannot be written"),
        }
    }
}
