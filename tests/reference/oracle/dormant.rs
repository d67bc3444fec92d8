//! Why access that is given now gives nothing now: the warning `dormant`, with every reason.

use super::walls::WALLED;
use super::warnings::{bare, parse, subject};
use super::world::{World, holds};
use caseward_events::warning::Dormancy;
use caseward_events::{Action, Timestamp, Warning, Window};
use std::collections::BTreeSet;

fn warn(reasons: impl IntoIterator<Item = Dormancy>) -> Option<Warning> {
    let reasons: Vec<Dormancy> = reasons.into_iter().collect();
    (!reasons.is_empty()).then_some(Warning::Dormant { reasons })
}

/// An entry as it is after a `grant`, or after an `update_grant`, which does not warn of the list.
pub fn entry(
    world: &World,
    list: &str,
    to: &str,
    (rights, window): (&BTreeSet<Action>, &Window),
    is_grant: bool,
    now: Timestamp,
) -> Option<Warning> {
    let of_the_list = [restricted(world, list), access_control_off(world, list)];
    let of_the_list = of_the_list.into_iter().flatten().filter(|_| is_grant);
    warn(of_the_list.chain(nobody(world, to)).chain(outside(window, now)).chain(walled(world, list, to, rights)))
}

/// An entry that stays, because it is so already: told where its window has ended.
pub fn still(window: &Window, now: Timestamp) -> Option<Warning> {
    warn(outside(window, now).filter(|reason| matches!(reason, Dormancy::Expired { .. })))
}

/// An entry of the list that a restriction starts with.
pub fn restricted_entry(
    world: &World,
    case: &str,
    to: &str,
    (rights, window): (&BTreeSet<Action>, &Window),
    now: Timestamp,
) -> Option<Warning> {
    let reasons = nobody(world, to).into_iter().chain(outside(window, now)).chain(walled(world, case, to, rights));
    warn_for(to, reasons)
}

/// A part in a case, with the rights that come of it; on a case that is being opened only the walls around it count.
pub fn part(world: &World, around: &str, to: &str, rights: &BTreeSet<Action>) -> Option<Warning> {
    warn_for(to, nobody(world, to).into_iter().chain(walled(world, around, to, rights)))
}

fn warn_for(to: &str, reasons: impl IntoIterator<Item = Dormancy>) -> Option<Warning> {
    let reasons: Vec<Dormancy> = reasons.into_iter().collect();
    (!reasons.is_empty()).then(|| Warning::DormantFor { subject: subject(to), reasons })
}

/// A member, then the group.
pub fn member(world: &World, group: &str, member: &str) -> Option<Warning> {
    warn(nobody(world, member).into_iter().chain(nobody(world, group)))
}

/// A user gets an office.
pub fn user(world: &World, user: &str) -> Option<Warning> {
    warn(nobody(world, user))
}

/// A user gets a profile: without `module_access` it gives nothing.
pub fn profile(world: &World, user: &str, profile: &str) -> Option<Warning> {
    let open = world.facts.settings.get(profile).is_some_and(|(settings, _)| settings.module_access);
    let closed = (!open).then(|| Dormancy::NoModuleAccess { profile: bare(profile).parse().expect("it is an id") });
    warn(nobody(world, user).into_iter().chain(closed))
}

/// Two users and a window.
pub fn delegation(world: &World, from: &str, to: &str, window: &Window, now: Timestamp) -> Option<Warning> {
    warn([from, to].into_iter().filter_map(|user| nobody(world, user)).chain(outside(window, now)))
}

/// A link to a case.
pub fn link(world: &World, case: &str, until: Option<Timestamp>, now: Timestamp) -> Option<Warning> {
    warn(restricted(world, case).into_iter().chain(outside(&Window { from: None, until }, now)))
}

/// `*` is an id like any other.
pub fn no_wildcard<'s>(named: impl IntoIterator<Item = &'s str>) -> Option<Warning> {
    let found = named.into_iter().find(|subject| bare(subject) == "*")?;
    Some(Warning::NoWildcard { subject: subject(found) })
}

fn restricted(world: &World, list: &str) -> Option<Dormancy> {
    world.restricted_by(list)?;
    Some(Dormancy::Restricted { list: parse(&list.replacen("case:", "restriction:", 1)) })
}

/// A case list and a definition list have a definition; the others have none, and a restricted list stands alone anyway.
fn access_control_off(world: &World, list: &str) -> Option<Dormancy> {
    let definition = world.definition_of(list)?;
    world.definitions.get(&definition)?.as_ref()?;
    Some(Dormancy::AccessControlOff { definition: bare(&definition).parse().expect("it was an id before") })
}

fn nobody(world: &World, subject: &str) -> Option<Dormancy> {
    let id = bare(subject);
    if world.disabled.contains_key(subject) {
        return Some(Dormancy::UserDisabled { user: id.parse().expect("it was an id before") });
    }
    let off = world.inactive.contains(subject);
    off.then(|| Dormancy::GroupInactive { group: id.parse().expect("it was an id before") })
}

fn outside(window: &Window, now: Timestamp) -> impl Iterator<Item = Dormancy> + use<> {
    let begins = window.from.filter(|from| now < *from).map(|valid_from| Dormancy::NotYetValid { valid_from });
    let ended = window.until.filter(|until| *until <= now).map(|valid_until| Dormancy::Expired { valid_until });
    begins.or(ended).into_iter()
}

/// A wall on what the list covers, or on what is around that, against the subject or a group around it, takes all that the
/// entry gives. Org admins are bound unless the policy says otherwise.
fn walled(world: &World, list: &str, to: &str, rights: &BTreeSet<Action>) -> Option<Dormancy> {
    let unbound = world.is_enabled_admin(to) && !world.policy.says("walls_bind_admins", "true");
    if unbound || !rights.iter().all(|right| WALLED.contains(right)) {
        return None;
    }
    let covered = list.replacen("restriction:", "case:", 1);
    let around = world.groups_around(to, false);
    for on in world.lists_for(&covered).iter().rev() {
        let standing = world.facts.walls.iter().filter(|wall| wall.on == *on);
        let against =
            standing.map(|wall| &wall.against).filter(|against| *against == to || around.contains_key(*against));
        if let Some(against) = against.min() {
            let on = on.parse().expect("it was a resource before");
            return Some(Dormancy::Walled { on, against: subject(against) });
        }
    }
    None
}

/// Whether a window holds is asked of the same words as everywhere.
#[test]
fn what_is_outside_does_not_hold() {
    let at = Timestamp::from_micros(5);
    for (from, until) in [(None, None), (Some(5), None), (Some(6), None), (None, Some(5)), (Some(1), Some(6))] {
        let window = Window { from: from.map(Timestamp::from_micros), until: until.map(Timestamp::from_micros) };
        assert_eq!(outside(&window, at).next().is_none(), holds(&window, at));
    }
}
