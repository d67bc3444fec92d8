//! The decision log: what machines check, in the shape of Logius' Authorization Decision Log, for whoever asks for it.
//!
//! One record a call, put aside once its answer is there. A handler tells what it decided ([`Deciding`]); the middleware
//! [`log`] makes the record of it and names it in the answer. INVARIANT: without a log nothing of this runs, and with one no
//! check waits for it or fails by it. Absent on purpose: writing ([`file`]), asking again ([`replay`]), and questions of
//! persons, which the log of reads keeps.

pub(super) mod file;
mod record;
pub(super) mod replay;
mod trace;

pub(super) use self::record::{Made, Pin, as_authzen, pin_of};

use self::file::DecisionLog;
use self::record::{Attributes, Body, Record};
use self::trace::Span;
use super::callers::Caller;
use super::state::Shared;
use crate::engine::Engine;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use caseward_events::{OrganizationName, Timestamp};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

/// Names the record of an answer.
const DECISION_ID: HeaderName = HeaderName::from_static("caseward-decision-id");

/// Whether a path decides for machines.
pub(super) fn is_logged(path: &str) -> bool {
    const ENDS: [&str; 4] = ["/check", "/checks", "/access/v1/evaluation", "/access/v1/evaluations"];
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Where a handler tells what it decided; nowhere, where nobody wants to know.
#[derive(Clone, Default)]
pub(super) struct Deciding(Option<Arc<Call>>);

/// A call that is logged.
struct Call {
    log: Arc<DecisionLog>,
    engine: Engine,
    span: Span,
    caller: String,
    organization: OrganizationName,
    made: Mutex<Option<Made>>,
}

impl FromRequestParts<Arc<Shared>> for Deciding {
    type Rejection = Infallible;

    async fn from_request_parts(head: &mut Head, _: &Arc<Shared>) -> Result<Self, Infallible> {
        Ok(head.extensions.get::<Deciding>().cloned().unwrap_or_default())
    }
}

impl Deciding {
    /// Tells what was decided, where somebody wants to know.
    pub(super) fn made(&self, made: impl FnOnce() -> Made) {
        if let Some(call) = &self.0 {
            *call.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made());
        }
    }

    /// Whether somebody wants to know.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Tells of a line of a stream, which has a record of its own.
    pub(super) fn made_of_line(&self, made: impl FnOnce() -> Made) {
        if let Some(call) = &self.0 {
            call.put(&call.span.next(), Some(made()));
        }
    }
}

impl Call {
    /// Puts a record aside; whether it was wanted. None was made where the engine failed.
    fn put(&self, span: &Span, made: Option<Made>) -> bool {
        if made.as_ref().is_some_and(|made| !self.log.wants(made.is_denied)) {
            return false;
        }
        let now = self.engine.now();
        let status = if made.is_some() { "Unset" } else { "Error" };
        let Made { event, organization, words, request, response, pins, .. } =
            made.unwrap_or_else(|| Made::failed(self.organization.clone()));
        let source = |pin: &Pin| (organization.to_string(), pin.position);
        let sources: BTreeMap<_, _> = pins.iter().flatten().map(source).collect();
        let record = Record {
            trace_id: span.trace.clone(),
            span_id: span.id.clone(),
            parent_span_id: span.parent.clone(),
            event_name: event.to_owned(),
            timestamp: millis(now),
            status: status.to_owned(),
            attributes: Attributes {
                policies: sources.clone(),
                information: sources,
                configuration: BTreeMap::from([("caseward".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
                organization,
                caller: self.caller.clone(),
                words,
                pins,
                dropped: 0,
            },
            resource: BTreeMap::from([("service.name".to_owned(), "caseward".to_owned())]),
            body: request.map(|request| Body { request, response }),
        };
        self.log.put(record);
        true
    }
}

fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.as_micros().div_euclid(1_000)).unwrap_or_default()
}

/// Logs what a path decides, where that is asked for.
pub(super) async fn log(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let Some(log) = shared.decisions.clone().filter(|log| log.takes_one()) else { return next.run(request).await };
    let caller = request.extensions().get::<Caller>().expect("whoever is let in is known").clone();
    let call = Arc::new(Call {
        log,
        engine: shared.engine.clone(),
        span: Span::of(request.headers()),
        caller: caller.to_string(),
        organization: caller.organization(),
        made: Mutex::default(),
    });
    request.extensions_mut().insert(Deciding(Some(Arc::clone(&call))));
    let mut response = next.run(request).await;
    let made = call.made.lock().unwrap_or_else(PoisonError::into_inner).take();
    let is_told = made.is_some() || response.status().is_server_error();
    if is_told && call.put(&call.span, made) {
        let id = HeaderValue::try_from(call.span.to_string()).expect("digits fit into a header");
        response.headers_mut().insert(DECISION_ID, id);
    }
    response
}
