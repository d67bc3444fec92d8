//! Commands: what may be asked to change (`semantics.md` section 5). Each body is the JSON object of its name.
//!
//! Parse, don't validate: what can be seen without the log is judged here, so a [`Command`] in hand is not `invalid`.
//! Absent on purpose: the commands for profiles, person fields, activities, delegations, items, tasks, links, walls,
//! broken glass and keys; they are refused `not_supported` ([`NOT_BUILT`]).

use crate::id::{CaseId, DefinitionId, GroupId, UserId};
use crate::limits::ENTRIES_MAX;
use crate::policy::{PolicyChange, Preset};
use crate::reference::{ListRef, Stream, Subject};
use crate::refusal::{Code, Refusal};
use crate::rights::{Access, Rights};
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Commands of the specification that this release does not build yet.
pub const NOT_BUILT: &[&str] = &[
    "set_sharing",
    "place_in_workspace",
    "assign_profile",
    "configure_profile",
    "set_form_access",
    "add_person",
    "remove_person",
    "assign_activity",
    "release_activity",
    "delegate",
    "end_delegation",
    "add_item",
    "remove_item",
    "check_out_item",
    "check_in_item",
    "attach",
    "detach",
    "share_case",
    "revoke_link",
    "raise_wall",
    "lower_wall",
    "break_glass",
    "erase",
    "replace_key",
];

macro_rules! commands {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($body:ty)),+ $(,)?) => {
        /// What may be asked to change.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command { $($(#[$doc])* $variant($body)),+ }

        impl Command {
            /// The names of all that are built.
            pub const NAMES: &[&str] = &[$($name),+];

            /// As JSON writes it.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Command::$variant(_) => $name),+ }
            }

            fn parse_body(name: &str, body: Value) -> Result<Command, Refusal> {
                match name {
                    $($name => <$body>::deserialize(body).map(Command::$variant).map_err(|why| bad_body(name, &why)),)+
                    _ => Err(unknown(name)),
                }
            }
        }
    };
}

commands! {
    /// Makes a kind of case known.
    "create_definition" => CreateDefinition(CreateDefinition),
    /// Switches access control of a definition.
    "set_access_control" => SetAccessControl(SetAccessControl),
    /// Opens a case.
    "open_case" => OpenCase(OpenCase),
    /// Marks a case as completed.
    "complete_case" => CompleteCase(OneCase),
    /// Takes the mark off.
    "reopen_case" => ReopenCase(OneCase),
    /// Puts an entry on a list.
    "grant" => Grant(Grant),
    /// Changes an entry.
    "update_grant" => UpdateGrant(UpdateGrant),
    /// Takes an entry off.
    "revoke" => Revoke(Revoke),
    /// Puts a case under restriction.
    "restrict_case" => RestrictCase(RestrictCase),
    /// Lifts it.
    "lift_restriction" => LiftRestriction(OneCase),
    /// Puts a user or group into a group.
    "add_member" => AddMember(Membership),
    /// Takes a direct member out.
    "remove_member" => RemoveMember(Membership),
    /// Switches a group off.
    "deactivate_group" => DeactivateGroup(OneGroup),
    /// Switches it on.
    "activate_group" => ActivateGroup(OneGroup),
    /// Disables a user.
    "disable_user" => DisableUser(OneUser),
    /// Enables a user.
    "enable_user" => EnableUser(OneUser),
    /// Makes a user an org admin.
    "appoint_org_admin" => AppointOrgAdmin(OneUser),
    /// Ends that.
    "dismiss_org_admin" => DismissOrgAdmin(OneUser),
    /// Sets keys of the policy.
    "adopt_policy" => AdoptPolicy(AdoptPolicy),
}

/// `create_definition`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateDefinition {
    /// The new definition.
    pub definition: DefinitionId,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Left out, the policy decides.
    #[serde(default)]
    pub access_control: Option<bool>,
}

/// `set_access_control`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAccessControl {
    /// Of which definition.
    pub definition: DefinitionId,
    /// On or off.
    pub enabled: bool,
}

/// `open_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// The new case.
    pub case: CaseId,
    /// Its kind.
    pub definition: DefinitionId,
    /// Who opened it.
    pub creator: UserId,
    /// The case it belongs to; no access flows.
    #[serde(default)]
    pub parent: Option<CaseId>,
}

/// `complete_case`, `reopen_case`, `lift_restriction`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneCase {
    /// Which case.
    pub case: CaseId,
}

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

/// What a grant does where the list holds an entry for the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExisting {
    /// Refuses `already_granted`.
    #[default]
    Error,
    /// Replaces access and window as a whole.
    Update,
    /// Leaves it, comparing nothing.
    Ignore,
}

/// `grant`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The list.
    pub on: ListRef,
    /// Whom.
    pub to: Subject,
    /// Left out, `read`.
    #[serde(default)]
    access: Option<Access>,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
    /// Where there is an entry already.
    #[serde(default)]
    pub on_existing: OnExisting,
}

impl Grant {
    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }

    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `update_grant`: what is left out stays as it is; a bound that is `null` is cleared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateGrant {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
    #[serde(default)]
    access: Option<Access>,
    #[serde(default, deserialize_with = "present")]
    valid_from: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "present")]
    valid_until: Option<Option<Timestamp>>,
}

/// `Some(None)` where the field is there and `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl UpdateGrant {
    /// What the entry would give.
    #[must_use]
    pub fn rights_from(&self, before: Rights) -> Rights {
        self.access.map_or(before, |Access(rights)| rights)
    }

    /// When it would; with no entry to merge with, as given.
    #[must_use]
    pub fn window_from(&self, before: Window) -> Window {
        Window { from: self.valid_from.unwrap_or(before.from), until: self.valid_until.unwrap_or(before.until) }
    }
}

/// `revoke`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The list.
    pub on: ListRef,
    /// Whose entry.
    pub to: Subject,
}

/// `restrict_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictCase {
    /// Which case.
    pub case: CaseId,
    /// The restricted list; empty leaves org admins only.
    pub entries: Vec<Entry>,
}

/// An entry of `restrict_case`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Whom.
    pub to: Subject,
    #[serde(default)]
    access: Option<Access>,
    #[serde(default)]
    valid_from: Option<Timestamp>,
    #[serde(default)]
    valid_until: Option<Timestamp>,
}

impl Entry {
    /// What it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.access.map_or(Rights::READ, |Access(rights)| rights)
    }

    /// When.
    #[must_use]
    pub fn window(&self) -> Window {
        Window { from: self.valid_from, until: self.valid_until }
    }
}

/// `adopt_policy`: a preset resets every key, then the keys given are set.
#[derive(Clone, Debug, PartialEq)]
pub struct AdoptPolicy {
    /// The preset named.
    pub preset: Option<Preset>,
    /// The keys given.
    pub keys: PolicyChange,
}

impl<'de> Deserialize<'de> for AdoptPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut fields = Map::deserialize(deserializer)?;
        let preset = fields.remove("preset").filter(|value| !value.is_null()).map(Preset::deserialize);
        let keys = PolicyChange::deserialize(Value::Object(fields)).map_err(D::Error::custom)?;
        if keys.break_glass_max_minutes == Some(0) {
            return Err(D::Error::custom("`break_glass_max_minutes` is 0; give at least 1"));
        }
        Ok(AdoptPolicy { preset: preset.transpose().map_err(D::Error::custom)?, keys })
    }
}

impl AdoptPolicy {
    /// Every key that it sets, with its value.
    #[must_use]
    pub fn change(&self) -> PolicyChange {
        match self.preset {
            Some(preset) => preset.policy().as_change().overlaid(&self.keys),
            None => self.keys,
        }
    }
}

impl Command {
    /// From the value of `command`: an object with one key, the name.
    ///
    /// # Errors
    /// `invalid`, or `not_supported` for a command of the specification that is not built.
    pub fn parse(value: Value) -> Result<Command, Refusal> {
        let Value::Object(object) = value else {
            return Err(Refusal::invalid("`command` must be an object with one key, the name of a command"));
        };
        let mut pairs = object.into_iter();
        let (Some((name, body)), None) = (pairs.next(), pairs.next()) else {
            return Err(Refusal::invalid("`command` must hold exactly one command; send one line for each"));
        };
        let command = Command::parse_body(&name, body)?;
        command.validate()?;
        Ok(command)
    }

    /// What can be seen without the log.
    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Command::Grant(grant) => takes(&grant.on, grant.rights()),
            Command::UpdateGrant(update) => takes(&update.on, update.rights_from(Rights::NONE)),
            Command::RestrictCase(restrict) => {
                let list = ListRef::Restriction(restrict.case.clone());
                if restrict.entries.len() > ENTRIES_MAX {
                    let given = restrict.entries.len();
                    return Err(Refusal::invalid(format!("{given} entries are too many; at most {ENTRIES_MAX} go")));
                }
                let mut seen = HashSet::new();
                for entry in &restrict.entries {
                    takes(&list, entry.rights())?;
                    if !seen.insert(&entry.to) {
                        return Err(Refusal::invalid(format!("`{}` stands twice in `entries`", entry.to)));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The stream of the first event it would append.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Command::CreateDefinition(CreateDefinition { definition, .. })
            | Command::SetAccessControl(SetAccessControl { definition, .. }) => Stream::Definition(definition.clone()),
            Command::OpenCase(OpenCase { case, .. })
            | Command::RestrictCase(RestrictCase { case, .. })
            | Command::CompleteCase(OneCase { case })
            | Command::ReopenCase(OneCase { case })
            | Command::LiftRestriction(OneCase { case }) => Stream::Case(case.clone()),
            Command::Grant(Grant { on, .. })
            | Command::UpdateGrant(UpdateGrant { on, .. })
            | Command::Revoke(Revoke { on, .. }) => on.stream(),
            Command::AddMember(Membership { group, .. })
            | Command::RemoveMember(Membership { group, .. })
            | Command::DeactivateGroup(OneGroup { group })
            | Command::ActivateGroup(OneGroup { group }) => Stream::Group(group.clone()),
            Command::DisableUser(OneUser { user }) | Command::EnableUser(OneUser { user }) => {
                Stream::User(user.clone())
            }
            Command::AppointOrgAdmin(_) | Command::DismissOrgAdmin(_) | Command::AdoptPolicy(_) => Stream::Organization,
        }
    }
}

fn takes(list: &ListRef, rights: Rights) -> Result<(), Refusal> {
    let beyond = rights - Rights::grantable_on(list);
    if beyond.is_empty() {
        return Ok(());
    }
    let taken = Rights::grantable_on(list);
    Err(Refusal::invalid(format!("`{list}` does not take {beyond}; it takes {taken}")))
}

fn bad_body(name: &str, why: &serde_json::Error) -> Refusal {
    Refusal::invalid(format!("`{name}`: {why}"))
}

fn unknown(name: &str) -> Refusal {
    if NOT_BUILT.contains(&name) {
        return Refusal::new(Code::NotSupported, format!("`{name}` is not built in this release"))
            .hint("caseward help commands lists what is");
    }
    let shown: String = name.escape_debug().take(80).collect();
    Refusal::invalid(format!("`{shown}` is not a command")).hint(format!("commands are {}", Command::NAMES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: Value) -> Result<Command, Refusal> {
        Command::parse(value)
    }

    #[test]
    fn what_is_left_out_of_a_grant_is_read() {
        let command = parse(json!({"grant": {"on": "case:1", "to": "user:ana"}})).expect("it is well formed");
        assert!(matches!(command, Command::Grant(grant) if grant.rights() == Rights::READ));
    }

    #[test]
    fn null_clears_a_bound_of_an_update_and_leaving_it_out_does_not() {
        let before = Window { from: Some(Timestamp::EPOCH), until: Some(Timestamp::MAX) };
        let command = parse(json!({"update_grant": {"on": "case:1", "to": "user:ana", "valid_until": null}}));
        let Ok(Command::UpdateGrant(update)) = command else { panic!("{command:?}") };
        assert_eq!(update.window_from(before), Window { from: before.from, until: None });
    }

    #[test]
    fn a_right_that_the_list_does_not_take_is_invalid() {
        for (on, right) in [("case:1", "register"), ("definition:d", "administer"), ("organization", "restrict")] {
            let refused = parse(json!({"grant": {"on": on, "to": "user:a", "access": [right]}}));
            assert!(matches!(refused, Err(refusal) if refusal.code == Code::Invalid), "{on} {right}");
        }
    }

    #[test]
    fn malformed_commands_are_invalid_and_unbuilt_ones_are_not_supported() {
        for bad in [
            json!(7),
            json!({}),
            json!({"grant": {}, "revoke": {}}),
            json!({"grant": {"on": "case:1", "to": "user:a", "too": 1}}),
            json!({"grand": {}}),
            json!({"restrict_case": {"case": "1", "entries": [{"to": "user:a"}, {"to": "user:a"}]}}),
            json!({"adopt_policy": {"preset": "strict"}}),
            json!({"adopt_policy": {"break_glass_max_minutes": 0}}),
        ] {
            assert!(matches!(parse(bad.clone()), Err(refusal) if refusal.code == Code::Invalid), "{bad}");
        }
        let unbuilt = parse(json!({"raise_wall": {"anything": true}})).expect_err("it is not built");
        assert_eq!(unbuilt.code, Code::NotSupported);
    }
}
