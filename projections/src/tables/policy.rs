//! The policy at every place: a history for each key (`semantics.md` section 6, D39).

mod saved;

use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::policy::{Policy, PolicyChange, PolicyKey};

/// The policy at every position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyView {
    /// The whole policy, after each event that changed it.
    adopted: History<Policy>,
    /// For each key, in the order of [`PolicyKey::ALL`], the places that named it.
    named: Vec<History<()>>,
}

impl PolicyView {
    /// What was in force at a place.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Pos32) -> &Policy {
        const DEFAULT: &Policy = &caseward_events::policy::Preset::Caseward.policy();
        self.adopted.value_at(place).unwrap_or(DEFAULT)
    }

    /// Where a key was last adopted, where it ever was.
    #[must_use]
    pub fn adopted(&self, key: PolicyKey, place: Pos32) -> Option<Pos32> {
        self.named.get(key as usize)?.at(place).map(|(since, ())| since)
    }

    /// Where it was ever changed.
    pub(crate) fn places(&self) -> impl Iterator<Item = Pos32> {
        self.adopted.values().map(|(place, _)| place)
    }

    pub(crate) fn adopt(&mut self, change: &PolicyChange, place: Pos32, undo_log: &mut UndoLog) {
        let policy = self.at(Pos32::LATEST).with(change);
        self.adopted.push(place, policy);
        undo_log.push(place, UndoRecord::PolicyEvent);
        self.named.resize_with(PolicyKey::ALL.len(), History::default);
        for key in change.keys() {
            self.named[key as usize].push(place, ());
            undo_log.push(place, UndoRecord::PolicyKey(key));
        }
    }

    pub(crate) fn undo_adopt(&mut self) {
        if self.adopted.pop() {
            self.named.clear();
        }
    }

    pub(crate) fn undo_key(&mut self, key: PolicyKey) {
        self.named[key as usize].pop();
    }
}
