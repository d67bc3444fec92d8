//! Who may command (`semantics.md` section 5, the paragraph of that name).
//!
//! "An org admin" there is an enabled one, whatever `org_admin_bypass` says; "once there is any org admin" counts
//! appointed ones, even if all are disabled.

use super::evaluate::check;
use super::world::World;
use caseward_events::command::Command;
use caseward_events::policy::AccessManagers;
use caseward_events::{Action, Timestamp};

/// Whether the actor (`user:U` or `system:S`, which holds no rights) may send the command at that instant.
pub fn may_command(world: &World, actor: &str, command: &Command, now: Timestamp) -> bool {
    let is_admin = world.is_enabled_admin(actor);
    let trusted = world.policy.access_managers == AccessManagers::Trusted;
    let no_admin_yet = world.admins.is_empty();
    match command {
        // `restrict_case`, `lift_restriction` and changes of `restriction:Y`: an enabled org admin, always (C2).
        Command::RestrictCase(_) | Command::LiftRestriction(_) => is_admin,
        Command::Grant(_) | Command::UpdateGrant(_) | Command::Revoke(_)
            if list_of(command).starts_with("restriction:") =>
        {
            is_admin
        }
        // `grant`, `update_grant`, `revoke` elsewhere: with `managers`, an org admin or whoever the evaluator gives
        // manage_access there; with `trusted`, any producer.
        Command::Grant(_) | Command::UpdateGrant(_) | Command::Revoke(_) => {
            trusted || is_admin || manages(world, actor, &list_of(command), now)
        }
        // `adopt_policy`, `appoint_org_admin`, `dismiss_org_admin`: an enabled org admin, once there is any org admin.
        Command::AdoptPolicy(_) | Command::AppointOrgAdmin(_) | Command::DismissOrgAdmin(_) => no_admin_yet || is_admin,
        // `create_definition`, `set_access_control`: with `managers`, once there is any org admin, an org admin or
        // whoever has manage_access there (a new definition: on the organization); with `trusted`, any producer.
        Command::CreateDefinition(_) => {
            trusted || no_admin_yet || is_admin || manages(world, actor, "organization", now)
        }
        Command::SetAccessControl(set) => {
            let there = format!("definition:{}", set.definition);
            trusted || no_admin_yet || is_admin || manages(world, actor, &there, now)
        }
        // The rest are facts that other systems own: any producer.
        Command::OpenCase(_)
        | Command::CompleteCase(_)
        | Command::ReopenCase(_)
        | Command::AddMember(_)
        | Command::RemoveMember(_)
        | Command::DeactivateGroup(_)
        | Command::ActivateGroup(_)
        | Command::DisableUser(_)
        | Command::EnableUser(_) => true,
    }
}

fn list_of(command: &Command) -> String {
    match command {
        Command::Grant(command) => command.on.to_string(),
        Command::UpdateGrant(command) => command.on.to_string(),
        Command::Revoke(command) => command.on.to_string(),
        _ => String::new(),
    }
}

/// Whether the evaluator gives manage_access there. On a case or definition that does not exist the right is asked on
/// the organization instead.
fn manages(world: &World, actor: &str, there: &str, now: Timestamp) -> bool {
    let asked = if world.exists(there) { there } else { "organization" };
    actor.starts_with("user:") && check(world, actor, Action::ManageAccess, asked, now).allowed
}
