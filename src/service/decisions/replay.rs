//! Asking a record of the decision log again, where and when it was asked.
//!
//! INVARIANT: the same words, the same rules: a request of AuthZEN goes the way that the service goes. What is compared is
//! each decision; what an answer said beside it is not. Absent on purpose: reading a file, and printing.

use super::record::{Body, In, Pin, Record};
use crate::engine::{Engine, Error};
use crate::service::authzen;
use caseward_events::{AsOf, Asker, Position, Question, Resource};
use serde_json::Value;

/// What came of a record that was asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many decisions were compared.
    pub compared: u64,
    /// How many questions had no decision, since they could not be asked.
    pub without: u64,
    /// Those that differ.
    pub differences: Vec<Difference>,
    /// How many records were dropped before this one.
    pub dropped: u64,
}

/// A decision that is another one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of which record.
    pub id: String,
    /// The place of the question in the call, from 1.
    pub question: usize,
    /// What was asked, in the words of the caller.
    pub asked: String,
    /// Where.
    pub position: Position,
    /// What the record says.
    pub recorded: bool,
    /// What is decided now.
    pub now: bool,
}

/// Why a record cannot be asked again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotReplayed {
    /// It is none.
    #[error("it is no record of the decision log: {0}")]
    NoRecord(String),
    /// The store knows nothing of what it names.
    #[error("the store has no organization `{0}`")]
    NoOrganization(String),
    /// The store ends before.
    #[error("it was asked at position {asked}, and the store ends at {head}")]
    Beyond {
        /// Where it was asked.
        asked: Position,
        /// The last position.
        head: Position,
    },
    /// The store failed.
    #[error("{0}")]
    Failed(String),
}

/// Asks a line again.
///
/// # Errors
/// It is no record, or this store cannot answer it.
pub async fn replay(engine: &Engine, line: &[u8]) -> Result<Replayed, NotReplayed> {
    let no_record = |why: String| NotReplayed::NoRecord(why);
    let record: Record = serde_json::from_slice(line).map_err(|why| no_record(why.to_string()))?;
    let Record { trace_id, span_id, attributes, body, .. } = record;
    let mut replayed = Replayed { dropped: attributes.dropped, ..Replayed::default() };
    // The engine had failed: nothing was decided.
    let Some(Body { request, response }) = body else { return Ok(replayed) };
    let organization = engine.organization(&attributes.organization);
    let organization = organization.map_err(|_| NotReplayed::NoOrganization(attributes.organization.to_string()))?;
    let (questions, answers) =
        paired(&request, &response).ok_or_else(|| no_record("a request without questions".to_owned()))?;
    if answers.len() != attributes.pins.len() || questions.len() < answers.len() {
        return Err(no_record("it does not say where each question was asked".to_owned()));
    }
    let all = questions.into_iter().zip(answers).zip(&attributes.pins).enumerate();
    for (index, ((question, answer), pin)) in all {
        let Some(Pin { position, at }) = *pin else {
            replayed.without += 1;
            continue;
        };
        let head = organization.head();
        if position > head {
            return Err(NotReplayed::Beyond { asked: position, head });
        }
        let recorded = answer.get("decision").and_then(Value::as_bool);
        let recorded = recorded.ok_or_else(|| no_record("an answer without a decision".to_owned()))?;
        let reader = organization.reader(AsOf::Position(position), Some(at)).await.map_err(failed)?;
        let now = match attributes.words {
            In::Own => {
                let question = own(&question).ok_or_else(|| no_record("no question in our words".to_owned()))?;
                reader.check(&question).await.map_err(failed)?.decision
            }
            In::Vocabulary => {
                let again = authzen::decide_again(&reader, &question, &request).await;
                again.map_err(|problem| NotReplayed::Failed(problem.to_string()))?
            }
        };
        replayed.compared += 1;
        if now != recorded {
            let (id, asked) = (format!("{trace_id}-{span_id}"), words(&question));
            replayed.differences.push(Difference { id, question: index + 1, asked, position, recorded, now });
        }
        if index % SLICE_QUESTIONS == SLICE_QUESTIONS - 1 {
            tokio::task::yield_now().await;
        }
    }
    Ok(replayed)
}

fn failed(error: Error) -> NotReplayed {
    NotReplayed::Failed(error.to_string())
}

/// Between so many questions other tasks come in.
const SLICE_QUESTIONS: usize = 64;

/// Each question, and each answer.
fn paired(request: &Value, response: &Value) -> Option<(Vec<Value>, Vec<Value>)> {
    match response.get("evaluations") {
        Some(answers) => Some((request.get("evaluations")?.as_array()?.clone(), answers.as_array()?.clone())),
        None => Some((vec![request.clone()], vec![response.clone()])),
    }
}

/// A question in our words.
fn own(question: &Value) -> Option<Question> {
    let text = |which: &str, key: &str| question.get(which)?.get(key)?.as_str().map(str::to_owned);
    let named = |which: &str| Some(format!("{}:{}", text(which, "type")?, text(which, "id")?));
    let subject: Asker = named("subject")?.parse().ok()?;
    let resource: Resource = match named("resource")? {
        own if own == "organization:organization" => Resource::Organization,
        other => other.parse().ok()?,
    };
    Some(Question::new(subject, text("action", "name")?.parse().ok()?, resource))
}

/// What was asked, for people.
fn words(question: &Value) -> String {
    let text = |which: &str, key: &str| question[which][key].as_str().unwrap_or("?").escape_debug().to_string();
    let entity = |which: &str| format!("{}:{}", text(which, "type"), text(which, "id"));
    format!("{} {} {}", entity("subject"), text("action", "name"), entity("resource"))
}
