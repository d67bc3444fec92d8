//! `rebuild`: a new generation of the views, folded beside the live one, compared, swapped in or refused.
//!
//! INVARIANT: an interrupt stops it between two slices, with what was made saved: the same command goes on from there.

use crate::cli::args::{OutputForm, RebuildArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::cli::printer::Printer;
use crate::engine::{Control, OnDifference, Outcome, Plan, Rebuilding, Rebuilt};
use crate::show::escape;
use crate::show::phrasing::{self, Cited};
use crate::store::Access;
use anyhow::anyhow;
use caseward_events::answer::RebuildStep;
use caseward_projections::{Projection, ViewDifference};
use indicatif::ProgressBar;
use serde_json::json;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Differences that are told to people one by one.
const SHOWN_MAX: usize = 20;
/// Events told with one difference.
const EVENTS_SHOWN_MAX: usize = 8;
/// How often the bar moves.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs the verb.
///
/// # Errors
/// The log cannot be folded, the live views differ from it, or it was stopped.
pub async fn rebuild(context: &mut Context, args: RebuildArgs) -> Result<Exit, Failure> {
    context.only_now("rebuild")?;
    context.answer_others();
    let opened = context.open(Access::Existing).await?;
    context.require_writes("rebuild")?;
    if args.cancel || args.drop {
        return take_away(context, &opened, &args).await;
    }
    let plan = Plan {
        projections: args.projection.map_or_else(|| Projection::ALL.to_vec(), |one| vec![one]),
        on_difference: if args.accept { OnDifference::Accept } else { OnDifference::Refuse },
        save_every: args.save_every,
    };
    let rebuilding = opened.organization.begin_rebuild(plan.clone())?;
    let rebuilt = watched(rebuilding, &context.interrupt, &context.printer.bar("folding the log")).await?;
    if let Some(why) = &rebuilt.not_saved {
        context.printer.complaint(format_args!("the rebuilt views are not saved: {why}"));
    }
    if matches!(rebuilt.outcome, Outcome::Stopped | Outcome::Cancelled) {
        return Err(stopped(&rebuilt));
    }
    let positions = rebuilt.differences.iter().take(shown(context)).flat_map(|one| one.positions.iter());
    let cited = opened.cited(positions.copied()).await?;
    print(&mut context.printer, &RebuildReport { plan: &plan, rebuilt: &rebuilt, cited: &cited })?;
    if rebuilt.outcome == Outcome::Swapped { Ok(Exit::Yes) } else { Err(differs(&rebuilt)) }
}

/// Programs get all of them.
fn shown(context: &Context) -> usize {
    if context.printer.form() == OutputForm::Human { SHOWN_MAX } else { usize::MAX }
}

async fn take_away(context: &mut Context, opened: &Opened, args: &RebuildArgs) -> Result<Exit, Failure> {
    let organization = &opened.organization;
    let gone = match args.cancel {
        true => organization.cancel_rebuild().await?.into_iter().collect(),
        false => organization.drop_old().await?,
    };
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human if gone.is_empty() => printer.line("there is nothing to remove")?,
        OutputForm::Human => gone.iter().try_for_each(|one| printer.line(format_args!("removed generation {one}")))?,
        OutputForm::Json => printer.json(&json!({"gone": gone}))?,
        OutputForm::Jsonl => gone.iter().try_for_each(|one| printer.json(&json!({"gone": one})))?,
        OutputForm::Csv => {
            printer.row(["gone"])?;
            gone.iter().try_for_each(|one| printer.row([one.to_string()]))?;
        }
    }
    Ok(Exit::Yes)
}

/// Until its end, which an interrupt brings nearer.
async fn watched(rebuilding: Rebuilding, interrupt: &Interrupt, bar: &ProgressBar) -> Result<Rebuilt, Failure> {
    let control = rebuilding.control();
    let mut finished = pin!(rebuilding.finished());
    let mut interrupted = pin!(interrupt.came());
    let rebuilt = loop {
        tokio::select! {
            rebuilt = &mut finished => break rebuilt,
            _ = &mut interrupted, if !control.is_stopped() => control.stop(),
            () = tokio::time::sleep(LOOK_EVERY) => show(&control, bar),
        }
    };
    bar.finish_and_clear();
    Ok(rebuilt?)
}

fn show(control: &Arc<Control>, bar: &ProgressBar) {
    let progress = control.progress();
    bar.set_message(match (progress.step, &progress.last_error) {
        (_, Some(error)) => error.clone(),
        (RebuildStep::Folding, None) => "folding the log".to_owned(),
        (RebuildStep::Comparing, None) => "comparing".to_owned(),
        (RebuildStep::Saving, None) => "saving".to_owned(),
    });
    bar.set_length(progress.head.0);
    bar.set_position(progress.done.0);
}

fn stopped(rebuilt: &Rebuilt) -> Failure {
    let Rebuilt { generation, position, .. } = rebuilt;
    let error = anyhow!("the rebuild was stopped; generation {generation} is saved up to position {position}");
    Failure::fault(error)
        .note("the live views are unchanged")
        .hint("caseward rebuild continues from there; caseward rebuild --cancel discards it")
}

/// What is printed.
struct RebuildReport<'a> {
    plan: &'a Plan,
    rebuilt: &'a Rebuilt,
    cited: &'a Cited,
}

fn print(printer: &mut Printer, told: &RebuildReport<'_>) -> Result<(), Failure> {
    match printer.form() {
        OutputForm::Human => lines(printer, told),
        OutputForm::Json => printer.json(&told.rebuilt.answer(told.plan, told.cited)),
        OutputForm::Jsonl => {
            let mut answered = told.rebuilt.answered(told.plan);
            answered.try_for_each(|projection| printer.json(&told.rebuilt.answer_of(projection, told.cited)))
        }
        OutputForm::Csv => {
            printer.row(["projection", "equal", "of", "live", "rebuilt", "events", "position"])?;
            told.rebuilt.answered(told.plan).try_for_each(|projection| rows(printer, told, projection))
        }
    }
}

fn rows(printer: &mut Printer, told: &RebuildReport<'_>, projection: Projection) -> Result<(), Failure> {
    let position = told.rebuilt.position.to_string();
    let name = projection.name();
    if told.rebuilt.differences_of(projection).next().is_none() {
        return printer.row([name, "true", "", "", "", "", &position]);
    }
    told.rebuilt.differences_of(projection).try_for_each(|ViewDifference { of, live, rebuilt, positions, .. }| {
        let events = positions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        printer.row([name, "false", of, live, rebuilt, &events, &position])
    })
}

fn lines(printer: &mut Printer, told: &RebuildReport<'_>) -> Result<(), Failure> {
    let rebuilt = told.rebuilt;
    let mut left = SHOWN_MAX;
    for projection in told.rebuilt.answered(told.plan) {
        let differences: Vec<_> = told.rebuilt.differences_of(projection).collect();
        let verdict = match differences.len() {
            0 => "equal".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        };
        printer.line(format_args!("{:20}{verdict}", projection.name()))?;
        let shown = left.min(differences.len());
        differences.iter().take(shown).try_for_each(|difference| difference_lines(printer, difference, told.cited))?;
        if shown < differences.len() {
            printer.line(format_args!("  and {} more: --output json", differences.len() - shown))?;
        }
        left -= shown;
    }
    for other in &rebuilt.others {
        printer.line(format_args!("{:20}differs, but was not selected", other.name()))?;
    }
    let folded = rebuilt.position.0 - rebuilt.from.0;
    let rate = indicatif::HumanCount(rebuilt.events_per_second());
    printer.line(format_args!("folded {folded} events, {rate} per second"))?;
    match rebuilt.outcome {
        Outcome::Swapped => printer.line(format_args!(
            "generation {} is live; the one before is kept until caseward rebuild --drop",
            rebuilt.generation
        ))?,
        _ => printer.line(format_args!("nothing was swapped; generation {} is kept", rebuilt.generation))?,
    }
    printer.line(format_args!("position {}", rebuilt.position))
}

fn difference_lines(printer: &mut Printer, difference: &ViewDifference, cited: &Cited) -> Result<(), Failure> {
    printer.line(format_args!("  {}", escape::visible(&difference.of)))?;
    printer.line(format_args!("    live:    {}", escape::visible(&difference.live)))?;
    printer.line(format_args!("    rebuilt: {}", escape::visible(&difference.rebuilt)))?;
    for position in difference.positions.iter().take(EVENTS_SHOWN_MAX) {
        let happened = cited.get(position).map(|recorded| {
            let first = format!("    #{position}  {}  ", phrasing::minute(recorded.time));
            phrasing::wrapped(&first, "          ", &phrasing::what_happened(recorded))
        });
        printer.line(happened.unwrap_or_else(|| format!("    #{position}")))?;
    }
    if difference.positions.len() > EVENTS_SHOWN_MAX {
        printer.line(format_args!("    and {} more events", difference.positions.len() - EVENTS_SHOWN_MAX))?;
    }
    Ok(())
}

fn differs(rebuilt: &Rebuilt) -> Failure {
    let mut names: BTreeMap<Projection, usize> = BTreeMap::new();
    rebuilt.differences.iter().for_each(|difference| *names.entry(difference.projection).or_default() += 1);
    let names = phrasing::list(names.keys().map(|projection| projection.name()));
    let position = rebuilt.position;
    let error = anyhow!("the live views differ from the log at position {position}: {names}");
    Failure::new(Exit::Corruption, error)
        .note("nothing was swapped; both are kept")
        .hint("caseward rebuild --accept serves the rebuilt views; caseward rebuild --cancel discards them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::Generation;
    use caseward_events::Position;
    use caseward_events::answer::RebuildOutcome;

    fn rebuilt() -> Rebuilt {
        let difference = ViewDifference {
            projection: Projection::Policy,
            of: "organization".to_owned(),
            live: "1".to_owned(),
            rebuilt: "2".to_owned(),
            positions: vec![Position(3)],
        };
        Rebuilt {
            outcome: Outcome::Refused,
            generation: Generation(2),
            position: Position(7),
            from: Position::ZERO,
            folding: Duration::from_secs(1),
            differences: vec![difference],
            rows_that_differ: 1,
            others: Vec::new(),
            not_saved: None,
        }
    }

    #[test]
    fn a_difference_is_told_with_both_sides_and_its_events_and_ends_as_corruption() {
        let (rebuilt, plan, cited) = (rebuilt(), Plan::default(), Cited::new());
        let policy = json!(rebuilt.answer_of(Projection::Policy, &cited));
        assert_eq!((&policy["equal"], &policy["position"]), (&json!(false), &json!(7)));
        let events = json!([{"position": 3}]);
        let difference = json!({
            "of": "organization", "live": "1", "rebuilt": "2", "positions": [3], "events": events
        });
        assert_eq!(policy["differences"], json!([difference]));
        assert!(rebuilt.answer_of(Projection::Ledger, &cited).equal);
        let whole = rebuilt.answer(&plan, &cited);
        assert_eq!((whole.outcome, whole.events_per_second), (RebuildOutcome::Refused, 7));
        let failure = differs(&rebuilt);
        assert_eq!(failure.exit, Exit::Corruption);
        assert_eq!(failure.error.to_string(), "the live views differ from the log at position 7: policy");
    }
}
