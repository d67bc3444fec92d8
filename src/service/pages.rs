//! Pages for people, which a room above this one gives: what they show they ask the API for, as whoever opened them.
//!
//! INVARIANT: a page learns what its visitor would have been answered at the same path, byte for byte, after the same looks at
//! who calls and what of it is whose, with the same limits and the same entry in the log of reads. There is no other way in.
//! Absent on purpose: what a page looks like, and who is signed in ([`crate::console`]).

use super::callers::Peer;
use super::problem::Problem;
use super::seen::CallerSeen;
use crate::engine::Engine;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use caseward_events::Timestamp;
use http_body_util::BodyExt;
use std::convert::Infallible;
use tower::ServiceExt;

/// Pages in front of the API.
pub trait Pages: Send + Sync + 'static {
    /// Every method and path of theirs, as templates.
    fn paths(&self) -> Vec<(&'static str, &'static str)>;

    /// What answers there. It has no fallback: whatever it does not know, the API answers.
    fn router(&self, api: Api) -> Router;
}

/// The API, asked within the process.
#[derive(Clone)]
pub struct Api {
    router: Router,
    engine: Engine,
}

/// What the API answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// As over HTTP.
    pub status: StatusCode,
    /// Likewise.
    pub headers: HeaderMap,
    /// Likewise.
    pub body: Bytes,
}

/// Whoever opened a page: where from, and what is presented.
#[derive(Clone)]
pub struct Visitor {
    peer: Peer,
    headers: HeaderMap,
    seen: CallerSeen,
}

/// What of a request is told to the API.
static PASSED_ON: [HeaderName; 8] = [
    AUTHORIZATION,
    HOST,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("via"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-request-id"),
];

/// What a browser says of the page that sends a form. A page that is only opened may be opened from anywhere: a link to it
/// stands in a mail or a file, and its questions change nothing, whatever the method that asks them.
static SAID_OF_FORMS: [HeaderName; 2] = [ORIGIN, HeaderName::from_static("sec-fetch-site")];

impl Api {
    pub(super) fn new(router: Router, engine: Engine) -> Api {
        Api { router, engine }
    }

    /// What the engine takes for now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.engine.now()
    }

    /// Whether questions are answered and commands taken; else why no command is.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.engine.poisoned().is_some()
    }

    /// Asks a path, with whatever stands behind its `?`.
    pub async fn get(&self, visitor: &Visitor, path: &str) -> Reply {
        self.ask(visitor, Method::GET, path, Body::empty()).await
    }

    /// Sends JSON.
    pub async fn post(&self, visitor: &Visitor, path: &str, body: Vec<u8>) -> Reply {
        self.ask(visitor, Method::POST, path, Body::from(body)).await
    }

    /// The same with another method.
    pub async fn ask(&self, visitor: &Visitor, method: Method, path: &str, body: Body) -> Reply {
        let Ok(uri) = path.parse::<axum::http::Uri>() else {
            return read(Problem::invalid(format!("`{}` is no path", path.escape_debug()))).await;
        };
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = visitor.headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.extensions_mut().insert(visitor.peer.clone());
        request.extensions_mut().insert(visitor.seen.clone());
        let Ok(response) = self.router.clone().oneshot(request).await;
        read(response).await
    }
}

async fn read(response: impl axum::response::IntoResponse) -> Reply {
    let (head, body) = response.into_response().into_parts();
    match body.collect().await {
        Ok(whole) => Reply { status: head.status, headers: head.headers, body: whole.to_bytes() },
        // It was cut off on the way, as it would have been for a client.
        Err(_) => Reply { status: StatusCode::SERVICE_UNAVAILABLE, headers: head.headers, body: Bytes::new() },
    }
}

impl Visitor {
    /// Presenting a token of a session; whoever presents something in the request itself presents that.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Visitor {
        if let Ok(presented) = HeaderValue::try_from(format!("Bearer {token}"))
            && !self.headers.contains_key(AUTHORIZATION)
        {
            self.headers.insert(AUTHORIZATION, presented);
        }
        self
    }

    /// Whether the request itself presents something.
    #[must_use]
    pub fn presents_itself(&self) -> bool {
        self.headers.contains_key(AUTHORIZATION)
    }

    /// Whether nobody on the way can read what passes.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        #[cfg(feature = "tls")]
        return matches!(self.peer, Peer::Tls(..));
        #[cfg(not(feature = "tls"))]
        false
    }

    /// As the log names the caller; none before the API was asked.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.seen.name()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Visitor, Infallible> {
        let peer = head.extensions.get::<Peer>().expect("every connection says where it comes from").clone();
        let seen = head.extensions.get::<CallerSeen>().cloned().unwrap_or_default();
        let is_opened = [Method::GET, Method::HEAD].contains(&head.method);
        let said = SAID_OF_FORMS.iter().filter(|_| !is_opened);
        let mut headers = HeaderMap::new();
        for name in PASSED_ON.iter().chain(said) {
            for value in head.headers.get_all(name) {
                headers.append(name.clone(), value.clone());
            }
        }
        Ok(Visitor { peer, headers, seen })
    }
}
