//! The definition-access view: definitions, their access control, sharing, lists and walls, and those of the
//! organization.

mod saved;
mod walled;

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::interner::Interner;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use crate::tables::access_list::AccessList;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::DefinitionId;
use walled::Walled;

/// All definitions with their lists and switches, and the list of the organization.
#[derive(Clone, Debug, Default)]
pub struct DefinitionAccess {
    /// Definitions by number. INVARIANT: only their creation names them, so the first place is that of the creation.
    pub names: Interner<DefinitionId>,
    definitions: Vec<Definition>,
    /// The list that covers every case of every definition.
    pub organization: AccessList,
    /// Who is excluded from every case.
    pub walls: HistoryMap<SubjectKey, bool>,
    /// Whom these walls and those of definitions could bind.
    walled: Walled,
}

/// A kind of case.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Where it was created.
    pub created: Pos32,
    /// Whether the policy decided the access control it started with.
    pub started_by_policy: bool,
    /// On or off.
    pub access_control: History<bool>,
    /// Whether its cases may be shared publicly; not, where it was never said.
    pub sharing: History<bool>,
    /// Who has access to all its cases.
    pub list: AccessList,
    /// Who is excluded from all its cases.
    pub walls: HistoryMap<SubjectKey, bool>,
    /// Whose entries on the lists of all its cases were taken off at once, and where: what stood on them before counts no
    /// more from there on.
    pub swept: HistoryMap<SubjectKey, bool>,
}

impl Definition {
    /// Whether an entry that a subject has on the list of a case since some place was taken off with all others.
    #[must_use]
    #[inline]
    pub fn is_swept(&self, subject: SubjectKey, since: Pos32, place: Pos32) -> bool {
        !self.swept.is_empty() && self.swept.at(subject, place).is_some_and(|(swept, _)| since < swept)
    }

    /// Where access control was switched off, while it is.
    #[must_use]
    #[inline]
    pub fn open_since(&self, place: Pos32) -> Option<Pos32> {
        match self.access_control.at(place) {
            Some((since, false)) => Some(since),
            _ => None,
        }
    }

    /// Whether access control was ever off.
    #[must_use]
    pub fn ever_open(&self) -> bool {
        self.access_control.values().any(|(_, on)| !on)
    }
}

impl DefinitionAccess {
    /// What they take in memory, without their lists.
    pub(crate) fn heap(&self) -> usize {
        let beside =
            |one: &Definition| one.access_control.heap() + one.sharing.heap() + one.walls.heap() + one.swept.heap();
        let definitions = self.definitions.iter().map(beside).sum::<usize>();
        crate::facts::heap_size::vec(&self.definitions) + definitions + self.walls.heap() + self.walled.heap()
    }

    pub(crate) fn lists_heap(&self) -> usize {
        self.organization.heap() + self.definitions.iter().map(|one| one.list.heap()).sum::<usize>()
    }

    /// A definition by number, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<&Definition> {
        self.definitions.get(number as usize)
    }

    /// Gives all but its names for those of another.
    pub(crate) fn exchange(&mut self, other: &mut DefinitionAccess) {
        let DefinitionAccess { names: _, definitions, organization, walls, walled } = self;
        std::mem::swap(definitions, &mut other.definitions);
        std::mem::swap(organization, &mut other.organization);
        std::mem::swap(walls, &mut other.walls);
        std::mem::swap(walled, &mut other.walled);
    }

    /// A definition by number.
    #[must_use]
    #[inline]
    pub fn get(&self, number: u32) -> &Definition {
        &self.definitions[number as usize]
    }

    /// Whether its access control never was off.
    #[must_use]
    #[inline]
    pub fn is_ordinary(&self, number: u32) -> bool {
        self.get(number).access_control.only() == Some(&true)
    }

    /// The definition of an id, where it had been created by then.
    #[must_use]
    pub fn known(&self, id: &DefinitionId, place: Pos32) -> Option<u32> {
        self.names.get(id).filter(|&number| self.get(number).created <= place)
    }

    /// The number that it gets.
    pub(crate) fn create(
        &mut self,
        id: &DefinitionId,
        on: bool,
        by_policy: bool,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) -> u32 {
        let (number, _) = self.names.intern(id, place);
        self.definitions.push(Definition {
            created: place,
            started_by_policy: by_policy,
            access_control: History::starting(place, on),
            sharing: History::default(),
            list: AccessList::default(),
            walls: HistoryMap::default(),
            swept: HistoryMap::default(),
        });
        undo_log.push(place, UndoRecord::Definition);
        number
    }

    /// Whom the walls of the organization and of definitions could bind.
    #[inline]
    pub(crate) fn walled(&self) -> &Walled {
        &self.walled
    }

    /// A wall of the organization or, with a number, of a definition.
    pub(crate) fn set_wall(&mut self, definition: Option<u32>, against: SubjectKey, place: Pos32, is: bool) {
        let walls = self.walls_mut(definition);
        let was = walls.true_since(against, Pos32::LATEST).is_some();
        walls.set(against, place, is);
        self.walled.change(against, place, was, is);
    }

    /// The newest change of one.
    pub(crate) fn undo_wall(&mut self, definition: Option<u32>, against: SubjectKey) {
        let walls = self.walls_mut(definition);
        let stands = |walls: &HistoryMap<SubjectKey, bool>| walls.true_since(against, Pos32::LATEST).is_some();
        let was = stands(walls);
        walls.undo(against);
        let is = stands(walls);
        self.walled.count(was, is);
    }

    fn walls_mut(&mut self, definition: Option<u32>) -> &mut HistoryMap<SubjectKey, bool> {
        match definition {
            Some(number) => &mut self.definitions[number as usize].walls,
            None => &mut self.walls,
        }
    }

    /// Whom a wall of the organization or of a definition ever named.
    pub(crate) fn ever_walled(&self) -> impl Iterator<Item = SubjectKey> {
        let of_definitions = self.definitions.iter().flat_map(|definition| definition.walls.iter());
        self.walls.iter().chain(of_definitions).map(|(against, _)| against)
    }

    /// What follows from the walls.
    pub(crate) fn derive_walled(&mut self) {
        let of_definitions = self.definitions.iter().flat_map(|definition| definition.walls.iter());
        for (against, history) in self.walls.iter().chain(of_definitions) {
            for (was, (place, is)) in
                std::iter::once(&false).chain(history.values().map(|(_, is)| is)).zip(history.values())
            {
                self.walled.change(against, place, *was, *is);
            }
        }
    }

    pub(crate) fn undo_create(&mut self) {
        self.names.pop();
        self.definitions.pop();
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> &mut Definition {
        &mut self.definitions[number as usize]
    }
}
