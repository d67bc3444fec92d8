//! What is asked of definitions and cases, and of what lies in cases: people in fields, activities, items, tasks.

use crate::id::{ActivityId, CaseId, DefinitionId, FieldId, ItemId, TaskId, UserId};
use crate::reference::{Entity, OrganizationName, Subject};
use serde::{Deserialize, Serialize};

/// `create_definition`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CreateDefinition {
    /// The new definition.
    pub definition: DefinitionId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Left out, the policy decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control: Option<bool>,
}

/// `set_access_control`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetAccessControl {
    /// Of which definition.
    pub definition: DefinitionId,
    /// On or off.
    pub enabled: bool,
}

/// `open_case`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// The new case.
    pub case: CaseId,
    /// Its kind.
    pub definition: DefinitionId,
    /// Who opened it.
    pub creator: UserId,
    /// The case it belongs to; no access flows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CaseId>,
}

/// `complete_case`, `reopen_case`, `lift_restriction`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OneCase {
    /// Which case.
    pub case: CaseId,
}

/// `set_sharing`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetSharing {
    /// Of which definition.
    pub definition: DefinitionId,
    /// On or off.
    pub enabled: bool,
}

/// `add_person`, `remove_person`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Of which case.
    pub case: CaseId,
    /// Which field.
    pub field: FieldId,
    /// Who.
    pub person: Subject,
}

/// `assign_activity`, `release_activity`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Of which case.
    pub case: CaseId,
    /// Which.
    pub activity: ActivityId,
    /// Who.
    pub to: Vec<Subject>,
}

/// `add_item`, `remove_item`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ItemInCase {
    /// Which item.
    pub item: ItemId,
    /// Of which case.
    pub case: CaseId,
}

/// `check_out_item`, `check_in_item`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ItemAway {
    /// Which item.
    pub item: ItemId,
    /// Where to, or from: another organization.
    pub organization: OrganizationName,
}

/// `attach`, `detach`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// To which task.
    pub task: TaskId,
    /// What.
    pub entity: Entity,
}
