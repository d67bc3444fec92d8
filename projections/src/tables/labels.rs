//! What people call things: a history for each, read as every fact is. No decision reads it.

mod saved;

use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::number::LabelKey;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The labels of everything that has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(BTreeMap<LabelKey, History<Option<Arc<str>>>>);

impl Labels {
    /// What something is called at a place.
    pub(crate) fn at(&self, key: LabelKey, place: Pos32) -> Option<&str> {
        self.0.get(&key)?.value_at(place)?.as_deref()
    }

    /// Where something got a label, or lost it.
    pub(crate) fn places(&self, key: LabelKey) -> impl Iterator<Item = Pos32> {
        self.0.get(&key).into_iter().flat_map(|history| history.values().map(|(place, _)| place))
    }

    /// Where a workspace got a label, or lost it.
    pub(crate) fn places_of_workspaces(&self) -> impl Iterator<Item = Pos32> {
        let workspaces = self.0.range(LabelKey::Workspace(0)..);
        workspaces.flat_map(|(_, history)| history.values().map(|(place, _)| place))
    }

    pub(crate) fn set(&mut self, key: LabelKey, label: Option<&str>, place: Pos32, undo_log: &mut UndoLog) {
        self.0.entry(key).or_default().push(place, label.map(Arc::from));
        undo_log.push(place, UndoRecord::Label(key));
    }

    pub(crate) fn undo(&mut self, key: LabelKey) {
        if self.0.get_mut(&key).is_some_and(History::pop) {
            self.0.remove(&key);
        }
    }

    /// What they take in memory, about.
    pub(crate) fn heap(&self) -> usize {
        const COUNTS_BYTES: usize = 16;
        let of_text =
            |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| heap_size::allocated(COUNTS_BYTES + text.len()));
        let of_one = |history: &History<Option<Arc<str>>>| {
            size_of_val(history) + history.heap() + history.values().map(|(_, text)| of_text(text)).sum::<usize>()
        };
        self.0.values().map(of_one).sum()
    }
}
