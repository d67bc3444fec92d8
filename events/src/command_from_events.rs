//! A command made again out of the events it appended, so that a log can be brought into another store.
//!
//! INVARIANT: decided at the state it was decided at, by the same actor at the same time, it appends the same events
//! with the same warnings. What it sets is written out (a level where the rights are one, a cleared bound as `null`), so
//! that nothing depends on what stood before. Tried on drawn histories in `tests/reference`.
//! Absent on purpose: `expected_version`, which it met, and everything that the events do not tell, such as assignees
//! that were assigned already. So its bytes, and with them its digest, may be others than those that were sent.

use crate::event::{
    AccessGranted, ActivityAssigned, ActivityReleased, CaseOpened, CaseRestricted, DefinitionCreated, Delegated,
    DelegationEnded, Event, FormAccessSet, GlassBroken, GrantUpdated, LabelSet, LinkRevoked, Origin, PersonAdded,
    PolicyAdopted, ProfileAssigned, ProfileConfigured, RestrictedEntry, UserOffboarded, UserPlaced, VocabularyAdopted,
};
use crate::id::{ActivityId, CaseId};
use crate::recorded::Recorded;
use crate::reference::{ListRef, Subject};
use crate::rights::Rights;
use crate::time::Timestamp;
use crate::warning::{Dormancy, Warning};
use serde_json::{Map, Value, json};

/// The line for `import` that these events came of: all events of one command, in order. `sealed_for` is the subject
/// under whose key its reason lies, where there is one. `None` where no command of an organization appends such an event,
/// or there is none.
#[must_use]
pub fn line(events: &[Recorded], sealed_for: Option<&Subject>) -> Option<Value> {
    let first = events.first()?;
    let mut line = Map::new();
    line.insert("id".to_owned(), first.command_id.as_str().into());
    line.insert("actor".to_owned(), first.actor.to_string().into());
    line.insert("time".to_owned(), first.time.to_string().into());
    let named = [("correlation_id", &first.correlation_id), ("causation_id", &first.causation_id)];
    let named = named.into_iter().filter_map(|(key, id)| Some((key, id.as_ref()?.as_str())));
    for (key, text) in named.chain(first.reason_text().map(|reason| ("reason", reason))) {
        line.insert(key.to_owned(), text.into());
    }
    line.insert("command".to_owned(), json!({name(first)?: body(events, first, sealed_for)?}));
    Some(Value::Object(line))
}

/// The name of the command that appended this event; `None` where no command of an organization does.
///
/// A `grant` that replaced an entry is told as the `update_grant` that would have done the same, but where a warning
/// tells them apart.
#[must_use]
pub fn name(recorded: &Recorded) -> Option<&'static str> {
    Some(match &recorded.event {
        Event::DefinitionCreated(_) => "create_definition",
        Event::AccessControlSet(_) => "set_access_control",
        Event::CaseOpened(_) => "open_case",
        Event::CaseCompleted(_) => "complete_case",
        Event::CaseReopened(_) => "reopen_case",
        Event::AccessGranted(AccessGranted { origin, .. }) => match origin {
            None => "grant",
            Some(Origin::Creator) => "open_case",
            Some(Origin::Activity(_)) => "assign_activity",
        },
        Event::GrantUpdated(GrantUpdated { origin, .. }) => match origin {
            Some(Origin::Activity(_)) => "assign_activity",
            Some(Origin::Creator) => "open_case",
            None if is_warned_of_the_list(recorded) => "grant",
            None => "update_grant",
        },
        Event::GrantRevoked(_) | Event::GrantsRevoked(_) => "revoke",
        Event::CaseRestricted(_) => "restrict_case",
        Event::RestrictionLifted(_) => "lift_restriction",
        Event::MemberAdded(_) => "add_member",
        Event::MemberRemoved(_) => "remove_member",
        Event::GroupDeactivated(_) => "deactivate_group",
        Event::GroupActivated(_) => "activate_group",
        Event::UserDisabled(_) => "disable_user",
        Event::UserEnabled(_) => "enable_user",
        Event::OrgAdminAppointed(_) => "appoint_org_admin",
        Event::OrgAdminDismissed(_) => "dismiss_org_admin",
        Event::PolicyAdopted(_) => "adopt_policy",
        Event::VocabularyAdopted(_) => "adopt_vocabulary",
        Event::OrganizationCreated(_) | Event::TokenIssued(_) | Event::TokenWithdrawn(_) => return None,
        Event::SharingSet(_) => "set_sharing",
        Event::UserPlaced(_) => "place_in_workspace",
        Event::ProfileAssigned(_) => "assign_profile",
        Event::ProfileConfigured(_) => "configure_profile",
        Event::FormAccessSet(_) => "set_form_access",
        Event::PersonAdded(_) => "add_person",
        Event::PersonRemoved(_) => "remove_person",
        Event::ActivityAssigned(_) => "assign_activity",
        Event::ActivityReleased(_) => "release_activity",
        Event::Delegated(_) => "delegate",
        Event::DelegationEnded(_) => "end_delegation",
        Event::ItemAdded(_) => "add_item",
        Event::ItemRemoved(_) => "remove_item",
        Event::ItemCheckedOut(_) => "check_out_item",
        Event::ItemCheckedIn(_) => "check_in_item",
        Event::Attached(_) => "attach",
        Event::Detached(_) => "detach",
        Event::CaseShared(_) => "share_case",
        Event::LinkRevoked(_) => "revoke_link",
        Event::WallRaised(_) => "raise_wall",
        Event::WallLowered(_) => "lower_wall",
        Event::GlassBroken(_) => "break_glass",
        Event::SubjectErased(_) => "erase",
        Event::KeyReplaced(_) => "replace_key",
        Event::LabelSet(_) => "set_label",
        Event::UserOffboarded(_) => "offboard",
    })
}

fn body(events: &[Recorded], first: &Recorded, sealed_for: Option<&Subject>) -> Option<Value> {
    Some(match &first.event {
        Event::DefinitionCreated(DefinitionCreated { definition, name, access_control, by_policy }) => {
            let given = (!by_policy).then_some(access_control);
            present(json!({"definition": definition, "name": name, "access_control": given}))
        }
        Event::CaseOpened(CaseOpened { case, definition, creator, parent, .. }) => {
            present(json!({"case": case, "definition": definition, "creator": creator, "parent": parent}))
        }
        Event::AccessGranted(event) => access_granted(event, first, events, sealed_for)?,
        Event::GrantUpdated(event) => grant_updated(event, first, events, sealed_for)?,
        Event::CaseRestricted(CaseRestricted { case, entries }) => {
            json!({"case": case, "entries": entries.iter().map(entry).collect::<Vec<_>>()})
        }
        Event::PolicyAdopted(PolicyAdopted { preset, keys }) => present(with(json!(keys), "preset", preset)),
        Event::VocabularyAdopted(VocabularyAdopted { vocabulary }) => json!(vocabulary),
        Event::OrganizationCreated(_) | Event::TokenIssued(_) | Event::TokenWithdrawn(_) => return None,
        Event::UserPlaced(UserPlaced { user, workspace }) => json!({"user": user, "workspace": workspace}),
        Event::ProfileAssigned(ProfileAssigned { user, profile }) => json!({"user": user, "profile": profile}),
        Event::ProfileConfigured(ProfileConfigured { profile, settings }) => with(json!(settings), "profile", profile),
        Event::FormAccessSet(FormAccessSet { profile, definition, access }) => {
            with(with(json!(access), "profile", profile), "definition", definition)
        }
        Event::PersonAdded(PersonAdded { case, field, person, .. }) => {
            json!({"case": case, "field": field, "person": person})
        }
        Event::ActivityAssigned(ActivityAssigned { case, activity, .. }) => {
            assigned(case, activity, events, sealed_for)
        }
        Event::ActivityReleased(ActivityReleased { case, activity, to }) => {
            json!({"case": case, "activity": activity, "to": led_by(to.clone(), sealed_for)})
        }
        Event::Delegated(event) => delegated(event),
        Event::DelegationEnded(DelegationEnded { delegation, .. }) => json!({"delegation": delegation}),
        Event::UserOffboarded(UserOffboarded { user, .. }) => json!({"user": user}),
        Event::LabelSet(LabelSet { of, label }) => json!({"ref": of, "label": label}),
        Event::LinkRevoked(LinkRevoked { link, .. }) => json!({"link": link}),
        Event::GlassBroken(GlassBroken { case, until, .. }) => {
            let minutes = until.as_micros().saturating_sub(first.time.as_micros()) / MINUTE_MICROS;
            json!({"case": case, "minutes": minutes})
        }
        Event::GrantsRevoked(event) => json!({"on": ListRef::Definition(event.definition.clone()), "to": event.to}),
        // These have the fields of their command.
        Event::AccessControlSet(_)
        | Event::SharingSet(_)
        | Event::CaseCompleted(_)
        | Event::CaseReopened(_)
        | Event::GrantRevoked(_)
        | Event::RestrictionLifted(_)
        | Event::MemberAdded(_)
        | Event::MemberRemoved(_)
        | Event::GroupDeactivated(_)
        | Event::GroupActivated(_)
        | Event::UserDisabled(_)
        | Event::UserEnabled(_)
        | Event::OrgAdminAppointed(_)
        | Event::OrgAdminDismissed(_)
        | Event::PersonRemoved(_)
        | Event::ItemAdded(_)
        | Event::ItemRemoved(_)
        | Event::ItemCheckedOut(_)
        | Event::ItemCheckedIn(_)
        | Event::Attached(_)
        | Event::Detached(_)
        | Event::CaseShared(_)
        | Event::WallRaised(_)
        | Event::WallLowered(_)
        | Event::SubjectErased(_)
        | Event::KeyReplaced(_) => first.event.fields(),
    })
}

fn delegated(Delegated { delegation, from, to, valid_from, valid_until }: &Delegated) -> Value {
    let [from, to] = [from, to].map(|user| Subject::User(user.clone()));
    windowed(json!({"delegation": delegation, "from": from, "to": to}), *valid_from, *valid_until)
}

const MINUTE_MICROS: i64 = 60_000_000;

fn access_granted(
    event: &AccessGranted,
    first: &Recorded,
    events: &[Recorded],
    sealed_for: Option<&Subject>,
) -> Option<Value> {
    let AccessGranted { on, to, rights, valid_from, valid_until, origin } = event;
    if let Some(origin) = origin {
        return raised(on, origin, events, sealed_for);
    }
    let body = windowed(json!({"on": on, "to": to, "access": access(*rights)}), *valid_from, *valid_until);
    // Only a grant that takes what is there as it is warns that it may be late; both ways of that come to the same.
    let may_be_late = warnings(first).iter().any(|warning| matches!(warning, Warning::GivenAgain { .. }));
    Some(if may_be_late { with(body, "on_existing", "update") } else { body })
}

fn grant_updated(
    event: &GrantUpdated,
    first: &Recorded,
    events: &[Recorded],
    sealed_for: Option<&Subject>,
) -> Option<Value> {
    let GrantUpdated { on, to, rights, valid_from, valid_until, origin } = event;
    if let Some(origin) = origin {
        return raised(on, origin, events, sealed_for);
    }
    let body = json!({"on": on, "to": to, "access": access(*rights)});
    if is_warned_of_the_list(first) {
        return Some(with(windowed(body, *valid_from, *valid_until), "on_existing", "update"));
    }
    // A bound that is left out would stay; `null` clears it.
    Some(with(with(body, "valid_from", valid_from), "valid_until", valid_until))
}

fn warnings(recorded: &Recorded) -> &[Warning] {
    recorded.first.as_ref().map_or(&[][..], |first| &first.warnings)
}

/// That the list counts for nothing now: only a `grant` warns of that.
fn is_warned_of_the_list(recorded: &Recorded) -> bool {
    let of_the_list =
        |reason: &Dormancy| matches!(reason, Dormancy::AccessControlOff { .. } | Dormancy::Restricted { .. });
    warnings(recorded).iter().any(|warning| match warning {
        Warning::Dormant { reasons } => reasons.iter().any(of_the_list),
        _ => false,
    })
}

/// Of an assignment that raised what assignees had and assigned nobody anew.
fn raised(on: &ListRef, origin: &Origin, events: &[Recorded], sealed_for: Option<&Subject>) -> Option<Value> {
    match (on, origin) {
        (ListRef::Case(case), Origin::Activity(activity)) => Some(assigned(case, activity, events, sealed_for)),
        _ => None,
    }
}

/// Everybody whom the events name: those newly assigned and those whose access was raised, both in the order in which
/// they were given.
fn assigned(case: &CaseId, activity: &ActivityId, events: &[Recorded], sealed_for: Option<&Subject>) -> Value {
    let mut fresh: &[Subject] = &[];
    let mut to: Vec<Subject> = Vec::new();
    for recorded in events {
        match &recorded.event {
            Event::ActivityAssigned(ActivityAssigned { to, .. }) => fresh = to,
            Event::AccessGranted(AccessGranted { to: one, .. }) | Event::GrantUpdated(GrantUpdated { to: one, .. }) => {
                match fresh.iter().position(|new| new == one) {
                    Some(at) => {
                        to.extend_from_slice(&fresh[..=at]);
                        fresh = &fresh[at + 1..];
                    }
                    None => to.push(one.clone()),
                }
            }
            _ => {}
        }
    }
    to.extend_from_slice(fresh);
    json!({"case": case, "activity": activity, "to": led_by(to, sealed_for)})
}

/// With the subject first whose key seals the reason: it was the first that the command named, whether or not anything
/// happened to it.
fn led_by(mut to: Vec<Subject>, first: Option<&Subject>) -> Vec<Subject> {
    if let Some(first) = first {
        to.retain(|one| one != first);
        to.insert(0, first.clone());
    }
    to
}

fn entry(entry: &RestrictedEntry) -> Value {
    let body = json!({"to": entry.to, "access": access(entry.rights)});
    windowed(body, entry.valid_from, entry.valid_until)
}

/// The level, where the rights are one.
fn access(rights: Rights) -> Value {
    match rights {
        Rights::READ => "read".into(),
        Rights::WRITE => "write".into(),
        other => json!(other),
    }
}

/// With the bounds that there are.
fn windowed(mut body: Value, from: Option<Timestamp>, until: Option<Timestamp>) -> Value {
    for (key, bound) in [("valid_from", from), ("valid_until", until)] {
        if let Some(bound) = bound {
            body = with(body, key, bound);
        }
    }
    body
}

fn with(mut body: Value, key: &str, value: impl serde::Serialize) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.insert(key.to_owned(), json!(value));
    }
    body
}

/// Without what is not there.
fn present(mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, field| !field.is_null());
    }
    body
}
