//! The note of time beside the log: the latest instant that was answered, and the first reading of a clock that was
//! behind the log.
//!
//! An instant that was answered must resolve to the same position for ever, also after a restart with a clock that was
//! set back. So it is noted before the answer is given, a little ahead, so that many answers share one sync. INVARIANT:
//! after an opening no live commit is at a noted instant, or before it. What cannot be noted is logged, and is no
//! reason not to answer. Absent on purpose: how time goes on (`tenant::flow`).

use super::tenant::Tenant;
use super::tenant::flow::Behind;
use super::tenant::register::Register;
use crate::seams::{OrganizationNumber, Storage};
use caseward_events::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::runtime::Handle;
use tracing::warn;

/// How far ahead of an answered instant the note is set. An opening takes longer than that, so a correct clock is
/// beyond it by then.
const AHEAD_MICROS: i64 = 50_000;

/// The contents of the note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    /// The latest instant that was used in an answer, or later.
    told: Option<Timestamp>,
    /// The organizations whose log is ahead of the clock.
    #[serde(default)]
    behind: BTreeMap<u32, Behind>,
}

/// The note of time beside the log.
pub(in crate::engine) struct ClockNote {
    store: Arc<dyn Storage>,
    register: Arc<RwLock<Register>>,
    noted: Mutex<Noted>,
    /// Locked while a note is written, so that notes stay in order.
    turn: tokio::sync::Mutex<()>,
}

impl ClockNote {
    /// Restores the note and passes it to the organizations.
    pub(in crate::engine) fn open(store: Arc<dyn Storage>, register: Arc<RwLock<Register>>) -> ClockNote {
        let bytes = store.clock_note().unwrap_or_else(|error| {
            warn!(%error, "what was noted of the clock cannot be read");
            None
        });
        let noted: Noted = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        for organization in register.read().unwrap_or_else(PoisonError::into_inner).all() {
            organization.recall(noted.behind.get(&organization.number().0).copied(), noted.told);
        }
        ClockNote { store, register, noted: Mutex::new(noted), turn: tokio::sync::Mutex::default() }
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
        if self.noted().behind == behind {
            return;
        }
        if !behind.is_empty() {
            warn!(organizations = behind.len(), "the clock lies behind the log: time goes on at half its pace");
        }
        runtime.block_on(async {
            let _turn = self.turn.lock().await;
            self.write(Noted { behind, ..self.noted() }).await;
        });
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
