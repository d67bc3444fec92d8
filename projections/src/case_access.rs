//! The case-access view: cases, their lists, people, walls and restriction, and the cases that name a subject.

pub(crate) mod cases;
mod compare;
pub(crate) mod gather;
mod saved;
mod undo;

use crate::access_list::{AccessList, SubjectKey};
use crate::history::{History, Place};
use crate::keyed::Keyed;
use crate::memory;
use crate::names::Names;
use crate::ordered::{Ordered, Ranks};
use crate::trail::{Replaying, Touch, Trail};
use cases::{Cases, ColdCases, Missing, Returned, SavedCases, Whereabouts};
use caseward_events::{ActivityId, CaseId, FieldId, Rights, Text, Timestamp};
use std::ops::Range;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseAccess {
    /// Cases by number. INVARIANT: only their opening names them, so the first place is that of the opening.
    pub names: Names<CaseId>,
    /// Person fields by number.
    pub fields: Names<FieldId>,
    /// Activities by number.
    pub activities: Names<ActivityId>,
    cases: Cases,
    /// How many cases are restricted.
    pub restricted: History<u32>,
    /// All cases.
    pub all: Ordered,
    gathered: Gathered,
}

/// Cases by what they are gathered by: a table for each kind, by number.
#[derive(Clone, Debug, Default, PartialEq)]
struct Gathered {
    users: Vec<Ordered>,
    groups: Vec<Ordered>,
    workspaces: Vec<Ordered>,
    definitions: Vec<Ordered>,
}

/// What cases are gathered by, over all time: supersets, for `what` to ask the evaluator about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gathering {
    /// An entry of a list, the opening, a person field, a wall, a broken glass names the subject.
    Naming(SubjectKey),
    /// It was ever linked to the workspace.
    Workspace(u32),
    /// It is a case of the definition.
    Definition(u32),
}

/// An instance of a definition.
// In the order written: the first line of the cache has what every check reads, the second all the rest.
#[repr(C, align(64))]
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its kind.
    pub definition: u32,
    /// Whether there is a restriction or something rare: mostly there is not, and then the second line is left alone.
    special: bool,
    /// Who has access to it.
    pub list: AccessList,
    /// Where it was opened.
    pub opened: Place,
    /// Who opened it.
    pub creator: u32,
    /// There once it was restricted; boxed, because few are.
    restriction: Option<Box<Restriction>>,
    /// What few cases have.
    rare: Option<Box<Rare>>,
    /// The workspace that the creator was in then: a link for good.
    pub creator_workspace: Option<u32>,
    /// The case it belongs to; no access flows.
    pub parent: Option<u32>,
    /// Whether it is completed.
    pub completed: History<bool>,
    /// Who is in which person field; each placement is its own.
    pub persons: Keyed<(u32, SubjectKey), Placed>,
}

/// Whether a person is in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// No more.
    Out,
    /// In it, with the workspace that the user was in at that moment.
    In(Option<u32>),
}

/// What stands alone while it is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restriction {
    /// On or off.
    pub on: History<bool>,
    /// The restricted list; lifting takes every entry off.
    pub list: AccessList,
}

/// What few cases have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rare {
    /// Who is excluded.
    pub walls: Keyed<SubjectKey, bool>,
    /// Who took access in an emergency.
    pub glasses: Vec<Glass>,
    /// The links that share it, revoked ones too.
    pub links: Vec<u32>,
    /// Who is assigned to which activity.
    pub assignees: Keyed<(u32, SubjectKey), bool>,
    /// The items that ever belonged to it.
    pub items: Vec<u32>,
    /// The tasks it was ever attached to.
    pub tasks: Vec<u32>,
}

/// Access taken in an emergency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glass {
    /// Where.
    pub broken: Place,
    /// Who.
    pub user: u32,
    /// What it gives.
    pub rights: Rights,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Glass {
    /// Whether it gives a user something.
    #[must_use]
    #[inline]
    pub fn holds(&self, user: u32, place: Place, at: Timestamp) -> bool {
        self.user == user && self.broken <= place && self.from <= at && at < self.until
    }
}

impl Case {
    pub(crate) fn opened(
        opened: Place,
        definition: u32,
        creator: u32,
        creator_workspace: Option<u32>,
        parent: Option<u32>,
    ) -> Case {
        Case {
            definition,
            special: false,
            opened,
            creator,
            creator_workspace,
            parent,
            completed: History::default(),
            list: AccessList::default(),
            persons: Keyed::default(),
            restriction: None,
            rare: None,
        }
    }

    /// Whether there may be a restriction or something rare.
    #[must_use]
    #[inline]
    pub fn is_special(&self) -> bool {
        self.special
    }

    /// The restriction and where it was put on, while it is on.
    #[must_use]
    #[inline]
    pub fn restriction(&self, place: Place) -> Option<(Place, &Restriction)> {
        if !self.special {
            return None;
        }
        let restriction = self.restriction.as_deref()?;
        restriction.on.true_since(place).map(|since| (since, restriction))
    }

    /// The restriction, on or off, where there ever was one.
    #[must_use]
    pub fn ever_restricted(&self) -> Option<&Restriction> {
        self.restriction.as_deref()
    }

    /// What few cases have.
    #[must_use]
    #[inline]
    pub fn rare(&self) -> Option<&Rare> {
        if self.special { self.rare.as_deref() } else { None }
    }

    /// Where the case was linked to a workspace, by its creator or by a person who is in a field; of several, the first.
    #[must_use]
    #[inline]
    pub fn linked_since(&self, workspace: u32, place: Place) -> Option<Place> {
        if self.creator_workspace == Some(workspace) {
            return Some(self.opened);
        }
        let placements = self.persons.iter();
        let linked = placements.filter_map(|(_, placed)| match placed.at(place) {
            Some((since, Placed::In(Some(linked)))) if *linked == workspace => Some(since),
            _ => None,
        });
        linked.min()
    }

    /// The people in fields, with since when.
    #[inline]
    pub fn people(&self, place: Place) -> impl Iterator<Item = (SubjectKey, Place)> {
        self.persons.iter().filter_map(move |((_, subject), placed)| match placed.at(place) {
            Some((since, Placed::In(_))) => Some((subject, since)),
            _ => None,
        })
    }

    pub(crate) fn restriction_mut(&mut self) -> &mut Restriction {
        self.special = true;
        self.restriction.get_or_insert_default()
    }

    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.special = true;
        self.rare.get_or_insert_default()
    }

    /// After something was undone: as if it had never been.
    fn drop_empty(&mut self) {
        if self.rare.as_deref() == Some(&Rare::default()) {
            self.rare = None;
        }
        self.renew_special();
    }

    /// After a part was set or taken away.
    fn renew_special(&mut self) {
        self.special = self.restriction.is_some() || self.rare.is_some();
    }
}

impl Gathered {
    fn table(&self, by: Gathering) -> (&Vec<Ordered>, u32) {
        match by {
            Gathering::Naming(subject) => match (subject.as_user(), subject.as_group()) {
                (Some(user), _) => (&self.users, user),
                (None, group) => (&self.groups, group.expect("it is one of the two")),
            },
            Gathering::Workspace(workspace) => (&self.workspaces, workspace),
            Gathering::Definition(definition) => (&self.definitions, definition),
        }
    }

    fn table_mut(&mut self, by: Gathering) -> (&mut Vec<Ordered>, u32) {
        match by {
            Gathering::Naming(subject) => match (subject.as_user(), subject.as_group()) {
                (Some(user), _) => (&mut self.users, user),
                (None, group) => (&mut self.groups, group.expect("it is one of the two")),
            },
            Gathering::Workspace(workspace) => (&mut self.workspaces, workspace),
            Gathering::Definition(definition) => (&mut self.definitions, definition),
        }
    }

    #[inline]
    fn of(&mut self, by: Gathering) -> &mut Ordered {
        let (table, number) = self.table_mut(by);
        let index = number as usize;
        if table.len() <= index {
            table.resize_with(index + 1, Ordered::default);
        }
        &mut table[index]
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Ordered> {
        let Gathered { users, groups, workspaces, definitions } = self;
        users.iter_mut().chain(groups).chain(workspaces).chain(definitions)
    }
}

impl CaseAccess {
    /// A case by number.
    #[must_use]
    #[inline]
    pub fn get(&self, number: u32) -> &Case {
        self.cases.get(number)
    }

    /// The case of an id, where it had been opened by then.
    #[must_use]
    pub fn known(&self, id: &CaseId, place: Place) -> Option<u32> {
        self.names.get(id).filter(|&number| self.get(number).opened <= place)
    }

    /// Cases gathered over all time, if there are any.
    #[must_use]
    pub fn gathered(&self, by: Gathering) -> Option<&Ordered> {
        let (table, number) = self.gathered.table(by);
        table.get(number as usize).filter(|cases| !cases.is_empty())
    }
}

/// What they take in memory.
impl CaseAccess {
    pub(crate) fn heap(&self) -> usize {
        let case = |case: &Case| size_of_val(case) + case.heap_beside_lists();
        self.cases.here().map(case).sum()
    }

    pub(crate) fn lists_heap(&self) -> usize {
        self.cases.here().map(Case::lists_heap).sum()
    }

    /// What no case takes with it when it leaves, apart from names and what gathers it.
    pub(crate) fn table_heap(&self) -> usize {
        self.cases.table_heap() + self.restricted.heap()
    }

    pub(crate) fn gathered_heap(&self) -> usize {
        let Gathered { users, groups, workspaces, definitions } = &self.gathered;
        let tables = [users, groups, workspaces, definitions];
        let of_table = |table: &Vec<Ordered>| memory::vec(table) + table.iter().map(Ordered::heap).sum::<usize>();
        self.all.heap() + tables.into_iter().map(of_table).sum::<usize>()
    }

    /// Gives back the room that was made for more, after many were folded.
    pub(crate) fn shrink(&mut self) {
        self.cases.here_mut().for_each(|case| case.list.shrink());
    }
}

impl Case {
    fn heap_beside_lists(&self) -> usize {
        let restriction = self.restriction.as_deref();
        let restriction = restriction.map_or(0, |one| memory::allocated(size_of_val(one)) + one.on.heap());
        let rare = self.rare.as_deref().map_or(0, |rare| memory::allocated(size_of_val(rare)) + rare.heap());
        self.completed.heap() + self.persons.heap() + restriction + rare
    }

    fn lists_heap(&self) -> usize {
        self.list.heap() + self.restriction.as_deref().map_or(0, |one| one.list.heap())
    }

    /// All that it takes beside itself.
    pub(crate) fn heap(&self) -> usize {
        self.heap_beside_lists() + self.lists_heap()
    }
}

/// Leaving memory ([`cases`]).
impl CaseAccess {
    pub(crate) fn may_leave(&mut self, source: Arc<dyn ColdCases>) {
        self.cases.may_leave(source);
    }

    pub(crate) fn all_return(&self) {
        self.cases.all_return();
    }

    pub(crate) fn source(&self) -> Option<&Arc<dyn ColdCases>> {
        self.cases.source()
    }

    pub(crate) fn leave(
        &mut self,
        many: usize,
        looks: usize,
        saved: impl Fn(u32, usize) -> Option<u64>,
    ) -> Vec<Vec<Case>> {
        self.cases.leave(many, looks, saved)
    }

    pub(crate) fn missing(&self, id: &CaseId) -> Option<Missing> {
        self.source()?;
        self.cases.missing(self.names.get(id)?)
    }

    pub(crate) fn put_back(&self, returned: Returned) {
        self.cases.put_back(returned);
    }

    /// What the cases in memory take, where they may leave, as last counted.
    pub(crate) fn held_bytes(&self) -> usize {
        self.cases.held_bytes()
    }

    pub(crate) fn count_anew(&self, chunks: Range<usize>) -> bool {
        self.cases.count_anew(chunks)
    }

    pub(crate) fn whereabouts(&self) -> Whereabouts {
        self.cases.whereabouts()
    }

    /// A copy of all of them.
    pub(crate) fn to_saved(&self) -> SavedCases {
        SavedCases(self.cases.here().cloned().collect())
    }
}

impl Rare {
    fn heap(&self) -> usize {
        let numbers = [&self.links, &self.items, &self.tasks].map(memory::vec);
        self.walls.heap() + memory::vec(&self.glasses) + self.assignees.heap() + numbers.iter().sum::<usize>()
    }
}

/// The fold.
impl CaseAccess {
    /// The number that it gets; none where there is one of that id.
    pub(crate) fn open(&mut self, id: Text<'_>, case: Case, trail: &mut Trail) -> Option<u32> {
        let place = case.opened;
        let (number, first) = self.names.intern_text(id, place);
        if !first {
            return None;
        }
        let (definition, creator, workspace) = (case.definition, case.creator, case.creator_workspace);
        self.cases.push(case);
        trail.push(place, Touch::Case);
        match trail.replaying() {
            Replaying::Nothing => drop(self.all.insert(number, &self.names)),
            Replaying::Tail => self.all.add_loose(number),
            Replaying::Everything | Replaying::Parts => {}
        }
        self.gather(Gathering::Definition(definition), number, place, trail);
        self.gather(Gathering::Naming(SubjectKey::user(creator)), number, place, trail);
        if let Some(workspace) = workspace {
            self.gather(Gathering::Workspace(workspace), number, place, trail);
        }
        Some(number)
    }

    pub(crate) fn gather(&mut self, by: Gathering, case: u32, place: Place, trail: &mut Trail) {
        match trail.replaying() {
            Replaying::Nothing => {
                if self.gathered.of(by).insert(case, &self.names) {
                    trail.push(place, Touch::Gathered(by, case));
                }
            }
            Replaying::Tail => self.gathered.of(by).add_loose(case),
            Replaying::Everything | Replaying::Parts => {}
        }
    }

    /// The case that a replay gathered last, for nothing but to have its place at hand; 0 where there is none.
    #[inline]
    pub(crate) fn loose(&self, by: Gathering) -> u32 {
        let (table, number) = self.gathered.table(by);
        table.get(number as usize).map_or(0, Ordered::last_loose)
    }

    /// After a tail was replayed: what it gathered takes its place among the rest.
    pub(crate) fn put_in_order(&mut self) {
        let CaseAccess { names, all, gathered, .. } = self;
        let loose = all.loose() + gathered.all_mut().map(|cases| cases.loose()).sum::<usize>();
        // Few are put in one by one; for many, one sort of all cases tells the place of each.
        if loose * 8 < names.len() {
            all.insert_loose(names);
            gathered.all_mut().for_each(|cases| cases.insert_loose(names));
        } else {
            let ranks = Ranks::of(names);
            all.sort_loose(&ranks);
            gathered.all_mut().for_each(|cases| cases.sort_loose(&ranks));
        }
    }

    pub(crate) fn name_field(&mut self, id: &FieldId, place: Place, trail: &mut Trail) -> u32 {
        let (number, first) = self.fields.intern(id, place);
        if first {
            trail.push(place, Touch::Field);
        }
        number
    }

    pub(crate) fn name_activity(&mut self, id: &ActivityId, place: Place, trail: &mut Trail) -> u32 {
        let (number, first) = self.activities.intern(id, place);
        if first {
            trail.push(place, Touch::Activity);
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
        place: Place,
        trail: &mut Trail,
    ) {
        self.get_mut(case).persons.set((field, person), place, placed);
        trail.push(place, Touch::Placement { case, field, person });
        self.gather(Gathering::Naming(person), case, place, trail);
        if let Placed::In(Some(workspace)) = placed {
            self.gather(Gathering::Workspace(workspace), case, place, trail);
        }
    }

    pub(crate) fn set_restricted(&mut self, case: u32, on: bool, place: Place, trail: &mut Trail) {
        self.get_mut(case).restriction_mut().on.push(place, on);
        trail.push(place, Touch::Restriction(case));
        let before = self.restricted.value_at(Place::LATEST).copied().unwrap_or(0);
        self.restricted.push(place, if on { before + 1 } else { before - 1 });
        trail.push(place, Touch::RestrictedCases);
    }

    pub(crate) fn assign(
        &mut self,
        case: u32,
        (activity, assignee): (u32, SubjectKey),
        is: bool,
        place: Place,
        trail: &mut Trail,
    ) {
        self.get_mut(case).rare_mut().assignees.set((activity, assignee), place, is);
        trail.push(place, Touch::Assignee { case, activity, assignee });
    }

    pub(crate) fn break_glass(&mut self, case: u32, glass: Glass, trail: &mut Trail) {
        self.get_mut(case).rare_mut().glasses.push(glass);
        trail.push(glass.broken, Touch::Glass(case));
        self.gather(Gathering::Naming(SubjectKey::user(glass.user)), case, glass.broken, trail);
    }

    pub(crate) fn add_link(&mut self, case: u32, link: u32, place: Place, trail: &mut Trail) {
        self.get_mut(case).rare_mut().links.push(link);
        trail.push(place, Touch::LinkOfCase(case));
    }

    pub(crate) fn add_item(&mut self, case: u32, item: u32) {
        self.get_mut(case).rare_mut().items.push(item);
    }

    pub(crate) fn add_task(&mut self, case: u32, task: u32) {
        self.get_mut(case).rare_mut().tasks.push(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_fills_two_lines_of_the_cache() {
        assert_eq!(size_of::<Case>(), 128);
    }
}
