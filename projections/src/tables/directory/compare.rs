//! What is compared of the directory, and how a part of it is exchanged.

use super::Directory;
use std::fmt::Debug;
use std::mem::swap;

impl Directory {
    pub(crate) fn user_facts(&self, user: u32) -> impl PartialEq + Debug {
        (self.user.get(user as usize), self.user_cache.get(user as usize))
    }

    pub(crate) fn group_facts(&self, group: u32) -> impl PartialEq + Debug {
        (self.group.get(group as usize), self.plain.get(group as usize))
    }

    /// What follows from all of them together.
    pub(crate) fn derived(&self) -> impl PartialEq + Debug {
        let Directory { users: _, groups: _, workspaces: _, user: _, user_cache: _, group: _, plain: _, .. } = self;
        // Bounds, which depend on the order in which they were raised, and what questions found.
        let Directory { nesting: _, answered: _, .. } = self;
        let Directory { not_plain, ever_admins, ever_inactive, .. } = self;
        (not_plain, ever_admins, ever_inactive)
    }

    /// All but the names.
    pub(crate) fn exchange(&mut self, other: &mut Directory) {
        swap(&mut self.user, &mut other.user);
        swap(&mut self.user_cache, &mut other.user_cache);
        swap(&mut self.group, &mut other.group);
        swap(&mut self.nesting, &mut other.nesting);
        swap(&mut self.answered, &mut other.answered);
        swap(&mut self.plain, &mut other.plain);
        swap(&mut self.not_plain, &mut other.not_plain);
        swap(&mut self.ever_admins, &mut other.ever_admins);
        swap(&mut self.ever_inactive, &mut other.ever_inactive);
    }
}
