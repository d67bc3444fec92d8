//! What decided, in words: one plain sentence for each rule and each reason to set something aside.
//!
//! INVARIANT: only what the decision and its events say is said. Nothing is worked out here.

use super::events::what_happened;
use super::text::{list, minute, said};
use caseward_events::answer::{Because, Cause, Decision, Missing, Reason, Rule, SetAside, Source, WindowEnd};
use caseward_events::ask::actions_of;
use caseward_events::event::{AccessGranted, Delegated, GrantUpdated};
use caseward_events::{Asker, Event, Party, Position, Question, Recorded, Resource, Window};
use std::collections::BTreeMap;

/// The events that a decision cites.
pub type Cited = BTreeMap<Position, Recorded>;

/// The sentence for the rule that decided.
#[must_use]
pub fn verdict(question: &Question, decision: &Decision) -> String {
    let Question { subject, action, resource, .. } = question;
    let held = list(&decision.rights);
    match decision.rule {
        Rule::NotFound => not_found(subject, resource, decision.position),
        Rule::UserDisabled => format!("{subject} is disabled, and a disabled user may do nothing"),
        Rule::OrgAdmin => format!("{subject} is an org admin, which gives every right on {resource}"),
        Rule::OrgAdminCapped if decision.decision => format!(
            "{subject} is an org admin with an entry of their own on the restricted list of {resource}, which leaves {held}"
        ),
        Rule::OrgAdminCapped => format!(
            "{subject} is an org admin, but an entry of their own on the restricted list of {resource} leaves only {held}"
        ),
        Rule::RestrictedEntry => format!("{resource} is under restriction, and its restricted list gives {action}"),
        Rule::Restricted => format!("{resource} is under restriction, and its restricted list gives {subject} nothing"),
        Rule::AccessControlOff => format!("access control is off for {}, so every user may {action}", kind(resource)),
        Rule::OrganizationGrant => format!("a grant on the whole organization gives {action}"),
        Rule::DefinitionGrant => format!("a grant on {} gives {action}", covering(question, decision)),
        Rule::CaseGrant => format!("a grant on this very case gives {action}"),
        Rule::Wall => {
            format!("a wall stands between {subject} and {resource}: {action} is denied, whatever else allows it")
        }
        Rule::Profile => format!("the profile of {subject} gives {action}"),
        Rule::ModuleAdministrator => format!("the profile of {subject} is in Administrator Mode, which gives {action}"),
        Rule::Delegation => format!("{subject} acts for another user, which gives {action}"),
        Rule::BreakGlass => format!("{subject} broke the glass on {resource}, which gives {action} for a while"),
        Rule::Link => format!("{subject} is a public link to {resource}, which gives read"),
        Rule::CompletedLocked => {
            format!("the profile of {subject} would give {action}, but {resource} is completed")
        }
        Rule::Expired if matches!(subject, Asker::Link(_)) => format!("{subject} has expired, or was revoked"),
        Rule::Expired => format!("a grant would give {action}, but it has expired"),
        Rule::NotYetValid => format!("a grant would give {action}, but it is not valid yet"),
        Rule::GroupInactive => format!("a grant would give {action}, but only through a deactivated group"),
        Rule::Insufficient => format!("{subject} has {held} on {resource}, but not {action}"),
        Rule::NoGrant => format!("nothing gives {subject} any right on {resource}"),
    }
}

fn not_found(subject: &Asker, resource: &Resource, position: Position) -> String {
    let at = format!(" at position {position}");
    match subject {
        Asker::Link(_) => format!("{subject} does not exist{at}"),
        Asker::User(_) => format!("{resource} does not exist{at}"),
    }
}

/// The definition whose list decided; for a case it is said what it is to the case.
fn covering(question: &Question, decision: &Decision) -> String {
    let deciding = decision.reasons.iter().find(|reason| reason.rule == decision.rule);
    match (deciding, &question.resource) {
        (Some(reason), Resource::Case(_)) => format!("{}, which covers all its cases,", reason.source),
        (_, resource) => kind(resource),
    }
}

fn kind(resource: &Resource) -> String {
    match resource {
        Resource::Case(_) => "its kind of case".to_owned(),
        other => other.to_string(),
    }
}

/// The sentence for something that counted.
#[must_use]
pub fn reason(reason: &Reason, question: &Question, cited: &Cited) -> String {
    let Reason { rule, source, subject, rights, events, .. } = reason;
    let gives = sentence(*rule, source, &subject.to_string(), &list(rights), question);
    let through = through(&subject.to_string(), &question.subject, events, cited);
    let lacks = !rights.is_empty() && !rights.contains(&question.action);
    let but = if lacks { format!(", but not {}", question.action) } else { String::new() };
    format!("{gives}{but}{through}")
}

/// The same, where no action is asked about.
#[must_use]
pub fn counts(reason: &Reason, question: &Question, cited: &Cited) -> String {
    let Reason { rule, source, subject, rights, events, .. } = reason;
    let gives = sentence(*rule, source, &subject.to_string(), &list(rights), question);
    format!("{gives}{}", through(&subject.to_string(), &question.subject, events, cited))
}

/// A rule in a word or two, for where there is room for no more.
#[must_use]
pub fn short(rule: Rule) -> &'static str {
    match rule {
        Rule::OrgAdmin => "org admin",
        Rule::OrgAdminCapped => "org admin, capped",
        Rule::RestrictedEntry => "restricted list",
        Rule::AccessControlOff => "open to all",
        Rule::OrganizationGrant => "organization list",
        Rule::DefinitionGrant => "definition list",
        Rule::CaseGrant => "case list",
        Rule::Profile => "profile",
        Rule::ModuleAdministrator => "Administrator Mode",
        Rule::Delegation => "delegation",
        Rule::BreakGlass => "broken glass",
        Rule::Link => "public link",
        // These give nothing.
        Rule::NotFound
        | Rule::UserDisabled
        | Rule::Wall
        | Rule::Restricted
        | Rule::CompletedLocked
        | Rule::Expired
        | Rule::NotYetValid
        | Rule::GroupInactive
        | Rule::Insufficient
        | Rule::NoGrant => "none",
    }
}

/// What a rule that gives rights is, for whoever has not read the rules.
#[must_use]
pub fn meaning(rule: Rule) -> &'static str {
    match rule {
        Rule::OrgAdmin => "an org admin holds every right on the organization, and elsewhere as the policy says",
        Rule::OrgAdminCapped => {
            "an org admin whose own entry on the restricted list takes write, delete and share away"
        }
        Rule::RestrictedEntry => "the case was restricted, and only those on its restricted list had access",
        Rule::AccessControlOff => "access control was off for this kind of case: every user had access",
        Rule::OrganizationGrant => "an entry on the list of the whole organization",
        Rule::DefinitionGrant => "an entry on the list of the kind of case, which covers all cases of it",
        Rule::CaseGrant => "an entry on the list of this very case",
        Rule::Profile => "a row of the permission matrix of the user's profile",
        Rule::ModuleAdministrator => "a profile in Administrator Mode",
        Rule::Delegation => "another user handed their own access on",
        Rule::BreakGlass => "emergency access, which the user took with a reason given",
        Rule::Link => "whoever holds the public link may read",
        _ => "it gives no right",
    }
}

/// A way in which rights come, as what stands behind `through`.
#[must_use]
pub fn way(rule: Rule, source: &Source) -> String {
    match rule {
        Rule::OrgAdmin => "being an org admin".to_owned(),
        Rule::OrgAdminCapped => "being an org admin, within an entry of their own".to_owned(),
        Rule::AccessControlOff => "access control being off".to_owned(),
        Rule::OrganizationGrant => "the list of the whole organization".to_owned(),
        Rule::RestrictedEntry => "the restricted list".to_owned(),
        Rule::DefinitionGrant | Rule::CaseGrant => format!("the list of {source}"),
        Rule::ModuleAdministrator => format!("{source} in Administrator Mode"),
        Rule::BreakGlass => "a broken glass".to_owned(),
        _ => source.to_string(),
    }
}

/// The sentence for something that would have counted, and why it did not.
#[must_use]
pub fn set_aside(aside: &SetAside, question: &Question, cited: &Cited) -> String {
    let SetAside { rule, source, events, because, .. } = aside;
    let (subject, rights) = would_give(aside, question, cited);
    let gives = sentence(*rule, source, &subject, &rights, question);
    let through = through(&subject, &question.subject, events, cited);
    format!("{gives}{through}; ignored: {}", ignored(*because, aside, question, cited))
}

/// Whom something that was set aside names, and what it would give. An answer in JSON does not say it: then the event that made
/// the entry does, where there is one.
fn would_give(aside: &SetAside, question: &Question, cited: &Cited) -> (String, String) {
    if let Some(subject) = aside.subject() {
        return (subject.to_string(), list(aside.rights()));
    }
    let entry = aside.events.iter().find_map(|position| match &cited.get(position)?.event {
        Event::AccessGranted(AccessGranted { to, rights, .. })
        | Event::GrantUpdated(GrantUpdated { to, rights, .. }) => {
            Some((to.to_string(), list(rights.in_order(actions_of(&question.resource)))))
        }
        _ => None,
    });
    entry.unwrap_or_else(|| (question.subject.to_string(), "access".to_owned()))
}

fn sentence(rule: Rule, source: &Source, subject: &str, rights: &str, question: &Question) -> String {
    let resource = &question.resource;
    match rule {
        Rule::OrgAdmin => format!("{subject} is an org admin, which gives {rights}"),
        Rule::OrgAdminCapped => format!("{subject} is an org admin with an entry of their own, which leaves {rights}"),
        Rule::AccessControlOff => format!("access control is off for {}: {rights} for every user", kind(resource)),
        Rule::OrganizationGrant => format!("the list of the whole organization gives {subject} {rights}"),
        Rule::RestrictedEntry => format!("the restricted list of {resource} gives {subject} {rights}"),
        Rule::DefinitionGrant | Rule::CaseGrant => format!("the list of {source} gives {subject} {rights}"),
        Rule::UserDisabled => format!("{subject} is disabled"),
        Rule::Restricted => format!("{resource} is under restriction"),
        Rule::Wall => format!("a wall stands against {subject}, which denies {rights}"),
        Rule::Profile => format!("{source} gives {subject} {rights}"),
        Rule::ModuleAdministrator => format!("{source} is in Administrator Mode, which gives {subject} {rights}"),
        Rule::Delegation => format!("{subject} handed on {rights} by {source}"),
        Rule::BreakGlass => format!("{subject} broke the glass, which gives {rights}"),
        Rule::Link => format!("{source} gives {rights} to whoever holds it"),
        // These decide and are never reasons of their own.
        Rule::NotFound
        | Rule::CompletedLocked
        | Rule::Expired
        | Rule::NotYetValid
        | Rule::GroupInactive
        | Rule::Insufficient
        | Rule::NoGrant => format!("{rule}: {rights}"),
    }
}

/// How the one who is asked about belongs to the group that is named.
fn through(named: &str, asker: &Asker, events: &[Position], cited: &Cited) -> String {
    if named == asker.to_string() || named.starts_with("user:") {
        return String::new();
    }
    let groups = events.iter().filter_map(|position| match &cited.get(position)?.event {
        Event::MemberAdded(added) => Some(format!("group:{}", added.group)),
        _ => None,
    });
    let between: Vec<_> = groups.filter(|group| group != named).collect();
    match between.is_empty() {
        true => format!("; {asker} is a member"),
        false => format!("; {asker} is a member through {}", list(between)),
    }
}

fn ignored(because: Because, aside: &SetAside, question: &Question, cited: &Cited) -> String {
    let window = window(aside, cited);
    match because {
        Because::Restricted => "under restriction only the restricted list counts".to_owned(),
        Because::Walled => "a wall denies it".to_owned(),
        Because::Completed => "the case is completed, and the profile may not change completed cases".to_owned(),
        Because::ReadMissing => "nobody may change, delete or share what they may not read".to_owned(),
        Because::Capped => "the admin's own entry on the restricted list leaves that out".to_owned(),
        Because::Expired => {
            window.until.map_or_else(|| "it has expired".to_owned(), |until| format!("it expired at {until}"))
        }
        Because::NotYetValid => window
            .from
            .map_or_else(|| "it is not valid yet".to_owned(), |from| format!("it is valid only from {from} on")),
        Because::GroupInactive => match switched_off(&aside.events, cited) {
            groups if groups.is_empty() => "a group on the way is deactivated".to_owned(),
            groups => format!("{} deactivated", list_are(&groups)),
        },
        Because::Scope => out_of_scope(aside, question, cited),
        Because::SharingOff => "sharing is off for this kind of case".to_owned(),
    }
}

/// Why a scope does not hold, with what the cited events say of it.
fn out_of_scope(aside: &SetAside, question: &Question, cited: &Cited) -> String {
    let Question { subject, resource, .. } = question;
    let scope = aside.scope.map_or_else(String::new, |scope| format!("its scope is `{scope}`, and "));
    let events = || aside.events.iter().filter_map(|position| Some(&cited.get(position)?.event));
    let workspace = events().find_map(|event| match event {
        Event::UserPlaced(placed) => placed.workspace.as_ref(),
        _ => None,
    });
    let creator = events().find_map(|event| match event {
        Event::CaseOpened(opened) => Some(&opened.creator),
        _ => None,
    });
    let why = match (aside.missing, workspace, creator) {
        (Some(Missing::Placement), ..) => format!("{subject} is in no workspace"),
        (Some(Missing::Link), Some(workspace), _) => {
            format!("{resource} is not linked to workspace:{workspace}, which {subject} is in")
        }
        (Some(Missing::Link), None, _) => format!("{resource} is not linked to the workspace of {subject}"),
        (Some(Missing::Person), ..) => {
            format!("{subject} neither opened {resource} nor is in one of its person fields")
        }
        (Some(Missing::Opener), _, Some(creator)) => format!("{resource} was opened by user:{creator}"),
        (Some(Missing::Opener), _, None) => format!("{subject} did not open {resource}"),
        (None, ..) => "it does not hold".to_owned(),
    };
    scope + &why
}

/// What made an answer change: an event, or the end of a window that it set.
#[must_use]
pub fn cause(cause: &Cause, cited: &Cited) -> String {
    let Some(recorded) = cited.get(&cause.position) else { return "(not in the log)".to_owned() };
    let happened = what_happened(recorded);
    let time = minute(recorded.time);
    match cause.window {
        None => match said(recorded) {
            None => format!("{time}  {happened}"),
            Some(said) => format!("{time}  {happened} {said}"),
        },
        Some(WindowEnd::Begins) => format!("{}  its window opened, set {time}: {happened}", minute(cause.time)),
        Some(WindowEnd::Ends) => format!("{}  its window ended, set {time}: {happened}", minute(cause.time)),
    }
}

fn list_are(groups: &[String]) -> String {
    format!("{} {}", list(groups), if groups.len() == 1 { "is" } else { "are" })
}

fn switched_off(events: &[Position], cited: &Cited) -> Vec<String> {
    let off = events.iter().filter_map(|position| match &cited.get(position)?.event {
        Event::GroupDeactivated(event) => Some(format!("group:{}", event.group)),
        _ => None,
    });
    off.collect()
}

/// The window of an entry, as the event that last set it says.
fn window(aside: &SetAside, cited: &Cited) -> Window {
    let set = aside.events.first().and_then(|position| cited.get(position));
    match set.map(|recorded| &recorded.event) {
        Some(
            Event::AccessGranted(AccessGranted { valid_from, valid_until, .. })
            | Event::GrantUpdated(GrantUpdated { valid_from, valid_until, .. })
            | Event::Delegated(Delegated { valid_from, valid_until, .. }),
        ) => Window { from: *valid_from, until: *valid_until },
        Some(Event::CaseRestricted(event)) => {
            let entry = event.entries.iter().find(|entry| Some(&Party::from(entry.to.clone())) == aside.subject());
            entry.map_or(Window::ALWAYS, |entry| entry.window())
        }
        _ => Window::ALWAYS,
    }
}
