//! The rows of profiles, workspaces, sharing and person fields.

use super::super::dormant;
use super::super::returning::links_return;
use super::super::sent::Sent;
use super::super::world::World;
use super::{Outcome, when, when_warned};
use caseward_events::command::{
    AssignProfile, ConfigureProfile, PlaceInWorkspace, Placement, SetFormAccess, SetSharing,
};
use caseward_events::event::{
    FormAccessSet, PersonAdded, PersonRemoved, ProfileAssigned, ProfileConfigured, SharingSet, UserPlaced,
};
use caseward_events::{Action, Code, FormAccess, Scope, Timestamp, WorkspaceId};
use serde_json::json;
use std::collections::BTreeSet;

/// `set_sharing`: already on, already off: nothing.
pub fn set_sharing(world: &World, command: &SetSharing, now: Timestamp) -> Outcome {
    let definition = command.definition.clone();
    let is_on = world.facts.sharing.contains_key(&format!("definition:{definition}"));
    let name = format!("definition:{definition}");
    let open = |case: &str| world.cases[case].definition == name && world.restricted_by(case).is_none();
    let warning = links_return(world, open, now).filter(|_| command.enabled);
    when_warned(is_on != command.enabled, SharingSet { definition, enabled: command.enabled }, warning)
}

/// `place_in_workspace`: a user is in at most one at a time; null is none.
pub fn place_in_workspace(world: &World, command: &PlaceInWorkspace) -> Outcome {
    let PlaceInWorkspace { user, workspace } = command.clone();
    when(workspace_of(world, &format!("user:{user}")) != workspace, UserPlaced { user, workspace })
}

/// The workspace that a user is in.
pub fn workspace_of(world: &World, user: &str) -> Option<WorkspaceId> {
    let (workspace, _) = world.facts.workspaces.get(user)?;
    Some(workspace.parse().expect("it was an id before"))
}

/// `assign_profile`: a user has at most one; null is none.
pub fn assign_profile(world: &World, command: &AssignProfile) -> Outcome {
    let AssignProfile { user, profile } = command.clone();
    let before = world.facts.profiles.get(&format!("user:{user}")).map(|(profile, _)| profile.clone());
    let after = profile.as_ref().map(|profile| format!("profile:{profile}"));
    let warning = after.as_ref().and_then(|after| dormant::profile(world, &format!("user:{user}"), after));
    when_warned(before != after, ProfileAssigned { user, profile }, warning)
}

/// `configure_profile`: what is left out stays as it is.
pub fn configure_profile(world: &World, command: &ConfigureProfile, sent: &Sent) -> Outcome {
    let profile = command.profile.clone();
    let found = world.facts.settings.get(&format!("profile:{profile}"));
    let nothing = json!({"module_access": false, "administrator": false, "search_text": false, "search_query": false});
    let before = found.map_or(nothing, |(settings, _)| serde_json::to_value(settings).expect("settings are JSON"));
    let after = sent.laid_over(&before);
    let settings = serde_json::from_value(after.clone()).expect("they were parsed before");
    when(after != before, ProfileConfigured { profile, settings })
}

/// `set_form_access`: `contradictory`, judged on the resulting row: `share` with read `none`, or `write_completed` with
/// write `none`. A row of defaults where there is none: nothing.
pub fn set_form_access(world: &World, command: &SetFormAccess, sent: &Sent) -> Outcome {
    let (profile, definition) = (command.profile.clone(), command.definition.clone());
    let row = (format!("profile:{profile}"), format!("definition:{definition}"));
    let nothing = json!({"read": "none", "write": "none", "delete": "none", "register": false, "share": false,
        "write_completed": false, "change_form": false});
    let found = world.facts.rows.get(&row);
    let before = found.map_or(nothing, |(access, _)| serde_json::to_value(access).expect("a row is JSON"));
    let after = sent.laid_over(&before);
    let access: FormAccess = serde_json::from_value(after.clone()).expect("it was parsed before");
    let share_of_nothing = access.share && access.read == Scope::None;
    let completed_nothing = access.write_completed && access.write == Scope::None;
    if share_of_nothing || completed_nothing {
        return Err(Code::Contradictory);
    }
    when(after != before, FormAccessSet { profile, definition, access })
}

fn is_there(world: &World, command: &Placement) -> bool {
    let (case, field) = (format!("case:{}", command.case), command.field.to_string());
    let person = command.person.to_string();
    world.facts.persons.iter().any(|one| one.case == case && one.field == field && one.person == person)
}

/// `add_person`: `already_there`. The case is linked to the workspace that a user is in at that moment; groups never
/// count.
pub fn add_person(world: &World, command: &Placement) -> Outcome {
    if is_there(world, command) {
        return Err(Code::AlreadyThere);
    }
    let Placement { case, field, person } = command.clone();
    let workspace = workspace_of(world, &person.to_string());
    let (around, to) = (format!("case:{case}"), person.to_string());
    let warning = dormant::part(world, &around, &to, &BTreeSet::from([Action::Read, Action::Write, Action::Delete]));
    when_warned(true, PersonAdded { case, field, person, workspace }, warning)
}

/// `remove_person`: `not_there`.
pub fn remove_person(world: &World, command: &Placement) -> Outcome {
    if !is_there(world, command) {
        return Err(Code::NotThere);
    }
    let Placement { case, field, person } = command.clone();
    when(true, PersonRemoved { case, field, person })
}
