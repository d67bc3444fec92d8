//! What is there beside lists, groups and policy: profiles with their matrix, workspaces, person fields, activities,
//! delegations, links, walls, broken glass, items and tasks.
//!
//! INVARIANT: a fact says which event made it, where an answer may cite that. Read on in [`super::profiles`].

use super::world::{World, actions};
use caseward_events::event::Event;
use caseward_events::{Action, FormAccess, ProfileSettings, Recorded, Timestamp, Window};
use std::collections::{BTreeMap, BTreeSet};

/// A placement in a person field.
#[derive(Clone, Debug)]
pub struct Person {
    /// `case:Y`.
    pub case: String,
    /// The name of the field.
    pub field: String,
    /// `user:U` or `group:G`.
    pub person: String,
    /// The workspace that a user was in at that moment.
    pub workspace: Option<String>,
    /// The position of the event that put them there.
    pub added_by: u64,
}

/// A delegation, ended ones too.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// Its id.
    pub id: String,
    /// `user:U`: whose rights.
    pub from: String,
    /// `user:V`: who uses them.
    pub to: String,
    /// When.
    pub window: Window,
    /// The actor of its `delegate`.
    pub actor: String,
    /// The position of its event.
    pub delegated_by: u64,
    /// Whether it was ended.
    pub ended: bool,
}

/// A public link, revoked ones too.
#[derive(Clone, Debug)]
pub struct Link {
    /// `case:Y`.
    pub case: String,
    /// Until when.
    pub until: Option<Timestamp>,
    /// The actor of its `share_case`.
    pub actor: String,
    /// The position of its event.
    pub shared_by: u64,
    /// The position of the event that revoked it.
    pub revoked_by: Option<u64>,
}

/// An exclusion.
#[derive(Clone, Debug)]
pub struct Wall {
    /// `case:Y`, `definition:X` or `organization`.
    pub on: String,
    /// `user:U` or `group:G`.
    pub against: String,
    /// The position of the event that raised it.
    pub raised_by: u64,
}

/// A glass that was broken.
#[derive(Clone, Debug)]
pub struct Glass {
    /// `case:Y`.
    pub case: String,
    /// `user:U`.
    pub user: String,
    /// What it gives.
    pub rights: BTreeSet<Action>,
    /// From its breaking to its end.
    pub window: Window,
    /// The position of its event.
    pub broken_by: u64,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Definitions whose cases may be shared, with the event that said so.
    pub sharing: BTreeMap<String, u64>,
    /// Definitions whose cases may be shared no more, with the event that said so.
    pub sharing_off: BTreeMap<String, u64>,
    /// The workspace a user is in, with the event that put them there.
    pub workspaces: BTreeMap<String, (String, u64)>,
    /// The event that took a user out of every workspace.
    pub unplaced: BTreeMap<String, u64>,
    /// The profile a user has (`profile:P`), with the event that assigned it.
    pub profiles: BTreeMap<String, (String, u64)>,
    /// What a profile is, with the event that last configured it.
    pub settings: BTreeMap<String, (ProfileSettings, u64)>,
    /// The matrix, by profile and definition, with the event that last set the row.
    pub rows: BTreeMap<(String, String), (FormAccess, u64)>,
    /// All placements in person fields.
    pub persons: Vec<Person>,
    /// Placements that ended and were not made again, with the event that ended each.
    pub removed: Vec<(Person, u64)>,
    /// Case, activity, assignee.
    pub assignees: BTreeSet<(String, String, String)>,
    /// In the order of their events.
    pub delegations: Vec<Delegation>,
    /// By reference.
    pub links: BTreeMap<String, Link>,
    /// In the order of their events.
    pub walls: Vec<Wall>,
    /// In the order of their events.
    pub glasses: Vec<Glass>,
    /// Item, case.
    pub belongings: BTreeSet<(String, String)>,
    /// The organization that an item is checked out to.
    pub checked_out: BTreeMap<String, String>,
    /// Task, entity.
    pub attachments: BTreeSet<(String, String)>,
}

fn user(id: &impl std::fmt::Display) -> String {
    format!("user:{id}")
}

fn case(id: &impl std::fmt::Display) -> String {
    format!("case:{id}")
}

impl World {
    /// The delegation of that id.
    pub fn delegation(&self, id: &str) -> Option<&Delegation> {
        self.facts.delegations.iter().find(|delegation| delegation.id == id)
    }

    pub(super) fn apply_facts(&mut self, recorded: &Recorded) {
        let position = recorded.position.0;
        match &recorded.event {
            Event::SharingSet(event) => {
                let definition = format!("definition:{}", event.definition);
                self.facts.sharing.remove(&definition);
                self.facts.sharing_off.remove(&definition);
                let facts = if event.enabled { &mut self.facts.sharing } else { &mut self.facts.sharing_off };
                facts.insert(definition, position);
            }
            Event::UserPlaced(event) => {
                let user = user(&event.user);
                self.name(&user);
                self.facts.workspaces.remove(&user);
                self.facts.unplaced.remove(&user);
                match &event.workspace {
                    Some(workspace) => drop(self.facts.workspaces.insert(user, (workspace.to_string(), position))),
                    None => drop(self.facts.unplaced.insert(user, position)),
                }
            }
            Event::ProfileAssigned(event) => {
                let user = user(&event.user);
                self.name(&user);
                self.facts.profiles.remove(&user);
                if let Some(profile) = &event.profile {
                    self.facts.profiles.insert(user, (format!("profile:{profile}"), position));
                }
            }
            Event::ProfileConfigured(event) => {
                self.facts.settings.insert(format!("profile:{}", event.profile), (event.settings, position));
            }
            Event::FormAccessSet(event) => {
                let row = (format!("profile:{}", event.profile), format!("definition:{}", event.definition));
                self.facts.rows.insert(row, (event.access, position));
            }
            Event::Delegated(_) | Event::DelegationEnded(_) | Event::CaseShared(_) | Event::LinkRevoked(_) => {
                self.apply_what_is_lent(recorded);
            }
            Event::WallRaised(_) | Event::WallLowered(_) | Event::GlassBroken(_) => self.apply_exception(recorded),
            Event::UserOffboarded(event) => self.forget_user(&user(&event.user), position),
            _ => self.apply_possession(recorded),
        }
    }

    /// Profile, workspace, places in person fields, assignments, delegations from and to, broken glass.
    fn forget_user(&mut self, user: &str, position: u64) {
        let facts = &mut self.facts;
        facts.profiles.remove(user);
        if facts.workspaces.remove(user).is_some() {
            facts.unplaced.insert(user.to_owned(), position);
        }
        let gone: Vec<Person> = facts.persons.iter().filter(|one| one.person == user).cloned().collect();
        facts.removed.extend(gone.into_iter().map(|one| (one, position)));
        facts.persons.retain(|one| one.person != user);
        facts.assignees.retain(|(_, _, assignee)| assignee != user);
        let named = |one: &&mut Delegation| one.from == user || one.to == user;
        facts.delegations.iter_mut().filter(named).for_each(|one| one.ended = true);
        facts.glasses.retain(|glass| glass.user != user);
    }

    fn apply_what_is_lent(&mut self, recorded: &Recorded) {
        let (position, actor) = (recorded.position.0, recorded.actor.to_string());
        match &recorded.event {
            Event::Delegated(event) => {
                let delegation = Delegation {
                    id: event.delegation.to_string(),
                    from: user(&event.from),
                    to: user(&event.to),
                    window: Window { from: event.valid_from, until: event.valid_until },
                    actor,
                    delegated_by: position,
                    ended: false,
                };
                self.name(&delegation.from);
                self.name(&delegation.to);
                self.facts.delegations.push(delegation);
            }
            Event::DelegationEnded(event) => {
                let id = event.delegation.to_string();
                self.facts.delegations.iter_mut().filter(|one| one.id == id).for_each(|one| one.ended = true);
            }
            Event::CaseShared(event) => {
                let (case, until) = (case(&event.case), event.valid_until);
                let link = Link { case, until, actor, shared_by: position, revoked_by: None };
                self.facts.links.insert(format!("link:{}", event.link), link);
            }
            Event::LinkRevoked(event) => {
                let link = self.facts.links.get_mut(&format!("link:{}", event.link));
                link.expect("a link is shared first").revoked_by = Some(position);
            }
            _ => {}
        }
    }

    fn apply_exception(&mut self, recorded: &Recorded) {
        let position = recorded.position.0;
        match &recorded.event {
            Event::WallRaised(event) => {
                let (on, against) = (event.on.to_string(), event.against.to_string());
                self.name(&against);
                self.facts.walls.push(Wall { on, against, raised_by: position });
            }
            Event::WallLowered(event) => {
                let (on, against) = (event.on.to_string(), event.against.to_string());
                self.facts.walls.retain(|wall| !(wall.on == on && wall.against == against));
            }
            // It counts from the time it was broken to the end recorded then.
            Event::GlassBroken(event) => {
                let window = Window { from: Some(recorded.time), until: Some(event.until) };
                let (case, user, rights) = (case(&event.case), user(&event.user), actions(event.rights));
                self.name(&user);
                self.facts.glasses.push(Glass { case, user, rights, window, broken_by: position });
            }
            _ => {}
        }
    }

    fn apply_possession(&mut self, recorded: &Recorded) {
        let facts = &mut self.facts;
        let mut named = Vec::new();
        match &recorded.event {
            Event::PersonAdded(event) => {
                let (case, field, person) = (case(&event.case), event.field.to_string(), event.person.to_string());
                let workspace = event.workspace.as_ref().map(ToString::to_string);
                named.push(person.clone());
                facts.removed.retain(|(one, _)| !(one.case == case && one.field == field && one.person == person));
                facts.persons.push(Person { case, field, person, workspace, added_by: recorded.position.0 });
            }
            Event::PersonRemoved(event) => {
                let (case, field, person) = (case(&event.case), event.field.to_string(), event.person.to_string());
                let is_it = |one: &Person| one.case == case && one.field == field && one.person == person;
                let ended: Vec<Person> = facts.persons.iter().filter(|one| is_it(one)).cloned().collect();
                facts.removed.extend(ended.into_iter().map(|one| (one, recorded.position.0)));
                facts.persons.retain(|one| !is_it(one));
            }
            Event::ActivityAssigned(event) => {
                for to in &event.to {
                    named.push(to.to_string());
                    facts.assignees.insert((case(&event.case), event.activity.to_string(), to.to_string()));
                }
            }
            Event::ActivityReleased(event) => {
                for to in &event.to {
                    facts.assignees.remove(&(case(&event.case), event.activity.to_string(), to.to_string()));
                }
            }
            Event::ItemAdded(event) => {
                facts.belongings.insert((format!("item:{}", event.item), case(&event.case)));
            }
            Event::ItemRemoved(event) => {
                facts.belongings.remove(&(format!("item:{}", event.item), case(&event.case)));
            }
            Event::ItemCheckedOut(event) => {
                facts.checked_out.insert(format!("item:{}", event.item), event.organization.to_string());
            }
            Event::ItemCheckedIn(event) => {
                facts.checked_out.remove(&format!("item:{}", event.item));
            }
            Event::Attached(event) => {
                facts.attachments.insert((format!("task:{}", event.task), event.entity.to_string()));
            }
            Event::Detached(event) => {
                facts.attachments.remove(&(format!("task:{}", event.task), event.entity.to_string()));
            }
            _ => {}
        }
        named.iter().for_each(|subject| self.name(subject));
    }
}
