//! `export`: events as JSONL, CSV or CloudEvents, or the commands that made them, whole or by a query.
//!
//! INVARIANT: events leave as they are read, so that a long log takes no more memory than a short one. Bytes go out as
//! they are, whether or not a terminal would like them. Commands go out whole or not at all.

use crate::cli::args::{ExportArgs, ExportFormat, OutputForm};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::{Cells, json};
use crate::cli::query;
use crate::engine::Reader;
use crate::show::decision;
use crate::store::Access;
use anyhow::anyhow;
use caseward_events::answer::CloudEvent;
use caseward_events::{CommandId, OrganizationName, Position, Query, Recorded, command_from_events};
use indicatif::ProgressBar;

/// What is gathered before it goes out.
const PORTION_BYTES: usize = 64 << 10;

/// What leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Events(ExportFormat),
    Commands,
}

/// Runs the verb.
///
/// # Errors
/// A wrong call, there is no store, the position lies above the head, or the log cannot be read.
pub async fn export(context: &mut Context, args: ExportArgs) -> Result<Exit, Failure> {
    let ExportArgs { format, commands, filter } = args;
    let what = what(format, commands, context.printer.form())?;
    let query = query::parsed(&filter)?;
    without_at(context)?;
    let opened = context.open(Access::Existing).await?;
    let reader = opened.reader().await?;
    let up_to = reader.position();
    let mut leaving = Leaving::new(context, what, query, up_to);
    leaving.reader = Some(reader);
    leaving.begin();
    let mut position = Position::ZERO;
    while position < up_to && !context.printer.is_closed() {
        for recorded in reader.events_after(position).await? {
            position = recorded.position;
            leaving.take(context, recorded)?;
        }
    }
    tell_may_change(context, reader.resolved().settled);
    leaving.end(context)
}

/// Of an export as of a moment after the clock: another one may hold more.
fn tell_may_change(context: &mut Context, settled: Option<bool>) {
    decision::may_change(settled).into_iter().for_each(|note| context.printer.note(note));
}

/// The same out of a feed of events, which tells nothing of the commands that made them.
///
/// # Errors
/// A wrong call, or the feed ends.
pub async fn of_a_feed(
    context: &mut Context,
    args: ExportArgs,
    up_to: impl AsyncFnOnce(&Context) -> Result<(Position, Option<bool>), Failure>,
    mut next: impl AsyncFnMut(&Context) -> Result<Vec<Recorded>, Failure>,
) -> Result<Exit, Failure> {
    let ExportArgs { format, commands, filter } = args;
    let what = what(format, commands, context.printer.form())?;
    if what == What::Commands {
        let error = anyhow!("`export --commands` reads the log of a store, not a service");
        return Err(
            Failure::usage(error).hint("run it on the machine that has the store, beside the service: --data DIR")
        );
    }
    let query = query::parsed(&filter)?;
    without_at(context)?;
    let (up_to, settled) = up_to(context).await?;
    tell_may_change(context, settled);
    let mut leaving = Leaving::new(context, what, query, up_to);
    leaving.begin();
    let mut position = Position::ZERO;
    while position < up_to && !context.printer.is_closed() {
        for recorded in next(context).await? {
            position = recorded.position;
            if position <= up_to {
                leaving.take(context, recorded)?;
            }
        }
    }
    leaving.end(context)
}

/// Events are what they are at any instant.
fn without_at(context: &Context) -> Result<(), Failure> {
    if context.global.when.at().is_none() {
        return Ok(());
    }
    let error = anyhow!("`--at` cannot be combined with `export`: events do not depend on it");
    Err(Failure::usage(error).hint("leave `--at` out; --as-of ends the export at a position"))
}

/// What is said behind the last of them.
fn summary(context: &mut Context, leaving: &Leaving<'_>) {
    let Leaving { what, count, begun, up_to, .. } = leaving;
    if let Some(first) = begun.first() {
        let (from, whole) = (first.position, first.position.0 + u64::from(first.count) - 1);
        context.printer.note(format_args!(
            "left out: the command of event {from}, whose events continue after position {up_to}, to {whole}"
        ));
    }
    let things = if *what == What::Commands { "commands" } else { "events" };
    let name = &leaving.organization;
    context.printer.note(format_args!("{count} {things} of the organization `{name}`, up to position {up_to}"));
}

/// `--output` may say the same as `--format`, and nothing else.
fn what(format: Option<ExportFormat>, commands: bool, form: OutputForm) -> Result<What, Failure> {
    let of_form = match form {
        OutputForm::Human => None,
        OutputForm::Json | OutputForm::Jsonl => Some(ExportFormat::Jsonl),
        OutputForm::Csv => Some(ExportFormat::Csv),
    };
    let lines = |format| matches!(format, Some(ExportFormat::Jsonl | ExportFormat::Cloudevents));
    match (format, of_form) {
        (Some(given), Some(other)) if given != other && !(lines(format) && lines(of_form)) => {
            let error = anyhow!("`--format` and `--output` ask for different formats");
            Err(Failure::usage(error).hint("use --format alone"))
        }
        (given, other) => match (commands, given.or(other).unwrap_or(ExportFormat::Jsonl)) {
            (false, format) => Ok(What::Events(format)),
            (true, ExportFormat::Jsonl) => Ok(What::Commands),
            (true, _) => {
                let error = anyhow!("commands are exported as JSONL only, which is what `import` reads");
                Err(Failure::usage(error).hint("leave --format and --output out, or leave --commands out"))
            }
        },
    }
}

struct Leaving<'a> {
    what: What,
    query: Query,
    organization: OrganizationName,
    up_to: Position,
    /// What opens the seals of commands.
    reader: Option<Reader<'a>>,
    cells: Cells,
    bar: ProgressBar,
    /// What is to go out next.
    bytes: Vec<u8>,
    /// The events so far of a command that has more.
    begun: Vec<Recorded>,
    count: u64,
}

impl Leaving<'_> {
    fn new(context: &Context, what: What, query: Query, up_to: Position) -> Self {
        let (organization, cells) = (context.global.org.clone(), context.printer.cells());
        let bar = context.printer.bar_of_events("exporting", up_to.0);
        let (bytes, begun) = (Vec::new(), Vec::new());
        Leaving { what, query, organization, up_to, reader: None, cells, bar, bytes, begun, count: 0 }
    }

    fn begin(&mut self) {
        if self.what == What::Events(ExportFormat::Csv) {
            self.put(&self.cells.record(COLUMNS));
        }
    }

    fn end(mut self, context: &mut Context) -> Result<Exit, Failure> {
        self.bar.finish_and_clear();
        self.send(context)?;
        summary(context, &self);
        Ok(Exit::Yes)
    }

    fn take(&mut self, context: &mut Context, recorded: Recorded) -> Result<(), Failure> {
        self.bar.set_position(recorded.position.0);
        match self.what {
            What::Commands => self.take_command(recorded),
            What::Events(format) if self.query.matches(&recorded) => {
                self.count += 1;
                match format {
                    ExportFormat::Jsonl => self.put(&json(&recorded)),
                    ExportFormat::Csv => self.put(&self.cells.record(row(&recorded))),
                    ExportFormat::Cloudevents => self.put(&json(&CloudEvent::of(&self.organization, &recorded))),
                }
            }
            What::Events(_) => {}
        }
        if self.bytes.len() >= PORTION_BYTES { self.send(context) } else { Ok(()) }
    }

    /// One of whose events the query asks for.
    fn take_command(&mut self, recorded: Recorded) {
        let is_last = recorded.index + 1 == recorded.count;
        self.begun.push(recorded);
        if !is_last {
            return;
        }
        let events = std::mem::take(&mut self.begun);
        if !events.iter().any(|one| self.query.matches(one)) {
            return;
        }
        let sealed_for = events.first().and_then(|one| self.reader?.sealed_for(one));
        if let Some(line) = command_from_events::line(&events, sealed_for.as_ref()) {
            self.count += 1;
            self.put(&line.to_string());
        }
    }

    fn put(&mut self, line: &str) {
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
    }

    fn send(&mut self, context: &mut Context) -> Result<(), Failure> {
        let sent = context.printer.bytes(&self.bytes);
        self.bytes.clear();
        sent
    }
}

const COLUMNS: [&str; 13] = [
    "position",
    "time",
    "type",
    "stream",
    "stream_version",
    "actor",
    "via",
    "reason",
    "reason_erased",
    "command_id",
    "correlation_id",
    "causation_id",
    "data",
];

fn row(recorded: &Recorded) -> [String; 13] {
    let id = |id: &Option<CommandId>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    [
        recorded.position.to_string(),
        recorded.time.to_string(),
        recorded.event.name().to_owned(),
        recorded.stream().to_string(),
        recorded.stream_version.to_string(),
        recorded.actor.to_string(),
        recorded.via.as_ref().map(ToString::to_string).unwrap_or_default(),
        recorded.reason_text().unwrap_or_default().to_owned(),
        recorded.reason_is_erased().to_string(),
        recorded.command_id.to_string(),
        id(&recorded.correlation_id),
        id(&recorded.causation_id),
        recorded.event.fields().to_string(),
    ]
}
