//! Cases that leave memory, and come back ([`crate::tables::case_access`]).
//!
//! INVARIANT: a case leaves only while the saved rows have it as it is, so that the same comes back. Absent on purpose: when
//! that is asked for, and how much may be held; the engine knows.

use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::case_access::Case;
use crate::tables::case_access::residency::{Residency, RowMissing, RowReturned, RowsMissing, SavedCases};
use crate::tables::dirty::DirtyRows;
use crate::tables::table::Table;
use caseward_events::fact::ListText;
use caseward_events::{CaseId, Entity, Event, Fact, Labelled, Position, Resource};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many rows are looked at for each that leaves.
pub const LOOKS_PER_EVICTION: usize = 16;

impl Views {
    /// From now on cases may leave memory.
    pub fn let_leave(&mut self) {
        self.cases.let_leave();
    }

    /// Takes some cases out of memory that nobody asked for of late: at most those of so many rows, each saved and unchanged
    /// since. `digest` tells that of a row of cases, as it is saved; no cut may be about to be saved. What comes back is for
    /// dropping without the lock.
    pub fn leave(&mut self, rows: usize, digest: impl Fn(u32) -> u64) -> Vec<Vec<Case>> {
        let Views { cases, undo_log, .. } = self;
        // What the head has not passed, or not settled, is marked nowhere; to take it off again, it must be in memory.
        let mut unsettled = DirtyRows::default();
        undo_log.above(Pos32::ZERO).for_each(|record| unsettled.mark_with_derived(record));
        let cases_saved = undo_log.dirty.saved[Table::Cases as usize] as usize;
        let marked = |row| undo_log.dirty.has(Table::Cases, row) || unsettled.has(Table::Cases, row);
        let saved = |row, end| (end <= cases_saved && !marked(row)).then(|| digest(row));
        cases.leave(rows, rows * LOOKS_PER_EVICTION, saved)
    }

    /// The first rows that have left, at most so many.
    ///
    /// # Errors
    /// These, where there are any.
    pub fn all_here(&self, rows_max: usize) -> Result<(), RowsMissing> {
        let missing = self.cases.all_missing(rows_max);
        if missing.is_empty() { Ok(()) } else { Err(RowsMissing(missing)) }
    }

    /// Whether a row is still missing as it was.
    #[must_use]
    pub fn is_missing(&self, row: RowMissing) -> bool {
        self.cases.row_missing(row.row) == Some(row)
    }

    /// Puts back a row that was missing; false where that has happened already, or it has changed since.
    pub fn put_back(&mut self, returned: RowReturned) -> bool {
        self.cases.put_back(returned)
    }

    /// Whether all that the fold of an event changes is in memory; the number of its case may be known.
    ///
    /// # Errors
    /// What is not.
    #[inline]
    pub(super) fn can_fold(&self, fact: Fact<'_>, case: Option<u32>) -> Result<(), RowsMissing> {
        if self.cases.may_leave() { self.rows_for(fact, case) } else { Ok(()) }
    }

    fn rows_for(&self, fact: Fact<'_>, case: Option<u32>) -> Result<(), RowsMissing> {
        let names = &self.cases.names;
        let next = || u32::try_from(names.len()).ok();
        let changed = match fact {
            // It is added to the last row.
            Fact::CaseOpened { .. } => next(),
            Fact::Entry { on: ListText::Case(id) | ListText::Restriction(id), .. } => {
                case.or_else(|| names.get_text(id))
            }
            Fact::Entry { .. } | Fact::Member { .. } => None,
            Fact::Other(Event::UserOffboarded(event)) => return self.all_at_hand(event.ended.cases()),
            Fact::Other(event) => case_changed(event).and_then(|id| names.get(id)),
        };
        match changed.and_then(|number| self.cases.missing(number)) {
            None => Ok(()),
            Some(row) => Err(RowsMissing(vec![row])),
        }
    }

    fn all_at_hand<'a>(&self, cases: impl Iterator<Item = &'a CaseId>) -> Result<(), RowsMissing> {
        let missing = cases.filter_map(|id| self.cases.missing(self.cases.names.get(id)?));
        // Many cases may lie in one row.
        let missing: BTreeMap<u32, RowMissing> = missing.map(|row| (row.row, row)).collect();
        if missing.is_empty() { Ok(()) } else { Err(RowsMissing(missing.into_values().collect())) }
    }

    /// What the cases in memory take, where they may leave, as last counted.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.cases.held_bytes()
    }

    /// Counts the cases of some rows anew: they may have grown. Whether there are more.
    #[must_use]
    pub fn count_anew(&self, rows: Range<usize>) -> bool {
        self.cases.count_anew(rows)
    }

    /// How many cases are in memory, how many not.
    #[must_use]
    pub fn whereabouts(&self) -> Residency {
        self.cases.residency()
    }

    /// A copy of all cases, of views whose cases never leave.
    #[must_use]
    pub fn all_cases(&self) -> SavedCases {
        self.cases.to_saved()
    }
}

impl AtHand<'_> {
    /// The cases of a row as they were at a position, for other views of the same log that lack them.
    #[must_use]
    pub fn cases_of_row(self, row: u32, up_to: Position) -> SavedCases {
        let (place, entities) = (Pos32::from(up_to), Table::Cases.row_entities());
        let named = u32::try_from(self.cases.names.count_at(place)).expect("numbers have 32 bits");
        let (from, to) = (row.saturating_mul(entities), row.saturating_add(1).saturating_mul(entities));
        SavedCases((from..to.min(named)).map(|number| self.case(number).as_of(place)).collect())
    }
}

/// The case that an event changes, of those that are no facts of their own. All are listed, so that a new one is thought
/// of.
fn case_changed(event: &Event) -> Option<&CaseId> {
    match event {
        Event::CaseCompleted(event) => Some(&event.case),
        Event::CaseReopened(event) => Some(&event.case),
        Event::CaseRestricted(event) => Some(&event.case),
        Event::RestrictionLifted(event) => Some(&event.case),
        Event::PersonAdded(event) => Some(&event.case),
        Event::PersonRemoved(event) => Some(&event.case),
        Event::ActivityAssigned(event) => Some(&event.case),
        Event::ActivityReleased(event) => Some(&event.case),
        Event::CaseShared(event) => Some(&event.case),
        // Its stream is that of the case, whose row says how long it is.
        Event::LinkRevoked(event) => Some(&event.case),
        Event::GlassBroken(event) => Some(&event.case),
        Event::ItemAdded(event) => Some(&event.case),
        Event::ItemRemoved(event) => Some(&event.case),
        Event::WallRaised(event) => case_of(&event.on),
        Event::WallLowered(event) => case_of(&event.on),
        Event::Attached(event) => case_among(&event.entity),
        Event::Detached(event) => case_among(&event.entity),
        Event::LabelSet(event) => match &event.of {
            Labelled::Case(case) => Some(case),
            _ => None,
        },
        Event::CaseOpened(_) | Event::AccessGranted(_) | Event::GrantUpdated(_) | Event::GrantRevoked(_) => None,
        Event::MemberAdded(_) | Event::MemberRemoved(_) | Event::GroupActivated(_) | Event::GroupDeactivated(_) => None,
        Event::DefinitionCreated(_) | Event::AccessControlSet(_) | Event::SharingSet(_) => None,
        Event::GrantsRevoked(_) => None,
        Event::Delegated(_) | Event::DelegationEnded(_) => None,
        Event::ItemCheckedOut(_) | Event::ItemCheckedIn(_) => None,
        Event::FormAccessSet(_) | Event::ProfileConfigured(_) | Event::ProfileAssigned(_) => None,
        Event::UserPlaced(_) | Event::UserDisabled(_) | Event::UserEnabled(_) => None,
        Event::OrgAdminAppointed(_) | Event::OrgAdminDismissed(_) => None,
        // Of many cases.
        Event::UserOffboarded(_) => None,
        Event::VocabularyAdopted(_) => None,
        Event::PolicyAdopted(_) | Event::SubjectErased(_) | Event::KeyReplaced(_) => None,
        // Of the register.
        Event::OrganizationCreated(_) | Event::TokenIssued(_) | Event::TokenWithdrawn(_) => None,
    }
}

fn case_of(resource: &Resource) -> Option<&CaseId> {
    match resource {
        Resource::Case(case) => Some(case),
        Resource::Definition(_) | Resource::Organization => None,
    }
}

fn case_among(entity: &Entity) -> Option<&CaseId> {
    match entity {
        Entity::Case(case) => Some(case),
        Entity::Item(_) => None,
    }
}
