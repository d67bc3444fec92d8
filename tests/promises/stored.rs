//! Bytes that an earlier release stored open in this one, and say what they said.
//!
//! `stored/commands.jsonl` is a history with every type of event; `stored/log.jsonl` and `stored/KEYS` are what the first
//! release that knows each type made of it. A type that gets another schema version gets events of that version here; those
//! that are there stay: `CASEWARD_BLESS=1` adds what the commands at the end that are not stored yet append.

use caseward::engine::tokens::NewToken;
use caseward::engine::{Batch, By, EffectLimits, Engine, How, ManualClock, Options, Source};
use caseward::events::codec::{decode, encode};
use caseward::events::event::Event;
use caseward::events::{OrganizationName, Position, Recorded, Timestamp, Via};
use caseward::projections::Question;
use caseward::seams::NoCheckpoints;
use caseward::seams::{Log, OrganizationNumber, Run, Vault};
use caseward::store::{Access, FjallStore};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

mod releases;

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored").join(name)
}

fn lines(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(stored(name)).expect("it is shipped");
    text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect()
}

/// A line with all that is stored of it; `via` is what whoever lets callers in says.
fn batch(line: &Value) -> Batch {
    let mut line = line.clone();
    let via = line.as_object_mut().expect("an object").remove("via");
    let mut batch = Batch::one(line.to_string().as_bytes(), How { source: Source::Import, ..How::default() });
    if let (Some(via), Some(Ok(sent))) = (via, batch.submissions.first_mut()) {
        sent.via = Some(via.as_str().expect("a text").parse().expect("a caller"));
    }
    batch
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that is said of an event, its place in its commit and its warnings too.
fn told(recorded: &Recorded) -> Value {
    let mut told = recorded.to_json();
    told["schema"] = json!(recorded.event.schema());
    told["place"] = json!([recorded.index, recorded.count, recorded.commit_index, recorded.commit_count]);
    let warnings = recorded.first.iter().flat_map(|first| &first.warnings).map(|warning| warning.to_json());
    told["warnings"] = warnings.collect();
    told
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("an instant")))
}

async fn engine(store: FjallStore) -> (Engine, Arc<FjallStore>) {
    let store = Arc::new(store);
    // So that a cascade over one case is the event that one over many is.
    let limits = EffectLimits { cascade_cases: 0, ..EffectLimits::default() };
    let options = Options::new(Arc::new(NoCheckpoints), clock()).limited(limits);
    let opened = Engine::open_with(store.clone(), options).await;
    (opened.expect("what was stored opens"), store)
}

/// A store with the bytes that are shipped, as a release that made them would have left it.
async fn of_old() -> (TempDir, FjallStore) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    drop(FjallStore::open(folder.path(), Access::Create).expect("a new store opens"));
    fs::copy(stored("KEYS"), folder.path().join("KEYS")).expect("it is shipped");
    // Whose keys belong there, such a store does not say.
    fs::write(folder.path().join("CASEWARD"), "caseward store\nformat 1\nsigned\n").expect("there is room");
    let store = FjallStore::open(folder.path(), Access::Existing).expect("the keys are read");
    let mut runs: Vec<Run> = Vec::new();
    for line in lines("log.jsonl") {
        let number = u32::try_from(line["organization"].as_u64().expect("a number")).expect("a small one");
        let organization = OrganizationNumber(number);
        let bytes = unhex(line["bytes"].as_str().expect("a text"));
        match runs.last_mut() {
            Some(run) if run.organization == organization => run.events.push(|to| to.extend_from_slice(&bytes)),
            _ => runs.push(Run { organization, first: Position(1), events: [bytes].into_iter().collect() }),
        }
    }
    let epoch = store.claim().await.expect("it is open");
    store.append(epoch, runs).await.expect("they follow each other");
    (folder, store)
}

/// The second through the first.
async fn issue_and_withdraw(engine: &Engine) {
    let new = json!({
        "name": "hr", "parts": ["check", "directory"], "organizations": ["default", "harbour"],
        "may_name": ["user:*", "system:payroll"], "limits": {"requests": 64},
    });
    let new: NewToken = serde_json::from_value(new).expect("it can be issued");
    let abel = By { actor: "user:abel".parse().expect("an actor"), via: None };
    let (_, token) = engine.issue_token(new, abel.clone()).await.expect("it is stored");
    let via = Some(Via::Token(token.grants.token));
    engine.withdraw_token(token.grants.token, By { via, ..abel }).await.expect("it is stored");
}

async fn bless() {
    let (_folder, store) = of_old().await;
    let (engine, store) = engine(store).await;
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let before = organization.head();
    for line in lines("commands.jsonl") {
        let answers = organization.submit(batch(&line)).await;
        let answers = answers.expect("it is stored");
        assert!(answers.iter().all(|answer| answer.refusal().is_none()), "{line}: {answers:?}");
    }
    if engine.tokens().is_empty() {
        issue_and_withdraw(&engine).await;
    }
    let text = fs::read_to_string(stored("log.jsonl")).expect("it is shipped");
    let of_register = |line: &&str| line.ends_with(r#","organization":0}"#);
    let mut register: Vec<_> = text.lines().filter(of_register).map(str::to_owned).collect();
    let mut others: Vec<_> = text.lines().filter(|line| !of_register(line)).map(str::to_owned).collect();
    let after = Position(register.len() as u64);
    let logs =
        [(OrganizationNumber::REGISTER, after, &mut register), (OrganizationNumber::DEFAULT, before, &mut others)];
    for (number, before, lines) in logs {
        for bytes in store.read(number, before.next(), usize::MAX).await.expect("it is stored") {
            let mut recorded = decode(&bytes).expect("it was just encoded");
            recorded.open(store.keyring()).expect("its keys are there");
            let line = json!({"organization": number.0, "bytes": hex(&bytes), "event": told(&recorded)});
            lines.push(line.to_string());
        }
    }
    let text: String = register.into_iter().chain(others).map(|line| line + "\n").collect();
    fs::write(stored("log.jsonl"), text).expect("it can be written");
}

#[tokio::test]
async fn every_stored_event_says_what_it_said_and_encodes_alike() {
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        bless().await;
    }
    let (_folder, store) = of_old().await;
    let mut met = BTreeSet::new();
    for line in lines("log.jsonl") {
        let bytes = unhex(line["bytes"].as_str().expect("a text"));
        let mut recorded = decode(&bytes).unwrap_or_else(|why| panic!("{why}: {line}"));
        recorded.open(store.keyring()).expect("its keys are there");
        assert_eq!(told(&recorded), line["event"]);
        // An older schema is read as the newest, so only the newest encodes alike.
        if line["event"]["schema"] == json!(recorded.event.schema()) {
            assert_eq!(hex(&encode(&recorded)), hex(&bytes), "{line}");
        }
        met.insert((recorded.event.number(), line["event"]["schema"].as_u64().expect("a number")));
    }
    let all: BTreeSet<_> = Event::STORED.iter().map(|&(number, schema)| (number, u64::from(schema))).collect();
    assert_eq!(met, all, "every type in every schema version that was ever stored is here");
}

#[tokio::test]
async fn a_store_of_an_earlier_build_answers_as_it_did() {
    let (_folder, store) = of_old().await;
    let (engine, _store) = engine(store).await;
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    assert!(engine.organization(&"harbour".parse().expect("a name")).is_ok(), "the register is read too");
    for (subject, action, resource, as_of, allowed, rule) in [
        ("user:ernst", "read", "case:p-1", None, true, "case_grant"),
        ("user:ernst", "write", "case:p-1", None, true, "case_grant"),
        ("user:gero", "read", "case:p-1", None, false, "wall"),
        ("user:ernst", "read", "case:p-2", Some("2026-03-01T08:40:00Z"), false, "no_grant"),
        ("user:ernst", "read", "case:p-2", Some("2026-03-01T08:55:00Z"), true, "break_glass"),
        ("user:dora", "write", "case:p-2", Some("2026-03-01T08:57:00Z"), true, "profile"),
        ("user:dora", "write", "case:p-2", None, false, "user_disabled"),
        ("link:council", "read", "case:p-1", None, true, "link"),
        ("link:court", "read", "case:p-1", None, false, "expired"),
        ("user:hans", "read", "case:p-1", Some("2026-03-01T08:36:30Z"), true, "delegation"),
    ] {
        let question = json!({"subject": subject, "action": action, "resource": resource, "as_of": as_of});
        let question = Question::from_value(question).expect("it can be asked");
        let decision = organization.check(&question).await.expect("it can be asked");
        assert_eq!((decision.decision, decision.rule.name()), (allowed, rule), "{question:?}");
    }
    let tokens = engine.tokens();
    assert!(tokens.iter().all(|token| token.withdrawn.is_some()) && tokens.len() == 1, "{tokens:?}");
    // A command of then, sent again, is known: the digests are compared under the keys of then.
    for line in lines("commands.jsonl") {
        let answers = organization.submit(batch(&line)).await;
        let answer = answers.expect("it is read").remove(0).to_json();
        assert_eq!(answer["replayed"], json!(true), "{line}: {answer}");
    }
    assert_eq!(organization.at_head().timeline.last(), Some(last_time()));
}

fn last_time() -> Timestamp {
    let last = lines("commands.jsonl").pop().expect("there are commands");
    last["time"].as_str().expect("a text").parse().expect("an instant")
}
