//! The naive reference against candidates: drawn histories, asked about at every position, before and after a restart
//! and a rebuild; and the reference itself against hand-worked stories and the shared cases.
//!
//! Whatever implements [`reference::candidate::Candidate`] can be put to the test; the engine does, in
//! `reference/engine.rs`. With `CASEWARD_WORLDS` in the environment so many histories are drawn.
//! INVARIANT: the histories of a run are the same each time; a difference is shrunk to the fewest lines.
//! Absent: live commits (an engine's clock is its own; the stories try them on the reference), dry runs and batches.

mod reference {
    pub mod candidate;
    pub mod cases;
    pub mod compare;
    pub mod drafts;
    pub mod engine;
    pub mod flawed;
    pub mod oracle;
    pub mod oracle_candidate;
    pub mod questions;
    mod stories;
    pub mod worlds;
}

use caseward_events::{Code, Event};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use reference::candidate::Candidate;
use reference::cases::{cases_path, holds, is_built};
use reference::compare::{Coverage, agree};
use reference::engine::EngineCandidate;
use reference::flawed::{Flaw, Flawed};
use reference::oracle_candidate::OracleCandidate;
use reference::worlds::{History, histories};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Histories of a run.
const HISTORIES: u32 = 96;

/// Rules that a check can be decided by, so far as their commands are built.
const RULES: [&str; 15] = [
    "organization_grant",
    "definition_grant",
    "case_grant",
    "org_admin",
    "org_admin_capped",
    "restricted_entry",
    "restricted",
    "access_control_off",
    "user_disabled",
    "not_found",
    "expired",
    "not_yet_valid",
    "group_inactive",
    "insufficient",
    "no_grant",
];

/// The same histories each time; of the first that a candidate gets wrong, the fewest lines that still do.
fn try_out<C: Candidate>(count: u32, open: impl Fn() -> C) -> Result<Coverage, String> {
    let config = Config { cases: count, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let met = RefCell::new(Coverage::default());
    let outcome =
        runner.run(&histories(), |history| agree(&history, &open, &mut met.borrow_mut()).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => Ok(met.into_inner()),
        Err(TestError::Fail(why, history)) => Err(told(&why.to_string(), &history)),
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}

fn told(why: &str, history: &History) -> String {
    format!("{why}\n  history of {} lines, {history:?}", history.lines.len())
}

/// Fails where a run did not meet every rule, every code and every warning, and says which.
fn assert_all_met(met: &Coverage) {
    assert_eq!(lacks(RULES.map(str::to_owned), met.rules.keys().cloned()), "", "rules");
    let out_of_reach = [Code::NotSupported, Code::BatchRefused];
    let codes = Code::ALL.iter().filter(|code| !out_of_reach.contains(code));
    assert_eq!(lacks(codes, met.codes.keys()), "", "codes");
    let warnings = ["dormant", "grants_survive", "ineffective", "unregistered"];
    assert_eq!(lacks(&warnings, met.warnings.keys()), "", "warnings");
    let types = Event::TYPES.iter().map(|(_, name)| name).filter(|name| **name != "organization_created");
    assert_eq!(lacks(types.chain(&["cascade", "creator_grant"]), met.events.keys()), "", "events");
}

/// What one of two sets has and the other lacks, in words; empty where they are equal.
fn lacks<T: Ord + std::fmt::Debug>(wanted: impl IntoIterator<Item = T>, met: impl IntoIterator<Item = T>) -> String {
    let (wanted, met): (BTreeSet<T>, BTreeSet<T>) = (wanted.into_iter().collect(), met.into_iter().collect());
    if wanted == met {
        return String::new();
    }
    let missing: Vec<_> = wanted.difference(&met).collect();
    let unexpected: Vec<_> = met.difference(&wanted).collect();
    format!("missing: {missing:?}; met, but not of the list: {unexpected:?}")
}

#[test]
fn the_engine_agrees_with_the_reference_at_every_position() {
    let wanted = std::env::var("CASEWARD_WORLDS").ok().and_then(|count| count.parse().ok());
    let met = try_out(wanted.unwrap_or(HISTORIES), EngineCandidate::empty).unwrap_or_else(|why| panic!("{why}"));
    eprintln!("{} questions about histories of {} lines", met.questions, met.lines[0]);
    assert_all_met(&met);
}

#[test]
fn the_reference_agrees_with_itself_and_the_histories_meet_every_rule_and_every_code() {
    let met = try_out(HISTORIES, OracleCandidate::default).unwrap_or_else(|why| panic!("{why}"));
    let [sent, accepted, changing] = met.lines;
    eprintln!("{sent} lines, {accepted} accepted, {changing} changed something; {} questions", met.questions);
    eprintln!("rules {:?}\ncodes {:?}\nwarnings {:?}\nevents {:?}", met.rules, met.codes, met.warnings, met.events);
    assert_all_met(&met);
    assert!(changing * 2 > sent, "most of a history should happen: {changing} of {sent} lines changed something");
}

#[test]
fn a_candidate_that_errs_is_found_whatever_its_flaw() {
    let histories = sample(12);
    for flaw in Flaw::ALL {
        let open = || Flawed { flaw, sound: OracleCandidate::default(), cold: false.into() };
        let found = histories.iter().any(|history| agree(history, open, &mut Coverage::default()).is_err());
        assert!(found, "{flaw:?} goes unnoticed");
    }
}

/// The first histories of a run, without shrinking.
fn sample(count: usize) -> Vec<History> {
    use proptest::strategy::{Strategy, ValueTree};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let draw = |_| histories().new_tree(&mut runner).expect("nothing is filtered").current();
    (0..count).map(draw).collect()
}

/// Every shared case of built commands through a fresh candidate each: how many, and what came out otherwise. `None`
/// where the cases are not there.
fn try_shared_cases<C: Candidate>(open: impl Fn() -> C) -> Option<(usize, Vec<String>)> {
    let text = std::fs::read_to_string(cases_path()).ok()?;
    let cases = text.lines().map(|line| serde_json::from_str(line).expect("a case is one JSON object a line"));
    let built: Vec<serde_json::Value> = cases.filter(is_built).collect();
    let wrong = built.iter().filter_map(|case| {
        let why = holds(case, open()).err()?;
        Some(format!("{} {}: {why}", case["id"], case["title"]))
    });
    Some((built.len(), wrong.collect()))
}

#[test]
fn the_shared_cases_come_out_as_expected() {
    let Some((tried, wrong)) = try_shared_cases(OracleCandidate::default) else {
        eprintln!("skipped: {} is not there; set CASEWARD_SHARED", cases_path().display());
        return;
    };
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 100, "only {tried} cases are of built commands: the filter is wrong");
    eprintln!("{tried} cases tried");
}
