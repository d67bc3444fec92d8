//! How parts of the cases are exchanged.

use super::CaseAccess;
use std::mem::swap;

impl CaseAccess {
    /// All cases but their names.
    pub(crate) fn exchange_cases(&mut self, other: &mut CaseAccess) {
        swap(&mut self.cases, &mut other.cases);
    }

    /// What leads from others to cases.
    pub(crate) fn exchange_index(&mut self, other: &mut CaseAccess) {
        // Fields that are neither here nor above are names.
        let CaseAccess { names: _, fields: _, activities: _, cases: _, restricted, all, index, children } = self;
        swap(restricted, &mut other.restricted);
        swap(all, &mut other.all);
        swap(index, &mut other.index);
        swap(children, &mut other.children);
    }
}
