//! Whether the process is there, and whether the store serves and takes commands.

use super::state::Shared;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// What `/readyz` says: each of both by itself.
#[derive(Serialize)]
struct Ready {
    serves: bool,
    takes_commands: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    let poisoned = shared.engine.poisoned();
    let takes_commands = poisoned.is_none() && shared.engine.is_writable() && !shared.is_stopping();
    let why = match (shared.is_stopping(), &poisoned) {
        (true, _) => Some("the service is stopping".to_owned()),
        (false, Some(_)) => {
            Some("a write failed; questions are answered, commands are refused until a restart".to_owned())
        }
        (false, None) if !takes_commands => Some("the store is open for reading only".to_owned()),
        (false, None) => None,
    };
    let ready = Ready { serves: !shared.is_stopping(), takes_commands, why };
    let status = if takes_commands { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, super::respond::fresh(&ready)).into_response()
}
