//! Step 2, the walls that stand against a user.

use super::evaluation::Evaluation;
use crate::ask::trace::{Found, Trace};
use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::facts::place::Place;
use crate::fold::at_hand::AtHand;
use crate::tables::directory::Through;
use caseward_events::{Action, Rights};

/// What a wall takes (D35).
pub(in crate::ask) const TAKEN_BY_WALLS: Rights =
    Rights::of(&[Action::Read, Action::Write, Action::Delete, Action::Share]);

impl<T: Trace> Evaluation<'_, T> {
    /// Step 2. An inactive group binds all the same.
    #[inline]
    pub(super) fn walls(&mut self) {
        let Some(user) = self.asked.user else { return };
        if has_walls(self.views, self.asked.target) && is_bound_by_walls(self.views, user, self.when.place) {
            let mut found = false;
            each_wall(self.views, user, self.asked.target, self.when.place, |subject, since| {
                self.trace.found(Found::Wall { subject, since });
                found = true;
            });
            if found {
                self.behind_wall = true;
                self.walled = TAKEN_BY_WALLS & self.asked.target.rights();
            }
        }
    }
}

/// Whether a wall takes something from a user there.
pub(crate) fn is_walled(views: AtHand<'_>, user: u32, target: Target, place: Place) -> bool {
    let mut walled = false;
    if has_walls(views, target) && is_bound_by_walls(views, user, place) {
        each_wall(views, user, target, place, |_, _| walled = true);
    }
    walled
}

/// Whether a wall ever stood there: mostly none did, and then nobody need be looked up.
#[inline]
fn has_walls(views: AtHand<'_>, target: Target) -> bool {
    let definition = match target {
        Target::Case(case) => {
            let case = views.case(case);
            if case.rare().is_some_and(|rare| !rare.walls.is_empty()) {
                return true;
            }
            Some(case.definition)
        }
        Target::Definition(definition) => Some(definition),
        Target::Organization => None,
    };
    !views.definitions.walls.is_empty()
        || definition.is_some_and(|definition| !views.definitions.get(definition).walls.is_empty())
}

/// Org admins are, unless the policy says otherwise.
fn is_bound_by_walls(views: AtHand<'_>, user: u32, place: Place) -> bool {
    views.directory.admin_since(user, place).is_none() || views.policy.at(place).walls_bind_admins
}

/// The walls on the resource, its definition and the organization that name the user or a group of theirs.
fn each_wall(views: AtHand<'_>, user: u32, target: Target, place: Place, mut visit: impl FnMut(SubjectKey, Place)) {
    let mut of = |walls: &HistoryMap<SubjectKey, bool>| {
        if walls.is_empty() {
            return;
        }
        for (subject, since) in walls.held(place) {
            let named = match subject.as_group() {
                Some(group) => views.directory.reaches(user, group, Through::AllGroups, place),
                None => subject == SubjectKey::user(user),
            };
            if named {
                visit(subject, since);
            }
        }
    };
    let definition = match target {
        Target::Case(case) => {
            let case = views.case(case);
            if let Some(rare) = case.rare() {
                of(&rare.walls);
            }
            Some(case.definition)
        }
        Target::Definition(definition) => Some(definition),
        Target::Organization => None,
    };
    if let Some(definition) = definition {
        of(&views.definitions.get(definition).walls);
    }
    of(&views.definitions.walls);
}
