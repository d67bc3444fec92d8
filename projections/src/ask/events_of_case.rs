//! Which events name a case, found in what they left of it: so that its history need not be looked for in the whole log.
//!
//! INVARIANT: every event that concerns a case leaves its place there; some that are found may concern only others, and
//! whoever reads them says. Absent on purpose: the same for users and groups, which are named all over the log.

use crate::facts::history::History;
use crate::facts::number::{EntityKey, LabelKey};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::tables::access_list::AccessList;
use crate::tables::case_access::{Rare, Restriction};

use caseward_events::Position;

/// Those of one case, up to a place.
struct Places {
    up_to: Pos32,
    found: Vec<Pos32>,
}

impl Places {
    fn put(&mut self, place: Pos32) {
        if place <= self.up_to {
            self.found.push(place);
        }
    }

    fn history<T>(&mut self, history: &History<T>) {
        history.values().for_each(|(place, _)| self.put(place));
    }

    fn list(&mut self, list: &AccessList) {
        list.entries().flat_map(|entry| entry.values()).for_each(|(place, _)| self.put(place));
    }
}

impl AtHand<'_> {
    /// The positions, up to a place, of all events that name a case, and perhaps of some that do not; ascending, each once.
    #[must_use]
    pub fn events_of_case(self, case: u32, up_to: Pos32) -> Vec<Position> {
        let mut places = Places { up_to, found: Vec::new() };
        let one = self.case(case);
        places.put(one.opened);
        places.list(&one.list);
        places.history(&one.completed);
        one.persons.iter().for_each(|(_, placed)| places.history(placed));
        if let Some(Restriction { on, list }) = one.ever_restricted() {
            places.history(on);
            places.list(list);
        }
        if let Some(rare) = one.rare() {
            self.rare(case, rare, &mut places);
        }
        self.labels.places(LabelKey::Case(case)).for_each(|place| places.put(place));
        self.cases.children(case).iter().for_each(|opened| places.put(*opened));
        places.found.sort_unstable();
        places.found.dedup();
        places.found.into_iter().map(Pos32::position).collect()
    }

    fn rare(self, case: u32, rare: &Rare, places: &mut Places) {
        let Rare { walls, glasses, links, assignees, items, tasks } = rare;
        walls.iter().for_each(|(_, wall)| places.history(wall));
        glasses.iter().for_each(|glass| places.put(glass.broken));
        assignees.iter().for_each(|(_, is)| places.history(is));
        for link in links {
            let link = self.links.get(*link);
            places.put(link.made);
            places.history(&link.revoked);
        }
        let in_case = items.iter().filter_map(|item| self.items.item(*item).cases.get(case));
        in_case.for_each(|is| places.history(is));
        let attached = tasks.iter().filter_map(|task| self.items.task(*task).entities.get(EntityKey::Case(case)));
        attached.for_each(|is| places.history(is));
    }
}
