//! `tail`: the last events, or the last that a query asks for; with `--follow` those that come, too.
//!
//! Who follows has the store only for a look at a time. Between two looks it watches the note of the head, which takes no
//! lock, and looks again once that has changed: whoever stored something has then closed the store or is about to.
//! INVARIANT: the note is read before the store, so that what comes meanwhile is found by the next look; a look that
//! finds nothing changes nothing. Absent on purpose: following a process that keeps the store open, which takes a server.

use crate::cli::args::{OutputForm, TailArgs};
use crate::cli::argv;
use crate::cli::ask::history;
use crate::cli::beside::{self, Ran};
use crate::cli::context::Context;
use crate::cli::damage;
use crate::cli::exit::{Exit, Failure};
use crate::cli::query;
use crate::cli::render;
use crate::engine::{Page, Reader};
use crate::store::{Access, noted};
use caseward_events::ask::FeedId;
use caseward_events::{Position, Query, Reference};
use caseward_projections::AsOf;
use std::pin::{Pin, pin};
use std::time::Duration;

/// Between two looks at the note of the head.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the verb.
///
/// # Errors
/// The query is none, there is no store, the position lies above the head, or the log cannot be read.
pub async fn tail(context: &mut Context, args: TailArgs) -> Result<Exit, Failure> {
    let TailArgs { lines, follow, behind, filter, .. } = args;
    let behind = behind.map(|place| place.position);
    let query = query::parsed(&filter)?;
    if follow {
        context.only_now("tail --follow")?;
        return follow_on(context, &query, lines, behind).await;
    }
    some_lines(lines)?;
    let opened = context.open(Access::Existing).await?;
    let reader = opened.reader().await?;
    let up_to = reader.position();
    begin(context)?;
    let found = last(context, &reader, &query, lines).await?;
    if context.printer.form() == OutputForm::Human {
        if found == 0 {
            context.printer.line(if query.is_empty() { "no event yet" } else { "no event matches the query" })?;
        }
        context.printer.line(format_args!("position {up_to}"))?;
    }
    render::may_change(&mut context.printer, reader.resolved().settled)?;
    Ok(Exit::Yes)
}

/// Whoever does not follow wants to see some.
///
/// # Errors
/// A wrong call.
pub fn some_lines(lines: usize) -> Result<(), Failure> {
    if lines > 0 {
        return Ok(());
    }
    let error = anyhow::anyhow!("`--lines 0` shows nothing");
    Err(Failure::usage(error).hint("combine it with --follow to show only new events"))
}

/// The header of the table, where that is the form.
///
/// # Errors
/// Standard output cannot be written.
pub fn begin(context: &mut Context) -> Result<(), Failure> {
    match context.printer.form() {
        OutputForm::Csv => context.printer.row(history::COLUMNS),
        _ => Ok(()),
    }
}

/// Shows the last events; how many there are.
async fn last(context: &mut Context, reader: &Reader<'_>, query: &Query, count: usize) -> Result<usize, Failure> {
    let found = reader.last(query, count).await?;
    found.iter().try_for_each(|recorded| history::event(context, recorded))?;
    Ok(found.len())
}

/// Shows what comes, until it is interrupted or nobody reads any more.
async fn follow_on(
    context: &mut Context,
    query: &Query,
    lines: usize,
    behind: Option<Position>,
) -> Result<Exit, Failure> {
    let interrupt = context.interrupt.clone();
    let mut interrupted = pin!(interrupt.came());
    if context.host().is_some() {
        return follow_along(context, query, lines, behind).await;
    }
    begin(context)?;
    let mut shown = behind;
    loop {
        if let Some(ran) = follow_there(context, shown.map(FeedId::commit)).await? {
            if ran.is_closed || interrupt.seen().is_some() {
                return Ok(Exit::Yes);
            }
            // Whoever had the store has ended; what comes now is looked for here again.
            shown = ran.shown.map(|place| place.position).or(shown);
        }
        // The store itself tells what is wrong with it.
        let seen = noted(&context.global.data).ok();
        let looked = tokio::select! {
            biased;
            _ = interrupted.as_mut() => return Ok(Exit::Yes),
            looked = look(context, query, lines, shown) => looked,
        };
        shown = match looked {
            // It began to answer others just after it was looked for.
            Err(failure) if failure.is_in_use() && context.is_hosted() => continue,
            looked => Some(looked?),
        };
        if let Some(damage) = context.close().await {
            return Err(damage::of(&damage));
        }
        context.printer.flush()?;
        if context.printer.is_closed() || !changed(context, seen.as_deref(), interrupted.as_mut()).await {
            return Ok(Exit::Yes);
        }
    }
}

/// Follows in the process that has the store, where one answers, until that ends.
///
/// # Errors
/// It does not answer.
pub async fn follow_there(context: &mut Context, shown: Option<FeedId>) -> Result<Option<Ran>, Failure> {
    context.printer.flush()?;
    let behind = shown.map(|place| format!("--behind={place}").into());
    let call = argv::with_option(&context.call, behind);
    beside::run_there(&context.global.data, &call, false, &context.interrupt).await
}

/// Follows a store that is open in this process, for another one.
async fn follow_along(
    context: &mut Context,
    query: &Query,
    lines: usize,
    behind: Option<Position>,
) -> Result<Exit, Failure> {
    let (interrupt, mut shown) = (context.interrupt.clone(), behind);
    while interrupt.seen().is_none() && !context.printer.is_closed() {
        let seen = look(context, query, lines, shown).await?;
        context.printer.flush()?;
        context.terminal.shown(FeedId::commit(seen));
        shown = Some(seen);
        let opened = context.open(Access::Existing).await?;
        tokio::select! {
            biased;
            _ = interrupt.came() => {}
            moved = opened.organization.moved(seen) => {
                if moved.is_none() {
                    break;
                }
            }
        }
    }
    Ok(Exit::Yes)
}

/// Shows what came behind the last position that was shown; the head.
async fn look(
    context: &mut Context,
    query: &Query,
    lines: usize,
    shown: Option<Position>,
) -> Result<Position, Failure> {
    let opened = match shown {
        None => context.open(Access::Existing).await?,
        Some(_) => context.open_once_free().await?,
    };
    let reader = opened.organization.reader(AsOf::Head, None).await?;
    match shown {
        None => {
            last(context, &reader, query, lines).await?;
        }
        Some(after) => {
            let page = Page { after, limit: None };
            let found = reader.history(&Reference::Organization, query, page).await?;
            found.iter().try_for_each(|recorded| history::event(context, recorded))?;
        }
    }
    Ok(reader.position())
}

/// Waits until the note of the head is another one; whether it was not interrupted.
pub async fn changed(
    context: &Context,
    seen: Option<&[u8]>,
    mut interrupted: Pin<&mut impl Future<Output = &'static str>>,
) -> bool {
    while noted(&context.global.data).ok().as_deref() == seen {
        tokio::select! {
            _ = interrupted.as_mut() => return false,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    true
}
