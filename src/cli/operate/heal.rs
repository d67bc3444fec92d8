//! `heal`: a damaged store, with what it lacks taken from a backup.
//!
//! INVARIANT: nothing is given up without `--accept-loss`, and what was damaged is kept.

use crate::backup::{self, Healed, Loss, Mending};
use crate::cli::args::{HealArgs, OutputForm};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::engine::Progress;
use crate::integrity::damage_report::Extent;
use crate::seams::OrganizationNumber;
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// There is no store or no backup, they do not belong together, or something is lost.
pub async fn heal(context: &mut Context, args: HealArgs) -> Result<Exit, Failure> {
    context.only_now("heal")?;
    let loss = if args.accept_loss { Loss::Accepted } else { Loss::Refused };
    let bar = context.printer.bar("healing");
    let mut progress = |progress: Progress| {
        bar.set_length(progress.head.0);
        bar.set_position(progress.done.0);
    };
    let healed = backup::heal(&context.global.data, &args.from, loss, &mut progress).await?;
    bar.finish_and_clear();
    print(context, &healed)?;
    Ok(Exit::Yes)
}

fn print(context: &mut Context, healed: &Healed) -> Result<(), Failure> {
    let printer = &mut context.printer;
    let Healed { damage, mended, keys_taken, keys_lost, signing_taken, kept, .. } = healed;
    match printer.form() {
        OutputForm::Human => {
            mended.iter().try_for_each(|one| printer.line(format_args!("{:20}  {one}", name(one))))?;
            if *keys_taken > 0 {
                printer.line(format_args!("took {keys_taken} keys from the backup"))?;
            }
            if *signing_taken {
                printer.line("took the signing keys of tree heads from the backup")?;
            }
            match kept {
                None if *signing_taken => printer.line("healed; everything else was intact")?,
                None => printer.line("nothing to heal: the store is intact")?,
                Some(kept) => {
                    printer.line(format_args!("healed; the damaged store is kept in `{}`", kept.display()))?
                }
            }
        }
        OutputForm::Json | OutputForm::Jsonl => {
            let findings: Vec<_> = damage.findings.iter().map(ToString::to_string).collect();
            let organizations: Vec<_> = mended.iter().map(of_json).collect();
            let kept = kept.as_ref().map(|kept| kept.display().to_string());
            printer.json(&json!({"findings": findings, "organizations": organizations, "keys_taken": keys_taken,
                "keys_lost": keys_lost, "signing_taken": signing_taken, "kept": kept}))?;
        }
        OutputForm::Csv => {
            printer.row(["organization", "number", "own", "taken", "beyond"])?;
            mended.iter().try_for_each(|one| {
                let Mending { organization, own, taken, beyond, .. } = one;
                printer.row([
                    name(one),
                    organization.to_string(),
                    own.to_string(),
                    taken.to_string(),
                    beyond.to_string(),
                ])
            })?;
        }
    }
    for one in mended {
        if let Some(lost) = one.lost() {
            printer.complaint(format_args!("{}: positions {lost} to {} are lost", name(one), one.promised));
        }
        if !one.noted && one.beyond.0 > 0 {
            let beyond = one.beyond;
            printer.note(format_args!(
                "{}: no note is left, so nothing shows whether there were events after position {beyond}",
                name(one)
            ));
        }
    }
    if let Some(first) = keys_lost.first() {
        let count = keys_lost.len();
        printer.complaint(format_args!(
            "{count} keys, the first of them {first}, are lost: what they sealed is unreadable"
        ));
    }
    for doubt in damage.findings.iter().filter(|finding| finding.extent == Extent::End) {
        printer.note(format_args!("{doubt}; no note shows whether it was acknowledged; a copy of it is kept"));
    }
    Ok(())
}

fn name(one: &Mending) -> String {
    match &one.name {
        Some(name) => name.to_string(),
        None if one.organization == OrganizationNumber::REGISTER => "(the register)".to_owned(),
        None => format!("(number {})", one.organization),
    }
}

fn of_json(one: &Mending) -> Value {
    let Mending { organization, name, own, taken, beyond, .. } = one;
    json!({"organization": name, "number": organization.0, "own": own, "taken": taken, "beyond": beyond,
        "lost_from": one.lost()})
}
