//! `history`: the events that name a thing, oldest first, in words; of them those that a query asks for.
//!
//! INVARIANT: events are printed as they are read, a portion at a time, so a long log costs no more memory than a short
//! one.

use crate::cli::args::{HistoryArgs, OutputForm};
use crate::cli::ask::{About, bounds, unnamed};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::labels::Labels;
use crate::cli::query;
use crate::cli::render;
use crate::engine::{ListOf, Reader};
use crate::show::phrasing;
use crate::store::Access;
use caseward_events::ask::Next;
use caseward_events::{Position, Query, Recorded, Reference};

/// Events read at once.
const PORTION_EVENTS: usize = 1_000;

/// What is still to be shown.
struct Reading {
    reference: Reference,
    query: Query,
    up_to: Position,
    after: Position,
    left: Option<usize>,
    shown: usize,
}

/// Runs the verb.
///
/// # Errors
/// There is no store, the query is none, the position lies above the head, the token is none, or the log cannot be read.
pub async fn history(context: &mut Context, args: HistoryArgs) -> Result<Exit, Failure> {
    let HistoryArgs { reference, paging, filter } = args;
    let query = query::parsed(&filter)?;
    let opened = context.open(Access::Existing).await?;
    let words = Query::of_words(&filter.query);
    let page = bounds::page(&opened, ListOf::History(&reference, &words), &paging)?;
    let reader = opened.reader_for(&page).await?;
    let (up_to, after) = (reader.position(), page.last()?.unwrap_or(Position::ZERO));
    let mut reading =
        Reading { reference: reference.clone(), query, up_to, after, left: page.paging().limit(), shown: 0 };
    if context.printer.form() == OutputForm::Csv {
        context.printer.row(COLUMNS)?;
    }
    let more = show(context, &reader, &mut reading).await?;
    let last = more.then(|| reading.after.to_string());
    let next = page.next((reading.up_to, reader.resolved().when.at), last);
    let Reading { query, up_to, shown, .. } = reading;
    end(context, (&reference, &query), (up_to, shown), &next)?;
    render::may_change(&mut context.printer, reader.resolved().settled)?;
    if shown == 0 {
        let named = [About::reference(&reference), About::acting(&words)];
        for about in named {
            unnamed(&reader, about).await?.into_iter().for_each(|note| context.printer.note(note));
        }
    }
    Ok(Exit::Yes)
}

/// Shows what was asked for; whether there is more.
async fn show(context: &mut Context, reader: &Reader<'_>, reading: &mut Reading) -> Result<bool, Failure> {
    let mut labels = Labels::new(*reader);
    loop {
        let wanted = reading.left.map_or(PORTION_EVENTS, |left| left.min(PORTION_EVENTS));
        let (reference, query) = (&reading.reference, &reading.query);
        let (found, more) = reader.history_portion(reference, query, reading.after, wanted).await?;
        for recorded in &found {
            labelled(context, recorded, &mut labels)?;
            reading.after = recorded.position;
            reading.shown += 1;
        }
        reading.left = reading.left.map(|left| left - wanted);
        if !more || reading.left == Some(0) || context.printer.is_closed() {
            return Ok(more);
        }
    }
}

/// Prints one event, for people with labels.
///
/// # Errors
/// Standard output cannot be written.
pub fn labelled(context: &mut Context, recorded: &Recorded, labels: &mut Labels<'_>) -> Result<(), Failure> {
    if context.printer.form() != OutputForm::Human {
        return event(context, recorded);
    }
    let text = told(recorded);
    text.lines().map(|line| labels.line(line)).try_for_each(|line| context.printer.line(line))
}

/// The header of the table.
pub const COLUMNS: [&str; 10] =
    ["position", "time", "type", "stream", "actor", "via", "what", "reason", "reason_erased", "data"];

/// Prints one event.
///
/// # Errors
/// Standard output cannot be written.
pub fn event(context: &mut Context, recorded: &Recorded) -> Result<(), Failure> {
    match context.printer.form() {
        OutputForm::Human => context.printer.line(told(recorded)),
        OutputForm::Json | OutputForm::Jsonl => context.printer.json(recorded),
        OutputForm::Csv => context.printer.row(&[
            recorded.position.to_string(),
            recorded.time.to_string(),
            recorded.event.name().to_owned(),
            recorded.stream().to_string(),
            recorded.actor.to_string(),
            recorded.via.as_ref().map(ToString::to_string).unwrap_or_default(),
            phrasing::what_happened(recorded),
            recorded.reason_text().unwrap_or_default().to_owned(),
            recorded.reason_is_erased().to_string(),
            recorded.event.fields().to_string(),
        ]),
    }
}

/// An event in words.
#[must_use]
pub fn told(recorded: &Recorded) -> String {
    let number = format!("{:<5} ", format!("#{}", recorded.position));
    let indent = " ".repeat(number.chars().count());
    let first = format!("{number}{}  ", phrasing::minute(recorded.time));
    let happened = phrasing::wrapped(&first, &indent, &phrasing::what_happened(recorded));
    match phrasing::said(recorded) {
        None => happened,
        Some(said) => format!("{happened}\n{}", phrasing::wrapped(&indent, &indent, &said)),
    }
}

/// The last line for people; for programs the token goes beside the data.
///
/// # Errors
/// Standard output cannot be written.
pub fn end(
    context: &mut Context,
    (reference, query): (&Reference, &Query),
    (up_to, shown): (Position, usize),
    next: &Next,
) -> Result<(), Failure> {
    if context.printer.form() == OutputForm::Human {
        let last = match (next.token(), shown) {
            (Some(next), _) => format!("more: --after {next}\n"),
            (None, 0) if query.is_empty() => format!("no event names {reference}\n"),
            (None, 0) => format!("no event that names {reference} matches the query\n"),
            (None, _) => String::new(),
        };
        return context.printer.line(format_args!("{last}position {up_to}"));
    }
    if let Some(next) = next.token() {
        render::note_next(&mut context.printer, next);
    }
    Ok(())
}
