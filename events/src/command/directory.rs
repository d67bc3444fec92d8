//! What is asked of users and groups: members, switches, workspaces, and what a profile is.

use crate::form::{FormAccess, ProfileSettings, Scope};
use crate::id::{DefinitionId, GroupId, ProfileId, UserId, WorkspaceId};
use crate::reference::Subject;
use serde::Deserialize;

/// `deactivate_group`, `activate_group`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneGroup {
    /// Which group.
    pub group: GroupId,
}

/// `disable_user`, `enable_user`, `appoint_org_admin`, `dismiss_org_admin`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneUser {
    /// Which user.
    pub user: UserId,
}

/// `add_member`, `remove_member`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The outer one.
    pub group: GroupId,
    /// The user or inner group.
    pub member: Subject,
}

/// `place_in_workspace`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceInWorkspace {
    /// Who.
    pub user: UserId,
    /// Where; `null` for nowhere. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub workspace: Option<WorkspaceId>,
}

/// `assign_profile`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignProfile {
    /// Who.
    pub user: UserId,
    /// Which; `null` for none. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub profile: Option<ProfileId>,
}

/// `configure_profile`: what is left out stays as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigureProfile {
    /// Which.
    pub profile: ProfileId,
    #[serde(default)]
    module_access: Option<bool>,
    #[serde(default)]
    administrator: Option<bool>,
    #[serde(default)]
    search_text: Option<bool>,
    #[serde(default)]
    search_query: Option<bool>,
}

impl ConfigureProfile {
    /// What the profile would be.
    #[must_use]
    pub fn settings_from(&self, before: ProfileSettings) -> ProfileSettings {
        ProfileSettings {
            module_access: self.module_access.unwrap_or(before.module_access),
            administrator: self.administrator.unwrap_or(before.administrator),
            search_text: self.search_text.unwrap_or(before.search_text),
            search_query: self.search_query.unwrap_or(before.search_query),
        }
    }
}

/// `set_form_access`: what is left out stays as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetFormAccess {
    /// Of which profile.
    pub profile: ProfileId,
    /// On which definition.
    pub definition: DefinitionId,
    #[serde(default)]
    read: Option<Scope>,
    #[serde(default)]
    write: Option<Scope>,
    #[serde(default)]
    delete: Option<Scope>,
    #[serde(default)]
    register: Option<bool>,
    #[serde(default)]
    share: Option<bool>,
    #[serde(default)]
    write_completed: Option<bool>,
    #[serde(default)]
    change_form: Option<bool>,
}

impl SetFormAccess {
    /// What the row would be.
    #[must_use]
    pub fn access_from(&self, before: FormAccess) -> FormAccess {
        FormAccess {
            read: self.read.unwrap_or(before.read),
            write: self.write.unwrap_or(before.write),
            delete: self.delete.unwrap_or(before.delete),
            register: self.register.unwrap_or(before.register),
            share: self.share.unwrap_or(before.share),
            write_completed: self.write_completed.unwrap_or(before.write_completed),
            change_form: self.change_form.unwrap_or(before.change_form),
        }
    }
}
