//! A request that was let in: what a handler of an organization begins with.
//!
//! INVARIANT: whoever has one was admitted for a part that the table of routes names, and holds a place among the requests
//! that are answered at once, as long as it has it. Absent on purpose: who is admitted ([`super::admit`]); bodies, which a
//! handler reads itself, once it knows what is asked.

use super::admit::Organization;
use super::callers::Caller;
use super::params::{Params, wait_for};
use super::problem::Problem;
use super::respond;
use super::state::{Room, Shared};
use crate::engine;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use caseward_events::Position;
use serde::Serialize;
use std::sync::Arc;

/// See the module.
pub(super) struct LetIn {
    pub(super) shared: Arc<Shared>,
    /// The one that the path names; the caller's own, where it names none.
    pub(super) organization: engine::Organization,
    pub(super) params: Params,
    pub(super) headers: HeaderMap,
    _room: Room,
}

impl FromRequestParts<Arc<Shared>> for LetIn {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Organization(organization) = Organization::from_request_parts(head, shared).await?;
        let caller = Caller::from_request_parts(head, shared).await?;
        let params = Params::from_request_parts(head, shared).await?;
        let room = shared.request_room(&caller)?;
        Ok(LetIn { shared: Arc::clone(shared), organization, params, headers: head.headers.clone(), _room: room })
    }
}

impl LetIn {
    /// Waits until the head is at a position that the caller has seen elsewhere.
    pub(super) async fn wait_for(&self, at_least: Option<Position>) -> Result<(), Problem> {
        wait_for(&self.organization, at_least, self.shared.limits.wait_time).await
    }

    /// An answer, which may be kept where it will always be this one.
    pub(super) fn answer(&self, answer: &(impl Serialize + ?Sized), is_settled: bool) -> Response {
        respond::answer(answer, is_settled, &self.headers)
    }
}
