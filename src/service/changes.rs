//! The feed of effective access: who gained and lost what, by which commit or by which window that began or ended.
//!
//! INVARIANT: a stream that starts at the `id` of a message tells what the one that told it would have told next. A heartbeat
//! has an id too, so that a client need not go again through what changed nothing.

use super::admit::Organization;
use super::callers::Caller;
use super::feed::{self, AtItsHead, Coming, Source};
use super::params::Params;
use super::problem::Problem;
use super::state::Shared;
use super::told::Told;
use crate::engine::{self, ChangeFilter, Followed, Follower};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::answer::{AccessChanges, CloudEvent};
use caseward_events::ask::{FeedId, has_action};
use caseward_events::{Asker, OrganizationName, Position};
use std::sync::Arc;

/// What each step changed, where it changed anything.
pub(super) async fn changes(
    State(shared): State<Arc<Shared>>,
    organization: Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after: Option<FeedId> = params.take("after")?;
    let subject = match params.take("subject")? {
        None => None,
        Some(Asker::User(user)) => Some(user),
        Some(Asker::Link(_)) => {
            let problem = Problem::invalid("`subject`: what a link gives is not told here");
            return Err(problem.hint("give a user, or follow the events of the case"));
        }
    };
    let filter = ChangeFilter { subject, resource: params.take("resource")?, action: params.take("action")? };
    let at_its_head = AtItsHead::of(&mut params)?;
    params.end()?;
    if let (Some(resource), Some(action)) = (&filter.resource, filter.action) {
        has_action(resource, action)?;
    }
    let after = feed::start(&headers, after)?.unwrap_or_default();
    // Streams without a filter are told the same.
    let told = (filter == ChangeFilter::default()).then(|| shared.told(organization.0.name()));
    let follower = organization.0.follow_changes(after, filter)?;
    feed::respond(shared, caller, &organization, (Changes { follower, told }, at_its_head))
}

struct Changes {
    follower: Follower,
    /// The bytes of messages, with all who are told the same.
    told: Option<Arc<Told>>,
}

impl Changes {
    fn message(&self, name: &OrganizationName, changes: &Arc<AccessChanges>) -> Bytes {
        let write = || {
            let data = serde_json::to_string(&CloudEvent::of_changes(name, changes));
            let data = data.expect("changes have a JSON form");
            format!("id: {}\nevent: changes\ndata: {data}\n\n", changes.id).into()
        };
        match &self.told {
            Some(told) => told.bytes(changes, write),
            None => write(),
        }
    }
}

impl Source for Changes {
    const PATH: &'static str = "/v1/orgs/{org}/changes";

    async fn next(&mut self, organization: &engine::Organization) -> Result<Coming, Problem> {
        Ok(match self.follower.step(organization).await? {
            Followed::Waits(wait) => Coming::Waits(wait),
            Followed::On(None) => Coming::Nothing,
            Followed::On(Some(changes)) => Coming::Message(self.message(organization.name(), &changes)),
        })
    }

    fn heartbeat(&self, head: Position) -> Bytes {
        format!("id: {}\nevent: heartbeat\ndata: {{\"head\":{head}}}\n\n", self.follower.id()).into()
    }

    fn after(&self) -> String {
        format!("\"{}\"", self.follower.id())
    }

    fn seen(&self) -> Position {
        self.follower.id().position
    }
}
