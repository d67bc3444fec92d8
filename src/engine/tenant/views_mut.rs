//! The views of a tenant, locked to be changed.
//!
//! INVARIANT: when the lock is let go, what the cases take in memory is noted beside it, so that whoever adds it up
//! ([`crate::engine::keep::evictor`]) locks nobody's views.

use super::Tenant;
use caseward_projections::Views;
use std::ops::{Deref, DerefMut};
use std::sync::RwLockWriteGuard;

/// The lock.
pub(in crate::engine) struct ViewsMut<'a> {
    tenant: &'a Tenant,
    views: RwLockWriteGuard<'a, Views>,
}

impl<'a> ViewsMut<'a> {
    pub(super) fn new(tenant: &'a Tenant, views: RwLockWriteGuard<'a, Views>) -> ViewsMut<'a> {
        ViewsMut { tenant, views }
    }
}

impl Deref for ViewsMut<'_> {
    type Target = Views;
    fn deref(&self) -> &Views {
        &self.views
    }
}

impl DerefMut for ViewsMut<'_> {
    fn deref_mut(&mut self) -> &mut Views {
        &mut self.views
    }
}

impl Drop for ViewsMut<'_> {
    fn drop(&mut self) {
        self.tenant.note_held(&self.views);
    }
}
