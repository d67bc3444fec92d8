//! Why a subject may, or may not: a decision with the events that it names.

use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::params::{Params, When, wait_for};
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::answer::ExplainAnswer;
use caseward_events::{Action, Asker, Question, Resource};
use std::sync::Arc;

/// `GET /v1/orgs/{org}/explain`. The events bear reasons, which an erasure takes away.
pub(in crate::service) async fn explain(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (subject, action): (Asker, Action) = (params.need("subject")?, params.need("action")?);
    let resource: Resource = params.need("resource")?;
    let (When { as_of, at }, at_least) = (params.when()?, params.at_least()?);
    params.end()?;
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let question = Question { as_of, at, ..Question::new(subject, action, resource) };
    let decision = organization.check(&question).await?;
    let events = organization.cited(decision.names()).await?;
    let events = events.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
    let is_settled = !as_of.is_head() && decision.settled != Some(false);
    Ok(respond::with_reasons(&ExplainAnswer { decision, events }, is_settled, &headers))
}
