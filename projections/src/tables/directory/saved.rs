//! How users and groups are saved. Who ever was an admin, which groups were switched off, and who and which groups lie in
//! a group follow from their histories.

use super::nesting::Nesting;
use super::{Directory, GroupRecord, Memberships, UserCache, UserRecord};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};

fn save_memberships(memberships: &Memberships, up_to: Pos32, to: &mut RowWriter) {
    let set = || memberships.iter().filter(|(_, held)| first_place(held, up_to).is_some());
    to.number(set().count() as u64);
    for (group, held) in set() {
        group.save(up_to, to);
        held.save(up_to, to);
    }
}

fn load_memberships(from: &mut RowReader<'_>) -> Result<Memberships, RowDamage> {
    let count = from.count()?;
    let memberships: Result<Memberships, _> =
        (0..count).map(|_| Ok((from.number_32()?, History::load(from)?))).collect();
    let memberships = memberships?;
    if memberships.is_sorted_by(|one, next| one.0 < next.0) {
        Ok(memberships)
    } else {
        Err(RowDamage("groups that do not ascend"))
    }
}

impl Directory {
    pub(crate) fn save_user(&self, number: u32, up_to: Pos32, to: &mut RowWriter) {
        let user = &self.user[number as usize];
        save_memberships(&user.memberships, up_to, to);
        user.disabled.save(up_to, to);
        user.org_admin.save(up_to, to);
        user.workspace.save(up_to, to);
        user.profile.save(up_to, to);
    }

    pub(crate) fn load_user(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        self.user.push(UserRecord {
            memberships: load_memberships(from)?,
            disabled: Saved::load(from)?,
            org_admin: Saved::load(from)?,
            workspace: Saved::load(from)?,
            profile: Saved::load(from)?,
        });
        self.user_cache.push(UserCache::default());
        Ok(())
    }

    pub(crate) fn save_group(&self, number: u32, up_to: Pos32, to: &mut RowWriter) {
        let group = &self.group[number as usize];
        save_memberships(&group.memberships, up_to, to);
        group.inactive.save(up_to, to);
    }

    pub(crate) fn load_group(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        self.group.push(GroupRecord {
            memberships: load_memberships(from)?,
            inner: Vec::new(),
            users: Vec::new(),
            inactive: Saved::load(from)?,
        });
        self.nesting.push(Nesting::of(u32::try_from(self.nesting.len()).map_err(|_| RowDamage("too many groups"))?));
        self.plain.push(true);
        Ok(())
    }

    /// Nothing that was saved names a group that is not there.
    pub(crate) fn known_group(&self, group: u32) -> Result<(), RowDamage> {
        if (group as usize) < self.group.len() { Ok(()) } else { Err(RowDamage("a group beyond the last")) }
    }

    /// What follows from the histories, in the order of the events.
    pub(crate) fn derive(&mut self) -> Result<(), RowDamage> {
        self.ever_admins = by_first(self.user.iter().map(|user| &user.org_admin));
        self.ever_inactive = by_first(self.group.iter().map(|group| &group.inactive));
        let mut edges = Vec::new();
        for (group, inner) in self.group.iter().zip(0_u32..) {
            let first = |(outer, held): &(u32, History<bool>)| Some((first_place(held, Pos32::LATEST)?, *outer, inner));
            edges.extend(group.memberships.iter().filter_map(first));
        }
        edges.sort_unstable();
        for (_, outer, inner) in edges {
            self.group.get_mut(outer as usize).ok_or(RowDamage("a group beyond the last"))?.inner.push(inner);
        }
        self.derive_users()?;
        self.derive_nesting();
        let memberships = self.group.iter().flat_map(|group| &group.memberships);
        let changes = memberships.map(|(_, held)| held).chain(self.group.iter().map(|group| &group.inactive));
        self.answered.derive(changes.flat_map(|changes| changes.values().map(|(place, _)| place)).collect());
        let number = |len| u32::try_from(len).expect("there are no more ids than positions");
        (0..number(self.user.len())).for_each(|user| self.renew_user_cache(user));
        (0..number(self.group.len())).for_each(|group| self.renew_plain(group));
        Ok(())
    }
}

impl Directory {
    /// Puts every user in the groups that the user ever was in, in the order of the events.
    fn derive_users(&mut self) -> Result<(), RowDamage> {
        let mut of_groups: Vec<Vec<(Pos32, u32)>> = vec![Vec::new(); self.group.len()];
        for (record, user) in self.user.iter().zip(0_u32..) {
            for (group, held) in &record.memberships {
                let users = of_groups.get_mut(*group as usize).ok_or(RowDamage("a group beyond the last"))?;
                users.extend(first_place(held, Pos32::LATEST).map(|place| (place, user)));
            }
        }
        for (group, mut users) in self.group.iter_mut().zip(of_groups) {
            users.sort_unstable();
            group.users = users.into_iter().map(|(_, user)| user).collect();
        }
        Ok(())
    }
}

/// The numbers of those that have a value, in the order of their first ones.
fn by_first<'a>(histories: impl Iterator<Item = &'a History<bool>>) -> Vec<u32> {
    let firsts =
        histories.zip(0_u32..).filter_map(|(history, number)| Some((first_place(history, Pos32::LATEST)?, number)));
    let mut firsts: Vec<_> = firsts.collect();
    firsts.sort_unstable();
    firsts.into_iter().map(|(_, number)| number).collect()
}
