//! The events that name a thing.

use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::params::{Params, When};
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::{Query, Reference};
use std::sync::Arc;

/// `GET /v1/orgs/{org}/history`. Events bear reasons, which an erasure takes away.
pub(in crate::service) async fn history(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let of: Reference = params.need("of")?;
    let words = params.take::<String>("query")?.unwrap_or_default();
    let as_of = params.take("as_of")?.unwrap_or_default();
    let paged = Paged::of(&mut params, &shared.limits)?;
    params.end()?;
    let query = Query::parse(&words, shared.engine.now()).map_err(|bad| {
        let hint = bad.hint.clone();
        Problem::invalid(format!("`query`: {bad}")).hint(hint)
    })?;
    let page = paged.page(&organization, ListOf::History(&of, &words), &shared.limits).await?;
    let reader = reader_for(&organization, &page, When { as_of, at: None }).await?;
    let answer = reader.history_page(&of, &query, &page).await?;
    let is_settled = is_settled(&page, as_of, [answer.settled; 2]);
    Ok(respond::with_reasons(&answer, is_settled, &headers))
}
