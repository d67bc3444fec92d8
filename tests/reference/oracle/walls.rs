//! Walls, links and broken glass (`semantics.md` section 3): what is taken whatever else gives it, and what is given
//! outside of lists and profiles.

use super::evaluate::Verdict;
use super::facts::{Glass, Link};
use super::reasons::{Loosely, Reason};
use super::set_aside;
use super::world::{World, holds};
use caseward_events::{Action, Timestamp};

/// What a wall takes. It never takes manage_access or restrict.
pub const WALLED: [Action; 4] = [Action::Read, Action::Write, Action::Delete, Action::Share];

/// Step 2. A wall on the case, its definition or the organization that names the user or a group of theirs. Against an
/// inactive group, or against a group around one, it binds all the same. Org admins are bound unless the policy says
/// `walls_bind_admins: false`.
pub fn walls_against(world: &World, user: &str, resource: &str) -> Vec<Reason> {
    if world.is_enabled_admin(user) && !world.policy.says("walls_bind_admins", "true") {
        return Vec::new();
    }
    let policy = walls_policy(world, user, resource);
    let mut walls = walls_naming(world, user, resource);
    walls.iter_mut().for_each(|wall| wall.cite(policy));
    walls
}

/// The policy event that decided whether walls bind this user there: an org admin whom one names, where it was adopted.
pub fn walls_policy(world: &World, user: &str, resource: &str) -> Option<u64> {
    let decides = world.is_enabled_admin(user) && !walls_naming(world, user, resource).is_empty();
    world.policy_events.get("walls_bind_admins").copied().filter(|_| decides)
}

fn walls_naming(world: &World, user: &str, resource: &str) -> Vec<Reason> {
    let (places, groups) = (world.lists_for(resource), world.groups_around(user, false));
    let mut walls = Vec::new();
    for wall in world.facts.walls.iter().filter(|wall| places.contains(&wall.on)) {
        let path = if wall.against == user { Some(Vec::new()) } else { groups.get(&wall.against).cloned() };
        if let Some(path) = path {
            let taken = if resource.starts_with("case:") { WALLED.to_vec() } else { Vec::new() };
            let mut reason = Reason::denying("wall", resource, &wall.against, wall.raised_by);
            reason.rights = taken;
            reason.events.extend(path);
            walls.push(reason);
        }
    }
    walls.sort_by_key(|reason| reason.subject.clone());
    walls
}

/// What the user broke the glass for, from its breaking to the end recorded then. Whether a restriction that stands
/// beside it is cited, the spec leaves open.
pub fn broken_glass(world: &World, user: &str, resource: &str, at: Timestamp) -> Vec<Reason> {
    let counts = |glass: &&Glass| glass.case == resource && glass.user == user && holds(&glass.window, at);
    let broken = world.facts.glasses.iter().filter(counts);
    broken
        .filter_map(|glass| {
            let mut loosely = Loosely::of(vec![vec![vec![glass.broken_by]]]);
            loosely.may.extend(world.restricted_by(resource));
            Reason::loosely("break_glass", resource, user, resource, &glass.rights, loosely)
        })
        .collect()
}

/// A link is its own subject: read on its case. The first that applies decides.
pub fn check_link(world: &World, asker: &str, action: Action, resource: &str, at: Timestamp) -> Verdict {
    // Not found, or the case is restricted and no right is held: not disclosed.
    let restricted = world.restricted_by(resource);
    let deny = |rule, reasons| {
        let disclose = rule != "not_found" && restricted.is_none();
        Verdict { allowed: false, rule, rights: Vec::new(), disclose, reasons, set_aside: Vec::new() }
    };
    let Some(link) = world.facts.links.get(asker) else { return deny("not_found", Vec::new()) };
    if !world.exists(resource) {
        return deny("not_found", Vec::new());
    }
    if link.case != resource {
        return deny("no_grant", Vec::new());
    }
    if link.is_dead(at) {
        return deny("expired", Vec::new());
    }
    let definition = world.definition_of(resource).unwrap_or_default();
    let Some(&enabled) = world.facts.sharing.get(&definition) else {
        return Verdict { set_aside: vec![set_aside::of_link(world, asker, resource)], ..deny("no_grant", Vec::new()) };
    };
    if let Some(toggle) = restricted {
        return deny("restricted", vec![Reason::denying("restricted", resource, asker, toggle)]);
    }
    // That sharing is on may be cited too.
    let mut loosely = Loosely::of(vec![vec![vec![link.shared_by]]]);
    loosely.may.insert(enabled);
    let reason = Reason::loosely("link", asker, asker, resource, &[Action::Read].into(), loosely);
    let reasons = reason.into_iter().collect();
    let allowed = action == Action::Read;
    let rule = if allowed { "link" } else { "insufficient" };
    Verdict { allowed, rule, rights: vec![Action::Read], disclose: true, reasons, set_aside: Vec::new() }
}

impl Link {
    /// Revoked or expired.
    fn is_dead(&self, at: Timestamp) -> bool {
        self.revoked_by.is_some() || self.until.is_some_and(|until| until <= at)
    }
}
