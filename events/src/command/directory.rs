//! What is asked of users and groups: members, switches, workspaces, and what a profile is.

use crate::form::{FormAccess, ProfileSettings, Scope};
use crate::id::{DefinitionId, GroupId, ProfileId, UserId, WorkspaceId};
use crate::reference::Subject;
use serde::{Deserialize, Serialize};

/// `deactivate_group`, `activate_group`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OneGroup {
    /// Which group.
    pub group: GroupId,
}

/// `disable_user`, `enable_user`, `appoint_org_admin`, `dismiss_org_admin`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OneUser {
    /// Which user.
    pub user: UserId,
}

/// `add_member`, `remove_member`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The outer one.
    pub group: GroupId,
    /// The user or inner group.
    pub member: Subject,
}

/// `place_in_workspace`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceInWorkspace {
    /// Who.
    pub user: UserId,
    /// Where; `null` for nowhere. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub workspace: Option<WorkspaceId>,
}

/// `assign_profile`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AssignProfile {
    /// Who.
    pub user: UserId,
    /// Which; `null` for none. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub profile: Option<ProfileId>,
}

/// `configure_profile`: what is left out stays as it is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigureProfile {
    /// Which.
    pub profile: ProfileId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module_access: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    administrator: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search_text: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search_query: Option<bool>,
}

impl ConfigureProfile {
    /// All of it.
    #[must_use]
    pub fn new(profile: ProfileId, settings: ProfileSettings) -> ConfigureProfile {
        let ProfileSettings { module_access, administrator, search_text, search_query } = settings;
        let [module_access, administrator] = [module_access, administrator].map(Some);
        let [search_text, search_query] = [search_text, search_query].map(Some);
        ConfigureProfile { profile, module_access, administrator, search_text, search_query }
    }

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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetFormAccess {
    /// Of which profile.
    pub profile: ProfileId,
    /// On which definition.
    pub definition: DefinitionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    write: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delete: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    register: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    write_completed: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change_form: Option<bool>,
}

impl SetFormAccess {
    /// All of it.
    #[must_use]
    pub fn new(profile: ProfileId, definition: DefinitionId, access: FormAccess) -> SetFormAccess {
        let FormAccess { read, write, delete, register, share, write_completed, change_form } = access;
        let [read, write, delete] = [read, write, delete].map(Some);
        let [register, share, write_completed, change_form] = [register, share, write_completed, change_form].map(Some);
        SetFormAccess { profile, definition, read, write, delete, register, share, write_completed, change_form }
    }

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
