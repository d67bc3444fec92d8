//! Organizations and their status.

use crate::engine::Answer;
use crate::service::admit::Organization;
use crate::service::body;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::refusals::Why;
use crate::service::respond;
use crate::service::state::Shared;
use crate::service::tokens::actor_of;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use caseward_events::answer::Status;
use caseward_events::{Actor, OrganizationName};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize)]
struct Organizations {
    organizations: Vec<Status>,
}

/// Those of the caller's own.
pub(in crate::service) async fn organizations(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    params.end()?;
    let all = shared.engine.organizations();
    let own = all.iter().filter(|organization| caller.is_of(organization.name()));
    Ok(respond::fresh(&Organizations { organizations: own.map(|organization| organization.status()).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    organization: OrganizationName,
    #[serde(default)]
    actor: Option<Actor>,
}

pub(in crate::service) async fn create_organization(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<Response, Problem> {
    params.end()?;
    let body = body::whole(body, &shared.limits).await?;
    let parsed = caseward_events::submission::parse_json(&body)?;
    let NewOrganization { organization, actor } = body::said(parsed)?;
    if !caller.is_of(&organization) {
        // Whether it exists already is not for this caller.
        return Err(shared.refusals.refuse(Why::Forbidden, &caller, "/v1/orgs"));
    }
    let actor = actor_of(&shared, &caller, actor, "/v1/orgs")?;
    match shared.engine.create_organization_for(organization, caller.by(actor)).await? {
        Answer::Refused(refusal) => Err(refusal.into()),
        accepted @ Answer::Accepted(_) => Ok(respond::fresh(&accepted)),
    }
}

/// How far it has come, how much there is, what is saved.
pub(in crate::service) async fn status(
    Organization(organization): Organization,
    params: Params,
) -> Result<Response, Problem> {
    params.end()?;
    Ok(respond::fresh(&organization.status()))
}
