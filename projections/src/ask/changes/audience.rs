//! Who could be meant: groups and profiles by their users, looked up the other way round.
//!
//! INVARIANT: over all time, as all supersets; made once for many questions, and right for events up to those that it
//! [learned](Audience::learn). A view of its own would cost every fold what few questions need. What comes of lists is looked
//! up when it is first asked for, and again where something that it came of was learned.

use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::access_list::AccessList;
use caseward_events::event::{
    AccessGranted, Delegated, GrantRevoked, GrantUpdated, MemberAdded, OrgAdminAppointed, ProfileAssigned,
    UserDisabled, UserOffboarded, WallLowered, WallRaised,
};
use caseward_events::{Event, ListRef, Resource, Subject, UserId};
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

/// Users by their groups and by their profiles, over all time.
#[derive(Debug, Default)]
pub struct Audience {
    /// Of each group, who ever was directly in it, in order.
    members: Vec<Vec<u32>>,
    /// Of each profile, who ever had it, in order.
    holders: Vec<Vec<u32>>,
    /// Whoever ever was disabled or an org admin, in order: on any resource they differ from a stranger.
    outstanding: Vec<u32>,
    /// Of each user, who ever could act in their stead.
    delegates: HashMap<u32, Vec<u32>>,
    on_organization: OnceLock<Vec<u32>>,
    definitions: Vec<OfDefinition>,
}

/// Whom something singles out on a definition, once it was looked up.
#[derive(Debug, Default)]
struct OfDefinition {
    /// Who ever had a profile with a row for it, or one in Administrator Mode.
    profiled: OnceLock<Vec<u32>>,
    /// Whoever its own list, wall or matrix rows, or those of the organization, single out.
    about: OnceLock<Vec<u32>>,
}

impl Audience {
    /// As the views stand.
    #[must_use]
    pub fn of(views: &Views) -> Audience {
        let mut audience = Audience::default();
        (0..number(views.directory.users.len())).for_each(|user| audience.look_at(views, user));
        for delegation in views.delegations.iter() {
            audience.delegates.entry(delegation.from).or_default().push(delegation.to);
        }
        audience.forget(views);
        audience
    }

    /// Learns an event, which the views know: from now on it is right for that one too.
    pub fn learn(&mut self, views: &Views, event: &Event) {
        let user = |id: &UserId| views.directory.users.get(id);
        let changed = match event {
            Event::MemberAdded(MemberAdded { member: Subject::User(id), .. })
            | Event::ProfileAssigned(ProfileAssigned { user: id, .. })
            | Event::UserDisabled(UserDisabled { user: id })
            | Event::UserOffboarded(UserOffboarded { user: id, .. })
            | Event::OrgAdminAppointed(OrgAdminAppointed { user: id }) => user(id),
            Event::Delegated(Delegated { from, to, .. }) => {
                if let (Some(from), Some(to)) = (user(from), user(to)) {
                    self.delegates.entry(from).or_default().push(to);
                }
                return;
            }
            event if is_of_cases_alone(event) => return,
            _ => None,
        };
        changed.into_iter().for_each(|user| self.look_at(views, user));
        self.forget(views);
    }

    /// What a user ever was.
    fn look_at(&mut self, views: &Views, user: u32) {
        let directory = &views.directory;
        directory.ever_direct_groups(user).for_each(|group| add(list_of(&mut self.members, group), user));
        directory.ever_profiles(user).for_each(|profile| add(list_of(&mut self.holders, profile), user));
        if directory.ever_disabled(user) || directory.ever_admin(user) {
            add(&mut self.outstanding, user);
        }
    }

    /// Forgets what has to be looked up again.
    fn forget(&mut self, views: &Views) {
        self.on_organization.take();
        self.definitions.clear();
        self.definitions.resize_with(views.definitions.names.len(), OfDefinition::default);
    }

    /// Whoever ever was in a group, directly or through others, or is the user.
    #[must_use]
    pub(super) fn behind(&self, views: &Views, subject: SubjectKey) -> Vec<u32> {
        let mut users = BTreeSet::new();
        self.add(views, subject, &mut users);
        users.into_iter().collect()
    }

    /// Who ever had a profile that says anything about a definition.
    pub(super) fn profiled(&self, views: &Views, definition: u32) -> &[u32] {
        let of = self.definitions.get(definition as usize);
        of.map_or(&[], |of| of.profiled.get_or_init(|| self.with_row(views, definition)))
    }

    /// Whoever something else than the lists and walls of its cases could single out on a definition.
    pub(super) fn about(&self, views: &Views, definition: u32) -> &[u32] {
        let of = self.definitions.get(definition as usize);
        of.map_or(&[], |of| of.about.get_or_init(|| self.of_definition(views, definition)))
    }

    fn on_organization(&self, views: &Views) -> &[u32] {
        self.on_organization.get_or_init(|| self.of_organization(views))
    }

    pub(super) fn holders(&self, profile: u32) -> &[u32] {
        self.holders.get(profile as usize).map_or(&[], Vec::as_slice)
    }

    fn add(&self, views: &Views, subject: SubjectKey, users: &mut BTreeSet<u32>) {
        let Some(group) = subject.as_group() else {
            users.insert(subject.number());
            return;
        };
        for group in views.directory.ever_within(group) {
            users.extend(self.members.get(group as usize).into_iter().flatten());
        }
    }

    /// Whoever could ever act for one of these. Nothing is passed on, so one step is all.
    pub(super) fn add_delegates(&self, users: &mut BTreeSet<u32>) {
        if !self.delegates.is_empty() {
            let to: Vec<u32> = users.iter().filter_map(|user| self.delegates.get(user)).flatten().copied().collect();
            users.extend(to);
        }
    }

    fn add_list(&self, views: &Views, list: &AccessList, users: &mut BTreeSet<u32>) {
        list.entries().for_each(|entry| self.add(views, entry.subject(), users));
    }

    fn add_walls(&self, views: &Views, walls: &HistoryMap<SubjectKey, bool>, users: &mut BTreeSet<u32>) {
        walls.iter().for_each(|(subject, _)| self.add(views, subject, users));
    }

    fn of_organization(&self, views: &Views) -> Vec<u32> {
        let mut users: BTreeSet<u32> = self.outstanding.iter().copied().collect();
        self.add_list(views, &views.definitions.organization, &mut users);
        self.add_walls(views, &views.definitions.walls, &mut users);
        let administrators = self.by_profile(views).filter(|(profile, _)| views.profiles.ever_administrator(*profile));
        users.extend(administrators.flat_map(|(_, holders)| holders));
        users.into_iter().collect()
    }

    /// Of each profile that there is. One whose event was taken off again may have had holders.
    fn by_profile(&self, views: &Views) -> impl Iterator<Item = (u32, &Vec<u32>)> {
        (0..number(views.profiles.names.len())).zip(&self.holders)
    }

    fn with_row(&self, views: &Views, definition: u32) -> Vec<u32> {
        let has_row = |profile: u32| {
            views.profiles.get(profile).rows.get(definition).is_some() || views.profiles.ever_administrator(profile)
        };
        let holders = self.by_profile(views).filter(|(profile, _)| has_row(*profile));
        holders.flat_map(|(_, holders)| holders).copied().collect()
    }

    fn of_definition(&self, views: &Views, number: u32) -> Vec<u32> {
        let mut users: BTreeSet<u32> = self.on_organization(views).iter().copied().collect();
        let definition = views.definitions.get(number);
        self.add_list(views, &definition.list, &mut users);
        self.add_walls(views, &definition.walls, &mut users);
        users.extend(self.profiled(views, number));
        users.into_iter().collect()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("numbers have 32 bits")
}

fn list_of(lists: &mut Vec<Vec<u32>>, number: u32) -> &mut Vec<u32> {
    let number = number as usize;
    if lists.len() <= number {
        lists.resize_with(number + 1, Vec::new);
    }
    &mut lists[number]
}

/// Adds to a list in order; most who are added are the last.
fn add(list: &mut Vec<u32>, user: u32) {
    if list.last().is_none_or(|last| *last < user) {
        list.push(user);
    } else if let Err(place) = list.binary_search(&user) {
        list.insert(place, user);
    }
}

/// Whether nothing but what is read of each case comes of it.
fn is_of_cases_alone(event: &Event) -> bool {
    match event {
        Event::AccessGranted(AccessGranted { on, .. })
        | Event::GrantUpdated(GrantUpdated { on, .. })
        | Event::GrantRevoked(GrantRevoked { on, .. }) => matches!(on, ListRef::Case(_) | ListRef::Restriction(_)),
        Event::WallRaised(WallRaised { on, .. }) | Event::WallLowered(WallLowered { on, .. }) => {
            matches!(on, Resource::Case(_))
        }
        Event::CaseOpened(_)
        | Event::CaseCompleted(_)
        | Event::CaseReopened(_)
        | Event::CaseRestricted(_)
        | Event::RestrictionLifted(_)
        | Event::PersonAdded(_)
        | Event::PersonRemoved(_)
        | Event::ActivityAssigned(_)
        | Event::ActivityReleased(_)
        | Event::ItemAdded(_)
        | Event::ItemRemoved(_)
        | Event::ItemCheckedOut(_)
        | Event::ItemCheckedIn(_)
        | Event::Attached(_)
        | Event::Detached(_)
        | Event::CaseShared(_)
        | Event::LinkRevoked(_)
        | Event::GlassBroken(_)
        | Event::LabelSet(_) => true,
        _ => false,
    }
}

impl AtHand<'_> {
    /// Whoever could ever hold something else on a target than a stranger, by number.
    pub(super) fn singled_out(self, target: Target, audience: &Audience) -> Vec<u32> {
        let mut users: BTreeSet<u32> = match target {
            Target::Organization => {
                // Every profile has switches of its own here.
                audience.on_organization(&self).iter().chain(audience.holders.iter().flatten()).copied().collect()
            }
            Target::Definition(number) => audience.about(&self, number).iter().copied().collect(),
            Target::Case(number) => {
                let case = self.case(number);
                let mut users = audience.about(&self, case.definition).iter().copied().collect();
                audience.add_list(&self, &case.list, &mut users);
                if let Some(restriction) = case.ever_restricted() {
                    audience.add_list(&self, &restriction.list, &mut users);
                }
                if let Some(rare) = case.rare() {
                    audience.add_walls(&self, &rare.walls, &mut users);
                    users.extend(rare.glasses.iter().map(|glass| glass.user));
                }
                users
            }
        };
        audience.add_delegates(&mut users);
        users.into_iter().collect()
    }
}
