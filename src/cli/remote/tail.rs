//! `tail` of a service: the last events, and those that come.

use super::client::Client;
use super::feed::Feed;
use super::when;
use crate::cli::args::{OutputForm, TailArgs};
use crate::cli::ask::history;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate::tail;
use crate::cli::query;
use crate::cli::render;
use caseward_events::{Position, Query, Recorded};
use std::collections::VecDeque;

/// Events that are looked at first, and at most, in one go backwards.
const WINDOW_MIN: u64 = 256;
const WINDOW_MAX: u64 = 65_536;

/// Runs the verb.
///
/// # Errors
/// The query is none, the position lies above the head, or the service does not answer or turns the caller away.
pub async fn tail(context: &mut Context, client: &Client, args: TailArgs) -> Result<Exit, Failure> {
    let TailArgs { lines, follow, behind, filter, .. } = args;
    let behind = behind.map(|place| place.position);
    let query = query::parsed(&filter)?;
    if follow {
        context.only_now("tail --follow")?;
    } else {
        tail::some_lines(lines)?;
    }
    let interrupt = context.interrupt.clone();
    tokio::select! {
        biased;
        name = interrupt.came() => {
            if follow { Ok(Exit::Yes) } else { Err(crate::cli::interrupt::stopped(name)) }
        }
        ended = show(context, client, (&query, lines), follow, behind) => ended,
    }
}

async fn show(
    context: &mut Context,
    client: &Client,
    (query, lines): (&Query, usize),
    follow: bool,
    behind: Option<Position>,
) -> Result<Exit, Failure> {
    when::tell_of_the_day(context, client).await?;
    let (up_to, settled) = when::place(context, client).await?;
    tail::begin(context)?;
    let found = match behind {
        Some(_) => VecDeque::new(),
        None => last(context, client, query, lines, up_to).await?,
    };
    found.iter().try_for_each(|recorded| history::event(context, recorded))?;
    if !follow {
        if context.printer.form() == OutputForm::Human {
            if found.is_empty() {
                context.printer.line(if query.is_empty() { "no event yet" } else { "no event matches the query" })?;
            }
            context.printer.line(format_args!("position {up_to}"))?;
        }
        render::may_change(&mut context.printer, settled)?;
        return Ok(Exit::Yes);
    }
    let mut feed = Feed::new(context, client, behind.unwrap_or(up_to));
    loop {
        context.printer.flush()?;
        if context.printer.is_closed() {
            return Ok(Exit::Yes);
        }
        let commit = feed.next(context).await?;
        commit
            .iter()
            .filter(|recorded| query.matches(recorded))
            .try_for_each(|recorded| history::event(context, recorded))?;
    }
}

/// The last events that a query asks for, found from the end on.
async fn last(
    context: &Context,
    client: &Client,
    query: &Query,
    count: usize,
    up_to: Position,
) -> Result<VecDeque<Recorded>, Failure> {
    let wanted = u64::try_from(count).unwrap_or(u64::MAX);
    let mut window = if query.is_empty() { wanted.min(WINDOW_MAX) } else { WINDOW_MIN };
    let (mut found, mut end) = (VecDeque::new(), up_to);
    while end > Position::ZERO && found.len() < count {
        let start = Position(end.0.saturating_sub(window));
        let mut events = Vec::new();
        let mut feed = Feed::new(context, client, start);
        let mut at = start;
        while at < end {
            let commit = feed.next(context).await?;
            at = commit.last().map_or(at, |last| last.position);
            events.extend(commit.into_iter().filter(|event| event.position <= end && query.matches(event)));
        }
        events.into_iter().rev().take(count - found.len()).for_each(|event| found.push_front(event));
        (end, window) = (start, (window * 2).min(WINDOW_MAX));
    }
    Ok(found)
}
