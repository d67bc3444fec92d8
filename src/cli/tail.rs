//! `tail`: the last events, or the last that a query asks for.
//!
//! Absent on purpose: following. One process has a data directory, and a look at it between two writes would take it
//! from the next writer. Whoever asks for it is told so, rather than shown a list that stands still.

use super::args::{OutputForm, TailArgs};
use super::context::Context;
use super::exit::{Exit, Failure};
use super::{history, query};
use crate::store::Access;
use caseward_events::Recorded;

/// Runs the verb.
///
/// # Errors
/// The query is none, there is no store, the position lies above the head, or the log cannot be read.
pub async fn tail(context: &mut Context, args: TailArgs) -> Result<Exit, Failure> {
    let TailArgs { lines, follow, asked } = args;
    let query = query::parsed(&asked)?;
    if follow {
        let error = anyhow::anyhow!("`tail --follow` cannot watch a data directory: one process at a time has it open");
        let hint = "it takes a server, which this release does not bring; without --follow the last events are shown";
        return Err(Failure::usage(error).hint(hint));
    }
    let opened = context.open(Access::Existing).await?;
    let up_to = opened.resolved(&context.global).await?.when.place.position();
    let wanted = |one: &Recorded| query.matches(one);
    let found = opened.engine.last(&opened.organization, wanted, up_to, lines.get()).await?;
    if context.printer.form() == OutputForm::Csv {
        context.printer.row(history::COLUMNS)?;
    }
    found.iter().try_for_each(|recorded| history::event(context, recorded))?;
    if context.printer.form() == OutputForm::Human {
        if found.is_empty() {
            context.printer.line(if query.is_empty() { "no event yet" } else { "no event matches the query" })?;
        }
        context.printer.line(format_args!("position {up_to}"))?;
    }
    Ok(Exit::Yes)
}
