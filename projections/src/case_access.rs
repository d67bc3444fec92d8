//! The case-access view: cases, their lists, their restriction, and which cases name a subject.

use crate::access_list::{AccessList, SubjectKey};
use crate::history::{History, Place};
use crate::names::Names;
use crate::trail::{Touch, Trail};
use caseward_events::CaseId;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseAccess {
    /// Cases by number. INVARIANT: only their opening names them, so the first place is that of the opening.
    pub names: Names<CaseId>,
    cases: Vec<Case>,
    /// How many cases are restricted.
    pub restricted: History<u32>,
    /// The cases whose list ever had an entry for the subject.
    naming: HashMap<SubjectKey, Vec<u32>, RandomState>,
}

/// An instance of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it was opened.
    pub opened: Place,
    /// Its kind.
    pub definition: u32,
    /// Who opened it.
    pub creator: u32,
    /// The case it belongs to; no access flows.
    pub parent: Option<u32>,
    /// Whether it is completed.
    pub completed: History<bool>,
    /// Who has access to it.
    pub list: AccessList,
    /// There once it was restricted; boxed, because few are.
    restriction: Option<Box<Restriction>>,
}

/// What stands alone while it is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restriction {
    /// On or off.
    pub on: History<bool>,
    /// The restricted list; lifting takes every entry off.
    pub list: AccessList,
}

impl Case {
    /// The restriction and where it was put on, while it is on.
    #[must_use]
    #[inline]
    pub fn restriction(&self, place: Place) -> Option<(Place, &Restriction)> {
        let restriction = self.restriction.as_deref()?;
        restriction.on.true_since(place).map(|since| (since, restriction))
    }

    /// The restriction, whether it is on or not.
    pub(crate) fn restriction_mut(&mut self) -> &mut Restriction {
        self.restriction.get_or_insert_default()
    }
}

impl CaseAccess {
    /// A case by number.
    #[must_use]
    #[inline]
    pub fn get(&self, number: u32) -> &Case {
        &self.cases[number as usize]
    }

    /// The case of an id, where it had been opened by then.
    #[must_use]
    pub fn known(&self, id: &CaseId, place: Place) -> Option<u32> {
        self.names.get(id).filter(|&number| self.get(number).opened <= place)
    }

    /// The cases whose list ever had an entry for the subject, in the order of the first entries.
    #[must_use]
    pub fn naming(&self, subject: SubjectKey) -> &[u32] {
        self.naming.get(&subject).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn open(
        &mut self,
        id: &CaseId,
        definition: u32,
        creator: u32,
        parent: Option<u32>,
        place: Place,
        trail: &mut Trail,
    ) {
        self.names.intern(id, place);
        self.cases.push(Case {
            opened: place,
            definition,
            creator,
            parent,
            completed: History::default(),
            list: AccessList::default(),
            restriction: None,
        });
        trail.push(place, Touch::Case);
    }

    pub(crate) fn undo_open(&mut self) {
        self.names.pop();
        self.cases.pop();
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> &mut Case {
        &mut self.cases[number as usize]
    }

    pub(crate) fn set_restricted(&mut self, case: u32, on: bool, place: Place, trail: &mut Trail) {
        self.get_mut(case).restriction_mut().on.push(place, on);
        trail.push(place, Touch::Restriction(case));
        let before = self.restricted.value_at(Place::LATEST).copied().unwrap_or(0);
        self.restricted.push(place, if on { before + 1 } else { before - 1 });
        trail.push(place, Touch::RestrictedCases);
    }

    pub(crate) fn undo_restricted(&mut self, case: u32) {
        let case = self.get_mut(case);
        if case.restriction_mut().on.pop() {
            case.restriction = None;
        }
    }

    /// After the first entry of a subject on the list of a case.
    pub(crate) fn add_naming(&mut self, subject: SubjectKey, case: u32) {
        self.naming.entry(subject).or_default().push(case);
    }

    pub(crate) fn undo_naming(&mut self, subject: SubjectKey) {
        if let Some(cases) = self.naming.get_mut(&subject) {
            cases.pop();
            if cases.is_empty() {
                self.naming.remove(&subject);
            }
        }
    }
}
