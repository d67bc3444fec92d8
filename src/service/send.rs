//! Commands: one, a batch, or a stream of lines.
//!
//! INVARIANT: an answer that leaves is stored. A client that goes away takes nothing back: what came in is decided.

use super::admit::Organization;
use super::body;
use super::callers::Caller;
use super::commands::part_of;
use super::lines::{Line, Lines};
use super::params::Params;
use super::problem::Problem;
use super::refusals::Why;
use super::respond;
use super::state::Shared;
use crate::engine::{self, Answer, Batch, CommandError, How, Pending};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use caseward_events::limits::BATCH_COMMANDS_MAX;
use caseward_events::submission::{parse_json, parse_json_of_any_length};
use caseward_events::{Refusal, Submission};
use futures_util::{FutureExt, StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Commands of one stream that are on their way at once.
const UNDERWAY_MAX: usize = 512;

/// The body of a batch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    commands: Vec<Value>,
    #[serde(default)]
    atomic: bool,
    #[serde(default)]
    dry_run: bool,
}

/// The answers to a batch, in order.
#[derive(Serialize)]
struct Answers {
    answers: Vec<Answer>,
}

/// One command, `{"commands": […]}`, or lines.
pub(super) async fn commands(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    params.end()?;
    if is_lines(&headers) {
        let room = shared.stream_room(&caller)?;
        let lines = Lines::of(body, shared.limits);
        let lines = stream::unfold(Reading { lines, sender: Sender { shared, caller }, ended: false }, Reading::next);
        let sent = lines.then(move |line| enqueue(organization.clone(), line));
        let answered = sent.buffered(UNDERWAY_MAX).scan((false, room), |(ended, _room), answered| {
            let line = match answered {
                _ if *ended => None,
                Ok(answer) => Some(respond::line(&answer)),
                Err(problem) => {
                    *ended = true;
                    Some(respond::last_line(&problem))
                }
            };
            ready(line)
        });
        return Ok(respond::stream(respond::NDJSON, answered));
    }
    let _room = shared.request_room(&caller)?;
    let sender = Sender { shared: Arc::clone(&shared), caller };
    let body = body::whole(body, &shared.limits).await?;
    let parsed = parse_json_of_any_length(&body)?;
    if parsed.get("commands").is_some() {
        let batch: Commands = body::said(parsed)?;
        let answers = batch.send(&organization, &sender).await?;
        return Ok(respond::fresh(&Answers { answers }));
    }
    let command = with_id(parsed, &headers)?;
    let id = command.get("id").and_then(Value::as_str).and_then(|id| HeaderValue::try_from(id).ok());
    let batch = Batch { submissions: vec![sender.submission(command)?], how: How::default() };
    let mut answers = organization.submit(batch).await?;
    match answers.pop().expect("one command has one answer") {
        Answer::Refused(refusal) => Err(refusal.into()),
        accepted @ Answer::Accepted(_) => {
            let mut response = respond::fresh(&accepted);
            response.headers_mut().extend(id.map(|id| (IDEMPOTENCY_KEY, id)));
            Ok(response)
        }
    }
}

impl Commands {
    async fn send(self, organization: &engine::Organization, sender: &Sender) -> Result<Vec<Answer>, Problem> {
        let Commands { commands, atomic, dry_run } = self;
        if commands.len() > BATCH_COMMANDS_MAX {
            let detail =
                format!("{} commands are more than {BATCH_COMMANDS_MAX}, the limit of one batch", commands.len());
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).hint("send them in parts"));
        }
        let submissions = commands.into_iter().map(|command| sender.submission(command)).collect::<Result<_, _>>()?;
        let how = How { atomic, dry_run, ..How::default() };
        Ok(organization.submit(Batch { submissions, how }).await?)
    }
}

/// `Idempotency-Key` is the id of the command. Whoever gives neither is told the one that is made for it, so that every
/// command can be sent again.
fn with_id(mut command: Value, headers: &HeaderMap) -> Result<Value, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str()).transpose();
    let key = key.map_err(|_| Problem::invalid("`Idempotency-Key` is not text"))?;
    // The header is a structured string for some, which stands in quotation marks.
    let key = key.map(|key| key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key));
    if let Some(fields) = command.as_object_mut() {
        let id = fields.entry("id").or_insert(Value::Null);
        match key {
            _ if id.is_null() => *id = key.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned).into(),
            Some(key) if id.as_str() != Some(key) => {
                let problem = Problem::invalid("`Idempotency-Key` and the `id` of the command differ");
                return Err(problem.hint("send one of both"));
            }
            _ => {}
        }
    }
    Ok(command)
}

/// Whether a body is lines of JSON.
pub(super) fn is_lines(headers: &HeaderMap) -> bool {
    const LINES: [&str; 3] = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    LINES.iter().any(|lines| kind.eq_ignore_ascii_case(lines))
}

/// Whose commands they are.
struct Sender {
    shared: Arc<Shared>,
    caller: Caller,
}

/// A command, or why it is none, which is its answer.
type Sent = Result<Submission, Refusal>;

impl Sender {
    /// A command of this caller, with the caller's own actor where it names none, and through whom it came.
    ///
    /// # Errors
    /// The caller may not send it: then none of the request that came behind it is sent, nor anything of a batch.
    fn submission(&self, mut command: Value) -> Result<Sent, Problem> {
        if let (Some(via), Some(fields)) = (self.caller.via(), command.as_object_mut()) {
            let actor = fields.entry("actor").or_insert(Value::Null);
            if actor.is_null() {
                *actor = self.caller.own_actor().to_string().into();
            }
            return self.judged(Submission::from_value(&command).map(|sent| Submission { via: Some(via), ..sent }));
        }
        self.judged(Submission::from_value(&command))
    }

    /// What cannot be a command changes nothing, and is answered as what it is.
    fn judged(&self, sent: Sent) -> Result<Sent, Problem> {
        const PATH: &str = "/v1/orgs/{org}/commands";
        if let Some(content) = sent.as_ref().ok().and_then(|sent| sent.content.as_ref().ok()) {
            let refuse = |why| Err(self.shared.refusals.refuse(why, &self.caller, PATH));
            if !self.caller.may(&[part_of(&content.command)]) {
                return refuse(Why::Forbidden);
            }
            if !self.caller.may_name(&content.actor) {
                return refuse(Why::ActorNotAllowed);
            }
        }
        Ok(sent)
    }

    fn line(&self, line: Line) -> Result<Sent, Problem> {
        if !self.caller.is_let_in(&self.shared.engine) {
            return Err(self.shared.refusals.refuse(Why::Unknown, &self.caller, "/v1/orgs/{org}/commands"));
        }
        match (line, self.caller.via()) {
            (Err(refusal), _) => Ok(Err(refusal)),
            // Nothing is filled in, so it is parsed once.
            (Ok(line), None) => self.judged(Submission::parse(&line)),
            (Ok(line), Some(_)) => parse_json(&line).map_or_else(|refusal| Ok(Err(refusal)), |it| self.submission(it)),
        }
    }
}

/// The lines of a body, and what ends them before their end.
struct Reading {
    lines: Lines,
    sender: Sender,
    ended: bool,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<Sent, Problem>, Self)> {
        if self.ended {
            return None;
        }
        let sent = match self.lines.next().await {
            Ok(None) => return None,
            Ok(Some(line)) => self.sender.line(line),
            Err(problem) => Err(problem),
        };
        self.ended = sent.is_err();
        Some((sent, self))
    }
}

/// A line on its way.
type Underway = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send>>;

/// Sends a line; waits only while there is no room for it.
async fn enqueue(organization: engine::Organization, sent: Result<Sent, Problem>) -> Underway {
    let submission = match sent {
        Err(problem) => return ready(Err(problem)).boxed(),
        Ok(submission) => submission,
    };
    let batch = Batch { submissions: vec![submission], how: How::default() };
    match organization.enqueue(batch).await {
        Err(CommandError::Refused(refusal)) => ready(Ok(Answer::Refused(refusal))).boxed(),
        Err(error) => ready(Err(error.into())).boxed(),
        Ok(pending) => answer_of(pending).boxed(),
    }
}

async fn answer_of(pending: Pending) -> Result<Answer, Problem> {
    Ok(pending.await?.pop().expect("one command has one answer"))
}
