//! Why access that is given now gives nothing now: one warning for all of it, `dormant` (D10).
//!
//! Absent on purpose: access that gives less than one may think. Only what gives nothing is told.

use super::{Deciding, TIP};
use crate::ask::evaluate::walls::{TAKEN_BY_WALLS, first_wall};
use crate::decide::effects::Entry;
use crate::facts::number::{ListIndex, Target};
use caseward_events::command::{Command, Delegate, RestrictCase};
use caseward_events::event::{AccessGranted, RestrictedEntry};
use caseward_events::time::Within;
use caseward_events::warning::Dormancy;
use caseward_events::warning::NAMED_MAX;
use caseward_events::{DefinitionId, ProfileId, Rights, Subject, UserId, Warning, Window};

/// Whether what is given is new, or was given before and is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Giving {
    /// A `grant`, whatever it replaces: where the list itself does not count, it is told.
    Grant,
    /// An `update_grant`.
    Update,
}

impl Deciding<'_> {
    /// Of an entry as it is after the command.
    pub(super) fn dormant(&self, list: ListIndex, to: &Subject, after: &Entry, giving: Giving) -> Option<Warning> {
        let mut reasons = Vec::new();
        if giving == Giving::Grant {
            reasons.extend(self.restricted_instead(list));
            reasons.extend(self.open_anyway(list));
        }
        reasons.extend(self.counts_for_nothing(to));
        reasons.extend(self.outside(after.window));
        reasons.extend(self.all_walled(covered(list), to, after.rights));
        warning(reasons)
    }

    /// Of an entry that stays as it is, because it is so already: only where its time is over does that mislead.
    pub(super) fn dormant_still(&self, entry: &Entry) -> Option<Warning> {
        let ended = self.outside(entry.window).filter(|reason| matches!(reason, Dormancy::Expired { .. }));
        warning(ended.into_iter().collect())
    }

    /// Of a member of a group, which passes on what the group has.
    pub(super) fn dormant_member(&self, group: &Subject, member: &Subject) -> Option<Warning> {
        let reasons = [member, group].into_iter().filter_map(|subject| self.counts_for_nothing(subject));
        warning(reasons.collect())
    }

    /// Of an office.
    pub(super) fn dormant_user(&self, user: &UserId) -> Option<Warning> {
        warning(self.counts_for_nothing(&Subject::User(user.clone())).into_iter().collect())
    }

    /// Of a profile that a user gets.
    pub(super) fn dormant_profile(&self, user: &UserId, profile: &ProfileId) -> Option<Warning> {
        let known = self.views.profiles.names.get(profile);
        let settings = known.map(|profile| self.views.profiles.get(profile).settings(TIP)).unwrap_or_default();
        let closed = (!settings.module_access).then(|| Dormancy::NoModuleAccess { profile: profile.clone() });
        let user = self.counts_for_nothing(&Subject::User(user.clone()));
        warning(user.into_iter().chain(closed).collect())
    }

    /// Of a delegation.
    pub(super) fn dormant_delegation(&self, delegate: &Delegate) -> Option<Warning> {
        let users = [&delegate.from, &delegate.to].map(|user| Subject::User(user.clone()));
        let disabled = users.iter().filter_map(|user| self.counts_for_nothing(user));
        warning(disabled.chain(self.outside(delegate.window())).collect())
    }

    /// Of a link to a case.
    pub(super) fn dormant_link(&self, case: u32, window: Window) -> Option<Warning> {
        let restricted = self.restricted_instead(ListIndex::Case(case));
        warning(restricted.into_iter().chain(self.outside(window)).collect())
    }

    /// Of the entries that a restricted list starts with: each by itself, the first so many.
    pub(super) fn dormant_entries(&self, case: u32, entries: &[RestrictedEntry]) -> Vec<Warning> {
        let of_one = |entry: &RestrictedEntry| {
            let window = Window { from: entry.valid_from, until: entry.valid_until };
            let after = Entry { rights: entry.rights, window };
            let reasons = self.counts_for_nothing(&entry.to).into_iter().chain(self.outside(window));
            let walled = self.all_walled(Target::Case(case), &entry.to, after.rights);
            warning_for(&entry.to, reasons.chain(walled).collect())
        };
        entries.iter().filter_map(of_one).take(NAMED_MAX).collect()
    }

    /// Of those who get a part in a case, each with the rights that come of it: the first so many.
    pub(super) fn dormant_parts<'s>(
        &self,
        case: u32,
        parts: impl IntoIterator<Item = (&'s Subject, Rights)>,
    ) -> Vec<Warning> {
        let of_one = |(subject, rights): (&Subject, Rights)| {
            let walled = self.all_walled(Target::Case(case), subject, rights);
            warning_for(subject, self.counts_for_nothing(subject).into_iter().chain(walled).collect())
        };
        parts.into_iter().filter_map(of_one).take(NAMED_MAX).collect()
    }

    /// Of what the creator of a case is given. There are no walls on the case yet.
    pub(super) fn dormant_creator(&self, definition: &DefinitionId, given: &AccessGranted) -> Option<Warning> {
        let around = self.views.definitions.names.get(definition).map(Target::Definition);
        let walled = around.and_then(|around| self.all_walled(around, &given.to, given.rights));
        warning_for(&given.to, self.counts_for_nothing(&given.to).into_iter().chain(walled).collect())
    }

    /// While a case is restricted, its other lists give nothing.
    fn restricted_instead(&self, list: ListIndex) -> Option<Dormancy> {
        let ListIndex::Case(case) = list else { return None };
        self.views.case(case).restriction(TIP)?;
        Some(Dormancy::Restricted { list: self.views.list_ref(ListIndex::Restriction(case)) })
    }

    /// On a definition whose access control is off, or on a case of one.
    fn open_anyway(&self, list: ListIndex) -> Option<Dormancy> {
        let definition = match list {
            ListIndex::Definition(definition) => definition,
            ListIndex::Case(case) => self.views.case(case).definition,
            ListIndex::Organization | ListIndex::Restriction(_) => return None,
        };
        self.views.definitions.get(definition).open_since(TIP)?;
        Some(Dormancy::AccessControlOff { definition: self.views.definitions.names.id(definition).clone() })
    }

    /// A disabled user, an inactive group.
    fn counts_for_nothing(&self, subject: &Subject) -> Option<Dormancy> {
        let directory = &self.views.directory;
        match subject {
            Subject::User(user) => {
                directory.disabled_since(directory.users.get(user)?, TIP)?;
                Some(Dormancy::UserDisabled { user: user.clone() })
            }
            Subject::Group(group) => {
                directory.inactive_since(directory.groups.get(group)?, TIP)?;
                Some(Dormancy::GroupInactive { group: group.clone() })
            }
        }
    }

    fn outside(&self, window: Window) -> Option<Dormancy> {
        match (window.place(self.now), window.from, window.until) {
            (Within::Before, Some(valid_from), _) => Some(Dormancy::NotYetValid { valid_from }),
            (Within::After, _, Some(valid_until)) => Some(Dormancy::Expired { valid_until }),
            _ => None,
        }
    }

    /// A wall in front of all that is covered takes all that is given.
    fn all_walled(&self, target: Target, to: &Subject, given: Rights) -> Option<Dormancy> {
        if !(given - TAKEN_BY_WALLS).is_empty() {
            return None;
        }
        let (on, against) = first_wall(self.views, self.views.directory.key(to)?, target, TIP)?;
        Some(Dormancy::Walled { on: self.views.resource(on), against: self.views.directory.subject(against) })
    }
}

/// Everything that a list covers is behind its walls.
fn covered(list: ListIndex) -> Target {
    match list {
        ListIndex::Organization => Target::Organization,
        ListIndex::Definition(definition) => Target::Definition(definition),
        ListIndex::Case(case) | ListIndex::Restriction(case) => Target::Case(case),
    }
}

fn warning_for(subject: &Subject, reasons: Vec<Dormancy>) -> Option<Warning> {
    (!reasons.is_empty()).then(|| Warning::DormantFor { subject: subject.clone(), reasons })
}

fn warning(reasons: Vec<Dormancy>) -> Option<Warning> {
    (!reasons.is_empty()).then_some(Warning::Dormant { reasons })
}

/// Whom a command names to give something to or to keep something from, where that is `*`: an id like any other, which many
/// a system takes for everybody.
pub(super) fn no_wildcard(command: &Command) -> Option<Warning> {
    let user = |user: &UserId| Subject::User(user.clone());
    let named: Vec<Subject> = match command {
        Command::Grant(grant) => vec![grant.to.clone()],
        Command::UpdateGrant(update) => vec![update.to.clone()],
        Command::RestrictCase(RestrictCase { entries, .. }) => entries.iter().map(|entry| entry.to.clone()).collect(),
        Command::RaiseWall(wall) => vec![wall.against.clone()],
        Command::AddMember(membership) => vec![membership.member.clone()],
        Command::AddPerson(placement) => vec![placement.person.clone()],
        Command::AssignActivity(assignment) => assignment.to.clone(),
        Command::AssignProfile(assigned) => vec![user(&assigned.user)],
        Command::PlaceInWorkspace(placed) => vec![user(&placed.user)],
        Command::AppointOrgAdmin(one) | Command::DisableUser(one) => vec![user(&one.user)],
        Command::DeactivateGroup(one) => vec![Subject::Group(one.group.clone())],
        Command::Delegate(delegate) => vec![user(&delegate.from), user(&delegate.to)],
        Command::OpenCase(opened) => vec![user(&opened.creator)],
        Command::Erase(erase) => vec![erase.subject.clone()],
        _ => Vec::new(),
    };
    let id = |subject: &Subject| match subject {
        Subject::User(user) => user.as_str() == "*",
        Subject::Group(group) => group.as_str() == "*",
    };
    let subject = named.into_iter().find(id)?;
    Some(Warning::NoWildcard { subject })
}
