//! Change points: where in the log, and when, what a subject holds on a resource may change. A superset: each is put to the
//! evaluator, which alone says whether it did.
//!
//! INVARIANT: whatever the evaluator reads of a subject and a resource is gathered here with all its places and all
//! the ends of its windows; `tests/reference` asks at every position and every end. A subject's groups are all it
//! ever could reach.

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use crate::tables::access_list::AccessList;
use crate::tables::case_access::Case;
use caseward_events::answer::{Cause, WindowEnd};
use caseward_events::{Asker, Position, Timestamp, Window};
use smallvec::SmallVec;
use std::collections::HashMap;

/// From one moment, which is left out, to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What is known when it begins.
    pub from: When,
    /// Where and when it ends.
    pub to: When,
}

/// One of them. In the order of time; at one instant windows turn before events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChangePoint {
    pub(crate) time: Timestamp,
    /// `None` for an event.
    window: EndOfWindow,
    pub(crate) place: Pos32,
}

/// Ends of windows sort before events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum EndOfWindow {
    An(WindowEnd),
    None,
}

impl ChangePoint {
    fn is_event(self) -> bool {
        self.window == EndOfWindow::None
    }

    fn cause(self) -> Cause {
        let window = match self.window {
            EndOfWindow::An(end) => Some(end),
            EndOfWindow::None => None,
        };
        Cause { position: self.place.position(), time: self.time, window }
    }
}

/// A beginning or an end of a window. In the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// When.
    pub time: Timestamp,
    /// The event that set the window.
    pub set_by: Pos32,
}

impl Turn {
    /// Those of a window that an event set.
    pub(crate) fn of(window: Window, set_by: Pos32) -> impl Iterator<Item = Turn> {
        [window.from, window.until].into_iter().flatten().map(move |time| Turn { time, set_by })
    }
}

/// An instant at which something changed.
pub(crate) struct Step<S> {
    pub(crate) time: Timestamp,
    /// What it was before, and right behind all that happened at that instant.
    pub(crate) before: S,
    pub(crate) after: S,
    /// What changed it, also where one thing undid another.
    pub(crate) causes: Vec<Cause>,
}

/// Asks behind every turn, and tells where the answer changed and what changed it. Of several windows that turn at one
/// instant, those are blamed that an answer cites; `cited` is asked for that alone. Whoever takes no further step asks no
/// further.
pub(crate) fn walk<S: Clone + PartialEq>(
    turns: &[ChangePoint],
    from: When,
    mut answer: impl FnMut(When) -> S,
    cited: impl Fn(When) -> Vec<Position>,
) -> impl Iterator<Item = Step<S>> {
    let (mut now, mut known) = (from, None);
    turns.chunk_by(|one, next| one.time == next.time).filter_map(move |at_once| {
        let (before, began) = (known.take().unwrap_or_else(|| answer(from)), now);
        let (mut causes, mut held) = (Vec::new(), before.clone());
        let (windows, events) = at_once.split_at(at_once.partition_point(|turn| !turn.is_event()));
        now.at = now.at.max(at_once[0].time);
        if !windows.is_empty() {
            let next = answer(now);
            if next != held {
                let turned = windows.iter().map(|turn| turn.cause()).collect();
                causes.extend(blamed(turned, || [cited(began), cited(now)].concat()));
            }
            held = next;
        }
        for event in events {
            now.place = event.place;
            let next = answer(now);
            if next != held {
                causes.push(event.cause());
            }
            // An answer that counts as the same may cite something else: what is told is the last of the instant.
            held = next;
        }
        known = Some(held.clone());
        (!causes.is_empty()).then(|| Step { time: at_once[0].time, before, after: held, causes })
    })
}

/// Of windows that turn at one instant, those that an answer cites; all, where none is cited.
pub(crate) fn blamed(mut windows: Vec<Cause>, cited: impl FnOnce() -> Vec<Position>) -> Vec<Cause> {
    if windows.len() > 1 {
        let cited = cited();
        let is_cited = |cause: &Cause| cited.contains(&cause.position);
        if windows.iter().any(is_cited) {
            windows.retain(is_cited);
        }
    }
    windows
}

/// Those of a span, gathered.
pub(crate) struct ChangePoints<'a> {
    views: AtHand<'a>,
    span: Span,
    found: Vec<ChangePoint>,
}

impl AtHand<'_> {
    /// Those at which what a user holds on a target may change, in order, each once. The target is known by the end of
    /// the span.
    pub(crate) fn change_points_of_user(self, user: Option<u32>, target: Target, span: Span) -> Vec<ChangePoint> {
        let mut turns = ChangePoints { views: self, span, found: Vec::new() };
        turns.of_user(user, target);
        turns.in_order()
    }

    /// The same for a user or a link by name.
    pub(crate) fn turns(self, asker: &Asker, target: Target, span: Span) -> Vec<ChangePoint> {
        match asker {
            Asker::User(user) => self.change_points_of_user(self.directory.users.get(user), target, span),
            Asker::Link(link) => {
                let mut turns = ChangePoints { views: self, span, found: Vec::new() };
                turns.of_link(self.links.names.get(link), target);
                turns.in_order()
            }
        }
    }
}

/// Sets of groups, each on one resource, whose turns are kept.
const SHARED_MAX: usize = 1_024;

/// What turns for everybody who was directly in the same groups: gathered once for all of them.
#[derive(Clone, Debug, Default)]
pub struct SharedTurns {
    of_groups: HashMap<Target, HashMap<Vec<u32>, Vec<ChangePoint>>>,
    count: usize,
}

impl SharedTurns {
    fn get(&self, target: Target, direct: &[u32]) -> Option<&[ChangePoint]> {
        Some(self.of_groups.get(&target)?.get(direct)?)
    }

    fn add(&mut self, target: Target, direct: Vec<u32>, turns: Vec<ChangePoint>) {
        self.of_groups.entry(target).or_default().insert(direct, turns);
        self.count += 1;
    }

    /// Takes what was gathered beside these, unless they are many already.
    pub fn take(&mut self, more: SharedTurns) {
        for (target, of_groups) in more.of_groups {
            for (direct, turns) in of_groups {
                if self.count < SHARED_MAX {
                    self.add(target, direct, turns);
                }
            }
        }
    }
}

impl AtHand<'_> {
    /// The change points of a user, in order, each once; what others share is looked up in what was gathered before, or
    /// gathered for who comes next.
    pub(super) fn change_points_sharing(
        self,
        user: u32,
        target: Target,
        span: Span,
        (before, fresh): (&SharedTurns, &mut SharedTurns),
    ) -> Vec<ChangePoint> {
        let direct: SmallVec<[u32; 8]> = self.directory.ever_direct_groups(user).collect();
        let mut turns = ChangePoints { views: self, span, found: Vec::with_capacity(16) };
        turns.of_oneself(user, target);
        turns.of_delegators(user, target);
        if before.get(target, &direct).or_else(|| fresh.get(target, &direct)).is_none() {
            let mut shared = ChangePoints { views: self, span, found: Vec::new() };
            shared.of_target(target);
            shared.of_groups(&direct, target);
            fresh.add(target, direct.to_vec(), shared.in_order());
        }
        let shared = before.get(target, &direct).or_else(|| fresh.get(target, &direct)).unwrap_or_default();
        turns.found.extend_from_slice(shared);
        turns.in_order()
    }
}

impl AtHand<'_> {
    /// All windows that begin or end in a span, in the order of time.
    #[must_use]
    pub fn window_turns(self, span: Span) -> Vec<Cause> {
        let mut turns = ChangePoints { views: self, span, found: Vec::new() };
        self.windows.iter().for_each(|(set_by, window)| turns.ends(window, set_by));
        turns.in_order().into_iter().map(ChangePoint::cause).collect()
    }
}

impl ChangePoints<'_> {
    fn in_order(mut self) -> Vec<ChangePoint> {
        self.found.sort_unstable();
        self.found.dedup();
        self.found
    }

    fn event(&mut self, place: Pos32) {
        if self.span.from.place < place && place <= self.span.to.place {
            let time = self.views.timeline.time(place);
            self.found.push(ChangePoint { time, window: EndOfWindow::None, place });
        }
    }

    fn history<T>(&mut self, history: &History<T>) {
        history.values().for_each(|(place, _)| self.event(place));
    }

    fn ends(&mut self, window: Window, place: Pos32) {
        for (end, time) in [(WindowEnd::Begins, window.from), (WindowEnd::Ends, window.until)] {
            if let Some(time) = time.filter(|time| self.span.from.at < *time && *time <= self.span.to.at)
                && place <= self.span.to.place
            {
                self.found.push(ChangePoint { time, window: EndOfWindow::An(end), place });
            }
        }
    }

    fn of_user(&mut self, user: Option<u32>, target: Target) {
        self.of_target(target);
        let Some(user) = user else { return };
        self.of_person(user, target);
        self.of_delegators(user, target);
    }

    fn of_delegators(&mut self, user: u32, target: Target) {
        let views = self.views;
        let delegations = &views.delegations;
        for number in delegations.to(user) {
            let delegation = delegations.get(*number);
            self.event(delegation.made);
            self.history(&delegation.ended);
            self.ends(delegation.window, delegation.made);
            self.of_person(delegation.from, target);
        }
    }

    /// Whoever asks.
    fn of_target(&mut self, target: Target) {
        let views = self.views;
        views.policy.places().for_each(|place| self.event(place));
        let definition = match target {
            Target::Case(case) => {
                let case = self.views.case(case);
                self.event(case.opened);
                self.history(&case.completed);
                case.persons.iter().for_each(|(_, placed)| self.history(placed));
                if let Some(restriction) = case.ever_restricted() {
                    self.history(&restriction.on);
                }
                Some(case.definition)
            }
            Target::Definition(definition) => Some(definition),
            Target::Organization => None,
        };
        if let Some(definition) = definition {
            let definition = views.definitions.get(definition);
            self.event(definition.created);
            self.history(&definition.access_control);
            self.history(&definition.sharing);
        }
    }

    /// What a person has in their own right: as the one who asks, or as the one who handed it on.
    fn of_person(&mut self, user: u32, target: Target) {
        let direct: Vec<u32> = self.views.directory.ever_direct_groups(user).collect();
        self.of_oneself(user, target);
        self.of_groups(&direct, target);
    }

    /// What a person has by themselves, and when they came into groups, and left them.
    fn of_oneself(&mut self, user: u32, target: Target) {
        let views = self.views;
        views.directory.each_place(user, &[], |place| self.event(place));
        self.of_subjects(&[SubjectKey::user(user)], target);
        let definition = self.definition_of(target);
        if let Target::Case(case) = target {
            self.glasses(views.case(case), user);
        }
        for profile in views.directory.ever_profiles(user) {
            let profile = views.profiles.get(profile);
            self.history(&profile.settings);
            if let Some(row) = definition.and_then(|definition| profile.rows.get(definition)) {
                self.history(row);
            }
        }
    }

    /// What whoever is directly in some groups has by these and by all around them.
    fn of_groups(&mut self, direct: &[u32], target: Target) {
        let views = self.views;
        let groups = views.directory.ever_around_any(direct);
        views.directory.each_place_of_groups(&groups, |place| self.event(place));
        let subjects: Vec<SubjectKey> = groups.into_iter().map(SubjectKey::group).collect();
        self.of_subjects(&subjects, target);
    }

    fn definition_of(&self, target: Target) -> Option<u32> {
        match target {
            Target::Case(case) => Some(self.views.case(case).definition),
            Target::Definition(definition) => Some(definition),
            Target::Organization => None,
        }
    }

    /// What some subjects have on the lists that count on a target, and the walls against them.
    fn of_subjects(&mut self, subjects: &[SubjectKey], target: Target) {
        let views = self.views;
        self.list(&views.definitions.organization, subjects);
        self.walls(&views.definitions.walls, subjects);
        if let Target::Case(case) = target {
            self.case(views.case(case), subjects);
        }
        if let Some(definition) = self.definition_of(target) {
            let definition = views.definitions.get(definition);
            self.list(&definition.list, subjects);
            self.walls(&definition.walls, subjects);
            self.walls(&definition.swept, subjects);
        }
    }

    fn case(&mut self, case: &Case, subjects: &[SubjectKey]) {
        self.list(&case.list, subjects);
        if let Some(restriction) = case.ever_restricted() {
            self.list(&restriction.list, subjects);
        }
        if let Some(rare) = case.rare() {
            self.walls(&rare.walls, subjects);
        }
    }

    fn glasses(&mut self, case: &Case, user: u32) {
        let Some(rare) = case.rare() else { return };
        for glass in rare.glasses.iter().filter(|glass| glass.user == user) {
            self.event(glass.broken);
            glass.ended.into_iter().for_each(|ended| self.event(ended));
            self.ends(Window { from: Some(glass.from), until: Some(glass.until) }, glass.broken);
        }
    }

    fn list(&mut self, list: &AccessList, subjects: &[SubjectKey]) {
        let named = subjects.iter().filter_map(|&subject| list.entry(subject));
        for (place, held) in named.flat_map(|entry| entry.values()) {
            self.event(place);
            self.ends(self.views.windows.get(held.window), place);
        }
    }

    fn walls(&mut self, walls: &HistoryMap<SubjectKey, bool>, subjects: &[SubjectKey]) {
        if !walls.is_empty() {
            subjects.iter().filter_map(|&subject| walls.get(subject)).for_each(|wall| self.history(wall));
        }
    }

    fn of_link(&mut self, link: Option<u32>, target: Target) {
        let Some(link) = link else { return };
        self.of_target(target);
        let views = self.views;
        let link = views.links.get(link);
        self.event(link.made);
        self.history(&link.revoked);
        self.ends(Window { from: None, until: link.until }, link.made);
    }
}
