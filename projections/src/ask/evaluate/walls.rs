//! Step 2, the walls that stand against a user.
//!
//! Where walls are many, the user and each group of theirs is looked up among them, so that a check does not walk what is
//! raised against others; and mostly marks say before that nothing is found ([`crate::tables::definition_access`]).

use super::evaluation::Evaluation;
use crate::ask::trace::{Found, Trace};
use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::tables::directory::Through;
use caseward_events::policy::PolicyKey;
use caseward_events::{Action, Rights};

/// What a wall takes (D35).
pub(crate) const TAKEN_BY_WALLS: Rights = Rights::of(&[Action::Read, Action::Write, Action::Delete, Action::Share]);

/// So many walls in one place are walked; where there are more, they are searched.
const WALKED_MAX: usize = 8;

impl<T: Trace> Evaluation<'_, T> {
    /// Step 2. An inactive group binds all the same. A wall that takes nothing from this kind of resource is no reason.
    #[inline]
    pub(super) fn walls(&mut self) {
        let Some(user) = self.asked.user else { return };
        if has_walls(self.views, self.asked.target, self.when.place)
            && is_bound_by_walls(self.views, user, self.when.place)
        {
            let taken = TAKEN_BY_WALLS & self.asked.target.rights();
            let mut found = false;
            each_wall(self.views, user, self.asked.target, self.when.place, |subject, since| {
                if !taken.is_empty() {
                    self.trace.found(Found::Wall { subject, since });
                }
                found = true;
            });
            if found {
                self.behind_wall = true;
                self.walled = taken;
            }
        }
    }
}

/// Whether a wall takes something from a user there.
pub(crate) fn is_walled(views: AtHand<'_>, user: u32, target: Target, place: Pos32) -> bool {
    let mut walled = false;
    if has_walls(views, target, place) && is_bound_by_walls(views, user, place) {
        each_wall(views, user, target, place, |_, _| walled = true);
    }
    walled
}

/// The first wall that takes something from a subject wherever a list of that target counts: on the target or around it,
/// against the subject or a group around it.
pub(crate) fn first_wall(
    views: AtHand<'_>,
    subject: SubjectKey,
    target: Target,
    place: Pos32,
) -> Option<(Target, SubjectKey)> {
    if subject.as_user().is_some_and(|user| !is_bound_by_walls(views, user, place)) {
        return None;
    }
    let around = views.directory.groups_of(subject, Through::AllGroups, place);
    let groups = around.iter().map(|&group| SubjectKey::group(group));
    let named: Vec<SubjectKey> = groups.chain([subject]).collect();
    let definition = match target {
        Target::Case(case) => Some(Target::Definition(views.case(case).definition)),
        _ => None,
    };
    let on = [Some(target), definition, (target != Target::Organization).then_some(Target::Organization)];
    on.into_iter().flatten().find_map(|on| {
        let walls = walls_on(&views, on)?;
        // Each is looked up: those that are raised against others may be many.
        let standing = named.iter().copied().filter(|against| walls.true_since(*against, place).is_some());
        // By name: numbers differ from fold to fold of different logs.
        let first = standing.min_by_key(|against| views.directory.subject(*against).to_string())?;
        Some((on, first))
    })
}

fn walls_on<'a>(views: &'a AtHand<'_>, on: Target) -> Option<&'a HistoryMap<SubjectKey, bool>> {
    match on {
        Target::Case(case) => views.case(case).rare().map(|rare| &rare.walls),
        Target::Definition(definition) => Some(&views.definitions.get(definition).walls),
        Target::Organization => Some(&views.definitions.walls),
    }
}

/// The adoption of the key that decides whether a wall that names an org admin there binds, where one does and the key
/// was ever adopted.
pub(in crate::ask) fn admin_policy(views: AtHand<'_>, user: u32, target: Target, place: Pos32) -> Option<Pos32> {
    views.directory.admin_since(user, place)?;
    if !has_walls(views, target, place) {
        return None;
    }
    let mut named = false;
    each_wall(views, user, target, place, |_, _| named = true);
    if named { views.policy.adopted(PolicyKey::WallsBindAdmins, place) } else { None }
}

/// Whether a wall of a definition or the organization may name a user or a group of theirs, at a place.
#[inline]
pub(in crate::ask) fn may_be_walled(views: AtHand<'_>, user: u32, place: Pos32) -> bool {
    let walled = views.definitions.walled();
    !walled.is_none(place) && (walled.has_user(user) || views.directory.may_be_in_walled(user, place))
}

/// Whether a wall stands there that could name anybody: mostly none does, and then nobody need be looked up.
#[inline]
fn has_walls(views: AtHand<'_>, target: Target, place: Pos32) -> bool {
    let of_case = || match target {
        Target::Case(case) => views.case(case).rare().is_some_and(|rare| !rare.walls.is_empty()),
        Target::Definition(_) | Target::Organization => false,
    };
    !views.definitions.walled().is_none(place) || of_case()
}

/// Org admins are, unless the policy says otherwise.
fn is_bound_by_walls(views: AtHand<'_>, user: u32, place: Pos32) -> bool {
    views.directory.admin_since(user, place).is_none() || views.policy.at(place).walls_bind_admins
}

/// The walls on the resource, its definition and the organization that name the user or a group of theirs.
fn each_wall(views: AtHand<'_>, user: u32, target: Target, place: Pos32, mut visit: impl FnMut(SubjectKey, Pos32)) {
    let definition = match target {
        Target::Case(case) => {
            let case = views.case(case);
            if let Some(rare) = case.rare() {
                each_of(views, &rare.walls, user, place, &mut visit);
            }
            Some(case.definition)
        }
        Target::Definition(definition) => Some(definition),
        Target::Organization => None,
    };
    if !may_be_walled(views, user, place) {
        return;
    }
    if let Some(definition) = definition {
        each_of(views, &views.definitions.get(definition).walls, user, place, &mut visit);
    }
    each_of(views, &views.definitions.walls, user, place, &mut visit);
}

fn each_of(
    views: AtHand<'_>,
    walls: &HistoryMap<SubjectKey, bool>,
    user: u32,
    place: Pos32,
    visit: &mut impl FnMut(SubjectKey, Pos32),
) {
    let own = SubjectKey::user(user);
    if walls.len() <= WALKED_MAX {
        let names = |subject: SubjectKey| match subject.as_group() {
            Some(group) => views.directory.reaches(user, group, Through::AllGroups, place),
            None => subject == own,
        };
        return walls
            .held(place)
            .filter(|(subject, _)| names(*subject))
            .for_each(|(subject, since)| visit(subject, since));
    }
    let mut look_up = |subject| {
        if let Some(since) = walls.true_since(subject, place) {
            visit(subject, since);
        }
    };
    look_up(own);
    if walls.last().is_some_and(SubjectKey::is_group) {
        views.directory.each_group(user, Through::AllGroups, place, |group| look_up(SubjectKey::group(group)));
    }
}
