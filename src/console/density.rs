//! How much happened when in a whole organization: out of a few positions, whatever the log holds.
//!
//! INVARIANT: the strokes of the bar count every event, exactly, and cost the same for a log of any length: the position of an
//! instant is looked up, no event is read.

use super::asking::{Asking, Problem};
use super::look::look;
use super::time_bar::Stop;
use caseward_events::answer::{CheckAnswer, CheckOutcome};
use caseward_events::ask::AsOf;
use caseward_events::{Position, Timestamp};
use serde::Deserialize;
use serde_json::json;

/// Stretches of the bar.
const STRETCHES: i64 = 140;

#[derive(Deserialize)]
struct Checked {
    answers: Vec<CheckAnswer>,
}

/// The stops of an organization: the last event of each stretch, with how many lie in it.
///
/// # Errors
/// What the API tells instead.
pub async fn stops(asking: &Asking<'_>) -> Result<Vec<Stop>, Problem> {
    let head = look(asking, AsOf::Head, None).await?.moment.position;
    if head == Position::ZERO {
        return Ok(Vec::new());
    }
    let at = async |position: Position| Ok::<_, Problem>(look(asking, AsOf::Position(position), None).await?.moment.at);
    let (first, last) = (at(Position(1)).await?, at(head).await?);
    let span = last.as_micros().saturating_sub(first.as_micros());
    let instants: Vec<Timestamp> = (1..STRETCHES)
        .map(|stretch| Timestamp::from_micros(first.as_micros() + span / STRETCHES * stretch))
        .chain([last])
        .collect();
    // Who asks, and about what, says nothing here: the answer names the position of the instant.
    let question =
        |at: &Timestamp| json!({"subject": "user:-", "action": "administer", "resource": "organization", "as_of": at});
    let body = json!({ "questions": instants.iter().map(question).collect::<Vec<_>>() });
    let Checked { answers } = asking.post("checks", &body).await?.answer;
    let mut stops: Vec<Stop> = vec![Stop { position: Position(1), at: first, count: 1 }];
    for (at, answer) in instants.into_iter().zip(answers) {
        let CheckOutcome::Decided(decision) = answer.outcome else { continue };
        let before = stops.last().map_or(Position::ZERO, |stop| stop.position);
        if decision.position > before {
            stops.push(Stop { position: decision.position, at, count: decision.position.0 - before.0 });
        }
    }
    Ok(stops)
}
