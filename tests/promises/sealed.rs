//! A reason lies in the store under the key of the subject that its command names first, and nothing stored gives it away.

use crate::scene::{Scene, office};
use caseward::engine::{Batch, Engine, How, SystemClock};
use caseward::events::codec::decode;
use caseward::events::{Code, KeyNumber, OrganizationName, Position, Recorded};
use caseward::seams::{Log, OrganizationNumber, StoreError};
use caseward::store::{Access, FjallStore};
use serde_json::{Value, json};
use std::sync::Arc;

const TOLD: &str = "covers for Ben while he is ill";

fn grant(to: &str, reason: Option<&str>, id: &str) -> Value {
    json!({"id": id, "actor": "user:oa", "reason": reason, "command": {"grant": {"on": "case:C1", "to": to}}})
}

async fn stored(scene: &Scene) -> Vec<Vec<u8>> {
    let all = scene.store.read(OrganizationNumber::DEFAULT, Position(1), usize::MAX).await;
    all.expect("memory does not fail")
}

fn last(stored: &[Vec<u8>]) -> Recorded {
    decode(stored.last().expect("there are events")).expect("the engine encoded it")
}

fn key_of(recorded: &Recorded) -> Option<KeyNumber> {
    recorded.reason.as_ref().expect("one was given").key()
}

#[tokio::test]
async fn a_reason_is_stored_sealed_and_read_in_clear() {
    let scene = office().await;
    scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await;
    let bytes = stored(&scene).await;
    let event = bytes.last().expect("there are events");
    assert!(!event.windows(5).any(|window| window == &TOLD.as_bytes()[..5]), "the text stands in clear");
    let reopened = Scene::over(scene.store.fork()).await;
    for scene in [scene, reopened] {
        let event = scene.organization.event(scene.organization.head()).await.expect("it is stored");
        assert_eq!(event.expect("it is there").reason_text(), Some(TOLD));
    }
}

#[tokio::test]
async fn a_subject_keeps_its_key_and_another_has_another() {
    let scene = office().await;
    let mut keys = Vec::new();
    for (to, id) in [("user:ana", "c-1"), ("user:ben", "c-2")] {
        scene.apply(&grant(to, Some(TOLD), id)).await;
        keys.push(key_of(&last(&stored(&scene).await)));
    }
    let scene = Scene::over(scene.store.fork()).await;
    let update = json!({"grant": {"on": "case:C2", "to": "user:ana"}});
    scene.apply(&json!({"actor": "user:oa", "reason": "again", "command": update})).await;
    assert_eq!(key_of(&last(&stored(&scene).await)), keys[0]);
    assert_ne!(keys[0], keys[1]);
    let place = json!({"complete_case": {"case": "C1"}});
    scene.apply(&json!({"actor": "user:ana", "reason": "done", "command": place})).await;
    assert_eq!(key_of(&last(&stored(&scene).await)), None, "the actor is no subject of the command");
}

#[tokio::test]
async fn a_dry_run_and_a_refused_batch_leave_no_key_behind() {
    let scene = office().await;
    scene.send(&grant("user:ana", Some(TOLD), "c-1"), How { dry_run: true, ..How::default() }).await;
    assert_eq!(scene.organization.at_head().keys.highest(), KeyNumber::STORE);
    scene.apply(&grant("user:ben", Some(TOLD), "c-2")).await;
    assert_eq!(scene.organization.at_head().keys.highest(), KeyNumber(1));
}

#[tokio::test]
async fn a_repeated_id_is_compared_with_its_reason_by_digests_that_only_this_store_can_make() {
    let scene = office().await;
    let first = scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await;
    let digests = last(&stored(&scene).await).first.expect("it is the first of its command").digests;
    let elsewhere = office().await;
    elsewhere.apply(&grant("user:ana", Some(TOLD), "c-1")).await;
    let others = last(&stored(&elsewhere).await).first.expect("it is the first of its command").digests;
    assert!(digests.body != others.body && digests.reason != others.reason, "whoever guesses could try");

    let scene = Scene::over(scene.store.fork()).await;
    let again = scene.apply(&grant("user:ana", Some(TOLD), "c-1")).await;
    assert_eq!(again.to_json()["events"], first.to_json()["events"]);
    assert_eq!(again.to_json()["replayed"], json!(true));
    for other in [grant("user:ana", Some("another"), "c-1"), grant("user:ana", None, "c-1")] {
        let refusal = scene.apply(&other).await;
        assert_eq!(refusal.refusal().map(|refusal| refusal.code), Some(Code::IdReused));
    }
}

#[tokio::test]
async fn a_store_whose_keys_are_cut_short_does_not_open_and_makes_no_others() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let open = async || {
        // The writer lets go of a store a moment after its engine is dropped.
        let store = loop {
            match FjallStore::open(folder.path(), Access::Create) {
                Err(StoreError::InUse { .. }) => tokio::task::yield_now().await,
                opened => break opened.expect("it opens"),
            }
        };
        Engine::open(Arc::new(store), Arc::new(SystemClock), &mut |_| {}).await
    };
    {
        let engine = open().await.expect("a new store opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let line = json!({"reason": TOLD, "command": {"disable_user": {"user": "ana"}}}).to_string();
        let answers = organization.submit(Batch::one(line.as_bytes(), How::default())).await;
        assert!(answers.expect("it is stored")[0].refusal().is_none());
    }
    let path = folder.path().join("KEYS");
    let keys = std::fs::read(&path).expect("it is there");
    // The key of the store alone.
    std::fs::write(&path, &keys[..16 + 80]).expect("it can be written");
    let Err(error) = open().await else { panic!("it opened") };
    let error = error.to_string();
    assert!(error.contains("end before key 1"), "{error}");
    assert_eq!(std::fs::read(&path).expect("it is there").len(), 16 + 80, "no other keys were made");
}

#[test]
fn a_store_without_its_keys_says_so() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    drop(FjallStore::open(folder.path(), Access::Create).expect("a new store opens"));
    std::fs::remove_file(folder.path().join("KEYS")).expect("it is there");
    let error = FjallStore::open(folder.path(), Access::Existing).expect_err("it has no keys");
    assert!(error.to_string().contains("KEYS`: it is missing"), "{error}");
}
