//! `check --batch`: questions in, answers out, one line each, in order.
//!
//! INVARIANT: an answer never waits for a question that has not come yet, and every line that is not blank has one.

use crate::cli::args::OutputForm;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, InputLines, Line};
use crate::cli::interrupt::{self, Interrupt};
use crate::cli::opened::Opened;
use crate::cli::printer::Printer;
use crate::engine::Error;
use crate::show::decision;
use crate::store::Access;
use caseward_events::answer::{CheckAnswer, CheckOutcome};
use caseward_events::submission::parse_json;
use caseward_events::{AsOf, Decision, Question, Refusal, Timestamp};
use serde_json::Value;
use std::path::Path;

/// Answers gathered before they are written.
const GATHERED_BYTES: usize = 64 << 10;

const COLUMNS: [&str; 8] = ["id", "decision", "rule", "rights", "position", "at", "disclose", "message"];

/// What a question is asked at that does not say.
struct Defaults {
    as_of: AsOf,
    at: Option<Timestamp>,
}

/// Where answers go.
pub struct Answers<'a> {
    printer: &'a mut Printer,
    gathered: Vec<u8>,
}

/// Answers every line of a file.
///
/// # Errors
/// The file cannot be read, or no question can be asked at `--as-of`.
pub async fn batch(context: &mut Context, path: &Path) -> Result<Exit, Failure> {
    context.answer_others();
    let opened = context.open(Access::Existing).await?;
    // A position above the head would spoil every line; better one error.
    opened.reader().await?;
    let defaults = Defaults { as_of: opened.as_of(), at: opened.when.at() };
    let input = Input::open(path, &context.terminal)?;
    let interrupt = context.interrupt.clone();
    let mut answers = Answers::new(&mut context.printer)?;
    let answered = answer_all(&opened, &defaults, input, &interrupt, &mut answers).await;
    // What was answered before a fault of the file is an answer still.
    answers.send()?;
    answered
}

async fn answer_all(
    opened: &Opened,
    defaults: &Defaults,
    input: Input,
    interrupt: &Interrupt,
    answers: &mut Answers<'_>,
) -> Result<Exit, Failure> {
    let mut lines = input.lines();
    let mut exit = Exit::Yes;
    while let Some(line) = next(&mut lines, interrupt, answers).await? {
        let (id, outcome) = match line.text {
            Ok(line) => outcome(opened, defaults, &line).await?,
            Err(refusal) => (None, Err(refusal)),
        };
        if outcome.is_err() {
            exit = Exit::Usage;
        }
        answers.put(&CheckAnswer { id, outcome: outcome.into() })?;
        if answers.printer.is_closed() {
            break;
        }
    }
    Ok(exit)
}

/// The next line. What was answered goes out before one is waited for; a signal ends the wait.
async fn next(
    lines: &mut InputLines,
    interrupt: &Interrupt,
    answers: &mut Answers<'_>,
) -> Result<Option<Line>, Failure> {
    if let Some(name) = interrupt.seen() {
        return Err(interrupt::stopped(name));
    }
    if lines.is_ready() {
        return lines.next();
    }
    answers.send()?;
    tokio::select! {
        biased;
        line = lines.next_in_thread() => line,
        name = interrupt.came() => Err(interrupt::stopped(name)),
    }
}

/// The id that the line gives, and what comes of its question.
async fn outcome(
    opened: &Opened,
    defaults: &Defaults,
    line: &[u8],
) -> Result<(Option<Value>, Result<Decision, Refusal>), Failure> {
    let mut parsed = match parse_json(line) {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok((None, Err(refusal))),
    };
    let id = parsed.as_object_mut().and_then(|fields| fields.remove("id")).filter(|id| !id.is_null());
    let mut question = match Question::from_value(parsed) {
        Ok(question) => question,
        Err(refusal) => return Ok((id, Err(refusal))),
    };
    if question.as_of == AsOf::Head {
        question.as_of = defaults.as_of;
    }
    question.at = question.at.or(defaults.at);
    match opened.organization.check(&question).await {
        Ok(decision) => Ok((id, Ok(decision))),
        Err(Error::Refused(refusal)) => Ok((id, Err(refusal))),
        // No answer to this question: whatever is wrong is wrong with all of them.
        Err(error) => Err(error.into()),
    }
}

impl Answers<'_> {
    /// With the header of a table, where that is the form.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn new(printer: &mut Printer) -> Result<Answers<'_>, Failure> {
        if printer.form() == OutputForm::Csv {
            printer.row(COLUMNS)?;
        }
        Ok(Answers { printer, gathered: Vec::with_capacity(2 * GATHERED_BYTES) })
    }

    /// Puts an answer behind the others.
    ///
    /// # Errors
    /// As for [`Answers::new`].
    pub fn put(&mut self, answer: &CheckAnswer) -> Result<(), Failure> {
        if self.printer.form() == OutputForm::Csv {
            return self.printer.row(row(answer));
        }
        serde_json::to_writer(&mut self.gathered, answer).expect("memory takes what has a JSON form");
        self.gathered.push(b'\n');
        if self.gathered.len() < GATHERED_BYTES { Ok(()) } else { self.send() }
    }

    /// Whether whoever reads has gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.printer.is_closed()
    }

    /// Sends what is gathered on its way.
    ///
    /// # Errors
    /// As for [`Answers::new`].
    pub fn send(&mut self) -> Result<(), Failure> {
        self.printer.bytes(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

fn row(CheckAnswer { id, outcome }: &CheckAnswer) -> [String; 8] {
    let id = match id {
        None => String::new(),
        Some(Value::String(id)) => id.clone(),
        Some(other) => other.to_string(),
    };
    match outcome {
        CheckOutcome::Refused(Refusal { code, message, .. }) => {
            [&id, "refused", code.name(), "", "", "", "", message].map(str::to_owned)
        }
        CheckOutcome::Decided(decided) => {
            let Decision { decision: allowed, rights, rule, position, at, disclose, settled, .. } = decided;
            let word = if *allowed { "allow" } else { "deny" };
            let rights: Vec<_> = rights.iter().map(|right| right.name()).collect();
            let [position, at, disclose] = [position.to_string(), at.to_string(), disclose.to_string()];
            let message = decision::may_change(*settled).unwrap_or_default().to_owned();
            [id, word.to_owned(), rule.to_string(), rights.join(" "), position, at, disclose, message]
        }
    }
}
