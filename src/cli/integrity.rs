//! `verify` and `doctor`: whether the store is what was written, and what to do where it is not.
//!
//! INVARIANT: `verify`, and `doctor` without `--repair`, change no file of the store; beside it `verify` notes how far it
//! found it whole, for `status`. A repair takes only what no note
//! tells of, after asking.

use super::args::{DoctorArgs, OutputForm, VerifyArgs};
use super::context::{Context, Patience};
use super::exit::{Exit, Failure};
use crate::engine::store::{OrganizationNumber, StoreError};
use crate::engine::{Clock, SystemClock};
use crate::integrity::account::{Account, Extent, Finding};
use crate::integrity::order::Order;
use crate::store::{FjallStore, Inspection, Verified};
use anyhow::anyhow;
use caseward_events::Position;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

/// Between two words about how far it has come.
const EVENTS_A_WORD: u64 = 4_096;
/// Organizations that are named where a store was not stopped.
const LEFT_BEHIND_SHOWN: usize = 4;

pub async fn verify(context: &mut Context, _args: &VerifyArgs) -> Result<Exit, Failure> {
    context.only_now("verify")?;
    let (inspection, events) = inspect(context).await?;
    print(context, &inspection, events)?;
    match inspection.account.findings.is_empty() {
        true => {
            let verified = Verified::new(SystemClock.now(), inspection.account.trusted);
            if let Err(error) = verified.note(&context.global.data) {
                context.printer.note(format_args!("that it was verified is not noted: {error}"));
            }
            Ok(Exit::Yes)
        }
        false => Err(of(&inspection.account)),
    }
}

pub async fn doctor(context: &mut Context, args: &DoctorArgs) -> Result<Exit, Failure> {
    context.only_now("doctor")?;
    let (inspection, events) = inspect(context).await?;
    print(context, &inspection, events)?;
    let account = &inspection.account;
    if account.findings.is_empty() {
        return Ok(Exit::Yes);
    }
    if !args.repair || account.extent() == Extent::Damage {
        return Err(of(account));
    }
    if !args.yes {
        agree(context)?;
    }
    let bytes = context.free(Patience::Short, FjallStore::repair).await?;
    context
        .printer
        .note(format_args!("cut {bytes} bytes off the journal; they are kept in a file `cut-...` beside it"));
    Ok(Exit::Yes)
}

/// Asks, where there is somebody to ask.
fn agree(context: &mut Context) -> Result<(), Failure> {
    if context.global.no_input || !io::stdin().is_terminal() {
        let error = anyhow!("a repair asks first, and there is nobody to ask");
        return Err(Failure::usage(error).hint("caseward doctor --repair --yes does it without asking"));
    }
    context.printer.complaint("cut the last write off, of which nothing tells that it was acknowledged? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::fault)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::No, anyhow!("nothing was changed"))),
    }
}

async fn inspect(context: &mut Context) -> Result<(Inspection, u64), Failure> {
    let bar = context.printer.bar("verifying");
    let look = |data: &Path| {
        let mut order = Order::default();
        let mut listener = |organization: OrganizationNumber, position: Position, event: &[u8]| {
            order.take(organization, position, event)?;
            if order.events().is_multiple_of(EVENTS_A_WORD) {
                bar.set_position(order.events());
            }
            Ok(())
        };
        let inspection = FjallStore::inspect(data, &mut listener)?;
        Ok((inspection, order.events()))
    };
    let looked = context.free(Patience::Short, look).await;
    bar.finish_and_clear();
    Ok(looked?)
}

fn print(context: &mut Context, inspection: &Inspection, events: u64) -> Result<(), Failure> {
    let Inspection { account, is_cut_short, .. } = inspection;
    let printer = &mut context.printer;
    match printer.form() {
        OutputForm::Human => {
            for (organization, position) in &account.trusted {
                printer.line(format_args!("organization {organization:<8} holds up to position {position}"))?;
            }
            if account.findings.is_empty() {
                printer
                    .line(format_args!("{events} events are those that were written, in order, as every note tells"))?;
            }
        }
        OutputForm::Json | OutputForm::Jsonl => printer.json(&told(account, events))?,
        OutputForm::Csv => {
            printer.row(["place", "organization", "since", "what"])?;
            account.findings.iter().try_for_each(|finding| printer.row(row(finding)))?;
        }
    }
    if *is_cut_short {
        printer.note("the last write was cut short, as a crash leaves it; the next command takes it away");
    }
    Ok(())
}

/// An account, for programs.
pub fn told(account: &Account, events: u64) -> Value {
    let findings: Vec<_> = account.findings.iter().map(finding_json).collect();
    let trusted = |(organization, position): (&OrganizationNumber, &Position)| json!({"organization": organization.0, "position": position});
    let trusted: Vec<_> = account.trusted.iter().map(trusted).collect();
    json!({"whole": account.findings.is_empty(), "events": events, "trusted": trusted, "findings": findings})
}

fn finding_json(finding: &Finding) -> Value {
    let extent = match finding.extent {
        Extent::End => "end_not_vouched_for",
        Extent::Damage => "damage",
    };
    let organization = finding.organization.map(|organization| organization.0);
    let Finding { place, what, since, .. } = finding;
    json!({"extent": extent, "organization": organization, "since": since, "place": place, "what": what})
}

/// A finding as a record of a table.
pub fn row(finding: &Finding) -> [String; 4] {
    let organization = finding.organization.map(|one| one.to_string()).unwrap_or_default();
    let since = finding.since.map(|since| since.to_string()).unwrap_or_default();
    [finding.place.clone(), organization, since, finding.what.clone()]
}

/// That the last one did not close the store, and what that means; nothing, where no note was ever written.
pub fn left_behind(noted: &HashMap<OrganizationNumber, Position>) -> Option<String> {
    let mut noted: Vec<_> = noted.iter().collect();
    noted.sort();
    noted.first()?;
    let shown =
        noted.iter().take(LEFT_BEHIND_SHOWN).map(|(number, position)| format!("{position} of organization {number}"));
    let more = if noted.len() > LEFT_BEHIND_SHOWN { ", and so of the others" } else { "" };
    Some(format!(
        "the store was not closed the last time: its end is not vouched for behind position {}{more}\n  \
         note: all that is left is whole; what was acknowledged in the last second can be sent again under its ids",
        shown.collect::<Vec<_>>().join(", ")
    ))
}

/// What is wrong, what still holds, and what to do next.
pub fn of(account: &Account) -> Failure {
    let (error, hint) = match account.extent() {
        Extent::End => (
            anyhow!(
                "the end of the log is not vouched for: its last write is not whole, and no note tells whether it was acknowledged"
            ),
            "caseward doctor --repair cuts that write off, and keeps it; what was sent last can be sent again under its ids",
        ),
        Extent::Damage => (
            anyhow!("the store is damaged: it cannot vouch for its log, and takes no commands"),
            "caseward heal --from BACKUP brings back what is damaged, and keeps what is there now",
        ),
    };
    let mut failure = Failure::new(Exit::Corruption, error);
    for finding in &account.findings {
        failure = failure.note(finding.to_string());
    }
    failure.note(format!("still to be trusted: {}", account.trusted_words())).hint(hint)
}

/// What is said where commands are sent to a store that takes none.
pub fn refused(account: &Account) -> Failure {
    of(account).note(StoreError::NotVouched("it was opened for reading only".to_owned()).to_string())
}
