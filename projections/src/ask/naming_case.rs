//! Where a case was named, and where a case names a subject: what events left of it in the views.
//!
//! INVARIANT: every event that concerns a case leaves its place there. Absent on purpose: which of the places are those of
//! events that concern only others; whoever reads the events says.

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::number::{EntityKey, LabelKey, SubjectKey};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::tables::access_list::AccessList;
use crate::tables::case_access::{Rare, Restriction};

/// Places up to one, in no order, some perhaps twice.
pub(super) struct Places {
    up_to: Pos32,
    pub(super) found: Vec<Pos32>,
}

impl Places {
    pub(super) fn up_to(up_to: Pos32) -> Places {
        Places { up_to, found: Vec::new() }
    }

    pub(super) fn put(&mut self, place: Pos32) {
        if place <= self.up_to {
            self.found.push(place);
        }
    }

    pub(super) fn history<T>(&mut self, history: &History<T>) {
        history.values().for_each(|(place, _)| self.put(place));
    }

    pub(super) fn map<K: Copy + Ord, V>(&mut self, map: &HistoryMap<K, V>) {
        map.iter().for_each(|(_, history)| self.history(history));
    }

    pub(super) fn list(&mut self, list: &AccessList) {
        list.entries().flat_map(|entry| entry.values()).for_each(|(place, _)| self.put(place));
    }

    /// What a list says of one subject.
    pub(super) fn entry(&mut self, list: &AccessList, of: SubjectKey) {
        list.entry(of).into_iter().flat_map(|entry| entry.values()).for_each(|(place, _)| self.put(place));
    }

    /// What a table says of one key.
    pub(super) fn key<K: Copy + Ord, V>(&mut self, map: &HistoryMap<K, V>, key: K) {
        map.get(key).into_iter().for_each(|history| self.history(history));
    }
}

impl AtHand<'_> {
    /// Where a case was named.
    pub(super) fn places_of_case(self, case: u32, places: &mut Places) {
        let one = self.case(case);
        places.put(one.opened);
        places.list(&one.list);
        places.history(&one.completed);
        places.map(&one.persons);
        if let Some(Restriction { on, list }) = one.ever_restricted() {
            places.history(on);
            places.list(list);
        }
        if let Some(rare) = one.rare() {
            self.rare(case, rare, places);
        }
        self.labels.places(LabelKey::Case(case)).for_each(|place| places.put(place));
        self.cases.children(case).iter().for_each(|opened| places.put(*opened));
    }

    fn rare(self, case: u32, rare: &Rare, places: &mut Places) {
        let Rare { walls, glasses, links, assignees, items, tasks } = rare;
        places.map(walls);
        places.map(assignees);
        glasses
            .iter()
            .flat_map(|glass| [Some(glass.broken), glass.ended])
            .flatten()
            .for_each(|place| places.put(place));
        for link in links {
            let link = self.links.get(*link);
            places.put(link.made);
            places.history(&link.revoked);
        }
        items.iter().for_each(|item| places.key(&self.items.item(*item).cases, case));
        tasks.iter().for_each(|task| places.key(&self.items.task(*task).entities, EntityKey::Case(case)));
    }

    /// Where a case named a user or a group.
    pub(super) fn places_in_case(self, case: u32, of: SubjectKey, places: &mut Places) {
        let one = self.case(case);
        if of.as_user() == Some(one.creator) {
            places.put(one.opened);
        }
        places.entry(&one.list, of);
        one.persons.iter().filter(|((_, person), _)| *person == of).for_each(|(_, placed)| places.history(placed));
        if let Some(Restriction { on: _, list }) = one.ever_restricted() {
            places.entry(list, of);
        }
        if let Some(Rare { walls, glasses, links: _, assignees, items: _, tasks: _ }) = one.rare() {
            places.key(walls, of);
            let mine = glasses.iter().filter(|glass| of.as_user() == Some(glass.user));
            mine.flat_map(|glass| [Some(glass.broken), glass.ended]).flatten().for_each(|place| places.put(place));
            let mine = assignees.iter().filter(|((_, assignee), _)| *assignee == of);
            mine.for_each(|(_, is)| places.history(is));
        }
    }
}
