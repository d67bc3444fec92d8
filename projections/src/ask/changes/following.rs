//! What whoever follows changes from one moment to the next needs beside the pairs that an event could bear on.
//!
//! INVARIANT: what is told of up to a place is the same for ever, whatever the views learn beyond it, and whatever is taken
//! off them again.

use crate::ask::change_points::Turn;
use crate::ask::changes::impact::{Bearing, Pair};
use crate::facts::number::{CaseIndexKey, Target};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use std::ops::Range;

impl Views {
    /// Every beginning and end of a window that an event behind one place and up to another one set.
    #[must_use]
    pub fn turns_set(&self, behind: Pos32, up_to: Pos32) -> Vec<Turn> {
        let set = self.windows.set_behind(behind).take_while(|(set_by, _)| *set_by <= up_to);
        set.flat_map(|(set_by, window)| Turn::of(window, set_by)).collect()
    }

    /// The users whom events behind one place and up to another one are the first to name, by number.
    #[must_use]
    pub fn first_named(&self, behind: Pos32, up_to: Pos32) -> Range<u32> {
        let count = |place| u32::try_from(self.directory.users.count_at(place)).expect("numbers have 32 bits");
        count(behind)..count(up_to)
    }

    /// Whether events up to a place name a resource.
    #[must_use]
    pub fn names(&self, target: Target, place: Pos32) -> bool {
        let within = |number: u32, count: usize| (number as usize) < count;
        match target {
            Target::Case(case) => within(case, self.cases.names.count_at(place)),
            Target::Definition(definition) => within(definition, self.definitions.names.count_at(place)),
            Target::Organization => true,
        }
    }
}

impl AtHand<'_> {
    /// Where whoever no event names could hold anything: the definitions whose access control is off at a place, and their
    /// cases.
    #[must_use]
    pub fn open_to_strangers(self, place: Pos32) -> Vec<Target> {
        let definitions = 0..u32::try_from(self.definitions.names.count_at(place)).expect("numbers have 32 bits");
        let open = definitions.filter(|&number| self.definitions.get(number).open_since(place).is_some());
        let mut targets = Vec::new();
        for definition in open {
            targets.push(Target::Definition(definition));
            if let Some(cases) = self.cases.indexed(CaseIndexKey::Definition(definition)) {
                targets.extend(cases.behind(None, &self.cases.names).map(Target::Case));
            }
        }
        targets.retain(|&target| self.names(target, place));
        targets
    }
}

impl Bearing {
    /// Leaves what a condition holds of.
    #[must_use]
    pub fn only(mut self, is: impl FnMut(&Target) -> bool) -> Bearing {
        self.upon.retain(is);
        self
    }

    /// The users that it bears on; none where these are all whom anything singles out, and strangers.
    #[must_use]
    pub fn users(&self) -> Option<impl ExactSizeIterator<Item = u32> + '_> {
        self.named_users().map(|users| users.iter().copied())
    }

    /// How many pairs it bears on at least.
    #[must_use]
    pub fn pairs_at_least(&self) -> usize {
        self.users().map_or(1, |users| users.len()).saturating_mul(self.targets().len())
    }
}

impl Pair {
    /// Whether events up to a place name both. Whoever is not named by then is a stranger.
    #[must_use]
    pub fn is_named(self, views: &Views, place: Pos32) -> bool {
        self.user.is_none_or(|user| (user as usize) < views.directory.users.count_at(place))
            && views.names(self.target, place)
    }
}
