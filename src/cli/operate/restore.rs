//! `restore`: a store from a backup, in an empty data directory.
//!
//! INVARIANT: nothing that is there is overwritten; what was stopped is gone on with by the same call.

use crate::backup::{self, CaughtUp, Restored, Until};
use crate::cli::args::{OutputForm, RestoreArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate::backup::name;
use crate::engine::{Clock, Progress, SystemClock};
use caseward_projections::AsOf;
use serde_json::json;
use std::time::{Duration, Instant};

/// Runs the verb.
///
/// # Errors
/// The backup is damaged or does not go that far, or the directory holds something.
pub async fn restore(context: &mut Context, args: RestoreArgs) -> Result<Exit, Failure> {
    context.only_now("restore")?;
    let until = match args.until.map(|until| until.at(SystemClock.now())) {
        None | Some(AsOf::Head) => Until::End,
        Some(AsOf::Position(position)) => Until::Position(context.global.org.clone(), position),
        Some(AsOf::Instant(instant)) => Until::Instant(instant),
    };
    let bar = context.printer.bar("restoring");
    let mut progress = |progress: Progress| {
        bar.set_length(progress.head.0);
        bar.set_position(progress.done.0);
    };
    let since = Instant::now();
    let restored = backup::restore(&args.backup, &context.global.data, &until, &mut progress).await?;
    bar.finish_and_clear();
    print(context, &restored, since.elapsed())?;
    Ok(Exit::Yes)
}

fn print(context: &mut Context, restored: &Restored, took: Duration) -> Result<(), Failure> {
    let printer = &mut context.printer;
    let Restored { organizations, events, complete, .. } = restored;
    match printer.form() {
        OutputForm::Human => {
            for one in organizations {
                printer.line(format_args!("{:20}  restored up to position {}", name(one.name.as_ref()), one.to))?;
            }
            printer.line(format_args!(
                "restored {events} events; their roots match the backup, and the store serves them"
            ))?;
        }
        OutputForm::Json | OutputForm::Jsonl => {
            let organizations: Vec<_> = organizations.iter().map(CaughtUp::answer).collect();
            printer.json(&json!({"events": events, "seconds": took.as_secs_f64(), "organizations": organizations}))?;
        }
        OutputForm::Csv => {
            printer.row(["organization", "number", "position"])?;
            organizations.iter().try_for_each(|one| {
                printer.row([name(one.name.as_ref()), one.organization.to_string(), one.to.to_string()])
            })?;
        }
    }
    if !complete {
        printer.note("the last run of this backup was interrupted: its store may hold later events");
    }
    printer.note(format_args!("{:.1} s", took.as_secs_f64()));
    Ok(())
}
