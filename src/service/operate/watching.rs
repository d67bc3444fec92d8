//! Watching runs, and what is said of one that cannot be started or found.

use super::runs::{Kind, Outcome, Progress, Run, Wish};
use crate::service::callers::Caller;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::refusals::Why;
use crate::service::respond;
use crate::service::state::{Room, Shared};
use axum::body::Bytes;
use axum::http::header::{ACCEPT, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use caseward_events::answer::RunAnswer;
use caseward_events::token::ForOrganizations;
use futures_util::stream;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at a run that is watched.
const LOOK_EVERY: Duration = Duration::from_millis(250);

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// Runs of a kind.
#[derive(Serialize)]
pub(super) struct Known {
    pub(super) runs: Vec<RunAnswer<Progress, Outcome>>,
}

impl Known {
    pub(super) fn of(shared: &Shared, kind: Kind) -> Known {
        Known { runs: shared.runs.all(kind).iter().map(|run| run.answer()).collect() }
    }
}

/// One that was started: where it can be watched.
pub(super) fn started(run: &Run, path: &str) -> Response {
    let mut response = respond::with_status(StatusCode::ACCEPTED, &run.answer());
    let location = format!("{path}/{}", run.id);
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(location).expect("a path fits into a header"));
    response
}

/// One that goes on already.
pub(super) fn runs_already(run: &Run, what: &str, path: &str) -> Problem {
    let Run { id, by, begun, .. } = run;
    let path = format!("{path}/{id}");
    Problem::new(StatusCode::CONFLICT, "running", format!("{what} is running already: {by} started it at {begun}"))
        .hint(format!("GET {path} watches it, DELETE {path} cancels it"))
        .fact("by", by.clone())
        .fact("begun", begun.to_string())
        .fact("run", path)
}

/// Ends one, with nothing of it kept.
pub(super) fn cancel(run: &Run) -> Result<Response, Problem> {
    if run.has_ended() {
        return Err(has_ended());
    }
    run.want(Wish::Cancel);
    Ok(respond::with_status(StatusCode::ACCEPTED, &run.answer()))
}

/// Whoever may work on the store as a whole: one whose token is for all organizations.
pub(super) fn of_the_whole_store(shared: &Shared, caller: &Caller, path: &str) -> Result<(), Problem> {
    let all = caller.is_of_all(&[ForOrganizations::All]);
    if all { Ok(()) } else { Err(shared.refusals.refuse(Why::Forbidden, caller, path)) }
}

/// One that has ended, where it should go on.
pub(super) fn has_ended() -> Problem {
    Problem::new(StatusCode::CONFLICT, "ended", "this run has ended").hint("GET tells how")
}

/// One by its number.
pub(super) fn find(
    shared: &Shared,
    caller: &Caller,
    (kind, id): (Kind, &str),
    path: &str,
) -> Result<Arc<Run>, Problem> {
    shared.runs.one(kind, id).ok_or_else(|| shared.refusals.refuse(Why::NotFound, caller, path))
}

/// Who asks, and what else the request says.
type Asked<'a> = (&'a Arc<Shared>, &'a Caller, Params);

/// Tells of a run of the store as a whole, as [`watch`] does.
pub(super) fn one_of_the_store(
    (shared, caller, params): Asked<'_>,
    (kind, id, path): (Kind, &str, &str),
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    of_the_whole_store(shared, caller, path)?;
    params.end()?;
    watch(shared, caller, find(shared, caller, (kind, id), path)?, headers)
}

/// Ends a run of the store as a whole.
pub(super) fn cancel_of_the_store(
    (shared, caller, params): Asked<'_>,
    (kind, id, path): (Kind, &str, &str),
) -> Result<Response, Problem> {
    of_the_whole_store(shared, caller, path)?;
    let _room = shared.request_room(caller)?;
    params.end()?;
    cancel(&*find(shared, caller, (kind, id), path)?)
}

/// Tells of one: how far it is; or, to whoever accepts server-sent events, whenever it has come further, until its end.
pub(super) fn watch(
    shared: &Arc<Shared>,
    caller: &Caller,
    run: Arc<Run>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let wants_events = headers.get(ACCEPT).is_some_and(|accept| accept == EVENT_STREAM);
    if !wants_events {
        let _room = shared.request_room(caller)?;
        return Ok(respond::fresh(&run.answer()));
    }
    let room = shared.stream_room(caller)?;
    let (shared, caller) = (Arc::clone(shared), caller.clone());
    let watched = Watched { shared, caller, run, told: Vec::new(), ended: false, _room: room };
    Ok(respond::stream(EVENT_STREAM, stream::unfold(watched, Watched::next)))
}

struct Watched {
    shared: Arc<Shared>,
    caller: Caller,
    run: Arc<Run>,
    /// What was told last.
    told: Vec<u8>,
    ended: bool,
    _room: Room,
}

impl Watched {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        let beats = Instant::now() + self.shared.limits.heartbeat;
        loop {
            if !self.caller.is_let_in(&self.shared.engine) {
                self.ended = true;
                let problem = self.shared.refusals.refuse(Why::Unknown, &self.caller, "a run");
                return Some((format!("event: failed\ndata: {}\n\n", problem.to_json()).into(), self));
            }
            // Before the look, so that the last one is at its end.
            self.ended = self.run.has_ended();
            let now = respond::json(&self.run.answer());
            if now != self.told || self.ended {
                let message = [b"event: run\ndata: ", now.as_slice(), b"\n\n"].concat();
                self.told = now;
                return Some((message.into(), self));
            }
            if Instant::now() >= beats {
                return Some((Bytes::from_static(b"event: heartbeat\ndata: {}\n\n"), self));
            }
            tokio::select! {
                () = self.run.ended() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}
