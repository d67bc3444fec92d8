//! Commands pointed at what is there by then, so that they meet.

use super::super::oracle::World;
use super::super::oracle::rows::possessions::is_blocked;
use proptest::sample::Index;
use serde_json::{Value, json};

/// Points a command about an entry at one that is there; a command about a case at one that is restricted or walled; a
/// restriction at a case that facts stand against; every other command about a wall at one that stands. The actor, where
/// it should be another one.
pub fn aimed(world: &World, command: &mut Value, aim: Index) -> Option<String> {
    for name in ["grant", "update_grant", "revoke"] {
        if let (Some(body), false) = (command.get_mut(name), world.entries.is_empty()) {
            let entry = aim.get(&world.entries);
            body["on"] = entry.list.clone().into();
            body["to"] = entry.to.clone().into();
        }
    }
    // One that may be late finds that what it gave was taken away.
    let gone =
        world.ever_listed.iter().filter(|(on, to)| !on.starts_with("restriction:") && world.entry(on, to).is_none());
    let gone: Vec<_> = gone.collect();
    if let Some(body) = command.get_mut("grant")
        && (body["on_existing"] == "ignore" || body["on_existing"] == "update")
        && !gone.is_empty()
    {
        let (on, to) = aim.get(&gone);
        body["on"] = on.as_str().into();
        body["to"] = to.as_str().into();
    }
    let restricted = world.cases.keys().filter(|case| world.restricted_by(case).is_some());
    let walled = world.facts.walls.iter().map(|wall| &wall.on).filter(|on| on.starts_with("case:"));
    let cases: Vec<&String> = restricted.chain(walled).collect();
    for name in ["assign_activity", "add_item", "break_glass", "share_case"] {
        if let (Some(body), false) = (command.get_mut(name), cases.is_empty()) {
            body["case"] = aim.get(&cases).trim_start_matches("case:").into();
        }
    }
    if let (Some(body), false) = (command.get_mut("attach"), cases.is_empty()) {
        body["entity"] = aim.get(&cases).as_str().into();
    }
    let blocked: Vec<&String> = world.cases.keys().filter(|case| is_blocked(world, case)).collect();
    if let (Some(body), false) = (command.get_mut("restrict_case"), blocked.is_empty()) {
        body["case"] = aim.get(&blocked).trim_start_matches("case:").into();
    }
    at_a_cap(world, command, aim).or_else(|| at_a_wall(world, command, aim))
}

/// An org admin breaks the glass of a restricted case that has an entry for that very user.
fn at_a_cap(world: &World, command: &mut Value, aim: Index) -> Option<String> {
    let own = world.entries.iter().filter(|entry| entry.list.starts_with("restriction:"));
    let own: Vec<_> = own.filter(|entry| world.is_enabled_admin(&entry.to)).collect();
    let glass = command.get_mut("break_glass").filter(|_| !own.is_empty())?;
    let entry = aim.get(&own);
    glass["case"] = entry.list.trim_start_matches("restriction:").into();
    Some(entry.to.clone())
}

fn at_a_wall(world: &World, command: &mut Value, aim: Index) -> Option<String> {
    let walls = &world.facts.walls;
    if walls.is_empty() || aim.index(2) == 0 {
        return None;
    }
    let wall = aim.get(walls);
    for name in ["raise_wall", "lower_wall"] {
        if let Some(body) = command.get_mut(name) {
            *body = json!({"on": wall.on, "against": wall.against});
        }
    }
    let glass = command.get_mut("break_glass")?;
    let behind = world.cases.keys().filter(|case| world.lists_for(case).contains(&wall.on));
    let behind: Vec<&String> = behind.collect();
    if !behind.is_empty() {
        glass["case"] = aim.get(&behind).trim_start_matches("case:").into();
    }
    wall.against.starts_with("user:").then(|| wall.against.clone())
}

/// Commands that take something back, one of a kind, with the actor where only one may; at the least one that has
/// nothing to.
pub fn undoing(world: &World) -> Vec<(Option<String>, Value)> {
    let bare = |reference: &str| reference.split_once(':').map(|(_, id)| id.to_owned());
    let facts = &world.facts;
    let mut completed = world.cases.iter().filter(|(_, case)| case.completed);
    let mut restricted = world.cases.iter().filter(|(_, case)| case.restricted_by.is_some());
    let mut links = facts.links.iter().filter(|(_, shared)| shared.revoked_by.is_none());
    let kinds = [
        completed.next_back().map(|(case, _)| json!({"reopen_case": {"case": bare(case)}})),
        restricted.next_back().map(|(case, _)| json!({"lift_restriction": {"case": bare(case)}})),
        world.inactive.last().map(|group| json!({"activate_group": {"group": bare(group)}})),
        world.disabled.keys().next_back().map(|user| json!({"enable_user": {"user": bare(user)}})),
        world.members.last().map(|direct| {
            json!({"remove_member": {"group": bare(&direct.group), "member": direct.member}})
        }),
        facts.persons.last().map(|placed| {
            json!({"remove_person": {"case": bare(&placed.case), "field": placed.field, "person": placed.person}})
        }),
        links.next_back().map(|(link, _)| json!({"revoke_link": {"link": bare(link)}})),
        facts.walls.last().map(|wall| json!({"lower_wall": {"on": wall.on, "against": wall.against}})),
        facts.belongings.last().map(|(item, case)| json!({"remove_item": {"item": bare(item), "case": bare(case)}})),
        facts.checked_out.iter().next_back().map(|(item, organization)| {
            json!({"check_in_item": {"item": bare(item), "organization": organization}})
        }),
        facts.attachments.last().map(|(task, entity)| json!({"detach": {"task": bare(task), "entity": entity}})),
        facts.assignees.last().map(|(case, activity, to)| {
            json!({"release_activity": {"case": bare(case), "activity": activity, "to": [to]}})
        }),
        Some(json!({"reopen_case": {"case": "C1"}})),
    ];
    let standing = facts.delegations.iter().rfind(|delegation| !delegation.ended);
    let ending = standing.map(|one| (Some(one.actor.clone()), json!({"end_delegation": {"delegation": one.id}})));
    kinds.into_iter().flatten().map(|command| (None, command)).chain(ending).collect()
}
