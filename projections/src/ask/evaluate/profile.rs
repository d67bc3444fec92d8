//! Profiles: scopes, switches, Administrator Mode (`semantics.md` section 4), and the clamp of step 7.

use super::evaluation::Evaluation;
use crate::ask::trace::{Found, Trace};
use crate::facts::number::{SubjectKey, Target};
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use crate::tables::case_access::{Case, Placed};
use crate::tables::directory::Through;
use caseward_events::answer::{Because, Missing, Rule};
use caseward_events::{Action, FormAccess, ProfileSettings, Rights, Scope};

/// Everything that Administrator Mode gives on a case; share only where sharing is enabled.
const ADMINISTRATOR_ON_CASES: Rights =
    Rights::of(&[Action::Read, Action::Write, Action::Delete, Action::Share, Action::ManageAccess]);

/// What counts only if read is held from any source (D18).
const CLAMPED: Rights = Rights::of(&[Action::Write, Action::Delete, Action::Share]);

const SHARE: Rights = Rights::of(&[Action::Share]);

const SEARCHES: Rights = Rights::of(&[Action::SearchText, Action::SearchQuery]);

/// What a profile gives before the clamp.
#[derive(Clone, Copy)]
struct Given {
    rights: Rights,
    /// Its scope gives write, but the case is completed.
    completed_write: bool,
}

impl<T: Trace> Evaluation<'_, T> {
    /// Step 6: Administrator Mode, then the row of the matrix.
    #[inline]
    pub(super) fn profile(&mut self) {
        if let Some((profile, settings)) = self.settings() {
            self.profile_with(profile, settings);
        }
    }

    fn profile_with(&mut self, profile: u32, settings: ProfileSettings) {
        if settings.administrator {
            self.module_administrator(profile);
        }
        let open = self.gathered.has(Action::Read);
        self.row(profile, settings, open);
    }

    fn module_administrator(&mut self, profile: u32) {
        let rights = match self.asked.target {
            Target::Case(case) => {
                let definition = self.views.case(case).definition;
                let unshared = if self.is_shared(definition) { Rights::NONE } else { SHARE };
                if !unshared.is_empty() {
                    let found = Found::ModuleAdministrator { profile, rights: unshared };
                    self.trace.set_aside(found, Because::SharingOff);
                }
                ADMINISTRATOR_ON_CASES - unshared
            }
            Target::Definition(_) => Rights::OF_DEFINITION,
            Target::Organization => SEARCHES,
        };
        self.count(Rule::ModuleAdministrator, rights, |rights| Found::ModuleAdministrator { profile, rights });
    }

    /// The row alone; `read` says whether read is held from elsewhere.
    pub(super) fn own_profile(&mut self, read: bool) {
        if let Some((profile, settings)) = self.settings() {
            self.row(profile, settings, read);
        }
    }

    fn row(&mut self, profile: u32, settings: ProfileSettings, read: bool) {
        let Given { rights, completed_write } = self.given(profile, settings);
        let found = |rights| Found::Profile { profile, rights };
        if completed_write {
            self.completed_write = true;
            self.trace.set_aside(found(Rights::of(&[Action::Write])), Because::Completed);
        }
        if T::WANTED {
            self.row_aside(profile, read || rights.has(Action::Read));
        }
        let readable = read || (rights - self.walled).has(Action::Read);
        let clamped = if readable { Rights::NONE } else { rights & CLAMPED };
        // A wall is the first thing that takes these, a restriction too.
        let clamped = if self.aside.is_some() { Rights::NONE } else { clamped - self.walled };
        if !clamped.is_empty() {
            self.trace.set_aside(found(clamped), Because::ReadMissing);
        }
        self.count(Rule::Profile, rights - clamped, found);
    }

    /// What the row for a case would give, were one scope of it to hold, or sharing on. `read` says whether read is held
    /// from anywhere, and a completed case keeps write locked whatever holds.
    fn row_aside(&mut self, profile: u32, read: bool) {
        let (Some(user), Target::Case(number)) = (self.asked.user, self.asked.target) else { return };
        let (views, when) = (self.views, self.when);
        let case = views.case(number);
        let Some((_, row)) = views.profiles.get(profile).rows.at(case.definition, when.place) else { return };
        let locked = case.completed.is_true(when.place) && !row.write_completed;
        let scoped =
            [(row.read, Action::Read, false), (row.write, Action::Write, locked), (row.delete, Action::Delete, false)];
        for scope in
            Scope::ALL.into_iter().filter(|scope| *scope != Scope::None && !holds(views, *scope, user, case, when))
        {
            let of_scope = scoped.iter().filter(|(own, _, locked)| *own == scope && !locked);
            let rights = of_scope.fold(Rights::NONE, |rights, (_, action, _)| rights | Rights::of(&[*action]));
            let clamped = if read || rights.has(Action::Read) { Rights::NONE } else { CLAMPED };
            if !(rights - clamped).is_empty() {
                let found = Found::OutOfScope { profile, scope, rights: rights - clamped };
                self.trace.set_aside(found, Because::Scope);
            }
        }
        if row.share && read && !self.is_shared(case.definition) {
            self.trace.set_aside(Found::Profile { profile, rights: SHARE }, Because::SharingOff);
        }
    }

    /// Without module access a profile gives nothing (B2).
    #[inline]
    fn settings(&self) -> Option<(u32, ProfileSettings)> {
        if self.views.profiles.names.is_empty() {
            return None;
        }
        let (_, profile) = self.views.directory.profile(self.asked.user?, self.when.place)?;
        let settings = self.views.profiles.get(profile).settings(self.when.place);
        settings.module_access.then_some((profile, settings))
    }

    fn given(&self, profile: u32, settings: ProfileSettings) -> Given {
        let place = self.when.place;
        let row = |definition| self.views.profiles.get(profile).rows.at(definition, place).map(|(_, row)| *row);
        let switches = |switches: &[(bool, Action)]| {
            let on = switches.iter().filter(|(on, _)| *on);
            on.fold(Rights::NONE, |rights, (_, action)| rights | Rights::of(&[*action]))
        };
        let rights = match self.asked.target {
            Target::Case(case) => {
                let case = self.views.case(case);
                return row(case.definition).map_or(Given::NOTHING, |row| self.given_on_case(row, case));
            }
            Target::Definition(definition) => row(definition).map_or(Rights::NONE, |row| {
                switches(&[(row.register, Action::Register), (row.change_form, Action::ChangeForm)])
            }),
            Target::Organization => {
                switches(&[(settings.search_text, Action::SearchText), (settings.search_query, Action::SearchQuery)])
            }
        };
        Given { rights, completed_write: false }
    }

    fn given_on_case(&self, row: FormAccess, case: &Case) -> Given {
        let Some(user) = self.asked.user else { return Given::NOTHING };
        let mut rights = Rights::NONE;
        let scoped = [(row.read, Action::Read), (row.write, Action::Write), (row.delete, Action::Delete)];
        for (scope, action) in scoped {
            if holds(self.views, scope, user, case, self.when) {
                rights |= Rights::of(&[action]);
            }
        }
        if row.share && self.is_shared(case.definition) {
            rights |= SHARE;
        }
        // D19: completion locks a profile's write, not its delete.
        let locked = case.completed.is_true(self.when.place) && !row.write_completed;
        let completed_write = locked && rights.has(Action::Write);
        let write = if completed_write { Rights::of(&[Action::Write]) } else { Rights::NONE };
        Given { rights: rights - write, completed_write }
    }

    fn is_shared(&self, definition: u32) -> bool {
        self.views.definitions.get(definition).sharing.is_true(self.when.place)
    }

    /// Whether step 5 gives read.
    pub(super) fn is_open(&self) -> bool {
        match self.asked.target {
            Target::Case(case) => {
                let definition = self.views.case(case).definition;
                self.views.definitions.get(definition).open_since(self.when.place).is_some()
            }
            _ => false,
        }
    }
}

impl Given {
    const NOTHING: Given = Given { rights: Rights::NONE, completed_write: false };
}

/// Scopes are predicates, not an order (D17).
#[inline]
fn holds(views: AtHand<'_>, scope: Scope, user: u32, case: &Case, when: When) -> bool {
    let place = when.place;
    match scope {
        Scope::None => false,
        Scope::All => true,
        Scope::Registered => case.creator == user,
        Scope::Involved => {
            let me = SubjectKey::user(user);
            case.creator == user
                || case.people(place).any(|(person, _)| match person.as_group() {
                    None => person == me,
                    Some(group) => views.directory.reaches(user, group, Through::ActiveGroups, place),
                })
        }
        Scope::Workspace => {
            let workspace = views.directory.workspace(user, place);
            workspace.is_some_and(|(_, workspace)| case.linked_since(workspace, place).is_some())
        }
    }
}

/// What a scope lacks that does not hold, and the events that show it: the placement of the user; who opened the case; the
/// last that took somebody out of a field by whom it held.
pub(in crate::ask) fn scope_lacks(
    views: AtHand<'_>,
    scope: Scope,
    user: u32,
    case: &Case,
    place: Pos32,
) -> (Missing, Vec<Pos32>) {
    let me = SubjectKey::user(user);
    match scope {
        Scope::Workspace => {
            let Some((placed, workspace)) = views.directory.workspace(user, place) else {
                return (Missing::Placement, views.directory.unplaced_since(user, place).into_iter().collect());
            };
            let unlinked = last_end(case, place, |_, linked| linked == Some(workspace));
            (Missing::Link, [placed].into_iter().chain(unlinked).collect())
        }
        Scope::Involved => {
            let is_mine = |person: SubjectKey, _| match person.as_group() {
                None => person == me,
                Some(group) => views.directory.reaches(user, group, Through::ActiveGroups, place),
            };
            (Missing::Person, [case.opened].into_iter().chain(last_end(case, place, is_mine)).collect())
        }
        // The others always hold, or never.
        Scope::Registered | Scope::None | Scope::All => (Missing::Opener, vec![case.opened]),
    }
}

/// The last event that ended a placement which would have helped.
fn last_end(case: &Case, place: Pos32, helped: impl Fn(SubjectKey, Option<u32>) -> bool) -> Option<Pos32> {
    let ended = case.persons.iter().filter_map(|((_, person), placed)| {
        let (since, Placed::Out) = placed.at(place)? else { return None };
        let before = placed.values().take_while(|(at, _)| *at < since).last()?;
        matches!(before.1, Placed::In(workspace) if helped(person, *workspace)).then_some(since)
    });
    ended.max()
}

/// The events that made a scope hold, for a reason.
pub(in crate::ask) fn scope_events(
    views: AtHand<'_>,
    scope: Scope,
    user: u32,
    case: &Case,
    place: Pos32,
) -> Vec<Pos32> {
    match scope {
        Scope::None | Scope::All => Vec::new(),
        Scope::Registered => vec![case.opened],
        Scope::Involved if case.creator == user => vec![case.opened],
        Scope::Involved => {
            let me = SubjectKey::user(user);
            let ways = case.people(place).filter_map(|(person, since)| {
                let path = match person.as_group() {
                    None => (person == me).then(Vec::new)?,
                    Some(group) => views.directory.path(me, group, Through::ActiveGroups, place)?.to_vec(),
                };
                Some([vec![since], path].concat())
            });
            ways.min_by_key(|way| (way.len(), way.clone())).unwrap_or_default()
        }
        Scope::Workspace => {
            let Some((placed, workspace)) = views.directory.workspace(user, place) else { return Vec::new() };
            case.linked_since(workspace, place).into_iter().chain([placed]).collect()
        }
    }
}
