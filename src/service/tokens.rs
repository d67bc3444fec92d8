//! Tokens over HTTP: issue one, list them, withdraw one.
//!
//! INVARIANT: a caller sees, issues and withdraws tokens of its own organizations alone; any other reads as one that never
//! was. The secret is in the answer that issues it, and nowhere else.

use super::body;
use super::callers::Caller;
use super::params::Params;
use super::problem::Problem;
use super::refusals::Why;
use super::respond;
use super::state::Shared;
use crate::engine::Answer;
use crate::engine::tokens::NewToken;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use caseward_events::Actor;
use caseward_events::submission::parse_json;
use caseward_events::token::{IssuedToken, TokenId, TokenStatus};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

const PATH: &str = "/v1/tokens";

/// All tokens that a caller may know of.
#[derive(Serialize)]
struct Tokens {
    tokens: Vec<TokenStatus>,
}

/// Who asks, which every body may say.
pub(super) fn actor_of(shared: &Shared, caller: &Caller, given: Option<Actor>, path: &str) -> Result<Actor, Problem> {
    let actor = given.unwrap_or_else(|| caller.own_actor());
    if caller.may_name(&actor) { Ok(actor) } else { Err(shared.refusals.refuse(Why::ActorNotAllowed, caller, path)) }
}

pub(super) async fn issue(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let mut parsed = parse_json(&body::whole(body, &shared.limits).await?)?;
    let actor = parsed.as_object_mut().and_then(|fields| fields.remove("actor")).unwrap_or(Value::Null);
    let (actor, new): (Option<Actor>, NewToken) = (body::said(actor)?, body::said(parsed)?);
    if !caller.is_of_all(&new.organizations) {
        return Err(shared.refusals.refuse(Why::Forbidden, &caller, PATH));
    }
    let actor = actor_of(&shared, &caller, actor, PATH)?;
    let (secret, token) = shared.engine.issue_token(new, caller.by(actor)).await?;
    let (token, status) = (secret.reveal().to_owned(), token.status(shared.engine.now()));
    Ok(respond::fresh(&IssuedToken { token, status }))
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let now = shared.engine.now();
    let all = shared.engine.tokens().into_iter().map(|token| token.status(now));
    Ok(respond::fresh(&Tokens { tokens: all.filter(|token| caller.knows(token)).collect() }))
}

pub(super) async fn withdraw(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(token): Path<String>,
    mut params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let actor = params.take("actor")?;
    params.end()?;
    let now = shared.engine.now();
    let known = token.parse::<TokenId>().ok().and_then(|id| shared.engine.token(&id));
    let known = known.filter(|token| caller.knows(&token.status(now)));
    let known = known.ok_or_else(|| shared.refusals.refuse(Why::NotFound, &caller, PATH))?;
    let actor = actor_of(&shared, &caller, actor, PATH)?;
    match shared.engine.withdraw_token(known.grants.token, caller.by(actor)).await? {
        Answer::Refused(refusal) => Err(refusal.into()),
        accepted @ Answer::Accepted(_) => Ok(respond::fresh(&accepted)),
    }
}
