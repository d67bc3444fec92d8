//! `apply` and `import`: commands from a file or from standard input, a line each, answered in order.
//!
//! Where no store is, one is made with the first line that has an event to store, and by no line that is refused.
//!
//! INVARIANT: an answer that was printed is stored. With `--strict` a line is sent only when the one before it was
//! accepted. With `--atomic` or `--dry-run` all lines are one batch, so that later ones see earlier ones.

pub mod answers;
pub mod lines;
mod stable_ids;
mod stream;
pub mod taking_away;

use crate::cli::args::{ApplyArgs, ImportArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, InputLines};
use crate::cli::opened::Opened;
use crate::cli::printer::Printer;
use crate::cli::send::erased;
use crate::engine::{Answer, Batch, How, Source};
use answers::Report;
use caseward_events::limits::BATCH_COMMANDS_MAX;
use caseward_events::{Position, Refusal};
use lines::{NOBODY_READS, Parsed, one, parse};
use stable_ids::StableIds;
use stream::{Coming, Stream};

pub async fn apply(context: &mut Context, args: ApplyArgs) -> Result<Exit, Failure> {
    let ApplyArgs { file, atomic, dry_run } = args;
    context.only_now("apply")?;
    let input = Input::open(&file, &context.terminal)?;
    if !dry_run {
        context.answer_others();
    }
    let how = How { source: Source::Live, atomic, dry_run };
    let (refused, _) = Run { how, strict: false }.all(context, input, None).await?;
    Ok(if refused { Exit::Refused } else { Exit::Yes })
}

pub async fn import(context: &mut Context, args: ImportArgs) -> Result<Exit, Failure> {
    let ImportArgs { file, strict, strict_revokes, stable_ids } = args;
    context.only_now("import")?;
    let input = Input::open(&file, &context.terminal)?;
    context.answer_others();
    let how = How { source: Source::Import, ..How::default() };
    let ids = stable_ids.then(StableIds::default);
    let (refused, kept) = Run { how, strict }.all(context, input, ids).await?;
    Ok(if refused && strict || kept && strict_revokes { Exit::Refused } else { Exit::Yes })
}

/// What is done with the lines.
#[derive(Clone, Copy)]
struct Run {
    how: How,
    /// Nothing is sent behind a refusal.
    strict: bool,
}

impl Run {
    /// Whether any line was refused, and any of those that take access away.
    async fn all(self, context: &mut Context, input: Input, ids: Option<StableIds>) -> Result<(bool, bool), Failure> {
        if input.is_terminal() {
            context.printer.note("reading commands, one JSON object per line; end with Ctrl-D");
        }
        let mut opened = context.open_to_send(self.how.dry_run).await?;
        // What is opened on the way has a printer of its own, as the report keeps this one.
        let meanwhile = Printer::new(&context.global, &context.terminal);
        let mut printer = std::mem::replace(&mut context.printer, meanwhile);
        let mut report = Report::begin(&mut printer, self.how, input.size)?;
        let ended = self.lines(context, &mut opened, (input, ids), &mut report).await;
        let head = opened.as_ref().map(|opened| opened.organization.head());
        let told = report.end(Some(head.unwrap_or(Position::ZERO)), ended.is_ok());
        let (refused, gone) = ((report.any_refused(), report.any_access_kept()), report.erased());
        context.printer = printer;
        told?;
        for one in gone {
            let Some(opened) = opened.as_ref().filter(|_| ended.is_ok()) else { break };
            erased::tell(&mut context.printer, &one.0, erased::left(&opened.organization, &one).await?);
        }
        if opened.is_none() && !self.how.dry_run && ended.is_ok() {
            let data = context.global.data.display().to_string();
            context.printer.note(format_args!("nothing was recorded, and no store was made at `{data}`"));
        }
        ended.map(|()| refused)
    }

    async fn lines(
        self,
        context: &mut Context,
        opened: &mut Option<Opened>,
        (input, mut ids): (Input, Option<StableIds>),
        report: &mut Report<'_>,
    ) -> Result<(), Failure> {
        if self.how.atomic || self.how.dry_run {
            return self.together(context, opened, input, report).await;
        }
        let reader_needed = input.is_stdin();
        let mut lines = input.lines();
        let mut first = None;
        if opened.is_none() {
            first = self.first(context, (&mut lines, &mut ids), reader_needed, report).await?;
            if first.is_none() {
                return Ok(());
            }
        }
        let opened = there_or_made(context, opened).await?;
        let interrupt = context.interrupt.clone();
        let coming = Coming { first, lines, ids, reader_needed, interrupt: &interrupt };
        Stream { how: self.how, strict: self.strict }.all(opened, coming, report).await
    }

    async fn together(
        self,
        context: &mut Context,
        opened: &mut Option<Opened>,
        input: Input,
        report: &mut Report<'_>,
    ) -> Result<(), Failure> {
        let mut lines = input.lines();
        let (mut sent, mut submissions) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next()? {
            if sent.len() == BATCH_COMMANDS_MAX {
                return Err(too_many());
            }
            let (one, submission) = parse(line, None);
            sent.push(one);
            submissions.push(submission);
        }
        let batch = Batch { submissions, how: self.how };
        if opened.is_none() {
            let answers = context.in_memory().await?.organization.submit(batch.clone()).await?;
            if self.how.dry_run || !answers.iter().any(has_events) {
                return sent.iter().zip(&answers).try_for_each(|(sent, answer)| report.answer(sent, answer));
            }
        }
        let opened = there_or_made(context, opened).await?;
        let answers = opened.organization.submit(batch).await?;
        sent.iter().zip(&answers).try_for_each(|(sent, answer)| report.answer(sent, answer))
    }

    /// Where there is no store yet: the first line that has an event to store. Those before it are answered by an empty
    /// store in memory, as one on disk would answer them.
    async fn first(
        self,
        context: &mut Context,
        (lines, ids): (&mut InputLines, &mut Option<StableIds>),
        reader_needed: bool,
        report: &mut Report<'_>,
    ) -> Result<Option<Parsed>, Failure> {
        let empty = context.in_memory().await?;
        let interrupt = context.interrupt.clone();
        loop {
            let line = tokio::select! {
                biased;
                name = interrupt.came() => return Err(report.stopped(&format!("by {name}"))),
                line = lines.next_in_thread() => line?,
            };
            let parsed = line.map(|line| parse(line, ids.as_mut()));
            let Some((sent, submission)) = parsed else { return Ok(None) };
            let batch = Batch { submissions: vec![submission.clone()], how: self.how };
            let answer = one(empty.organization.submit(batch).await)?;
            if has_events(&answer) {
                return Ok(Some((sent, submission)));
            }
            report.answer(&sent, &answer)?;
            report.flush()?;
            if self.strict && answer.refusal().is_some() {
                report.stopped_at(&sent);
                return Ok(None);
            }
            if reader_needed && report.nobody_reads() {
                return Err(report.stopped(NOBODY_READS));
            }
        }
    }
}

/// The store, which is made where none is: something is about to be stored.
async fn there_or_made<'a>(context: &mut Context, opened: &'a mut Option<Opened>) -> Result<&'a Opened, Failure> {
    match opened {
        Some(opened) => Ok(opened),
        None => Ok(opened.insert(context.create().await?)),
    }
}

fn has_events(answer: &Answer) -> bool {
    matches!(answer, Answer::Accepted(accepted) if !accepted.events.is_empty())
}

/// That there are more lines than one batch takes.
pub fn too_many() -> Failure {
    let refusal =
        Refusal::invalid(format!("there are more than {BATCH_COMMANDS_MAX} commands, the limit of one batch"));
    Failure::new(Exit::Refused, refusal).hint("split the file, or leave out --atomic and --dry-run")
}
