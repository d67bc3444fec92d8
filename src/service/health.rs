//! Whether the process is there, whether the store serves and takes commands, and what codes mean.

use super::state::Shared;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
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

/// The page of codes, which the `type` of every problem leads to.
pub(super) async fn problems() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], include_str!("../docs/error-codes.md"))
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
