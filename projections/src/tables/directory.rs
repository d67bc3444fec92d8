//! The directory: users, groups, who is in which, who is disabled, who is an org admin (`semantics.md` section 1).
//!
//! A user holds histories of *direct* memberships only. What is around a group is a history of the group, renewed when
//! an edge between groups or a switch changes; a check unites the few sets of the user's direct groups.
//! INVARIANT: groups hold no cycles; `closure` of a group is the groups that its members are in through it, itself
//! included, and empty while it is inactive; `closure_of_all` is the same with every group taken as active.

mod compare;
mod fold;
mod saved;
mod undo;
mod user_cache;

use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::interner::Interner;
use crate::facts::number::SubjectKey;
use crate::facts::place::Place;
use caseward_events::limits::GROUP_NESTING_MAX;
use caseward_events::{GroupId, Subject, UserId, WorkspaceId};
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use user_cache::GroupMask;
use user_cache::UserCache;

/// Groups that a user is in: a few, in no order, perhaps one twice.
pub type GroupSet = SmallVec<[u32; 16]>;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
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
    inactive: History<bool>,
    /// No value: the group alone.
    closure: History<Arc<[u32]>>,
    closure_of_all: History<Arc<[u32]>>,
}

/// How a user is in a group: the events of the shortest path, from the user outward.
pub type Path = SmallVec<[Place; 4]>;

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
    pub fn disabled_since(&self, user: u32, place: Place) -> Option<Place> {
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
    pub fn admin_since(&self, user: u32, place: Place) -> Option<Place> {
        if self.user_cache[user as usize].never_admin() {
            return None;
        }
        self.user[user as usize].org_admin.true_since(place)
    }

    /// Whether the user is an org admin and not disabled.
    #[must_use]
    pub fn is_enabled_admin(&self, user: u32, place: Place) -> bool {
        self.admin_since(user, place).is_some() && self.disabled_since(user, place).is_none()
    }

    /// The org admins, disabled ones too.
    pub fn admins(&self, place: Place) -> impl Iterator<Item = u32> {
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
    pub fn workspace(&self, user: u32, place: Place) -> Option<(Place, u32)> {
        let (since, workspace) = self.user[user as usize].workspace.at(place)?;
        workspace.map(|workspace| (since, workspace))
    }

    /// The profile a user has, and since when.
    #[must_use]
    #[inline]
    pub fn profile(&self, user: u32, place: Place) -> Option<(Place, u32)> {
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

    /// Every group that the user could ever have reached: supersets, over all time and all edges there ever were.
    #[must_use]
    pub fn ever_groups(&self, user: u32) -> Vec<u32> {
        let mut found = self.ever_direct_groups(user).collect();
        self.add_outer(&mut found);
        found
    }

    fn add_outer(&self, found: &mut Vec<u32>) {
        let mut next = 0;
        while let Some(&group) = found.get(next) {
            for (outer, _) in &self.group[group as usize].memberships {
                if !found.contains(outer) {
                    found.push(*outer);
                }
            }
            next += 1;
        }
    }

    /// Every group around a group, itself included: over all time and all edges there ever were.
    pub(crate) fn ever_around(&self, group: u32) -> Vec<u32> {
        let mut found = vec![group];
        self.add_outer(&mut found);
        found
    }

    /// The groups that are directly in a group.
    pub(crate) fn inner_groups(&self, group: u32, place: Place) -> impl Iterator<Item = u32> {
        let held = move |&inner: &u32| self.member_since(SubjectKey::group(inner), group, place).is_some();
        self.ever_inner(group).iter().copied().filter(held)
    }

    /// The groups that ever were directly in a group.
    pub(crate) fn ever_inner(&self, group: u32) -> &[u32] {
        &self.group[group as usize].inner
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

    /// Every place at which anything of the user, or of what is around the groups that the user was in, changed.
    pub(crate) fn each_place(&self, user: u32, mut visit: impl FnMut(Place)) {
        let UserRecord { memberships, disabled, org_admin, workspace, profile } = &self.user[user as usize];
        disabled.values().chain(org_admin.values()).for_each(|(place, _)| visit(place));
        workspace.values().chain(profile.values()).for_each(|(place, _)| visit(place));
        for (group, held) in memberships {
            held.values().for_each(|(place, _)| visit(place));
            let GroupRecord { closure, closure_of_all, .. } = &self.group[*group as usize];
            closure.values().chain(closure_of_all.values()).for_each(|(place, _)| visit(place));
        }
    }

    /// Since when the group is switched off, where it is.
    #[must_use]
    pub fn inactive_since(&self, group: u32, place: Place) -> Option<Place> {
        self.group[group as usize].inactive.true_since(place)
    }

    /// Since when the member is directly in the group.
    #[must_use]
    pub fn member_since(&self, member: SubjectKey, group: u32, place: Place) -> Option<Place> {
        let memberships = self.memberships(member);
        let found = memberships.binary_search_by_key(&group, |(group, _)| *group).ok()?;
        memberships[found].1.true_since(place)
    }

    /// The groups that a subject is in, in its own right or through others. A group is in itself.
    #[inline]
    pub fn groups_of(&self, subject: SubjectKey, through: Through, place: Place) -> GroupSet {
        let mut groups = GroupSet::new();
        match subject.as_group() {
            Some(group) => self.add_closure(group, through, place, &mut groups),
            None => {
                for (group, membership) in self.memberships(subject) {
                    if membership.is_true(place) {
                        self.add_closure(*group, through, place, &mut groups);
                    }
                }
            }
        }
        groups
    }

    /// Whether a user is in a group, in the user's own right or through other groups.
    // Mostly a few steps on a line of the cache that was just read; histories are asked apart.
    #[must_use]
    #[inline(always)]
    pub fn reaches(&self, user: u32, group: u32, through: Through, place: Place) -> bool {
        if self.is_plain(group) {
            let user_cache = &self.user_cache[user as usize];
            if user_cache.is_of(place) {
                return user_cache.is_in(group);
            }
        }
        self.reaches_by_histories(user, group, through, place)
    }

    #[inline(never)]
    fn reaches_by_histories(&self, user: u32, group: u32, through: Through, place: Place) -> bool {
        let through_one = |(direct, held): &(u32, History<bool>)| {
            held.is_true(place)
                && match self.closure(*direct, through).value_at(place) {
                    None => *direct == group,
                    Some(closure) => closure.binary_search(&group).is_ok(),
                }
        };
        let memberships = &self.user[user as usize].memberships;
        // Most groups never had a group in them, and then there is no other way in.
        if self.group[group as usize].inner.is_empty() {
            return memberships.iter().find(|(direct, _)| *direct == group).is_some_and(through_one);
        }
        memberships.iter().any(through_one)
    }

    /// Every group that a user is in; one that is reached in several ways comes several times.
    #[inline]
    pub fn each_group(&self, user: u32, through: Through, place: Place, mut visit: impl FnMut(u32)) {
        for (direct, held) in &self.user[user as usize].memberships {
            if held.is_true(place) {
                match self.closure(*direct, through).value_at(place) {
                    None => visit(*direct),
                    Some(closure) => closure.iter().copied().for_each(&mut visit),
                }
            }
        }
    }

    #[inline]
    fn closure(&self, group: u32, through: Through) -> &History<Arc<[u32]>> {
        let record = &self.group[group as usize];
        match through {
            Through::ActiveGroups => &record.closure,
            Through::AllGroups => &record.closure_of_all,
        }
    }

    #[inline]
    fn add_closure(&self, group: u32, through: Through, place: Place, groups: &mut GroupSet) {
        match self.closure(group, through).value_at(place) {
            Some(closure) => groups.extend_from_slice(closure),
            None => groups.push(group),
        }
    }

    fn memberships(&self, member: SubjectKey) -> &Memberships {
        match member.as_group() {
            Some(group) => &self.group[group as usize].memberships,
            None => &self.user[member.as_user().expect("it is one of the two") as usize].memberships,
        }
    }

    /// The shortest path from a subject to a group; of equally short ones, that whose places are the smallest list.
    #[must_use]
    pub fn path(&self, from: SubjectKey, to: u32, through: Through, place: Place) -> Option<Path> {
        if from.as_group() == Some(to) {
            return Some(Path::new());
        }
        let mut layer: BTreeMap<SubjectKey, Path> = BTreeMap::from([(from, Path::new())]);
        let mut seen = vec![false; self.group.len()];
        while !layer.is_empty() {
            let mut next: BTreeMap<SubjectKey, Path> = BTreeMap::new();
            for (member, path) in &layer {
                for (group, membership) in self.memberships(*member) {
                    let Some(since) = membership.true_since(place) else { continue };
                    let closed = through == Through::ActiveGroups && self.inactive_since(*group, place).is_some();
                    if closed || seen[*group as usize] {
                        continue;
                    }
                    let mut longer = path.clone();
                    longer.push(since);
                    let known = next.entry(SubjectKey::group(*group)).or_insert_with(|| longer.clone());
                    if longer < *known {
                        *known = longer;
                    }
                }
            }
            if let Some(path) = next.remove(&SubjectKey::group(to)) {
                return Some(path);
            }
            next.keys().filter_map(|key| key.as_group()).for_each(|group| seen[group as usize] = true);
            layer = next;
        }
        None
    }

    /// Whether `outer` is reached from `inner` by direct memberships as they stand now, switches left aside.
    #[must_use]
    pub fn is_within(&self, inner: u32, outer: u32) -> bool {
        self.groups_of(SubjectKey::group(inner), Through::AllGroups, Place::LATEST).contains(&outer)
    }

    /// Whether putting `inner` into `outer` would nest groups too deeply.
    #[must_use]
    pub fn would_nest_too_deep(&self, inner: Option<u32>, outer: Option<u32>) -> bool {
        let above = outer.map_or(1, |group| self.chain(group, &mut HashMap::new(), Self::outer_now));
        let below = inner.map_or(1, |group| self.chain(group, &mut HashMap::new(), Self::inner_now));
        above + below > GROUP_NESTING_MAX
    }

    /// The groups on the longest chain from a group on, itself included.
    fn chain(&self, group: u32, known: &mut HashMap<u32, usize>, next: fn(&Self, u32) -> Vec<u32>) -> usize {
        if let Some(&length) = known.get(&group) {
            return length;
        }
        let longest = next(self, group).into_iter().map(|group| self.chain(group, known, next)).max();
        let length = 1 + longest.unwrap_or(0);
        known.insert(group, length);
        length
    }

    fn outer_now(&self, group: u32) -> Vec<u32> {
        let memberships = &self.group[group as usize].memberships;
        memberships.iter().filter(|(_, held)| held.is_true(Place::LATEST)).map(|(group, _)| *group).collect()
    }

    fn inner_now(&self, group: u32) -> Vec<u32> {
        let inner = self.group[group as usize].inner.iter().copied();
        inner.filter(|&one| self.member_since(SubjectKey::group(one), group, Place::LATEST).is_some()).collect()
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
        let sets = |closure: &History<Arc<[u32]>>| {
            const COUNTS_BYTES: usize = 16;
            let of_set = |(_, set): (Place, &Arc<[u32]>)| heap_size::allocated(COUNTS_BYTES + size_of_val(&**set));
            closure.heap() + closure.values().map(of_set).sum::<usize>()
        };
        let group = |group: &GroupRecord| {
            let own = memberships(&group.memberships) + heap_size::vec(&group.inner) + group.inactive.heap();
            own + sets(&group.closure) + sets(&group.closure_of_all)
        };
        let few = [&self.ever_admins, &self.ever_inactive].map(heap_size::vec);
        let users =
            heap_size::vec(&self.user) + heap_size::vec(&self.user_cache) + self.user.iter().map(user).sum::<usize>();
        let groups =
            heap_size::vec(&self.group) + heap_size::vec(&self.plain) + self.group.iter().map(group).sum::<usize>();
        users + self.user_cache.iter().map(UserCache::heap).sum::<usize>() + groups + few.iter().sum::<usize>()
    }
}
