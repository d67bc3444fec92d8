//! Groups in groups against what follows from their memberships at once, and what changes of them may take.

use super::{Directory, Through};
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::limits::GROUP_NESTING_MAX;
use caseward_events::{GroupId, Position, UserId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// More than bits of a word, so that some share one.
const GROUPS: u32 = 80;

fn place(number: u64) -> Pos32 {
    Position(number).into()
}

/// A directory with users and groups that are named, one position each.
fn named(users: u32, groups: u32) -> (Directory, UndoLog, u64) {
    let (mut directory, mut undo_log, mut at) = (Directory::default(), UndoLog::default(), 0);
    for user in 0..users {
        at += 1;
        let id: UserId = format!("u{user}").parse().expect("an id");
        directory.name_user(id.text(), place(at), &mut undo_log);
    }
    for group in 0..groups {
        at += 1;
        let id: GroupId = format!("g{group}").parse().expect("an id");
        directory.name_group(id.text(), place(at), &mut undo_log);
    }
    (directory, undo_log, at)
}

/// What is so now.
#[derive(Clone, Default)]
struct Naive {
    /// (inner, outer)
    groups: BTreeSet<(u32, u32)>,
    /// Of the one user.
    user: BTreeSet<u32>,
    inactive: BTreeSet<u32>,
}

impl Naive {
    fn around(&self, from: impl IntoIterator<Item = u32>, through: Through) -> BTreeSet<u32> {
        let is_open = |group: &u32| through == Through::AllGroups || !self.inactive.contains(group);
        let mut found: BTreeSet<u32> = BTreeSet::new();
        let mut left: Vec<u32> = from.into_iter().filter(is_open).collect();
        while let Some(group) = left.pop() {
            if found.insert(group) {
                let outer = self.groups.range((group, 0)..=(group, u32::MAX)).map(|(_, outer)| *outer);
                left.extend(outer.filter(is_open));
            }
        }
        found
    }

    /// The groups on the longest chain from a group outward, or inward.
    fn chain(&self, from: u32, outward: bool, known: &mut BTreeMap<u32, usize>) -> usize {
        if let Some(&length) = known.get(&from) {
            return length;
        }
        let next = self.groups.iter().filter_map(|&(inner, outer)| match outward {
            true => (inner == from).then_some(outer),
            false => (outer == from).then_some(inner),
        });
        let length = 1 + next.map(|group| self.chain(group, outward, known)).max().unwrap_or(0);
        known.insert(from, length);
        length
    }

    fn is_too_deep(&self, inner: u32, outer: u32) -> bool {
        let below = self.chain(inner, false, &mut BTreeMap::new());
        below + self.chain(outer, true, &mut BTreeMap::new()) > GROUP_NESTING_MAX
    }
}

#[derive(Clone, Copy, Debug)]
enum Change {
    /// The outer one is so many further on, in a ring.
    Group {
        inner: u32,
        by: u32,
        is: bool,
    },
    User {
        group: u32,
        is: bool,
    },
    Active {
        group: u32,
        is: bool,
    },
    Undo {
        many: usize,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let group = 0..GROUPS;
    prop_oneof![
        8 => (group.clone(), 1..7_u32, any::<bool>()).prop_map(|(inner, by, is)| Change::Group { inner, by, is }),
        2 => (group.clone(), any::<bool>()).prop_map(|(group, is)| Change::User { group, is }),
        1 => (group, any::<bool>()).prop_map(|(group, is)| Change::Active { group, is }),
        1 => (1..6_usize).prop_map(|many| Change::Undo { many }),
    ]
}

/// The directory beside what is so after each position.
struct Both {
    directory: Directory,
    undo_log: UndoLog,
    named: u64,
    states: Vec<Naive>,
}

impl Both {
    fn new() -> Both {
        let (directory, undo_log, named) = named(1, GROUPS);
        Both { directory, undo_log, named, states: vec![Naive::default()] }
    }

    fn at(&self, state: usize) -> Pos32 {
        place(self.named + state as u64)
    }

    /// Like the commands that are accepted.
    fn change(&mut self, change: Change) {
        let mut now = self.states.last().expect("there is always one").clone();
        let at = self.at(self.states.len());
        match change {
            Change::Undo { many } => return self.undo(many),
            Change::Group { inner, by, is } => {
                let outer = (inner + by) % GROUPS;
                let cycle = now.around([outer], Through::AllGroups).contains(&inner);
                assert_eq!(self.directory.is_within(outer, inner, Through::AllGroups, Pos32::LATEST), cycle);
                let too_deep = !cycle && now.is_too_deep(inner, outer);
                assert!(cycle || self.directory.would_nest_too_deep(Some(inner), Some(outer)) == too_deep);
                if is && (cycle || too_deep) || is == now.groups.contains(&(inner, outer)) {
                    return;
                }
                if is {
                    now.groups.insert((inner, outer))
                } else {
                    now.groups.remove(&(inner, outer))
                };
                self.directory.set_member(SubjectKey::group(inner), outer, is, at, &mut self.undo_log);
            }
            Change::User { group, is } => {
                if is == now.user.contains(&group) {
                    return;
                }
                if is {
                    now.user.insert(group)
                } else {
                    now.user.remove(&group)
                };
                self.directory.set_member(SubjectKey::user(0), group, is, at, &mut self.undo_log);
            }
            Change::Active { group, is } => {
                if is != now.inactive.contains(&group) {
                    return;
                }
                if is {
                    now.inactive.remove(&group)
                } else {
                    now.inactive.insert(group)
                };
                self.directory.set_active(group, is, at, &mut self.undo_log);
            }
        }
        self.states.push(now);
    }

    fn undo(&mut self, many: usize) {
        self.states.truncate((self.states.len() - many.min(self.states.len() - 1)).max(1));
        let left = self.at(self.states.len() - 1);
        while let Some(record) = self.undo_log.pop_above(left) {
            match record {
                UndoRecord::Membership { member, group, first } => self.directory.undo_membership(member, group, first),
                UndoRecord::GroupActive(group) => self.directory.undo_active(group),
                other => panic!("nothing else was changed: {other:?}"),
            }
        }
    }

    fn compare(&self, state: usize) {
        let (naive, at) = (&self.states[state], self.at(state));
        for through in [Through::ActiveGroups, Through::AllGroups] {
            let right = naive.around(naive.user.iter().copied(), through);
            let reached: BTreeSet<u32> =
                (0..GROUPS).filter(|&group| self.directory.reaches(0, group, through, at)).collect();
            assert_eq!(reached, right, "{through:?}");
            let listed = self.directory.groups_of(SubjectKey::user(0), through, at);
            assert_eq!(listed.len(), right.len(), "each once");
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), right);
            let of_group: BTreeSet<u32> =
                self.directory.groups_of(SubjectKey::group(3), through, at).into_iter().collect();
            assert_eq!(of_group, naive.around([3], through));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn groups_in_groups_are_found_as_they_stood_whatever_changed_was_asked_and_was_undone(
        chain in 0..70_u32,
        changes in proptest::collection::vec((change(), any::<prop::sample::Index>()), 0..60),
    ) {
        let mut both = Both::new();
        (0..chain).for_each(|inner| both.change(Change::Group { inner, by: 1, is: true }));
        for (change, asked) in changes {
            both.change(change);
            both.compare(asked.index(both.states.len()));
            both.compare(both.states.len() - 1);
        }
    }
}

/// What so many memberships of a member take.
fn taken_by(many: u32, member: impl Fn(u32) -> (SubjectKey, u32)) -> usize {
    let (mut directory, mut undo_log, mut at) = named(1, many + 1);
    for turn in 0..many {
        at += 1;
        let (member, group) = member(turn);
        assert!(!directory.would_nest_too_deep(member.as_group(), Some(group)));
        directory.set_member(member, group, true, place(at), &mut undo_log);
    }
    directory.heap()
}

#[test]
fn a_group_in_many_and_many_in_it_take_what_a_user_in_many_takes() {
    const MANY: u32 = 4_000;
    let user = taken_by(MANY, |turn| (SubjectKey::user(0), turn));
    let one_in_many = taken_by(MANY, |turn| (SubjectKey::group(MANY), turn));
    let many_in_one = taken_by(MANY, |turn| (SubjectKey::group(turn), MANY));
    let both = taken_by(MANY, |turn| match turn % 2 {
        0 => (SubjectKey::group(turn), MANY),
        _ => (SubjectKey::group(MANY), turn),
    });
    for (name, taken) in [("one in many", one_in_many), ("many in one", many_in_one), ("both", both)] {
        assert!(taken <= 3 * user, "{name}: {taken} bytes, of a user {user}");
    }
}

#[test]
fn a_change_around_many_groups_takes_what_it_changes() {
    const WIDTH: u32 = 10;
    let (mut directory, mut undo_log, mut at) = named(0, WIDTH * WIDTH + 1);
    let mut set = |directory: &mut Directory, inner: u32, outer: u32, is: bool| {
        at += 1;
        directory.set_member(SubjectKey::group(inner), outer, is, place(at), &mut undo_log);
    };
    for outer in 0..WIDTH * (WIDTH - 1) {
        let layer = (outer / WIDTH + 1) * WIDTH;
        (layer..layer + WIDTH).for_each(|inner| set(&mut directory, inner, outer, true));
    }
    set(&mut directory, 0, WIDTH * WIDTH, true);
    set(&mut directory, 0, WIDTH * WIDTH, false);
    let before = directory.heap();
    for turn in 0..400 {
        set(&mut directory, 0, WIDTH * WIDTH, turn % 2 == 0);
    }
    let each = (directory.heap() - before) / 400;
    assert!(each <= 64, "{each} bytes");
    let is_within = directory.is_within(WIDTH * WIDTH - 1, WIDTH * WIDTH, Through::ActiveGroups, Pos32::LATEST);
    assert!(!is_within, "the last change took it out");
}

#[test]
fn groups_that_were_come_upon_are_told_from_others_however_many_there_are() {
    for groups in [100, 5_000, 100_000] {
        let mut marks = super::reach::Marks::new(groups);
        let marked: BTreeSet<u32> = (0..90).map(|group| group * 7_919 % 97).collect();
        for &group in &marked {
            assert!(!marks.has(group));
            assert!(marks.mark(group));
            assert!(!marks.mark(group), "it is marked");
        }
        assert!((0..100).all(|group| marks.has(group) == marked.contains(&group)));
    }
}

#[test]
fn groups_that_changed_places_are_found_where_they_are() {
    let mut both = Both::new();
    let into = |inner, is| Change::Group { inner, by: 1, is };
    both.change(Change::User { group: 1, is: true });
    // In the end the first is around the last, so that over all time they are in a ring.
    (0..3).for_each(|inner| both.change(into(inner, true)));
    both.change(into(0, false));
    both.change(Change::Group { inner: 3, by: GROUPS - 3, is: true });
    (0..both.states.len()).for_each(|state| both.compare(state));
    assert!(both.directory.reaches(0, 0, Through::ActiveGroups, Pos32::LATEST));
    assert!(!both.directory.would_nest_too_deep(Some(0), Some(5)), "bounds are not what is");
}
