//! The fold: what events say of users and groups, and what is derived from it at once.
//!
//! INVARIANT: every change leaves an undo record ([`crate::tables::undo_log`]).

use super::nesting::Nesting;
use super::{Directory, GroupRecord, Memberships, UserCache, UserRecord};
use crate::facts::history::History;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::Text;
use caseward_events::fact::SubjectText;

impl Directory {
    pub(crate) fn name_user(&mut self, user: Text<'_>, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.users.intern_text(user, place);
        if first {
            self.user.push(UserRecord::default());
            self.user_cache.push(UserCache::default());
            undo_log.push(place, UndoRecord::User);
        }
        number
    }

    pub(crate) fn name_group(&mut self, group: Text<'_>, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.groups.intern_text(group, place);
        if first {
            self.group.push(GroupRecord::default());
            self.nesting.push(Nesting::of(number));
            self.plain.push(true);
            undo_log.push(place, UndoRecord::Group);
        }
        number
    }

    pub(crate) fn name(&mut self, subject: SubjectText<'_>, place: Pos32, undo_log: &mut UndoLog) -> SubjectKey {
        match subject {
            SubjectText::User(user) => SubjectKey::user(self.name_user(user, place, undo_log)),
            SubjectText::Group(group) => SubjectKey::group(self.name_group(group, place, undo_log)),
        }
    }

    pub(crate) fn name_workspace(&mut self, id: Text<'_>, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.workspaces.intern_text(id, place);
        if first {
            undo_log.push(place, UndoRecord::Workspace);
        }
        number
    }

    pub(crate) fn place_user(&mut self, user: u32, workspace: Option<u32>, place: Pos32, undo_log: &mut UndoLog) {
        self.user[user as usize].workspace.push(place, workspace);
        undo_log.push(place, UndoRecord::UserWorkspace(user));
    }

    pub(crate) fn assign_profile(&mut self, user: u32, profile: Option<u32>, place: Pos32, undo_log: &mut UndoLog) {
        self.user[user as usize].profile.push(place, profile);
        self.user_cache[user as usize].set_profiled();
        undo_log.push(place, UndoRecord::UserProfile(user));
    }

    pub(crate) fn set_disabled(&mut self, user: u32, disabled: bool, place: Pos32, undo_log: &mut UndoLog) {
        self.user[user as usize].disabled.push(place, disabled);
        self.user_cache[user as usize].set_disabled();
        undo_log.push(place, UndoRecord::UserDisabled(user));
    }

    pub(crate) fn set_org_admin(&mut self, user: u32, is: bool, place: Pos32, undo_log: &mut UndoLog) {
        let record = &mut self.user[user as usize];
        if record.org_admin.values().next().is_none() {
            self.ever_admins.push(user);
        }
        record.org_admin.push(place, is);
        self.user_cache[user as usize].set_admin();
        undo_log.push(place, UndoRecord::OrgAdmin(user));
    }

    pub(crate) fn set_member(
        &mut self,
        member: SubjectKey,
        group: u32,
        is: bool,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) {
        let memberships = self.memberships_mut(member);
        let found = memberships.binary_search_by_key(&group, |(group, _)| *group);
        match found {
            Ok(index) => memberships[index].1.push(place, is),
            Err(index) => memberships.insert(index, (group, History::starting(place, is))),
        }
        undo_log.push(place, UndoRecord::Membership { member, group, first: found.is_err() });
        match (member.as_user(), member.as_group()) {
            (Some(user), _) => {
                if found.is_err() {
                    self.group[group as usize].users.push(user);
                }
                self.user_cache[user as usize].set_member(group, is, place);
            }
            (None, inner) => {
                let inner = inner.expect("it is one of the two");
                if found.is_err() {
                    self.group[group as usize].inner.push(inner);
                    self.renew_plain(group);
                    self.nest(inner, group);
                }
                self.answered.changed(place);
            }
        }
    }

    pub(crate) fn set_active(&mut self, group: u32, active: bool, place: Pos32, undo_log: &mut UndoLog) {
        let record = &mut self.group[group as usize];
        if record.inactive.values().next().is_none() {
            self.ever_inactive.push(group);
        }
        record.inactive.push(place, !active);
        self.renew_plain(group);
        self.answered.changed(place);
        undo_log.push(place, UndoRecord::GroupActive(group));
    }

    pub(super) fn memberships_mut(&mut self, member: SubjectKey) -> &mut Memberships {
        match member.as_group() {
            Some(group) => &mut self.group[group as usize].memberships,
            None => &mut self.user[member.as_user().expect("it is one of the two") as usize].memberships,
        }
    }
}
