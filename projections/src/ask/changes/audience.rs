//! Who could be meant: groups and profiles by their users, looked up the other way round.
//!
//! INVARIANT: over all time, as all supersets; made once for many questions, and right for events up to when it was
//! made. A view of its own would cost every fold what few questions need.

use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::access_list::AccessList;
use std::collections::{BTreeSet, HashMap};

/// Users by their groups and by their profiles, over all time.
#[derive(Debug, Default)]
pub struct Audience {
    /// Of each group, who ever was directly in it.
    members: Vec<Vec<u32>>,
    /// Of each profile, who ever had it.
    holders: Vec<Vec<u32>>,
    /// Whoever ever was disabled or an org admin: on any resource they differ from a stranger.
    outstanding: Vec<u32>,
    /// Of each definition, who ever had a profile with a row for it, or one in Administrator Mode.
    profiled: Vec<Vec<u32>>,
    /// Of each definition, whoever its own list, wall or matrix rows, or those of the organization, single out.
    by_definition: Vec<Vec<u32>>,
    on_organization: Vec<u32>,
    /// Of each user, who ever could act in their stead.
    delegates: HashMap<u32, Vec<u32>>,
}

impl Audience {
    /// As the views stand.
    #[must_use]
    pub fn of(views: &Views) -> Audience {
        let directory = &views.directory;
        let mut audience = Audience {
            members: vec![Vec::new(); directory.groups.len()],
            holders: vec![Vec::new(); views.profiles.names.len()],
            ..Audience::default()
        };
        for user in 0..u32::try_from(directory.users.len()).expect("numbers have 32 bits") {
            directory.ever_direct_groups(user).for_each(|group| audience.members[group as usize].push(user));
            directory.ever_profiles(user).for_each(|profile| audience.holders[profile as usize].push(user));
            if directory.ever_disabled(user) || directory.ever_admin(user) {
                audience.outstanding.push(user);
            }
        }
        for delegation in views.delegations.iter() {
            audience.delegates.entry(delegation.from).or_default().push(delegation.to);
        }
        audience.on_organization = audience.of_organization(views);
        let definitions = 0..u32::try_from(views.definitions.names.len()).expect("numbers have 32 bits");
        audience.profiled = definitions.clone().map(|definition| audience.with_row(views, definition)).collect();
        audience.by_definition = definitions.map(|definition| audience.of_definition(views, definition)).collect();
        audience
    }

    /// Whoever ever was in a group, directly or through others, or is the user.
    #[must_use]
    pub(super) fn behind(&self, views: &Views, subject: SubjectKey) -> Vec<u32> {
        let mut users = BTreeSet::new();
        self.add(views, subject, &mut users);
        users.into_iter().collect()
    }

    /// Who ever had a profile that says anything about a definition.
    pub(super) fn profiled(&self, definition: u32) -> &[u32] {
        self.profiled.get(definition as usize).map_or(&[], Vec::as_slice)
    }

    /// Whoever something else than the lists and walls of its cases could single out on a definition.
    pub(super) fn about(&self, definition: u32) -> &[u32] {
        self.by_definition.get(definition as usize).map_or(&[], Vec::as_slice)
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
        let administrators =
            (0..).zip(&self.holders).filter(|(profile, _)| views.profiles.ever_administrator(*profile));
        users.extend(administrators.flat_map(|(_, holders)| holders));
        users.into_iter().collect()
    }

    fn with_row(&self, views: &Views, definition: u32) -> Vec<u32> {
        let has_row = |profile: u32| {
            views.profiles.get(profile).rows.get(definition).is_some() || views.profiles.ever_administrator(profile)
        };
        let holders = (0..).zip(&self.holders).filter(|(profile, _)| has_row(*profile));
        holders.flat_map(|(_, holders)| holders).copied().collect()
    }

    fn of_definition(&self, views: &Views, number: u32) -> Vec<u32> {
        let mut users: BTreeSet<u32> = self.on_organization.iter().copied().collect();
        let definition = views.definitions.get(number);
        self.add_list(views, &definition.list, &mut users);
        self.add_walls(views, &definition.walls, &mut users);
        users.extend(&self.profiled[number as usize]);
        users.into_iter().collect()
    }
}

impl AtHand<'_> {
    /// Whoever could ever hold something else on a target than a stranger, by number.
    pub(super) fn singled_out(self, target: Target, audience: &Audience) -> Vec<u32> {
        let mut users: BTreeSet<u32> = match target {
            Target::Organization => {
                // Every profile has switches of its own here.
                audience.on_organization.iter().chain(audience.holders.iter().flatten()).copied().collect()
            }
            Target::Definition(number) => audience.about(number).iter().copied().collect(),
            Target::Case(number) => {
                let case = self.case(number);
                let mut users = audience.about(case.definition).iter().copied().collect();
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
