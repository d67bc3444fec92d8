//! Faults and outcomes, counted, and printed when all are through.

use super::judge::Outcome;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// What came of a fault. The first three keep the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// All that was acknowledged is there, ids answer as the first time, views are a fold of the log, and it goes on.
    Served,
    /// Exit status 5 at open, with an account.
    Reported,
    /// Exit status 5: what lies behind the last HEAD note is in doubt.
    Unvouched,
    /// It opened, and something acknowledged is not there.
    Lost,
    /// It opened without a word, and something is not there that was acknowledged after the last HEAD note.
    LostBehind,
    /// It opened, and says something that is not so.
    Wrong,
    /// It ended without an account that a user could act on: a panic, or another status.
    NoAccount,
}

const KINDS: [(Kind, &str); 7] = [
    (Kind::Served, "all served"),
    (Kind::Reported, "damage reported"),
    (Kind::Unvouched, "end not verifiable"),
    (Kind::Lost, "silent loss"),
    (Kind::LostBehind, "silent loss behind the note"),
    (Kind::Wrong, "wrong answer"),
    (Kind::NoAccount, "no account"),
];

/// The families, in the order of the table; each is a test.
const FAMILIES: [&str; 7] = ["kill", "told", "points", "disk", "mutator", "views", "backup"];

/// Examples of a broken promise that are shown.
const EXAMPLES: usize = 12;

/// The outcomes of one family.
pub struct Tally {
    family: &'static str,
    rows: BTreeMap<String, BTreeMap<Kind, usize>>,
    broken: Vec<String>,
}

static THROUGH: Mutex<BTreeMap<&'static str, Tally>> = Mutex::new(BTreeMap::new());

impl Tally {
    pub fn of(family: &'static str) -> Tally {
        assert!(FAMILIES.contains(&family), "the table has a place for it");
        Tally { family, rows: BTreeMap::new(), broken: Vec::new() }
    }

    /// Counts what came of a fault; `how` tells how to see it again.
    pub fn count(&mut self, fault: &str, how: &str, outcome: &Outcome) {
        *self.rows.entry(fault.to_owned()).or_default().entry(outcome.kind).or_default() += 1;
        if outcome.kind != Kind::Served && std::env::var_os("CASEWARD_FAULTS_SHOW").is_some() {
            println!("{fault}, {how}: {:?}: {}", outcome.kind, outcome.why);
        }
        if outcome.kind > Kind::Unvouched {
            self.broken.push(format!("{fault}, {how}: {:?}: {}", outcome.kind, outcome.why));
        }
    }

    /// Puts it into the table, which is printed if it is full; the promise must hold in every row.
    pub fn end(self) {
        let own = table(std::iter::once(&self));
        println!("\n{own}");
        let broken = self.broken.clone();
        let mut through = THROUGH.lock().unwrap_or_else(PoisonError::into_inner);
        through.insert(self.family, self);
        if through.len() == FAMILIES.len() {
            println!("\n{}", table(FAMILIES.iter().filter_map(|family| through.get(family))));
        }
        drop(through);
        let (all, shown) = (broken.len(), broken[..broken.len().min(EXAMPLES)].join("\n"));
        assert!(broken.is_empty(), "the promise is broken {all} times:\n{own}\n{shown}");
    }
}

fn table<'a>(tallies: impl Iterator<Item = &'a Tally>) -> String {
    let mut text = "| fault | runs |".to_owned();
    KINDS.iter().for_each(|(_, name)| text.extend([" ", name, " |"]));
    text.push_str("\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (fault, counts) in tallies.flat_map(|tally| &tally.rows) {
        let count = |kind| counts.get(kind).copied().unwrap_or_default();
        write!(text, "| {fault} | {} |", counts.values().sum::<usize>()).expect("a string takes it");
        KINDS.iter().for_each(|(kind, _)| write!(text, " {} |", count(kind)).expect("a string takes it"));
        text.push('\n');
    }
    text
}
