//! Which pairs an event could bear on.

use crate::ask::changes::audience::Audience;
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::tables::directory::Through;
use caseward_events::event::{
    CaseOpened, Delegated, DelegationEnded, FormAccessSet, GlassBroken, PersonAdded, PersonRemoved, PolicyAdopted,
    WallLowered, WallRaised,
};
use caseward_events::policy::PolicyKey;
use caseward_events::{Event, GroupId, ListRef, ProfileId, Resource, Subject, UserId};
use std::collections::BTreeSet;

/// A user and a resource, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    /// `None` for a stranger.
    pub user: Option<u32>,
    /// On what.
    pub target: Target,
}

impl Pair {
    /// Of all whom nothing singles out there.
    #[must_use]
    pub fn stranger(target: Target) -> Pair {
        Pair { user: None, target }
    }
}

/// Whom something bears on.
enum Whom {
    /// Each once, in order.
    Users(Vec<u32>),
    /// All whom anything singles out there, and strangers.
    Everybody,
}

/// Whom something bears on, and on which resources, each once.
pub struct Bearing {
    whom: Whom,
    pub(super) upon: Vec<Target>,
}

impl Bearing {
    /// The resources.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.upon
    }

    /// Whom, where it is not everybody.
    pub(super) fn named_users(&self) -> Option<&[u32]> {
        if let Whom::Users(users) = &self.whom { Some(users) } else { None }
    }
}

/// On what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Upon {
    One(Target),
    /// The definition and its cases.
    AllOf(u32),
    /// Cases indexed by this.
    Indexed(CaseIndexKey),
    Everything,
}

impl AtHand<'_> {
    /// The pairs that an event could bear on, itself or by a window that it set; each once, in no particular order. The
    /// views may know more than the event.
    #[must_use]
    pub fn pairs_of_event(self, event: &Event, audience: &Audience) -> Vec<Pair> {
        let bearings = self.bearings_of(event, audience);
        let pairs = bearings.iter().flat_map(|bearing| self.pairs_upon(bearing, &bearing.upon, audience));
        let mut pairs: Vec<_> = pairs.collect();
        if bearings.len() > 1 {
            pairs.sort_unstable();
            pairs.dedup();
        }
        pairs
    }

    /// The same in two steps, for who must not look at all resources in one go: on what an event could bear, and the pairs
    /// of some of that. None where it changes nobody's rights; pairs may come of more than one.
    #[must_use]
    pub fn bearings_of(self, event: &Event, audience: &Audience) -> Vec<Bearing> {
        let of = |(whom, upon): (Whom, Vec<Upon>)| Bearing { whom, upon: self.all_targets(&upon) };
        let mut bearings: Vec<_> = self.bears(event, audience).map(of).into_iter().collect();
        // Whoever leaves a person field takes the link to a workspace along, which others may have read by.
        if let Event::UserOffboarded(offboarded) = event {
            let cases = offboarded.ended.persons.0.iter().filter_map(|one| self.cases.names.get(&one.case));
            bearings.extend(cases.filter_map(|case| self.profiled(Target::Case(case), audience)).map(of));
        }
        bearings
    }

    /// The pairs of some of the targets that something bears on.
    #[must_use]
    pub fn pairs_upon(self, Bearing { whom, .. }: &Bearing, upon: &[Target], audience: &Audience) -> Vec<Pair> {
        match whom {
            Whom::Users(users) => {
                let of = |user: &u32| {
                    let user = Some(*user);
                    upon.iter().map(move |&target| Pair { user, target })
                };
                users.iter().flat_map(of).collect()
            }
            Whom::Everybody => {
                let of = |&target: &Target| {
                    let users = self.singled_out(target, audience).into_iter().map(Some);
                    users.chain([None]).map(move |user| Pair { user, target })
                };
                upon.iter().flat_map(of).collect()
            }
        }
    }

    /// All pairs of a user in which anything could ever be held; `None` for one whom no event names.
    #[must_use]
    pub fn pairs_of_user(self, user: Option<u32>) -> Vec<Pair> {
        let targets = self.candidate_cases(user).map(Target::Case);
        let definitions = self.all_definitions().map(Target::Definition);
        targets.chain(definitions).chain([Target::Organization]).map(|target| Pair { user, target }).collect()
    }

    /// The resources of these pairs, in the order of references.
    #[must_use]
    pub fn targets_of_user(self, user: Option<u32>) -> Vec<Target> {
        let mut definitions: Vec<u32> = self.all_definitions().collect();
        definitions.sort_unstable_by_key(|&number| self.definitions.names.id(number));
        let definitions = definitions.into_iter().map(Target::Definition);
        self.candidate_cases(user).map(Target::Case).chain(definitions).chain([Target::Organization]).collect()
    }

    /// Everybody who ever was in a group, directly or through others.
    #[must_use]
    pub fn ever_in_group(self, group: u32, audience: &Audience) -> Vec<u32> {
        audience.behind(&self, SubjectKey::group(group))
    }

    /// Those of some users who were in a group, directly or through others, at one of these places, switched off or not.
    #[must_use]
    pub fn within(self, users: &[u32], group: u32, places: [Pos32; 2]) -> Vec<u32> {
        let was = |user: &u32| places.iter().any(|&at| self.directory.reaches(*user, group, Through::AllGroups, at));
        users.iter().copied().filter(was).collect()
    }

    fn all_definitions(self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.definitions.names.len()).expect("numbers have 32 bits")
    }

    fn all_targets(self, upon: &[Upon]) -> Vec<Target> {
        // In their order already.
        if upon.contains(&Upon::Everything) {
            return self.targets(Upon::Everything);
        }
        let targets: BTreeSet<Target> = upon.iter().flat_map(|upon| self.targets(*upon)).collect();
        targets.into_iter().collect()
    }

    fn targets(self, upon: Upon) -> Vec<Target> {
        let indexed = |by| {
            let cases = self.cases.indexed(by).into_iter();
            cases.flat_map(|cases| cases.behind(None, &self.cases.names)).map(Target::Case)
        };
        match upon {
            Upon::One(target) => vec![target],
            Upon::AllOf(definition) => {
                indexed(CaseIndexKey::Definition(definition)).chain([Target::Definition(definition)]).collect()
            }
            Upon::Indexed(by) => indexed(by).collect(),
            Upon::Everything => {
                let cases = 0..u32::try_from(self.cases.len()).expect("numbers have 32 bits");
                cases
                    .map(Target::Case)
                    .chain(self.all_definitions().map(Target::Definition))
                    .chain([Target::Organization])
                    .collect()
            }
        }
    }

    /// `None` where it changes nobody's rights.
    fn bears(self, event: &Event, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        let case = |id| self.cases.names.get(id).map(Target::Case);
        let everybody_on = |id| Some((Whom::Everybody, vec![Upon::One(case(id)?)]));
        match event {
            Event::DefinitionCreated(event) => {
                let definition = self.definitions.names.get(&event.definition)?;
                Some((Whom::Everybody, vec![Upon::One(Target::Definition(definition))]))
            }
            Event::AccessControlSet(event) => {
                Some((Whom::Everybody, vec![Upon::AllOf(self.definitions.names.get(&event.definition)?)]))
            }
            Event::SharingSet(event) => {
                Some((Whom::Everybody, vec![Upon::AllOf(self.definitions.names.get(&event.definition)?)]))
            }
            Event::CaseOpened(CaseOpened { case: id, .. }) => self.opened(case(id)?, audience),
            Event::PersonAdded(PersonAdded { case: id, .. }) | Event::PersonRemoved(PersonRemoved { case: id, .. }) => {
                self.profiled(case(id)?, audience)
            }
            Event::CaseCompleted(event) => self.profiled(case(&event.case)?, audience),
            Event::CaseReopened(event) => self.profiled(case(&event.case)?, audience),
            Event::CaseRestricted(event) => everybody_on(&event.case),
            Event::RestrictionLifted(event) => everybody_on(&event.case),
            Event::AccessGranted(event) => Some((self.behind(&event.to, audience)?, self.listed(&event.on)?)),
            Event::GrantUpdated(event) => Some((self.behind(&event.to, audience)?, self.listed(&event.on)?)),
            Event::GrantRevoked(event) => Some((self.behind(&event.to, audience)?, self.listed(&event.on)?)),
            Event::GrantsRevoked(event) => {
                let definition = self.definitions.names.get(&event.definition)?;
                Some((self.behind(&event.to, audience)?, vec![Upon::AllOf(definition)]))
            }
            Event::WallRaised(WallRaised { on, against }) | Event::WallLowered(WallLowered { on, against }) => {
                Some((self.behind(against, audience)?, self.walled(on)?))
            }
            Event::MemberAdded(event) => Some((self.behind(&event.member, audience)?, self.around(&event.group)?)),
            Event::MemberRemoved(event) => Some((self.behind(&event.member, audience)?, self.around(&event.group)?)),
            Event::GroupDeactivated(event) => self.switched(&event.group, audience),
            Event::GroupActivated(event) => self.switched(&event.group, audience),
            Event::GlassBroken(GlassBroken { case: id, user, .. }) => {
                let user = self.directory.users.get(user)?;
                Some((Whom::Users(vec![user]), vec![Upon::One(case(id)?)]))
            }
            Event::PolicyAdopted(event) => self.adopted(event, audience),
            _ => self.bears_on_people(event, audience),
        }
    }

    /// Nobody is on its list yet. Where access control ever was off, strangers count too, and whoever comes later is none.
    fn opened(self, target: Target, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        let Target::Case(case) = target else { return None };
        let definition = self.case(case).definition;
        if self.definitions.get(definition).ever_open() {
            return Some((Whom::Everybody, vec![Upon::One(target)]));
        }
        let users = audience.with_delegates(audience.about(&self, definition).to_vec());
        Some((Whom::Users(users), vec![Upon::One(target)]))
    }

    /// People in fields, and whether a case is completed, matter to profiles alone.
    fn profiled(self, target: Target, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        let Target::Case(case) = target else { return None };
        let users = audience.with_delegates(audience.profiled(&self, self.case(case).definition).to_vec());
        Some((Whom::Users(users), vec![Upon::One(target)]))
    }

    fn bears_on_people(self, event: &Event, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        let user = |id: &UserId| self.directory.users.get(id);
        let with_delegates = |users: Vec<u32>| Whom::Users(audience.with_delegates(users));
        let alone = |user: u32| with_delegates(vec![user]);
        match event {
            Event::UserDisabled(event) => user(&event.user).map(|user| (alone(user), self.ever_of(user))),
            Event::UserEnabled(event) => user(&event.user).map(|user| (alone(user), self.ever_of(user))),
            Event::UserOffboarded(event) => {
                let user = user(&event.user)?;
                let upon = if event.ended.org_admin { vec![Upon::Everything] } else { self.ever_of(user) };
                Some((alone(user), upon))
            }
            Event::OrgAdminAppointed(event) => user(&event.user).map(|user| (alone(user), vec![Upon::Everything])),
            Event::OrgAdminDismissed(event) => user(&event.user).map(|user| (alone(user), vec![Upon::Everything])),
            Event::UserPlaced(event) => {
                let user = user(&event.user)?;
                let workspaces = self.directory.ever_in_workspaces(user).map(CaseIndexKey::Workspace);
                Some((alone(user), workspaces.map(Upon::Indexed).collect()))
            }
            Event::ProfileAssigned(event) => {
                let user = user(&event.user)?;
                let profiles = self.directory.ever_profiles(user);
                Some((alone(user), profiles.flat_map(|profile| self.with_profile(profile)).collect()))
            }
            Event::ProfileConfigured(event) => self.configured(&event.profile, audience, with_delegates),
            Event::FormAccessSet(FormAccessSet { profile, definition, .. }) => {
                let (whom, _) = self.configured(profile, audience, with_delegates)?;
                Some((whom, vec![Upon::AllOf(self.definitions.names.get(definition)?)]))
            }
            Event::Delegated(Delegated { delegation, .. })
            | Event::DelegationEnded(DelegationEnded { delegation, .. }) => {
                let delegation = self.delegations.get(self.delegations.names.get(delegation)?);
                Some((Whom::Users(vec![delegation.to]), self.ever_of(delegation.from)))
            }
            // Facts of other systems, links, which are no users, and what becomes a grant of its own.
            _ => None,
        }
    }

    fn behind(self, subject: &Subject, audience: &Audience) -> Option<Whom> {
        let users = audience.behind(&self, self.directory.key(subject)?);
        Some(Whom::Users(audience.with_delegates(users)))
    }

    fn listed(self, on: &ListRef) -> Option<Vec<Upon>> {
        Some(vec![match self.list_index(on, Pos32::LATEST)? {
            ListIndex::Organization => Upon::Everything,
            ListIndex::Definition(number) => Upon::AllOf(number),
            ListIndex::Case(number) | ListIndex::Restriction(number) => Upon::One(Target::Case(number)),
        }])
    }

    fn walled(self, on: &Resource) -> Option<Vec<Upon>> {
        Some(vec![match self.target(on, Pos32::LATEST)? {
            Target::Organization => Upon::Everything,
            Target::Definition(number) => Upon::AllOf(number),
            case @ Target::Case(_) => Upon::One(case),
        }])
    }

    /// Wherever being in a group could matter.
    fn around(self, group: &GroupId) -> Option<Vec<Upon>> {
        let groups = self.directory.ever_around(self.directory.groups.get(group)?);
        Some(self.naming(&groups.into_iter().map(SubjectKey::group).collect::<Vec<_>>()))
    }

    fn naming(self, subjects: &[SubjectKey]) -> Vec<Upon> {
        let named_by = |list: &crate::tables::access_list::AccessList,
                        walls: &crate::facts::history_map::HistoryMap<SubjectKey, bool>| {
            subjects.iter().any(|&subject| list.entry(subject).is_some() || walls.get(subject).is_some())
        };
        if named_by(&self.definitions.organization, &self.definitions.walls) {
            return vec![Upon::Everything];
        }
        let definitions = self.all_definitions().filter(|&number| {
            let definition = self.definitions.get(number);
            named_by(&definition.list, &definition.walls)
        });
        let cases = subjects.iter().map(|&subject| Upon::Indexed(CaseIndexKey::Naming(subject)));
        definitions.map(Upon::AllOf).chain(cases).collect()
    }

    fn switched(self, group: &GroupId, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        Some((self.behind(&Subject::Group(group.clone()), audience)?, self.around(group)?))
    }

    /// Whatever a user could ever hold something on.
    fn ever_of(self, user: u32) -> Vec<Upon> {
        self.pairs_of_user(Some(user)).into_iter().map(|pair| Upon::One(pair.target)).collect()
    }

    fn with_profile(self, profile: u32) -> Vec<Upon> {
        if self.profiles.ever_administrator(profile) {
            return vec![Upon::Everything];
        }
        let rows = self.profiles.get(profile).rows.iter().map(|(definition, _)| Upon::AllOf(definition));
        rows.chain([Upon::One(Target::Organization)]).collect()
    }

    fn configured(
        self,
        profile: &ProfileId,
        audience: &Audience,
        with_delegates: impl Fn(Vec<u32>) -> Whom,
    ) -> Option<(Whom, Vec<Upon>)> {
        let profile = self.profiles.names.get(profile)?;
        Some((with_delegates(audience.holders(profile).to_vec()), self.with_profile(profile)))
    }

    /// Three keys decide what org admins may, and nobody else.
    fn adopted(self, PolicyAdopted { keys, .. }: &PolicyAdopted, audience: &Audience) -> Option<(Whom, Vec<Upon>)> {
        const DECIDING: [PolicyKey; 3] =
            [PolicyKey::OrgAdminBypass, PolicyKey::OrgAdminEntry, PolicyKey::WallsBindAdmins];
        if !keys.keys().any(|key| DECIDING.contains(&key)) {
            return None;
        }
        let mut admins = self.directory.ever_admins().to_vec();
        admins.sort_unstable();
        Some((Whom::Users(audience.with_delegates(admins)), vec![Upon::Everything]))
    }
}
