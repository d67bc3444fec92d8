//! Feeds: what comes behind a place, as server-sent events, for as long as a client listens. [`super::events`] are one, and
//! [`super::changes`] the other.
//!
//! INVARIANT: a stream holds no more than a piece that its connection asked for, and what its source reads at once, which is
//! little: a client that reads slowly only lags, and is let go by the limit on writing. Whoever is not let in any more is told nothing more. Many streams gather what is recorded
//! within milliseconds, so that what they cost grows with time and not with events. Absent on purpose: what is told, which
//! is a [`Source`]'s.

use super::admit::Organization as Admitted;
use super::callers::Caller;
use super::params::Params;
use super::problem::Problem;
use super::refusals::Why;
use super::respond;
use super::state::{Room, Shared};
use crate::engine::{Organization, WeakOrganization};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use caseward_events::Position;
use futures_util::stream;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A stream gathers for so long for each that is open, so that a thousand gather for 20 milliseconds and a few for none.
const GATHER_A_STREAM: Duration = Duration::from_micros(20);
const GATHER_MAX: Duration = Duration::from_millis(25);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What a feed tells.
pub(super) trait Source: Send + 'static {
    /// For refusals.
    const PATH: &'static str;

    /// What comes next. One that is dropped before its end did nothing.
    fn next(&mut self, organization: &Organization) -> impl Future<Output = Result<Coming, Problem>> + Send;

    /// What is told where nothing comes; the head.
    fn heartbeat(&self, head: Position) -> Bytes;

    /// Behind what the feed goes on, as JSON.
    fn after(&self) -> String;

    /// Up to where it has seen the log.
    fn seen(&self) -> Position;
}

/// What comes next.
pub(super) enum Coming {
    /// Something to tell.
    Message(Bytes),
    /// It has gone on, and there is nothing to tell.
    Nothing,
    /// Nothing before something is recorded, or so much time has gone by.
    Waits(Option<Duration>),
}

/// Where a feed starts: behind the last message that the client has seen, or where the request says.
pub(super) fn start<T: FromStr<Err: fmt::Display>>(
    headers: &HeaderMap,
    after: Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(last) = headers.get(LAST_EVENT_ID) else { return Ok(after) };
    let seen = last.to_str().ok().and_then(|last| last.parse().ok());
    let wrong = || {
        Problem::invalid("`Last-Event-ID` is no id of this feed").hint("leave it out, or send the `id` of a message")
    };
    seen.map(Some).ok_or_else(wrong)
}

/// Whether it goes on once it has told everything that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtItsHead {
    GoesOn,
    Ends,
}

impl AtItsHead {
    /// `follow`, which is `true` where it is left out.
    pub(super) fn of(params: &mut Params) -> Result<AtItsHead, Problem> {
        Ok(if params.take("follow")?.unwrap_or(true) { AtItsHead::GoesOn } else { AtItsHead::Ends })
    }
}

/// Answers with a feed.
pub(super) fn respond<S: Source>(
    shared: Arc<Shared>,
    caller: Caller,
    Admitted(organization): &Admitted,
    (source, at_its_head): (S, AtItsHead),
) -> Result<Response, Problem> {
    let room = shared.stream_room(&caller)?;
    let organization = organization.downgrade();
    let (quiet_since, told_at) = (Instant::now(), None);
    let feed =
        Feed { organization, caller, shared, source, at_its_head, quiet_since, told_at, ended: false, _room: room };
    let kind = HeaderValue::from_static("text/event-stream");
    Ok(respond::stream(kind, stream::unfold(feed, Feed::next)))
}

struct Feed<S> {
    organization: WeakOrganization,
    caller: Caller,
    shared: Arc<Shared>,
    source: S,
    at_its_head: AtItsHead,
    /// Since when nothing was sent.
    quiet_since: Instant,
    /// When something was told last.
    told_at: Option<Instant>,
    ended: bool,
    _room: Room,
}

impl<S: Source> Feed<S> {
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
        self.quiet_since = Instant::now();
        Some((message, self))
    }

    async fn message(&mut self) -> Result<Bytes, Problem> {
        let (shared, caller) = (Arc::clone(&self.shared), self.caller.clone());
        loop {
            if !caller.is_let_in(&shared.engine) {
                return Err(shared.refusals.refuse(Why::Unknown, &caller, S::PATH));
            }
            let Some(organization) = self.organization.upgrade() else { return Ok(self.goodbye()) };
            let quiet = self.quiet_since.elapsed();
            if quiet >= shared.limits.heartbeat {
                return Ok(self.source.heartbeat(organization.head()));
            }
            let coming = tokio::select! {
                biased;
                () = shared.stops() => return Ok(self.goodbye()),
                () = caller.is_shut_out(&shared.engine) => continue,
                coming = self.source.next(&organization) => coming?,
            };
            let wait = match coming {
                Coming::Message(message) => {
                    self.told_at = Some(Instant::now());
                    return Ok(message);
                }
                Coming::Nothing => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Coming::Waits(_) if self.at_its_head == AtItsHead::Ends => {
                    self.ended = true;
                    let (after, head) = (self.source.after(), organization.head());
                    return Ok(format!("event: end\ndata: {{\"after\":{after},\"head\":{head}}}\n\n").into());
                }
                Coming::Waits(wait) => wait,
            };
            let left = shared.limits.heartbeat - quiet;
            drop(organization);
            let woken = tokio::select! {
                biased;
                () = shared.stops() => return Ok(self.goodbye()),
                () = caller.is_shut_out(&shared.engine) => continue,
                moved = moved(&self.organization, self.source.seen()) => moved,
                () = tokio::time::sleep(wait.map_or(left, |wait| wait.min(left))) => continue,
            };
            if !woken {
                return Ok(self.goodbye());
            }
            self.gather().await;
        }
    }

    /// Waits for what is recorded shortly after, where something was told shortly before.
    async fn gather(&mut self) {
        let streams = u32::try_from(self.shared.taken().1).unwrap_or(u32::MAX);
        let gather = GATHER_A_STREAM.saturating_mul(streams).min(GATHER_MAX);
        let left = self.told_at.and_then(|told_at| gather.checked_sub(told_at.elapsed()));
        // The clock of the runtime has no finer steps.
        if let Some(left) = left.filter(|left| *left >= Duration::from_millis(1)) {
            tokio::time::sleep(left).await;
        }
    }

    /// The last message, so that a client knows that it was not cut off.
    fn goodbye(&mut self) -> Bytes {
        self.ended = true;
        format!("event: stopping\ndata: {{\"after\":{}}}\n\n", self.source.after()).into()
    }
}

async fn moved(organization: &WeakOrganization, seen: Position) -> bool {
    match organization.upgrade() {
        Some(organization) => organization.moved(seen).await.is_some(),
        None => false,
    }
}
