//! What gives rights on a resource, and the events that made it so (`semantics.md` section 3, steps 3 to 6, and the
//! last paragraph: cited events).
//!
//! INVARIANT: a reason gives at least one right that the kind of resource has, or it denies.

use super::evaluate::{ON_CASE, actions_of};
use super::profiles::{delegations, module_administrator, profile};
use super::walls::{WALLED, broken_glass, walls_against, walls_policy};
use super::world::{Entry, World, holds};
use caseward_events::{Action, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why, with the events that made it so.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The rule.
    pub rule: &'static str,
    /// `allow` or `deny`.
    pub effect: &'static str,
    /// The list it came from, or the resource.
    pub source: String,
    /// Whom the entry names, or the asker.
    pub subject: String,
    /// What it gives here, in the order of section 2.
    pub rights: Vec<Action>,
    /// Positions.
    pub events: Vec<u64>,
    /// Where more than one list of events would do, what does.
    pub loosely: Option<Loosely>,
}

/// Which events may be cited where facts of equal worth make something so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loosely {
    /// Of each, one alternative must be cited as a whole.
    pub needs: Vec<Vec<Vec<u64>>>,
    /// Nothing else may.
    pub may: BTreeSet<u64>,
}

impl Loosely {
    /// What is needed may be cited, and nothing else.
    pub fn of(needs: Vec<Vec<Vec<u64>>>) -> Loosely {
        let may = needs.iter().flatten().flatten().copied().collect();
        Loosely { needs, may }
    }

    /// Whether a citation does. The first needed event comes first.
    pub fn is_met_by(&self, cited: &[u64]) -> bool {
        let whole = |alternative: &Vec<u64>| alternative.iter().all(|event| cited.contains(event));
        self.needs.iter().all(|need| need.iter().any(whole)) && cited.iter().all(|event| self.may.contains(event))
    }
}

/// Reasons stand in the order of the steps.
const ORDER: [&str; 12] = [
    "wall",
    "org_admin",
    "org_admin_capped",
    "restricted_entry",
    "access_control_off",
    "organization_grant",
    "definition_grant",
    "case_grant",
    "profile",
    "module_administrator",
    "delegation",
    "break_glass",
];

impl Reason {
    /// A reason that takes everything; its source is the resource.
    pub fn denying(rule: &'static str, resource: &str, asker: &str, event: u64) -> Reason {
        let (source, subject) = (resource.to_owned(), asker.to_owned());
        Reason { rule, effect: "deny", source, subject, rights: Vec::new(), events: vec![event], loosely: None }
    }

    /// A reason that gives those of the rights that the kind of resource has; none, if it has none of them.
    pub fn giving(
        rule: &'static str,
        source: &str,
        subject: &str,
        resource: &str,
        rights: &BTreeSet<Action>,
        events: Vec<u64>,
    ) -> Option<Reason> {
        let rights: Vec<Action> =
            actions_of(resource).iter().copied().filter(|action| rights.contains(action)).collect();
        let (source, subject, events) = (source.to_owned(), subject.to_owned(), each_once(events));
        let reason = Reason { rule, effect: "allow", source, subject, rights, events, loosely: None };
        (!reason.rights.is_empty()).then_some(reason)
    }

    /// The same, of which more than one citation would do; here the first alternative of each need.
    pub fn loosely(
        rule: &'static str,
        source: &str,
        subject: &str,
        resource: &str,
        rights: &BTreeSet<Action>,
        loosely: Loosely,
    ) -> Option<Reason> {
        let cited = loosely.needs.iter().flat_map(|need| need[0].clone()).collect();
        let reason = Reason::giving(rule, source, subject, resource, rights, cited)?;
        Some(Reason { loosely: Some(loosely), ..reason })
    }

    /// Every event that it cites or might have.
    pub fn may_cite(&self) -> Vec<u64> {
        let more = self.loosely.iter().flat_map(|loosely| loosely.may.iter().copied());
        self.events.iter().copied().chain(more).collect()
    }

    /// Cites an event more, the last; one that is cited already stays where it is.
    pub fn cite(&mut self, event: Option<u64>) {
        let Some(event) = event else { return };
        if !self.events.contains(&event) {
            self.events.push(event);
        }
        if let Some(loosely) = &mut self.loosely {
            loosely.needs.push(vec![vec![event]]);
            loosely.may.insert(event);
        }
    }

    /// What is left of it where these rights are taken.
    fn without(mut self, taken: &[Action]) -> Option<Reason> {
        self.rights.retain(|right| !taken.contains(right));
        (!self.rights.is_empty()).then_some(self)
    }
}

/// A position stands once in a list, where it stood first.
fn each_once(positions: Vec<u64>) -> Vec<u64> {
    let mut once = Vec::new();
    for position in positions {
        if !once.contains(&position) {
            once.push(position);
        }
    }
    once
}

/// Every source of rights, in the order of the steps, then by source, then by subject; before them the walls, which are
/// subtracted from each of them.
pub fn giving(world: &World, asker: &str, resource: &str, at: Timestamp) -> Vec<Reason> {
    let cap = cap_of(world, asker, resource, at);
    let mut reasons: Vec<Reason> = org_admin(world, asker, resource, at, cap.as_ref()).into_iter().collect();
    if let Some(toggle) = world.restricted_by(resource) {
        reasons.extend(while_restricted(world, asker, resource, at, toggle, cap.as_ref()));
    } else {
        // Step 5. Access control off.
        reasons.extend(access_control_off(world, asker, resource));
        // Step 6. The union.
        reasons.extend(from_lists(world, asker, resource, at));
        reasons.extend(module_administrator(world, asker, resource));
        reasons.extend(delegations(world, asker, resource, at));
        reasons.extend(broken_glass(world, asker, resource, at));
        // Step 7. Write, delete and share that come from a profile count only if read is held from any source.
        let read = reasons.iter().any(|reason| reason.rights.contains(&Action::Read));
        reasons.extend(profile(world, asker, resource, read, false));
    }
    // What a wall would take if it bound an org admin counts because of the policy.
    let policy = walls_policy(world, asker, resource);
    // A wall takes nothing from rights on a definition or the organization, and is no reason there.
    let walls = walls_against(world, asker, resource);
    let takes = resource.starts_with("case:") && !walls.is_empty();
    // From what a wall takes it from, nothing is left that the policy decided: the wall itself cites it.
    let would_take = |reason: &Reason| {
        reason.rule == "delegation" || !takes && reason.rights.iter().any(|right| WALLED.contains(right))
    };
    reasons.iter_mut().filter(|reason| would_take(reason)).for_each(|reason| reason.cite(policy));
    if takes {
        reasons = reasons.into_iter().filter_map(|reason| reason.without(&WALLED)).collect();
        reasons.extend(walls);
    }
    reasons.sort_by_key(|reason| {
        let step = ORDER.iter().position(|rule| *rule == reason.rule);
        (step, reason.source.clone(), reason.subject.clone())
    });
    reasons
}

/// Step 4. Restricted case: only the restricted list counts, and break-glass; a capped org admin's cap cuts both.
fn while_restricted(
    world: &World,
    asker: &str,
    resource: &str,
    at: Timestamp,
    toggle: u64,
    cap: Option<&BTreeSet<Action>>,
) -> Vec<Reason> {
    let list = resource.replacen("case:", "restriction:", 1);
    let mut reasons = Vec::new();
    for (entry, path) in entries_for(world, asker, &list, at) {
        let cited = [vec![entry.set_by], path, vec![toggle]].concat();
        reasons.extend(Reason::giving("restricted_entry", &list, &entry.to, resource, &entry.rights, cited));
    }
    reasons.extend(broken_glass(world, asker, resource, at));
    let Some(cap) = cap else { return reasons };
    let beyond: Vec<Action> = ON_CASE.into_iter().filter(|action| !cap.contains(action)).collect();
    reasons.into_iter().filter_map(|reason| reason.without(&beyond)).collect()
}

/// Step 6. Entries of the three lists for the user or any group of theirs that is active and whose window holds `at`.
pub fn from_lists(world: &World, user: &str, resource: &str, at: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for list in world.lists_for(resource) {
        let rule = match list.split(':').next() {
            Some("case") => "case_grant",
            Some("definition") => "definition_grant",
            _ => "organization_grant",
        };
        for (entry, path) in entries_for(world, user, &list, at) {
            let cited = [vec![entry.set_by], path].concat();
            reasons.extend(Reason::giving(rule, &list, &entry.to, resource, &entry.rights, cited));
        }
    }
    reasons
}

/// Entries for the user or any group of theirs that is active and whose window holds `at`, with the membership path.
fn entries_for<'w>(world: &'w World, asker: &str, list: &str, at: Timestamp) -> Vec<(&'w Entry, Vec<u64>)> {
    let groups = world.groups_around(asker, true);
    let mut found = Vec::new();
    for entry in world.entries.iter().filter(|entry| entry.list == list && holds(&entry.window, at)) {
        if entry.to == asker {
            found.push((entry, Vec::new()));
        } else if let Some(path) = groups.get(&entry.to) {
            found.push((entry, path.clone()));
        }
    }
    found
}

/// The restricted list's entry for that very user, never through a group, whose window holds `at`.
fn own_entry<'w>(world: &'w World, asker: &str, resource: &str, at: Timestamp) -> Option<&'w Entry> {
    world.restricted_by(resource)?;
    let list = resource.replacen("case:", "restriction:", 1);
    world.entry(&list, asker).filter(|entry| holds(&entry.window, at))
}

/// What an org admin is cut down to. If the case is restricted, `org_admin_entry` is `cap` and the restricted list holds
/// an entry for that very user whose window holds `at`, then write, delete and share are cut to that entry; read,
/// manage_access and restrict stay.
fn cap_of(world: &World, asker: &str, resource: &str, at: Timestamp) -> Option<BTreeSet<Action>> {
    let entry = own_entry(world, asker, resource, at)?;
    if !world.is_enabled_admin(asker) || !world.policy.says("org_admin_entry", "cap") {
        return None;
    }
    let cut = [Action::Write, Action::Delete, Action::Share];
    Some(ON_CASE.into_iter().filter(|action| !cut.contains(action) || entry.rights.contains(action)).collect())
}

/// Step 3. Org admin: every action on the organization always; every action on a case or definition if the case is
/// restricted or the policy has `org_admin_bypass: true`.
fn org_admin(
    world: &World,
    asker: &str,
    resource: &str,
    at: Timestamp,
    cap: Option<&BTreeSet<Action>>,
) -> Option<Reason> {
    let appointed = *world.admins.get(asker)?;
    let own = own_entry(world, asker, resource, at);
    let entry_policy = world.policy_events.get("org_admin_entry").copied();
    if let (Some(cap), Some(own), Some(toggle)) = (cap, own, world.restricted_by(resource)) {
        let cited = [appointed, own.set_by, toggle].into_iter().chain(entry_policy).collect();
        return Reason::giving("org_admin_capped", resource, asker, resource, cap, cited);
    }
    let mut cited = vec![appointed];
    if let Some(toggle) = world.restricted_by(resource) {
        cited.push(toggle);
        cited.extend(entry_policy.filter(|_| own.is_some()));
    } else if resource != "organization" {
        if !world.policy.says("org_admin_bypass", "true") {
            return None;
        }
        cited.extend(world.policy_events.get("org_admin_bypass"));
    }
    let all = actions_of(resource).iter().copied().collect();
    Reason::giving("org_admin", resource, asker, resource, &all, cited)
}

/// Step 5. Access control off for the definition: read, write, delete and register are allowed to every enabled user.
pub fn access_control_off(world: &World, asker: &str, resource: &str) -> Option<Reason> {
    let definition = world.definition_of(resource)?;
    let cited = world.definitions.get(&definition)?.clone()?;
    let rights = BTreeSet::from([Action::Read, Action::Write, Action::Delete, Action::Register]);
    Reason::giving("access_control_off", resource, asker, resource, &rights, cited)
}
