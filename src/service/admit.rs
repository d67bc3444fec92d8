//! Letting requests in: who calls, which organization they name, and whether the route is open to them.
//!
//! INVARIANT: an organization that a caller has no part of reads as one that does not exist, whatever is asked of it, with
//! the same bytes and after the same work: of neither is more looked at than its name. That comes before the parts, so that
//! what a caller may not do says nothing of what there is.

use super::browsers::refuse_pages;
use super::callers::{Caller, Part, Peer};
use super::problem::Problem;
use super::refusals::Why;
use super::seen::CallerSeen;
use super::state::Shared;
use crate::engine::CommandError;
use axum::RequestExt;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// Paths whose handlers look whom a question is about. A token about one user is let in nowhere else, so that a path that is
/// new is closed to it until its handler looks.
const LOOK_WHOM: [&str; 2] = ["/v1/orgs/{org}/check", "/v1/orgs/{org}/checks"];

/// Paths that are open to whoever is on this machine and presents nothing: they say nothing of any person, and of an
/// organization only what the operator wants told.
const OPEN_HERE: [&str; 1] = ["/metrics"];

/// Paths whose answers take the time that they take: a verb of the command line, and a proof, the first of which reads all of
/// a long log, and would have to begin again if it were given up.
const UNTIMED: [&str; 5] = [
    "/v1/verbs",
    "/v1/orgs/{org}/tree-head",
    "/v1/orgs/{org}/proofs/consistency",
    "/v1/orgs/{org}/proofs/decision",
    "/v1/orgs/{org}/proofs/{position}",
];

/// Where commands are sent, of which some may be stored when an answer is given up.
const COMMANDS: &str = "/v1/orgs/{org}/commands";

/// What a proxy adds to a request that it passes on, which then is from wherever.
const PASSED_ON: [&str; 3] = ["forwarded", "via", "x-forwarded-for"];

/// Which parts a route asks for: any of them is enough.
#[derive(Clone, Debug)]
pub(super) struct Parts(pub(super) Vec<Part>);

impl From<Part> for Parts {
    fn from(part: Part) -> Parts {
        Parts(vec![part])
    }
}

impl<const N: usize> From<[Part; N]> for Parts {
    fn from(parts: [Part; N]) -> Parts {
        Parts(parts.to_vec())
    }
}

/// None: open to everybody.
impl From<Option<Part>> for Parts {
    fn from(part: Option<Part>) -> Parts {
        Parts(part.into_iter().collect())
    }
}

/// Lets a request in to a route that asks for parts, or turns it away.
pub(super) async fn admit(
    State((shared, Parts(parts))): State<(Arc<Shared>, Parts)>,
    mut request: Request,
    next: Next,
) -> Response {
    if parts.is_empty() {
        return next.run(request).await;
    }
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    if let Err(problem) = let_in(&shared, &parts, path, &mut request).await {
        return problem.into_response();
    }
    if UNTIMED.contains(&path) {
        return next.run(request).await;
    }
    let limit = shared.limits.request_time;
    let in_time = tokio::time::timeout(limit, next.run(request)).await;
    in_time.unwrap_or_else(|_| too_late(path, limit).into_response())
}

/// What is told where an answer did not begin in time. Whatever was under way is dropped, as it is when a client goes away.
fn too_late(path: &str, limit: Duration) -> Problem {
    if path == COMMANDS {
        return CommandError::InDoubt.into();
    }
    let detail = format!("no answer was there within {limit:?}, and it was given up");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail)
        .hint("try again later, or ask for less; where it was to change something, look first whether it did")
        .retry_after(1)
}

async fn let_in(shared: &Shared, parts: &[Part], path: &str, request: &mut Request) -> Result<(), Problem> {
    let peer = request.extensions().get::<Peer>().expect("every connection says where it comes from");
    refuse_pages(shared, peer, request, path)?;
    if OPEN_HERE.contains(&path) && is_here(peer, request.headers()) {
        return Ok(());
    }
    let caller = shared.callers.identify(&shared.engine, peer, request.headers(), shared.limits.wait_time).await;
    let caller = caller.ok_or_else(|| shared.refusals.refuse(Why::Unknown, &"nobody", path))?;
    CallerSeen::tell(request, &caller);
    if path.contains("{org}") {
        let params = request.extract_parts::<RawPathParams>().await.ok();
        let name = params.as_ref().and_then(|params| params.iter().find(|(key, _)| *key == "org"));
        let own = name.and_then(|(_, name)| name.parse().ok()).filter(|name| caller.is_of(name));
        let organization = own.and_then(|name| shared.engine.organization(&name).ok());
        let organization = organization.ok_or_else(|| shared.refusals.refuse(Why::NotFound, &caller, path))?;
        request.extensions_mut().insert(Organization(organization));
    }
    let is_kept_out = caller.is_about_one() && !LOOK_WHOM.contains(&path);
    if is_kept_out || !caller.may(parts) {
        return Err(shared.refusals.refuse(Why::Forbidden, &caller, path));
    }
    request.extensions_mut().insert(caller);
    Ok(())
}

/// Whether a request was made on this machine, and presents nothing.
fn is_here(peer: &Peer, headers: &HeaderMap) -> bool {
    let is_local = peer.presents_nothing() && peer.address().is_some_and(|from| from.ip().is_loopback());
    is_local && !headers.contains_key(AUTHORIZATION) && !PASSED_ON.iter().any(|name| headers.contains_key(*name))
}

/// The organization that the path names, of the caller's own; the caller's where it names none.
#[derive(Clone)]
pub(super) struct Organization(pub(super) crate::engine::Organization);

impl FromRequestParts<Arc<Shared>> for Organization {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, shared: &Arc<Shared>) -> Result<Self, Problem> {
        if let Some(named) = head.extensions.remove::<Organization>() {
            return Ok(named);
        }
        let caller = head.extensions.get::<Caller>().expect("whoever is let in is known");
        let own = shared.engine.organization(&caller.organization());
        own.map(Organization).map_err(|_| Problem::not_found())
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, _: &Arc<Shared>) -> Result<Self, Problem> {
        Ok(head.extensions.get::<Caller>().expect("whoever is let in is known").clone())
    }
}
