//! The commands one by one (the table of `semantics.md` section 5): the refusals of the row in the order written, then
//! the events. A change that changes nothing appends nothing, save where the table has a code for it.

mod forms;
mod leaving;
mod lent;
pub mod possessions;

use super::dormant;
use super::policy::Policy;
use super::returning::{appointed_again, entries_remain, given_again, given_back, links_return};
use super::sent::{self, Sent};
use super::warnings::{cases_that_hold, grants_survive, ineffective, restricted_survives, unregistered};
use super::world::{Entry, World, actions};
use caseward_events::command::{
    AdoptPolicy, Command, CreateDefinition, Grant, Membership, OnExisting, OpenCase, RestrictCase, Revoke, UpdateGrant,
};
use caseward_events::event::{
    AccessControlSet, AccessGranted, CaseCompleted, CaseOpened, CaseReopened, CaseRestricted, DefinitionCreated,
    GrantRevoked, GrantUpdated, GroupActivated, GroupDeactivated, KeyReplaced, LabelSet, MemberAdded, MemberRemoved,
    OrgAdminAppointed, OrgAdminDismissed, Origin, PolicyAdopted, RestrictedEntry, RestrictionLifted, SubjectErased,
    UserDisabled, UserEnabled, VocabularyAdopted,
};
use caseward_events::{Action, Actor, Code, Event, Label, ListRef, Rights, Subject, Timestamp, Warning, Window};
use serde_json::json;
use std::collections::BTreeSet;

/// Events, in order, and warnings.
pub type Outcome = Result<(Vec<Event>, Vec<Warning>), Code>;

/// What the row of the command says. The actor may send it, and all that it names exists. What a field means beyond its
/// type is read from what was sent.
pub fn row(world: &World, command: &Command, sent: &Sent, actor: &Actor, now: Timestamp) -> Outcome {
    match command {
        Command::CreateDefinition(command) => create_definition(world, command),
        Command::SetAccessControl(command) => {
            // Already off, already on: nothing.
            let is_on = world.definitions.get(&format!("definition:{}", command.definition)) == Some(&None);
            let event = AccessControlSet { definition: command.definition.clone(), enabled: command.enabled };
            when(is_on != command.enabled, event)
        }
        Command::OpenCase(command) => open_case(world, command, now),
        Command::CompleteCase(command) => {
            let case = command.case.clone();
            when(!world.cases[&format!("case:{case}")].completed, CaseCompleted { case })
        }
        Command::ReopenCase(command) => {
            let case = command.case.clone();
            when(world.cases[&format!("case:{case}")].completed, CaseReopened { case })
        }
        Command::Grant(command) => grant(world, command, sent, now),
        Command::UpdateGrant(command) => update_grant(world, command, sent, now),
        Command::Revoke(command) => revoke(world, command, now),
        Command::RestrictCase(command) => restrict_case(world, command, sent, now),
        Command::LiftRestriction(command) => {
            let case = command.case.clone();
            world.restricted_by(&format!("case:{case}")).ok_or(Code::NotRestricted)?;
            let name = format!("case:{case}");
            let shared = world.facts.sharing.contains_key(&world.cases[&name].definition);
            when_warned(true, RestrictionLifted { case }, links_return(world, |of| shared && of == name, now))
        }
        Command::AdoptPolicy(command) => adopt_policy(world, command, sent),
        Command::SetSharing(command) => forms::set_sharing(world, command, now),
        Command::PlaceInWorkspace(command) => forms::place_in_workspace(world, command),
        Command::AssignProfile(command) => forms::assign_profile(world, command),
        Command::ConfigureProfile(command) => forms::configure_profile(world, command, sent),
        Command::SetFormAccess(command) => forms::set_form_access(world, command, sent),
        Command::AddPerson(command) => forms::add_person(world, command),
        Command::RemovePerson(command) => forms::remove_person(world, command),
        Command::BreakGlass(command) => {
            let user = actor.as_user().expect("another actor is `invalid`").clone();
            lent::break_glass(world, command, user, now)
        }
        _ => row_of_the_rest(world, command, sent, now),
    }
}

fn row_of_the_rest(world: &World, command: &Command, sent: &Sent, now: Timestamp) -> Outcome {
    match command {
        Command::AssignActivity(command) => lent::assign_activity(world, command, now),
        Command::ReleaseActivity(command) => lent::release_activity(world, command),
        Command::Delegate(command) => lent::delegate(world, command, sent, now),
        Command::EndDelegation(command) => lent::end_delegation(world, command),
        Command::ShareCase(command) => lent::share_case(world, command, now),
        Command::RevokeLink(command) => lent::revoke_link(world, command),
        Command::RaiseWall(command) => lent::raise_wall(world, command),
        Command::LowerWall(command) => lent::lower_wall(world, command),
        Command::AddItem(_)
        | Command::RemoveItem(_)
        | Command::CheckOutItem(_)
        | Command::CheckInItem(_)
        | Command::Attach(_)
        | Command::Detach(_) => possessions::possessions(world, command),
        _ => directory(world, command),
    }
}

fn directory(world: &World, command: &Command) -> Outcome {
    match command {
        Command::AddMember(command) => add_member(world, command),
        Command::RemoveMember(command) => {
            if !is_member(world, command) {
                return Err(Code::NotAMember);
            }
            when(true, MemberRemoved { group: command.group.clone(), member: command.member.clone() })
        }
        Command::DeactivateGroup(command) => {
            let group = command.group.clone();
            when(!world.inactive.contains(&format!("group:{group}")), GroupDeactivated { group })
        }
        Command::ActivateGroup(command) => {
            let group = command.group.clone();
            let name = format!("group:{group}");
            when_warned(world.inactive.contains(&name), GroupActivated { group }, entries_remain(world, &name))
        }
        Command::DisableUser(command) => {
            let user = command.user.clone();
            refuse_last_org_admin(world, &format!("user:{user}"))?;
            when(!world.disabled.contains_key(&format!("user:{user}")), UserDisabled { user })
        }
        Command::EnableUser(command) => {
            let user = command.user.clone();
            when(world.disabled.contains_key(&format!("user:{user}")), UserEnabled { user })
        }
        Command::Offboard(command) => leaving::offboard(world, command),
        Command::AppointOrgAdmin(command) => {
            let user = command.user.clone();
            let name = format!("user:{user}");
            let warnings = dormant::user(world, &name).into_iter().chain(appointed_again(world, &name));
            when_warned(!world.admins.contains_key(&name), OrgAdminAppointed { user }, warnings)
        }
        Command::DismissOrgAdmin(command) => {
            let user = command.user.clone();
            refuse_last_org_admin(world, &format!("user:{user}"))?;
            when(world.admins.contains_key(&format!("user:{user}")), OrgAdminDismissed { user })
        }
        Command::Erase(command) => {
            let subject = command.subject.clone();
            when(!world.erased.contains_key(&subject.to_string()), SubjectErased { subject })
        }
        Command::SetLabel(command) => {
            let (of, label) = (command.of.clone(), command.label.clone());
            let before = world.labels.get(&of.to_string()).map(String::as_str);
            when(before != label.as_ref().map(Label::as_str), LabelSet { of, label })
        }
        Command::AdoptVocabulary(command) => {
            let vocabulary = command.vocabulary.clone();
            when(world.vocabulary != json!(vocabulary), VocabularyAdopted { vocabulary })
        }
        Command::ReplaceKey(command) => {
            let public_key = command.public_key;
            when(world.signing_key != Some(public_key), KeyReplaced { public_key })
        }
        _ => Ok((Vec::new(), Vec::new())),
    }
}

/// One event where it changes something, else none.
fn when(changes: bool, event: impl Into<Event>) -> Outcome {
    Ok((if changes { vec![event.into()] } else { Vec::new() }, Vec::new()))
}

/// The same, with a warning where it happens.
fn when_warned(changes: bool, event: impl Into<Event>, warnings: impl IntoIterator<Item = Warning>) -> Outcome {
    let (events, _) = when(changes, event)?;
    let warnings = warnings.into_iter().filter(|_| changes).collect();
    Ok((events, warnings))
}

/// `create_definition`: `exists`. Access control left out is as the policy says.
fn create_definition(world: &World, command: &CreateDefinition) -> Outcome {
    let definition = command.definition.clone();
    if world.exists(&format!("definition:{definition}")) {
        return Err(Code::Exists);
    }
    let by_policy = command.access_control.is_none();
    let access_control = command.access_control.unwrap_or(world.policy.says("access_control_default", "on"));
    when(true, DefinitionCreated { definition, name: command.name.clone(), access_control, by_policy })
}

/// `open_case`: `exists`. With policy `creator_grant: read|write` it also grants that to the creator, origin `creator`,
/// access control or not.
fn open_case(world: &World, command: &OpenCase, now: Timestamp) -> Outcome {
    let OpenCase { case, definition, creator, parent } = command.clone();
    if world.exists(&format!("case:{case}")) {
        return Err(Code::Exists);
    }
    let on = ListRef::Case(case.clone());
    let to = Subject::User(creator.clone());
    // The workspace its creator is in: a permanent link.
    let workspace = forms::workspace_of(world, &format!("user:{creator}"));
    let around = format!("definition:{definition}");
    let mut events: Vec<Event> = vec![CaseOpened { case, definition, creator, parent, workspace }.into()];
    let mut warnings = Vec::new();
    if !world.policy.says("creator_grant", "none") {
        let read_only = world.policy.says("creator_grant", "read");
        let rights =
            Rights::of(if read_only { &[Action::Read] } else { &[Action::Read, Action::Write, Action::Delete] });
        let origin = Some(Origin::Creator);
        warnings.extend(dormant::part(world, &around, &to.to_string(), &actions(rights)));
        events.push(AccessGranted { on, to, rights, valid_from: None, valid_until: None, origin }.into());
    }
    warnings.extend(unregistered(world, command, now));
    Ok((events, warnings))
}

/// `not_restricted` wherever `restriction:Y` is addressed and Y is not.
fn refuse_not_restricted(world: &World, list: &ListRef) -> Result<(), Code> {
    match list {
        ListRef::Restriction(case) if world.restricted_by(&format!("case:{case}")).is_none() => {
            Err(Code::NotRestricted)
        }
        _ => Ok(()),
    }
}

/// `grant`: `not_restricted`, `already_granted`. `on_existing: update` replaces access and window as a whole, `ignore`
/// compares nothing; without an entry both are an ordinary grant.
fn grant(world: &World, command: &Grant, sent: &Sent, now: Timestamp) -> Outcome {
    refuse_not_restricted(world, &command.on)?;
    let (list, to) = (command.on.to_string(), command.to.to_string());
    let (events, mut warnings) = match (world.entry(&list, &to), command.on_existing) {
        (Some(_), OnExisting::Error) => return Err(Code::AlreadyGranted),
        (Some(old), OnExisting::Ignore) => {
            return Ok((Vec::new(), dormant::still(&old.window, now).into_iter().collect()));
        }
        (Some(old), OnExisting::Update) => set_entry(
            world,
            old,
            &command.on,
            &command.to,
            &sent::rights_in(sent.fields()),
            sent::window_in(sent.fields()),
            now,
        )?,
        (None, _) => {
            let Window { from: valid_from, until: valid_until } = sent::window_in(sent.fields());
            let (on, to, rights) = (command.on.clone(), command.to.clone(), rights_of(&sent::rights_in(sent.fields())));
            when(true, AccessGranted { on, to, rights, valid_from, valid_until, origin: None })?
        }
    };
    if !events.is_empty() {
        let after = (&sent::rights_in(sent.fields()), &sent::window_in(sent.fields()));
        warnings.extend(dormant::entry(world, &list, &to, after, true, now));
        if world.entry(&list, &to).is_none() && command.on_existing != OnExisting::Error {
            warnings.extend(given_again(world, &list, &to));
        }
    }
    Ok((events, warnings))
}

/// An entry that is there becomes this: nothing where it is that already.
fn set_entry(
    world: &World,
    old: &Entry,
    on: &ListRef,
    to: &Subject,
    named: &BTreeSet<Action>,
    window: Window,
    now: Timestamp,
) -> Outcome {
    if *named == old.rights && window == old.window {
        return Ok((Vec::new(), dormant::still(&window, now).into_iter().collect()));
    }
    let warnings = ineffective(world, old, Some((named, window)), now).into_iter();
    let warnings = warnings.chain(given_back(world, old, (named, &window), now)).collect();
    let Window { from: valid_from, until: valid_until } = window;
    let (on, to, rights) = (on.clone(), to.clone(), rights_of(named));
    let event = GrantUpdated { on, to, rights, valid_from, valid_until, origin: None };
    Ok((vec![event.into()], warnings))
}

/// `update_grant`: `not_restricted`, `no_such_grant`, scoped to the list addressed. What is left out stays, null clears.
fn update_grant(world: &World, command: &UpdateGrant, sent: &Sent, now: Timestamp) -> Outcome {
    refuse_not_restricted(world, &command.on)?;
    let entry = world.entry(&command.on.to_string(), &command.to.to_string());
    let old = entry.ok_or(Code::NoSuchGrant)?;
    let (rights, window) = (sent.rights_after(&old.rights), sent.window_after(old.window));
    let (events, mut warnings) = set_entry(world, old, &command.on, &command.to, &rights, window, now)?;
    if !events.is_empty() {
        warnings.extend(dormant::entry(world, &old.list, &old.to, (&rights, &window), false, now));
    }
    Ok((events, warnings))
}

fn rights_of(actions: &BTreeSet<Action>) -> Rights {
    Rights::of(&actions.iter().copied().collect::<Vec<_>>())
}

/// `revoke`: `not_restricted`, `no_such_grant`. On a definition it leaves case grants alone and lists them; with policy
/// `definition_revoke_cascades: true` they are revoked too, each by its own event, by id bytewise.
fn revoke(world: &World, command: &Revoke, now: Timestamp) -> Outcome {
    refuse_not_restricted(world, &command.on)?;
    let (list, to) = (command.on.to_string(), command.to.to_string());
    let old = world.entry(&list, &to).ok_or(Code::NoSuchGrant)?;
    let mut events: Vec<Event> = vec![GrantRevoked { on: command.on.clone(), to: command.to.clone() }.into()];
    let mut warnings: Vec<Warning> = ineffective(world, old, None, now).into_iter().collect();
    warnings.extend(restricted_survives(world, &list, &to));
    let held = cases_that_hold(world, &list, &to);
    if world.policy.says("definition_revoke_cascades", "true") {
        for case in held {
            let on = case.parse().expect("the name of a case is that of its list");
            events.push(GrantRevoked { on, to: command.to.clone() }.into());
        }
    } else {
        warnings.extend(grants_survive(&held, &to));
    }
    Ok((events, warnings))
}

/// `restrict_case`: `restriction_disabled`, `already_restricted`, `blocked`.
fn restrict_case(world: &World, command: &RestrictCase, sent: &Sent, now: Timestamp) -> Outcome {
    if world.policy.says("restriction", "disabled") {
        return Err(Code::RestrictionDisabled);
    }
    if world.restricted_by(&format!("case:{}", command.case)).is_some() {
        return Err(Code::AlreadyRestricted);
    }
    if possessions::is_blocked(world, &format!("case:{}", command.case)) {
        return Err(Code::Blocked);
    }
    let entries = command.entries.iter().zip(sent.entries()).map(|(entry, fields)| {
        let Window { from: valid_from, until: valid_until } = sent::window_in(fields);
        RestrictedEntry { to: entry.to.clone(), rights: rights_of(&sent::rights_in(fields)), valid_from, valid_until }
    });
    let (events, _) = when(true, CaseRestricted { case: command.case.clone(), entries: entries.collect() })?;
    let case = format!("case:{}", command.case);
    let warnings = command.entries.iter().zip(sent.entries()).filter_map(|(entry, fields)| {
        let given = (&sent::rights_in(fields), &sent::window_in(fields));
        dormant::restricted_entry(world, &case, &entry.to.to_string(), given, now)
    });
    Ok((events, warnings.take(100).collect()))
}

fn is_member(world: &World, command: &Membership) -> bool {
    let (group, member) = (format!("group:{}", command.group), command.member.to_string());
    world.members.iter().any(|direct| direct.group == group && direct.member == member)
}

/// `add_member`: `already_member`, `cycle`.
fn add_member(world: &World, command: &Membership) -> Outcome {
    if is_member(world, command) {
        return Err(Code::AlreadyMember);
    }
    let (group, member) = (format!("group:{}", command.group), command.member.to_string());
    if group == member || world.groups_around(&group, false).contains_key(&member) {
        return Err(Code::Cycle);
    }
    let warning = dormant::member(world, &group, &member);
    when_warned(true, MemberAdded { group: command.group.clone(), member: command.member.clone() }, warning)
}

/// `last_org_admin`: it would leave an organization that has an enabled org admin without one.
fn refuse_last_org_admin(world: &World, without: &str) -> Result<(), Code> {
    let enabled: Vec<&String> = world.admins.keys().filter(|user| world.is_enabled_admin(user)).collect();
    if enabled == [without] { Err(Code::LastOrgAdmin) } else { Ok(()) }
}

/// `adopt_policy`: `case_restricted` where restriction would be disabled while a case is restricted. A preset resets
/// every key; one event with all keys that are set, none where no value changes.
fn adopt_policy(world: &World, command: &AdoptPolicy, sent: &Sent) -> Outcome {
    let set = Policy::set_by(sent.fields());
    let restricted = world.cases.values().any(|case| case.restricted_by.is_some());
    if restricted && set.says("restriction", "disabled") {
        return Err(Code::CaseRestricted);
    }
    let keys = set.to_json();
    let changes = world.policy.changed_by(&keys) != world.policy;
    let keys = serde_json::from_value(keys).expect("the keys of the table are those that there are");
    when(changes, PolicyAdopted { preset: command.preset, keys })
}
