//! One decision, or many.
//!
//! INVARIANT: the decisions of one request are all at one position, except where one asks for another. An item that cannot
//! be asked is `false` with its error; whatever fails the store fails the request.

use super::asked::{self, Asked, Extension, Fields, optional, with_defaults};
use super::words::{Outcome, Words};
use crate::engine::{Organization as Engine, Reader};
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::decisions::{Deciding, Made, Pin, pin_of};
use crate::service::params::wait_for;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use caseward_events::{AsOf, Position};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The answer to one question.
#[derive(Debug, Serialize)]
struct Evaluated {
    decision: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
}

#[derive(Serialize)]
struct AllEvaluated {
    evaluations: Vec<Evaluated>,
}

/// Between so many questions other tasks come in.
const SLICE_QUESTIONS: usize = 64;

/// After which decision nothing more is asked.
#[derive(Clone, Copy, PartialEq)]
enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn of(fields: &Fields) -> Result<Semantic, Problem> {
        let given = optional(fields, "options")?.and_then(|options| options.get("evaluations_semantic"));
        match given {
            None | Some(Value::Null) => Ok(Semantic::ExecuteAll),
            Some(Value::String(name)) => match name.as_str() {
                "execute_all" => Ok(Semantic::ExecuteAll),
                "deny_on_first_deny" => Ok(Semantic::DenyOnFirstDeny),
                "permit_on_first_permit" => Ok(Semantic::PermitOnFirstPermit),
                _ => Err(unknown_semantic()),
            },
            Some(_) => Err(unknown_semantic()),
        }
    }

    fn ends_at(self, decision: bool) -> bool {
        match self {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision,
            Semantic::PermitOnFirstPermit => decision,
        }
    }
}

fn unknown_semantic() -> Problem {
    let known = "execute_all, deny_on_first_deny or permit_on_first_permit";
    Problem::invalid(format!("`options.evaluations_semantic` must be {known}"))
}

/// `POST /access/v1/evaluation`.
pub(in crate::service) async fn evaluation(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Organization(organization): Organization,
    deciding: Deciding,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let fields = asked::fields(&headers, body, &shared.limits).await?;
    one(&shared, &caller, &organization, &deciding, fields).await
}

async fn one(
    shared: &Shared,
    caller: &Caller,
    organization: &Engine,
    deciding: &Deciding,
    fields: Fields,
) -> Result<Response, Problem> {
    let (evaluated, pin) = alone(shared, caller, organization, &fields).await?;
    deciding.made(|| Made::evaluation(organization.name(), fields.into(), json!(evaluated), vec![Some(pin)]));
    Ok(respond::fresh(&evaluated))
}

async fn alone(
    shared: &Shared,
    caller: &Caller,
    organization: &Engine,
    fields: &Fields,
) -> Result<(Evaluated, Pin), Problem> {
    let asked = Asked::of(fields)?;
    let Extension { as_of, at, at_least, .. } = asked.extension;
    wait_for(organization, at_least, shared.limits.wait_time).await?;
    let reader = organization.reader(as_of, at).await?;
    decide(&Words::of(&reader).await?, &asked, caller).await
}

/// The decision that a record of the decision log tells of: on an item of several, or on a request as a whole. Who asked
/// changes what is told beside a denial, and no decision.
pub(in crate::service) async fn decide_again(
    reader: &Reader<'_>,
    item: &Value,
    request: &Value,
) -> Result<bool, Problem> {
    let not_an_object = || Problem::invalid("a request must be an object");
    let item = item.as_object().ok_or_else(not_an_object)?;
    let asked = Asked::of(&with_defaults(item, request.as_object().ok_or_else(not_an_object)?))?;
    Ok(decide(&Words::of(reader).await?, &asked, &Caller::Socket).await?.0.decision)
}

async fn decide(words: &Words<'_>, asked: &Asked, caller: &Caller) -> Result<(Evaluated, Pin), Problem> {
    let outcome = words.decide(asked, caller).await?;
    let decision = matches!(&outcome, Outcome::Decided(decision) if decision.decision);
    let may_change = words.reader.resolved().settled == Some(false);
    let mut told = if asked.extension.explain { explained(outcome, words.reader) } else { json!({}) };
    if may_change {
        told["settled"] = json!(false);
    }
    let context = (asked.extension.explain || may_change).then(|| json!({"caseward": told}));
    Ok((Evaluated { decision, context }, pin_of(words.reader)))
}

/// The decision as `check` gives it, or which word stands for nothing.
fn explained(outcome: Outcome, reader: &Reader<'_>) -> Value {
    match outcome {
        Outcome::NotMapped(what) => json!({"not_mapped": what, "position": reader.position()}),
        Outcome::Decided(decision) => {
            let mut told = json!(decision);
            if let Some(told) = told.as_object_mut() {
                told.remove("decision");
            }
            told
        }
    }
}

/// `POST /access/v1/evaluations`.
pub(in crate::service) async fn evaluations(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Organization(organization): Organization,
    deciding: Deciding,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let fields = asked::fields(&headers, body, &shared.limits).await?;
    let items = match fields.get("evaluations") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Problem::invalid("`evaluations` must be a list")),
    };
    if items.is_empty() {
        return one(&shared, &caller, &organization, &deciding, fields).await;
    }
    let semantic = Semantic::of(&fields)?;
    within(items.len(), shared.limits.questions)?;
    let asked: Vec<_> = items.iter().map(|item| item_of(item, &fields)).collect();
    let at_least = asked.iter().flatten().filter_map(|asked| asked.extension.at_least).max();
    wait_for(&organization, at_least, shared.limits.wait_time).await?;
    let (evaluations, pins) = all(&organization, &caller, semantic, asked).await?;
    let answer = AllEvaluated { evaluations };
    deciding.made(|| Made::evaluation(organization.name(), fields.into(), json!(answer), pins));
    Ok(respond::fresh(&answer))
}

fn item_of(item: &Value, defaults: &Fields) -> Result<Asked, Problem> {
    let item = item.as_object().ok_or_else(|| Problem::invalid("an item of `evaluations` must be an object"))?;
    Asked::of(&with_defaults(item, defaults))
}

async fn all(
    organization: &Engine,
    caller: &Caller,
    semantic: Semantic,
    items: Vec<Result<Asked, Problem>>,
) -> Result<(Vec<Evaluated>, Vec<Option<Pin>>), Problem> {
    let reader = organization.reader(AsOf::Head, None).await?;
    let words = Words::of(&reader).await?;
    let (mut answers, mut pins) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (index, item) in items.into_iter().enumerate() {
        if index % SLICE_QUESTIONS == SLICE_QUESTIONS - 1 {
            tokio::task::yield_now().await;
        }
        let decided = match item {
            Err(problem) => Err(problem),
            Ok(asked) if asked.extension.as_of.is_head() && asked.extension.at.is_none() => {
                decide(&words, &asked, caller).await
            }
            Ok(asked) => elsewhere(organization, caller, reader.position(), &asked).await,
        };
        let (answer, pin) = match decided {
            Ok((answer, pin)) => (answer, Some(pin)),
            Err(problem) if problem.status().is_client_error() => (failed(&problem), None),
            Err(problem) => return Err(problem),
        };
        let ends = semantic.ends_at(answer.decision);
        answers.push(answer);
        pins.push(pin);
        if ends {
            break;
        }
    }
    Ok((answers, pins))
}

/// A question about another moment. One that says only `at` is asked at the position of all.
async fn elsewhere(
    organization: &Engine,
    caller: &Caller,
    position: Position,
    asked: &Asked,
) -> Result<(Evaluated, Pin), Problem> {
    let Extension { as_of, at, .. } = asked.extension;
    let as_of = if as_of.is_head() { AsOf::Position(position) } else { as_of };
    let reader = organization.reader(as_of, at).await?;
    decide(&Words::of(&reader).await?, asked, caller).await
}

/// A question that could not be asked.
fn failed(problem: &Problem) -> Evaluated {
    let error = json!({"status": problem.status().as_u16(), "message": problem.detail()});
    Evaluated { decision: false, context: Some(json!({"error": error})) }
}

fn within(count: usize, limit: usize) -> Result<(), Problem> {
    if count <= limit {
        return Ok(());
    }
    let detail = format!("{count} evaluations are more than {limit}, the limit of one request");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).hint("send them in parts"))
}
