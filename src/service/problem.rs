//! Whatever is not an answer: `application/problem+json` (RFC 9457) with a `code`.
//!
//! INVARIANT: a refusal of the engine keeps its code, its message (as `detail`), its hint and its facts, so that a client can
//! make the same refusal of it again. Nothing of the machine (paths, causes of a fault) is told to whoever is not an operator
//! on the socket: it goes to the log, with the id of the request.

use crate::engine::{CommandError, Error, Kind};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use caseward_events::{Code, Refusal};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A problem on its way to a client.
#[derive(Debug)]
pub(super) struct Problem(Box<Members>);

#[derive(Debug)]
struct Members {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    hint: Option<String>,
    facts: Map<String, Value>,
    retry_after: Option<u32>,
    /// What the log is told and the client is not.
    cause: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        let (code, detail) = (Cow::Borrowed(code), detail.into());
        Problem(Box::new(Members {
            status,
            code,
            detail,
            hint: None,
            facts: Map::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// A request that cannot be understood.
    pub(super) fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// A path, or an organization, that does not exist for this caller. INVARIANT: both read alike.
    pub(super) fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "nothing is served at this address")
            .hint("GET /v1/orgs lists the organizations of the caller")
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.0.hint = Some(hint.into());
        self
    }

    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.0.facts.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn retry_after(mut self, seconds: u32) -> Problem {
        self.0.retry_after = Some(seconds);
        self
    }

    fn fault(status: StatusCode, code: &'static str, detail: &str, cause: &dyn std::error::Error) -> Problem {
        let mut problem = Problem::new(status, code, detail);
        problem.0.cause = Some(whole(cause));
        problem
    }

    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What is wrong.
    pub(super) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// As a value.
    pub(super) fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a problem has a JSON form")
    }

    /// As JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a problem has a JSON form")
    }
}

/// The members of RFC 9457 first, then the facts.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const OWN: [&str; 6] = ["type", "title", "status", "code", "detail", "hint"];
        let Members { status, code, detail, hint, facts, .. } = &*self.0;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("type", &format!("/problems#{code}"))?;
        members.serialize_entry("title", &code.replace('_', " "))?;
        members.serialize_entry("status", &status.as_u16())?;
        members.serialize_entry("code", code)?;
        members.serialize_entry("detail", detail)?;
        hint.iter().try_for_each(|hint| members.serialize_entry("hint", hint))?;
        let facts = facts.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        facts.into_iter().try_for_each(|(name, fact)| members.serialize_entry(name, fact))?;
        members.end()
    }
}

/// An error with all its causes.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.detail, self.0.code)
    }
}

/// The status of a refusal: what is wrong with the request itself is 400, who may not is 403, what is not there is 404, what
/// somebody else did first is 409, what is too much is 413, and whatever else the rules say is 422.
pub(super) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Invalid | Code::InvalidWindow => StatusCode::BAD_REQUEST,
        Code::NotAuthorized => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::IdReused
        | Code::VersionConflict
        | Code::Exists
        | Code::AlreadyGranted
        | Code::AlreadyRestricted
        | Code::AlreadyMember
        | Code::AlreadyThere
        | Code::AlreadyWalled => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Refusal> for Problem {
    fn from(Refusal { code, message, hint, facts }: Refusal) -> Problem {
        let status = status_of(code);
        let code = Cow::Borrowed(code.name());
        Problem(Box::new(Members { status, code, detail: message, hint, facts, retry_after: None, cause: None }))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Command(error) => error.into(),
            other => of_store(other.kind(), &other),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Problem {
        const AGAIN: &str =
            "send the same commands again with the same ids: those already stored answer as the first time";
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::InDoubt => {
                let detail = "the commands may or may not have been stored";
                Problem::fault(StatusCode::SERVICE_UNAVAILABLE, "in_doubt", detail, &error).hint(AGAIN).retry_after(5)
            }
            CommandError::Clock(doubt) => {
                let hint = "set the clock right, or let an operator accept it with --accept-clock";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "clock_in_doubt", doubt.to_string())
                    .hint(hint)
                    .retry_after(60)
            }
            CommandError::Stopped => {
                let detail = "the service is stopping; the commands were not accepted";
                Problem::fault(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail, &error).hint(AGAIN).retry_after(5)
            }
            other => of_store(other.kind(), &other).hint(AGAIN),
        }
    }
}

/// What is wrong with the store, to whoever cannot mend it.
pub(super) fn of_store(kind: Kind, error: &dyn std::error::Error) -> Problem {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match kind {
        Kind::Corruption => {
            let detail = "the store is damaged, and does not answer this";
            Problem::fault(unavailable, "damaged", detail, error).hint("an operator runs `caseward doctor`")
        }
        Kind::Usage | Kind::Refusal | Kind::Fault => {
            let detail = "the store failed to answer; nothing that was answered is lost";
            Problem::fault(unavailable, "fault", detail, error)
                .hint("try again; `/readyz` says what fails")
                .retry_after(5)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Members { status, code, retry_after, cause, .. } = &*self.0;
        if let Some(cause) = cause {
            tracing::error!(%code, cause, "a request has no answer");
        }
        let mut response = Response::new(Body::from(self.to_json()));
        response.extensions_mut().insert(Said(self.said()));
        response.extensions_mut().insert(Coded(self.0.code.clone()));
        *response.status_mut() = *status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = *retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if *status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The code of a problem, for whoever counts them.
#[derive(Clone)]
pub(super) struct Coded(pub(super) Cow<'static, str>);

/// What a problem says, for whoever takes no JSON.
#[derive(Clone)]
struct Said(String);

impl Problem {
    fn said(&self) -> String {
        let hint = self.0.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}{hint}", self.0.detail)
    }
}

/// A response that, where it is a problem, says so in a line of text.
pub(super) fn as_text(mut response: Response) -> Response {
    if let Some(Said(said)) = response.extensions_mut().remove() {
        *response.body_mut() = Body::from(format!("{said}\n"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}

/// A line of a stream after which nothing comes: in the form of a problem, so that no reader takes it for an answer.
pub(super) fn last_line(problem: &Problem) -> String {
    format!(r#"{{"status":"failed","problem":{}}}"#, problem.to_json())
}
