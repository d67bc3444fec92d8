//! Data sets of our own, so that histories with questions and answers are tried wherever the shared ones are not there:
//! two packs (commands, questions, lists) and a file of small cases, each with what the reference answers.
//!
//! The files lie in `tests/datasets`. `CASEWARD_BLESS=1` draws them anew: the packs are the two histories of a run that
//! meet the most rules, the cases are the fewest lines after which a code, a warning or a rule still comes out.
//! INVARIANT: what the files expect is what the reference answers, whoever wrote them.

use super::candidate::Candidate;
use super::cases::holds;
use super::compare::Expected;
use super::generated::History;
use super::oracle::{Answer, Log, Mode};
use super::oracle_candidate::{OracleCandidate, clock};
use super::questions::{ExpectedAnswer, Verb};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The names of the packs.
pub const PACKS: [&str; 2] = ["drawn-a", "drawn-b"];

/// Of so many questions of a history a pack has one.
const ONE_OF: usize = 3;

/// Where they lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/datasets")
}

/// The lines of a file of a pack.
fn lines(pack: &str, file: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(pack).join(format!("{file}.jsonl"))).expect("a pack has three files");
    text.lines().map(str::to_owned).collect()
}

/// What of a pack the candidate answers otherwise; how many questions it has.
pub fn differences<C: Candidate>(pack: &str, mut candidate: C) -> (usize, Vec<String>) {
    let commands = lines(pack, "commands");
    let answers = candidate.import(&commands);
    let refused = commands.iter().zip(&answers).filter(|(_, answer)| answer["status"] != "accepted");
    let mut wrong: Vec<String> = refused.map(|(line, answer)| format!("{line}: {answer}")).collect();
    let (questions, lists) = (lines(pack, "questions"), lines(pack, "lists"));
    for line in questions.iter().chain(&lists) {
        let mut question: Value = serde_json::from_str(line).expect("it is JSON");
        let fields = question.as_object_mut().expect("a question is an object");
        let (expect, rule, verb) = (fields.remove("expect"), fields.remove("rule"), fields.remove("verb"));
        let (answer, of) = match verb.as_ref().and_then(Value::as_str) {
            Some("who") => (candidate.who(&question), "subjects"),
            Some("what") => (candidate.what(&question), "resources"),
            _ => (candidate.check(&question), "decision"),
        };
        if Some(&answer[of]) != expect.as_ref() || rule.is_some_and(|rule| rule != answer["rule"]) {
            wrong.push(format!("{line}: {answer}"));
        }
    }
    (questions.len() + lists.len(), wrong)
}

/// Draws all of them anew.
pub fn bless(histories: &[History]) {
    let mut expected: Vec<Expected> = histories.iter().map(Expected::of).collect();
    write(&folder().join("cases.jsonl"), &drawn_cases(&expected));
    let rules =
        |one: &Expected| one.asked().iter().map(|asked| asked.expected["rule"].to_string()).collect::<BTreeSet<_>>();
    expected.sort_by_key(|one| std::cmp::Reverse(rules(one).len()));
    for (pack, history) in PACKS.into_iter().zip(&expected) {
        let file = |name: &str| folder().join(pack).join(format!("{name}.jsonl"));
        let accepted = accepted(&history.lines());
        write(&file("commands"), &accepted);
        let (checks, others): (Vec<_>, Vec<_>) =
            history.asked().iter().step_by(ONE_OF).partition(|asked| asked.verb == Verb::Check);
        write(&file("questions"), &checks.into_iter().filter_map(question).collect::<Vec<_>>());
        let lists = others.into_iter().filter(|asked| matches!(asked.verb, Verb::Who | Verb::What));
        write(&file("lists"), &lists.filter_map(question).collect::<Vec<_>>());
    }
}

fn write(path: &Path, lines: &[String]) {
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("there is room");
}

/// The lines that append something, in order: a log of them alone is the same log.
fn accepted(lines: &[String]) -> Vec<String> {
    let mut log = Log::default();
    let appends = |line: &&String| match log.submit(line, Mode::Import, clock()) {
        Answer::Accepted { events, replayed, .. } => events > 0 && !replayed,
        Answer::Refused(_) => false,
    };
    lines.iter().filter(appends).cloned().collect()
}

/// As packs write it; none where it cannot be asked.
fn question(asked: &ExpectedAnswer) -> Option<String> {
    let mut question = asked.question.clone();
    let (verb, of) = match asked.verb {
        Verb::Who => (Some("who"), "subjects"),
        Verb::What => (Some("what"), "resources"),
        _ => (None, "decision"),
    };
    let expect = asked.expected.get(of)?;
    question["expect"] = expect.clone();
    if let Some(verb) = verb {
        question["verb"] = verb.into();
    } else {
        question["rule"] = asked.expected["rule"].clone();
    }
    Some(question.to_string())
}

/// A case for every code, warning and rule that the histories meet, each with as few lines as it takes.
fn drawn_cases(histories: &[Expected]) -> Vec<String> {
    let mut cases: BTreeMap<String, Value> = BTreeMap::new();
    for history in histories {
        for (title, case) in cases_of(history) {
            let known = cases.contains_key(&title);
            if !known && holds(&case, OracleCandidate::default()).is_ok() {
                cases.insert(title, fewest_lines(case));
            }
        }
    }
    let numbered = (1..).zip(cases);
    let of_one = |(number, (title, mut case)): (usize, (String, Value))| {
        case["id"] = format!("own-{number:03}").into();
        case["title"] = title.into();
        case.to_string()
    };
    numbered.map(of_one).collect()
}

fn cases_of(history: &Expected) -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    let mut before: Vec<Value> = Vec::new();
    let mut log = Log::default();
    // How many events there are after so many lines that append some.
    let mut heads = vec![0];
    for line in history.lines() {
        let Ok(sent) = serde_json::from_str::<Value>(&line) else { continue };
        let case = |title: String, key: &str, expect: Value| (title, json!({"given": before, "do": sent, key: expect}));
        match log.submit(&line, Mode::Import, clock()) {
            Answer::Refused(code) => cases.push(case(code.name().to_owned(), "expect_code", code.name().into())),
            Answer::Accepted { replayed: true, .. } => {}
            Answer::Accepted { events, warnings, .. } => {
                if let [warning] = warnings[..] {
                    let expect = json!({"events": events, "warnings": warnings});
                    cases.push(case(format!("warning {warning}"), "expect", expect));
                }
                if events > 0 {
                    before.push(sent);
                    heads.push(log.head());
                }
            }
        }
    }
    for asked in history.asked().iter().filter(|asked| asked.verb == Verb::Check) {
        let (Some(rule), Some(decision)) = (asked.expected["rule"].as_str(), asked.expected["decision"].as_bool())
        else {
            continue;
        };
        let Some(given) = heads.iter().position(|head| asked.expected["position"] == *head) else { continue };
        let ask = json!({"subject": asked.question["subject"], "action": asked.question["action"],
            "resource": asked.question["resource"], "at": asked.expected["at"]});
        let title = format!("{} by {rule}", if decision { "allowed" } else { "denied" });
        cases.push((title, json!({"given": before[..given], "ask": ask, "expect": decision, "rule": rule})));
    }
    cases
}

/// The case without the lines before it that it does not need.
fn fewest_lines(mut case: Value) -> Value {
    let given = |case: &Value| case["given"].as_array().map_or(0, Vec::len);
    let mut at_once = given(&case) / 2;
    while at_once > 0 {
        let mut to = given(&case);
        let before = to;
        while to > 0 {
            let from = to.saturating_sub(at_once);
            let mut fewer = case.clone();
            fewer["given"].as_array_mut().expect("it is a list").drain(from..to);
            if holds(&fewer, OracleCandidate::default()).is_ok() {
                case = fewer;
            }
            to = from;
        }
        if at_once > 1 || given(&case) == before {
            at_once /= 2;
        }
    }
    case
}
