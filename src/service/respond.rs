//! Answers on their way out: JSON, and whether they may be kept.

use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use caseward_events::Position;
use caseward_projections::Resolved;
use futures_util::Stream;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// JSON lines, one value each.
pub(super) const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer as the command line prints it.
pub(super) fn json(answer: &(impl Serialize + ?Sized)) -> Vec<u8> {
    serde_json::to_vec(answer).expect("an answer has a JSON form")
}

/// A text.
pub(super) fn text(text: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    of(StatusCode::OK, kind, HeaderValue::from_static("no-store"), text)
}

/// An answer about now.
pub(super) fn fresh(answer: &(impl Serialize + ?Sized)) -> Response {
    of(StatusCode::OK, JSON, HeaderValue::from_static("no-store"), json(answer))
}

/// Kept for ever, by whoever asked.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Kept, and asked for again before each use.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// An answer about now, with a status of its own.
pub(super) fn with_status(status: StatusCode, answer: &(impl Serialize + ?Sized)) -> Response {
    of(status, JSON, HeaderValue::from_static("no-store"), json(answer))
}

/// An answer that will always be this one.
pub(super) fn settled(answer: &(impl Serialize + ?Sized), asked: &HeaderMap) -> Response {
    tagged(answer, KEPT, asked)
}

fn tagged(answer: &(impl Serialize + ?Sized), cache: HeaderValue, asked: &HeaderMap) -> Response {
    tagged_as(JSON, json(answer), cache, asked)
}

fn tagged_as(kind: HeaderValue, body: Vec<u8>, cache: HeaderValue, asked: &HeaderMap) -> Response {
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let tag: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::try_from(format!("\"{tag}\"")).expect("hexadecimal digits fit into a header");
    let is_known = asked.get_all(IF_NONE_MATCH).iter().any(|given| names(given, &tag));
    let (status, body) = if is_known { (StatusCode::NOT_MODIFIED, Vec::new()) } else { (StatusCode::OK, body) };
    let mut response = of(status, kind, cache, body);
    response.headers_mut().insert(ETAG, tag);
    response
}

/// The position that an answer was given at, and whether later events may change it, where it is no JSON that says so.
const POSITION: HeaderName = HeaderName::from_static("caseward-position");
const SETTLED: HeaderName = HeaderName::from_static("caseward-settled");

/// A document with the reasons of events. It has no script, and takes nothing from elsewhere.
pub(super) fn document(
    html: String,
    (position, settled): (Position, Option<bool>),
    is_pinned: bool,
    asked: &HeaderMap,
) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let is_settled = is_pinned && settled != Some(false);
    let mut response = match is_settled {
        true => tagged_as(kind, html.into_bytes(), REVALIDATED, asked),
        false => of(StatusCode::OK, kind, HeaderValue::from_static("no-store"), html),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(POSITION, HeaderValue::from(position.0));
    if settled == Some(false) {
        headers.insert(SETTLED, HeaderValue::from_static("false"));
    }
    response
}

/// For a page that stands alone: no script, nothing from elsewhere; the style stands in it.
pub(super) const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// What another release may say otherwise: kept, and asked for again.
pub(super) fn kept_until_changed(answer: &(impl Serialize + ?Sized), asked: &HeaderMap) -> Response {
    let mut response = settled(answer, asked);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// One or the other.
pub(super) fn answer(answer: &(impl Serialize + ?Sized), is_settled: bool, asked: &HeaderMap) -> Response {
    if is_settled { settled(answer, asked) } else { fresh(answer) }
}

/// The same of an answer with the reasons of events: no cache may keep what an erasure takes away.
pub(super) fn with_reasons(answer: &(impl Serialize + ?Sized), is_settled: bool, asked: &HeaderMap) -> Response {
    if is_settled { tagged(answer, REVALIDATED, asked) } else { fresh(answer) }
}

/// The instant that windows were compared with, where the answer itself does not say it.
const AT: HeaderName = HeaderName::from_static("caseward-at");

/// With the instant that belongs to its position.
pub(super) fn placed(mut response: Response, asked: Resolved) -> Response {
    let at = HeaderValue::try_from(asked.when.at.to_string()).expect("an instant fits into a header");
    response.headers_mut().insert(AT, at);
    response
}

/// How many there are on all pages of a list, where the answer itself does not say it.
const TOTAL: HeaderName = HeaderName::from_static("caseward-total");

/// With how many there are on all pages.
pub(super) fn counted(mut response: Response, total: usize) -> Response {
    response.headers_mut().insert(TOTAL, HeaderValue::from(total));
    response
}

fn names(given: &HeaderValue, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    let weak = |one: &str| one.trim().trim_start_matches("W/") == tag;
    given.to_str().is_ok_and(|given| given.trim() == "*" || given.split(',').any(weak))
}

fn of(status: StatusCode, kind: HeaderValue, cache: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response
}

/// Pieces as they come.
pub(super) fn stream(kind: HeaderValue, pieces: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures_util::StreamExt;
    let pieces = pieces.map(Ok::<Bytes, Infallible>);
    let mut response = of(StatusCode::OK, kind, HeaderValue::from_static("no-store"), Body::from_stream(pieces));
    // Proxies that gather what they pass on would hold it back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// A line of a stream.
pub(super) fn line(answer: &(impl Serialize + ?Sized)) -> Bytes {
    let mut line = json(answer);
    line.push(b'\n');
    line.into()
}

/// The last line of a stream that cannot go on.
pub(super) fn last_line(problem: &Problem) -> Bytes {
    format!("{}\n", super::problem::last_line(problem)).into()
}
