//! Real histories and real permission sets: what was expected is answered, question by question.

use crate::scene::{self, Scene, at_once};
use caseward::engine::{Answer, Batch, How, Source};
use caseward::events::{Position, Submission};
use caseward::projections::{AsOf, Question, WhatPart};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

/// Commands, questions and lists of the shared folder.
fn shared(pack: &str) -> Option<[Vec<String>; 3]> {
    let lines = |file: &str| {
        let path = scene::shared(&format!("data/{pack}/{file}.jsonl.gz"))?;
        let file = BufReader::new(GzDecoder::new(File::open(path).expect("it can be opened")));
        Some(file.lines().map(|line| line.expect("it is text")).collect())
    };
    let commands = lines("commands")?;
    Some([commands, lines("questions").expect("a pack has questions"), lines("whowhat").expect("a pack has lists")])
}

/// The same of a pack of our own, which is always there.
fn own(pack: &str) -> [Vec<String>; 3] {
    ["commands", "questions", "lists"].map(|file| {
        let path = format!("{}/tests/datasets/{pack}/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("it is shipped").lines().map(str::to_owned).collect()
    })
}

/// Imports every line; how many were accepted, and how many refused by code.
async fn import(scene: &Scene, lines: &[String]) -> (usize, BTreeMap<&'static str, usize>) {
    let (mut accepted, mut refused) = (0, BTreeMap::new());
    for chunk in lines.chunks(1_000) {
        let submissions = chunk.iter().map(|line| Submission::parse(line.as_bytes())).collect();
        let batch = Batch { submissions, how: How { source: Source::Import, ..How::default() } };
        for answer in scene.organization.submit(batch).await.expect("memory does not fail") {
            match answer {
                Answer::Accepted(_) => accepted += 1,
                Answer::Refused(refusal) => *refused.entry(refusal.code.name()).or_default() += 1,
            }
        }
    }
    (accepted, refused)
}

/// A wrong answer, if there is one.
fn wrong(scene: &Scene, line: &str) -> Option<String> {
    let question = Question::parse(line.as_bytes()).expect("a question of a pack can be asked");
    let decision = at_once(scene.organization.check(&question)).expect("it can be asked");
    let expected = question.expect.as_ref().and_then(Value::as_bool).expect("a question of a pack has an answer");
    let right =
        decision.decision == expected && question.rule.as_ref().is_none_or(|rule| *rule == decision.rule.name());
    (!right).then(|| format!("{line}: got {} by {}", decision.decision, decision.rule))
}

async fn wrong_list(scene: &Scene, line: &str) -> Option<String> {
    let question: Value = serde_json::from_str(line).expect("it is JSON");
    let instant = |given: &Value| given.as_str().expect("an instant").parse().expect("an instant");
    let as_of = question.get("as_of").map_or(AsOf::Head, |given| match given.as_u64() {
        Some(position) => AsOf::Position(Position(position)),
        None => AsOf::Instant(instant(given)),
    });
    let at = question.get("at").map(instant);
    let reader = scene.organization.reader(as_of, at).await.expect("it can be asked");
    let parse = |name: &str| question[name].as_str().expect("the question names it");
    let action = parse("action").parse().expect("an action");
    let list = if parse("verb") == "who" {
        let resource = parse("resource").parse().expect("a resource");
        let who = reader.who(action, &resource).await.expect("it can be asked");
        serde_json::to_value(&who.subjects)
    } else {
        let definition = question.get("definition").and_then(Value::as_str);
        let definition = definition.map(|id| id.trim_start_matches("definition:").parse().expect("a definition"));
        let part = WhatPart { definition: definition.as_ref(), ..WhatPart::default() };
        let subject = parse("subject").parse().expect("a subject");
        serde_json::to_value(reader.what(&subject, action, part).await.expect("it can be asked").answer.resources)
    };
    let list = list.expect("it is JSON");
    (list != question["expect"]).then(|| format!("{line}: got {list}"))
}

async fn every_shared_answer_is_right(pack: &str) {
    if let Some(lines) = shared(pack) {
        every_answer_is_right(pack, lines).await;
    }
}

async fn every_answer_is_right(pack: &str, [commands, questions, lists]: [Vec<String>; 3]) {
    let scene = Scene::new().await;
    let (accepted, refused) = import(&scene, &commands).await;
    assert_eq!((accepted, refused), (commands.len(), BTreeMap::new()), "{pack}");
    let mut failed: Vec<_> = questions.iter().filter_map(|line| wrong(&scene, line)).collect();
    for line in &lists {
        failed.extend(wrong_list(&scene, line).await);
    }
    assert!(failed.is_empty(), "{pack}: {} wrong, as\n{}", failed.len(), failed[..failed.len().min(5)].join("\n"));
    eprintln!(
        "{pack}: {} commands, {} questions, {} who and what lists as expected",
        commands.len(),
        questions.len(),
        lists.len()
    );
}

#[tokio::test]
async fn hc_is_answered_as_expected() {
    every_shared_answer_is_right("rolemining-hp/hc").await;
}

#[tokio::test]
async fn domino_is_answered_as_expected() {
    every_shared_answer_is_right("rolemining-hp/domino").await;
}

#[tokio::test]
async fn apj_is_answered_as_expected() {
    every_shared_answer_is_right("rolemining-hp/apj").await;
}

#[tokio::test]
async fn emea_is_answered_as_expected() {
    every_shared_answer_is_right("rolemining-hp/emea").await;
}

#[tokio::test]
async fn fire1_is_answered_as_expected() {
    every_shared_answer_is_right("rolemining-hp/fire1").await;
}

#[tokio::test]
async fn receipt_is_answered_as_expected() {
    every_shared_answer_is_right("receipt").await;
}

#[tokio::test]
async fn bpic12_is_answered_as_expected() {
    every_shared_answer_is_right("bpic12").await;
}

#[tokio::test]
async fn the_first_pack_of_our_own_is_answered_as_expected() {
    every_answer_is_right("drawn-a", own("drawn-a")).await;
}

#[tokio::test]
async fn the_second_pack_of_our_own_is_answered_as_expected() {
    every_answer_is_right("drawn-b", own("drawn-b")).await;
}
