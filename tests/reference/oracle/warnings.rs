//! What is accepted and may surprise (`semantics.md` section 5): `ineffective`, `grants_survive`, `unregistered`. Read on in
//! [`super::dormant`].

use super::evaluate::check;
use super::world::{Entry, World, holds};
use caseward_events::command::OpenCase;
use caseward_events::warning::StillGiven;
use caseward_events::{Action, ListRef, Rights, Subject, Timestamp, Warning, Window};
use std::collections::BTreeSet;

/// Lowering or revoking a grant while another entry (of the same list or one above it, for the same subject or an
/// active group around it, in its window) still gives a right that was lost: `ineffective`, naming it.
pub fn ineffective(
    world: &World,
    old: &Entry,
    new: Option<(&BTreeSet<Action>, Window)>,
    now: Timestamp,
) -> Option<Warning> {
    let lost: BTreeSet<Action> = match new {
        // All old rights are lost when revoked, or when the old window held now and the new one does not.
        None => old.rights.clone(),
        Some((_, window)) if holds(&old.window, now) && !holds(&window, now) => old.rights.clone(),
        Some((rights, _)) => old.rights.difference(rights).copied().collect(),
    };
    // An inactive group counts as empty wherever something is given: nothing still gives it a right.
    if world.inactive.contains(&old.to) {
        return None;
    }
    let around = world.groups_around_active(&old.to);
    let mut entries = Vec::new();
    for list in [vec![old.list.clone()], lists_above(world, &old.list)].concat() {
        for entry in world.entries.iter().filter(|entry| entry.list == list && holds(&entry.window, now)) {
            let other = !(entry.list == old.list && entry.to == old.to);
            let reaches = entry.to == old.to || around.contains(&entry.to);
            let still: Vec<Action> = lost.intersection(&entry.rights).copied().collect();
            if other && reaches && !still.is_empty() {
                entries.push(StillGiven { on: parse(&entry.list), to: subject(&entry.to), rights: Rights::of(&still) });
            }
        }
    }
    let count = entries.len() as u64;
    (count > 0).then(|| Warning::Ineffective { subject: subject(&old.to), entries: first_hundred(entries), count })
}

/// Above a case list are that of its definition and that of the organization; above a restricted list is none.
fn lists_above(world: &World, list: &str) -> Vec<String> {
    match list.split(':').next() {
        Some("case") => world.definition_of(list).into_iter().chain(["organization".to_owned()]).collect(),
        Some("definition") => vec!["organization".to_owned()],
        _ => Vec::new(),
    }
}

/// The cases of a definition whose list holds an entry for the subject, by id bytewise.
pub fn cases_that_hold(world: &World, definition: &str, to: &str) -> Vec<String> {
    let of_it = world.cases.iter().filter(|(_, case)| case.definition == definition);
    of_it.map(|(name, _)| name.clone()).filter(|case| world.entry(case, to).is_some()).collect()
}

/// `revoke` on a definition leaves case grants alone and the answer lists them: `grants_survive`.
pub fn grants_survive(cases: &[String], to: &str) -> Option<Warning> {
    let ids = cases.iter().map(|case| bare(case).parse().expect("it was an id before")).collect();
    let count = cases.len() as u64;
    (count > 0).then(|| Warning::GrantsSurvive { subject: subject(to), cases: first_hundred(ids), count })
}

/// A warning names no more, and says how many there are.
fn first_hundred<T>(all: Vec<T>) -> Vec<T> {
    all.into_iter().take(100).collect()
}

/// Revoking on the list of a restricted case, while the restricted list holds an entry for that subject: `grants_survive`,
/// naming it.
pub fn restricted_survives(world: &World, list: &str, to: &str) -> Option<Warning> {
    world.restricted_by(list)?;
    let entry = world.entry(&list.replacen("case:", "restriction:", 1), to)?;
    let rights = Rights::of(&entry.rights.iter().copied().collect::<Vec<_>>());
    Some(Warning::RestrictedSurvives { entry: StillGiven { on: parse(&entry.list), to: subject(to), rights } })
}

/// The creator of the case lacks `register`: `unregistered`.
pub fn unregistered(world: &World, open: &OpenCase, now: Timestamp) -> Option<Warning> {
    let (creator, definition) = (format!("user:{}", open.creator), format!("definition:{}", open.definition));
    let may = check(world, &creator, Action::Register, &definition, now).allowed;
    (!may).then(|| Warning::Unregistered { creator: open.creator.clone(), definition: open.definition.clone() })
}

pub(super) fn bare(reference: &str) -> &str {
    reference.split_once(':').map_or("", |(_, id)| id)
}

pub(super) fn subject(text: &str) -> Subject {
    text.parse().expect("it was a subject before")
}

pub(super) fn parse(list: &str) -> ListRef {
    list.parse().expect("it was a list before")
}

impl World {
    /// The active groups around a subject. An inactive group is no way into an outer one, the subject itself included.
    fn groups_around_active(&self, subject: &str) -> BTreeSet<String> {
        if self.inactive.contains(subject) {
            return BTreeSet::new();
        }
        self.groups_around(subject, true).into_keys().collect()
    }
}
