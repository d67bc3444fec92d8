//! What a thing is at a moment, out of its own events until then: of a case its definition, who opened it, whether it is
//! restricted; of a group its members; of a user groups, profile, workspace, delegations.
//!
//! INVARIANT: each fact stands beside the event that made it so.

use super::frame::plain;
use super::moment::time;
use super::named::Named;
use super::{listed, words};
use caseward_events::answer::HistoryEntry;
use caseward_events::{Event, Recorded, Reference, Subject, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A fact with the event that made it so.
pub struct Fact {
    name: &'static str,
    value: Markup,
    since: HistoryEntry,
    /// Whether it stands out.
    is_alarm: bool,
}

/// What a thing is, out of its events up to a moment.
#[must_use]
pub fn of(reference: &Reference, until: &[HistoryEntry], at: Timestamp, named: &Named) -> Vec<Fact> {
    let mut facts = Facts { of: reference, at, named, single: BTreeMap::new(), many: BTreeMap::new() };
    until.iter().for_each(|entry| facts.learn(entry));
    let many = facts.many.into_iter().map(|((name, _), fact)| Fact { name, ..fact });
    facts.single.into_values().chain(many).collect()
}

/// As a list of terms.
#[must_use]
pub fn view(facts: &[Fact], named: &Named) -> Markup {
    html! {
        @if !facts.is_empty() {
            dl .facts { @for (index, fact) in facts.iter().enumerate() {
                @let is_first = index == 0 || facts.get(index - 1).is_none_or(|before| before.name != fact.name);
                div class=[fact.is_alarm.then_some("alarm")] {
                    @if is_first { dt { (fact.name) } } @else { dt .again { span .hidden { (fact.name) } } }
                    dd {
                        (fact.value) " "
                        span .since {
                            (words::SINCE) " " (time(fact.since.time)) " " (named.event(fact.since.position)) " "
                            bdi { (plain(&fact.since.actor.to_string())) }
                            @let recorded = Recorded::from(fact.since.clone());
                            @if recorded.reason_text().is_some() { ", " (listed::reason(&recorded)) }
                        }
                    }
                }
            } }
        }
    }
}

/// What was learnt so far: facts that a later one takes the place of, and those that stand beside each other.
struct Facts<'a> {
    of: &'a Reference,
    at: Timestamp,
    named: &'a Named,
    single: BTreeMap<u8, Fact>,
    many: BTreeMap<(&'static str, String), Fact>,
}

/// The order of facts.
const KIND: u8 = 0;
const OPENED: u8 = 1;
const PARENT: u8 = 2;
const COMPLETED: u8 = 3;
const RESTRICTED: u8 = 4;
const SWITCHED: u8 = 5;
const PROFILE: u8 = 6;
const PLACE: u8 = 7;
const ADMIN: u8 = 8;
const SHARING: u8 = 9;
const LABEL: u8 = 10;

impl Facts<'_> {
    fn put(&mut self, place: u8, name: &'static str, value: Markup, since: &HistoryEntry) {
        self.single.insert(place, Fact { name, value, since: since.clone(), is_alarm: false });
    }

    fn alarm(&mut self, place: u8, name: &'static str, value: Markup, since: &HistoryEntry) {
        self.single.insert(place, Fact { name, value, since: since.clone(), is_alarm: true });
    }

    fn add(&mut self, name: &'static str, key: String, value: Markup, since: &HistoryEntry) {
        self.many.insert((name, key), Fact { name, value, since: since.clone(), is_alarm: false });
    }

    fn drop(&mut self, name: &'static str, key: String) {
        self.many.remove(&(name, key));
    }

    fn learn(&mut self, entry: &HistoryEntry) {
        match self.of {
            Reference::Case(_) => self.learn_case(entry),
            Reference::User(user) => self.learn_user(user.to_string(), entry),
            Reference::Group(group) => self.learn_group(group.to_string(), entry),
            Reference::Definition(definition) => self.learn_definition(definition.to_string(), entry),
            Reference::Organization => self.learn_organization(entry),
            Reference::Profile(_) | Reference::Item(_) | Reference::Task(_) | Reference::Link(_) => {}
        }
        if let (Event::LabelSet(set), true) = (&entry.event, self.is_about_label(entry)) {
            match &set.label {
                Some(label) => self.put(LABEL, words::CALLED, html! { bdi { (plain(label.as_str())) } }, entry),
                None => drop(self.single.remove(&LABEL)),
            }
        }
    }

    fn is_about_label(&self, entry: &HistoryEntry) -> bool {
        matches!(&entry.event, Event::LabelSet(set) if set.of.to_string() == self.of.to_string())
    }

    fn learn_case(&mut self, entry: &HistoryEntry) {
        let named = self.named;
        let own = self.of.to_string();
        match &entry.event {
            Event::CaseOpened(opened) if own == format!("case:{}", opened.case) => {
                self.put(KIND, words::DEFINITION, named.link(&format!("definition:{}", opened.definition)), entry);
                self.put(OPENED, words::OPENED_FOR, named.link(&format!("user:{}", opened.creator)), entry);
                if let Some(parent) = &opened.parent {
                    self.put(PARENT, words::PARENT, named.link(&format!("case:{parent}")), entry);
                }
            }
            Event::CaseCompleted(_) => self.put(COMPLETED, words::STATE, html! { (words::COMPLETED) }, entry),
            Event::CaseReopened(_) => self.put(COMPLETED, words::STATE, html! { (words::REOPENED) }, entry),
            Event::CaseRestricted(restricted) => {
                let value = html! { (words::restricted_to(restricted.entries.len())) };
                self.alarm(RESTRICTED, words::RESTRICTED, value, entry);
            }
            Event::RestrictionLifted(_) => drop(self.single.remove(&RESTRICTED)),
            Event::GlassBroken(broken) if broken.until > self.at => {
                let value = html! { (named.link(&format!("user:{}", broken.user))) " " (words::UNTIL) " " (time(broken.until)) };
                self.add(words::GLASS_BROKEN, broken.user.to_string(), value, entry);
            }
            Event::WallRaised(wall) => {
                let value = named.link(&wall.against.to_string());
                self.add(words::WALL_AGAINST, wall.against.to_string(), value, entry);
            }
            Event::WallLowered(wall) => self.drop(words::WALL_AGAINST, wall.against.to_string()),
            Event::CaseShared(shared) => {
                let value = named.link(&format!("link:{}", shared.link));
                self.add(words::SHARED_BY, shared.link.to_string(), value, entry);
            }
            Event::LinkRevoked(revoked) => self.drop(words::SHARED_BY, revoked.link.to_string()),
            Event::PersonAdded(added) => {
                let key = format!("{} {}", added.field, added.person);
                let value =
                    html! { (named.link(&added.person.to_string())) " (" (plain(&added.field.to_string())) ")" };
                self.add(words::PERSON, key, value, entry);
            }
            Event::PersonRemoved(removed) => self.drop(words::PERSON, format!("{} {}", removed.field, removed.person)),
            _ => {}
        }
    }

    fn learn_user(&mut self, user: String, entry: &HistoryEntry) {
        let named = self.named;
        let is_own = |member: &Subject| member.to_string() == format!("user:{user}");
        match &entry.event {
            Event::MemberAdded(added) if is_own(&added.member) => {
                self.add(
                    words::MEMBER_OF,
                    added.group.to_string(),
                    named.link(&format!("group:{}", added.group)),
                    entry,
                );
            }
            Event::MemberRemoved(removed) if is_own(&removed.member) => {
                self.drop(words::MEMBER_OF, removed.group.to_string())
            }
            Event::ProfileAssigned(assigned) => match &assigned.profile {
                Some(profile) => self.put(PROFILE, words::PROFILE, named.link(&format!("profile:{profile}")), entry),
                None => drop(self.single.remove(&PROFILE)),
            },
            Event::UserPlaced(placed) => match &placed.workspace {
                Some(workspace) => {
                    let value = html! { "workspace:" (plain(&workspace.to_string())) };
                    self.put(PLACE, words::WORKSPACE, value, entry);
                }
                None => drop(self.single.remove(&PLACE)),
            },
            Event::UserDisabled(_) => self.alarm(SWITCHED, words::STATE, html! { (words::DISABLED) }, entry),
            Event::UserEnabled(_) => self.put(SWITCHED, words::STATE, html! { (words::ENABLED) }, entry),
            Event::OrgAdminAppointed(_) => self.alarm(ADMIN, words::OFFICE, html! { (words::ORG_ADMIN) }, entry),
            Event::OrgAdminDismissed(_) => drop(self.single.remove(&ADMIN)),
            Event::UserOffboarded(_) => {
                self.many.clear();
                self.single.retain(|place, _| *place == LABEL);
                self.alarm(SWITCHED, words::STATE, html! { (words::LEFT) }, entry);
            }
            Event::Delegated(given) => {
                let (name, other) = if given.from.to_string() == user {
                    (words::ACTED_FOR_BY, &given.to)
                } else {
                    (words::ACTS_FOR, &given.from)
                };
                let value = html! {
                    (named.link(&format!("user:{other}")))
                    @if let Some(until) = given.valid_until { " " (words::UNTIL) " " (time(until)) }
                };
                self.add(name, given.delegation.to_string(), value, entry);
            }
            Event::DelegationEnded(ended) => {
                self.drop(words::ACTED_FOR_BY, ended.delegation.to_string());
                self.drop(words::ACTS_FOR, ended.delegation.to_string());
            }
            _ => {}
        }
    }

    fn learn_group(&mut self, group: String, entry: &HistoryEntry) {
        let named = self.named;
        let is_own = |member: &Subject| member.to_string() == format!("group:{group}");
        match &entry.event {
            Event::MemberAdded(added) if is_own(&added.member) => {
                self.add(
                    words::MEMBER_OF,
                    added.group.to_string(),
                    named.link(&format!("group:{}", added.group)),
                    entry,
                );
            }
            Event::MemberRemoved(removed) if is_own(&removed.member) => {
                self.drop(words::MEMBER_OF, removed.group.to_string())
            }
            Event::MemberAdded(added) => {
                self.add(words::MEMBER, added.member.to_string(), named.link(&added.member.to_string()), entry);
            }
            Event::MemberRemoved(removed) => self.drop(words::MEMBER, removed.member.to_string()),
            Event::UserOffboarded(left) => self.drop(words::MEMBER, format!("user:{}", left.user)),
            Event::GroupDeactivated(_) => self.alarm(SWITCHED, words::STATE, html! { (words::DEACTIVATED) }, entry),
            Event::GroupActivated(_) => self.put(SWITCHED, words::STATE, html! { (words::ACTIVE) }, entry),
            _ => {}
        }
    }

    fn learn_definition(&mut self, definition: String, entry: &HistoryEntry) {
        let on_off = |on: bool| html! { @if on { (words::ON_SWITCHED) } @else { (words::OFF_SWITCHED) } };
        match &entry.event {
            Event::DefinitionCreated(created) if created.definition.to_string() == definition => {
                if let Some(name) = &created.name {
                    self.put(KIND, words::NAME, html! { bdi { (plain(name)) } }, entry);
                }
                self.put(SWITCHED, words::ACCESS_CONTROL, on_off(created.access_control), entry);
            }
            Event::AccessControlSet(set) => self.put(SWITCHED, words::ACCESS_CONTROL, on_off(set.enabled), entry),
            Event::SharingSet(set) => self.put(SHARING, words::SHARING, on_off(set.enabled), entry),
            Event::WallRaised(wall) if wall.on.to_string() == format!("definition:{definition}") => {
                self.add(
                    words::WALL_AGAINST,
                    wall.against.to_string(),
                    self.named.link(&wall.against.to_string()),
                    entry,
                );
            }
            Event::WallLowered(wall) => self.drop(words::WALL_AGAINST, wall.against.to_string()),
            _ => {}
        }
    }

    fn learn_organization(&mut self, entry: &HistoryEntry) {
        let named = self.named;
        match &entry.event {
            Event::OrgAdminAppointed(event) => {
                self.add(
                    words::ORG_ADMIN_CAPITAL,
                    event.user.to_string(),
                    named.link(&format!("user:{}", event.user)),
                    entry,
                );
            }
            Event::OrgAdminDismissed(event) => self.drop(words::ORG_ADMIN_CAPITAL, event.user.to_string()),
            Event::UserOffboarded(left) => self.drop(words::ORG_ADMIN_CAPITAL, left.user.to_string()),
            Event::PolicyAdopted(adopted) => {
                let keys = serde_json::to_value(adopted.keys).ok().and_then(|keys| keys.as_object().cloned());
                for (key, value) in keys.unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null()) {
                    let told = html! { code { (plain(&key)) } " = " code { (value) } };
                    self.add(words::POLICY, key, told, entry);
                }
            }
            _ => {}
        }
    }
}
