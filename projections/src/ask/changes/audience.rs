//! Who could be meant: groups and profiles by their users, looked up the other way round.
//!
//! INVARIANT: over all time, as all supersets; made once for many questions, and right for events up to those that it
//! [learned](Audience::learn). A view of its own would cost every fold what few questions need. What comes of lists is looked
//! up when it is first asked for, and again where something that it came of was learned.

use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::access_list::AccessList;
use caseward_events::event::{
    AccessGranted, Delegated, GrantRevoked, GrantUpdated, MemberAdded, OrgAdminAppointed, ProfileAssigned,
    UserDisabled, UserOffboarded, WallLowered, WallRaised,
};
use caseward_events::{Event, ListRef, Resource, Subject, UserId};
use std::collections::HashMap;
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
    looked: Looked,
}

/// How many were looked at when it was made.
#[derive(Debug, Default)]
struct Looked {
    users: usize,
    delegations: usize,
}

/// Users as they are gathered: in no order, some more than once. Mostly they come as a few lists in order, which are put
/// together faster than each finds its place.
#[derive(Default)]
struct Gathered {
    users: Vec<u32>,
    /// How many there were when each was there once, in order.
    tidy: usize,
}

impl Gathered {
    /// So many more than when it was tidy last are put in order in any case.
    const MORE_MAX: usize = 1 << 16;

    fn add(&mut self, users: impl IntoIterator<Item = u32>) {
        self.users.extend(users);
        if self.users.len() > Gathered::MORE_MAX + 2 * self.tidy {
            self.put_in_order();
        }
    }

    fn put_in_order(&mut self) {
        // Finds the lists that are in order already.
        self.users.sort();
        self.users.dedup();
        self.tidy = self.users.len();
    }

    fn in_order(mut self) -> Vec<u32> {
        self.put_in_order();
        self.users
    }
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
        while audience.look_further(views, Pos32::LATEST, usize::MAX) {}
        audience
    }

    /// The next users and delegations up to a place, at most so many of each, for whoever must not look at all of them in
    /// one go. Whether there are more.
    pub fn look_further(&mut self, views: &Views, up_to: Pos32, at_most: usize) -> bool {
        let (users, delegations) = (views.directory.users.count_at(up_to), views.delegations.names.count_at(up_to));
        let next = |from: usize, to: usize| from..to.min(from.saturating_add(at_most));
        let (of_users, of_delegations) = (next(self.looked.users, users), next(self.looked.delegations, delegations));
        self.looked = Looked { users: of_users.end, delegations: of_delegations.end };
        (number(of_users.start)..number(of_users.end)).for_each(|user| self.look_at(views, user));
        for delegation in number(of_delegations.start)..number(of_delegations.end) {
            let delegation = views.delegations.get(delegation);
            self.delegates.entry(delegation.from).or_default().push(delegation.to);
        }
        let is_all = (self.looked.users, self.looked.delegations) == (users, delegations);
        if is_all {
            self.forget(views);
        }
        !is_all
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
        let mut users = Gathered::default();
        self.add(views, subject, &mut users);
        users.in_order()
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

    fn add(&self, views: &Views, subject: SubjectKey, users: &mut Gathered) {
        let Some(group) = subject.as_group() else { return users.add([subject.number()]) };
        for group in views.directory.ever_within(group) {
            users.add(self.members.get(group as usize).into_iter().flatten().copied());
        }
    }

    /// These, in order, with whoever could ever act for one of them. Nothing is passed on, so one step is all.
    pub(super) fn with_delegates(&self, mut users: Vec<u32>) -> Vec<u32> {
        if !self.delegates.is_empty() {
            let to: Vec<u32> = users.iter().filter_map(|user| self.delegates.get(user)).flatten().copied().collect();
            users.extend(to);
            users.sort();
            users.dedup();
        }
        users
    }

    fn add_list(&self, views: &Views, list: &AccessList, users: &mut Gathered) {
        list.entries().for_each(|entry| self.add(views, entry.subject(), users));
    }

    fn add_walls(&self, views: &Views, walls: &HistoryMap<SubjectKey, bool>, users: &mut Gathered) {
        walls.iter().for_each(|(subject, _)| self.add(views, subject, users));
    }

    fn of_organization(&self, views: &Views) -> Vec<u32> {
        let mut users = Gathered::default();
        users.add(self.outstanding.iter().copied());
        self.add_list(views, &views.definitions.organization, &mut users);
        self.add_walls(views, &views.definitions.walls, &mut users);
        let administrators = self.by_profile(views).filter(|(profile, _)| views.profiles.ever_administrator(*profile));
        users.add(administrators.flat_map(|(_, holders)| holders).copied());
        users.in_order()
    }

    /// Of each profile that there is. One whose event was taken off again may have had holders.
    fn by_profile(&self, views: &Views) -> impl Iterator<Item = (u32, &Vec<u32>)> {
        (0..number(views.profiles.names.len())).zip(&self.holders)
    }

    fn with_row(&self, views: &Views, definition: u32) -> Vec<u32> {
        let has_row = |profile: u32| {
            views.profiles.get(profile).rows.get(definition).is_some() || views.profiles.ever_administrator(profile)
        };
        let mut users = Gathered::default();
        let holders = self.by_profile(views).filter(|(profile, _)| has_row(*profile));
        users.add(holders.flat_map(|(_, holders)| holders).copied());
        users.in_order()
    }

    fn of_definition(&self, views: &Views, number: u32) -> Vec<u32> {
        let mut users = Gathered::default();
        users.add(self.on_organization(views).iter().copied());
        let definition = views.definitions.get(number);
        self.add_list(views, &definition.list, &mut users);
        self.add_walls(views, &definition.walls, &mut users);
        users.add(self.profiled(views, number).iter().copied());
        users.in_order()
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
    #[must_use]
    pub fn singled_out(self, target: Target, audience: &Audience) -> Vec<u32> {
        let mut users = Gathered::default();
        match target {
            Target::Organization => {
                users.add(audience.on_organization(&self).iter().copied());
                // Every profile has switches of its own here.
                users.add(audience.holders.iter().flatten().copied());
            }
            Target::Definition(number) => users.add(audience.about(&self, number).iter().copied()),
            Target::Case(number) => {
                let case = self.case(number);
                users.add(audience.about(&self, case.definition).iter().copied());
                audience.add_list(&self, &case.list, &mut users);
                if let Some(restriction) = case.ever_restricted() {
                    audience.add_list(&self, &restriction.list, &mut users);
                }
                if let Some(rare) = case.rare() {
                    audience.add_walls(&self, &rare.walls, &mut users);
                    users.add(rare.glasses.iter().map(|glass| glass.user));
                }
            }
        }
        audience.with_delegates(users.in_order())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn many_who_come_more_than_once_are_put_in_order_on_the_way() {
        let mut users = Gathered::default();
        (0..40).for_each(|_| users.add(0..10_000));
        assert!(users.users.len() <= Gathered::MORE_MAX + 2 * 10_000, "{}", users.users.len());
        assert_eq!(users.in_order(), (0..10_000).collect::<Vec<u32>>());
    }

    proptest! {
        #[test]
        fn it_gathers_what_a_set_does(lists in proptest::collection::vec(proptest::collection::vec(0_u32..60, 0..20), 0..9)) {
            let mut users = Gathered::default();
            lists.iter().for_each(|list| users.add(list.iter().copied()));
            let set: BTreeSet<u32> = lists.into_iter().flatten().collect();
            prop_assert_eq!(users.in_order(), set.into_iter().collect::<Vec<u32>>());
        }
    }
}
