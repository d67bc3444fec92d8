//! `replay`: asks the decisions of a decision log again, each at its position and moment.
//!
//! INVARIANT: a line that cannot be asked again is told with its number, and counts as no agreement: status 1. Absent on
//! purpose: how a record is asked ([`crate::service::replay`]).

use crate::cli::args::{OutputForm, ReplayArgs};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::{Input, Line};
use crate::service::{self, Difference, Replayed};
use crate::store::Access;
use serde_json::{Value, json};

/// What came of all lines.
#[derive(Default)]
struct Sum {
    records: u64,
    compared: u64,
    without: u64,
    differences: u64,
    unasked: u64,
    dropped: u64,
}

/// Runs the verb.
///
/// # Errors
/// There is no such file, or no store.
pub async fn replay(context: &mut Context, args: ReplayArgs) -> Result<Exit, Failure> {
    context.only_now("replay")?;
    let mut lines = Input::open(&args.file, &context.terminal)?.lines();
    let engine = context.engine(Access::Existing).await?;
    if context.printer.form() == OutputForm::Csv {
        context.printer.row(["line", "id", "question", "asked", "position", "recorded", "now", "why"])?;
    }
    let mut sum = Sum::default();
    while let Some(Line { number, text, .. }) = lines.next()? {
        sum.records += 1;
        let replayed = match text {
            Ok(text) => service::replay(&engine, &text).await.map_err(|why| why.to_string()),
            Err(refusal) => Err(refusal.to_string()),
        };
        match replayed {
            Ok(Replayed { compared, without, differences, dropped }) => {
                sum.compared += compared;
                sum.without += without;
                sum.dropped += dropped;
                sum.differences += differences.len() as u64;
                differences.iter().try_for_each(|difference| differs(context, number, difference))?;
            }
            Err(why) => {
                sum.unasked += 1;
                unasked(context, number, &why)?;
            }
        }
    }
    told(context, &sum)?;
    Ok(if sum.differences == 0 && sum.unasked == 0 { Exit::Yes } else { Exit::No })
}

fn word(decision: bool) -> &'static str {
    if decision { "allow" } else { "deny" }
}

fn differs(context: &mut Context, line: u64, difference: &Difference) -> Result<(), Failure> {
    let Difference { id, question, asked, position, recorded, now } = difference;
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => printer.line(format_args!(
            "line {line}: {asked} at position {position} was {}, and is {} now (question {question} of {id})",
            word(*recorded),
            word(*now)
        )),
        OutputForm::Json | OutputForm::Jsonl => printer.json(&json!({
            "line": line, "id": id, "question": question, "asked": asked, "position": position,
            "recorded": recorded, "now": now,
        })),
        OutputForm::Csv => printer.row([
            line.to_string(),
            id.clone(),
            question.to_string(),
            asked.clone(),
            position.to_string(),
            word(*recorded).to_owned(),
            word(*now).to_owned(),
            String::new(),
        ]),
    }
}

fn unasked(context: &mut Context, line: u64, why: &str) -> Result<(), Failure> {
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => printer.line(format_args!("line {line}: cannot be asked again: {why}")),
        OutputForm::Json | OutputForm::Jsonl => printer.json(&json!({"line": line, "why": why})),
        OutputForm::Csv => printer.row([&line.to_string(), "", "", "", "", "", "", why]),
    }
}

fn told(context: &mut Context, sum: &Sum) -> Result<(), Failure> {
    let Sum { records, compared, without, differences, unasked, dropped } = sum;
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => {
            printer.line(format_args!("{records} records: {compared} decisions asked again, {differences} differ"))?;
            if *unasked > 0 {
                printer.line(format_args!("{unasked} records could not be asked again"))?;
            }
            if *without > 0 {
                printer.note(format_args!("{without} questions had no decision: they could not be asked then either"));
            }
            if *dropped > 0 {
                printer.note(format_args!("the log says that {dropped} records were dropped"));
            }
        }
        OutputForm::Json | OutputForm::Jsonl => {
            let sum: Value = json!({
                "records": records, "compared": compared, "differences": differences, "not_asked": unasked,
                "without_decision": without, "dropped": dropped,
            });
            printer.json(&sum)?;
        }
        OutputForm::Csv => {}
    }
    Ok(())
}
