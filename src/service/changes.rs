//! The feed of effective access: who gained and lost what, by which commit or by which window that began or ended.
//!
//! INVARIANT: a stream that starts at the `id` of a message tells what the one that told it would have told next. A heartbeat
//! has an id too, so that a client need not go again through what changed nothing.

use super::admit::Organization;
use super::callers::Caller;
use super::feed::{self, Coming, Source};
use super::params::Params;
use super::problem::Problem;
use super::state::Shared;
use crate::engine::{self, ChangeFilter, Followed, Follower};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::answer::CloudEvent;
use caseward_events::ask::{FeedId, has_action};
use caseward_events::{Asker, Position};
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
    params.end()?;
    if let (Some(resource), Some(action)) = (&filter.resource, filter.action) {
        has_action(resource, action)?;
    }
    let after = feed::start(&headers, after)?.unwrap_or_default();
    let follower = organization.0.follow_changes(after, filter)?;
    feed::respond(shared, caller, &organization, Changes(follower))
}

struct Changes(Follower);

impl Source for Changes {
    const PATH: &'static str = "/v1/orgs/{org}/changes";

    async fn next(&mut self, organization: &engine::Organization) -> Result<Coming, Problem> {
        Ok(match self.0.step(organization).await? {
            Followed::Waits(wait) => Coming::Waits(wait),
            Followed::On(None) => Coming::Nothing,
            Followed::On(Some(changes)) => {
                let data = serde_json::to_string(&CloudEvent::of_changes(organization.name(), &changes));
                let data = data.expect("changes have a JSON form");
                Coming::Message(format!("id: {}\nevent: changes\ndata: {data}\n\n", changes.id).into())
            }
        })
    }

    fn heartbeat(&self, head: Position) -> Bytes {
        format!("id: {}\nevent: heartbeat\ndata: {{\"head\":{head}}}\n\n", self.0.id()).into()
    }

    fn after(&self) -> String {
        format!("\"{}\"", self.0.id())
    }

    fn seen(&self) -> Position {
        self.0.id().position
    }
}
