//! What a subject may do something to.

use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::id::BadId;
use caseward_events::{Action, Asker, DefinitionId};
use std::str::FromStr;
use std::sync::Arc;

/// `definition:ID`, or the bare id.
struct Only(DefinitionId);

impl FromStr for Only {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.strip_prefix("definition:").unwrap_or(text).parse().map(Only)
    }
}

/// `GET /v1/orgs/{org}/what`.
pub(in crate::service) async fn what(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (subject, action): (Asker, Action) = (params.need("subject")?, params.need("action")?);
    let definition = params.take::<Only>("definition")?.map(|Only(definition)| definition);
    let (when, paged) = (params.when()?, Paged::of(&mut params, &shared.limits)?);
    params.end()?;
    let list = ListOf::What(&subject, action, definition.as_ref());
    let page = paged.page(&organization, list, &shared.limits).await?;
    let reader = reader_for(&organization, &page, when).await?;
    let answer = reader.what_page(&subject, action, definition.as_ref(), &page).await?;
    let is_settled = is_settled(&page, when.as_of, [answer.settled; 2]);
    let response = respond::answer(&answer, is_settled, &headers);
    Ok(respond::placed(response, reader.resolved()))
}
