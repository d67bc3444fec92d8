//! The feed of events: every commit as it is recorded, from any position on.
//!
//! INVARIANT: nothing is skipped, doubled, or told before it is durable: a stream goes on behind the last position it told.
//! Many streams at the head share one reading ([`super::recent`]).

use super::admit::Organization;
use super::callers::Caller;
use super::feed::{self, AtItsHead, Coming, Source};
use super::params::Params;
use super::problem::Problem;
use super::recent::{Message, Recent};
use super::state::Shared;
use crate::engine;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::Position;
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of commits that are told together.
const PIECE_BYTES: usize = 256 << 10;

/// One commit a message.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    organization: Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (after, at_its_head) = (params.take("after")?, AtItsHead::of(&mut params)?);
    params.end()?;
    let after = feed::start(&headers, after)?.unwrap_or(Position::ZERO);
    let head = organization.0.head();
    if after > head {
        let detail = format!("position {after} is above the head, {head}");
        return Err(Problem::invalid(detail).hint("start at a position up to the head"));
    }
    let recent = shared.recent(organization.0.name());
    let commits = Commits { recent, after, ready: VecDeque::new() };
    feed::respond(shared, caller, &organization, (commits, at_its_head))
}

struct Commits {
    recent: Arc<Recent>,
    /// What was told.
    after: Position,
    /// Commits that were read and not told.
    ready: VecDeque<Message>,
}

impl Commits {
    fn tell(&mut self) -> Bytes {
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
}

impl Source for Commits {
    const PATH: &'static str = "/v1/orgs/{org}/events";

    async fn next(&mut self, organization: &engine::Organization) -> Result<Coming, Problem> {
        if self.ready.is_empty() && organization.head() > self.after {
            self.ready = self.recent.behind(organization, self.after).await?.into();
        }
        Ok(if self.ready.is_empty() { Coming::Waits(None) } else { Coming::Message(self.tell()) })
    }

    fn heartbeat(&self, head: Position) -> Bytes {
        format!("event: heartbeat\ndata: {{\"head\":{head}}}\n\n").into()
    }

    fn after(&self) -> String {
        self.after.to_string()
    }

    fn seen(&self) -> Position {
        self.after
    }
}
