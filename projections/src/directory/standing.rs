//! What a check asks of a user first, in one line of the cache: the groups the user is directly in, and what the user
//! never was.
//!
//! INVARIANT: made from the record of the user alone, and the same whether it grew with the events or was made at once:
//! so nothing of it is saved, and undoing makes it anew. Places before the last change of the memberships are asked of the
//! histories.

use super::{Directory, UserRecord};
use crate::access_list::SubjectKey;
use crate::history::{History, Place};
use crate::memory;
use smallvec::SmallVec;

/// See the module.
#[repr(align(64))]
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    /// A bit for each group, by the lowest bits of its number: most groups that the user is not in miss it.
    sieve: u64,
    /// Sorted; as of `since` and later.
    groups: SmallVec<[u32; 8]>,
    since: Place,
    disabled: bool,
    admin: bool,
    profiled: bool,
}

impl Standing {
    fn of(record: &UserRecord) -> Standing {
        let groups = record.memberships.iter().filter(|(_, held)| held.is_true(Place::LATEST));
        let changes = record.memberships.iter().filter_map(|(_, held)| held.values().next_back());
        let mut standing = Standing {
            sieve: 0,
            groups: groups.map(|(group, _)| *group).collect(),
            since: changes.map(|(place, _)| place).max().unwrap_or(Place::ZERO),
            disabled: !never(&record.disabled),
            admin: !never(&record.org_admin),
            profiled: !never(&record.profile),
        };
        standing.sift();
        standing
    }

    /// What it takes in memory beside itself.
    pub(super) fn heap(&self) -> usize {
        if self.groups.spilled() { memory::allocated(self.groups.capacity() * size_of::<u32>()) } else { 0 }
    }

    /// Whether the groups are those of a place.
    #[inline]
    pub(super) fn is_of(&self, place: Place) -> bool {
        self.since <= place
    }

    /// Whether the user is directly in a group.
    #[inline]
    pub(super) fn is_in(&self, group: u32) -> bool {
        const WALKED_MAX: usize = 16;
        self.sieve & bit(group) != 0
            && match self.groups.as_slice() {
                few if few.len() <= WALKED_MAX => few.contains(&group),
                many => many.binary_search(&group).is_ok(),
            }
    }

    /// Whether the user never was disabled, at any place.
    #[inline]
    pub(super) fn never_disabled(&self) -> bool {
        !self.disabled
    }

    /// Whether the user never was an org admin.
    #[inline]
    pub(super) fn never_admin(&self) -> bool {
        !self.admin
    }

    /// Whether the user never had a profile.
    #[inline]
    pub(super) fn never_profiled(&self) -> bool {
        !self.profiled
    }

    pub(super) fn set_disabled(&mut self) {
        self.disabled = true;
    }

    pub(super) fn set_admin(&mut self) {
        self.admin = true;
    }

    pub(super) fn set_profiled(&mut self) {
        self.profiled = true;
    }

    pub(super) fn set_member(&mut self, group: u32, is: bool, place: Place) {
        self.since = place;
        match (self.groups.binary_search(&group), is) {
            (Err(index), true) => {
                self.groups.insert(index, group);
                self.sieve |= bit(group);
            }
            (Ok(index), false) => {
                self.groups.remove(index);
                self.sift();
            }
            _ => {}
        }
    }

    fn sift(&mut self) {
        self.sieve = self.groups.iter().fold(0, |sieve, &group| sieve | bit(group));
    }
}

#[inline]
fn bit(group: u32) -> u64 {
    1 << (group % 64)
}

fn never<T>(history: &History<T>) -> bool {
    history.values().next().is_none()
}

/// Which subjects may reach a user: all that do, and few others. What it lets through is asked of [`Directory::reaches`].
#[derive(Clone, Copy, Debug)]
pub struct Sieve {
    own: SubjectKey,
    groups: u64,
}

impl Sieve {
    /// Whether a subject may be the user, or a group that the user is in, active or not.
    // Without branches: whom an entry names cannot be foretold.
    #[must_use]
    #[inline]
    pub fn lets_through(self, subject: SubjectKey) -> bool {
        let named = u64::from(subject == self.own);
        let perhaps_in = u64::from(subject.is_group()) & (self.groups >> (subject.number() % 64));
        named | perhaps_in != 0
    }
}

impl Directory {
    /// The sieve of a user.
    #[must_use]
    #[inline]
    pub fn sieve(&self, user: u32, place: Place) -> Sieve {
        let standing = &self.standing[user as usize];
        let groups = if standing.is_of(place) { standing.sieve | self.not_plain } else { u64::MAX };
        Sieve { own: SubjectKey::user(user), groups }
    }

    /// Whether users are in a group only directly, and it always was active.
    // Mostly the bits tell, and the table is left alone.
    #[inline]
    pub(super) fn is_plain(&self, group: u32) -> bool {
        self.not_plain & bit(group) == 0 || self.plain[group as usize]
    }

    pub(super) fn renew_standing(&mut self, user: u32) {
        self.standing[user as usize] = Standing::of(&self.user[user as usize]);
    }

    pub(super) fn renew_plain(&mut self, group: u32) {
        let record = &self.group[group as usize];
        let plain = record.inner.is_empty() && never(&record.inactive);
        let before = std::mem::replace(&mut self.plain[group as usize], plain);
        match (before, plain) {
            (true, false) => self.not_plain |= bit(group),
            (false, true) => self.sift_groups(),
            _ => {}
        }
    }

    pub(super) fn sift_groups(&mut self) {
        let numbered = self.plain.iter().zip(0..);
        self.not_plain = numbered.filter(|(plain, _)| !**plain).fold(0, |bits, (_, group)| bits | bit(group));
    }
}
