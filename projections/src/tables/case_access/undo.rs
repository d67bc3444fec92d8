//! Taking off what events above the head did, newest first ([`crate::tables::undo_log`]).
//!
//! INVARIANT: what is left is as if the event had never been.

use super::{CaseAccess, Rare};
use crate::facts::case_set::CaseSet;
use crate::facts::number::{CaseIndexKey, SubjectKey};

impl CaseAccess {
    pub(crate) fn undo_open(&mut self) {
        let last = u32::try_from(self.cases.len()).expect("there are no more cases than positions") - 1;
        self.all.remove(last, &self.names);
        if let Some(parent) = self.here(last).and_then(|case| case.parent)
            && let Some(children) = self.children.get_mut(&parent)
        {
            children.pop();
            // As if there had never been one.
            if children.is_empty() {
                self.children.remove(&parent);
            }
        }
        self.cases.pop();
        self.names.pop();
    }

    pub(crate) fn undo_index(&mut self, by: CaseIndexKey, case: u32) {
        self.index.of(by).remove(case, &self.names);
        // So that what was first gathered above the head is as if it had never been.
        let (table, _) = self.index.table_mut(by);
        while table.last().is_some_and(CaseSet::is_empty) {
            table.pop();
        }
    }

    pub(crate) fn undo_placement(&mut self, case: u32, field: u32, person: SubjectKey) {
        self.get_mut(case).persons.undo((field, person));
    }

    pub(crate) fn undo_restricted(&mut self, case: u32) {
        let case = self.get_mut(case);
        if case.restriction_mut().on.pop() {
            case.restriction = None;
            case.renew_special();
        }
    }

    /// Takes something rare off a case.
    pub(crate) fn undo_rare(&mut self, case: u32, undo: impl FnOnce(&mut Rare)) {
        let case = self.get_mut(case);
        undo(case.rare_mut());
        case.drop_empty();
    }
}
