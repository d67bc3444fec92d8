//! What a store says of its own damage, for people and for programs: what is wrong, what still holds, what to do next.
//!
//! Absent on purpose: finding it. `verify` and `doctor` look; whoever opens a store is told.

use super::exit::{DAMAGED, Exit, Failure};
use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::seams::{OrganizationNumber, StoreError};
use anyhow::anyhow;
use caseward_events::Position;
use caseward_events::answer::DamageFinding;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Organizations that are named where a store was not stopped.
const LEFT_BEHIND_SHOWN: usize = 4;

/// Damage, for programs.
pub fn told(damage: &DamageReport, events: u64) -> Value {
    let findings: Vec<_> = damage.findings.iter().map(Finding::answer).collect();
    json!({"whole": damage.findings.is_empty(), "events": events, "trusted": damage.trusted_answer(), "findings": findings})
}

/// A finding as a record of a table.
pub fn row(finding: &Finding) -> [String; 4] {
    answer_row(&finding.answer())
}

/// The same, of one that was told.
pub fn answer_row(DamageFinding { organization, place, since, what, .. }: &DamageFinding) -> [String; 4] {
    let organization = organization.map(|one| one.to_string()).unwrap_or_default();
    let since = since.map(|since| since.to_string()).unwrap_or_default();
    [place.clone(), organization, since, what.clone()]
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
        "the store was not closed properly: the end of the log cannot be verified after position {}{more}\n  \
         note: all events in it are intact; commands acknowledged in the last second can be sent again under their ids",
        shown.collect::<Vec<_>>().join(", ")
    ))
}

/// What is wrong, what still holds, and what to do next.
pub fn of(damage: &DamageReport) -> Failure {
    let (error, hint) = match damage.extent() {
        Extent::End => (
            anyhow!(
                "the end of the log cannot be verified: its last write is incomplete, and no note shows whether it was acknowledged"
            ),
            "caseward doctor --repair truncates that write and keeps a copy; send the last commands again under their ids",
        ),
        Extent::Damage => {
            (anyhow!("the store is damaged: its log cannot be verified, and it accepts no commands"), DAMAGED)
        }
    };
    told_in_full(Failure::new(Exit::Corruption, error), damage).hint(hint)
}

/// What is said where commands are sent to a store that takes none.
pub fn refused(damage: &DamageReport) -> Failure {
    of(damage).note(StoreError::NotVouched("it was opened for reading only".to_owned()).to_string())
}

/// A failure with every finding of a damage report, and what still holds.
#[must_use]
pub fn told_in_full(mut failure: Failure, damage: &DamageReport) -> Failure {
    for finding in &damage.findings {
        failure = failure.note(finding.to_string());
    }
    failure.note(format!("can still be trusted: {}", damage.trusted_words()))
}
