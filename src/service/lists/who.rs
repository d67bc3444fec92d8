//! Who may do something, or could at any time between two moments.

use super::{Paged, is_settled, reader_between, reader_for};
use crate::engine::{ListOf, WhoPage};
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::ask::AsOf;
use caseward_events::{Action, Resource};
use std::sync::Arc;

/// `GET /v1/orgs/{org}/who`: with `from` or `to`, over a stretch of time.
pub(in crate::service) async fn who(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (action, resource): (Action, Resource) = (params.need("action")?, params.need("resource")?);
    let (from, to) = (params.take::<AsOf>("from")?, params.take::<AsOf>("to")?);
    let (when, paged) = (params.when()?, Paged::of(&mut params, &shared.limits)?);
    params.end()?;
    if from.is_none() && to.is_none() {
        let page = paged.page(&organization, ListOf::Who(action, &resource), &shared.limits).await?;
        let reader = reader_for(&organization, &page, when).await?;
        let WhoPage { answer, total } = reader.who_page(action, &resource, &page).await?;
        let is_settled = is_settled(&page, when.as_of, [answer.settled; 2]);
        let response = respond::placed(respond::answer(&answer, is_settled, &headers), reader.resolved());
        return Ok(respond::counted(response, total));
    }
    if when.at.is_some() {
        return Err(Problem::invalid("`at` cannot be combined with `from` and `to`")
            .hint("leave `at` out: windows are compared with each instant of the stretch"));
    }
    let text = from.map(|from| from.to_string());
    let list = ListOf::WhoBetween(action, &resource, text.as_deref());
    let page = paged.page(&organization, list, &shared.limits).await?;
    let (reader, between) = reader_between(&organization, &page, (when.as_of, from, to)).await?;
    let answer = reader.who_between(action, &resource, between, &page).await?;
    let is_settled = is_settled(&page, when.as_of, [reader.resolved().settled, answer.settled]);
    Ok(respond::answer(&answer, is_settled, &headers))
}
