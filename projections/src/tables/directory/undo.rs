//! Taking off what events above the head did, newest first ([`crate::tables::undo_log`]).
//!
//! INVARIANT: what is left is as if the event had never been: what is derived of a user or group is made anew,
//! but for bounds ([`super::nesting`]), which hold all the same.

use super::Directory;
use crate::facts::number::SubjectKey;

impl Directory {
    pub(crate) fn undo_user(&mut self) {
        self.users.pop();
        self.user.pop();
        self.user_cache.pop();
    }

    pub(crate) fn undo_group(&mut self) {
        self.groups.pop();
        self.group.pop();
        self.nesting.pop();
        self.plain.pop();
        self.sift_groups();
    }

    pub(crate) fn undo_disabled(&mut self, user: u32) {
        self.user[user as usize].disabled.pop();
        self.renew_user_cache(user);
    }

    pub(crate) fn undo_workspace(&mut self, user: u32) {
        self.user[user as usize].workspace.pop();
    }

    pub(crate) fn undo_profile(&mut self, user: u32) {
        self.user[user as usize].profile.pop();
        self.renew_user_cache(user);
    }

    pub(crate) fn undo_org_admin(&mut self, user: u32) {
        if self.user[user as usize].org_admin.pop() {
            self.ever_admins.pop();
        }
        self.renew_user_cache(user);
    }

    pub(crate) fn undo_membership(&mut self, member: SubjectKey, group: u32, first: bool) {
        let memberships = self.memberships_mut(member);
        let found = memberships.binary_search_by_key(&group, |(group, _)| *group);
        let index = found.expect("what is undone was set");
        memberships[index].1.pop();
        if first {
            memberships.remove(index);
            if member.as_group().is_some() {
                self.group[group as usize].inner.pop();
                self.renew_plain(group);
            } else {
                self.group[group as usize].users.pop();
            }
        }
        match member.as_user() {
            Some(user) => self.renew_user_cache(user),
            None => self.answered.undo(),
        }
    }

    pub(crate) fn undo_active(&mut self, group: u32) {
        if self.group[group as usize].inactive.pop() {
            self.ever_inactive.pop();
        }
        self.renew_plain(group);
        self.answered.undo();
    }
}
