//! Items and tasks: the facts that decide whether a case may be restricted (C6, C7).

use crate::facts::number::EntityKey;
mod saved;

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::interner::Interner;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::{ItemId, OrganizationName, TaskId};

/// Items and tasks, and the cases they belong to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Items {
    /// Items by number.
    pub items: Interner<ItemId>,
    /// Tasks by number.
    pub tasks: Interner<TaskId>,
    item: Vec<Item>,
    task: Vec<Task>,
}

/// A thing that belongs to cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The cases it belongs to.
    pub cases: HistoryMap<u32, bool>,
    /// The organization it is checked out to.
    pub away: History<Option<OrganizationName>>,
    /// The tasks it was ever attached to.
    pub tasks: Vec<u32>,
}

/// Work that cases and items are attached to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// What is attached.
    pub entities: HistoryMap<EntityKey, bool>,
}

impl Items {
    /// What their tables take in memory, without what hangs below.
    pub(crate) fn heap(&self) -> usize {
        crate::facts::heap_size::vec(&self.item) + crate::facts::heap_size::vec(&self.task)
    }

    /// An item by number, where there is one.
    pub(crate) fn find_item(&self, number: u32) -> Option<&Item> {
        self.item.get(number as usize)
    }

    /// A task by number, where there is one.
    pub(crate) fn find_task(&self, number: u32) -> Option<&Task> {
        self.task.get(number as usize)
    }

    /// Gives all but its names for those of another.
    pub(crate) fn exchange(&mut self, other: &mut Items) {
        let Items { items: _, tasks: _, item, task } = self;
        std::mem::swap(item, &mut other.item);
        std::mem::swap(task, &mut other.task);
    }

    /// An item by number.
    #[must_use]
    pub fn item(&self, number: u32) -> &Item {
        &self.item[number as usize]
    }

    /// A task by number.
    #[must_use]
    pub fn task(&self, number: u32) -> &Task {
        &self.task[number as usize]
    }

    pub(crate) fn name_item(&mut self, id: &ItemId, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.items.intern(id, place);
        if first {
            self.item.push(Item::default());
            undo_log.push(place, UndoRecord::Item);
        }
        number
    }

    pub(crate) fn name_task(&mut self, id: &TaskId, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.tasks.intern(id, place);
        if first {
            self.task.push(Task::default());
            undo_log.push(place, UndoRecord::Task);
        }
        number
    }

    /// True where the item is in that case for the first time.
    pub(crate) fn set_in_case(&mut self, item: u32, case: u32, is: bool, place: Pos32, undo_log: &mut UndoLog) -> bool {
        let first = self.item[item as usize].cases.set(case, place, is);
        undo_log.push(place, UndoRecord::ItemInCase { item, case, first });
        first
    }

    pub(crate) fn set_away(&mut self, item: u32, to: Option<OrganizationName>, place: Pos32, undo_log: &mut UndoLog) {
        self.item[item as usize].away.push(place, to);
        undo_log.push(place, UndoRecord::ItemAway(item));
    }

    /// True where that is attached to the task for the first time.
    pub(crate) fn set_attached(
        &mut self,
        task: u32,
        entity: EntityKey,
        is: bool,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) -> bool {
        let first = self.task[task as usize].entities.set(entity, place, is);
        if let (EntityKey::Item(item), true) = (entity, first) {
            self.item[item as usize].tasks.push(task);
        }
        undo_log.push(place, UndoRecord::Attached { task, entity, first });
        first
    }

    pub(crate) fn undo_item(&mut self) {
        self.items.pop();
        self.item.pop();
    }

    pub(crate) fn undo_task(&mut self) {
        self.tasks.pop();
        self.task.pop();
    }

    pub(crate) fn undo_in_case(&mut self, item: u32, case: u32) {
        self.item[item as usize].cases.undo(case);
    }

    pub(crate) fn undo_away(&mut self, item: u32) {
        self.item[item as usize].away.pop();
    }

    pub(crate) fn undo_attached(&mut self, task: u32, entity: EntityKey, first: bool) {
        self.task[task as usize].entities.undo(entity);
        if let (EntityKey::Item(item), true) = (entity, first) {
            self.item[item as usize].tasks.pop();
        }
    }
}
