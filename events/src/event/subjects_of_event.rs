//! What an event is about: the one stream that it is in, and everything else that it names.

use super::{
    AccessControlSet, AccessGranted, ActivityAssigned, ActivityReleased, Attached, CaseCompleted, CaseOpened,
    CaseReopened, CaseRestricted, CaseShared, DefinitionCreated, Delegated, DelegationEnded, Detached, Ended, Event,
    FormAccessSet, GlassBroken, GrantRevoked, GrantUpdated, GrantsRevoked, GroupActivated, GroupDeactivated, ItemAdded,
    ItemCheckedIn, ItemCheckedOut, ItemRemoved, LinkRevoked, MemberAdded, MemberRemoved, OrgAdminAppointed,
    OrgAdminDismissed, PersonAdded, PersonRemoved, ProfileAssigned, ProfileConfigured, RestrictionLifted, SharingSet,
    SubjectErased, UserDisabled, UserEnabled, UserOffboarded, UserPlaced, WallLowered, WallRaised,
};
use crate::id::{CaseId, UserId};
use crate::reference::{Entity, ListRef, Reference, Stream, Subject};

/// Whether something of a user ended there.
fn ends(ended: &Ended, reference: &Reference) -> bool {
    let Ended { entries, memberships, profile, persons, assignments, glasses, .. } = ended;
    match reference {
        Reference::Case(case) => {
            let of_list = |list: &ListRef| matches!(list, ListRef::Case(id) | ListRef::Restriction(id) if id == case);
            entries.0.iter().any(of_list)
                || persons.0.iter().any(|one| one.case == *case)
                || assignments.0.iter().any(|one| one.case == *case)
                || glasses.0.contains(case)
        }
        Reference::Definition(definition) => entries.0.contains(&ListRef::Definition(definition.clone())),
        Reference::Group(group) => memberships.0.contains(group),
        Reference::Profile(id) => profile.as_ref() == Some(id),
        _ => false,
    }
}

impl Event {
    /// The stream it is in.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Event::DefinitionCreated(DefinitionCreated { definition, .. })
            | Event::SharingSet(SharingSet { definition, .. })
            | Event::AccessControlSet(AccessControlSet { definition, .. }) => Stream::Definition(definition.clone()),
            Event::CaseOpened(CaseOpened { case, .. })
            | Event::CaseCompleted(CaseCompleted { case })
            | Event::CaseReopened(CaseReopened { case })
            | Event::CaseRestricted(CaseRestricted { case, .. })
            | Event::RestrictionLifted(RestrictionLifted { case })
            | Event::PersonAdded(PersonAdded { case, .. })
            | Event::PersonRemoved(PersonRemoved { case, .. })
            | Event::ActivityAssigned(ActivityAssigned { case, .. })
            | Event::ActivityReleased(ActivityReleased { case, .. })
            | Event::CaseShared(CaseShared { case, .. })
            | Event::LinkRevoked(LinkRevoked { case, .. })
            | Event::GlassBroken(GlassBroken { case, .. }) => Stream::Case(case.clone()),
            Event::AccessGranted(AccessGranted { on, .. })
            | Event::GrantUpdated(GrantUpdated { on, .. })
            | Event::GrantRevoked(GrantRevoked { on, .. }) => on.stream(),
            Event::GrantsRevoked(GrantsRevoked { definition, .. }) => Stream::Definition(definition.clone()),
            Event::WallRaised(WallRaised { on, .. }) | Event::WallLowered(WallLowered { on, .. }) => on.stream(),
            Event::MemberAdded(MemberAdded { group, .. })
            | Event::MemberRemoved(MemberRemoved { group, .. })
            | Event::GroupDeactivated(GroupDeactivated { group })
            | Event::GroupActivated(GroupActivated { group }) => Stream::Group(group.clone()),
            Event::UserDisabled(UserDisabled { user })
            | Event::UserEnabled(UserEnabled { user })
            | Event::UserPlaced(UserPlaced { user, .. })
            | Event::ProfileAssigned(ProfileAssigned { user, .. })
            | Event::UserOffboarded(UserOffboarded { user, .. })
            | Event::Delegated(Delegated { from: user, .. })
            | Event::DelegationEnded(DelegationEnded { from: user, .. }) => Stream::User(user.clone()),
            Event::ProfileConfigured(ProfileConfigured { profile, .. })
            | Event::FormAccessSet(FormAccessSet { profile, .. }) => Stream::Profile(profile.clone()),
            Event::ItemAdded(ItemAdded { item, .. })
            | Event::ItemRemoved(ItemRemoved { item, .. })
            | Event::ItemCheckedOut(ItemCheckedOut { item, .. })
            | Event::ItemCheckedIn(ItemCheckedIn { item, .. }) => Stream::Item(item.clone()),
            Event::Attached(Attached { task, .. }) | Event::Detached(Detached { task, .. }) => {
                Stream::Task(task.clone())
            }
            Event::LabelSet(event) => event.of.stream(),
            Event::OrgAdminAppointed(_)
            | Event::OrgAdminDismissed(_)
            | Event::PolicyAdopted(_)
            | Event::VocabularyAdopted(_)
            | Event::SubjectErased(_)
            | Event::KeyReplaced(_)
            | Event::OrganizationCreated(_)
            | Event::TokenIssued(_)
            | Event::TokenWithdrawn(_) => Stream::Organization,
        }
    }

    /// Whether it names that thing: what `history` lists. The organization is concerned by everything.
    #[must_use]
    pub fn concerns(&self, reference: &Reference) -> bool {
        let stream = match self.stream() {
            Stream::Case(case) => Reference::Case(case),
            Stream::Definition(definition) => Reference::Definition(definition),
            Stream::Group(group) => Reference::Group(group),
            Stream::Profile(profile) => Reference::Profile(profile),
            Stream::Item(item) => Reference::Item(item),
            Stream::Task(task) => Reference::Task(task),
            Stream::User(user) => Reference::User(user),
            Stream::Organization => Reference::Organization,
        };
        *reference == Reference::Organization || *reference == stream || self.names(reference)
    }

    /// Whether a field other than that of the stream names it.
    fn names(&self, reference: &Reference) -> bool {
        let is = |subject: &Subject| match subject {
            Subject::User(user) => *reference == Reference::User(user.clone()),
            Subject::Group(group) => *reference == Reference::Group(group.clone()),
        };
        let is_user = |user: &UserId| *reference == Reference::User(user.clone());
        let is_case = |case: &CaseId| *reference == Reference::Case(case.clone());
        match self {
            Event::CaseOpened(event) => match reference {
                Reference::Definition(definition) => event.definition == *definition,
                Reference::User(user) => event.creator == *user,
                Reference::Case(parent) => event.parent.as_ref() == Some(parent),
                _ => false,
            },
            Event::AccessGranted(AccessGranted { to, .. })
            | Event::GrantUpdated(GrantUpdated { to, .. })
            | Event::GrantRevoked(GrantRevoked { to, .. })
            | Event::GrantsRevoked(GrantsRevoked { to, .. }) => is(to),
            Event::CaseRestricted(event) => event.entries.iter().any(|entry| is(&entry.to)),
            Event::MemberAdded(MemberAdded { member, .. }) | Event::MemberRemoved(MemberRemoved { member, .. }) => {
                is(member)
            }
            Event::PersonAdded(PersonAdded { person, .. }) | Event::PersonRemoved(PersonRemoved { person, .. }) => {
                is(person)
            }
            Event::ActivityAssigned(ActivityAssigned { to, .. })
            | Event::ActivityReleased(ActivityReleased { to, .. }) => to.iter().any(is),
            Event::WallRaised(WallRaised { against: subject, .. })
            | Event::WallLowered(WallLowered { against: subject, .. })
            | Event::SubjectErased(SubjectErased { subject }) => is(subject),
            Event::OrgAdminAppointed(OrgAdminAppointed { user })
            | Event::OrgAdminDismissed(OrgAdminDismissed { user })
            | Event::GlassBroken(GlassBroken { user, .. })
            | Event::Delegated(Delegated { to: user, .. }) => is_user(user),
            Event::ProfileAssigned(event) => match reference {
                Reference::Profile(profile) => event.profile.as_ref() == Some(profile),
                _ => false,
            },
            Event::UserOffboarded(event) => ends(&event.ended, reference),
            Event::FormAccessSet(event) => *reference == Reference::Definition(event.definition.clone()),
            Event::ItemAdded(ItemAdded { case, .. }) | Event::ItemRemoved(ItemRemoved { case, .. }) => is_case(case),
            Event::Attached(Attached { entity, .. }) | Event::Detached(Detached { entity, .. }) => match entity {
                Entity::Case(case) => is_case(case),
                Entity::Item(item) => *reference == Reference::Item(item.clone()),
            },
            Event::CaseShared(CaseShared { link, .. }) | Event::LinkRevoked(LinkRevoked { link, .. }) => {
                *reference == Reference::Link(link.clone())
            }
            Event::DefinitionCreated(_)
            | Event::AccessControlSet(_)
            | Event::SharingSet(_)
            | Event::CaseCompleted(_)
            | Event::CaseReopened(_)
            | Event::RestrictionLifted(_)
            | Event::GroupDeactivated(_)
            | Event::GroupActivated(_)
            | Event::UserDisabled(_)
            | Event::UserEnabled(_)
            | Event::UserPlaced(_)
            | Event::ProfileConfigured(_)
            | Event::DelegationEnded(_)
            | Event::ItemCheckedOut(_)
            | Event::ItemCheckedIn(_)
            | Event::PolicyAdopted(_)
            | Event::VocabularyAdopted(_)
            | Event::KeyReplaced(_)
            | Event::LabelSet(_)
            | Event::OrganizationCreated(_)
            | Event::TokenIssued(_)
            | Event::TokenWithdrawn(_) => false,
        }
    }
}
