//! Which users the walls of the organization and of definitions could bind: mostly nobody who asks, and then no wall is
//! looked up.
//!
//! INVARIANT: a user whom such a wall ever named is marked; a mark stays, whatever is lowered or taken off, so marks are
//! bounds, not facts, and neither saved nor compared. How many stand is exact.
//! Absent on purpose: groups, which the directory marks with all in them; walls of cases, which the case tells.

use crate::facts::heap_size;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;

/// The users whom a wall on the organization or on a definition could bind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walled {
    /// A bit for each user.
    users: Vec<u64>,
    /// How many walls stand.
    standing: usize,
    /// No wall changed later.
    changed: Pos32,
}

impl Walled {
    /// A wall is raised or lowered; `was` and `is` say whether it stands.
    pub(super) fn change(&mut self, against: SubjectKey, place: Pos32, was: bool, is: bool) {
        self.changed = self.changed.max(place);
        self.count(was, is);
        let Some(user) = against.as_user() else { return };
        let word = user as usize / 64;
        if self.users.len() <= word {
            self.users.resize(word + 1, 0);
        }
        self.users[word] |= 1 << (user % 64);
    }

    /// It is taken off again.
    pub(super) fn count(&mut self, was: bool, is: bool) {
        self.standing = self.standing + usize::from(is) - usize::from(was);
    }

    /// Whether no wall stands at a place.
    #[inline]
    pub(crate) fn is_none(&self, place: Pos32) -> bool {
        self.standing == 0 && self.changed <= place
    }

    /// Whether a wall ever named a user.
    #[inline]
    pub(crate) fn has_user(&self, user: u32) -> bool {
        self.users.get(user as usize / 64).is_some_and(|word| word >> (user % 64) & 1 == 1)
    }

    pub(super) fn heap(&self) -> usize {
        heap_size::vec(&self.users)
    }
}
