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
    let why = shared.takes_no_commands();
    let takes_commands = why.is_none();
    let ready = Ready { serves: !shared.is_stopping(), takes_commands, why };
    let status = if takes_commands { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, super::respond::fresh(&ready)).into_response()
}
