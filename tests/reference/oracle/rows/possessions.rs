//! The rows of items and tasks, and the facts that stand against a restriction.

use super::super::world::World;
use super::{Outcome, when};
use caseward_events::command::{Attachment, Command, ItemAway, ItemInCase};
use caseward_events::event::{Attached, Detached, ItemAdded, ItemCheckedIn, ItemCheckedOut, ItemRemoved};
use caseward_events::{Code, Event};

/// Whether a fact stands against restricting the case: an item of the case belongs to another case too, an item is
/// checked out to another organization, or the case or one of its items is attached to a task that has another entity.
pub fn is_blocked(world: &World, case: &str) -> bool {
    let facts = &world.facts;
    let items: Vec<&String> = facts.belongings.iter().filter(|(_, of)| of == case).map(|(item, _)| item).collect();
    let elsewhere = facts.belongings.iter().any(|(item, of)| items.contains(&item) && of != case);
    let away = items.iter().any(|item| facts.checked_out.contains_key(*item));
    let its_own = |entity: &String| entity == case || items.contains(&entity);
    let shared_task = facts.attachments.iter().filter(|(_, entity)| its_own(entity)).any(|(task, entity)| {
        facts.attachments.iter().any(|(other_task, other)| other_task == task && other != entity)
    });
    elsewhere || away || shared_task
}

/// The row of a command about items and tasks.
pub fn possessions(world: &World, command: &Command) -> Outcome {
    match command {
        Command::AddItem(ItemInCase { item, case }) => {
            let new = !world.facts.belongings.contains(&(format!("item:{item}"), format!("case:{case}")));
            unless_restricted(world, new, ItemAdded { item: item.clone(), case: case.clone() })
        }
        Command::RemoveItem(ItemInCase { item, case }) => {
            let there = world.facts.belongings.contains(&(format!("item:{item}"), format!("case:{case}")));
            when(there, ItemRemoved { item: item.clone(), case: case.clone() })
        }
        // An item checked out again moves.
        Command::CheckOutItem(ItemAway { item, organization }) => {
            let there = world.facts.checked_out.get(&format!("item:{item}"));
            let new = there.is_none_or(|there| *there != organization.to_string());
            unless_restricted(world, new, ItemCheckedOut { item: item.clone(), organization: organization.clone() })
        }
        Command::CheckInItem(ItemAway { item, organization }) => {
            let there = world.facts.checked_out.get(&format!("item:{item}"));
            let back = there.is_some_and(|there| *there == organization.to_string());
            when(back, ItemCheckedIn { item: item.clone(), organization: organization.clone() })
        }
        Command::Attach(Attachment { task, entity }) => {
            let new = !world.facts.attachments.contains(&(format!("task:{task}"), entity.to_string()));
            unless_restricted(world, new, Attached { task: task.clone(), entity: entity.clone() })
        }
        Command::Detach(Attachment { task, entity }) => {
            let there = world.facts.attachments.contains(&(format!("task:{task}"), entity.to_string()));
            when(there, Detached { task: task.clone(), entity: entity.clone() })
        }
        _ => Ok((Vec::new(), Vec::new())),
    }
}

/// While a case is restricted, whatever would make a blocking fact true for it is refused; no such fact is true then.
fn unless_restricted(world: &World, new: bool, event: impl Into<Event>) -> Outcome {
    let event = event.into();
    let mut after = world.clone();
    match &event {
        Event::ItemAdded(added) => {
            after.facts.belongings.insert((format!("item:{}", added.item), format!("case:{}", added.case)));
        }
        Event::ItemCheckedOut(out) => {
            after.facts.checked_out.insert(format!("item:{}", out.item), out.organization.to_string());
        }
        Event::Attached(attached) => {
            after.facts.attachments.insert((format!("task:{}", attached.task), attached.entity.to_string()));
        }
        _ => {}
    }
    let mut restricted = world.cases.keys().filter(|case| world.restricted_by(case).is_some());
    if new && restricted.any(|case| is_blocked(&after, case)) {
        return Err(Code::CaseRestricted);
    }
    when(new, event)
}
