//! When a subject could do something, and everybody who held something on a resource.

use super::{Paged, is_settled, reader_between};
use crate::engine::{AccessPage, ListOf};
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use crate::show;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::ask::{AsOf, Question};
use caseward_events::{Action, Asker, Resource};
use std::sync::Arc;

/// `GET /v1/orgs/{org}/access`.
pub(in crate::service) async fn access(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (subject, action): (Asker, Action) = (params.need("subject")?, params.need("action")?);
    let resource: Resource = params.need("resource")?;
    let Between { as_of, from, to } = Between::of(&mut params)?;
    let paged = Paged::of(&mut params, &shared.limits)?;
    params.end()?;
    let text = from.map(|from| from.to_string());
    let list = ListOf::Access(&subject, action, &resource, text.as_deref());
    let page = paged.page(&organization, list, &shared.limits).await?;
    let (reader, between) = reader_between(&organization, &page, (as_of, from, to)).await?;
    let question = Question::new(subject, action, resource);
    let AccessPage { answer, total } = reader.access_page(&question, between, &page).await?;
    let is_settled = is_settled(&page, as_of, [reader.resolved().settled, answer.settled]);
    Ok(respond::counted(respond::answer(&answer, is_settled, &headers), total))
}

/// `GET /v1/orgs/{org}/timeline`.
pub(in crate::service) async fn timeline(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let resource: Resource = params.need("resource")?;
    let Between { as_of, from, to } = Between::of(&mut params)?;
    let paged = Paged::of(&mut params, &shared.limits)?;
    params.end()?;
    let text = from.map(|from| from.to_string());
    let page = paged.page(&organization, ListOf::Timeline(&resource, text.as_deref()), &shared.limits).await?;
    let (reader, between) = reader_between(&organization, &page, (as_of, from, to)).await?;
    let (timeline, next) = reader.timeline_page(&resource, between, &page).await?;
    let cited = organization.cited_by(&timeline).await?;
    let is_settled = is_settled(&page, as_of, [reader.resolved().settled, timeline.settled]);
    Ok(respond::answer(&show::timeline::answer(&timeline, &cited, next), is_settled, &headers))
}

/// What is known, and between which instants it is looked at.
struct Between {
    as_of: AsOf,
    from: Option<AsOf>,
    to: Option<AsOf>,
}

impl Between {
    fn of(params: &mut Params) -> Result<Between, Problem> {
        Ok(Between {
            as_of: params.take("as_of")?.unwrap_or_default(),
            from: params.take("from")?,
            to: params.take("to")?,
        })
    }
}
