//! Who may command (`semantics.md` section 5, the paragraph of that name).
//!
//! "An org admin" there is an enabled one, whatever `org_admin_bypass` says; "once there is any org admin" counts
//! appointed ones, even if all are disabled.

use super::evaluate::check;
use super::world::World;
use caseward_events::command::Command;
use caseward_events::{Action, Timestamp};

/// Whether the actor (`user:U` or `system:S`, which holds no rights) may send the command at that instant.
pub fn may_command(world: &World, actor: &str, command: &Command, now: Timestamp) -> bool {
    let is_admin = world.is_enabled_admin(actor);
    let trusted = world.policy.says("access_managers", "trusted");
    let no_admin_yet = world.admins.is_empty();
    match command {
        // `restrict_case`, `lift_restriction` and changes of `restriction:Y`: an enabled org admin, always (C2).
        // `erase`, `replace_key`: an enabled org admin.
        Command::RestrictCase(_) | Command::LiftRestriction(_) | Command::Erase(_) | Command::ReplaceKey(_) => is_admin,
        Command::Grant(_) | Command::UpdateGrant(_) | Command::Revoke(_)
            if list_of(command).starts_with("restriction:") =>
        {
            is_admin
        }
        // `grant`, `update_grant`, `revoke` elsewhere, and walls: with `managers`, an org admin or whoever the evaluator
        // gives manage_access there; with `trusted`, any producer.
        Command::Grant(_)
        | Command::UpdateGrant(_)
        | Command::Revoke(_)
        | Command::RaiseWall(_)
        | Command::LowerWall(_) => trusted || is_admin || manages(world, actor, &list_of(command), now),
        // `offboard`: as `revoke` on the organization.
        Command::Offboard(_) => trusted || is_admin || manages(world, actor, "organization", now),
        // `adopt_policy`, `adopt_vocabulary`, `appoint_org_admin`, `dismiss_org_admin`: an enabled org admin, once there
        // is any org admin.
        Command::AdoptPolicy(_)
        | Command::AdoptVocabulary(_)
        | Command::AppointOrgAdmin(_)
        | Command::DismissOrgAdmin(_) => no_admin_yet || is_admin,
        // `share_case`: whoever has `share` on the case.
        Command::ShareCase(share) => has(world, actor, Action::Share, &format!("case:{}", share.case), now),
        // `revoke_link`: the actor of its `share_case`, or whoever has share or manage_access on the case.
        Command::RevokeLink(revoke) => world.facts.links.get(&format!("link:{}", revoke.link)).is_some_and(|link| {
            let allowed = |right| has(world, actor, right, &link.case, now);
            link.actor == actor || allowed(Action::Share) || allowed(Action::ManageAccess)
        }),
        // `end_delegation`: only the actor of its `delegate` may.
        Command::EndDelegation(end) => {
            world.delegation(end.delegation.as_str()).is_some_and(|delegation| delegation.actor == actor)
        }
        // `break_glass`: a disabled one is `not_authorized`.
        Command::BreakGlass(_) => !world.disabled.contains_key(actor),
        // `delegate`: its `from`, or who may do the following on the organization.
        Command::Delegate(delegate) if actor == format!("user:{}", delegate.from) => true,
        _ => match configured_there(command) {
            // `create_definition`, `set_access_control`, `set_sharing`, `configure_profile`, `set_form_access`,
            // `assign_profile`: with `managers`, once there is any org admin, an org admin or whoever has manage_access
            // there; with `trusted`, any producer.
            Some(there) => trusted || no_admin_yet || is_admin || manages(world, actor, &there, now),
            // The rest are facts that other systems own: any producer.
            None => true,
        },
    }
}

/// Where the authority to configure is asked; a new definition, a profile and its matrix: on the organization. A
/// definition that is there already is not new.
fn configured_there(command: &Command) -> Option<String> {
    match command {
        Command::SetAccessControl(set) => Some(format!("definition:{}", set.definition)),
        Command::SetSharing(set) => Some(format!("definition:{}", set.definition)),
        Command::CreateDefinition(create) => Some(format!("definition:{}", create.definition)),
        Command::ConfigureProfile(_) | Command::SetFormAccess(_) | Command::AssignProfile(_) | Command::Delegate(_) => {
            Some("organization".to_owned())
        }
        _ => None,
    }
}

fn list_of(command: &Command) -> String {
    match command {
        Command::Grant(command) => command.on.to_string(),
        Command::UpdateGrant(command) => command.on.to_string(),
        Command::Revoke(command) => command.on.to_string(),
        Command::RaiseWall(command) | Command::LowerWall(command) => command.on.to_string(),
        _ => String::new(),
    }
}

fn manages(world: &World, actor: &str, there: &str, now: Timestamp) -> bool {
    has(world, actor, Action::ManageAccess, there, now)
}

/// Whether the evaluator gives the right there. On a case or definition that does not exist it is asked on the
/// organization instead; share only an enabled org admin has there.
fn has(world: &World, actor: &str, right: Action, there: &str, now: Timestamp) -> bool {
    if !world.exists(there) && right == Action::Share {
        return world.is_enabled_admin(actor);
    }
    let asked = if world.exists(there) { there } else { "organization" };
    actor.starts_with("user:") && check(world, actor, right, asked, now).allowed
}
