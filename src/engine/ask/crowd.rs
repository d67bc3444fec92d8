//! Whom a question may have to look at, found slice by slice: an organization may have a million users.
//!
//! INVARIANT: the views are held for a slice at a time, and nobody is among those found whom no event up to the position
//! in question names: what lies above the head may be taken off the views again at any time. Absent on purpose: what
//! they hold.

use super::work::Work;
use crate::engine::error::Error;
use crate::engine::tenant::Tenant;
use caseward_events::Asker;
use caseward_projections::{Audience, Pos32, Target};

/// Users, and delegations, that are looked at under one lock.
pub(in crate::engine) const SLICE_USERS: usize = 256;

/// Groups and profiles by their users, as of a place or later.
pub(super) async fn audience(tenant: &Tenant, work: &Work<'_>, up_to: Pos32) -> Result<Audience, Error> {
    let mut audience = Audience::default();
    let further = |()| Ok(audience.look_further(&tenant.views(), up_to, SLICE_USERS));
    work.in_slices(std::iter::repeat(()), further).await?;
    Ok(audience)
}

/// Users whom anything ever singled out on a target and whom events named by then, and its links; by reference,
/// bytewise.
pub(super) async fn singled_out(
    tenant: &Tenant,
    work: &Work<'_>,
    (target, known): (Target, Pos32),
) -> Result<Vec<Asker>, Error> {
    let audience = audience(tenant, work, known).await?;
    let users = tenant.ask(|views| {
        let mut users = views.singled_out(target, &audience);
        // Numbers are given in the order of the events.
        let named = views.directory.users.count_at(known);
        users.truncate(users.partition_point(|user| (*user as usize) < named));
        users
    })?;
    let mut all = tenant.ask(|views| views.links_made(target, known))?;
    work.in_slices(users.chunks(SLICE_USERS), |slice| {
        all.extend(tenant.ask(|views| views.named_by(slice, known))?);
        Ok(true)
    })
    .await?;
    all.sort_by_cached_key(ToString::to_string);
    Ok(all)
}
