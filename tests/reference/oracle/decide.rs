//! May it be recorded? (`semantics.md` section 5.) The code of a refusal is the first that applies of: `id_reused`,
//! `invalid`, `invalid_window`, `time_goes_back`, `time_ahead`, `version_conflict`, `not_authorized`, `not_found`, then
//! those of the row as written.
//!
//! Read on in [`super::authority`] (who may command) and [`super::rows`] (the commands one by one).

use super::authority::may_command;
use super::dormant::no_wildcard;
use super::rows::row;
use super::sent::{self, Sent, body};
use super::streams::{case_named, stream_of_list, version};
use super::world::World;
use caseward_events::command::{Attachment, Command, SetLabel};
use caseward_events::submission::Content;
use caseward_events::{Code, Entity, Event, Labelled, Recorded, Submission, Timestamp, Warning, Window};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a command comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Recorded now.
    Live,
    /// With its own time.
    Import,
}

/// A yes.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepted {
    /// A known id with the same body: it answers as the first time and appends nothing.
    Replayed,
    /// What is appended, which may be nothing, with the time it bears.
    New {
        /// In order.
        events: Vec<Event>,
        /// Where nothing is appended, at the most that what stands already has ended.
        warnings: Vec<Warning>,
        /// Of all of the events.
        time: Timestamp,
    },
}

/// The decision on one line, given all events so far and the bodies of the commands that appended them, by id.
pub fn decide(
    events: &[Recorded],
    bodies: &BTreeMap<String, Value>,
    line: &str,
    mode: Mode,
    clock: Timestamp,
) -> Result<Accepted, Code> {
    // What is no JSON object, or has an id that is none, has no id to be known by: `invalid`.
    let submission = Submission::parse(line.as_bytes()).map_err(|refusal| refusal.code)?;
    // The id of a command that appended events is remembered for ever: with the same body it answers as the first time,
    // with another body it is refused `id_reused`.
    if let Some(first) = submission.id.as_ref().and_then(|id| bodies.get(id.as_str())) {
        let again: Value = serde_json::from_str(line).expect("it was parsed above");
        let with_reason = is_reason_compared(events, first);
        let same = body(first, with_reason) == body(&again, with_reason) || is_as_exported(first, &again, with_reason);
        return if same { Ok(Accepted::Replayed) } else { Err(Code::IdReused) };
    }
    let content = submission.content.map_err(|refusal| refusal.code)?;
    let sent = Sent::of(&serde_json::from_str(line).expect("it was parsed above"));
    let head = events.len() as u64;
    let world = World::at(events, head);
    // `time` is accepted only by import; a command without one is `invalid` there.
    if content.time.is_some() != (mode == Mode::Import) {
        return Err(Code::Invalid);
    }
    // Nesting of groups is limited to 64; beyond that a line is `invalid`.
    if nests_too_deep(&world, &content.command) {
        return Err(Code::Invalid);
    }
    // The own organization's name is not another one.
    if let Command::CheckOutItem(away) | Command::CheckInItem(away) = &content.command
        && away.organization.as_str() == "default"
    {
        return Err(Code::Invalid);
    }
    // Windows: `valid_from < valid_until`, judged as they would result.
    let upside_down =
        |window: Window| matches!((window.from, window.until), (Some(from), Some(until)) if from >= until);
    if resulting_windows(&world, &sent).into_iter().any(upside_down) {
        return Err(Code::InvalidWindow);
    }
    let time = time_of(events, &content, clock)?;
    // An expected version, of the stream addressed, that does not match is refused.
    if content.expected_version.is_some_and(|expected| expected != version(events, &content.command)) {
        return Err(Code::VersionConflict);
    }
    // A delegation or link that does not exist is `not_found` for everybody.
    match &content.command {
        Command::EndDelegation(end) if world.delegation(end.delegation.as_str()).is_none() => {
            return Err(Code::NotFound);
        }
        Command::RevokeLink(revoke) if !world.facts.links.contains_key(&format!("link:{}", revoke.link)) => {
            return Err(Code::NotFound);
        }
        _ => {}
    }
    if !may_command(&world, &content.actor.to_string(), &content.command, time) {
        return Err(Code::NotAuthorized);
    }
    // `not_found` applies wherever a named case or definition does not exist.
    if named_things(&content.command).iter().any(|thing| !world.exists(thing)) {
        return Err(Code::NotFound);
    }
    let (events, mut warnings) = row(&world, &content.command, &sent, &content.actor, time)?;
    if !events.is_empty() {
        warnings.extend(no_wildcard(sent.named_to_be_given().iter().map(String::as_str)));
    }
    Ok(Accepted::New { events, warnings, time })
}

/// Whether it is the first as an export of commands writes it: without the version that was expected. What some commands
/// say beyond their events is not exported.
fn is_as_exported(first: &Value, again: &Value, with_reason: bool) -> bool {
    let mut exported = body(first, with_reason);
    exported.remove("expected_version");
    let sent = Sent::of(first);
    let is_told = match sent.name() {
        "grant" => sent.fields()["on_existing"].as_str().is_none_or(|existing| existing == "error"),
        "update_grant" | "assign_activity" | "release_activity" | "adopt_policy" | "configure_profile"
        | "set_form_access" => false,
        _ => true,
    };
    is_told && exported == body(again, with_reason)
}

/// An imported time may equal the last event's but not go behind it, nor lie after now. A live commit is strictly later
/// than the one before it.
fn time_of(events: &[Recorded], content: &Content, clock: Timestamp) -> Result<Timestamp, Code> {
    let last = events.last().map(|recorded| recorded.time);
    match (content.time, last) {
        (Some(own), Some(last)) if own < last => Err(Code::TimeGoesBack),
        (Some(own), _) if own > last.map_or(clock, |last| last.max(clock)) => Err(Code::TimeAhead),
        (Some(own), _) => Ok(own),
        (None, Some(last)) => Ok(clock.max(Timestamp::from_micros(last.as_micros() + 1))),
        (None, None) => Ok(clock),
    }
}

/// Not a reason that was erased or not kept: that of a command about a subject who was erased before it, or since, where
/// there was one.
fn is_reason_compared(events: &[Recorded], first: &Value) -> bool {
    let Some(about) = Sent::of(first).named_first() else { return true };
    let world = World::at(events, events.len() as u64);
    let Some(&erased) = world.erased.get(&about) else { return true };
    let own = events.iter().find(|event| Some(event.command_id.as_str()) == first["id"].as_str());
    let before = own.is_some_and(|event| event.position.0 < erased);
    before && first.get("reason").is_none_or(Value::is_null)
}

/// Groups on the longest chain from a group to the outermost one around it, with the new membership in place. A
/// membership that is there already adds none, and one that would close a circle is a `cycle`.
fn nests_too_deep(world: &World, command: &Command) -> bool {
    let Command::AddMember(adding) = command else { return false };
    let (outer, inner) = (format!("group:{}", adding.group), adding.member.to_string());
    let circle = outer == inner || world.groups_around(&outer, false).contains_key(&inner);
    if !inner.starts_with("group:") || circle {
        return false;
    }
    groups_inside(world, &inner) + groups_outside(world, &outer) > 64
}

/// Groups on the longest chain from this one inward, itself included.
fn groups_inside(world: &World, group: &str) -> usize {
    let inner = world.members.iter().filter(|direct| direct.group == group && direct.member.starts_with("group:"));
    1 + inner.map(|direct| groups_inside(world, &direct.member)).max().unwrap_or(0)
}

/// Groups on the longest chain from this one outward, itself included.
fn groups_outside(world: &World, group: &str) -> usize {
    let outer = world.members.iter().filter(|direct| direct.member == group);
    1 + outer.map(|direct| groups_outside(world, &direct.group)).max().unwrap_or(0)
}

/// The windows that entries would have; of an update merged with the entry there is, without one as given.
fn resulting_windows(world: &World, sent: &Sent) -> Vec<Window> {
    let named = |key: &str| sent.fields()[key].as_str().unwrap_or_default();
    match sent.name() {
        // A grant merges with nothing, whatever `on_existing` says: its window is judged as given.
        "grant" | "delegate" => vec![sent::window_in(sent.fields())],
        "update_grant" => {
            let entry = world.entry(named("on"), named("to"));
            vec![sent.window_after(entry.map_or(Window::default(), |entry| entry.window))]
        }
        "restrict_case" => sent.entries().iter().map(sent::window_in).collect(),
        _ => Vec::new(),
    }
}

/// The cases and definitions that a command names as there already. A delegation or link that is not there has been
/// told before.
fn named_things(command: &Command) -> Vec<String> {
    match command {
        Command::SetAccessControl(command) => vec![format!("definition:{}", command.definition)],
        Command::SetSharing(command) => vec![format!("definition:{}", command.definition)],
        Command::SetFormAccess(command) => vec![format!("definition:{}", command.definition)],
        Command::OpenCase(command) => {
            let parent = command.parent.iter().map(|parent| format!("case:{parent}"));
            [format!("definition:{}", command.definition)].into_iter().chain(parent).collect()
        }
        Command::Grant(command) => vec![stream_of_list(&command.on.to_string())],
        Command::UpdateGrant(command) => vec![stream_of_list(&command.on.to_string())],
        Command::Revoke(command) => vec![stream_of_list(&command.on.to_string())],
        Command::RaiseWall(command) | Command::LowerWall(command) => vec![command.on.to_string()],
        Command::SetLabel(SetLabel { of: of @ (Labelled::Case(_) | Labelled::Definition(_)), .. }) => {
            vec![of.to_string()]
        }
        Command::Attach(Attachment { entity: Entity::Case(case), .. })
        | Command::Detach(Attachment { entity: Entity::Case(case), .. }) => vec![format!("case:{case}")],
        other => case_named(other).into_iter().collect(),
    }
}
