//! Commands to a service: one, a batch, or lines.
//!
//! INVARIANT: every command has an id before it is sent, so that it can be sent again; whoever gives up says which were sent and
//! not answered.

use super::client::{Call, Changes, Client, IN_DOUBT};
use super::pages::Pages;
use crate::cli::args::{Paging, Sending};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::send::{answer, erased};
use crate::engine::{Accepted, Answer};
use caseward_events::answer::{self as answers, CommandAnswer, HistoryAnswer, HistoryEntry};
use caseward_events::{Code, Position, Recorded, Subject};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The answers to a batch.
#[derive(Deserialize)]
pub(super) struct Answers {
    pub(super) answers: Vec<CommandAnswer<HistoryEntry>>,
}

/// Sends one command, in the form of `interface.md` section 1, and prints its answer.
///
/// # Errors
/// The service does not answer, or turns the caller away; for people, the refusal.
pub async fn one(context: &mut Context, client: &Client, with: &Sending, mut line: Value) -> Result<Exit, Failure> {
    let made = give_id(&mut line);
    let path = Client::of_organization(context, "commands", &[]);
    let body = json!({"commands": [line], "dry_run": with.dry_run});
    let call = Call::post(path, &body, if with.dry_run { Changes::Nothing } else { Changes::Once });
    let reply = client.call(&call).await.map_err(|failure| {
        let id = body["commands"][0]["id"].as_str().unwrap_or_default();
        match failure.notes.iter().any(|note| note == IN_DOUBT) {
            true => {
                failure.hint(format!("send it again with --id {id}: where it was stored, it answers as it did then"))
            }
            false => failure,
        }
    })?;
    let Answers { answers } = reply.read()?;
    let answer = answers.into_iter().next().map(|answer| recorded(answer, made));
    let answer = answer.ok_or_else(|| Failure::fault(anyhow::anyhow!("the service gave no answer to the command")))?;
    let unnamed = with.actor.is_none() && answer.refusal().is_some_and(|refusal| refusal.code == Code::NotAuthorized);
    let printed = answer::print(&mut context.printer, &answer);
    if let Some(one) = erased::by(&answer)
        // Whoever may not read what is left is not told of it.
        && let Ok(left) = left(context, client, &one).await
    {
        erased::tell(&mut context.printer, &one.0, left);
    }
    printed.map_err(|failure| match (unnamed, client.has_token()) {
        (false, _) => failure,
        (true, true) => {
            failure.note("neither `--actor` nor CASEWARD_ACTOR was given, so it was sent as the token's own")
        }
        (true, false) => {
            failure.note("neither `--actor` nor CASEWARD_ACTOR was given, so it was sent as `system:unknown`")
        }
    })
}

/// How many reasons of events that name a subject could still be read right behind its erasure.
async fn left(context: &Context, client: &Client, (subject, erasure): &(Subject, Position)) -> Result<u64, Failure> {
    let asked = [("of", Some(subject.to_string()))];
    let place = [("as_of", Some(erasure.to_string()))];
    let (mut pages, mut count) = (Pages::of(&Paging { limit: None, after: None }), 0);
    loop {
        let path = pages.path(context, "history", &asked, &place);
        let HistoryAnswer { events, next, .. } = client.call(&Call::get(path)).await?.read()?;
        let events: Vec<_> = events.into_iter().map(Recorded::from).collect();
        count += erased::readable(&events);
        if !pages.took(events.len(), &next) {
            return Ok(count);
        }
    }
}

/// Gives a command an id where it brings none; whether it did.
pub(super) fn give_id(command: &mut Value) -> bool {
    let Some(fields) = command.as_object_mut() else { return false };
    let id = fields.entry("id").or_insert(Value::Null);
    let made = id.is_null();
    if made {
        *id = Uuid::now_v7().to_string().into();
    }
    made
}

/// An answer as this program has its own. A command whose id was made for it can only have been stored by this call, be it
/// at the second try.
pub fn recorded(answer: CommandAnswer<HistoryEntry>, made: bool) -> Answer {
    match answer {
        CommandAnswer::Refused(mut refusal) => {
            // Whoever gave none is told none.
            refusal.facts.retain(|name, _| !made || name != "id");
            Answer::Refused(refusal)
        }
        CommandAnswer::Accepted(accepted) => {
            let answers::Accepted { position, events, warnings, replayed, foreseen, clock_behind } = accepted;
            let events = events.into_iter().map(Recorded::from).collect();
            let replayed = replayed && !made;
            Answer::Accepted(Accepted { position, events, warnings, replayed, foreseen, clock_behind })
        }
    }
}
