//! Letting requests in: who calls, whether the route is open to them, and which organization they name.
//!
//! INVARIANT: an organization that a caller has no part of reads as one that does not exist, whatever is asked of it.

use super::callers::{Caller, Part, Peer};
use super::problem::Problem;
use super::state::Shared;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use caseward_events::OrganizationName;
use std::collections::HashMap;
use std::sync::Arc;

/// Lets a request in to a route that asks for a part, or turns it away.
pub(super) async fn admit(
    State((shared, part)): State<(Arc<Shared>, Option<Part>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(part) = part else { return next.run(request).await };
    let peer = request.extensions().get::<Peer>().expect("every connection says where it comes from");
    match shared.callers.identify(peer) {
        Err(problem) => problem.into_response(),
        Ok(caller) if !caller.may(part) => {
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "this caller has no part that allows the call")
                .into_response()
        }
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

/// The organization that the path names, of the caller's own.
pub(super) struct Organization(pub(super) crate::engine::Organization);

impl FromRequestParts<Arc<Shared>> for Organization {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, shared)
            .await
            .map_err(|_| Problem::not_found())?;
        let name: OrganizationName =
            path.get("org").and_then(|name| name.parse().ok()).ok_or_else(Problem::not_found)?;
        let caller = parts.extensions.get::<Caller>().expect("whoever is let in is known");
        let found = shared.engine.organization(&name).map_err(|_| Problem::not_found())?;
        if caller.is_of(&name) { Ok(Organization(found)) } else { Err(Problem::not_found()) }
    }
}
