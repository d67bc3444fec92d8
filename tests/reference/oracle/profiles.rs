//! What a profile gives (`semantics.md` section 4), and what users lend to each other (section 3, step 6).
//!
//! Spec and engine leave room for which of several facts a scope is said to hold by: such a reason says what must be
//! cited and what may be ([`Loosely`]). Read on in [`super::reasons`].

use super::evaluate::{ON_CASE, ON_DEFINITION, actions_of};
use super::reasons::{Loosely, Reason, access_control_off, from_lists};
use super::walls::{walls_against, walls_policy};
use super::world::{Case, World, holds};
use caseward_events::{Action, FormAccess, ProfileSettings, Scope, Timestamp};
use std::collections::BTreeSet;

/// The profile of a user, if it is one that gives anything: without `module_access` a profile gives nothing.
pub struct Active {
    /// `profile:P`.
    pub profile: String,
    /// What it is.
    pub settings: ProfileSettings,
    /// The event that gave it to the user.
    pub assigned: u64,
    /// The event that last configured it.
    pub configured: u64,
}

/// See [`Active`].
pub fn active_profile(world: &World, user: &str) -> Option<Active> {
    let (profile, assigned) = world.facts.profiles.get(user)?.clone();
    let (settings, configured) = *world.facts.settings.get(&profile)?;
    settings.module_access.then_some(Active { profile, settings, assigned, configured })
}

/// The row of the profile for the definition of the resource, with the event that last set it.
pub fn row_of(world: &World, profile: &str, resource: &str) -> Option<(FormAccess, u64)> {
    let definition = world.definition_of(resource)?;
    world.facts.rows.get(&(profile.to_owned(), definition)).copied()
}

/// Whether the scope holds: `None` where not, else each way in which it does, as the events that make it so.
pub fn ways_of(world: &World, user: &str, resource: &str, scope: Scope) -> Option<Vec<Vec<u64>>> {
    let case = world.cases.get(resource)?;
    let ways = match scope {
        // Always; never.
        Scope::All => vec![Vec::new()],
        Scope::None => Vec::new(),
        // The user opened the case.
        Scope::Registered => opened(case, user),
        // The user opened the case, or is in a person field, individually or through a group.
        Scope::Involved => [opened(case, user), placements(world, user, resource)].concat(),
        // The user's workspace, as of the check, is among the case's workspace links.
        Scope::Workspace => links(world, user, resource, case),
    };
    (!ways.is_empty()).then_some(ways)
}

fn opened(case: &Case, user: &str) -> Vec<Vec<u64>> {
    if case.creator == user { vec![vec![case.opened_by]] } else { Vec::new() }
}

fn placements(world: &World, user: &str, resource: &str) -> Vec<Vec<u64>> {
    let groups = world.groups_around(user, true);
    let mut ways = Vec::new();
    for placed in world.facts.persons.iter().filter(|placed| placed.case == resource) {
        if placed.person == user {
            ways.push(vec![placed.added_by]);
        } else if let Some(path) = groups.get(&placed.person) {
            ways.push([vec![placed.added_by], path.clone()].concat());
        }
    }
    ways
}

/// The creator's workspace, and those that users were in when they were put in a field and still are in it.
fn links(world: &World, user: &str, resource: &str, case: &Case) -> Vec<Vec<u64>> {
    let Some((workspace, placed)) = world.facts.workspaces.get(user) else { return Vec::new() };
    let by_creator = (case.workspace.as_ref() == Some(workspace)).then_some(case.opened_by);
    let of_it = |one: &&super::facts::Person| one.case == resource && one.workspace.as_ref() == Some(workspace);
    let by_persons = world.facts.persons.iter().filter(of_it).map(|one| one.added_by);
    by_creator.into_iter().chain(by_persons).map(|linked| vec![linked, *placed]).collect()
}

/// What the user's own profile gives on the resource. Clamp 7: write, delete and share count only if read is held from
/// any source, so from elsewhere if not from here. `as_if_open`: were the case not completed.
pub fn profile(world: &World, user: &str, resource: &str, read_elsewhere: bool, as_if_open: bool) -> Option<Reason> {
    let active = active_profile(world, user)?;
    let mut rights = BTreeSet::new();
    let mut needs = Vec::new();
    if resource == "organization" {
        // `search_*` say whether the user may search.
        let searches =
            [(Action::SearchText, active.settings.search_text), (Action::SearchQuery, active.settings.search_query)];
        rights.extend(searches.into_iter().filter(|(_, may)| *may).map(|(action, _)| action));
    } else {
        let (row, set_by) = row_of(world, &active.profile, resource)?;
        needs.push(vec![vec![set_by]]);
        if let Some(case) = world.cases.get(resource) {
            let locked = case.completed && !row.write_completed && !as_if_open;
            // On a completed case a profile's write needs `write_completed`; its delete does not.
            let scopes = [(Action::Read, row.read, false), (Action::Write, row.write, locked)];
            for (action, scope, withheld) in scopes.into_iter().chain([(Action::Delete, row.delete, false)]) {
                let clamped = action != Action::Read && !rights.contains(&Action::Read) && !read_elsewhere;
                if let Some(ways) = ways_of(world, user, resource, scope).filter(|_| !withheld && !clamped) {
                    rights.insert(action);
                    needs.push(ways);
                }
            }
            // `share` needs the switch, read of that case, and sharing enabled for the definition.
            let read = rights.contains(&Action::Read) || read_elsewhere;
            if let (true, true, Some(&enabled)) = (row.share, read, world.facts.sharing.get(&case.definition)) {
                rights.insert(Action::Share);
                needs.push(vec![vec![enabled]]);
            }
        } else {
            let switches = [(Action::Register, row.register), (Action::ChangeForm, row.change_form)];
            rights.extend(switches.into_iter().filter(|(_, on)| *on).map(|(action, _)| action));
        }
    }
    needs.extend([vec![vec![active.assigned]], vec![vec![active.configured]]]);
    Reason::loosely("profile", &active.profile, user, resource, &rights, Loosely::of(needs))
}

/// A profile with module access and Administrator Mode gives every case action but restrict, and every definition
/// action and, on the organization, the searches; share only where sharing is enabled; completion does not bind it.
pub fn module_administrator(world: &World, user: &str, resource: &str) -> Option<Reason> {
    let active = active_profile(world, user).filter(|active| active.settings.administrator)?;
    let mut loosely = Loosely::of(vec![vec![vec![active.assigned]], vec![vec![active.configured]]]);
    let mut rights: BTreeSet<Action> = match resource.split(':').next() {
        Some("case") => ON_CASE.into_iter().filter(|action| *action != Action::Restrict).collect(),
        Some("definition") => ON_DEFINITION.into_iter().collect(),
        _ => BTreeSet::from([Action::SearchText, Action::SearchQuery]),
    };
    if let Some(case) = world.cases.get(resource) {
        match world.facts.sharing.get(&case.definition) {
            Some(&enabled) => drop(loosely.may.insert(enabled)),
            None => drop(rights.remove(&Action::Share)),
        }
    }
    Reason::loosely("module_administrator", &active.profile, user, resource, &rights, loosely)
}

/// While a delegation's window holds `at`, exactly what the delegator has from lists and profile on that resource
/// (clamp 7 met by read from lists, profile or step 5); nothing from being an org admin or module administrator, nothing
/// passed on from another delegation, nothing if the delegator is disabled, or either of the two is walled there.
pub fn delegations(world: &World, asker: &str, resource: &str, at: Timestamp) -> Vec<Reason> {
    let walled = |user: &str| !walls_against(world, user, resource).is_empty();
    let mut reasons = Vec::new();
    for delegation in &world.facts.delegations {
        let from = &delegation.from;
        let counts = delegation.to == asker && !delegation.ended && holds(&delegation.window, at);
        if !counts || world.disabled.contains_key(from) || walled(from) || walled(asker) {
            continue;
        }
        let mut lent = from_lists(world, from, resource, at);
        let open = access_control_off(world, from, resource);
        let read = lent.iter().chain(&open).any(|reason| reason.rights.contains(&Action::Read));
        lent.extend(profile(world, from, resource, read, false));
        let rights = lent.iter().flat_map(|reason| reason.rights.iter().copied()).collect();
        let mut needs = vec![vec![vec![delegation.delegated_by]]];
        // Where a wall names an org admin among the two, it is the policy that lets the delegation count.
        let policy = [asker, from].into_iter().find_map(|user| walls_policy(world, user, resource));
        needs.extend(policy.map(|event| vec![vec![event]]));
        // Each right is lent by one of the reasons that give it to the delegator, known by its first event.
        for right in actions_of(resource).iter().filter(|right| lent.iter().any(|why| why.rights.contains(right))) {
            let giving = lent.iter().filter(|reason| reason.rights.contains(right));
            needs.push(giving.map(|reason| reason.events[..1].to_vec()).collect());
        }
        let mut loosely = Loosely::of(needs);
        loosely.may.extend(lent.iter().chain(&open).flat_map(Reason::may_cite));
        let source = format!("delegation:{}", delegation.id);
        reasons.extend(Reason::loosely("delegation", &source, from, resource, &rights, loosely));
    }
    reasons
}
