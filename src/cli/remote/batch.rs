//! `check --batch` of a service: questions out, answers in, one line each, in order.

use super::client::{Call, Client};
use super::lines::{Exchange, exchange};
use super::problem::not_understood;
use super::when::{self, as_of, when};
use crate::cli::ask::check::batch::Answers;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, Line};
use crate::cli::interrupt;
use caseward_events::answer::{CheckAnswer, CheckOutcome};
use caseward_events::{AsOf, Refusal};
use serde_json::json;
use std::path::Path;

/// Answers every line of a file.
///
/// # Errors
/// The file cannot be read, no question can be asked at `--as-of`, or the service does not answer.
pub async fn batch(context: &mut Context, client: &Client, path: &Path) -> Result<Exit, Failure> {
    when::tell_of_the_day(context, client).await?;
    if as_of(context) != AsOf::Head {
        // A position above the head would spoil every line; better one error.
        let path = Client::of_organization(context, "checks", &when(context));
        client.call(&Call::ask(path, &json!({"questions": []}))).await?;
    }
    let input = Input::open(path, &context.terminal)?;
    let path = Client::of_organization(context, "checks", &when(context));
    let interrupt = context.interrupt.clone();
    let mut checking = Checking { answers: Answers::new(&mut context.printer)?, exit: Exit::Yes };
    let stopped = exchange(client, &path, input.lines(), &interrupt, &mut checking).await;
    // What was answered before a fault is an answer still.
    checking.answers.send()?;
    match (stopped?, interrupt.seen()) {
        (Some(_), Some(name)) => Err(interrupt::stopped(name)),
        _ => Ok(checking.exit),
    }
}

struct Checking<'a> {
    answers: Answers<'a>,
    exit: Exit,
}

impl Exchange for Checking<'_> {
    type Kept = ();

    fn prepare(&mut self, line: Line) -> ((), Result<Vec<u8>, Refusal>) {
        ((), line.text)
    }

    fn answered(&mut self, (): &(), answer: Result<&[u8], Refusal>) -> Result<(), Failure> {
        let answer = match answer {
            Ok(line) => serde_json::from_slice(line).map_err(|why| not_understood(&why))?,
            Err(refusal) => CheckAnswer { id: None, outcome: CheckOutcome::Refused(refusal) },
        };
        if matches!(answer.outcome, CheckOutcome::Refused(_)) {
            self.exit = Exit::Usage;
        }
        self.answers.put(&answer)
    }

    fn stops(&self) -> Option<&'static str> {
        self.answers.is_closed().then_some("because nobody reads the answers")
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.answers.send()
    }

    fn ended(&self, failure: Failure, _: &[&()]) -> Failure {
        failure
    }
}
