//! Every decision case of the specification.

use crate::scene::{self, Scene, at_once};
use caseward::engine::{Answer, Error};
use caseward::events::answer::Interval;
use caseward::projections::{AsOf, Question};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

#[tokio::test]
async fn all_cases_pass() {
    if let Some(path) = scene::shared("spec/cases.jsonl") {
        all_pass(&path, 260).await;
    }
}

#[tokio::test]
async fn all_cases_of_our_own_pass() {
    all_pass(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/datasets/cases.jsonl"), 50).await;
}

async fn all_pass(path: &Path, at_least: usize) {
    let text = std::fs::read_to_string(path).expect("it can be read");
    let (mut passed, mut failed) = (0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let name = case["id"].as_str().expect("a case has an id").to_owned();
        match run(&case).await {
            Ok(()) => passed += 1,
            Err(why) => failed.push(format!("{name}: {why}")),
        }
    }
    eprintln!("{passed} cases passed");
    assert!(failed.is_empty(), "{} cases failed:\n{}", failed.len(), failed.join("\n"));
    assert!(passed >= at_least, "only {passed} cases ran");
}

async fn run(case: &Value) -> Result<(), String> {
    let scene = Scene::new().await;
    for line in case["given"].as_array().expect("a case has a past") {
        if let Answer::Refused(refusal) = scene.import(line).await {
            return Err(format!("given {line} was refused: {refusal}"));
        }
    }
    if let Some(command) = case.get("do") {
        let answer = scene.import(command).await;
        if let Some(why) = wrong_answer(case, &answer) {
            return Err(why);
        }
    }
    match case.get("ask").and_then(|ask| wrong_decision(&scene, case, ask)) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

fn wrong_answer(case: &Value, answer: &Answer) -> Option<String> {
    if let Some(code) = case.get("expect_code") {
        let given = answer.refusal().map(|refusal| refusal.code.name());
        return (given != code.as_str()).then(|| format!("expected {code}, got {:?}", answer.to_json()));
    }
    let Answer::Accepted(accepted) = answer else { return Some(format!("refused: {:?}", answer.to_json())) };
    let expect = &case["expect"];
    if Some(accepted.events.len() as u64) != expect["events"].as_u64() {
        return Some(format!("expected {expect}, got {} events", accepted.events.len()));
    }
    let given: BTreeSet<_> = accepted.warnings.iter().map(|warning| warning.code()).collect();
    let wanted: Option<BTreeSet<_>> =
        expect.get("warnings").map(|codes| codes.as_array().into_iter().flatten().filter_map(Value::as_str).collect());
    wanted.filter(|wanted| *wanted != given).map(|wanted| format!("expected warnings {wanted:?}, got {given:?}"))
}

fn wrong_decision(scene: &Scene, case: &Value, ask: &Value) -> Option<String> {
    let Scene { organization, .. } = scene;
    let answer = match ask.get("verb").and_then(Value::as_str) {
        None => {
            let decision = Question::from_value(ask.clone()).map_err(Error::from);
            match decision.and_then(|question| at_once(organization.check(&question))) {
                Ok(decision) => serde_json::to_value(decision).expect("a decision is JSON"),
                Err(error) => error.refusal().expect("it is refused").to_json(),
            }
        }
        Some(verb) => list(scene, verb, ask),
    };
    let wrong = |what: &str, expected: &Value, given: &Value| {
        (expected != given).then(|| format!("{what}: expected {expected}, got {given} in {answer}"))
    };
    let asked = match ask.get("verb").and_then(Value::as_str) {
        None => "decision",
        Some("who") => "subjects",
        Some("what") => "resources",
        Some("access") => "intervals",
        Some(_) => "rights",
    };
    if let (Some(code), None) = (case.get("expect_code"), case.get("do")) {
        return wrong("code", code, &answer["code"]);
    }
    let fields = case.get("answer").and_then(Value::as_object).into_iter().flatten();
    wrong(asked, &case["expect"], &answer[asked])
        .or_else(|| case.get("rule").and_then(|rule| wrong("rule", rule, &answer["rule"])))
        .or_else(|| fields.into_iter().find_map(|(name, value)| wrong(name, value, &answer[name.as_str()])))
}

fn list(scene: &Scene, verb: &str, ask: &Value) -> Value {
    let Scene { organization, .. } = scene;
    let parse = |name: &str| ask[name].as_str().expect("the question names it");
    let reader = at_once(organization.reader(Default::default(), None)).expect("the head can be asked");
    if verb == "what" {
        let (subject, action) = (parse("subject").parse(), parse("action").parse());
        let (subject, action) = (subject.expect("a subject"), action.expect("an action"));
        let what = at_once(reader.what(&subject, action, Default::default()));
        return serde_json::to_value(what.expect("it can be asked").answer).expect("it is JSON");
    }
    if verb == "access" {
        return access(scene, ask);
    }
    let resource = parse("resource").parse().expect("it is a resource");
    if verb == "who" {
        let action = parse("action").parse().expect("it is an action");
        let who = at_once(reader.who(action, &resource)).expect("it can be asked");
        return serde_json::to_value(who).expect("it is JSON");
    }
    let rights = at_once(reader.rights(&parse("subject").parse().expect("it is a subject"), &resource));
    serde_json::json!({ "rights": rights.expect("it can be asked").rights })
}

/// Of intervals a case tells `from`, `until` and `rule`.
fn access(scene: &Scene, ask: &Value) -> Value {
    let mut question = ask.clone();
    let mut taken = |key: &str| question.as_object_mut().and_then(|fields| fields.remove(key));
    taken("verb");
    let [from, to] = ["from", "to"].map(|key| {
        let bound = taken(key)?;
        Some(AsOf::Instant(bound.as_str().expect("an instant").parse().expect("an instant")))
    });
    let question = Question::from_value(question).expect("it can be asked");
    let told = |one: &Interval| serde_json::json!({"from": one.from, "until": one.until, "rule": one.rule});
    let known = at_once(scene.organization.reader(question.as_of, None)).expect("it can be asked");
    match at_once(known.access(&question, from, to)) {
        Ok(access) => serde_json::json!({"intervals": access.intervals.iter().map(told).collect::<Vec<_>>()}),
        Err(error) => error.refusal().expect("it is refused").to_json(),
    }
}
