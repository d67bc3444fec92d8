//! How items and tasks are saved. Which tasks an item was attached to follows from the tasks.

use super::{Item, Items, Task};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::number::EntityKey;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};

impl Saved for Item {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.cases.save(up_to, to);
        self.away.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Item { cases: Saved::load(from)?, away: Saved::load(from)?, tasks: Vec::new() })
    }
}

impl Saved for Task {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.entities.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Task { entities: Saved::load(from)? })
    }
}

impl Items {
    pub(crate) fn push_item(&mut self, item: Item) {
        self.item.push(item);
    }

    pub(crate) fn push_task(&mut self, task: Task) {
        self.task.push(task);
    }

    /// Gives each item the tasks it was attached to, and tells the cases in the order of their attachment.
    pub(crate) fn attached(&mut self) -> Result<Vec<(u32, u32)>, RowDamage> {
        let mut attached = Vec::new();
        for (task, number) in self.task.iter().zip(0_u32..) {
            let first = |(entity, history)| Some((first_place(history, Pos32::LATEST)?, entity, number));
            attached.extend(task.entities.iter().filter_map(first));
        }
        attached.sort_unstable();
        let mut cases = Vec::new();
        for (_, entity, task) in attached {
            match entity {
                EntityKey::Case(case) => cases.push((case, task)),
                EntityKey::Item(item) => {
                    let item = self.item.get_mut(item as usize).ok_or(RowDamage("an item beyond the last"))?;
                    item.tasks.push(task);
                }
            }
        }
        Ok(cases)
    }

    /// Cases with the items that ever belonged to them, in the order in which they came.
    pub(crate) fn in_cases(&self) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for (item, number) in self.item.iter().zip(0_u32..) {
            let first = |(case, history)| Some((first_place(history, Pos32::LATEST)?, case, number));
            found.extend(item.cases.iter().filter_map(first));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, case, item)| (case, item)).collect()
    }
}
