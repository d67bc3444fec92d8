//! Putting all cases at once into the streams that they were ever gathered by: after rows were loaded, and after a log
//! was folded from its start.
//!
//! INVARIANT: what is made equals what [`CaseAccess::index_case`] makes case by case. Cases are walked in the order of their
//! ids, and the streams made by counting: each is as long as it has to be from the start, and in order.

use super::{Case, CaseAccess, CaseIndex, Placed};
use crate::facts::case_set::{CaseSet, Ranks};
use crate::facts::jobs::Jobs;
use crate::facts::number::{CaseIndexKey, SubjectKey};

/// How many there are of what cases can be gathered by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyCounts {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) workspaces: usize,
    pub(crate) definitions: usize,
}

/// What gathers a case, by number, and the case.
type Pairs = Vec<(u32, u32)>;

/// Of a stretch of the cases.
#[derive(Debug, Default)]
pub(crate) struct CasesByKey {
    users: Pairs,
    groups: Pairs,
    workspaces: Pairs,
    definitions: Pairs,
}

impl CaseAccess {
    /// Makes all streams of cases anew; false where a case names what there is not, or has left memory.
    pub(crate) fn index_all(&mut self, order: &[u32], numbers: KeyCounts, run: Jobs<'_>) -> bool {
        if !self.all_missing(1).is_empty() {
            return false;
        }
        let (one, two) = order.split_at(order.len() / 2);
        let (mut found_one, mut found_two) = (CasesByKey::default(), CasesByKey::default());
        let among = |numbers: &[u32]| {
            CasesByKey::among(numbers.iter().filter_map(|&number| Some((number, self.here(number)?))), numbers.len())
        };
        run(&mut [&mut || found_one = among(one), &mut || found_two = among(two)]);
        self.put_in_streams([found_one, found_two], order, numbers, run)
    }

    /// The same of what was found among all cases in the order of their numbers.
    pub(crate) fn index_found(&mut self, found: CasesByKey, order: &[u32], numbers: KeyCounts, run: Jobs<'_>) -> bool {
        self.put_in_streams([found.in_order(order), CasesByKey::default()], order, numbers, run)
    }

    fn put_in_streams(&mut self, found: [CasesByKey; 2], order: &[u32], numbers: KeyCounts, run: Jobs<'_>) -> bool {
        let (mut users, mut others) = (None, None);
        run(&mut [&mut || users = streams(numbers.users, found.each_ref().map(|found| &found.users)), &mut || {
            let groups = streams(numbers.groups, found.each_ref().map(|found| &found.groups));
            let workspaces = streams(numbers.workspaces, found.each_ref().map(|found| &found.workspaces));
            let definitions = streams(numbers.definitions, found.each_ref().map(|found| &found.definitions));
            others = groups.zip(workspaces).zip(definitions);
        }]);
        let (Some(users), Some(((groups, workspaces), definitions))) = (users, others) else { return false };
        self.all = CaseSet::of(order);
        self.index = CaseIndex { users, groups, workspaces, definitions };
        true
    }

    /// The cases in the order of their ids.
    pub(crate) fn order(&self) -> Vec<u32> {
        Ranks::order(&self.names)
    }
}

impl CasesByKey {
    pub(crate) fn among<'a>(cases: impl Iterator<Item = (u32, &'a Case)>, many: usize) -> CasesByKey {
        let mut found = CasesByKey { definitions: Pairs::with_capacity(many), ..CasesByKey::default() };
        for (number, case) in cases {
            case.index_keys(|by| match by {
                CaseIndexKey::Naming(subject) if subject.is_group() => found.groups.push((subject.number(), number)),
                CaseIndexKey::Naming(subject) => found.users.push((subject.number(), number)),
                CaseIndexKey::Workspace(workspace) => found.workspaces.push((workspace, number)),
                CaseIndexKey::Definition(definition) => found.definitions.push((definition, number)),
            });
        }
        found
    }

    /// With what was found among the cases behind these.
    pub(crate) fn append(&mut self, next: CasesByKey) {
        let CasesByKey { users, groups, workspaces, definitions } = next;
        self.users.extend(users);
        self.groups.extend(groups);
        self.workspaces.extend(workspaces);
        self.definitions.extend(definitions);
    }

    fn in_order(self, order: &[u32]) -> CasesByKey {
        let CasesByKey { users, groups, workspaces, definitions } = self;
        let [users, groups, workspaces, definitions] =
            [users, groups, workspaces, definitions].map(|pairs| in_order(&pairs, order));
        CasesByKey { users, groups, workspaces, definitions }
    }
}

/// Pairs whose cases ascend by number, so that they stand in another order of the cases.
fn in_order(pairs: &Pairs, order: &[u32]) -> Pairs {
    let mut begins = vec![0; order.len() + 1];
    pairs.iter().for_each(|&(_, case)| begins[case as usize + 1] += 1);
    (0..order.len()).for_each(|case| begins[case + 1] += begins[case]);
    let of = |&case: &u32| &pairs[begins[case as usize]..begins[case as usize + 1]];
    order.iter().flat_map(of).copied().collect()
}

/// One for each number, up to the last that has any case; none where there is no such number.
fn streams(numbers: usize, found: [&Pairs; 2]) -> Option<Vec<CaseSet>> {
    let pairs = || found.into_iter().flatten();
    let mut ends = vec![0; numbers];
    for &(number, _) in pairs() {
        *ends.get_mut(number as usize)? += 1;
    }
    let mut end = 0;
    for next in &mut ends {
        // Where its cases begin; once they are placed, where they end.
        end += std::mem::replace(next, end);
    }
    let mut cases = vec![0; end];
    for &(number, case) in pairs() {
        let next = &mut ends[number as usize];
        cases[*next] = case;
        *next += 1;
    }
    let used = if end == 0 { 0 } else { ends.partition_point(|&last| last < end) + 1 };
    let mut begin = 0;
    let stream = |&end: &usize| CaseSet::of(&cases[std::mem::replace(&mut begin, end)..end]);
    Some(ends[..used].iter().map(stream).collect())
}

impl Case {
    /// All that it was ever gathered by, some perhaps twice.
    fn index_keys(&self, mut each: impl FnMut(CaseIndexKey)) {
        self.naming(|subject| each(CaseIndexKey::Naming(subject)));
        each(CaseIndexKey::Definition(self.definition));
        if let Some(workspace) = self.creator_workspace {
            each(CaseIndexKey::Workspace(workspace));
        }
        for (_, placed) in self.persons.iter().flat_map(|(_, history)| history.values()) {
            if let Placed::In(Some(workspace)) = placed {
                each(CaseIndexKey::Workspace(*workspace));
            }
        }
    }

    /// Whoever was ever named by it.
    fn naming(&self, mut naming: impl FnMut(SubjectKey)) {
        naming(SubjectKey::user(self.creator));
        self.list.entries().for_each(|entry| naming(entry.subject()));
        if let Some(restriction) = self.restriction.as_deref() {
            restriction.list.entries().for_each(|entry| naming(entry.subject()));
        }
        if let Some(rare) = self.rare() {
            rare.walls.iter().for_each(|(against, _)| naming(against));
            rare.glasses.iter().for_each(|glass| naming(SubjectKey::user(glass.user)));
            rare.assignees.iter().for_each(|((_, assignee), _)| naming(assignee));
        }
        self.persons.iter().for_each(|((_, person), _)| naming(person));
    }
}
