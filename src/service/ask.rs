//! Questions: `check` and `checks`.

use super::admit::Organization;
use super::callers::Caller;
use super::decisions::{Deciding, Made, as_authzen};
use super::limits::Limits;
use super::lines::{Line, Lines};
use super::params::{Params, When, wait_for};
use super::problem::Problem;
use super::refusals::Why;
use super::respond;
use super::state::{Room, Shared};
use super::{body, send};
use crate::engine::{self, Error, Reader};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use caseward_events::answer::{CheckAnswer, CheckOutcome};
use caseward_events::submission::{parse_json, parse_json_of_any_length};
use caseward_events::{AsOf, Asker, Decision, Position, Question, Refusal, Resource, Timestamp};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use tracing::{Span, trace_span};

/// One question, in the form of `interface.md` section 2.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    deciding: Deciding,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (when, at_least) = (params.when()?, params.at_least()?);
    params.end()?;
    let body = body::whole(body, &shared.limits).await?;
    let (id, question) = read(parse_json(&body)?, when);
    let question = question?;
    may_ask(&shared, &caller, &question.subject, CHECK)?;
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let decision = caller.told(organization.check(&question).await?);
    deciding.made(|| Made::check(organization.name(), &question, &decision));
    let is_settled = !question.as_of.is_head() && decision.settled != Some(false);
    let answer = CheckAnswer { id, outcome: CheckOutcome::Decided(decision) };
    Ok(respond::answer(&answer, is_settled, &headers))
}

const CHECK: &str = "/v1/orgs/{org}/check";
const CHECKS: &str = "/v1/orgs/{org}/checks";

/// A token about one user asks about nobody else.
fn may_ask(shared: &Shared, caller: &Caller, about: &Asker, path: &str) -> Result<(), Problem> {
    if caller.may_ask_about(about) { Ok(()) } else { Err(shared.refusals.refuse(Why::Forbidden, caller, path)) }
}

/// A question, or why it is none, with its id.
type Read = (Option<Value>, Result<Question, Refusal>);

/// What a question is, with its id; the parameters of the request stand in where it says nothing.
fn read(mut value: Value, when: When) -> Read {
    let id = value.as_object_mut().and_then(|fields| fields.remove("id")).filter(|id| !id.is_null());
    let question = Question::from_value(value).map(|mut question| {
        if question.as_of.is_head() {
            question.as_of = when.as_of;
        }
        question.at = question.at.or(when.at);
        question
    });
    (id, question)
}

/// All that a subject may do to a resource.
pub(super) async fn rights(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let (subject, resource): (Asker, Resource) = (params.need("subject")?, params.need("resource")?);
    let (When { as_of, at }, at_least) = (params.when()?, params.at_least()?);
    params.end()?;
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let reader = organization.reader(as_of, at).await?;
    let answer = reader.rights(&subject, &resource).await?;
    let response = respond::answer(&answer, is_settled(as_of, &reader), &headers);
    Ok(respond::placed(response, reader.resolved()))
}

/// Whether an answer will always be the same: it names where it is asked, and that is no moment to come.
fn is_settled(as_of: AsOf, reader: &Reader<'_>) -> bool {
    !as_of.is_head() && reader.resolved().settled != Some(false)
}

/// The body of `checks`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    questions: Vec<Value>,
    #[serde(default)]
    as_of: AsOf,
    #[serde(default)]
    at: Option<Timestamp>,
}

/// The answer of `checks`: to each question in its place, all at one position.
#[derive(Serialize)]
struct Answers {
    answers: Vec<CheckAnswer>,
    position: Position,
}

/// Between so many questions other tasks come in.
const SLICE_QUESTIONS: usize = 64;

/// Many questions at one position, or a stream of them.
pub(super) async fn checks(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    deciding: Deciding,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (when, at_least) = (params.when()?, params.at_least()?);
    params.end()?;
    if send::is_lines(&headers) {
        let room = shared.stream_room(&caller)?;
        wait_for(&organization, at_least, shared.limits.wait_time).await?;
        let lines = Lines::of(body, shared.limits);
        let asking = Asking { shared, caller, organization, deciding, when };
        let answered = Answered { asking, lines, ended: false, _room: room };
        return Ok(respond::stream(respond::NDJSON, stream::unfold(answered, Answered::next)));
    }
    // What waits has taken its room, so that no more can wait than may be under way.
    let _room = shared.request_room(&caller)?;
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let body = body::whole(body, &shared.limits).await?;
    let parsed = parse_json_of_any_length(&body)?;
    let Questions { questions, as_of, at } = body::said(parsed)?;
    within(questions.len(), &shared.limits)?;
    let when = When { as_of: if as_of.is_head() { when.as_of } else { as_of }, at: at.or(when.at) };
    let reader = organization.reader(when.as_of, when.at).await?;
    let pinned = When { as_of: AsOf::Position(reader.position()), at: Some(reader.resolved().when.at) };
    let mut answers = Vec::with_capacity(questions.len());
    let questions: Vec<_> = questions.into_iter().map(|value| read(value, When::default())).collect();
    for question in questions.iter().filter_map(|(_, question)| question.as_ref().ok()) {
        may_ask(&shared, &caller, &question.subject, CHECKS)?;
    }
    let step = step_of(questions.len());
    let asked: Vec<_> = if deciding.is_on() { questions.iter().map(asked_as_authzen).collect() } else { Vec::new() };
    for (index, (id, question)) in questions.into_iter().enumerate() {
        if index % SLICE_QUESTIONS == SLICE_QUESTIONS - 1 {
            tokio::task::yield_now().await;
        }
        let outcome = match question {
            Err(refusal) => Err(refusal),
            Ok(question) if question.as_of.is_head() && question.at.is_none() => {
                decided(&caller, reader.check(&question).await)?
            }
            Ok(mut question) => {
                // One that says only `at` is asked at the position of all.
                if question.as_of.is_head() {
                    question.as_of = pinned.as_of;
                }
                decided(&caller, organization.check(&question).await)?
            }
        };
        answers.push(CheckAnswer { id, outcome: outcome.into() });
    }
    drop(step);
    deciding.made(|| Made::checks(organization.name(), asked, &answers));
    Ok(respond::fresh(&Answers { answers, position: reader.position() }))
}

/// Many questions, for whoever follows the answer: one step of it.
fn step_of(questions: usize) -> Span {
    let questions = i64::try_from(questions).unwrap_or(i64::MAX);
    if Span::current().is_disabled() { Span::none() } else { trace_span!("evaluate", questions) }
}

/// A question that cannot be asked has its answer in its place; whatever else is wrong is wrong with all of them.
fn decided(caller: &Caller, outcome: Result<Decision, Error>) -> Result<Result<Decision, Refusal>, Problem> {
    match outcome {
        Ok(decision) => Ok(Ok(caller.told(decision))),
        Err(Error::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    }
}

/// For the decision log: nothing of what is no question.
fn asked_as_authzen((_, question): &Read) -> Value {
    question.as_ref().map_or_else(|_| Value::Object(serde_json::Map::new()), as_authzen)
}

fn within(count: usize, limits: &Limits) -> Result<(), Problem> {
    let limit = limits.questions;
    if count <= limit {
        return Ok(());
    }
    let detail = format!("{count} questions are more than {limit}, the limit of one request");
    let hint = "send them in parts, or as lines of JSON (application/x-ndjson), which may be as many as you like";
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        .hint(hint)
        .fact("limit", limit)
        .fact("came_to", count))
}

/// Questions as they come, each answered where it says.
struct Answered {
    asking: Asking,
    lines: Lines,
    ended: bool,
    _room: Room,
}

/// Who asks, and where.
struct Asking {
    shared: Arc<Shared>,
    caller: Caller,
    organization: engine::Organization,
    deciding: Deciding,
    when: When,
}

impl Answered {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        let answered = match self.lines.next().await {
            Ok(None) => return None,
            Ok(Some(line)) => self.asking.answer(line).await,
            Err(problem) => Err(problem),
        };
        let line = match answered {
            Ok(answer) => respond::line(&answer),
            Err(problem) => {
                self.ended = true;
                respond::last_line(&problem)
            }
        };
        Some((line, self))
    }
}

impl Asking {
    async fn answer(&self, line: Line) -> Result<CheckAnswer, Problem> {
        if !self.caller.is_let_in(&self.shared.engine) {
            return Err(self.shared.refusals.refuse(Why::Unknown, &self.caller, CHECKS));
        }
        let (id, question) = match line.and_then(|line| parse_json(&line)) {
            Ok(value) => read(value, self.when),
            Err(refusal) => (None, Err(refusal)),
        };
        let outcome = match question {
            Ok(question) => {
                may_ask(&self.shared, &self.caller, &question.subject, CHECKS)?;
                let outcome = decided(&self.caller, self.organization.check(&question).await)?;
                if let Ok(decision) = &outcome {
                    self.deciding.made_of_line(|| Made::check(self.organization.name(), &question, decision));
                }
                outcome
            }
            Err(refusal) => Err(refusal),
        };
        Ok(CheckAnswer { id, outcome: outcome.into() })
    }
}
