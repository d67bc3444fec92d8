//! Every request as it is seen from outside: counted, timed, in a span of its own, and in the access log where one is kept.
//!
//! INVARIANT: the access log holds nothing that says whom a question is about, nor who asked beside the id of a token: of a
//! path its template. Only the full one, which somebody has to ask for, has the path with its query, and the address.
//! Absent on purpose: what is logged where ([`crate::cli`]), and counted how ([`super::meters`]).

use super::access_log::{ACCESS, AccessLog};
use super::callers::Peer;
use super::problem::Coded;
use super::state::Shared;
use super::trace_context::{Hex, TraceContext};
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderName;
use axum::middleware::Next;
use axum::response::Response;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing::{Instrument, Level, Span, span_enabled};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Ids of requests that are logged: what may be longer, or say anything, is only sent back.
const LOGGED_ID_BYTES_MAX: usize = 64;

/// Who calls, told by whoever finds it out.
#[derive(Clone, Default)]
pub(super) struct CallerSeen(Arc<OnceLock<String>>);

impl CallerSeen {
    /// Tells it, where somebody listens.
    pub(super) fn tell(request: &Request, caller: &dyn fmt::Display) {
        if let Some(CallerSeen(seen)) = request.extensions().get() {
            let name = seen.get_or_init(|| caller.to_string());
            Span::current().record("caller", name);
        }
    }

    /// Whoever it is, once it was told.
    pub(super) fn name(&self) -> Option<String> {
        self.0.get().cloned()
    }
}

/// What is kept of a request until it is answered, where anybody wants to see it.
struct Watched {
    method: String,
    path: String,
    id: Option<String>,
    context: Option<TraceContext>,
    caller: CallerSeen,
    target: Option<String>,
    from: Option<String>,
}

/// Answers a request, and sees how. The same `X-Request-ID` goes back, on errors too.
pub(super) async fn seen(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).cloned();
    let path = request.extensions().get::<MatchedPath>();
    let timed = shared.meters.begins(request.method(), path.map(MatchedPath::as_str));
    let is_watched = shared.setup.access_log != AccessLog::Off || span_enabled!(Level::INFO);
    let watched = is_watched.then(|| Watched::of(&request, shared.setup.access_log));
    let mut response = match &watched {
        None => next.run(request).await,
        Some(watched) => {
            request.extensions_mut().insert(watched.caller.clone());
            let span = watched.span();
            let response = next.run(request).instrument(span.clone()).await;
            if shared.setup.spans.is_some() {
                came_to(&span, &response);
            }
            response
        }
    };
    let took = timed.answered(response.status());
    if let Some(Coded(code)) = response.extensions_mut().remove() {
        shared.meters.told_problem(code);
    }
    if let Some(watched) = watched.filter(|_| shared.setup.access_log != AccessLog::Off) {
        watched.log(response.status().as_u16(), took);
    }
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Tells whoever collects its span what a request came to.
fn came_to(span: &Span, response: &Response) {
    // Signed: so it is a number for whoever collects it.
    span.record("status", i64::from(response.status().as_u16()));
    if let Some(Coded(code)) = response.extensions().get() {
        span.record("code", &**code);
    }
}

impl Watched {
    fn of(request: &Request, access_log: AccessLog) -> Watched {
        let (headers, extensions) = (request.headers(), request.extensions());
        let is_plain = |id: &&str| {
            id.len() <= LOGGED_ID_BYTES_MAX
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(is_plain);
        let full = (access_log == AccessLog::Full).then(|| extensions.get::<Peer>()).flatten();
        Watched {
            method: request.method().as_str().to_owned(),
            path: extensions.get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned(),
            id: id.map(str::to_owned),
            context: TraceContext::of(headers),
            caller: CallerSeen::default(),
            target: full.map(|_| request.uri().to_string()),
            from: full.map(|peer| match peer {
                Peer::Tcp(from) => from.ip().to_string(),
                #[cfg(feature = "tls")]
                Peer::Tls(from, _) => from.ip().to_string(),
                Peer::Socket { user } => format!("socket of user {user}"),
            }),
        }
    }

    fn span(&self) -> Span {
        let span = tracing::info_span!(
            "request",
            method = self.method,
            path = self.path,
            request_id = self.id,
            trace_id = tracing::field::Empty,
            caller = tracing::field::Empty,
            status = tracing::field::Empty,
            code = tracing::field::Empty,
        );
        if let Some(context) = self.context {
            #[cfg(feature = "otel")]
            super::traces::goes_on(&span, context);
            span.record("trace_id", tracing::field::display(Hex(context.trace)));
        }
        span
    }

    fn log(self, status: u16, took: Duration) {
        let Watched { method, path, id, context, caller: CallerSeen(caller), target, from } = self;
        let trace_id = context.map(|context| Hex(context.trace).to_string());
        let parent_id = context.map(|context| Hex(context.parent).to_string());
        tracing::info!(
            target: ACCESS,
            parent: None,
            method,
            path,
            status,
            seconds = took.as_secs_f64(),
            caller = caller.get(),
            request_id = id,
            trace_id,
            parent_id,
            sampled = context.map(|context| context.is_sampled),
            asked = target,
            from,
            "answered"
        );
    }
}
