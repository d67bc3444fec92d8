//! What people call things, for whoever shows an answer to people elsewhere.

use super::admit::Organization;
use super::body;
use super::callers::Caller;
use super::limits::Limits;
use super::params::{Params, When, wait_for};
use super::problem::Problem;
use super::respond;
use super::state::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caseward_events::Labelled;
use caseward_events::answer::NamesAnswer;
use caseward_events::submission::parse_json_of_any_length;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    of: Vec<Labelled>,
}

pub(super) async fn names(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (When { as_of, at }, at_least) = (params.when()?, params.at_least()?);
    params.end()?;
    let parsed = parse_json_of_any_length(&body::whole(body, &shared.limits).await?)?;
    let Asked { of } = body::said(parsed)?;
    within(of.len(), &shared.limits)?;
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let reader = organization.reader(as_of, at).await?;
    let mut names = Vec::with_capacity(of.len());
    for of in of {
        names.push(reader.named(of).await?);
        tokio::task::yield_now().await;
    }
    let resolved = reader.resolved();
    let (position, at, settled) = (reader.position(), resolved.when.at, resolved.settled);
    Ok(respond::fresh(&NamesAnswer { names, position, at, settled }))
}

fn within(count: usize, limits: &Limits) -> Result<(), Problem> {
    let limit = limits.page_items;
    if count <= limit {
        return Ok(());
    }
    let detail = format!("{count} names are more than {limit}, the limit of one request");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        .hint("ask in parts")
        .fact("limit", limit)
        .fact("came_to", count))
}
