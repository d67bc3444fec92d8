//! The views as a question reads them: what is in memory is at hand, and what is not is written down.
//!
//! A case that has left memory reads as an empty one, so that the question goes on and finds out what else it needs. Its
//! answer is worth nothing then: [`Views::ask`] throws it away and says which rows are missing. Whoever asks fetches them,
//! puts them back ([`Views::put_back`]) and asks again. INVARIANT: an answer comes out of [`Views::ask`] alone, and only
//! where everything that it read was in memory; a question that misses nothing allocates nothing for this. Absent on
//! purpose: a way to fetch a row from here.

use crate::facts::number::{ListIndex, SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::fold::views::Views;
use crate::tables::access_list::{Entry, TimedRights};
use crate::tables::case_access::Case;
use crate::tables::case_access::residency::RowsMissing;
use crate::tables::table::Table;
use caseward_events::{CaseId, ListRef, Resource};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Deref;

/// Rows that are written down for one question; what it misses beyond them it learns when it is asked again.
const ROWS_MAX: usize = 512;

/// The rows that a question misses: a word, while it misses none.
#[derive(Default)]
struct Misses(Cell<Option<Box<Rows>>>);

#[derive(Default)]
struct Rows(BTreeSet<u32>);

impl Misses {
    #[cold]
    fn note(&self, row: u32) {
        let mut rows = self.0.take().unwrap_or_default();
        if rows.0.len() < ROWS_MAX {
            rows.0.insert(row);
        }
        self.0.set(Some(rows));
    }
}

/// Views to read from while a question is asked ([`Views::ask`]).
#[derive(Clone, Copy)]
pub struct AtHand<'a> {
    views: &'a Views,
    misses: &'a Misses,
}

impl Deref for AtHand<'_> {
    type Target = Views;
    #[inline]
    fn deref(&self) -> &Views {
        self.views
    }
}

impl Views {
    /// Asks something of the views.
    ///
    /// # Errors
    /// Rows of cases that it needs have left memory. There is no answer then, not even a part of one.
    #[inline]
    pub fn ask<T>(&self, question: impl FnOnce(AtHand<'_>) -> T) -> Result<T, RowsMissing> {
        let misses = Misses::default();
        let answer = question(AtHand { views: self, misses: &misses });
        match misses.0.take() {
            None => Ok(answer),
            Some(rows) => Err(self.rows_missing(&rows)),
        }
    }

    #[cold]
    fn rows_missing(&self, rows: &Rows) -> RowsMissing {
        RowsMissing(rows.0.iter().filter_map(|&row| self.cases.row_missing(row)).collect())
    }
}

impl<'a> AtHand<'a> {
    /// The views without the cases that have left.
    #[inline]
    pub(crate) fn views(self) -> &'a Views {
        self.views
    }

    /// Others that are read for the same question. What is missing of them is missing of this one.
    pub(crate) fn beside<'b>(self, others: &'b Views) -> AtHand<'b>
    where
        'a: 'b,
    {
        AtHand { views: others, misses: self.misses }
    }

    /// A case by number.
    #[must_use]
    #[inline]
    pub fn case(self, number: u32) -> &'a Case {
        match self.views.cases.here(number) {
            Some(case) => case,
            None => self.absent(number),
        }
    }

    #[cold]
    fn absent(self, number: u32) -> &'a Case {
        self.misses.note(number / Table::Cases.row_entities());
        self.views.cases.absent()
    }

    /// A case by number, where there is one.
    pub(crate) fn find_case(self, number: u32) -> Option<&'a Case> {
        ((number as usize) < self.views.cases.len()).then(|| self.case(number))
    }

    /// The case of an id, where it had been opened by then.
    #[must_use]
    #[inline]
    pub fn known_case(self, id: &CaseId, place: Pos32) -> Option<u32> {
        self.views.cases.names.get(id).filter(|&number| self.case(number).opened <= place)
    }

    /// The list of a reference, where case or definition exist.
    #[must_use]
    pub fn list_index(self, list: &ListRef, place: Pos32) -> Option<ListIndex> {
        match list {
            ListRef::Organization => Some(ListIndex::Organization),
            ListRef::Definition(id) => self.views.definitions.known(id, place).map(ListIndex::Definition),
            ListRef::Case(id) => self.known_case(id, place).map(ListIndex::Case),
            ListRef::Restriction(id) => self.known_case(id, place).map(ListIndex::Restriction),
        }
    }

    /// The entry of a subject on a list at a place: since when, what it gives.
    #[must_use]
    pub fn entry(self, list: ListIndex, subject: SubjectKey, place: Pos32) -> Option<(Pos32, TimedRights)> {
        let list = match list {
            ListIndex::Organization => &self.views.definitions.organization,
            ListIndex::Definition(number) => &self.views.definitions.get(number).list,
            ListIndex::Case(number) => return self.case_entry(number, subject, place),
            ListIndex::Restriction(number) => &self.case(number).restriction(place)?.1.list,
        };
        list.entry(subject)?.at(place)
    }

    /// What a list ever gave a subject, oldest first; nothing, where it never named the subject.
    pub(crate) fn ever_held(self, list: ListIndex, subject: SubjectKey) -> impl Iterator<Item = TimedRights> + 'a {
        let entry = self.ever_entry(list, subject);
        entry.into_iter().flat_map(Entry::values).map(|(_, held)| held)
    }

    fn ever_entry(self, list: ListIndex, subject: SubjectKey) -> Option<&'a Entry> {
        let list = match list {
            ListIndex::Organization => &self.views.definitions.organization,
            ListIndex::Definition(number) => &self.views.definitions.get(number).list,
            ListIndex::Case(number) => &self.case(number).list,
            ListIndex::Restriction(number) => match self.case(number).ever_restricted() {
                Some(restriction) => &restriction.list,
                None => return None,
            },
        };
        list.entry(subject)
    }

    fn case_entry(self, number: u32, subject: SubjectKey, place: Pos32) -> Option<(Pos32, TimedRights)> {
        let case = self.case(number);
        let (since, held) = case.list.entry(subject)?.at(place)?;
        let is_swept = self.views.definitions.get(case.definition).is_swept(subject, since, place);
        (!is_swept).then_some((since, held))
    }

    /// The numbers of a resource, where it existed by then.
    #[must_use]
    #[inline]
    pub fn target(self, resource: &Resource, place: Pos32) -> Option<Target> {
        match resource {
            Resource::Case(id) => self.known_case(id, place).map(Target::Case),
            Resource::Definition(id) => self.views.definitions.known(id, place).map(Target::Definition),
            Resource::Organization => Some(Target::Organization),
        }
    }

    /// Whether a resource exists.
    #[must_use]
    pub fn exists(self, resource: &Resource, place: Pos32) -> bool {
        self.target(resource, place).is_some()
    }
}
