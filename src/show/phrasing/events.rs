//! What happened, in words: one sentence for each event, with the actor as its subject.

use super::text::list;
use crate::show::escape;
use caseward_events::event::{
    AccessGranted, CaseOpened, CaseRestricted, CaseShared, DefinitionCreated, Delegated, DelegationEnded, Ended,
    FormAccessSet, GlassBroken, GrantRevoked, GrantUpdated, GrantsRevoked, LabelSet, LinkRevoked, Origin, PersonAdded,
    PersonRemoved, PolicyAdopted, ProfileAssigned, ProfileConfigured, RestrictedEntry, TokenIssued, UserOffboarded,
    UserPlaced, VocabularyAdopted,
};
use caseward_events::{Event, FormAccess, ListRef, ProfileSettings, Recorded, Resource, Rights, Window, WorkspaceId};
use serde_json::{Map, Value};

/// Entries of a restricted list that a sentence names.
const ENTRIES_NAMED_MAX: usize = 8;

/// `user:ana granted read on case:4711 to user:ben`, with the access in backticks.
#[must_use]
pub fn what_happened(recorded: &Recorded) -> String {
    escape::visible(&format!("{} {}", who(recorded), done(recorded)))
}

/// The actor, and through whom it came where that was a caller of the service.
#[must_use]
pub fn who(Recorded { actor, via, .. }: &Recorded) -> String {
    via.as_ref().map_or_else(|| actor.to_string(), |via| format!("{actor} (through {via})"))
}

/// The same without the actor.
#[must_use]
pub fn deed(recorded: &Recorded) -> String {
    escape::visible(&done(recorded))
}

fn done(recorded: &Recorded) -> String {
    let on_off = |on: &bool| if *on { "on" } else { "off" };
    match &recorded.event {
        Event::DefinitionCreated(event) => definition_created(event),
        Event::AccessControlSet(event) => {
            format!("turned access control of definition:{} {}", event.definition, on_off(&event.enabled))
        }
        Event::CaseOpened(event) => case_opened(event, recorded),
        Event::CaseCompleted(event) => format!("completed case:{}", event.case),
        Event::CaseReopened(event) => format!("reopened case:{}", event.case),
        Event::AccessGranted(event) => access_granted(event),
        Event::GrantUpdated(event) => grant_updated(event),
        Event::GrantRevoked(GrantRevoked { on, to }) => format!("revoked the access of {to} on {}", named(on)),
        Event::GrantsRevoked(GrantsRevoked { definition, to }) => {
            format!("revoked the access of {to} on definition:{definition} and on the lists of its cases")
        }
        Event::CaseRestricted(event) => case_restricted(event),
        Event::RestrictionLifted(event) => format!("lifted the restriction of case:{}", event.case),
        Event::MemberAdded(event) => format!("added {} to group:{}", event.member, event.group),
        Event::MemberRemoved(event) => format!("removed {} from group:{}", event.member, event.group),
        Event::GroupDeactivated(event) => format!("deactivated group:{}", event.group),
        Event::GroupActivated(event) => format!("activated group:{}", event.group),
        Event::UserDisabled(event) => format!("disabled user:{}", event.user),
        Event::UserEnabled(event) => format!("enabled user:{}", event.user),
        Event::OrgAdminAppointed(event) => format!("appointed user:{} as org admin", event.user),
        Event::OrgAdminDismissed(event) => format!("dismissed user:{} as org admin", event.user),
        Event::PolicyAdopted(event) => policy_adopted(event),
        Event::VocabularyAdopted(event) => vocabulary_adopted(event),
        Event::OrganizationCreated(event) => format!("created the organization `{}`", event.name),
        Event::TokenIssued(event) => token_issued(event),
        Event::TokenWithdrawn(event) => format!("withdrew token:{}", event.token),
        Event::SubjectErased(event) => format!("erased the reasons about {}", event.subject),
        Event::KeyReplaced(event) => format!("replaced the key that signs tree heads with {}", event.public_key),
        Event::UserOffboarded(event) => offboarded(event),
        Event::LabelSet(LabelSet { of, label: Some(label) }) => format!("called {of} \"{label}\""),
        Event::LabelSet(LabelSet { of, label: None }) => format!("took the label of {of} away"),
        Event::SharingSet(event) => {
            format!("turned sharing of definition:{} {}", event.definition, on_off(&event.enabled))
        }
        Event::ProfileConfigured(event) => profile_configured(event),
        Event::FormAccessSet(event) => form_access_set(event),
        Event::ActivityAssigned(event) => {
            format!("assigned activity {} of case:{} to {}", event.activity, event.case, list(&event.to))
        }
        Event::ActivityReleased(event) => {
            format!("released {} from activity {} of case:{}", list(&event.to), event.activity, event.case)
        }
        Event::ItemAdded(event) => format!("added item:{} to case:{}", event.item, event.case),
        Event::ItemRemoved(event) => format!("removed item:{} from case:{}", event.item, event.case),
        Event::ItemCheckedOut(event) => format!("checked item:{} out to {}", event.item, event.organization),
        Event::ItemCheckedIn(event) => format!("checked item:{} in from {}", event.item, event.organization),
        Event::Attached(event) => format!("attached {} to task:{}", event.entity, event.task),
        Event::Detached(event) => format!("detached {} from task:{}", event.entity, event.task),
        Event::WallRaised(event) => format!("raised a wall on {} against {}", on_what(&event.on), event.against),
        Event::WallLowered(event) => format!("lowered the wall on {} against {}", on_what(&event.on), event.against),
        Event::UserPlaced(_)
        | Event::ProfileAssigned(_)
        | Event::PersonAdded(_)
        | Event::PersonRemoved(_)
        | Event::Delegated(_)
        | Event::DelegationEnded(_)
        | Event::CaseShared(_)
        | Event::LinkRevoked(_)
        | Event::GlassBroken(_) => done_to_people(&recorded.event),
    }
}

/// What ended, by kind, with how many of each.
fn offboarded(UserOffboarded { user, ended }: &UserOffboarded) -> String {
    let Ended { entries, memberships, profile, workspace, persons, assignments, delegations, glasses, org_admin } =
        ended;
    let counted = [
        (entries.0.len(), "entry", "entries"),
        (memberships.0.len(), "membership", "memberships"),
        (usize::from(profile.is_some()), "profile", "profiles"),
        (usize::from(workspace.is_some()), "workspace", "workspaces"),
        (persons.0.len(), "place in a person field", "places in person fields"),
        (assignments.0.len(), "assignment", "assignments"),
        (delegations.0.len(), "delegation", "delegations"),
        (glasses.0.len(), "broken glass", "broken glasses"),
        (usize::from(*org_admin), "office of org admin", "offices of org admin"),
    ];
    let kinds = counted.into_iter().filter(|(count, ..)| *count > 0);
    let kinds: Vec<_> =
        kinds.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect();
    match kinds.is_empty() {
        true => format!("offboarded user:{user}, whom nothing named"),
        false => format!("offboarded user:{user}, which ended {}", list(kinds)),
    }
}

/// What puts people somewhere, or hands them something.
fn token_issued(TokenIssued { token, name, parts, organizations, valid_until, .. }: &TokenIssued) -> String {
    let (parts, organizations) = (list(parts), list(organizations));
    format!("issued token:{token} for system:{name} with {parts} in {organizations} until {valid_until}")
}

fn done_to_people(event: &Event) -> String {
    match event {
        Event::UserPlaced(UserPlaced { user, workspace: Some(workspace) }) => {
            format!("placed user:{user} in workspace:{workspace}")
        }
        Event::UserPlaced(UserPlaced { user, workspace: None }) => format!("removed user:{user} from every workspace"),
        Event::ProfileAssigned(ProfileAssigned { user, profile: Some(profile) }) => {
            format!("assigned profile:{profile} to user:{user}")
        }
        Event::ProfileAssigned(ProfileAssigned { user, profile: None }) => {
            format!("removed the profile of user:{user}")
        }
        Event::PersonAdded(PersonAdded { case, field, person, workspace }) => {
            format!("added {person} to the field {field} of case:{case}{}", linked(workspace.as_ref()))
        }
        Event::PersonRemoved(PersonRemoved { case, field, person }) => {
            format!("removed {person} from the field {field} of case:{case}")
        }
        Event::Delegated(Delegated { delegation, from, to, valid_from, valid_until }) => {
            let window = during(Window { from: *valid_from, until: *valid_until });
            format!("let user:{to} act for user:{from}{window} (delegation:{delegation})")
        }
        Event::DelegationEnded(DelegationEnded { delegation, from }) => {
            format!("ended delegation:{delegation} from user:{from}")
        }
        Event::CaseShared(CaseShared { case, link, valid_until }) => {
            let window = during(Window { from: None, until: *valid_until });
            format!("shared case:{case} by link:{link}{window}")
        }
        Event::LinkRevoked(LinkRevoked { case, link }) => format!("revoked link:{link} to case:{case}"),
        Event::GlassBroken(GlassBroken { case, user, rights, until }) => {
            format!("broke the glass on case:{case}: {} for user:{user} until {until}", access(*rights))
        }
        other => other.name().replace('_', " "),
    }
}

/// What brought a case to a workspace.
fn linked(workspace: Option<&WorkspaceId>) -> String {
    workspace.map_or_else(String::new, |workspace| format!(", which links it to workspace:{workspace}"))
}

/// What made a grant, where no command `grant` did.
fn by(origin: Option<&Origin>) -> String {
    match origin {
        None => String::new(),
        Some(Origin::Creator) => ", who opened the case, by policy".to_owned(),
        Some(Origin::Activity(activity)) => format!(", who was assigned activity {activity}, by policy"),
    }
}

fn on_what(resource: &Resource) -> String {
    match resource {
        Resource::Organization => "the whole organization".to_owned(),
        other => other.to_string(),
    }
}

fn profile_configured(event: &ProfileConfigured) -> String {
    let ProfileSettings { module_access, administrator, search_text, search_query } = event.settings;
    let switches = [
        (module_access, "module access"),
        (administrator, "Administrator Mode"),
        (search_text, "free text search"),
        (search_query, "query builder search"),
    ];
    let on = switches.into_iter().filter(|(on, _)| *on).map(|(_, name)| name);
    format!("set profile:{} to {}", event.profile, list(on))
}

fn form_access_set(event: &FormAccessSet) -> String {
    let FormAccessSet { profile, definition, access } = event;
    let FormAccess { read, write, delete, register, share, write_completed, change_form } = *access;
    let scopes = [("read", read), ("write", write), ("delete", delete)].map(|(name, scope)| format!("{name} {scope}"));
    let switches =
        [(register, "register"), (share, "share"), (write_completed, "write completed"), (change_form, "change form")];
    let on = switches.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned());
    format!("gave profile:{profile} on definition:{definition} {}", list(scopes.into_iter().chain(on)))
}

fn definition_created(event: &DefinitionCreated) -> String {
    let name = event.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
    let access_control = if event.access_control { "on" } else { "off" };
    let by_policy = if event.by_policy { ", by policy" } else { "" };
    format!("created definition:{}{name} with access control {access_control}{by_policy}", event.definition)
}

fn case_opened(event: &CaseOpened, recorded: &Recorded) -> String {
    let CaseOpened { case, definition, creator, parent, workspace } = event;
    let by_other = recorded.actor.as_user() != Some(creator);
    let creator = if by_other { format!(" for user:{creator}") } else { String::new() };
    let parent = parent.as_ref().map_or_else(String::new, |parent| format!(", as a part of case:{parent}"));
    format!("opened case:{case} of definition:{definition}{creator}{}{parent}", linked(workspace.as_ref()))
}

fn access_granted(event: &AccessGranted) -> String {
    let AccessGranted { on, to, rights, valid_from, valid_until, origin } = event;
    let window = during(Window { from: *valid_from, until: *valid_until });
    format!("granted {} on {} to {to}{window}{}", access(*rights), named(on), by(origin.as_ref()))
}

fn grant_updated(event: &GrantUpdated) -> String {
    let GrantUpdated { on, to, rights, valid_from, valid_until, origin } = event;
    let window = during(Window { from: *valid_from, until: *valid_until });
    format!("changed the access of {to} on {} to {}{window}{}", named(on), access(*rights), by(origin.as_ref()))
}

fn case_restricted(event: &CaseRestricted) -> String {
    let entry = |entry: &RestrictedEntry| format!("{} {}{}", entry.to, access(entry.rights), during(entry.window()));
    let mut entries: Vec<_> = event.entries.iter().take(ENTRIES_NAMED_MAX).map(entry).collect();
    let more = event.entries.len() - entries.len();
    if more > 0 {
        entries.push(format!("{more} more"));
    }
    let entries = if entries.is_empty() { "nobody".to_owned() } else { list(entries) };
    format!("restricted case:{}; on its list: {entries}", event.case)
}

fn vocabulary_adopted(VocabularyAdopted { vocabulary }: &VocabularyAdopted) -> String {
    if vocabulary.is_empty() {
        return "took the vocabulary away".to_owned();
    }
    let names = |names: Vec<&String>| list(names.into_iter().map(|name| format!("`{}`", name.escape_debug())));
    let (subjects, resources) = (vocabulary.subjects.keys().collect(), vocabulary.resources.keys().collect());
    format!("adopted a vocabulary: subjects {}; resources {}", names(subjects), names(resources))
}

fn policy_adopted(event: &PolicyAdopted) -> String {
    let fields = |value: Result<Value, _>| match value {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err::<_, serde_json::Error>(_) => Map::new(),
    };
    let of_preset = event.preset.map(|preset| fields(serde_json::to_value(preset.policy()))).unwrap_or_default();
    let keys = fields(serde_json::to_value(event.keys));
    let own = keys.iter().filter(|(key, value)| !value.is_null() && of_preset.get(*key) != Some(value));
    let mut said: Vec<_> = event.preset.iter().map(|preset| format!("preset `{preset}`")).collect();
    said.extend(own.map(|(key, value)| match value {
        Value::String(word) => format!("`{key}: {word}`"),
        other => format!("`{key}: {other}`"),
    }));
    format!("adopted the policy {}", list(said))
}

/// A level by its name, other rights one by one.
fn access(rights: Rights) -> String {
    match rights {
        Rights::WRITE => "`write`".to_owned(),
        other => format!("`{other}`"),
    }
}

/// A list, as people call it.
fn named(list: &ListRef) -> String {
    match list {
        ListRef::Organization => "the whole organization".to_owned(),
        ListRef::Restriction(case) => format!("the restricted list of case:{case}"),
        other => other.to_string(),
    }
}

/// ` from … until …`; nothing, where it is always.
fn during(window: Window) -> String {
    let from = window.from.map_or_else(String::new, |from| format!(" from {from}"));
    let until = window.until.map_or_else(String::new, |until| format!(" until {until}"));
    format!("{from}{until}")
}
