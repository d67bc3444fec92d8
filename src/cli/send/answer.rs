//! Answers to commands, in each form: for people, as JSON (`interface.md` section 1), as a record of a table.
//!
//! INVARIANT: every form tells of the same answer; only words differ. Absent on purpose: when an answer is due.

use crate::cli::args::OutputForm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::engine::{Accepted, Answer};
use crate::show::{escape, phrasing};
use caseward_events::answer::{Change, ForeseenChanges};
use caseward_events::event::{AccessGranted, CaseRestricted, GrantRevoked, GrantUpdated, PolicyAdopted};
use caseward_events::policy::PolicyChange;
use caseward_events::warning::Dormancy;
use caseward_events::{Action, Code, Event, Recorded, Refusal, Rights, Timestamp, Warning};
use serde_json::Value;
use std::collections::BTreeMap;

/// The header of a table of answers.
pub const HEADER: [&str; 5] = ["status", "code", "position", "events", "message"];

/// Of the subjects and resources on which a dry command would change alike, so many are named.
const NAMES_SHOWN_MAX: usize = 10;

/// Of warnings that name many cases, so many are listed.
const CASES_SHOWN_MAX: usize = 10;

/// Prints the answer to one command.
///
/// # Errors
/// For people, the refusal.
pub fn print(printer: &mut Printer, answer: &Answer) -> Result<Exit, Failure> {
    match (printer.form(), answer) {
        (OutputForm::Human, Answer::Refused(refusal)) => return Err(failure(refusal)),
        (OutputForm::Human, Answer::Accepted(accepted)) => {
            printer.line(words(accepted))?;
            accepted.warnings.iter().for_each(|warning| printer.note(warning_words(warning)));
        }
        (OutputForm::Json | OutputForm::Jsonl, answer) => printer.json(answer)?,
        (OutputForm::Csv, answer) => {
            printer.row(HEADER)?;
            printer.row(record(answer))?;
        }
    }
    Ok(if answer.refusal().is_some() { Exit::Refused } else { Exit::Yes })
}

/// A refused command, as the end of the program.
#[must_use]
pub fn failure(refusal: &Refusal) -> Failure {
    let mut failure = Failure::new(Exit::Refused, refusal.clone());
    failure.hint.clone_from(&refusal.hint);
    failure.notes = notes(refusal);
    failure
}

/// What its message and its hint leave untold: the hint names the first list alone; of what stands in the way of a
/// restriction, what undoes it.
fn notes(refusal: &Refusal) -> Vec<String> {
    let of = |name: &str| refusal.facts.get(name).and_then(Value::as_array).into_iter().flatten();
    let undo = |fact: &Value| Some(format!("to undo: caseward do {}", typed(fact.get("undo")?)?));
    if refusal.code == Code::Blocked {
        return of("facts").filter_map(undo).collect();
    }
    let lists: Vec<_> = of("held_on").filter_map(Value::as_str).map(|list| format!("`{list}`")).collect();
    if lists.len() < 2 {
        return Vec::new();
    }
    vec![format!("these lists hold one: {}", lists.join(", "))]
}

/// A command of bare fields as `do` takes it.
fn typed(command: &Value) -> Option<String> {
    let (name, fields) = command.as_object()?.iter().next()?;
    let fields = fields.as_object()?.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    Some([name.clone()].into_iter().chain(fields.map(|field| phrasing::typed(&[&field]))).collect::<Vec<_>>().join(" "))
}

/// Status, code, position, how many events, message.
#[must_use]
pub fn record(answer: &Answer) -> [String; 5] {
    match answer {
        Answer::Accepted(accepted) => {
            let codes: Vec<_> = accepted.warnings.iter().map(Warning::code).collect();
            let messages: Vec<_> = accepted.warnings.iter().map(Warning::message).collect();
            let (position, events) = (accepted.position.to_string(), accepted.events.len().to_string());
            ["accepted".to_owned(), codes.join(" "), position, events, messages.join("; ")]
        }
        Answer::Refused(refusal) => {
            let code = refusal.code.name().to_owned();
            ["refused".to_owned(), code, String::new(), "0".to_owned(), refusal.message.clone()]
        }
    }
}

/// What an accepted command did, an event a line, and where.
#[must_use]
pub fn words(accepted: &Accepted) -> String {
    let done: Vec<_> = accepted.events.iter().map(event_words).collect();
    let done = match (done.is_empty(), accepted.warnings.is_empty()) {
        (false, _) => done.join("\n"),
        (true, true) => "nothing to change: already so".to_owned(),
        // What it says already is not what one may think; the warning tells.
        (true, false) => "nothing to change".to_owned(),
    };
    let position = accepted.position;
    let done = escape::visible_lines(&done);
    match accepted {
        Accepted { foreseen: Some(_), events, .. } if events.is_empty() => {
            format!("dry run: {done}   position {position}")
        }
        Accepted { foreseen: Some(foreseen), .. } => {
            let access = access_words(foreseen);
            [vec![format!("dry run: {done}   would be position {position}")], access].concat().join("\n")
        }
        Accepted { replayed: true, .. } => format!("already done under this id: {done}   position {position}"),
        _ => format!("{done}   position {position}"),
    }
}

/// The access that would change.
fn access_words(foreseen: &ForeseenChanges) -> Vec<String> {
    let Some(pairs) = foreseen.pairs else {
        return vec!["  too many users and resources are affected to list what would change".to_owned()];
    };
    if pairs == 0 {
        return vec!["  nobody's rights would change".to_owned()];
    }
    let mut lines = alike(foreseen.changes());
    let left = pairs.saturating_sub(foreseen.changes().count() as u64);
    lines.extend((left > 0).then(|| format!("  and {left} more")));
    lines
}

/// What somebody may do, before and after.
type BeforeAfter<'a> = (&'a [Action], &'a [Action]);
type Names = Vec<String>;

/// Changes with the same rights on a line: of one subject all resources, and of these all subjects.
fn alike<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<String> {
    let mut of_subject: BTreeMap<(BeforeAfter<'_>, String), Names> = BTreeMap::new();
    for Change { subject, resource, before, after, .. } in changes {
        of_subject.entry(((before, after), subject.to_string())).or_default().push(resource.to_string());
    }
    let mut of_rights: BTreeMap<(BeforeAfter<'_>, Names), Names> = BTreeMap::new();
    for ((rights, subject), resources) in of_subject {
        of_rights.entry((rights, resources)).or_default().push(subject);
    }
    let line = |(((before, after), resources), subjects): ((BeforeAfter<'_>, Names), Names)| {
        let (who, on) = (some(&subjects), some(&resources));
        let (who, on) = (escape::visible(&who), escape::visible(&on));
        let text = match (before.is_empty(), after.is_empty()) {
            (true, _) => format!("{who} would gain {} on {on}", phrasing::list(after)),
            (_, true) => format!("{who} would lose {} on {on}", phrasing::list(before)),
            _ => format!("{who} would have {} instead of {} on {on}", phrasing::list(after), phrasing::list(before)),
        };
        phrasing::wrapped("  ", "    ", &text)
    };
    of_rights.into_iter().map(line).collect()
}

/// The first of them, and how many more.
fn some(names: &[String]) -> String {
    if names.len() <= NAMES_SHOWN_MAX {
        return phrasing::list(names);
    }
    let more = format!("{} more", names.len() - NAMES_SHOWN_MAX);
    phrasing::list(names.iter().take(NAMES_SHOWN_MAX).chain([&more]))
}

/// A warning on a line, with the cases that it counts below.
#[must_use]
pub fn warning_words(warning: &Warning) -> String {
    let line = escape::visible(&format!("warning: {} ({})", warning.message(), warning.code()));
    let (cases, count) = match warning {
        Warning::GrantsSurvive { cases, count, .. } => (cases, *count),
        Warning::RestrictedSurvives { entry } => {
            return format!("{line}\n  hint: caseward revoke {} {}", entry.on, entry.to);
        }
        Warning::Dormant { reasons } => {
            let list = reasons.iter().find_map(|reason| match reason {
                Dormancy::Restricted { list } => Some(list),
                _ => None,
            });
            return list.map_or(line.clone(), |list| format!("{line}\n  hint: caseward grant {list} SUBJECT"));
        }
        _ => return line,
    };
    let shown: Vec<_> = cases.iter().take(CASES_SHOWN_MAX).map(|case| format!("case:{case}")).collect();
    let more = if count > shown.len() as u64 { ", ..." } else { "" };
    format!("{line}\n  note: {}{more}", shown.join(", "))
}

/// What happened, in words where a shorthand can make it happen.
#[must_use]
pub fn event_words(recorded: &Recorded) -> String {
    match &recorded.event {
        Event::AccessGranted(AccessGranted { on, to, rights, valid_from, valid_until, .. }) => {
            format!("granted {} on {on} to {to}{}", level(*rights), window(*valid_from, *valid_until))
        }
        Event::GrantUpdated(GrantUpdated { on, to, rights, valid_from, valid_until, .. }) => {
            format!("updated {to} on {on} to {}{}", level(*rights), window(*valid_from, *valid_until))
        }
        Event::GrantRevoked(GrantRevoked { on, to }) => format!("revoked the access of {to} on {on}"),
        Event::CaseRestricted(restricted) => restriction_words(restricted),
        Event::RestrictionLifted(lifted) => format!("lifted the restriction of case:{}", lifted.case),
        Event::PolicyAdopted(PolicyAdopted { preset: Some(preset), .. }) => format!("adopted the preset `{preset}`"),
        Event::PolicyAdopted(PolicyAdopted { keys, .. }) => format!("adopted {}", key_words(keys)),
        Event::OrganizationCreated(created) => format!("created the organization `{}`", created.name),
        _ => phrasing::deed(recorded),
    }
}

fn restriction_words(CaseRestricted { case, entries }: &CaseRestricted) -> String {
    if entries.is_empty() {
        return format!("restricted case:{case}: only org admins keep access");
    }
    let entries = entries
        .iter()
        .map(|entry| format!("{} {}{}", entry.to, level(entry.rights), window(entry.valid_from, entry.valid_until)));
    format!("restricted case:{case}: {}", entries.collect::<Vec<_>>().join(", "))
}

fn key_words(keys: &PolicyChange) -> String {
    let values = serde_json::to_value(keys).unwrap_or_default();
    let shown = keys.keys().map(|key| format!("`{}={}`", key.name(), value_words(&values[key.name()])));
    shown.collect::<Vec<_>>().join(", ")
}

/// The value of a policy key as it is typed.
#[must_use]
pub fn value_words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The level where there is one, otherwise the rights.
fn level(rights: Rights) -> String {
    if rights == Rights::WRITE { "`write`".to_owned() } else { format!("`{rights}`") }
}

fn window(from: Option<Timestamp>, until: Option<Timestamp>) -> String {
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    from + &until
}
