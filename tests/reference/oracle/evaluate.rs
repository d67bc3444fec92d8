//! The decision (`semantics.md` section 3), step by step as it is written there.
//!
//! INVARIANT: an answer depends on the world at the position, the question and `at`, and on nothing else.
//! Read on in [`super::reasons`] (what an answer cites).

use super::profiles::profile;
use super::reasons::{self, Reason};
use super::set_aside::{self, SetAside};
use super::walls::{WALLED, check_link};
use super::world::{World, holds};
use caseward_events::{Action, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// On a case: the order in which rights are answered is that of the table of section 2.
pub const ON_CASE: [Action; 6] =
    [Action::Read, Action::Write, Action::Delete, Action::Share, Action::ManageAccess, Action::Restrict];
/// On a definition.
pub const ON_DEFINITION: [Action; 4] =
    [Action::Register, Action::ChangeForm, Action::AdministerForm, Action::ManageAccess];
/// On the organization.
pub const ON_ORGANIZATION: [Action; 4] =
    [Action::SearchText, Action::SearchQuery, Action::ManageAccess, Action::Administer];

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Allow or deny.
    pub allowed: bool,
    /// The rule that decided.
    pub rule: &'static str,
    /// The rights held, in the order of section 2.
    pub rights: Vec<Action>,
    /// Whether the caller may show that the resource is there.
    pub disclose: bool,
    /// All reasons, in order.
    pub reasons: Vec<Reason>,
    /// What would have counted, were the scope of a profile to fit, or sharing on; in order.
    pub set_aside: Vec<SetAside>,
}

/// The actions that the kind of resource has.
pub fn actions_of(resource: &str) -> &'static [Action] {
    match resource.split(':').next() {
        Some("case") => &ON_CASE,
        Some("definition") => &ON_DEFINITION,
        _ => &ON_ORGANIZATION,
    }
}

/// May `asker` do `action` on `resource`, as the world is, at that instant?
pub fn check(world: &World, asker: &str, action: Action, resource: &str, at: Timestamp) -> Verdict {
    let deny = |rule, reasons, disclose| {
        let (rights, set_aside) = (Vec::new(), Vec::new());
        Verdict { allowed: false, rule, rights, disclose, reasons, set_aside }
    };
    // A link is its own subject.
    if asker.starts_with("link:") {
        return check_link(world, asker, action, resource, at);
    }
    // Step 1. Unknown case or definition, or one opened later: deny `not_found`.
    if !world.exists(resource) {
        return deny("not_found", Vec::new(), false);
    }
    // Disabled user: deny `user_disabled`. A restricted case is not disclosed to who holds no right on it.
    if let Some(&event) = world.disabled.get(asker) {
        let reason = Reason::denying("user_disabled", resource, asker, event);
        return deny("user_disabled", vec![reason], world.restricted_by(resource).is_none());
    }
    // Steps 2 to 7: every wall, and every source that gives something, in order.
    let mut reasons = reasons::giving(world, asker, resource, at);
    let giving = || reasons.iter().filter(|reason| reason.effect == "allow");
    let counting: Vec<Reason> = giving().cloned().collect();
    let set_aside = set_aside::of_user(world, asker, resource, &counting);
    let held: BTreeSet<Action> = giving().flat_map(|reason| reason.rights.iter().copied()).collect();
    let rights: Vec<Action> = actions_of(resource).iter().copied().filter(|right| held.contains(right)).collect();
    // The case is restricted and the subject holds no right on it: not disclosed.
    let disclose = world.restricted_by(resource).is_none() || !rights.is_empty();
    // The deciding rule of an allow is the first, in the order written there, that gives the action.
    let deciding = giving().find(|reason| reason.rights.contains(&action)).map(|reason| reason.rule);
    if let Some(rule) = deciding {
        return Verdict { allowed: true, rule, rights, disclose, reasons, set_aside };
    }
    let rule = denying_rule(world, asker, action, resource, at, &reasons, &rights);
    if let ("restricted", Some(event)) = (rule, world.restricted_by(resource)) {
        reasons.push(Reason::denying(rule, resource, asker, event));
    }
    Verdict { allowed: false, rule, rights, disclose, reasons, set_aside }
}

fn denying_rule(
    world: &World,
    asker: &str,
    action: Action,
    resource: &str,
    at: Timestamp,
    reasons: &[Reason],
    rights: &[Action],
) -> &'static str {
    // Step 2. Read, write, delete, share are denied with `wall`, whatever else holds.
    if WALLED.contains(&action) && reasons.iter().any(|reason| reason.rule == "wall") {
        return "wall";
    }
    // Step 3. Every answer for a capped org admin on that case has the reason `org_admin_capped`.
    if reasons.iter().any(|reason| reason.rule == "org_admin_capped") {
        return "org_admin_capped";
    }
    // Step 4. Restricted: some right held but not this one: `insufficient`; none held: `restricted`.
    if world.restricted_by(resource).is_some() {
        return if rights.is_empty() { "restricted" } else { "insufficient" };
    }
    // Step 8. The nearest miss, the first that fits. `completed_locked`: the own profile would have given it, clamp met,
    // were the case open.
    let clamp_met = rights.contains(&Action::Read);
    let were_it_open = profile(world, asker, resource, clamp_met, true);
    if were_it_open.is_some_and(|reason| reason.rights.contains(&action)) {
        return "completed_locked";
    }
    if let Some(miss) = nearest_miss(world, asker, action, resource, at) {
        return miss;
    }
    // `insufficient`: some right held on the resource; else `no_grant`.
    if rights.is_empty() { "no_grant" } else { "insufficient" }
}

/// `expired`, `not_yet_valid`, `group_inactive`: an entry of the three lists would have given the asked action but for
/// this alone.
fn nearest_miss(world: &World, asker: &str, action: Action, resource: &str, at: Timestamp) -> Option<&'static str> {
    let lists = world.lists_for(resource);
    let through_active = world.groups_around(asker, true);
    let through_any = world.groups_around(asker, false);
    let giving: Vec<_> =
        world.entries.iter().filter(|entry| lists.contains(&entry.list) && entry.rights.contains(&action)).collect();
    let mine: Vec<_> =
        giving.iter().filter(|entry| entry.to == asker || through_active.contains_key(&entry.to)).collect();
    if mine.iter().any(|entry| entry.window.until.is_some_and(|until| until <= at)) {
        return Some("expired");
    }
    if mine.iter().any(|entry| entry.window.from.is_some_and(|from| at < from)) {
        return Some("not_yet_valid");
    }
    let switched_off = |group: &str| through_any.contains_key(group) && !through_active.contains_key(group);
    if giving.iter().any(|entry| switched_off(&entry.to) && holds(&entry.window, at)) {
        return Some("group_inactive");
    }
    None
}

/// Who may: `everyone` where step 5 allows the action, every user that events name and every link for whom [`check`]
/// allows.
pub struct Who {
    /// Whether step 5 allows it.
    pub everyone: bool,
    /// Users, sorted.
    pub subjects: Vec<String>,
    /// Links, sorted.
    pub links: Vec<String>,
}

/// See [`Who`].
pub fn who(world: &World, action: Action, resource: &str, at: Timestamp) -> Who {
    let may = |asker: &&String| check(world, asker, action, resource, at).allowed;
    let open = reasons::access_control_off(world, "user:anybody", resource);
    let everyone = world.restricted_by(resource).is_none() && open.is_some_and(|open| open.rights.contains(&action));
    let subjects = world.named_users.iter().filter(may).cloned().collect();
    let links = world.facts.links.keys().filter(may).cloned().collect();
    Who { everyone, subjects, links }
}

/// Where they may: every resource of the kinds that have the action for which [`check`] allows, sorted; with a
/// definition only that one and its cases.
pub fn what(world: &World, asker: &str, action: Action, definition: Option<&str>, at: Timestamp) -> Vec<String> {
    let organization = "organization".to_owned();
    let there = world.cases.keys().chain(world.definitions.keys()).chain([&organization]);
    let of_it = |thing: &&String| definition.is_none() || world.definition_of(thing).as_deref() == definition;
    let having = there.filter(of_it).filter(|thing| actions_of(thing).contains(&action));
    having.filter(|thing| check(world, asker, action, thing, at).allowed).cloned().collect()
}

impl Verdict {
    /// The answer of `interface.md` section 2, so far as the harness compares it.
    pub fn to_json(&self, position: u64, at: Timestamp) -> Value {
        let names = |rights: &[Action]| rights.iter().map(|right| right.name()).collect::<Vec<_>>();
        let reasons: Vec<Value> = self
            .reasons
            .iter()
            .map(|reason| {
                let mut json = json!({"rule": reason.rule, "effect": reason.effect, "source": reason.source,
                       "subject": reason.subject, "rights": names(&reason.rights), "events": reason.events});
                if let Some(loosely) = &reason.loosely {
                    json["loosely"] = json!(loosely);
                }
                json
            })
            .collect();
        json!({"decision": self.allowed, "rule": self.rule, "rights": names(&self.rights), "disclose": self.disclose,
               "position": position, "at": at.to_string(), "reasons": reasons,
               "set_aside": self.set_aside.iter().map(SetAside::to_json).collect::<Vec<_>>()})
    }
}
