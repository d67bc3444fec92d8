//! `apply` to a service: a line at a time, or all together.

use super::send::{Answers, give_id, recorded};
use crate::cli::args::ApplyArgs;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, InputLines, Line};
use crate::cli::printer::Printer;
use crate::cli::remote::client::{Call, Changes, Client, IN_DOUBT};
use crate::cli::remote::lines::{Exchange, exchange};
use crate::cli::remote::problem::not_understood;
use crate::cli::send::apply::answers::{Report, Sent};
use crate::cli::send::apply::lines::NOBODY_READS;
use crate::cli::send::apply::{taking_away, too_many};
use crate::engine::{Answer, How, Source};
use caseward_events::limits::BATCH_COMMANDS_MAX;
use caseward_events::submission::parse_json;
use caseward_events::{Code, Position, Refusal};
use serde_json::{Value, json};

/// Ids that are named of lines that are in doubt.
const IDS_NAMED: usize = 10;

/// Runs the verb.
///
/// # Errors
/// The file cannot be read, the service does not answer or turns the caller away, or it was stopped.
pub async fn apply(context: &mut Context, client: &Client, args: ApplyArgs) -> Result<Exit, Failure> {
    let ApplyArgs { file, atomic, dry_run } = args;
    context.only_now("apply")?;
    let input = Input::open(&file, &context.terminal)?;
    if input.is_terminal() {
        context.printer.note("reading commands, one JSON object per line; end with Ctrl-D");
    }
    let how = How { source: Source::Live, atomic, dry_run };
    // The report keeps this one.
    let meanwhile = Printer::new(&context.global, &context.terminal);
    let mut printer = std::mem::replace(&mut context.printer, meanwhile);
    let report = Report::begin(&mut printer, how, input.size)?;
    let mut applying = Applying { report, reader_needed: input.is_stdin(), head: None };
    let ended = match atomic || dry_run {
        true => applying.together(context, client, input.lines(), how).await,
        false => applying.stream(context, client, input.lines()).await,
    };
    let told = applying.report.end(applying.head, ended.is_ok());
    let refused = applying.report.any_refused();
    context.printer = printer;
    told?;
    ended.map(|()| if refused { Exit::Refused } else { Exit::Yes })
}

struct Applying<'a> {
    report: Report<'a>,
    /// Whether somebody has to read the answers.
    reader_needed: bool,
    /// The last position that an answer named.
    head: Option<Position>,
}

/// What is kept of a line until it is answered.
struct Kept {
    sent: Sent,
    /// The id that was made for it.
    made: Option<String>,
}

impl Applying<'_> {
    async fn stream(&mut self, context: &mut Context, client: &Client, lines: InputLines) -> Result<(), Failure> {
        let path = Client::of_organization(context, "commands", &[]);
        let interrupt = context.interrupt.clone();
        match exchange(client, &path, lines, &interrupt, self).await? {
            Some(why) => Err(self.report.stopped(&why)),
            None => Ok(()),
        }
    }

    async fn together(
        &mut self,
        context: &mut Context,
        client: &Client,
        mut lines: InputLines,
        how: How,
    ) -> Result<(), Failure> {
        let (mut kept, mut commands, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(line) = lines.next()? {
            if commands.len() == BATCH_COMMANDS_MAX {
                return Err(too_many());
            }
            let (one, command) = read(line);
            kept.push(one);
            // What is no JSON is refused by the service as what stands in its place, and told as what it is.
            wrong.push(command.as_ref().err().cloned());
            commands.push(command.unwrap_or_default());
        }
        let path = Client::of_organization(context, "commands", &[]);
        let body = json!({"commands": commands, "atomic": how.atomic, "dry_run": how.dry_run});
        let call = Call::post(path, &body, if how.dry_run { Changes::Nothing } else { Changes::Once });
        let reply =
            client.call(&call).await.map_err(|failure| match failure.notes.iter().any(|note| note == IN_DOUBT) {
                true => {
                    failure.hint("give each line an `id` and send them again: they answer as they did the first time")
                }
                false => failure,
            })?;
        let Answers { answers } = reply.read()?;
        for ((kept, answer), wrong) in kept.iter().zip(answers).zip(wrong) {
            let answer = recorded(answer, kept.made.is_some());
            // Another line of an atomic batch may have come before it.
            let is_its_own = answer.refusal().is_some_and(|refusal| refusal.code != Code::BatchRefused);
            let answer = wrong.filter(|_| is_its_own).map_or(answer, Answer::Refused);
            self.tell(kept, &answer)?;
        }
        Ok(())
    }

    fn tell(&mut self, kept: &Kept, answer: &Answer) -> Result<(), Failure> {
        if let Answer::Accepted(accepted) = answer {
            self.head = self.head.max(Some(accepted.position));
        }
        self.report.answer(&kept.sent, answer)
    }
}

/// A line with an id, or why it is none.
fn read(line: Line) -> (Kept, Result<Value, Refusal>) {
    let Line { number, end, text } = line;
    let bytes = text.as_ref().map_or(0, Vec::len);
    let kib = u32::try_from(bytes / 1024).expect("a line is limited");
    let mut command = text.and_then(|text| parse_json(&text));
    let made = command.as_mut().is_ok_and(give_id);
    let named = command.as_ref().ok().and_then(taking_away::of_value);
    let (name, taking_away) = (named.map(|(name, _)| name), named.filter(|named| named.1).map(|(name, _)| name));
    let id = command.as_ref().ok().and_then(|command| command.get("id")?.as_str()).filter(|_| made);
    let made = id.map(str::to_owned);
    (Kept { sent: Sent { number, end, kib, command: name, taking_away }, made }, command)
}

impl Exchange for Applying<'_> {
    type Kept = Kept;

    fn prepare(&mut self, line: Line) -> (Kept, Result<Vec<u8>, Refusal>) {
        let (kept, command) = read(line);
        (kept, command.map(|command| command.to_string().into_bytes()))
    }

    fn answered(&mut self, kept: &Kept, answer: Result<&[u8], Refusal>) -> Result<(), Failure> {
        let answer = match answer {
            Ok(line) => {
                let answer = serde_json::from_slice(line).map_err(|why| not_understood(&why))?;
                recorded(answer, kept.made.is_some())
            }
            Err(refusal) => Answer::Refused(refusal),
        };
        self.tell(kept, &answer)
    }

    fn stops(&self) -> Option<&'static str> {
        (self.reader_needed && self.report.nobody_reads()).then_some(NOBODY_READS)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.report.flush()
    }

    fn ended(&self, failure: Failure, unanswered: &[&Kept]) -> Failure {
        let answered = match self.report.last() {
            0 => failure.note("no line was answered"),
            last => failure.note(format!("lines up to {last} are answered, and stored where they were accepted")),
        };
        let (Some(first), Some(last)) = (unanswered.first(), unanswered.last()) else {
            return answered.hint(format!("send line {} and later ones again", self.report.last() + 1));
        };
        let (first, last) = (first.sent.number, last.sent.number);
        let made: Vec<_> = unanswered.iter().filter_map(|kept| Some((kept.sent.number, kept.made.as_ref()?))).collect();
        let failure =
            answered.note(format!("lines {first} to {last} are in doubt: they may or may not have been stored"));
        let named = made.iter().take(IDS_NAMED);
        let failure =
            named.fold(failure, |failure, (line, id)| failure.note(format!("line {line} was sent with the id {id}")));
        let failure = match made.len().checked_sub(IDS_NAMED).filter(|more| *more > 0) {
            Some(more) => failure.note(format!("{more} more had no `id` of their own")),
            None => failure,
        };
        failure.hint(format!(
            "send line {first} and later ones again, each with the `id` that it was sent with: what is stored answers as it did the first time"
        ))
    }
}
