//! Bare ids that were meant as references: `"case": "case:5000"` would name the case `case:case:5000`, for ever.
//!
//! Absent on purpose: ids with any other colon in them, which are ids like any other.

use super::{
    AssignProfile, Assignment, Attachment, BreakGlass, Command, ConfigureProfile, CreateDefinition, Delegate,
    EndDelegation, ItemAway, ItemInCase, Membership, OneCase, OneGroup, OneUser, OpenCase, PlaceInWorkspace, Placement,
    RestrictCase, RevokeLink, SetAccessControl, SetFormAccess, SetSharing, ShareCase,
};
use crate::id::CaseId;
use crate::refusal::Refusal;

/// A field that holds a bare id, what it is the id of, and the id.
type BareId<'a> = (&'static str, &'static str, &'a str);

impl Command {
    /// Refuses a bare id that begins with its own type and a colon.
    ///
    /// # Errors
    /// `invalid`, with the right spelling.
    pub fn judge_spelling(&self) -> Result<(), Refusal> {
        for (field, kind, id) in self.bare_ids() {
            if let Some(bare) = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':')) {
                let message = format!("`{field}` takes the bare id, and `{id}` is a reference");
                return Err(Refusal::invalid(message).hint(format!(r#"write "{field}": "{bare}""#)));
            }
        }
        Ok(())
    }

    fn bare_ids(&self) -> Vec<BareId<'_>> {
        match self {
            Command::CreateDefinition(CreateDefinition { definition, .. })
            | Command::SetAccessControl(SetAccessControl { definition, .. })
            | Command::SetSharing(SetSharing { definition, .. }) => {
                vec![("definition", "definition", definition.as_str())]
            }
            Command::OpenCase(OpenCase { case: id, definition, creator, parent }) => {
                let definition = ("definition", "definition", definition.as_str());
                let parent = parent.iter().map(|parent| ("parent", "case", parent.as_str()));
                [case(id), definition, ("creator", "user", creator.as_str())].into_iter().chain(parent).collect()
            }
            Command::CompleteCase(OneCase { case: id, .. })
            | Command::ReopenCase(OneCase { case: id, .. })
            | Command::LiftRestriction(OneCase { case: id, .. })
            | Command::RestrictCase(RestrictCase { case: id, .. })
            | Command::AddPerson(Placement { case: id, .. })
            | Command::RemovePerson(Placement { case: id, .. })
            | Command::AssignActivity(Assignment { case: id, .. })
            | Command::ReleaseActivity(Assignment { case: id, .. })
            | Command::BreakGlass(BreakGlass { case: id, .. }) => vec![case(id)],
            Command::AddMember(Membership { group, .. })
            | Command::RemoveMember(Membership { group, .. })
            | Command::DeactivateGroup(OneGroup { group, .. })
            | Command::ActivateGroup(OneGroup { group, .. }) => vec![("group", "group", group.as_str())],
            Command::DisableUser(OneUser { user, .. })
            | Command::EnableUser(OneUser { user, .. })
            | Command::Offboard(OneUser { user, .. })
            | Command::AppointOrgAdmin(OneUser { user, .. })
            | Command::DismissOrgAdmin(OneUser { user, .. }) => vec![("user", "user", user.as_str())],
            Command::PlaceInWorkspace(PlaceInWorkspace { user, workspace }) => {
                let workspace = workspace.iter().map(|id| ("workspace", "workspace", id.as_str()));
                [("user", "user", user.as_str())].into_iter().chain(workspace).collect()
            }
            Command::AssignProfile(AssignProfile { user, profile }) => {
                let profile = profile.iter().map(|id| ("profile", "profile", id.as_str()));
                [("user", "user", user.as_str())].into_iter().chain(profile).collect()
            }
            Command::ConfigureProfile(ConfigureProfile { profile, .. }) => {
                vec![("profile", "profile", profile.as_str())]
            }
            Command::SetFormAccess(SetFormAccess { profile, definition, .. }) => {
                vec![("profile", "profile", profile.as_str()), ("definition", "definition", definition.as_str())]
            }
            Command::AddItem(ItemInCase { item, case: id }) | Command::RemoveItem(ItemInCase { item, case: id }) => {
                vec![("item", "item", item.as_str()), case(id)]
            }
            Command::CheckOutItem(ItemAway { item, .. }) | Command::CheckInItem(ItemAway { item, .. }) => {
                vec![("item", "item", item.as_str())]
            }
            Command::Attach(Attachment { task, .. }) | Command::Detach(Attachment { task, .. }) => {
                vec![("task", "task", task.as_str())]
            }
            Command::ShareCase(ShareCase { case: id, link, .. }) => vec![case(id), ("link", "link", link.as_str())],
            Command::RevokeLink(RevokeLink { link }) => vec![("link", "link", link.as_str())],
            Command::Delegate(Delegate { delegation, .. }) | Command::EndDelegation(EndDelegation { delegation }) => {
                vec![("delegation", "delegation", delegation.as_str())]
            }
            // Their fields hold references, or no id.
            Command::Grant(_)
            | Command::UpdateGrant(_)
            | Command::Revoke(_)
            | Command::RaiseWall(_)
            | Command::LowerWall(_)
            | Command::AdoptPolicy(_)
            | Command::AdoptVocabulary(_)
            | Command::SetLabel(_)
            | Command::Erase(_)
            | Command::ReplaceKey(_) => Vec::new(),
        }
    }
}

fn case(id: &CaseId) -> BareId<'_> {
    ("case", "case", id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn judged(command: Value) -> Result<(), Refusal> {
        Command::parse(command).expect("it is well formed").judge_spelling()
    }

    #[test]
    fn a_reference_where_a_bare_id_belongs_is_refused_with_the_right_spelling() {
        for (command, hint) in [
            (json!({"complete_case": {"case": "case:5000"}}), r#"write "case": "5000""#),
            (
                json!({"open_case": {"case": "1", "definition": "d", "creator": "user:ana"}}),
                r#"write "creator": "ana""#,
            ),
            (json!({"disable_user": {"user": "user:a"}}), r#"write "user": "a""#),
            (json!({"add_member": {"group": "group:g", "member": "user:a"}}), r#"write "group": "g""#),
            (json!({"assign_profile": {"user": "a", "profile": "profile:p"}}), r#"write "profile": "p""#),
            (json!({"revoke_link": {"link": "link:l"}}), r#"write "link": "l""#),
        ] {
            assert_eq!(judged(command.clone()).expect_err("it is refused").hint.as_deref(), Some(hint), "{command}");
        }
    }

    #[test]
    fn other_colons_are_part_of_an_id() {
        for command in [
            json!({"complete_case": {"case": "user:1"}}),
            json!({"complete_case": {"case": "cases:1"}}),
            json!({"disable_user": {"user": "urn:user:a"}}),
            json!({"grant": {"on": "case:1", "to": "user:a"}}),
        ] {
            assert_eq!(judged(command.clone()), Ok(()), "{command}");
        }
    }
}
