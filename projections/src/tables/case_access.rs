//! The case-access view: all cases, what each has ([`Case`]), and the cases that name a subject.

use crate::facts::number::{CaseIndexKey, SubjectKey};
pub(crate) mod build_index;
mod case;
mod compare;
pub(crate) mod residency;
mod saved;
mod undo;

use crate::facts::case_set::{CaseSet, Ranks};
use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::interner::Interner;
use crate::facts::position::Pos32;
use crate::tables::undo_log::{Replaying, UndoLog};
use crate::tables::undo_record::UndoRecord;
use caseward_events::{ActivityId, CaseId, FieldId, Text};
use residency::{Cases, Residency, RowMissing, RowReturned, SavedCases};
use std::collections::HashMap;
use std::ops::Range;
use thin_vec::ThinVec;

pub use case::{Case, Glass, Placed, Rare, Restriction};

/// All cases with their lists, restrictions, people and indexes.
#[derive(Clone, Debug, Default)]
pub struct CaseAccess {
    /// Cases by number. INVARIANT: only their opening names them, so the first place is that of the opening.
    pub names: Interner<CaseId>,
    /// Person fields by number.
    pub fields: Interner<FieldId>,
    /// Activities by number.
    pub activities: Interner<ActivityId>,
    cases: Cases,
    /// How many cases are restricted.
    pub restricted: History<u32>,
    /// All cases.
    pub all: CaseSet,
    index: CaseIndex,
    /// Of each case that others name as their parent, where they were opened, in order: what `parent` of those says.
    children: HashMap<u32, ThinVec<Pos32>>,
}

/// Cases by what they are gathered by: a table for each kind, by number.
#[derive(Clone, Debug, Default, PartialEq)]
struct CaseIndex {
    users: Vec<CaseSet>,
    groups: Vec<CaseSet>,
    workspaces: Vec<CaseSet>,
    definitions: Vec<CaseSet>,
}

impl CaseIndex {
    fn table(&self, by: CaseIndexKey) -> (&Vec<CaseSet>, u32) {
        match by {
            CaseIndexKey::Naming(subject) => match (subject.as_user(), subject.as_group()) {
                (Some(user), _) => (&self.users, user),
                (None, group) => (&self.groups, group.expect("it is one of the two")),
            },
            CaseIndexKey::Workspace(workspace) => (&self.workspaces, workspace),
            CaseIndexKey::Definition(definition) => (&self.definitions, definition),
        }
    }

    fn table_mut(&mut self, by: CaseIndexKey) -> (&mut Vec<CaseSet>, u32) {
        match by {
            CaseIndexKey::Naming(subject) => match (subject.as_user(), subject.as_group()) {
                (Some(user), _) => (&mut self.users, user),
                (None, group) => (&mut self.groups, group.expect("it is one of the two")),
            },
            CaseIndexKey::Workspace(workspace) => (&mut self.workspaces, workspace),
            CaseIndexKey::Definition(definition) => (&mut self.definitions, definition),
        }
    }

    #[inline]
    fn of(&mut self, by: CaseIndexKey) -> &mut CaseSet {
        let (table, number) = self.table_mut(by);
        let index = number as usize;
        if table.len() <= index {
            table.resize_with(index + 1, CaseSet::default);
        }
        &mut table[index]
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut CaseSet> {
        let CaseIndex { users, groups, workspaces, definitions } = self;
        users.iter_mut().chain(groups).chain(workspaces).chain(definitions)
    }
}

impl CaseAccess {
    /// A case by number, where it is in memory.
    #[must_use]
    #[inline]
    pub fn here(&self, number: u32) -> Option<&Case> {
        self.cases.here(number)
    }

    /// What one reads as that is not here ([`CaseAccess::here`]).
    pub(crate) fn absent(&self) -> &Case {
        self.cases.absent()
    }

    /// Cases gathered over all time, if there are any.
    #[must_use]
    pub fn indexed(&self, by: CaseIndexKey) -> Option<&CaseSet> {
        let (table, number) = self.index.table(by);
        table.get(number as usize).filter(|cases| !cases.is_empty())
    }
}

/// What they take in memory.
impl CaseAccess {
    /// Of a range of cases those in memory: themselves with what hangs on them, and their lists.
    pub(crate) fn heap_of(&self, cases: Range<usize>) -> (usize, usize) {
        self.cases.here_of(cases).fold((0, 0), |(beside, lists), case| {
            (beside + size_of_val(case) + case.heap_beside_lists(), lists + case.lists_heap())
        })
    }

    /// What no case takes with it when it leaves, apart from names and what gathers it.
    pub(crate) fn table_heap(&self) -> usize {
        self.cases.table_heap() + self.restricted.heap()
    }

    pub(crate) fn index_heap(&self) -> usize {
        let CaseIndex { users, groups, workspaces, definitions } = &self.index;
        let tables = [users, groups, workspaces, definitions];
        let of_table = |table: &Vec<CaseSet>| heap_size::vec(table) + table.iter().map(CaseSet::heap).sum::<usize>();
        let children = heap_size::allocated(self.children.capacity() * size_of::<(u32, ThinVec<Pos32>)>())
            + self.children.values().map(heap_size::thin).sum::<usize>();
        self.all.heap() + tables.into_iter().map(of_table).sum::<usize>() + children
    }

    /// Gives back the room that was made for more, after many were folded.
    pub(crate) fn shrink(&mut self) {
        self.cases.here_mut().for_each(|case| case.list.shrink());
    }
}

/// Leaving memory ([`residency`]).
impl CaseAccess {
    pub(crate) fn let_leave(&mut self) {
        self.cases.let_leave();
    }

    #[inline]
    pub(crate) fn may_leave(&self) -> bool {
        self.cases.may_leave()
    }

    pub(crate) fn leave(
        &mut self,
        many: usize,
        looks: usize,
        saved: impl Fn(u32, usize) -> Option<u64>,
    ) -> Vec<Vec<Case>> {
        self.cases.leave(many, looks, saved)
    }

    pub(crate) fn missing(&self, number: u32) -> Option<RowMissing> {
        self.cases.missing(number)
    }

    pub(crate) fn row_missing(&self, row: u32) -> Option<RowMissing> {
        self.cases.row_missing(row)
    }

    pub(crate) fn all_missing(&self, rows_max: usize) -> Vec<RowMissing> {
        self.cases.all_missing(rows_max)
    }

    pub(crate) fn put_back(&mut self, returned: RowReturned) -> bool {
        self.cases.put_back(returned)
    }

    /// What the cases in memory take, where they may leave, as last counted.
    pub(crate) fn held_bytes(&self) -> usize {
        self.cases.held_bytes()
    }

    pub(crate) fn count_anew(&self, chunks: Range<usize>) -> bool {
        self.cases.count_anew(chunks)
    }

    pub(crate) fn residency(&self) -> Residency {
        self.cases.residency()
    }

    /// A copy of all of them.
    pub(crate) fn to_saved(&self) -> SavedCases {
        SavedCases(self.cases.all_here().cloned().collect())
    }
}

/// The fold.
impl CaseAccess {
    /// The number that it gets; none where there is one of that id.
    pub(crate) fn open(&mut self, id: Text<'_>, case: Case, undo_log: &mut UndoLog) -> Option<u32> {
        let place = case.opened;
        let (number, first) = self.names.intern_text(id, place);
        if !first {
            return None;
        }
        let (definition, creator, workspace) = (case.definition, case.creator, case.creator_workspace);
        if let Some(parent) = case.parent {
            self.add_child(parent, place);
        }
        self.cases.push(case);
        undo_log.push(place, UndoRecord::Case);
        match undo_log.replaying() {
            Replaying::Nothing => drop(self.all.insert(number, &self.names)),
            Replaying::Tail => self.all.add_loose(number),
            Replaying::Everything | Replaying::Partial => {}
        }
        self.index_case(CaseIndexKey::Definition(definition), number, place, undo_log);
        self.index_case(CaseIndexKey::Naming(SubjectKey::user(creator)), number, place, undo_log);
        if let Some(workspace) = workspace {
            self.index_case(CaseIndexKey::Workspace(workspace), number, place, undo_log);
        }
        Some(number)
    }

    /// A case was opened below another one.
    pub(crate) fn add_child(&mut self, parent: u32, opened: Pos32) {
        self.children.entry(parent).or_default().push(opened);
    }

    /// Where cases were opened below a case, in order.
    pub(crate) fn children(&self, parent: u32) -> &[Pos32] {
        self.children.get(&parent).map_or(&[], ThinVec::as_slice)
    }

    pub(crate) fn index_case(&mut self, by: CaseIndexKey, case: u32, place: Pos32, undo_log: &mut UndoLog) {
        match undo_log.replaying() {
            Replaying::Nothing => {
                if self.index.of(by).insert(case, &self.names) {
                    undo_log.push(place, UndoRecord::Indexed(by, case));
                }
            }
            Replaying::Tail => self.index.of(by).add_loose(case),
            Replaying::Everything | Replaying::Partial => {}
        }
    }

    /// The case that a replay gathered last, for nothing but to have its place at hand; 0 where there is none.
    #[inline]
    pub(crate) fn loose(&self, by: CaseIndexKey) -> u32 {
        let (table, number) = self.index.table(by);
        table.get(number as usize).map_or(0, CaseSet::last_loose)
    }

    /// After a tail was replayed: what it gathered takes its place among the rest.
    pub(crate) fn put_in_order(&mut self) {
        let CaseAccess { names, all, index, .. } = self;
        let loose = all.loose() + index.all_mut().map(|cases| cases.loose()).sum::<usize>();
        // Few are put in one by one; for many, one sort of all cases tells the place of each.
        if loose * 8 < names.len() {
            all.insert_loose(names);
            index.all_mut().for_each(|cases| cases.insert_loose(names));
        } else {
            let ranks = Ranks::of(names);
            all.sort_loose(&ranks);
            index.all_mut().for_each(|cases| cases.sort_loose(&ranks));
        }
    }

    pub(crate) fn name_field(&mut self, id: &FieldId, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.fields.intern(id, place);
        if first {
            undo_log.push(place, UndoRecord::Field);
        }
        number
    }

    pub(crate) fn name_activity(&mut self, id: &ActivityId, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.activities.intern(id, place);
        if first {
            undo_log.push(place, UndoRecord::Activity);
        }
        number
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> &mut Case {
        self.cases.get_mut(number)
    }

    pub(crate) fn place_person(
        &mut self,
        case: u32,
        (field, person): (u32, SubjectKey),
        placed: Placed,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) {
        self.get_mut(case).persons.set((field, person), place, placed);
        undo_log.push(place, UndoRecord::Placement { case, field, person });
        self.index_case(CaseIndexKey::Naming(person), case, place, undo_log);
        if let Placed::In(Some(workspace)) = placed {
            self.index_case(CaseIndexKey::Workspace(workspace), case, place, undo_log);
        }
    }

    pub(crate) fn set_restricted(&mut self, case: u32, on: bool, place: Pos32, undo_log: &mut UndoLog) {
        self.get_mut(case).restriction_mut().on.push(place, on);
        undo_log.push(place, UndoRecord::Restriction(case));
        let before = self.restricted.value_at(Pos32::LATEST).copied().unwrap_or(0);
        self.restricted.push(place, if on { before.saturating_add(1) } else { before.saturating_sub(1) });
        undo_log.push(place, UndoRecord::RestrictedCases);
    }

    pub(crate) fn assign(
        &mut self,
        case: u32,
        (activity, assignee): (u32, SubjectKey),
        is: bool,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) {
        self.get_mut(case).rare_mut().assignees.set((activity, assignee), place, is);
        undo_log.push(place, UndoRecord::Assignee { case, activity, assignee });
        self.index_case(CaseIndexKey::Naming(assignee), case, place, undo_log);
    }

    pub(crate) fn break_glass(&mut self, case: u32, glass: Glass, undo_log: &mut UndoLog) {
        self.get_mut(case).rare_mut().glasses.push(glass);
        undo_log.push(glass.broken, UndoRecord::Glass(case));
        self.index_case(CaseIndexKey::Naming(SubjectKey::user(glass.user)), case, glass.broken, undo_log);
    }

    /// Ends the glasses that a user broke there and that were not ended yet.
    pub(crate) fn end_glasses(&mut self, case: u32, user: u32, place: Pos32, undo_log: &mut UndoLog) {
        let glasses = &mut self.get_mut(case).rare_mut().glasses;
        let open = glasses.iter_mut().filter(|glass| glass.user == user && glass.ended.is_none());
        open.for_each(|glass| glass.ended = Some(place));
        undo_log.push(place, UndoRecord::GlassesEnded { case, user });
    }

    pub(crate) fn undo_end_glasses(&mut self, case: u32, user: u32) {
        let glasses = &mut self.get_mut(case).rare_mut().glasses;
        let last = glasses.iter().filter(|glass| glass.user == user).filter_map(|glass| glass.ended).max();
        let ended = glasses.iter_mut().filter(|glass| glass.user == user && glass.ended == last);
        ended.for_each(|glass| glass.ended = None);
    }

    pub(crate) fn add_link(&mut self, case: u32, link: u32, place: Pos32, undo_log: &mut UndoLog) {
        self.get_mut(case).rare_mut().links.push(link);
        undo_log.push(place, UndoRecord::LinkOfCase(case));
    }

    pub(crate) fn add_item(&mut self, case: u32, item: u32) {
        self.get_mut(case).rare_mut().items.push(item);
    }

    pub(crate) fn add_task(&mut self, case: u32, task: u32) {
        self.get_mut(case).rare_mut().tasks.push(task);
    }
}
