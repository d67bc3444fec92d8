//! Rebuilds of an organization's views: started, watched, paused, ended; what they made, and what was served before, dropped.

use super::runs::{End, Kind, Look, Outcome, Progress, Run, Wish};
use super::watching::{self, Known};
use crate::engine::{
    Control, Error, OnDifference, Organization as Of, Outcome as Ended, Plan, RebuildError, Rebuilding,
};
use crate::seams::Generation;
use crate::service::admit::Organization;
use crate::service::body;
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use caseward_events::answer::RebuildProgress;
use caseward_events::submission::parse_json;
use caseward_projections::Projection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

const ONE: &str = "/v1/orgs/{org}/rebuilds/{run}";

/// What is to be rebuilt; an empty body says nothing.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    projection: Option<String>,
    accept: bool,
    save_every: Option<u64>,
}

impl Asked {
    fn plan(self) -> Result<Plan, Problem> {
        let named =
            |name: String| name.parse::<Projection>().map_err(|why| Problem::invalid(format!("`projection`: {why}")));
        Ok(Plan {
            projections: self
                .projection
                .map(named)
                .transpose()?
                .map_or_else(|| Projection::ALL.to_vec(), |one| vec![one]),
            on_difference: if self.accept { OnDifference::Accept } else { OnDifference::Refuse },
            save_every: self.save_every,
        })
    }
}

/// Generations that are gone.
#[derive(Serialize)]
struct Gone {
    gone: Vec<u32>,
}

fn kind(organization: &Of) -> Kind {
    Kind::Rebuild(organization.number())
}

fn path(organization: &Of) -> String {
    format!("/v1/orgs/{}/rebuilds", organization.name())
}

fn of_rebuild(error: RebuildError) -> Problem {
    match error {
        RebuildError::Running => Problem::new(
            StatusCode::CONFLICT,
            "running",
            "a rebuild of this organization is running, started elsewhere",
        )
        .hint("`status` tells how far it is; wait for its end"),
        error => Error::Rebuild(error).into(),
    }
}

pub(in crate::service) async fn start(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let body = body::whole(body, &shared.limits).await?;
    let asked: Asked = match body.is_empty() {
        true => Asked::default(),
        false => body::said(parse_json(&body)?)?,
    };
    let plan = asked.plan()?;
    let (kind, path) = (kind(&organization), path(&organization));
    let begin = || {
        let rebuilding = organization.begin_rebuild(plan.clone())?;
        let control = rebuilding.control();
        // Whoever holds the control holds the place of the one rebuild: what is looked at later is the last progress.
        let (steered, last) = (Arc::downgrade(&control), Arc::new(OnceLock::new()));
        let kept = Arc::clone(&last);
        let look: Look = Box::new(move || {
            let now = steered.upgrade().map(|control| control.progress()).or_else(|| kept.get().cloned());
            now.map(Progress::Rebuild)
        });
        Ok::<_, RebuildError>((Begun { organization: organization.clone(), rebuilding, control, plan, last }, look))
    };
    let who = (caller.to_string(), shared.engine.clone());
    let started = shared.runs.start(kind, who, begin, |begun, run| async move { rebuild(begun, &run).await });
    let run = started.map_err(|run| watching::runs_already(&run, "a rebuild of this organization", &path))?;
    Ok(watching::started(&*run.map_err(of_rebuild)?, &path))
}

/// A rebuild that has begun.
struct Begun {
    organization: Of,
    rebuilding: Rebuilding,
    control: Arc<Control>,
    plan: Plan,
    /// How far it was at its end.
    last: Arc<OnceLock<RebuildProgress>>,
}

async fn rebuild(Begun { organization, rebuilding, control, plan, last }: Begun, run: &Run) -> End {
    let mut finished = std::pin::pin!(rebuilding.finished());
    let rebuilt = tokio::select! {
        rebuilt = &mut finished => rebuilt,
        wish = run.told_to_end() => {
            match wish {
                Wish::Cancel => control.cancel(),
                Wish::GoOn | Wish::Stop => control.stop(),
            }
            tokio::select! {
                rebuilt = &mut finished => rebuilt,
                // After a stop it may still be cancelled.
                () = run.is_cancelled() => {
                    control.cancel();
                    finished.await
                }
            }
        }
    };
    last.get_or_init(|| control.progress());
    let rebuilt = match rebuilt {
        Ok(rebuilt) => rebuilt,
        Err(error) => return End::Failed(of_rebuild(error)),
    };
    let positions = rebuilt.differences.iter().flat_map(|one| one.positions.iter().copied());
    let events: BTreeMap<_, _> = match organization.events_at(positions).await {
        Ok(events) => events.into_iter().map(|recorded| (recorded.position, recorded)).collect(),
        Err(error) => return End::Failed(error.into()),
    };
    let outcome = Outcome::Rebuild(Box::new(rebuilt.answer(&plan, &events)));
    match rebuilt.outcome {
        Ended::Swapped | Ended::Refused => End::Done(outcome),
        Ended::Stopped | Ended::Cancelled => End::Cancelled(Some(outcome)),
    }
}

/// Those that are known.
pub(in crate::service) async fn list(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    Ok(respond::fresh(&Known::of(&shared, kind(&organization))))
}

pub(in crate::service) async fn one(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.end()?;
    let run = watching::find(&shared, &caller, (kind(&organization), &id), ONE)?;
    watching::watch(&shared, &caller, run, &headers)
}

/// Ends one, with nothing of it kept.
pub(in crate::service) async fn cancel(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let run = watching::find(&shared, &caller, (kind(&organization), &id), ONE)?;
    watching::cancel(&run)
}

/// Has one wait, go on, or end with what it has made kept.
pub(in crate::service) async fn steer(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    Path((_, id, step)): Path<(String, String, String)>,
    params: Params,
) -> Result<Response, Problem> {
    const PATH: &str = "/v1/orgs/{org}/rebuilds/{run}/{step}";
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let run = watching::find(&shared, &caller, (kind(&organization), &id), PATH)?;
    let control = organization.rebuilding().filter(|_| !run.has_ended());
    match (step.as_str(), control) {
        ("pause" | "resume" | "stop", None) => return Err(watching::has_ended()),
        ("pause", Some(control)) => control.pause(),
        ("resume", Some(control)) => control.resume(),
        ("stop", Some(_)) => run.want(Wish::Stop),
        _ => return Err(shared.refusals.refuse(crate::service::refusals::Why::NotFound, &caller, PATH)),
    }
    Ok(respond::with_status(StatusCode::ACCEPTED, &run.answer()))
}

/// Drops what a rebuild has made that was stopped or refused.
pub(in crate::service) async fn discard(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let gone = organization.cancel_rebuild().await.map_err(of_rebuild)?;
    Ok(gone_are(gone))
}

/// Drops the generations that were served before.
pub(in crate::service) async fn drop_old(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    Ok(gone_are(organization.drop_old().await.map_err(of_rebuild)?))
}

fn gone_are(gone: impl IntoIterator<Item = Generation>) -> Response {
    respond::fresh(&Gone { gone: gone.into_iter().map(|one| one.0).collect() })
}
