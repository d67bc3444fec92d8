//! What changed between two moments.

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
use caseward_events::Reference;
use caseward_events::answer::DiffAnswer;
use caseward_events::ask::AsOf;
use std::sync::Arc;

/// `GET /v1/orgs/{org}/diff`. The events that it cites bear reasons, which an erasure takes away.
pub(in crate::service) async fn diff(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (of, from): (Reference, AsOf) = (params.need("of")?, params.need("from")?);
    let to: AsOf = params.take("to")?.unwrap_or_default();
    let paged = Paged::of(&mut params, &shared.limits)?;
    params.end()?;
    let text = from.to_string();
    let page = paged.page(&organization, ListOf::Diff(&of, &text), &shared.limits).await?;
    let reader = reader_for(&organization, &page, When { as_of: to, at: None }).await?;
    let answer = reader.diff_page(&of, from, &page).await?;
    let cited = organization.cited(answer.names()).await?;
    let cited = cited.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
    let answer = DiffAnswer { cited: Some(cited), ..answer };
    let is_settled = is_settled(&page, to, [answer.settled; 2]);
    Ok(respond::with_reasons(&answer, is_settled, &headers))
}
