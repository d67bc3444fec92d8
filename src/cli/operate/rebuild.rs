//! `rebuild`: a new generation of the views, folded beside the live one, compared, swapped in or refused.
//!
//! INVARIANT: an interrupt stops it between two slices, with what was made saved: the same command goes on from there.

use crate::cli::args::{OutputForm, RebuildArgs, Step};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::cli::printer::Printer;
use crate::engine::{OnDifference, Plan, Rebuilding, Rebuilt};
use crate::show::escape;
use crate::show::phrasing;
use crate::store::Access;
use anyhow::anyhow;
use caseward_events::answer::{
    DecidingEvent, RebuildAnswer, RebuildOutcome, RebuildProgress, RebuildStep, RebuiltProjection, RowDifference,
};
use caseward_events::{OrganizationName, Recorded};
use caseward_projections::Projection;
use indicatif::ProgressBar;
use serde_json::json;
use std::pin::pin;
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
    if let Some(step) = args.steer.step() {
        return steer(context, &opened, step);
    }
    context.require_writes("rebuild")?;
    if args.cancel || args.drop {
        let gone = match args.cancel {
            true => opened.organization.cancel_rebuild().await?.into_iter().collect(),
            false => opened.organization.drop_old().await?,
        };
        let gone: Vec<_> = gone.into_iter().map(|one| one.0).collect();
        return print_gone(&mut context.printer, &gone);
    }
    let plan = Plan {
        projections: args.projection.map_or_else(|| Projection::ALL.to_vec(), |one| vec![one]),
        on_difference: if args.accept { OnDifference::Accept } else { OnDifference::Refuse },
        save_every: args.save_every,
    };
    let rebuilding = opened.organization.begin_rebuild(plan.clone())?;
    let rebuilt = watched(rebuilding, &context.interrupt, &context.printer.bar("folding the log")).await?;
    let positions = rebuilt.differences.iter().take(shown(context)).flat_map(|one| one.positions.iter());
    let cited = opened.cited(positions.copied()).await?;
    end(&mut context.printer, &rebuilt.answer(&plan, &cited))
}

/// Tells what a rebuild came to.
///
/// # Errors
/// It was stopped, or found differences; standard output cannot be written.
pub fn end(printer: &mut Printer, rebuilt: &RebuildAnswer) -> Result<Exit, Failure> {
    if let Some(why) = &rebuilt.not_saved {
        printer.complaint(format_args!("the rebuilt views are not saved: {why}"));
    }
    match rebuilt.outcome {
        RebuildOutcome::Stopped | RebuildOutcome::Cancelled => Err(stopped(rebuilt)),
        RebuildOutcome::Swapped => print(printer, rebuilt).map(|()| Exit::Yes),
        RebuildOutcome::Refused => {
            print(printer, rebuilt)?;
            Err(differs(rebuilt))
        }
    }
}

/// Steers the rebuild that runs in this process, whoever started it.
fn steer(context: &mut Context, opened: &Opened, step: Step) -> Result<Exit, Failure> {
    let Some(control) = opened.organization.rebuilding() else { return Err(none_runs(&context.global.org)) };
    match step {
        Step::Pause => control.pause(),
        Step::Resume => control.resume(),
        Step::Stop => control.stop(),
    }
    print_progress(&mut context.printer, step, &control.progress())
}

/// That there is nothing to steer.
#[must_use]
pub fn none_runs(organization: &OrganizationName) -> Failure {
    Failure::fault(anyhow!("no rebuild of `{organization}` is running"))
        .hint("caseward status shows one that runs; caseward rebuild --cancel discards what a stopped one has made")
}

/// Tells how far a rebuild is that was told to do something.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_progress(printer: &mut Printer, step: Step, progress: &RebuildProgress) -> Result<Exit, Failure> {
    let RebuildProgress { done, head, .. } = progress;
    let told = match step {
        Step::Pause => "it waits",
        Step::Resume => "it goes on",
        Step::Stop => "it ends, and what it has made is saved",
    };
    match printer.form() {
        OutputForm::Human => printer.line(format_args!("{told}; folded up to position {done} of {head}"))?,
        OutputForm::Json | OutputForm::Jsonl => printer.json(progress)?,
        OutputForm::Csv => {
            printer.row(["paused", "done", "head"])?;
            printer.row([progress.paused.to_string(), done.to_string(), head.to_string()])?;
        }
    }
    Ok(Exit::Yes)
}

/// Programs get all of them.
fn shown(context: &Context) -> usize {
    if context.printer.form() == OutputForm::Human { SHOWN_MAX } else { usize::MAX }
}

/// Says which generations are gone.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_gone(printer: &mut Printer, gone: &[u32]) -> Result<Exit, Failure> {
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
            () = tokio::time::sleep(LOOK_EVERY) => show(&control.progress(), bar),
        }
    };
    bar.finish_and_clear();
    Ok(rebuilt?)
}

/// Moves a bar to where a rebuild is.
pub fn show(progress: &RebuildProgress, bar: &ProgressBar) {
    bar.set_message(match (progress.step, &progress.last_error) {
        (_, Some(error)) => error.clone(),
        _ if progress.paused => "paused".to_owned(),
        (RebuildStep::Folding, None) => "folding the log".to_owned(),
        (RebuildStep::Comparing, None) => "comparing".to_owned(),
        (RebuildStep::Saving, None) => "saving".to_owned(),
    });
    bar.set_length(progress.head.0);
    bar.set_position(progress.done.0);
}

fn stopped(rebuilt: &RebuildAnswer) -> Failure {
    let RebuildAnswer { generation, position, .. } = rebuilt;
    let error = anyhow!("the rebuild was stopped; generation {generation} is saved up to position {position}");
    Failure::fault(error)
        .note("the live views are unchanged")
        .hint("caseward rebuild continues from there; caseward rebuild --cancel discards it")
}

fn print(printer: &mut Printer, rebuilt: &RebuildAnswer) -> Result<(), Failure> {
    match printer.form() {
        OutputForm::Human => lines(printer, rebuilt),
        OutputForm::Json => printer.json(rebuilt),
        OutputForm::Jsonl => rebuilt.projections.iter().try_for_each(|projection| printer.json(projection)),
        OutputForm::Csv => {
            printer.row(["projection", "equal", "of", "live", "rebuilt", "events", "position"])?;
            rebuilt.projections.iter().try_for_each(|projection| rows(printer, projection))
        }
    }
}

fn rows(printer: &mut Printer, told: &RebuiltProjection) -> Result<(), Failure> {
    let RebuiltProjection { projection, differences, position, .. } = told;
    let position = position.to_string();
    if differences.is_empty() {
        return printer.row([projection.as_str(), "true", "", "", "", "", &position]);
    }
    differences.iter().try_for_each(|RowDifference { of, live, rebuilt, positions, .. }| {
        let events = positions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        printer.row([projection, "false", of, live, rebuilt, &events, &position])
    })
}

fn lines(printer: &mut Printer, rebuilt: &RebuildAnswer) -> Result<(), Failure> {
    let mut left = SHOWN_MAX;
    for RebuiltProjection { projection, differences, .. } in &rebuilt.projections {
        let verdict = match differences.len() {
            0 => "equal".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        };
        printer.line(format_args!("{projection:20}{verdict}"))?;
        let shown = left.min(differences.len());
        differences.iter().take(shown).try_for_each(|difference| difference_lines(printer, difference))?;
        if shown < differences.len() {
            printer.line(format_args!("  and {} more: --output json", differences.len() - shown))?;
        }
        left -= shown;
    }
    for other in &rebuilt.others {
        printer.line(format_args!("{other:20}differs, but was not selected"))?;
    }
    let folded = rebuilt.position.0 - rebuilt.from.0;
    let rate = indicatif::HumanCount(rebuilt.events_per_second);
    printer.line(format_args!("folded {folded} events, {rate} per second"))?;
    match rebuilt.outcome {
        RebuildOutcome::Swapped => printer.line(format_args!(
            "generation {} is live; the one before is kept until caseward rebuild --drop",
            rebuilt.generation
        ))?,
        _ => printer.line(format_args!("nothing was swapped; generation {} is kept", rebuilt.generation))?,
    }
    printer.line(format_args!("position {}", rebuilt.position))
}

fn difference_lines(printer: &mut Printer, difference: &RowDifference) -> Result<(), Failure> {
    let RowDifference { of, live, rebuilt, positions, events } = difference;
    printer.line(format_args!("  {}", escape::visible(of)))?;
    printer.line(format_args!("    live:    {}", escape::visible(live)))?;
    printer.line(format_args!("    rebuilt: {}", escape::visible(rebuilt)))?;
    for (position, event) in positions.iter().zip(events).take(EVENTS_SHOWN_MAX) {
        printer.line(match event {
            DecidingEvent::Known(event) => {
                let recorded = Recorded::from((**event).clone());
                let first = format!("    #{position}  {}  ", phrasing::minute(recorded.time));
                phrasing::wrapped(&first, "          ", &phrasing::what_happened(&recorded))
            }
            DecidingEvent::Unknown { .. } => format!("    #{position}"),
        })?;
    }
    if positions.len() > EVENTS_SHOWN_MAX {
        printer.line(format_args!("    and {} more events", positions.len() - EVENTS_SHOWN_MAX))?;
    }
    Ok(())
}

fn differs(rebuilt: &RebuildAnswer) -> Failure {
    let differing = rebuilt.projections.iter().filter(|projection| !projection.equal);
    let names = phrasing::list(differing.map(|projection| projection.projection.as_str()));
    let position = rebuilt.position;
    let error = anyhow!("the live views differ from the log at position {position}: {names}");
    Failure::new(Exit::Corruption, error)
        .note("nothing was swapped; both are kept")
        .hint("caseward rebuild --accept serves the rebuilt views; caseward rebuild --cancel discards them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Outcome;
    use crate::seams::Generation;
    use crate::show::phrasing::Cited;
    use caseward_events::Position;
    use caseward_projections::ViewDifference;

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
        let failure = differs(&whole);
        assert_eq!(failure.exit, Exit::Corruption);
        assert_eq!(failure.error.to_string(), "the live views differ from the log at position 7: policy");
    }
}
