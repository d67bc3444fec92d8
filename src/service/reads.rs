//! Reads are kept: which questions of persons go to the log of reads, and reading that log.
//!
//! A question is put there once its answer has a status, beside the answer and never before it: who asks waits for nothing.
//! INVARIANT: every path that asks for the part `audit` or `operate` alone is kept, also one that is new, unless it is named
//! here as one that tells of nobody. Absent on purpose: where the log lies (`crate::store`), decisions that machines ask for
//! (the decision log), and questions on the command line of a store that no service has.

use super::admit::Organization;
use super::body;
use super::callers::{Caller, Part};
use super::params::Params;
use super::problem::{Problem, of_store};
use super::respond;
use super::state::Shared;
use super::verb_pipes::AskedVerb;
use crate::engine;
use crate::store::ReadsLog;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use caseward_events::reads::{Read, ReadKind};
use caseward_events::{Position, Reference, Timestamp};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Why somebody asks.
pub(super) const PURPOSE: &str = "x-purpose";

/// Bytes of a purpose.
pub const PURPOSE_BYTES_MAX: usize = 256;

/// Bytes that are kept of what was asked.
pub const ASKED_BYTES_MAX: usize = 4 << 10;

/// References that are kept of one question.
const ABOUT_MAX: usize = 64;

/// Entries of one page of the log, and what is usual.
const PAGE_MAX: usize = 1_000;

/// An answer is looked into for its position up to here.
const LOOKED_INTO_BYTES_MAX: u64 = 1 << 20;

/// Where the log of reads is read: who looks there is kept too.
pub(super) const PATH: &str = "/v1/orgs/{org}/reads";

/// What tells of no person, or keeps its reads itself.
const TELLS_OF_NOBODY: [&str; 3] = ["/metrics", "/v1/orgs/{org}/status", "/v1/verbs"];

/// Whether the questions of a path are kept.
pub(super) fn is_kept(path: &str, parts: &[Part]) -> bool {
    let of_persons = |part: &Part| matches!(part, Part::Audit | Part::Operate);
    path == PATH || !parts.is_empty() && parts.iter().all(of_persons) && !TELLS_OF_NOBODY.contains(&path)
}

/// Keeps a question that was let in.
pub(super) async fn keep(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let purpose = match purpose(request.headers()) {
        Ok(purpose) => purpose,
        Err(problem) => return problem.into_response(),
    };
    let Some(log) = shared.reads.clone() else { return next.run(request).await };
    let (read, request) = match read(&shared, request, purpose).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let mut asking = Asking { log, shared, read: Some(read) };
    let response = next.run(request).await;
    let (position, response) = position(response).await;
    if let Some(read) = &mut asking.read {
        (read.status, read.position) = (Some(response.status().as_u16()), position);
    }
    response
}

/// Why, where somebody says so.
fn purpose(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(PURPOSE).iter();
    let Some(one) = given.next() else { return Ok(None) };
    let text = str::from_utf8(one.as_bytes()).ok().filter(|text| !text.chars().any(char::is_control));
    match text.map(str::trim) {
        Some(_) if given.next().is_some() => Err(Problem::invalid("`X-Purpose` is given twice")),
        Some(text) if text.len() <= PURPOSE_BYTES_MAX => Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
        Some(text) => {
            let detail = format!("`X-Purpose` has {} bytes", text.len());
            Err(Problem::invalid(detail)
                .hint(format!("say why in at most {PURPOSE_BYTES_MAX} bytes, or name a file that says more"))
                .fact("limit", PURPOSE_BYTES_MAX)
                .fact("came_to", text.len()))
        }
        None => Err(Problem::invalid("`X-Purpose` is not one line of text")),
    }
}

async fn read(shared: &Shared, request: Request, purpose: Option<String>) -> Result<(Read, Request), Problem> {
    let (head, mut body) = request.into_parts();
    let mut read = {
        let caller = head.extensions.get::<Caller>().expect("whoever is let in is known");
        let named = head.extensions.get::<Organization>().map(|Organization(organization)| organization.clone());
        let path = head.extensions.get::<MatchedPath>().map_or(head.uri.path(), MatchedPath::as_str);
        let organization = named.or_else(|| shared.engine.organization(&caller.organization()).ok());
        Read {
            organization: organization.as_ref().map_or_else(|| caller.organization(), |one| one.name().clone()),
            by: caller.in_full(),
            actor: caller.own_actor().to_string(),
            about: Vec::new(),
            question: format!("{} {path}", head.method),
            asked: String::new(),
            asked_bytes_left_out: 0,
            purpose,
            status: None,
            position: None,
            head: organization.as_ref().map_or(Position::ZERO, engine::Organization::head),
        }
    };
    if head.method == Method::GET {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
        read.about = query.iter().flat_map(|query| &query.0).flat_map(|(_, value)| named_in(value)).collect();
        asked(&mut read, head.uri.query().unwrap_or_default());
    } else {
        let whole = body::whole(body, &shared.limits).await?;
        read.about = serde_json::from_slice(&whole).map(|body| named_in_body(&body)).unwrap_or_default();
        asked(&mut read, &String::from_utf8_lossy(&whole));
        body = Body::from(whole);
    }
    read.about.truncate(ABOUT_MAX);
    Ok((read, Request::from_parts(head, body)))
}

/// As much of what was asked as is kept.
fn asked(read: &mut Read, text: &str) {
    let kept = text.floor_char_boundary(ASKED_BYTES_MAX);
    text[..kept].clone_into(&mut read.asked);
    read.asked_bytes_left_out = text.len() - kept;
}

/// The references in a text: a value, or a query with words before colons.
fn named_in(text: &str) -> Vec<String> {
    let word = |word: &str| {
        let bare = word.trim_start_matches('-');
        let named = |text: &str| text.contains(':') && text.parse::<Reference>().is_ok();
        [bare, bare.split_once([':', '=']).map_or("", |(_, rest)| rest)]
            .into_iter()
            .find(|text| named(text))
            .map(str::to_owned)
    };
    text.split_whitespace().filter_map(word).collect()
}

/// Of a search of AuthZEN: what it names, in the words of its caller.
fn named_in_body(body: &Value) -> Vec<String> {
    let entity = |which: &str| {
        let (kind, id) = (body[which]["type"].as_str()?, body[which]["id"].as_str()?);
        Some(format!("{kind}:{id}"))
    };
    ["subject", "resource"].into_iter().filter_map(entity).collect()
}

#[derive(Deserialize)]
struct Answered {
    position: Option<Position>,
}

/// The position that an answer names. One that comes in pieces, or is very long, is not looked into.
async fn position(response: Response) -> (Option<Position>, Response) {
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let is_short =
        axum::body::HttpBody::size_hint(response.body()).exact().is_some_and(|size| size <= LOOKED_INTO_BYTES_MAX);
    if !is_json || !is_short {
        return (None, response);
    }
    let (head, body) = response.into_parts();
    // It lies in memory already.
    let Ok(whole) = body.collect().await else { return (None, Response::from_parts(head, Body::empty())) };
    let whole = whole.to_bytes();
    let position = serde_json::from_slice::<Answered>(&whole).ok().and_then(|answered| answered.position);
    (position, Response::from_parts(head, Body::from(whole)))
}

/// A question under way. However it ends, it is kept.
struct Asking {
    log: Arc<ReadsLog>,
    shared: Arc<Shared>,
    read: Option<Read>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(read) = self.read.take() {
            self.log.put(self.shared.engine.now(), ReadKind::Read(Box::new(read)));
        }
    }
}

/// Keeps a question on the command line that this process answered for another one; its exit status stands for that of an
/// answer.
pub(super) fn keep_verb(shared: &Shared, caller: &Caller, verb: AskedVerb, status: u8) {
    let Some(log) = &shared.reads else { return };
    let AskedVerb { organization, question, arguments } = verb;
    let mut read = Read {
        about: arguments.iter().flat_map(|argument| named_in(argument)).take(ABOUT_MAX).collect(),
        head: shared.engine.organization(&organization).map_or(Position::ZERO, |one| one.head()),
        organization,
        by: caller.in_full(),
        actor: caller.own_actor().to_string(),
        question,
        asked: String::new(),
        asked_bytes_left_out: 0,
        purpose: None,
        status: Some(u16::from(status)),
        position: None,
    };
    asked(&mut read, &arguments.join(" "));
    log.put(shared.engine.now(), ReadKind::Read(Box::new(read)));
}

/// `GET /v1/orgs/{org}/reads`: the entries about an organization, oldest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (after, limit): (Option<u64>, Option<usize>) = (params.take("after")?, params.take("limit")?);
    let about: Option<String> = params.take("about")?;
    let (from, to): (Option<Timestamp>, Option<Timestamp>) = (params.take("from")?, params.take("to")?);
    params.end()?;
    let Some(log) = shared.reads.clone() else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "reads_not_kept", "this service keeps no log of reads")
            .hint("it is kept beside a store on disk, unless the service was started with --no-reads"));
    };
    let (name, now) = (organization.name().clone(), shared.engine.now());
    let wanted = ReadsWanted { organization: Some(name), about, from, to };
    let limit = limit.unwrap_or(PAGE_MAX).min(PAGE_MAX);
    let page = move || log.page(after.unwrap_or_default(), limit, now, |entry| wanted.holds(entry));
    let page = tokio::task::spawn_blocking(page).await.map_err(|why| of_store(engine::Kind::Fault, &why))?;
    Ok(respond::fresh(&page.map_err(|why| of_store(why.kind(), &why))?))
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct ReadsWanted {
    /// Of this organization, with those that tell of all.
    pub organization: Option<caseward_events::OrganizationName>,
    /// That name somebody or something.
    pub about: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

impl ReadsWanted {
    /// Whether an entry is.
    #[must_use]
    pub fn holds(&self, entry: &caseward_events::reads::ReadEntry) -> bool {
        let in_time = self.from.is_none_or(|from| from <= entry.time) && self.to.is_none_or(|to| entry.time < to);
        in_time
            && match &entry.what {
                ReadKind::Read(read) => {
                    self.organization.as_ref().is_none_or(|name| *name == read.organization)
                        && self.about.as_ref().is_none_or(|about| read.names(about))
                }
                ReadKind::Dropped { .. } | ReadKind::Erased(_) => self.about.is_none(),
            }
    }
}
