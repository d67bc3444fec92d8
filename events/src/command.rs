//! Commands: what may be asked to change (`semantics.md` section 5). Each body is the JSON object of its name.
//!
//! Parse, don't validate: what can be seen without the log is judged here, so a [`Command`] in hand is not `invalid`.
//! Absent on purpose: whether it may be done, and what comes of it; that is decided on the views.

mod cases;
mod directory;
mod grants;
mod handing;
mod organization;
mod sameness;
mod spelling;
mod windowed;

pub use cases::{
    Assignment, Attachment, CreateDefinition, ItemAway, ItemInCase, OneCase, OpenCase, Placement, SetAccessControl,
    SetSharing,
};
pub use directory::{AssignProfile, ConfigureProfile, Membership, OneGroup, OneUser, PlaceInWorkspace, SetFormAccess};
pub use grants::{Entry, Grant, OnExisting, RestrictCase, Revoke, UpdateGrant, Wall};
pub use handing::{BreakGlass, Delegate, EndDelegation, RevokeLink, ShareCase};
pub use organization::{AdoptPolicy, AdoptVocabulary, Erase, ReplaceKey, SetLabel};

use crate::limits::ENTRIES_MAX;
use crate::malformed::malformed;
use crate::nearest::nearest;
use crate::reference::{ListRef, Stream, Subject};
use crate::refusal::Refusal;
use crate::rights::{Action, Rights};
use serde::Deserialize;
use serde_json::{Error, Value};
use std::collections::HashSet;

macro_rules! commands {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($body:ty)),+ $(,)?) => {
        /// What may be asked to change.
        ///
        /// # Examples
        /// ```
        /// use caseward_events::{Command, Rights};
        /// use serde_json::json;
        ///
        /// let value = json!({"grant": {"on": "case:4711", "to": "user:ben", "access": "write"}});
        /// let Command::Grant(grant) = Command::parse(value)? else { panic!("it is a grant") };
        /// assert_eq!(grant.rights(), Rights::WRITE);
        /// # Ok::<(), caseward_events::Refusal>(())
        /// ```
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

            fn body(&self) -> Result<Value, serde_json::Error> {
                match self { $(Command::$variant(body) => serde_json::to_value(body)),+ }
            }

            fn parse_body(name: &str, body: Value) -> Result<Command, Refusal> {
                match name {
                    $($name => <$body>::deserialize(&body)
                        .map(Command::$variant)
                        .map_err(|why| bad_body(name, &why, &body, |body| <$body>::deserialize(body).err())),)+
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
    /// Switches sharing of a definition's cases.
    "set_sharing" => SetSharing(SetSharing),
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
    /// Ends everything that names a user who leaves.
    "offboard" => Offboard(OneUser),
    /// Makes a user an org admin.
    "appoint_org_admin" => AppointOrgAdmin(OneUser),
    /// Ends that.
    "dismiss_org_admin" => DismissOrgAdmin(OneUser),
    /// Puts a user into a workspace, or out of any.
    "place_in_workspace" => PlaceInWorkspace(PlaceInWorkspace),
    /// Gives a user a profile, or none.
    "assign_profile" => AssignProfile(AssignProfile),
    /// Sets what a profile is.
    "configure_profile" => ConfigureProfile(ConfigureProfile),
    /// Sets a row of the permission matrix.
    "set_form_access" => SetFormAccess(SetFormAccess),
    /// Puts a user or group into a person field.
    "add_person" => AddPerson(Placement),
    /// Takes one out.
    "remove_person" => RemovePerson(Placement),
    /// Assigns an activity.
    "assign_activity" => AssignActivity(Assignment),
    /// Releases assignees.
    "release_activity" => ReleaseActivity(Assignment),
    /// Lets another user act in a user's stead.
    "delegate" => Delegate(Delegate),
    /// Ends that.
    "end_delegation" => EndDelegation(EndDelegation),
    /// An item belongs to a case.
    "add_item" => AddItem(ItemInCase),
    /// It does no more.
    "remove_item" => RemoveItem(ItemInCase),
    /// An item goes to another organization.
    "check_out_item" => CheckOutItem(ItemAway),
    /// It comes back.
    "check_in_item" => CheckInItem(ItemAway),
    /// Attaches a case or item to a task.
    "attach" => Attach(Attachment),
    /// Detaches it.
    "detach" => Detach(Attachment),
    /// Shares a case by a public link.
    "share_case" => ShareCase(ShareCase),
    /// Revokes the link.
    "revoke_link" => RevokeLink(RevokeLink),
    /// Excludes a user or group.
    "raise_wall" => RaiseWall(Wall),
    /// Ends the exclusion.
    "lower_wall" => LowerWall(Wall),
    /// Takes access in an emergency.
    "break_glass" => BreakGlass(BreakGlass),
    /// Sets keys of the policy.
    "adopt_policy" => AdoptPolicy(AdoptPolicy),
    /// Says what the words of callers stand for.
    "adopt_vocabulary" => AdoptVocabulary(AdoptVocabulary),
    /// Sets what people call something.
    "set_label" => SetLabel(SetLabel),
    /// Destroys the key that seals the reasons about a subject.
    "erase" => Erase(Erase),
    /// Has the next tree heads signed by another key.
    "replace_key" => ReplaceKey(ReplaceKey),
}

impl Command {
    /// From the value of `command`: an object with one key, the name.
    ///
    /// # Errors
    /// `invalid`.
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

    /// The value of `command`: what [`Command::parse`] reads.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let body = self.body().expect("every key of a command is a text");
        Value::Object([(self.name().to_owned(), body)].into_iter().collect())
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
                    return Err(Refusal::invalid(format!(
                        "{given} entries are too many; at most {ENTRIES_MAX} are allowed"
                    )));
                }
                let mut seen = HashSet::new();
                for entry in &restrict.entries {
                    takes(&list, entry.rights())?;
                    if !seen.insert(&entry.to) {
                        return Err(Refusal::invalid(format!("`{}` occurs twice in `entries`", entry.to)));
                    }
                }
                Ok(())
            }
            Command::AssignActivity(Assignment { to, .. }) | Command::ReleaseActivity(Assignment { to, .. }) => {
                assignees(to)
            }
            Command::Delegate(Delegate { from, to, .. }) if from == to => {
                Err(Refusal::invalid(format!("a delegation from `user:{from}` to the same user; name two")))
            }
            Command::BreakGlass(BreakGlass { minutes: 0, .. }) => {
                Err(Refusal::invalid("`minutes` is 0; give at least 1"))
            }
            _ => Ok(()),
        }
    }

    /// The user or group that it names first, in the order in which the specification lists its fields: under whose key
    /// its reason is sealed. The actor does not count.
    #[must_use]
    pub fn first_subject(&self) -> Option<Subject> {
        Some(match self {
            Command::OpenCase(OpenCase { creator: user, .. })
            | Command::DisableUser(OneUser { user })
            | Command::EnableUser(OneUser { user })
            | Command::Offboard(OneUser { user })
            | Command::AppointOrgAdmin(OneUser { user })
            | Command::DismissOrgAdmin(OneUser { user })
            | Command::PlaceInWorkspace(PlaceInWorkspace { user, .. })
            | Command::AssignProfile(AssignProfile { user, .. })
            | Command::Delegate(Delegate { from: user, .. }) => Subject::User(user.clone()),
            Command::AddMember(Membership { group, .. })
            | Command::RemoveMember(Membership { group, .. })
            | Command::DeactivateGroup(OneGroup { group })
            | Command::ActivateGroup(OneGroup { group }) => Subject::Group(group.clone()),
            Command::Grant(Grant { to, .. })
            | Command::UpdateGrant(UpdateGrant { to, .. })
            | Command::Revoke(Revoke { to, .. })
            | Command::AddPerson(Placement { person: to, .. })
            | Command::RemovePerson(Placement { person: to, .. })
            | Command::RaiseWall(Wall { against: to, .. })
            | Command::LowerWall(Wall { against: to, .. })
            | Command::Erase(Erase { subject: to }) => to.clone(),
            Command::AssignActivity(Assignment { to, .. }) | Command::ReleaseActivity(Assignment { to, .. }) => {
                to.first()?.clone()
            }
            Command::RestrictCase(RestrictCase { entries, .. }) => entries.first()?.to.clone(),
            Command::SetLabel(SetLabel { of, .. }) => of.subject()?,
            Command::CreateDefinition(_)
            | Command::SetAccessControl(_)
            | Command::SetSharing(_)
            | Command::CompleteCase(_)
            | Command::ReopenCase(_)
            | Command::LiftRestriction(_)
            | Command::ConfigureProfile(_)
            | Command::SetFormAccess(_)
            | Command::EndDelegation(_)
            | Command::AddItem(_)
            | Command::RemoveItem(_)
            | Command::CheckOutItem(_)
            | Command::CheckInItem(_)
            | Command::Attach(_)
            | Command::Detach(_)
            | Command::ShareCase(_)
            | Command::RevokeLink(_)
            | Command::BreakGlass(_)
            | Command::AdoptPolicy(_)
            | Command::AdoptVocabulary(_)
            | Command::ReplaceKey(_) => return None,
        })
    }

    /// The stream of the first event it would append; `None` where only the log knows whose delegation or link it is.
    #[must_use]
    pub fn stream(&self) -> Option<Stream> {
        Some(match self {
            Command::CreateDefinition(CreateDefinition { definition, .. })
            | Command::SetSharing(SetSharing { definition, .. })
            | Command::SetAccessControl(SetAccessControl { definition, .. }) => Stream::Definition(definition.clone()),
            Command::OpenCase(OpenCase { case, .. })
            | Command::RestrictCase(RestrictCase { case, .. })
            | Command::CompleteCase(OneCase { case })
            | Command::ReopenCase(OneCase { case })
            | Command::LiftRestriction(OneCase { case })
            | Command::AddPerson(Placement { case, .. })
            | Command::RemovePerson(Placement { case, .. })
            | Command::AssignActivity(Assignment { case, .. })
            | Command::ReleaseActivity(Assignment { case, .. })
            | Command::ShareCase(ShareCase { case, .. })
            | Command::BreakGlass(BreakGlass { case, .. }) => Stream::Case(case.clone()),
            Command::Grant(Grant { on, .. })
            | Command::UpdateGrant(UpdateGrant { on, .. })
            | Command::Revoke(Revoke { on, .. }) => on.stream(),
            Command::RaiseWall(Wall { on, .. }) | Command::LowerWall(Wall { on, .. }) => on.stream(),
            Command::AddMember(Membership { group, .. })
            | Command::RemoveMember(Membership { group, .. })
            | Command::DeactivateGroup(OneGroup { group })
            | Command::ActivateGroup(OneGroup { group }) => Stream::Group(group.clone()),
            Command::DisableUser(OneUser { user })
            | Command::EnableUser(OneUser { user })
            | Command::Offboard(OneUser { user })
            | Command::PlaceInWorkspace(PlaceInWorkspace { user, .. })
            | Command::AssignProfile(AssignProfile { user, .. })
            | Command::Delegate(Delegate { from: user, .. }) => Stream::User(user.clone()),
            Command::ConfigureProfile(ConfigureProfile { profile, .. })
            | Command::SetFormAccess(SetFormAccess { profile, .. }) => Stream::Profile(profile.clone()),
            Command::AddItem(ItemInCase { item, .. })
            | Command::RemoveItem(ItemInCase { item, .. })
            | Command::CheckOutItem(ItemAway { item, .. })
            | Command::CheckInItem(ItemAway { item, .. }) => Stream::Item(item.clone()),
            Command::Attach(Attachment { task, .. }) | Command::Detach(Attachment { task, .. }) => {
                Stream::Task(task.clone())
            }
            Command::SetLabel(SetLabel { of, .. }) => of.stream(),
            Command::AppointOrgAdmin(_)
            | Command::DismissOrgAdmin(_)
            | Command::AdoptPolicy(_)
            | Command::AdoptVocabulary(_)
            | Command::Erase(_)
            | Command::ReplaceKey(_) => Stream::Organization,
            Command::EndDelegation(_) | Command::RevokeLink(_) => return None,
        })
    }
}

fn assignees(to: &[Subject]) -> Result<(), Refusal> {
    if to.len() > ENTRIES_MAX {
        return Err(Refusal::invalid(format!(
            "{} assignees are too many; at most {ENTRIES_MAX} are allowed",
            to.len()
        )));
    }
    Ok(())
}

fn takes(list: &ListRef, rights: Rights) -> Result<(), Refusal> {
    let beyond = rights - Rights::grantable_on(list);
    if beyond.is_empty() {
        return Ok(());
    }
    let taken = Rights::grantable_on(list);
    let refusal = Refusal::invalid(format!("`{list}` does not take {beyond}; it takes {taken}"));
    Err(match list {
        ListRef::Case(case) if beyond.has(Action::Restrict) => {
            refusal.hint(format!("to restrict the case: caseward restrict {case}"))
        }
        _ => refusal,
    })
}

/// What is wrong with the fields of a command.
fn bad_body(name: &str, why: &serde_json::Error, body: &Value, again: impl Fn(&Value) -> Option<Error>) -> Refusal {
    let mut refusal = malformed(why, body, again);
    refusal.message = format!("`{name}`: {}", refusal.message);
    refusal
}

fn unknown(name: &str) -> Refusal {
    let shown: String = name.escape_debug().take(80).collect();
    let hint = match nearest(name, Command::NAMES.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("commands are {}", Command::NAMES.join(", ")),
    };
    Refusal::invalid(format!("`{shown}` is not a command")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Code;
    use crate::time::{Timestamp, Window};
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
    fn malformed_commands_are_invalid() {
        for bad in [
            json!(7),
            json!({}),
            json!({"grant": {}, "revoke": {}}),
            json!({"grant": {"on": "case:1", "to": "user:a", "too": 1}}),
            json!({"grand": {}}),
            json!({"restrict_case": {"case": "1", "entries": [{"to": "user:a"}, {"to": "user:a"}]}}),
            json!({"adopt_policy": {"preset": "strict"}}),
            json!({"adopt_policy": {"break_glass_max_minutes": 0}}),
            json!({"adopt_vocabulary": {"subjects": {"a": {"as": "user"}, "b": {"as": "user"}}}}),
            json!({"erase": {"subject": "case:1"}}),
            json!({"erase": {}}),
            json!({"replace_key": {"public_key": "AAAA"}}),
        ] {
            assert!(matches!(parse(bad.clone()), Err(refusal) if refusal.code == Code::Invalid), "{bad}");
        }
    }
}
