//! What is the case at a position: a fold from scratch over the events up to it, into plain lists and sorted maps of
//! strings. Things are named by their reference (`user:ana`, `group:night`, `definition:d`, `case:1`).
//!
//! INVARIANT: nothing above the cut is looked at. Read on in [`super::facts`] (what is there beside lists, groups and
//! policy) and [`super::evaluate`].

use super::facts::Facts;
use super::policy::{self, Policy};
use caseward_events::event::Event;
use caseward_events::{Action, PublicKey, Recorded, Rights, Timestamp, Window};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// An entry of a list: whom, what, when, and the event that last set it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `organization`, `definition:X`, `case:Y` or `restriction:Y`.
    pub list: String,
    /// `user:U` or `group:G`.
    pub to: String,
    /// The actions it names.
    pub rights: BTreeSet<Action>,
    /// When it counts.
    pub window: Window,
    /// The position of the event that last set it.
    pub set_by: u64,
}

/// A direct membership.
#[derive(Clone, Debug)]
pub struct Member {
    /// `group:G`.
    pub group: String,
    /// `user:U` or `group:H`.
    pub member: String,
    /// The position of the event that added it.
    pub added_by: u64,
}

/// A case that was opened.
#[derive(Clone, Debug)]
pub struct Case {
    /// `definition:X`.
    pub definition: String,
    /// `user:U`.
    pub creator: String,
    /// The position of the event that opened it.
    pub opened_by: u64,
    /// The workspace its creator was in when it was opened: a permanent link.
    pub workspace: Option<String>,
    /// Whether it is completed now.
    pub completed: bool,
    /// The position of the event that restricted it, while it is restricted.
    pub restricted_by: Option<u64>,
}

/// Everything that events up to a position say.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Access control by definition: `None` while it is on; while it is off the events to cite for that.
    pub definitions: BTreeMap<String, Option<Vec<u64>>>,
    /// Cases by reference.
    pub cases: BTreeMap<String, Case>,
    /// The entries of all lists.
    pub entries: Vec<Entry>,
    /// Every list with everybody whom it ever named.
    pub ever_listed: BTreeSet<(String, String)>,
    /// Every entry that was ever set, also where it has become another one or was taken off.
    pub ever_set: Vec<Entry>,
    /// Everybody who ever was an org admin.
    pub ever_admins: BTreeSet<String>,
    /// All direct memberships.
    pub members: Vec<Member>,
    /// Groups that are switched off.
    pub inactive: BTreeSet<String>,
    /// Disabled users, with the event that disabled each.
    pub disabled: BTreeMap<String, u64>,
    /// Org admins, disabled ones too, with the event that appointed each.
    pub admins: BTreeMap<String, u64>,
    /// The policy in force.
    pub policy: Policy,
    /// The last `policy_adopted` that names a key, by the key.
    pub policy_events: BTreeMap<String, u64>,
    /// Subjects about whom no reason is kept, with the event that says so.
    pub erased: BTreeMap<String, u64>,
    /// The key that signs tree heads, where one was ever named.
    pub signing_key: Option<PublicKey>,
    /// The last vocabulary that was adopted, as it was sent; an empty object where none was.
    pub vocabulary: Value,
    /// What people call things, by reference.
    pub labels: BTreeMap<String, String>,
    /// Users that events name; as actor only where the actor is the subject.
    pub named_users: BTreeSet<String>,
    /// Profiles, persons, delegations, links, walls, items, tasks, activities, broken glass.
    pub facts: Facts,
}

/// The actions of a set, one by one.
pub fn actions(rights: Rights) -> BTreeSet<Action> {
    Action::ALL.into_iter().filter(|action| rights.has(*action)).collect()
}

/// A window is half-open: it holds from `valid_from` on and no more at `valid_until`.
pub fn holds(window: &Window, at: Timestamp) -> bool {
    window.from.is_none_or(|from| from <= at) && window.until.is_none_or(|until| at < until)
}

impl World {
    /// The world as the events up to `position` made it.
    pub fn at(events: &[Recorded], position: u64) -> World {
        let mut world = World { vocabulary: json!({}), ..World::default() };
        for recorded in events.iter().filter(|recorded| recorded.position.0 <= position) {
            world.apply(recorded.position.0, &recorded.event);
            world.apply_facts(recorded);
        }
        world
    }

    fn apply(&mut self, position: u64, event: &Event) {
        match event {
            Event::DefinitionCreated(_) | Event::AccessControlSet(_) => self.apply_to_definition(position, event),
            Event::CaseOpened(_)
            | Event::CaseCompleted(_)
            | Event::CaseReopened(_)
            | Event::CaseRestricted(_)
            | Event::RestrictionLifted(_) => self.apply_to_case(position, event),
            Event::AccessGranted(_) | Event::GrantUpdated(_) | Event::GrantRevoked(_) => {
                self.apply_to_list(position, event);
            }
            Event::GrantsRevoked(event) => {
                let (definition, to) = (format!("definition:{}", event.definition), event.to.to_string());
                self.name(&to);
                let cases = &self.cases;
                let covers = |list: &str| {
                    list == definition || cases.get(list).is_some_and(|case| case.definition == definition)
                };
                self.entries.retain(|entry| !(covers(&entry.list) && entry.to == to));
            }
            _ => self.apply_to_directory(position, event),
        }
    }

    fn apply_to_definition(&mut self, position: u64, event: &Event) {
        match event {
            // Where the policy decided that a new definition starts without access control, its event is cited too.
            Event::DefinitionCreated(created) => {
                let policy = self.policy_events.get("access_control_default").filter(|_| created.by_policy);
                let cited = [position].into_iter().chain(policy.copied()).collect();
                let off = (!created.access_control).then_some(cited);
                let definition = format!("definition:{}", created.definition);
                // Its name is its first label.
                if let Some(name) = &created.name {
                    self.labels.insert(definition.clone(), name.clone());
                }
                self.definitions.insert(definition, off);
            }
            Event::AccessControlSet(set) => {
                let off = (!set.enabled).then(|| vec![position]);
                self.definitions.insert(format!("definition:{}", set.definition), off);
            }
            _ => {}
        }
    }

    fn apply_to_case(&mut self, position: u64, event: &Event) {
        match event {
            Event::CaseOpened(opened) => {
                self.named_users.insert(format!("user:{}", opened.creator));
                let case = Case {
                    definition: format!("definition:{}", opened.definition),
                    creator: format!("user:{}", opened.creator),
                    opened_by: position,
                    workspace: opened.workspace.as_ref().map(ToString::to_string),
                    completed: false,
                    restricted_by: None,
                };
                self.cases.insert(format!("case:{}", opened.case), case);
            }
            Event::CaseCompleted(event) => self.case(&event.case.to_string()).completed = true,
            Event::CaseReopened(event) => self.case(&event.case.to_string()).completed = false,
            // A restricted list starts from the given entries, whatever an earlier one held.
            Event::CaseRestricted(event) => {
                self.case(&event.case.to_string()).restricted_by = Some(position);
                let list = format!("restriction:{}", event.case);
                self.entries.retain(|entry| entry.list != list);
                for entry in &event.entries {
                    let window = Window { from: entry.valid_from, until: entry.valid_until };
                    self.put(&list, &entry.to.to_string(), entry.rights, window, position);
                }
            }
            // Lifting makes the restricted list inert; it is not revived.
            Event::RestrictionLifted(event) => {
                self.case(&event.case.to_string()).restricted_by = None;
                let list = format!("restriction:{}", event.case);
                self.entries.retain(|entry| entry.list != list);
            }
            _ => {}
        }
    }

    fn apply_to_list(&mut self, position: u64, event: &Event) {
        match event {
            Event::AccessGranted(event) => {
                let window = Window { from: event.valid_from, until: event.valid_until };
                self.put(&event.on.to_string(), &event.to.to_string(), event.rights, window, position);
            }
            Event::GrantUpdated(event) => {
                let window = Window { from: event.valid_from, until: event.valid_until };
                self.put(&event.on.to_string(), &event.to.to_string(), event.rights, window, position);
            }
            Event::GrantRevoked(event) => {
                let (list, to) = (event.on.to_string(), event.to.to_string());
                self.name(&to);
                self.entries.retain(|entry| !(entry.list == list && entry.to == to));
            }
            _ => {}
        }
    }

    fn apply_to_directory(&mut self, position: u64, event: &Event) {
        match event {
            Event::MemberAdded(event) => {
                let (group, member) = (format!("group:{}", event.group), event.member.to_string());
                self.name(&member);
                self.members.push(Member { group, member, added_by: position });
            }
            Event::MemberRemoved(event) => {
                let (group, member) = (format!("group:{}", event.group), event.member.to_string());
                self.name(&member);
                self.members.retain(|direct| !(direct.group == group && direct.member == member));
            }
            Event::GroupDeactivated(event) => {
                self.inactive.insert(format!("group:{}", event.group));
            }
            Event::GroupActivated(event) => {
                self.inactive.remove(&format!("group:{}", event.group));
            }
            Event::UserDisabled(event) => {
                self.name(&format!("user:{}", event.user));
                self.disabled.insert(format!("user:{}", event.user), position);
            }
            Event::UserEnabled(event) => {
                self.name(&format!("user:{}", event.user));
                self.disabled.remove(&format!("user:{}", event.user));
            }
            Event::OrgAdminAppointed(event) => {
                self.name(&format!("user:{}", event.user));
                self.admins.insert(format!("user:{}", event.user), position);
                self.ever_admins.insert(format!("user:{}", event.user));
            }
            Event::OrgAdminDismissed(event) => {
                self.name(&format!("user:{}", event.user));
                self.admins.remove(&format!("user:{}", event.user));
            }
            Event::PolicyAdopted(event) => {
                let keys = serde_json::to_value(event.keys).expect("keys are JSON");
                self.policy = self.policy.changed_by(&keys);
                for key in policy::named(&keys) {
                    self.policy_events.insert(key, position);
                }
            }
            Event::SubjectErased(event) => {
                self.name(&event.subject.to_string());
                self.erased.insert(event.subject.to_string(), position);
            }
            // By one event the user is disabled and everything that names them ends; walls stay.
            Event::UserOffboarded(event) => {
                let user = format!("user:{}", event.user);
                self.name(&user);
                self.disabled.entry(user.clone()).or_insert(position);
                self.admins.remove(&user);
                self.entries.retain(|entry| entry.to != user);
                self.members.retain(|direct| direct.member != user);
            }
            Event::LabelSet(event) => {
                let of = event.of.to_string();
                self.name(&of);
                self.labels.remove(&of);
                if let Some(label) = &event.label {
                    self.labels.insert(of, label.to_string());
                }
            }
            Event::VocabularyAdopted(event) => self.vocabulary = json!(event.vocabulary),
            Event::KeyReplaced(event) => self.signing_key = Some(event.public_key),
            _ => {}
        }
    }

    /// A list holds at most one entry for a subject.
    fn put(&mut self, list: &str, to: &str, rights: Rights, window: Window, position: u64) {
        self.name(to);
        self.entries.retain(|entry| !(entry.list == list && entry.to == to));
        let rights = actions(rights);
        self.ever_listed.insert((list.to_owned(), to.to_owned()));
        let entry = Entry { list: list.to_owned(), to: to.to_owned(), rights, window, set_by: position };
        self.ever_set.push(entry.clone());
        self.entries.push(entry);
    }

    pub(super) fn name(&mut self, subject: &str) {
        if subject.starts_with("user:") {
            self.named_users.insert(subject.to_owned());
        }
    }

    fn case(&mut self, id: &str) -> &mut Case {
        self.cases.get_mut(&format!("case:{id}")).expect("events are about cases that were opened")
    }

    /// The entry that a list holds for a subject.
    pub fn entry(&self, list: &str, to: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.list == list && entry.to == to)
    }

    /// Whether a case or definition exists; the organization always does.
    pub fn exists(&self, resource: &str) -> bool {
        resource == "organization" || self.cases.contains_key(resource) || self.definitions.contains_key(resource)
    }

    /// The event that restricted a case, while it is restricted.
    pub fn restricted_by(&self, resource: &str) -> Option<u64> {
        self.cases.get(resource).and_then(|case| case.restricted_by)
    }

    /// The definition of a case, or the definition itself.
    pub fn definition_of(&self, resource: &str) -> Option<String> {
        match self.cases.get(resource) {
            Some(case) => Some(case.definition.clone()),
            None => self.definitions.contains_key(resource).then(|| resource.to_owned()),
        }
    }

    /// The three lists that count for a resource: its own and those above it.
    pub fn lists_for(&self, resource: &str) -> Vec<String> {
        let mut lists = vec!["organization".to_owned()];
        lists.extend(self.definition_of(resource));
        lists.push(resource.to_owned());
        lists.dedup();
        lists
    }

    /// Whether the user is an org admin who is not disabled.
    pub fn is_enabled_admin(&self, user: &str) -> bool {
        self.admins.contains_key(user) && !self.disabled.contains_key(user)
    }

    /// Every way from a subject outward, as the group it leads to and the membership events passed. Membership is
    /// transitive; an inactive group counts as empty, so `only_active` stops at each.
    fn ways(&self, subject: &str, only_active: bool) -> Vec<(String, Vec<u64>)> {
        let mut ways = Vec::new();
        for direct in self.members.iter().filter(|direct| direct.member == subject) {
            if only_active && self.inactive.contains(&direct.group) {
                continue;
            }
            ways.push((direct.group.clone(), vec![direct.added_by]));
            for (outer, further) in self.ways(&direct.group, only_active) {
                ways.push((outer, [vec![direct.added_by], further].concat()));
            }
        }
        ways
    }

    /// The groups around a subject, each with the shortest membership path; of equally short ones that whose event
    /// positions, from the subject outward, are the smallest list.
    pub fn groups_around(&self, subject: &str, only_active: bool) -> BTreeMap<String, Vec<u64>> {
        let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (group, path) in self.ways(subject, only_active) {
            let best = groups.entry(group).or_insert_with(|| path.clone());
            if (path.len(), &path) < (best.len(), &*best) {
                *best = path;
            }
        }
        groups
    }
}
