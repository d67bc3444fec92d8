//! The rows of activities, delegations, links, walls and broken glass.

use super::super::dormant;
use super::super::evaluate::check;
use super::super::returning::{given_again, given_back};
use super::super::sent::{self, Sent};
use super::super::walls::walls_against;
use super::super::world::{World, actions, holds};
use super::{Outcome, rights_of, when, when_warned};
use caseward_events::command::{Assignment, BreakGlass, Delegate, EndDelegation, RevokeLink, ShareCase, Wall};
use caseward_events::event::{
    AccessGranted, ActivityAssigned, ActivityReleased, CaseShared, Delegated, DelegationEnded, GlassBroken,
    GrantUpdated, LinkRevoked, Origin, WallLowered, WallRaised,
};
use caseward_events::{Action, Code, Event, ListRef, Rights, Subject, Timestamp, UserId, Warning, Window};

/// A subject named twice counts once.
fn each_once(to: &[Subject]) -> Vec<Subject> {
    let mut once: Vec<Subject> = Vec::new();
    for subject in to {
        if !once.contains(subject) {
            once.push(subject.clone());
        }
    }
    once
}

fn is_assigned(world: &World, command: &Assignment, to: &Subject) -> bool {
    let assignee = (format!("case:{}", command.case), command.activity.to_string(), to.to_string());
    world.facts.assignees.contains(&assignee)
}

/// `assign_activity`: `restricted_unlisted`. It appends the assignment if an assignee is new, then a grant for each
/// assignee raised, in the order given.
pub fn assign_activity(world: &World, command: &Assignment, now: Timestamp) -> Outcome {
    let (case, to) = (format!("case:{}", command.case), each_once(&command.to));
    let restricted = world.restricted_by(&case).is_some();
    if restricted && !to.iter().all(|assignee| may_be_assigned(world, &case, &assignee.to_string(), now)) {
        return Err(Code::RestrictedUnlisted);
    }
    let mut events: Vec<Event> = Vec::new();
    let new: Vec<Subject> = to.iter().filter(|assignee| !is_assigned(world, command, assignee)).cloned().collect();
    if !new.is_empty() {
        let (case, activity) = (command.case.clone(), command.activity.clone());
        events.push(ActivityAssigned { case, activity, to: new }.into());
    }
    // In a restricted case the case list is not touched.
    let is_on = world.definitions.get(&world.cases[&case].definition) == Some(&None);
    if is_on && world.policy.says("assignment_grant", "true") && !restricted {
        events.extend(to.iter().filter_map(|assignee| raised(world, command, assignee)));
    }
    // Everybody whom an event names, with the rights that it gives; who is assigned alone writes.
    let warnings = to.iter().filter_map(|assignee| {
        let mut rights = None;
        for event in &events {
            match event {
                Event::ActivityAssigned(assigned) if assigned.to.contains(assignee) => {
                    rights = Some(Rights::of(&[Action::Read, Action::Write, Action::Delete]));
                }
                Event::AccessGranted(granted) if granted.to == *assignee => rights = Some(granted.rights),
                Event::GrantUpdated(updated) if updated.to == *assignee => rights = Some(updated.rights),
                _ => {}
            }
        }
        dormant::part(world, &case, &assignee.to_string(), &actions(rights?))
    });
    let mut warnings: Vec<Warning> = warnings.take(100).collect();
    warnings.extend(events.iter().filter_map(|event| raised_again(world, event, now)).take(100));
    Ok((events, warnings))
}

/// What an assignment gives, where that was taken away before.
fn raised_again(world: &World, event: &Event, now: Timestamp) -> Option<Warning> {
    match event {
        Event::AccessGranted(granted) => given_again(world, &granted.on.to_string(), &granted.to.to_string()),
        Event::GrantUpdated(updated) => {
            let old = world.entry(&updated.on.to_string(), &updated.to.to_string())?;
            given_back(world, old, (&actions(updated.rights), &Window::ALWAYS), now)
        }
        _ => None,
    }
}

/// In a restricted case: a user who may write the case now, or a group with an own entry with write, in its window, on
/// the restricted list.
fn may_be_assigned(world: &World, case: &str, assignee: &str, now: Timestamp) -> bool {
    if assignee.starts_with("user:") {
        return check(world, assignee, Action::Write, case, now).allowed;
    }
    let entry = world.entry(&case.replacen("case:", "restriction:", 1), assignee);
    entry.is_some_and(|entry| entry.rights.contains(&Action::Write) && holds(&entry.window, now))
}

/// Each assignee is given `write` on the case list: raises (union with write, window cleared), never lowers, origin
/// `activity:<id>`.
fn raised(world: &World, command: &Assignment, to: &Subject) -> Option<Event> {
    let on = ListRef::Case(command.case.clone());
    let origin = Some(Origin::Activity(command.activity.clone()));
    let (valid_from, valid_until) = (None, None);
    let level = Rights::of(&[Action::Read, Action::Write, Action::Delete]);
    let Some(entry) = world.entry(&on.to_string(), &to.to_string()) else {
        return Some(AccessGranted { on, to: to.clone(), rights: level, valid_from, valid_until, origin }.into());
    };
    let union = entry.rights.union(&actions(level)).copied().collect();
    if union == entry.rights && entry.window == Window::default() {
        return None;
    }
    Some(GrantUpdated { on, to: to.clone(), rights: rights_of(&union), valid_from, valid_until, origin }.into())
}

/// `release_activity`: whoever is not assigned is not there to release.
pub fn release_activity(world: &World, command: &Assignment) -> Outcome {
    let to = each_once(&command.to);
    let to: Vec<Subject> = to.into_iter().filter(|assignee| is_assigned(world, command, assignee)).collect();
    let (case, activity) = (command.case.clone(), command.activity.clone());
    when(!to.is_empty(), ActivityReleased { case, activity, to })
}

/// `delegate`: `exists`.
pub fn delegate(world: &World, command: &Delegate, sent: &Sent, now: Timestamp) -> Outcome {
    if world.delegation(command.delegation.as_str()).is_some() {
        return Err(Code::Exists);
    }
    let Window { from: valid_from, until: valid_until } = sent::window_in(sent.fields());
    let (delegation, from, to) = (command.delegation.clone(), command.from.clone(), command.to.clone());
    let window = Window { from: valid_from, until: valid_until };
    let warning = dormant::delegation(world, &format!("user:{from}"), &format!("user:{to}"), &window, now);
    when_warned(true, Delegated { delegation, from, to, valid_from, valid_until }, warning)
}

/// `end_delegation`: ended already: nothing.
pub fn end_delegation(world: &World, command: &EndDelegation) -> Outcome {
    let found = world.delegation(command.delegation.as_str()).ok_or(Code::NotFound)?;
    let from = found.from.trim_start_matches("user:").parse().expect("it was an id before");
    when(!found.ended, DelegationEnded { delegation: command.delegation.clone(), from })
}

/// `share_case`: `exists`, `sharing_disabled`.
pub fn share_case(world: &World, command: &ShareCase, now: Timestamp) -> Outcome {
    let ShareCase { case, link, valid_until } = command.clone();
    if world.facts.links.contains_key(&format!("link:{link}")) {
        return Err(Code::Exists);
    }
    if !world.facts.sharing.contains_key(&world.cases[&format!("case:{case}")].definition) {
        return Err(Code::SharingDisabled);
    }
    let warning = dormant::link(world, &format!("case:{case}"), valid_until, now);
    when_warned(true, CaseShared { case, link, valid_until }, warning)
}

/// `revoke_link`: revoked already: nothing.
pub fn revoke_link(world: &World, command: &RevokeLink) -> Outcome {
    let link = command.link.clone();
    let found = world.facts.links.get(&format!("link:{link}")).ok_or(Code::NotFound)?;
    let case = found.case.trim_start_matches("case:").parse().expect("it was an id before");
    when(found.revoked_by.is_none(), LinkRevoked { case, link })
}

fn stands(world: &World, command: &Wall) -> bool {
    let (on, against) = (command.on.to_string(), command.against.to_string());
    world.facts.walls.iter().any(|wall| wall.on == on && wall.against == against)
}

/// `raise_wall`: `already_walled`.
pub fn raise_wall(world: &World, command: &Wall) -> Outcome {
    if stands(world, command) {
        return Err(Code::AlreadyWalled);
    }
    when(true, WallRaised { on: command.on.clone(), against: command.against.clone() })
}

/// `lower_wall`: `no_such_wall`.
pub fn lower_wall(world: &World, command: &Wall) -> Outcome {
    if !stands(world, command) {
        return Err(Code::NoSuchWall);
    }
    when(true, WallLowered { on: command.on.clone(), against: command.against.clone() })
}

/// `break_glass`: `break_glass_off`, `too_long`, `wall`. It records the level that the policy gives, and the end.
pub fn break_glass(world: &World, command: &BreakGlass, user: UserId, now: Timestamp) -> Outcome {
    if world.policy.says("break_glass", "off") {
        return Err(Code::BreakGlassOff);
    }
    let read_only = world.policy.says("break_glass", "read");
    let rights = Rights::of(if read_only { &[Action::Read] } else { &[Action::Read, Action::Write, Action::Delete] });
    if command.minutes > world.policy.integer("break_glass_max_minutes") {
        return Err(Code::TooLong);
    }
    let until = Timestamp::from_micros(now.as_micros() + i64::from(command.minutes) * 60 * 1_000_000);
    // An end that can be written can be read again.
    if until.to_string().parse() != Ok(until) {
        return Err(Code::TooLong);
    }
    if !walls_against(world, &format!("user:{user}"), &format!("case:{}", command.case)).is_empty() {
        return Err(Code::Wall);
    }
    when(true, GlassBroken { case: command.case.clone(), user, rights, until })
}
