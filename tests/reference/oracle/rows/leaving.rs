//! The row of `offboard`.

use super::super::world::World;
use super::{Outcome, refuse_last_org_admin, when};
use caseward_events::command::OneUser;
use caseward_events::event::{Ended, InActivity, InField, Listed, UserOffboarded};

/// `offboard`: `last_org_admin`. One event with everything that names the user; none, where the user is disabled and nothing
/// does.
pub fn offboard(world: &World, command: &OneUser) -> Outcome {
    let user = format!("user:{}", command.user);
    let ended = everything_of(world, &user);
    let gone = world.disabled.contains_key(&user) && ended.is_empty();
    if !gone {
        refuse_last_org_admin(world, &user)?;
    }
    when(!gone, UserOffboarded { user: command.user.clone(), ended })
}

fn everything_of(world: &World, user: &str) -> Ended {
    let facts = &world.facts;
    fn id<T: std::str::FromStr>(reference: &str) -> T {
        let id = reference.split_once(':').map_or(reference, |(_, id)| id);
        id.parse().ok().expect("it was an id before")
    }
    let entries = world.entries.iter().filter(|entry| entry.to == user).map(|entry| &entry.list);
    let mut entries: Vec<&String> = entries.collect();
    entries.sort();
    let members = world.members.iter().filter(|direct| direct.member == user);
    let persons = facts.persons.iter().filter(|one| one.person == user);
    let assigned = facts.assignees.iter().filter(|(_, _, assignee)| assignee == user);
    let lent = facts.delegations.iter().filter(|one| !one.ended && (one.from == user || one.to == user));
    let glasses = facts.glasses.iter().filter(|glass| glass.user == user);
    Ended {
        entries: Listed(entries.into_iter().map(|list| list.parse().expect("it was a list before")).collect()),
        memberships: sorted(members.map(|direct| id(&direct.group))),
        profile: facts.profiles.get(user).map(|(profile, _)| id(profile)),
        workspace: facts.workspaces.get(user).map(|(workspace, _)| id(workspace)),
        persons: sorted(persons.map(|one| InField { case: id(&one.case), field: id(&one.field) })),
        assignments: sorted(assigned.map(|(case, activity, _)| InActivity { case: id(case), activity: id(activity) })),
        delegations: sorted(lent.map(|one| id(&one.id))),
        glasses: sorted(glasses.map(|glass| id(&glass.case))),
        org_admin: world.admins.contains_key(user),
    }
}

/// In order, each once.
fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Listed<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items.dedup();
    Listed(items)
}
