//! How many events each stream has: what an expected version is compared with.

use crate::facts::heap_size;
use crate::facts::number::StreamIndex;
use crate::facts::saved::join;

/// How many events each stream has, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Streams {
    cases: Vec<u32>,
    definitions: Vec<u32>,
    groups: Vec<u32>,
    users: Vec<u32>,
    profiles: Vec<u32>,
    items: Vec<u32>,
    tasks: Vec<u32>,
    organization: u32,
}

impl Streams {
    pub(crate) fn get(&self, stream: StreamIndex) -> u32 {
        let of = |counts: &[u32], number: u32| counts.get(number as usize).copied().unwrap_or(0);
        match stream {
            StreamIndex::Case(number) => of(&self.cases, number),
            StreamIndex::Definition(number) => of(&self.definitions, number),
            StreamIndex::Group(number) => of(&self.groups, number),
            StreamIndex::User(number) => of(&self.users, number),
            StreamIndex::Profile(number) => of(&self.profiles, number),
            StreamIndex::Item(number) => of(&self.items, number),
            StreamIndex::Task(number) => of(&self.tasks, number),
            StreamIndex::Organization => self.organization,
        }
    }

    /// One more event; how many that are.
    pub(crate) fn count_up(&mut self, stream: StreamIndex) -> u32 {
        let Some((counts, number)) = self.counts(stream) else {
            self.organization += 1;
            return self.organization;
        };
        let index = number as usize;
        if counts.len() <= index {
            counts.resize(index + 1, 0);
        }
        counts[index] += 1;
        counts[index]
    }

    /// Makes room for so many more cases.
    pub(crate) fn reserve_cases(&mut self, cases: usize) {
        self.cases.reserve_exact(cases);
    }

    /// The streams of the next cases.
    pub(crate) fn push_cases(&mut self, versions: Vec<u32>) {
        join(&mut self.cases, versions);
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        let Streams { cases, definitions, groups, users, profiles, items, tasks, organization: _ } = self;
        [cases, definitions, groups, users, profiles, items, tasks].map(heap_size::vec).iter().sum()
    }

    pub(crate) fn count_down(&mut self, stream: StreamIndex) {
        let Some((counts, number)) = self.counts(stream) else {
            self.organization -= 1;
            return;
        };
        counts[number as usize] -= 1;
        // So that a stream whose first event was undone is as if it had never been.
        while counts.last() == Some(&0) {
            counts.pop();
        }
    }

    /// `None` for the organization, which has one count.
    fn counts(&mut self, stream: StreamIndex) -> Option<(&mut Vec<u32>, u32)> {
        Some(match stream {
            StreamIndex::Case(number) => (&mut self.cases, number),
            StreamIndex::Definition(number) => (&mut self.definitions, number),
            StreamIndex::Group(number) => (&mut self.groups, number),
            StreamIndex::User(number) => (&mut self.users, number),
            StreamIndex::Profile(number) => (&mut self.profiles, number),
            StreamIndex::Item(number) => (&mut self.items, number),
            StreamIndex::Task(number) => (&mut self.tasks, number),
            StreamIndex::Organization => return None,
        })
    }

    /// A stream is the next of its kind.
    pub(crate) fn push(&mut self, stream: StreamIndex, version: u32) {
        match self.counts(stream) {
            Some((counts, number)) => {
                counts.resize(number as usize, 0);
                counts.push(version);
            }
            None => self.organization = version,
        }
    }

    /// No count behind the last stream that has events: as the fold has it.
    pub(crate) fn trim(&mut self) {
        let Streams { cases, definitions, groups, users, profiles, items, tasks, organization: _ } = self;
        for counts in [cases, definitions, groups, users, profiles, items, tasks] {
            let used = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
            counts.truncate(used);
        }
    }
}
