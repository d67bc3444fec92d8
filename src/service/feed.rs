//! The feed: every commit as it is recorded, from any position on, as server-sent events.
//!
//! INVARIANT: nothing is skipped, doubled, or told before it is durable: a stream reads the log behind the last position it
//! told, and holds nothing. A client that reads slowly only lags. Whoever is not let in any more is told nothing more.

use super::admit::Organization;
use super::callers::Caller;
use super::params::Params;
use super::problem::Problem;
use super::refusals::Why;
use super::respond;
use super::state::{Room, Shared};
use crate::engine::{Error, WeakOrganization};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use caseward_events::answer::CloudEvent;
use caseward_events::{Position, Recorded};
use futures_util::stream;
use std::collections::VecDeque;
use std::sync::Arc;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// One commit a message.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = params.take("after")?;
    params.end()?;
    let after = match headers.get(LAST_EVENT_ID) {
        None => after.unwrap_or(Position::ZERO),
        Some(last) => last.to_str().ok().and_then(|last| last.parse().ok()).ok_or_else(|| {
            Problem::invalid("`Last-Event-ID` is not a position").hint("leave it out, or send the `id` of a message")
        })?,
    };
    if after > organization.head() {
        let detail = format!("position {after} is above the head, {}", organization.head());
        return Err(Problem::invalid(detail).hint("start at a position up to the head"));
    }
    let room = shared.stream_room(&caller)?;
    let feed = Feed {
        organization: organization.downgrade(),
        caller,
        shared,
        after,
        ready: VecDeque::new(),
        ended: false,
        _room: room,
    };
    let kind = HeaderValue::from_static("text/event-stream");
    Ok(respond::stream(kind, stream::unfold(feed, Feed::next)))
}

struct Feed {
    organization: WeakOrganization,
    caller: Caller,
    shared: Arc<Shared>,
    /// What was told.
    after: Position,
    /// Commits that were read and not told.
    ready: VecDeque<Vec<Recorded>>,
    ended: bool,
    _room: Room,
}

impl Feed {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        let message = match self.message().await {
            Ok(message) => message,
            Err(problem) => {
                self.ended = true;
                format!("event: failed\ndata: {}\n\n", problem.to_json()).into()
            }
        };
        Some((message, self))
    }

    async fn message(&mut self) -> Result<Bytes, Problem> {
        loop {
            if !self.caller.is_let_in(&self.shared.engine) {
                return Err(self.shared.refusals.refuse(Why::Unknown, &self.caller, "/v1/orgs/{org}/events"));
            }
            if let Some(commit) = self.ready.pop_front() {
                return Ok(self.tell(&commit));
            }
            let Some(organization) = self.organization.upgrade() else { return Ok(self.goodbye()) };
            if organization.head() > self.after {
                self.ready = commits(organization.events(self.after.next()).await?);
                if self.ready.is_empty() {
                    self.ready.push_back(longer_commit(&organization, self.after).await?);
                }
                continue;
            }
            let (shared, caller) = (Arc::clone(&self.shared), self.caller.clone());
            let seen = self.after;
            drop(organization);
            let woken = tokio::select! {
                biased;
                () = shared.stops() => return Ok(self.goodbye()),
                () = caller.is_shut_out(&shared.engine) => continue,
                moved = moved(&self.organization, seen) => moved,
                () = tokio::time::sleep(shared.limits.heartbeat) => return Ok(format!("event: heartbeat\ndata: {{\"head\":{seen}}}\n\n").into()),
            };
            if !woken {
                return Ok(self.goodbye());
            }
        }
    }

    fn tell(&mut self, commit: &[Recorded]) -> Bytes {
        let name = self.organization.upgrade().map(|organization| organization.name().clone());
        let name = name.unwrap_or_default();
        let events: Vec<_> = commit.iter().map(|recorded| CloudEvent::of(&name, recorded)).collect();
        self.after = commit.last().map_or(self.after, |last| last.position);
        let data = serde_json::to_string(&events).expect("events have a JSON form");
        format!("id: {}\nevent: commit\ndata: {data}\n\n", self.after).into()
    }

    /// The last message, so that a client knows that it was not cut off.
    fn goodbye(&mut self) -> Bytes {
        self.ended = true;
        format!("event: stopping\ndata: {{\"after\":{}}}\n\n", self.after).into()
    }
}

async fn moved(organization: &WeakOrganization, seen: Position) -> bool {
    match organization.upgrade() {
        Some(organization) => organization.moved(seen).await.is_some(),
        None => false,
    }
}

/// Those commits of some events that are there as a whole.
fn commits(events: Vec<Recorded>) -> VecDeque<Vec<Recorded>> {
    let mut whole = VecDeque::new();
    let mut open = Vec::new();
    for recorded in events {
        let is_last = recorded.commit_index + 1 == recorded.commit_count;
        open.push(recorded);
        if is_last {
            whole.push_back(std::mem::take(&mut open));
        }
    }
    whole
}

/// A commit of more events than are read at once.
async fn longer_commit(organization: &crate::engine::Organization, after: Position) -> Result<Vec<Recorded>, Error> {
    let mut commit: Vec<Recorded> = Vec::new();
    loop {
        let from = commit.last().map_or(after, |last| last.position).next();
        for recorded in organization.events(from).await? {
            let is_last = recorded.commit_index + 1 == recorded.commit_count;
            commit.push(recorded);
            if is_last {
                return Ok(commit);
            }
        }
    }
}
