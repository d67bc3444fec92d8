//! Users in the order of their ids, for lists.
//!
//! INVARIANT: the views are held for a slice of users at a time. The order is of settled users alone, so it is kept with the
//! organization and only ever grows ([`Tenant::user_order`]); what is kept takes four bytes a user. Absent on purpose: an
//! order kept by the fold, which would cost every opening what few questions need.

use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use caseward_events::UserId;
use caseward_projections::IdOrder;
use std::sync::Arc;

/// Users whose names are read, or looked up, under one lock.
const SLICE_USERS: u32 = 1_024;

/// So many users are put in order by themselves; more by the order of all.
const SORTED_ALONE_MAX: usize = 1_024;

impl Reader<'_> {
    /// How many users events up to this place name; their numbers are those below.
    pub(super) fn users_named(&self) -> u32 {
        let named = self.tenant.views().directory.users.count_at(self.resolved.when.place);
        u32::try_from(named).expect("numbers have 32 bits")
    }

    /// The users whom events up to this place name, by id, and perhaps some who were named later.
    pub(super) async fn user_order(&self, work: &Work<'_>) -> Result<Arc<IdOrder>, Error> {
        let (kept, named) = (self.tenant.user_order(), self.users_named());
        let known = u32::try_from(kept.len()).expect("numbers have 32 bits");
        if known >= named {
            return Ok(kept);
        }
        let mut more: Vec<(UserId, u32)> = Vec::with_capacity((named - known) as usize);
        work.in_slices((known..named).step_by(SLICE_USERS as usize), |first| {
            let (views, begin) = (self.tenant.views(), more.len());
            let slice = first..named.min(first.saturating_add(SLICE_USERS));
            more.extend(slice.map(|user| (views.directory.users.id(user).clone(), user)));
            drop(views);
            more[begin..].sort_unstable();
            Ok(true)
        })
        .await?;
        // Of slices that are in order each.
        more.sort();
        let mut placed = Vec::with_capacity(more.len());
        work.in_slices(more.chunks(SLICE_USERS as usize), |slice| {
            let views = self.tenant.views();
            let place = |(id, user): &(UserId, u32)| (kept.up_to(&views.directory.users, id), *user);
            placed.extend(slice.iter().map(place));
            Ok(true)
        })
        .await?;
        let order = Arc::new(kept.with(placed));
        self.tenant.keep_user_order(&order);
        Ok(order)
    }

    /// Some users, given by ascending number, in the order of their ids; those alone whom events up to this place name.
    pub(super) async fn by_id(&self, work: &Work<'_>, mut users: Vec<u32>) -> Result<Vec<u32>, Error> {
        let named = self.users_named();
        users.truncate(users.partition_point(|user| *user < named));
        if users.len() <= SORTED_ALONE_MAX {
            let views = self.tenant.views();
            users.sort_unstable_by_key(|user| views.directory.users.id(*user));
            return Ok(users);
        }
        let order = self.user_order(work).await?;
        let mut is_one = vec![false; order.len()];
        users.iter().for_each(|user| is_one[*user as usize] = true);
        Ok(order.numbers().iter().copied().filter(|user| is_one[*user as usize]).collect())
    }
}
