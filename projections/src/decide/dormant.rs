//! Why access that is given now gives nothing now: one warning for all of it, `dormant` (D10).
//!
//! Absent on purpose: access that gives less than one may think. Only what gives nothing is told.

use super::{Deciding, TIP};
use crate::ask::evaluate::walls::{TAKEN_BY_WALLS, first_wall};
use crate::decide::effects::Entry;
use crate::facts::number::{ListIndex, Target};
use caseward_events::command::{Command, Delegate, RestrictCase};
use caseward_events::time::Within;
use caseward_events::warning::Dormancy;
use caseward_events::{ProfileId, Subject, UserId, Warning, Window};

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
        reasons.extend(self.all_walled(list, to, after));
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

    /// A wall in front of everything that the list covers takes all that the entry gives.
    fn all_walled(&self, list: ListIndex, to: &Subject, after: &Entry) -> Option<Dormancy> {
        if !(after.rights - TAKEN_BY_WALLS).is_empty() {
            return None;
        }
        let target = match list {
            ListIndex::Organization => Target::Organization,
            ListIndex::Definition(definition) => Target::Definition(definition),
            ListIndex::Case(case) | ListIndex::Restriction(case) => Target::Case(case),
        };
        let (on, against) = first_wall(self.views, self.views.directory.key(to)?, target, TIP)?;
        Some(Dormancy::Walled { on: self.views.resource(on), against: self.views.directory.subject(against) })
    }
}

fn warning(reasons: Vec<Dormancy>) -> Option<Warning> {
    (!reasons.is_empty()).then_some(Warning::Dormant { reasons })
}

/// Whom a command names to give something to or to keep something from, where that is `*`: an id like any other, which many
/// a system takes for everybody.
pub(super) fn no_wildcard(command: &Command) -> Option<Warning> {
    let named: Vec<&Subject> = match command {
        Command::Grant(grant) => vec![&grant.to],
        Command::UpdateGrant(update) => vec![&update.to],
        Command::RestrictCase(RestrictCase { entries, .. }) => entries.iter().map(|entry| &entry.to).collect(),
        Command::RaiseWall(wall) => vec![&wall.against],
        Command::AddMember(membership) => vec![&membership.member],
        Command::AddPerson(placement) => vec![&placement.person],
        Command::AssignActivity(assignment) => assignment.to.iter().collect(),
        _ => Vec::new(),
    };
    let id = |subject: &Subject| match subject {
        Subject::User(user) => user.as_str() == "*",
        Subject::Group(group) => group.as_str() == "*",
    };
    let subject = named.into_iter().find(|subject| id(subject))?.clone();
    Some(Warning::NoWildcard { subject })
}
