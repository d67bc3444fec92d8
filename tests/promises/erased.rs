//! What was said about a subject can be erased: nobody reads it again, no byte of the log changes, and all else stays.

use crate::scene::{Scene, office};
use caseward::engine::{Answer, Batch, CommandError, Engine, How, SystemClock};
use caseward::events::{Code, KeyNumber, OrganizationName, Position, Recorded};
use caseward::seams::{Log, OrganizationNumber, StoreError, Vault};
use caseward::store::{Access, FjallStore};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const TOLD: &str = "covers for Ben while he is ill";

fn grant(to: &str, reason: Option<&str>, id: &str) -> Value {
    json!({"id": id, "actor": "user:oa", "reason": reason, "command": {"grant": {"on": "case:C1", "to": to}}})
}

fn erase(subject: &str, reason: Option<&str>, id: &str) -> Value {
    json!({"id": id, "actor": "user:oa", "reason": reason, "command": {"erase": {"subject": subject}}})
}

async fn stored(scene: &Scene) -> Vec<Vec<u8>> {
    let all = scene.store.read(OrganizationNumber::DEFAULT, Position(1), usize::MAX).await;
    all.expect("memory does not fail")
}

async fn event(scene: &Scene, position: u64) -> Recorded {
    let event = scene.organization.event(Position(position)).await.expect("it is stored");
    event.expect("it is there")
}

fn code(answer: &Answer) -> Option<Code> {
    answer.refusal().map(|refusal| refusal.code)
}

#[tokio::test]
async fn reasons_about_an_erased_subject_are_gone_at_once_and_after_a_restart_and_no_byte_changes() {
    let scene = office().await;
    let ana = scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await.to_json()["position"].clone();
    let ben = scene.apply(&grant("user:ben", Some("on leave"), "c-2")).await.to_json()["position"].clone();
    let [ana, ben] = [ana, ben].map(|position| position.as_u64().expect("a position"));
    let before = stored(&scene).await;
    let erased = scene.apply(&erase("user:ana", None, "c-3")).await;
    assert_eq!(erased.to_json()["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(stored(&scene).await[..before.len()], before);
    let reopened = Scene::over(scene.store.fork()).await;
    for scene in [&scene, &reopened] {
        let event_of_ana = event(scene, ana).await;
        assert_eq!((event_of_ana.reason_text(), event_of_ana.reason_is_erased()), (None, true));
        assert_eq!(event_of_ana.to_json()["reason_erased"], json!(true));
        let event_of_ben = event(scene, ben).await;
        assert_eq!((event_of_ben.reason_text(), event_of_ben.reason_is_erased()), (Some("on leave"), false));
    }
    let again = scene.apply(&erase("user:ana", None, "c-4")).await;
    assert_eq!(again.to_json()["events"], json!([]), "once is for good");
}

#[tokio::test]
async fn reasons_after_an_erasure_and_of_the_erasure_itself_are_not_kept() {
    let scene = office().await;
    scene.apply(&erase("user:ana", Some("ana asked for it"), "c-1")).await;
    scene.apply(&grant("user:ana", Some(TOLD), "c-2")).await;
    let stored = stored(&scene).await;
    for text in ["ana asked", "covers for"] {
        let is_there = stored.iter().any(|event| event.windows(text.len()).any(|window| window == text.as_bytes()));
        assert!(!is_there, "`{text}` is stored in clear");
    }
    let head = scene.organization.head().0;
    for position in [head - 1, head] {
        assert_eq!(event(&scene, position).await.reason, None, "event {position}");
    }
    assert_eq!(scene.organization.at_head().keys.highest(), KeyNumber::STORE, "nobody needed a key");
}

#[tokio::test]
async fn a_known_id_answers_as_the_first_time_whatever_reason_it_bears_now_and_no_other_body() {
    let scene = office().await;
    let first = scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await.to_json();
    scene.apply(&erase("user:ana", Some("ana asked for it"), "c-2")).await;
    let unkept = scene.apply(&grant("group:night", None, "c-3")).await.to_json();
    scene.apply(&erase("group:night", None, "c-4")).await;
    let late = json!({"id": "c-5", "reason": TOLD, "command": {"disable_user": {"user": "ana"}}});
    assert_eq!(code(&scene.apply(&late).await), None);
    let reopened = Scene::over(scene.store.fork()).await;
    for scene in [&scene, &reopened] {
        for (line, expected) in [
            (grant("user:ana", Some(TOLD), "c-1"), Some(&first)),
            (grant("user:ana", Some("guessed"), "c-1"), Some(&first)),
            (grant("user:ana", None, "c-1"), Some(&first)),
            (erase("user:ana", Some("ana asked for it"), "c-2"), None),
            (late.clone(), None),
        ] {
            let again = scene.apply(&line).await.to_json();
            assert_eq!(again["replayed"], json!(true), "{line}");
            if let Some(expected) = expected {
                assert_eq!(again["position"], expected["position"], "{line}");
            }
        }
        let other = scene.apply(&grant("user:ben", Some(TOLD), "c-1")).await;
        assert_eq!(code(&other), Some(Code::IdReused));
        // Said without a reason before the erasure: with one it is another command.
        let other = scene.apply(&grant("group:night", Some(TOLD), "c-3")).await;
        assert_eq!(code(&other), Some(Code::IdReused));
        assert_eq!(scene.apply(&grant("group:night", None, "c-3")).await.to_json()["position"], unkept["position"]);
    }
}

#[tokio::test]
async fn a_command_sent_again_right_behind_the_erasure_answers_as_one_sent_later() {
    let lines = [
        grant("user:ana", Some(TOLD), "c-1"),
        erase("user:ana", None, "c-2"),
        grant("user:ana", Some("another"), "c-1"),
        grant("user:ana", Some(TOLD), "c-1"),
    ];
    let [together, apart] = [office().await, office().await];
    let submissions = lines.iter().map(caseward::events::Submission::from_value).collect();
    let batch = Batch { submissions, how: How::default() };
    let at_once: Vec<Value> =
        together.organization.submit(batch).await.expect("memory does not fail").iter().map(Answer::to_json).collect();
    let mut later = Vec::new();
    for line in &lines {
        later.push(apart.apply(line).await.to_json());
    }
    for (at_once, later) in at_once.iter().zip(&later).skip(2) {
        for answer in [at_once, later] {
            let event = &answer["events"][0];
            assert_eq!(answer["replayed"], json!(true), "{answer}");
            assert_eq!((&event["reason"], &event["reason_erased"]), (&Value::Null, &json!(true)), "{answer}");
        }
        assert_eq!(at_once["position"], later["position"]);
    }
}

#[tokio::test]
async fn an_erasure_that_is_undone_destroys_nothing() {
    let scene = office().await;
    scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await;
    let position = scene.organization.head().0;
    scene.send(&erase("user:ana", None, "c-2"), How { dry_run: true, ..How::default() }).await;
    let lines = [erase("user:ana", None, "c-3"), grant("user:ana", None, "c-4")];
    let lines = lines.map(|line| caseward::events::Submission::from_value(&line));
    let batch = Batch { submissions: lines.into(), how: How { atomic: true, ..How::default() } };
    let answers = scene.organization.submit(batch).await.expect("memory does not fail");
    assert_eq!(code(&answers[1]), Some(Code::AlreadyGranted), "ana is on the list");
    assert_eq!(event(&scene, position).await.reason_text(), Some(TOLD));
    scene.apply(&erase("user:ana", None, "c-5")).await;
    assert_eq!(event(&scene, position).await.reason_text(), None);
}

/// An engine on disk with the office.
async fn on_disk(folder: &Path) -> (Engine, Arc<FjallStore>) {
    let store = Arc::new(open(folder).await);
    let engine = Engine::open(store.clone(), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
    (engine, store)
}

async fn open(folder: &Path) -> FjallStore {
    loop {
        // The writer lets go of a store a moment after its engine is dropped.
        match FjallStore::open(folder, Access::Create) {
            Err(StoreError::InUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.expect("it opens"),
        }
    }
}

async fn send(engine: &Engine, line: &Value) -> Result<Answer, CommandError> {
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let mut answers = organization.submit(Batch::one(line.to_string().as_bytes(), How::default())).await?;
    Ok(answers.remove(0))
}

fn why(error: &CommandError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

async fn begin(engine: &Engine) {
    for line in [
        json!({"command": {"appoint_org_admin": {"user": "oa"}}}),
        json!({"reason": TOLD, "command": {"disable_user": {"user": "ana"}}}),
    ] {
        assert_eq!(code(&send(engine, &line).await.expect("it is stored")), None);
    }
}

#[tokio::test]
async fn keys_that_an_older_copy_brings_back_are_destroyed_at_the_next_opening() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let keys = folder.path().join("KEYS");
    let (engine, store) = on_disk(folder.path()).await;
    begin(&engine).await;
    let older = fs::read(&keys).expect("it is there");
    send(&engine, &erase("user:ana", None, "e")).await.expect("it is stored");
    assert_eq!(store.keyring().key(KeyNumber(1)), None);
    drop((engine, store));
    drop(open(folder.path()).await);
    assert_ne!(fs::read(&keys).expect("it is there"), older);
    fs::write(&keys, older).expect("it can be written");
    let (_engine, store) = on_disk(folder.path()).await;
    assert_eq!(store.keyring().key(KeyNumber(1)), None);
}

#[tokio::test]
async fn a_key_that_cannot_be_destroyed_stops_the_writer_until_a_restart_destroys_it() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (engine, store) = on_disk(folder.path()).await;
    begin(&engine).await;
    // Where a file would be written aside, there is a folder.
    let in_the_way = folder.path().join("KEYS.new");
    fs::create_dir(&in_the_way).expect("there is room");
    let failed = send(&engine, &erase("user:ana", None, "e")).await.expect_err("it cannot be done");
    assert!(why(&failed).contains("could not destroy keys"), "{failed:?}");
    let refused = send(&engine, &json!({"command": {"enable_user": {"user": "ana"}}})).await;
    assert!(why(&refused.expect_err("nothing goes on")).contains("could not destroy keys"));
    drop((engine, store));
    fs::remove_dir(&in_the_way).expect("it is empty");
    let (engine, store) = on_disk(folder.path()).await;
    assert_eq!(store.keyring().key(KeyNumber(1)), None);
    let again = send(&engine, &erase("user:ana", None, "e")).await.expect("it is stored").to_json();
    assert_eq!(again["replayed"], json!(true), "its event was durable");
}
