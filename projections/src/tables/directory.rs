//! The directory: users, groups, who is in which, who is disabled, who is an org admin (`semantics.md` section 1).
//!
//! Users and groups hold histories of *direct* memberships only, so that a change costs itself, however many groups are
//! around a group or in it. What is around a group is found on the way ([`reach`]), at any place alike, and [`nesting`]
//! says where not to look.
//! INVARIANT: groups hold no cycles at any place.
//! Absent on purpose: sets of all groups around a group. One group in many, and many in it, would make them large.

mod answered;
mod compare;
mod fold;
mod nesting;
mod path;
mod reach;
mod saved;
#[cfg(test)]
mod tests;
mod undo;
mod user_cache;

use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::interner::Interner;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use answered::Answered;
use caseward_events::{GroupId, Subject, UserId, WorkspaceId};
use nesting::Nesting;
use smallvec::SmallVec;

pub use user_cache::GroupMask;
use user_cache::UserCache;

/// Groups that a user is in: a few, in no order, each once.
pub type GroupSet = SmallVec<[u32; 16]>;

/// Users, groups, memberships, workspaces and org admins.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Users by number.
    pub users: Interner<UserId>,
    /// Groups by number.
    pub groups: Interner<GroupId>,
    /// Workspaces by number.
    pub workspaces: Interner<WorkspaceId>,
    user: Vec<UserRecord>,
    /// Of each user, made from the record.
    user_cache: Vec<UserCache>,
    group: Vec<GroupRecord>,
    /// Of each group, made from the memberships of groups.
    nesting: Vec<Nesting>,
    /// What was found of groups in groups.
    answered: Answered,
    /// The groups that users are in only directly, and that always were active.
    plain: Vec<bool>,
    /// A bit for each group that is not plain.
    not_plain: u64,
    /// Everybody who ever was an org admin.
    ever_admins: Vec<u32>,
    /// The groups that ever were switched off.
    ever_inactive: Vec<u32>,
}

/// Sorted by group.
type Memberships = Vec<(u32, History<bool>)>;

#[derive(Clone, Debug, Default, PartialEq)]
struct UserRecord {
    memberships: Memberships,
    disabled: History<bool>,
    org_admin: History<bool>,
    workspace: History<Option<u32>>,
    profile: History<Option<u32>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct GroupRecord {
    /// The groups around it.
    memberships: Memberships,
    /// The groups that ever were directly in it.
    inner: Vec<u32>,
    /// The users who ever were directly in it, in the order of the events that put them there first.
    users: Vec<u32>,
    inactive: History<bool>,
}

/// How a user is in a group: the events of the shortest path, from the user outward.
pub type Path = SmallVec<[Pos32; 4]>;

/// Whether an inactive group ends a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// It does: where something is given.
    ActiveGroups,
    /// It does not: to tell the nearest miss.
    AllGroups,
}

impl Directory {
    /// The number of a subject, where an event named it.
    #[must_use]
    pub fn key(&self, subject: &Subject) -> Option<SubjectKey> {
        match subject {
            Subject::User(user) => self.users.get(user).map(SubjectKey::user),
            Subject::Group(group) => self.groups.get(group).map(SubjectKey::group),
        }
    }

    /// The subject of a number.
    #[must_use]
    pub fn subject(&self, key: SubjectKey) -> Subject {
        match (key.as_user(), key.as_group()) {
            (Some(user), _) => Subject::User(self.users.id(user).clone()),
            (None, group) => Subject::Group(self.groups.id(group.expect("it is one of the two")).clone()),
        }
    }

    /// Since when the user is disabled, where disabled.
    #[must_use]
    #[inline]
    pub fn disabled_since(&self, user: u32, place: Pos32) -> Option<Pos32> {
        if self.user_cache[user as usize].never_disabled() {
            return None;
        }
        self.user[user as usize].disabled.true_since(place)
    }

    /// Whether the user never was disabled, nor an org admin, nor had a profile.
    #[must_use]
    #[inline]
    pub fn is_ordinary(&self, user: u32) -> bool {
        self.user_cache[user as usize].is_ordinary()
    }

    /// Since when the user is an org admin, disabled or not.
    #[must_use]
    #[inline]
    pub fn admin_since(&self, user: u32, place: Pos32) -> Option<Pos32> {
        if self.user_cache[user as usize].never_admin() {
            return None;
        }
        self.user[user as usize].org_admin.true_since(place)
    }

    /// Whether the user is an org admin and not disabled.
    #[must_use]
    pub fn is_enabled_admin(&self, user: u32, place: Pos32) -> bool {
        self.admin_since(user, place).is_some() && self.disabled_since(user, place).is_none()
    }

    /// The org admins, disabled ones too.
    pub fn admins(&self, place: Pos32) -> impl Iterator<Item = u32> {
        self.ever_admins.iter().copied().filter(move |&user| self.admin_since(user, place).is_some())
    }

    /// Whether any group ever was switched off.
    #[must_use]
    pub fn ever_switched_off(&self) -> bool {
        !self.ever_inactive.is_empty()
    }

    /// The workspace a user is in, and since when.
    #[must_use]
    #[inline]
    pub fn workspace(&self, user: u32, place: Pos32) -> Option<(Pos32, u32)> {
        let (since, workspace) = self.user[user as usize].workspace.at(place)?;
        workspace.map(|workspace| (since, workspace))
    }

    /// Since when a user who once was in a workspace is in none.
    pub(crate) fn unplaced_since(&self, user: u32, place: Pos32) -> Option<Pos32> {
        let (since, workspace) = self.user[user as usize].workspace.at(place)?;
        workspace.is_none().then_some(since)
    }

    /// The profile a user has, and since when.
    #[must_use]
    #[inline]
    pub fn profile(&self, user: u32, place: Pos32) -> Option<(Pos32, u32)> {
        if self.user_cache[user as usize].never_profiled() {
            return None;
        }
        let (since, profile) = self.user[user as usize].profile.at(place)?;
        profile.map(|profile| (since, profile))
    }

    /// Whether the user ever was an org admin.
    #[must_use]
    pub fn ever_admin(&self, user: u32) -> bool {
        self.user[user as usize].org_admin.values().next().is_some()
    }

    /// Every workspace that the user ever was in.
    pub fn ever_in_workspaces(&self, user: u32) -> impl Iterator<Item = u32> {
        self.user[user as usize].workspace.values().filter_map(|(_, workspace)| *workspace)
    }

    /// Every profile that the user ever had.
    pub fn ever_profiles(&self, user: u32) -> impl Iterator<Item = u32> {
        self.user[user as usize].profile.values().filter_map(|(_, profile)| *profile)
    }

    /// The groups that are directly in a group.
    pub(crate) fn inner_groups(&self, group: u32, place: Pos32) -> impl Iterator<Item = u32> {
        let held = move |&inner: &u32| self.member_since(SubjectKey::group(inner), group, place).is_some();
        self.ever_inner(group).iter().copied().filter(held)
    }

    /// The groups that ever were directly in a group.
    pub(crate) fn ever_inner(&self, group: u32) -> &[u32] {
        &self.group[group as usize].inner
    }

    /// The users who ever were directly in a group.
    pub(crate) fn ever_users(&self, group: u32) -> &[u32] {
        &self.group[group as usize].users
    }

    /// Where a member came into a group, or left it.
    pub(crate) fn membership_places(&self, member: SubjectKey, group: u32) -> impl Iterator<Item = Pos32> {
        let memberships = self.memberships(member);
        let found = memberships.binary_search_by_key(&group, |(group, _)| *group).ok();
        found.into_iter().flat_map(|found| memberships[found].1.values()).map(|(place, _)| place)
    }

    /// Every place at which something of a group itself changed: the groups around it, and whether it is active.
    pub(crate) fn each_place_of_group(&self, group: u32, mut visit: impl FnMut(Pos32)) {
        let GroupRecord { memberships, inner: _, users: _, inactive } = &self.group[group as usize];
        let memberships = memberships.iter().flat_map(|(_, held)| held.values());
        memberships.chain(inactive.values()).for_each(|(place, _)| visit(place));
    }

    /// Where a user got a profile, or lost it.
    pub(crate) fn profile_places(&self, user: u32, profile: u32) -> impl Iterator<Item = Pos32> {
        let had = !self.user_cache[user as usize].never_profiled();
        let values = had.then(|| self.user[user as usize].profile.values()).into_iter().flatten();
        let mut before = None;
        values.filter_map(move |(place, now)| {
            let is = [before, *now].contains(&Some(profile));
            before = *now;
            is.then_some(place)
        })
    }

    /// Where a user became an org admin, or was dismissed.
    pub(crate) fn admin_places(&self, user: u32) -> impl Iterator<Item = Pos32> {
        self.user[user as usize].org_admin.values().map(|(place, _)| place)
    }

    /// Every group that the user ever was directly in.
    pub(crate) fn ever_direct_groups(&self, user: u32) -> impl Iterator<Item = u32> {
        self.user[user as usize].memberships.iter().map(|(group, _)| *group)
    }

    /// Whether the user ever was disabled.
    pub(crate) fn ever_disabled(&self, user: u32) -> bool {
        !self.user_cache[user as usize].never_disabled()
    }

    /// Everybody who ever was an org admin.
    pub(crate) fn ever_admins(&self) -> &[u32] {
        &self.ever_admins
    }

    /// Every place at which anything of the user changed, or of the groups that the user ever could have reached, which
    /// are given ([`Directory::ever_groups`]).
    pub(crate) fn each_place(&self, user: u32, groups: &[u32], mut visit: impl FnMut(Pos32)) {
        let UserRecord { memberships, disabled, org_admin, workspace, profile } = &self.user[user as usize];
        disabled.values().chain(org_admin.values()).for_each(|(place, _)| visit(place));
        workspace.values().chain(profile.values()).for_each(|(place, _)| visit(place));
        memberships.iter().flat_map(|(_, held)| held.values()).for_each(|(place, _)| visit(place));
        self.each_place_of_groups(groups, visit);
    }

    /// Every place at which anything of some groups themselves changed.
    pub(crate) fn each_place_of_groups(&self, groups: &[u32], mut visit: impl FnMut(Pos32)) {
        for group in groups {
            let GroupRecord { memberships, inactive, .. } = &self.group[*group as usize];
            inactive.values().for_each(|(place, _)| visit(place));
            memberships.iter().flat_map(|(_, held)| held.values()).for_each(|(place, _)| visit(place));
        }
    }

    /// Since when the group is switched off, where it is.
    #[must_use]
    pub fn inactive_since(&self, group: u32, place: Pos32) -> Option<Pos32> {
        self.group[group as usize].inactive.true_since(place)
    }

    /// Since when the member is directly in the group.
    #[must_use]
    pub fn member_since(&self, member: SubjectKey, group: u32, place: Pos32) -> Option<Pos32> {
        let memberships = self.memberships(member);
        let found = memberships.binary_search_by_key(&group, |(group, _)| *group).ok()?;
        memberships[found].1.true_since(place)
    }

    fn memberships(&self, member: SubjectKey) -> &Memberships {
        match member.as_group() {
            Some(group) => &self.group[group as usize].memberships,
            None => &self.user[member.as_user().expect("it is one of the two") as usize].memberships,
        }
    }
}

/// What it takes in memory, without the names.
impl Directory {
    pub(crate) fn heap(&self) -> usize {
        let memberships =
            |all: &Memberships| heap_size::vec(all) + all.iter().map(|(_, held)| held.heap()).sum::<usize>();
        let user = |user: &UserRecord| {
            let histories = user.disabled.heap() + user.org_admin.heap() + user.workspace.heap() + user.profile.heap();
            memberships(&user.memberships) + histories
        };
        let group = |group: &GroupRecord| {
            memberships(&group.memberships)
                + heap_size::vec(&group.inner)
                + heap_size::vec(&group.users)
                + group.inactive.heap()
        };
        let few = [&self.ever_admins, &self.ever_inactive].map(heap_size::vec);
        let users =
            heap_size::vec(&self.user) + heap_size::vec(&self.user_cache) + self.user.iter().map(user).sum::<usize>();
        let of_groups = heap_size::vec(&self.group) + heap_size::vec(&self.plain) + heap_size::vec(&self.nesting);
        let groups = of_groups + self.answered.heap() + self.group.iter().map(group).sum::<usize>();
        users + self.user_cache.iter().map(UserCache::heap).sum::<usize>() + groups + few.iter().sum::<usize>()
    }
}
