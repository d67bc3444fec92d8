//! The description of the interface, OpenAPI 3.1: `/openapi.json`, and `/openapi` to read.
//!
//! [`operations`] says what each path takes and answers, `schemas.json` the forms, `parameters.json` the parameters; what every
//! path of a kind has in common (who is let in, what is refused how) follows from the table of routes.
//! INVARIANT: it names the paths, methods and parts that are served, and no others; a test compares. It is made once.

mod document;
mod operations;
mod page;

use super::respond;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use serde_json::Value;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document::document);
static PAGE: LazyLock<String> = LazyLock::new(|| page::page(&DOCUMENT));

pub(super) async fn json(headers: HeaderMap) -> Response {
    respond::kept_until_changed(&*DOCUMENT, &headers)
}

pub(super) async fn html() -> ([(HeaderName, &'static str); 3], &'static str) {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, respond::ALONE),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, PAGE.as_str())
}
