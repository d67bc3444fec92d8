//! What stands in the way of a restriction, as data for a program and in words for people.

use caseward_events::{CaseId, ItemId, OrganizationName, TaskId};
use serde_json::{Value, json};

/// One fact, and what undoes it.
pub(super) struct BlockingFact {
    /// In words.
    pub words: String,
    /// With the name of the fact, what it is about, and `undo`: the command that ends it.
    pub data: Value,
}

impl BlockingFact {
    /// An item belongs to another case, too.
    pub fn in_other_case(item: &ItemId, case: &CaseId) -> BlockingFact {
        BlockingFact {
            words: format!("`item:{item}` belongs to `case:{case}` too"),
            data: json!({
                "fact": "item_in_other_case", "item": item, "case": case,
                "undo": {"remove_item": {"item": item, "case": case}},
            }),
        }
    }

    /// An item is with another organization.
    pub fn checked_out(item: &ItemId, organization: &OrganizationName) -> BlockingFact {
        BlockingFact {
            words: format!("`item:{item}` is checked out to `{organization}`"),
            data: json!({
                "fact": "item_checked_out", "item": item, "organization": organization,
                "undo": {"check_in_item": {"item": item, "organization": organization}},
            }),
        }
    }

    /// The case or one of its items is attached to a task that has something else.
    pub fn attached(entity: &str, task: &TaskId, others: Vec<String>) -> BlockingFact {
        BlockingFact {
            words: format!("`{entity}` is attached to `task:{task}` together with `{}`", others.join("`, `")),
            data: json!({
                "fact": "task_has_other_entity", "entity": entity, "task": task, "others": others,
                "undo": {"detach": {"task": task, "entity": entity}},
            }),
        }
    }
}
