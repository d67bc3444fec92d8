//! The feed: every commit as it is recorded, from any position on, as server-sent events.
//!
//! INVARIANT: nothing is skipped, doubled, or told before it is durable: a stream goes on behind the last position it told,
//! and holds no more than a piece. A client that reads slowly only lags. Whoever is not let in any more is told nothing
//! more. Many streams at the head share one reading ([`super::recent`]), and gather what is recorded within milliseconds, so
//! that what they cost grows with time and not with events.

use super::admit::Organization;
use super::callers::Caller;
use super::params::Params;
use super::problem::Problem;
use super::recent::{Message, Recent};
use super::refusals::Why;
use super::respond;
use super::state::{Room, Shared};
use crate::engine::WeakOrganization;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use caseward_events::Position;
use futures_util::stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of commits that are told together.
const PIECE_BYTES: usize = 256 << 10;

/// A stream gathers for so long for each that is open, so that a thousand gather for 20 milliseconds and a few for none.
const GATHER_A_STREAM: Duration = Duration::from_micros(20);
const GATHER_MAX: Duration = Duration::from_millis(25);

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
        recent: shared.recent(organization.name()),
        organization: organization.downgrade(),
        caller,
        shared,
        after,
        ready: VecDeque::new(),
        told_at: None,
        ended: false,
        _room: room,
    };
    let kind = HeaderValue::from_static("text/event-stream");
    Ok(respond::stream(kind, stream::unfold(feed, Feed::next)))
}

struct Feed {
    organization: WeakOrganization,
    recent: Arc<Recent>,
    caller: Caller,
    shared: Arc<Shared>,
    /// What was told.
    after: Position,
    /// Commits that were read and not told.
    ready: VecDeque<Message>,
    /// When something was told last.
    told_at: Option<Instant>,
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
            if !self.ready.is_empty() {
                return Ok(self.tell());
            }
            let Some(organization) = self.organization.upgrade() else { return Ok(self.goodbye()) };
            if organization.head() > self.after {
                self.ready = self.recent.behind(&organization, self.after).await?.into();
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
            self.gather().await;
        }
    }

    /// Waits for what is recorded shortly after, where something was told shortly before.
    async fn gather(&self) {
        let streams = u32::try_from(self.shared.taken().1).unwrap_or(u32::MAX);
        let gather = GATHER_A_STREAM.saturating_mul(streams).min(GATHER_MAX);
        let left = self.told_at.and_then(|told_at| gather.checked_sub(told_at.elapsed()));
        // The clock of the runtime has no finer steps.
        if let Some(left) = left.filter(|left| *left >= Duration::from_millis(1)) {
            tokio::time::sleep(left).await;
        }
    }

    fn tell(&mut self) -> Bytes {
        self.told_at = Some(Instant::now());
        let mut piece = Vec::new();
        while let Some(Message { last, bytes, .. }) = self.ready.pop_front() {
            self.after = last;
            if piece.is_empty() && self.ready.is_empty() {
                return bytes;
            }
            piece.extend_from_slice(&bytes);
            if piece.len() >= PIECE_BYTES {
                break;
            }
        }
        piece.into()
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
