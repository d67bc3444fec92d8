//! The naive reference against candidates: drawn histories, asked about at every position, before and after a restart
//! and a rebuild; and the reference itself against hand-worked stories and the shared cases.
//!
//! Whatever implements [`candidate::Candidate`] can be put to the test; the engine does, in
//! [`engine`]. With `CASEWARD_WORLDS` in the environment so many histories are drawn.
//! INVARIANT: the histories of a run are the same each time; a difference is shrunk to the fewest lines.
//! Absent: live commits (an engine's clock is its own; the stories try them on the reference), dry runs and batches.

mod candidate;
mod cases;
mod compare;
mod coverage;
mod datasets;
mod engine;
mod flawed;
mod generated;
mod generators;
mod happened;
mod oracle;
mod oracle_candidate;
mod proven;
mod questions;
mod remade;
mod stories;

use candidate::Candidate;
use cases::{cases_path, holds};
use caseward_events::{Code, Event, Scope};
use compare::Expected;
use coverage::Coverage;
use engine::EngineCandidate;
use flawed::{Flaw, Flawed};
use generated::{History, histories};
use oracle::policy::PRESETS;
use oracle_candidate::OracleCandidate;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proven::Proven;
use remade::Remade;
use std::collections::BTreeSet;
use std::path::Path;

/// Histories of a run.
const HISTORIES: u32 = 112;

/// Histories that are exported and brought over before they are asked about.
const BROUGHT_OVER: u32 = 24;

/// Histories of which answers are proved.
const PROVEN: u32 = 6;

/// Histories in which cases leave memory wherever they can.
const WITHOUT_MEMORY: u32 = 24;

/// How often a history that goes wrong is simplified.
const SHRINKING: u32 = 400;

/// Histories in which a candidate's flaw is sought.
const SAMPLE: u32 = 42;

/// Rules that a check can be decided by.
const RULES: [&str; 22] = [
    "wall",
    "profile",
    "module_administrator",
    "delegation",
    "break_glass",
    "link",
    "completed_locked",
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

/// The first histories of a run, the same each time; of the first that a candidate gets wrong, the fewest lines that
/// still do. The number of questions asked.
fn try_out<C: Candidate>(count: u32, open: impl Fn() -> C) -> Result<usize, String> {
    let mut runner = runner();
    let mut questions = 0;
    for _ in 0..count {
        let mut tree = histories().new_tree(&mut runner).expect("nothing is filtered");
        let history = tree.current();
        let expected = Expected::of(&history);
        questions += expected.questions();
        if let Err(why) = expected.agree(&open) {
            return Err(shrunk(&mut tree, &open, told(&why, &history)));
        }
    }
    Ok(questions)
}

/// Simplified as long as it goes wrong.
fn shrunk<C: Candidate>(tree: &mut impl ValueTree<Value = History>, open: impl Fn() -> C, mut why: String) -> String {
    let mut going = tree.simplify();
    for _ in 0..SHRINKING {
        if !going {
            break;
        }
        let history = tree.current();
        going = match Expected::of(&history).agree(&open) {
            Err(still) => {
                why = told(&still, &history);
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
    }
    why
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn told(why: &str, history: &History) -> String {
    format!("{why}\n  history of {} lines, {history:?}", history.lines.len())
}

/// Fails where a run did not meet every rule, every code and every warning, and says which.
fn assert_all_met(met: &Coverage) {
    assert_eq!(lacks(RULES.map(str::to_owned), met.rules.keys().cloned()), "", "rules");
    let out_of_reach = [Code::TooLarge, Code::BatchRefused];
    let codes = Code::ALL.iter().filter(|code| !out_of_reach.contains(code));
    assert_eq!(lacks(codes, met.codes.keys()), "", "codes");
    let warnings = [
        "dormant",
        "entries_remain",
        "given_again",
        "grants_survive",
        "ineffective",
        "links_return",
        "no_wildcard",
        "unregistered",
    ];
    assert_eq!(lacks(&warnings, met.warnings.keys()), "", "warnings");
    let types = Event::TYPES.iter().map(|(_, name)| name).filter(|name| !NOT_IN_HISTORIES.contains(name));
    // Those of cases, definitions, profiles and workspaces name no subject, those of users and groups one.
    let sealed = types.clone().copied().filter(|name| !CLEAR.contains(name) && *name != "subject_erased");
    assert_eq!(lacks(sealed, met.sealed.iter().copied()), "", "events with a reason under a key");
    // These are rare, and hardly ever have a reason in so few histories.
    let is_drawn = |name: &&'static str| !["link_revoked", "item_checked_in"].contains(name);
    let clear = CLEAR.into_iter().chain(["case_restricted", "label_set"]).filter(is_drawn);
    assert_eq!(lacks(clear, met.clear.iter().copied().filter(is_drawn)), "", "events with a reason in clear");
    assert_eq!(lacks(PRESETS, met.presets.iter().copied()), "", "presets");
    assert_eq!(lacks(scopes(), met.scopes.keys().cloned()), "", "scopes");
    assert_eq!(lacks(types.chain(&["assignment_grant", "cascade", "creator_grant"]), met.events.keys()), "", "events");
}

/// Of another log; or of more cases than a history has.
const NOT_IN_HISTORIES: [&str; 4] = ["organization_created", "token_issued", "token_withdrawn", "grants_revoked"];

/// Events of commands that name no subject: their reasons lie in clear. A restriction without entries is one, too.
const CLEAR: [&str; 21] = [
    "definition_created",
    "access_control_set",
    "sharing_set",
    "case_completed",
    "case_reopened",
    "restriction_lifted",
    "profile_configured",
    "form_access_set",
    "delegation_ended",
    "item_added",
    "item_removed",
    "item_checked_out",
    "item_checked_in",
    "attached",
    "detached",
    "case_shared",
    "link_revoked",
    "glass_broken",
    "policy_adopted",
    "key_replaced",
    "vocabulary_adopted",
];

/// Every scope for every action, given by a profile (which `none` never does) and denied.
fn scopes() -> Vec<String> {
    let actions = ["read", "write", "delete"];
    let of_action =
        |action: &str| Scope::ALL.map(|scope| [format!("{scope} {action} given"), format!("{scope} {action} denied")]);
    let all = actions.iter().flat_map(|action| of_action(action).into_iter().flatten());
    all.filter(|met| !(met.starts_with("none") && met.ends_with("given"))).collect()
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
    let questions = try_out(wanted.unwrap_or(HISTORIES), EngineCandidate::empty).unwrap_or_else(|why| panic!("{why}"));
    eprintln!("{questions} questions asked");
}

#[test]
fn an_engine_whose_cases_have_left_memory_agrees_with_the_reference_at_every_position() {
    let questions = try_out(WITHOUT_MEMORY, EngineCandidate::without_memory).unwrap_or_else(|why| panic!("{why}"));
    eprintln!("{questions} questions asked");
}

#[test]
fn the_histories_meet_every_rule_and_every_code() {
    let mut met = Coverage::default();
    sample(HISTORIES).iter().for_each(|history| Expected::of(history).count(&mut met));
    let [sent, accepted, changing] = met.lines;
    eprintln!("{sent} lines, {accepted} accepted, {changing} changed something; {} questions", met.questions);
    eprintln!("rules {:?}\ncodes {:?}\nwarnings {:?}\nevents {:?}", met.rules, met.codes, met.warnings, met.events);
    eprintln!("scopes {:?}\npresets {:?}", met.scopes, met.presets);
    assert_all_met(&met);
    assert!(changing * 2 > sent, "most of a history should happen: {changing} of {sent} lines changed something");
}

#[test]
fn the_reference_agrees_with_itself_and_a_candidate_that_errs_is_found_whatever_its_flaw() {
    let histories = sample(SAMPLE);
    let expected: Vec<Expected> = histories.iter().map(Expected::of).collect();
    for history in expected.iter().take(8) {
        history.agree(OracleCandidate::default).unwrap_or_else(|why| panic!("{why}"));
    }
    for flaw in Flaw::ALL {
        let open = || Flawed { flaw, sound: OracleCandidate::default(), cold: false.into() };
        let found = expected.iter().any(|history| history.agree(open).is_err());
        assert!(found, "{flaw:?} goes unnoticed");
    }
}

#[test]
fn the_commands_of_a_log_make_the_same_log_again() {
    let fixtures =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/replay-fixtures")).expect("they are shipped");
    let commands = fixtures.map(|folder| folder.expect("a folder").path().join("commands.jsonl"));
    let lines = |text: String| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let shipped = commands.map(|path| lines(std::fs::read_to_string(path).expect("a fixture has commands")));
    let drawn = sample(HISTORIES).into_iter().map(|history| history.lines);
    let mut events = 0;
    for lines in shipped.chain(drawn) {
        let mut remade = Remade::empty();
        remade.import(&lines);
        assert_eq!(remade.difference(), None, "of {lines:#?}");
        remade.assert_known(&lines);
        events += remade.events().len();
    }
    assert!(events > 5_000, "only {events} events were brought over");
}

#[test]
fn a_log_that_was_brought_over_gives_the_same_answers_at_every_position() {
    let questions = try_out(BROUGHT_OVER, Remade::empty).unwrap_or_else(|why| panic!("{why}"));
    eprintln!("{questions} questions asked");
}

#[test]
fn what_happened_to_everything_is_found_in_drawn_histories_too() {
    let histories = sample(HISTORIES);
    let mut found = 0;
    for history in &histories {
        found += happened::compared(EngineCandidate::empty(), &history.lines).unwrap_or_else(|why| panic!("{why}"));
    }
    for history in histories.iter().take(WITHOUT_MEMORY as usize) {
        let engine = EngineCandidate::without_memory();
        found += happened::compared(engine, &history.lines).unwrap_or_else(|why| panic!("{why}"));
    }
    assert!(found > 100_000, "only {found} places were compared");
}

#[test]
fn what_a_proof_decides_without_the_log_is_what_the_engine_answers_to_the_byte() {
    let questions = try_out(PROVEN, Proven::empty).unwrap_or_else(|why| panic!("{why}"));
    eprintln!("{questions} questions asked");
}

/// The first histories of a run.
fn sample(count: u32) -> Vec<History> {
    let mut runner = runner();
    let draw = |_| histories().new_tree(&mut runner).expect("nothing is filtered").current();
    (0..count).map(draw).collect()
}

/// Every case of the file through a fresh candidate each: how many, and what came out otherwise. `None`
/// where it is not there.
fn try_cases<C: Candidate>(path: &Path, open: impl Fn() -> C) -> Option<(usize, Vec<String>)> {
    let text = std::fs::read_to_string(path).ok()?;
    let cases = text.lines().map(|line| serde_json::from_str(line).expect("a case is one JSON object a line"));
    let cases: Vec<serde_json::Value> = cases.collect();
    let wrong = cases.iter().filter_map(|case| {
        let why = holds(case, open()).err()?;
        Some(format!("{} {}: {why}", case["id"], case["title"]))
    });
    Some((cases.len(), wrong.collect()))
}

#[expect(clippy::print_stderr, reason = "a test says what it skipped, and what it tried")]
fn shared_cases_come_out<C: Candidate>(open: impl Fn() -> C) {
    let Some((tried, wrong)) = try_cases(&cases_path(), open) else {
        let required = std::env::var_os("CASEWARD_SHARED_REQUIRED").is_some_and(|value| value == "1");
        assert!(!required, "{} is not there, and CASEWARD_SHARED_REQUIRED=1", cases_path().display());
        eprintln!("SKIPPED: {} is not there; set CASEWARD_SHARED", cases_path().display());
        return;
    };
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 260, "only {tried} cases were tried: the filter is wrong");
    eprintln!("{tried} cases tried");
}

#[test]
fn our_own_data_sets_are_what_the_reference_answers() {
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        datasets::bless(&sample(HISTORIES));
    }
    for pack in datasets::PACKS {
        for (tried, wrong) in
            [datasets::differences(pack, OracleCandidate::default()), datasets::differences(pack, Remade::empty())]
        {
            assert!(wrong.is_empty(), "{pack}: {}", wrong.join("\n"));
            assert!(tried > 300, "{pack} asks only {tried} questions");
        }
    }
}

#[test]
fn our_own_cases_come_out_as_expected() {
    own_cases_come_out(OracleCandidate::default);
}

#[test]
fn our_own_cases_come_out_as_expected_after_their_histories_were_brought_over() {
    own_cases_come_out(Remade::empty);
}

fn own_cases_come_out<C: Candidate>(open: impl Fn() -> C) {
    let (tried, wrong) = try_cases(&datasets::folder().join("cases.jsonl"), open).expect("they are shipped");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 50, "only {tried} cases were tried");
}

#[test]
fn the_shared_cases_come_out_as_expected() {
    shared_cases_come_out(OracleCandidate::default);
}

#[test]
fn the_shared_cases_come_out_as_expected_after_their_histories_were_brought_over() {
    shared_cases_come_out(Remade::empty);
}
