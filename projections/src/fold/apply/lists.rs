//! Entries of access lists and restrictions, with their windows.

use crate::facts::number::{CaseIndexKey, ListIndex, StreamIndex, SubjectKey, WindowIndex};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::views::Views;
use crate::tables::access_list::{AccessList, Entry, TimedRights};
use crate::tables::case_access::Case;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::CaseRestricted;
use caseward_events::{CaseId, Rights, Window};

impl Views {
    pub(super) fn restrict(&mut self, event: &CaseRestricted, place: Pos32) -> Result<StreamIndex, FoldError> {
        let case = self.case(event.case.text(), place)?;
        if self.is_restricted(case) {
            let what = format!("restriction:{}", event.case);
            return Err(FoldError::MadeTwice { position: place.position(), what });
        }
        self.cases.set_restricted(case, true, place, &mut self.undo_log);
        for entry in &event.entries {
            let subject = self.directory.name((&entry.to).into(), place, &mut self.undo_log);
            self.put_entry(ListIndex::Restriction(case), subject, entry.rights, entry.window(), place);
        }
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn lift(&mut self, id: &CaseId, place: Pos32) -> Result<StreamIndex, FoldError> {
        let case = self.case(id.text(), place)?;
        if !self.is_restricted(case) {
            let what = format!("restriction:{id}");
            return Err(FoldError::Unknown { position: place.position(), what });
        }
        let restriction = self.cases.get_mut(case).restriction_mut();
        let held = |entry: &&crate::tables::access_list::Entry| entry.at(Pos32::LATEST).is_some();
        let listed: Vec<_> = restriction.list.entries().filter(held).map(Entry::subject).collect();
        for subject in listed {
            self.put_entry(ListIndex::Restriction(case), subject, Rights::NONE, Window::ALWAYS, place);
        }
        self.cases.set_restricted(case, false, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn is_restricted(&self, case: u32) -> bool {
        let restriction = self.cases.here(case).and_then(Case::ever_restricted);
        restriction.is_some_and(|restriction| restriction.on.is_true(Pos32::LATEST))
    }

    pub(in crate::fold) fn put_entry_of(&mut self, list: ListIndex, subject: SubjectKey, place: Pos32) {
        self.put_entry(list, subject, Rights::NONE, Window::ALWAYS, place);
    }

    pub(super) fn set_entry(
        &mut self,
        list: ListIndex,
        subject: SubjectKey,
        rights: Rights,
        window: Window,
        place: Pos32,
    ) -> StreamIndex {
        self.put_entry(list, subject, rights, window, place);
        match list {
            ListIndex::Organization => StreamIndex::Organization,
            ListIndex::Definition(number) => StreamIndex::Definition(number),
            ListIndex::Case(number) | ListIndex::Restriction(number) => StreamIndex::Case(number),
        }
    }

    pub(super) fn put_entry(
        &mut self,
        list: ListIndex,
        subject: SubjectKey,
        rights: Rights,
        window: Window,
        place: Pos32,
    ) {
        let window = self.keep_window(window, place);
        let first = self.list_mut(list).set(subject, place, TimedRights { rights, window });
        self.undo_log.push(place, UndoRecord::Entry { list, subject });
        if let (ListIndex::Case(case) | ListIndex::Restriction(case), true) = (list, first) {
            self.cases.index_case(CaseIndexKey::Naming(subject), case, place, &mut self.undo_log);
        }
    }

    pub(super) fn keep_window(&mut self, window: Window, place: Pos32) -> WindowIndex {
        let (window, kept) = self.windows.add(window, place);
        if kept {
            self.undo_log.push(place, UndoRecord::Window);
        }
        window
    }

    pub(in crate::fold) fn list_mut(&mut self, list: ListIndex) -> &mut AccessList {
        match list {
            ListIndex::Organization => &mut self.definitions.organization,
            ListIndex::Definition(number) => &mut self.definitions.get_mut(number).list,
            ListIndex::Case(number) => &mut self.cases.get_mut(number).list,
            ListIndex::Restriction(number) => &mut self.cases.get_mut(number).restriction_mut().list,
        }
    }
}
