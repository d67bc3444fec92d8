//! What a check asks of a user first, in one line of the cache: the groups the user is directly in, and what the user
//! never was.
//!
//! INVARIANT: made from the record of the user alone, and the same whether it grew with the events or was made at once:
//! so nothing of it is saved, and undoing makes it anew. Places before the last change of the memberships are asked of the
//! histories.

use super::{Directory, UserRecord};
use crate::facts::history::History;
use crate::facts::inline_list::{InlineItem, InlineList};
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use crate::tables::access_list::{Entry, INLINE};

/// What a check asks first of a user.
#[repr(align(64))]
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct UserCache {
    /// A bit for each group, by the lowest bits of its number: most groups that the user is not in miss it.
    mask: u64,
    /// As of `since` and later.
    groups: InlineList<u32, 8>,
    since: Pos32,
    /// What the user ever was: of [`DISABLED`], [`ADMIN`], [`PROFILED`].
    ever: u8,
}

const DISABLED: u8 = 1;
const ADMIN: u8 = 1 << 1;
const PROFILED: u8 = 1 << 2;

impl InlineItem for u32 {
    type Key = u32;
    // There are fewer groups than places.
    const VACANT: u32 = u32::MAX;
    #[inline]
    fn key(&self) -> u32 {
        *self
    }
}

impl UserCache {
    fn of(record: &UserRecord) -> UserCache {
        let changes = record.memberships.iter().filter_map(|(_, held)| held.values().next_back());
        let ever = |was: bool, what: u8| if was { what } else { 0 };
        let mut user_cache = UserCache {
            mask: 0,
            groups: InlineList::default(),
            since: changes.map(|(place, _)| place).max().unwrap_or(Pos32::ZERO),
            ever: ever(!never(&record.disabled), DISABLED)
                | ever(!never(&record.org_admin), ADMIN)
                | ever(!never(&record.profile), PROFILED),
        };
        let held = record.memberships.iter().filter(|(_, held)| held.is_true(Pos32::LATEST));
        held.enumerate().for_each(|(index, (group, _))| user_cache.groups.insert(index, *group));
        user_cache.sift();
        user_cache
    }

    /// What it takes in memory beside itself.
    pub(super) fn heap(&self) -> usize {
        self.groups.heap()
    }

    /// Whether the groups are those of a place.
    #[inline]
    pub(super) fn is_of(&self, place: Pos32) -> bool {
        self.since <= place
    }

    /// Whether the user is directly in a group.
    // All of the few are compared, without asking which: that is foretold, and where one is found is not.
    #[inline]
    pub(super) fn is_in(&self, group: u32) -> bool {
        self.mask & bit(group) != 0
            && (self.groups.inline().iter().fold(false, |is, &one| is | (one == group))
                || (!self.groups.spilled().is_empty() && self.groups.spilled().binary_search(&group).is_ok()))
    }

    /// Whether the user never was disabled, nor an org admin, nor had a profile, at any place.
    #[inline]
    pub(super) fn is_ordinary(&self) -> bool {
        self.ever == 0
    }

    /// Whether the user never was disabled, at any place.
    #[inline]
    pub(super) fn never_disabled(&self) -> bool {
        self.ever & DISABLED == 0
    }

    /// Whether the user never was an org admin.
    #[inline]
    pub(super) fn never_admin(&self) -> bool {
        self.ever & ADMIN == 0
    }

    /// Whether the user never had a profile.
    #[inline]
    pub(super) fn never_profiled(&self) -> bool {
        self.ever & PROFILED == 0
    }

    pub(super) fn set_disabled(&mut self) {
        self.ever |= DISABLED;
    }

    pub(super) fn set_admin(&mut self) {
        self.ever |= ADMIN;
    }

    pub(super) fn set_profiled(&mut self) {
        self.ever |= PROFILED;
    }

    pub(super) fn set_member(&mut self, group: u32, is: bool, place: Pos32) {
        self.since = place;
        match (self.groups.search(&group), is) {
            (Err(index), true) => {
                self.groups.insert(index, group);
                self.mask |= bit(group);
            }
            (Ok(index), false) => {
                self.groups.remove(index);
                self.sift();
            }
            _ => {}
        }
    }

    fn sift(&mut self) {
        self.mask = self.groups.iter().fold(0, |mask, &group| mask | bit(group));
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
pub struct GroupMask {
    own: SubjectKey,
    groups: u64,
}

impl GroupMask {
    /// Whether a subject may be the user, or a group that the user is in, active or not.
    // Without branches: whom an entry names cannot be foretold.
    #[must_use]
    #[inline]
    pub fn lets_through(self, subject: SubjectKey) -> bool {
        let named = u64::from(subject == self.own);
        let perhaps_in = u64::from(subject.is_group()) & (self.groups >> (subject.number() % 64));
        named | perhaps_in != 0
    }

    /// The entries whose subjects may.
    // All are looked at before any is given: mostly none is, and that is one branch.
    #[inline]
    pub(crate) fn sift(self, entries: &[Entry; INLINE]) -> impl Iterator<Item = &Entry> {
        let bits = entries.iter().zip(0..).map(|(entry, index)| u32::from(self.lets_through(entry.subject())) << index);
        let mut left = bits.fold(0, |bits, bit| bits | bit);
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let next = &entries[left.trailing_zeros() as usize];
            left &= left - 1;
            Some(next)
        })
    }
}

impl Directory {
    /// The sieve of a user.
    #[must_use]
    #[inline]
    pub fn mask(&self, user: u32, place: Pos32) -> GroupMask {
        let user_cache = &self.user_cache[user as usize];
        let groups = if user_cache.is_of(place) { user_cache.mask | self.not_plain } else { u64::MAX };
        GroupMask { own: SubjectKey::user(user), groups }
    }

    /// Whether the user may be in a group that a wall ever named, directly or through others.
    #[inline]
    pub(crate) fn may_be_in_walled(&self, user: u32, place: Pos32) -> bool {
        let user_cache = &self.user_cache[user as usize];
        if user_cache.is_of(place) {
            return user_cache.groups.iter().any(|&group| self.is_walled(group));
        }
        self.ever_direct_groups(user).any(|group| self.is_walled(group))
    }

    /// Whether users are in a group only directly, and it always was active.
    // Mostly the bits tell, and the table is left alone.
    #[inline]
    pub(super) fn is_plain(&self, group: u32) -> bool {
        self.not_plain & bit(group) == 0 || self.plain[group as usize]
    }

    pub(super) fn renew_user_cache(&mut self, user: u32) {
        self.user_cache[user as usize] = UserCache::of(&self.user[user as usize]);
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
