//! Answers follow the sync; what failed to sync was never there; ids are remembered for ever.

use crate::scene::{Scene, at_once, office};
use caseward::engine::{Answer, Batch, CommandError, How, ManualClock};
use caseward::events::{Code, Timestamp};
use caseward::projections::Question;
use caseward::store::Failure;
use serde_json::{Value, json};
use std::sync::Arc;

fn grant(to: &str) -> Value {
    json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": to}}})
}

fn may_read(scene: &Scene, who: &str) -> bool {
    let question = json!({"subject": who, "action": "read", "resource": "case:C1"});
    let question = Question::from_value(question).expect("it can be asked");
    at_once(scene.organization.check(&question)).expect("it can be asked").decision
}

fn accepted(answer: &Answer) -> bool {
    answer.refusal().is_none()
}

#[tokio::test]
async fn readers_do_not_wait_for_a_sync_and_see_nothing_of_it() {
    let scene = office().await;
    let hold = scene.store.hold_appends();
    let line = grant("user:a").to_string();
    let batch = Batch::one(line.as_bytes(), How::default());
    let pending = scene.organization.enqueue(batch).await.expect("it is taken");
    hold.until_reached();
    let head = scene.organization.head();
    assert!(!may_read(&scene, "user:a"));
    drop(hold);
    assert!(pending.await.expect("it is stored").iter().all(accepted));
    assert!(scene.organization.head() > head);
    assert!(may_read(&scene, "user:a"));
}

#[tokio::test]
async fn a_failed_sync_leaves_no_trace_and_no_further_command_is_taken() {
    for failure in [Failure::BeforeWrite, Failure::AfterWrite] {
        let scene = office().await;
        let before = scene.organization.status();
        scene.store.fail_next_append(failure);
        let line = grant("user:a").to_string();
        let send = || scene.organization.submit(Batch::one(line.as_bytes(), How::default()));
        assert!(matches!(send().await, Err(CommandError::Store(_))));
        assert_eq!(scene.organization.status(), before);
        assert!(!may_read(&scene, "user:a"));
        assert!(matches!(send().await, Err(CommandError::Store(_))), "the store takes no more");
        // A restart serves what reached the disk, whole or not at all.
        let reopened = Scene::over(scene.store.fork()).await;
        assert_eq!(may_read(&reopened, "user:a"), matches!(failure, Failure::AfterWrite));
    }
}

#[tokio::test]
async fn a_known_id_answers_as_the_first_time_after_a_restart_too() {
    let scene = office().await;
    let mut line = grant("user:a");
    line["id"] = "g-1".into();
    let first = scene.apply(&line).await.to_json();
    scene.apply(&json!({"actor": "user:oa", "command": {"revoke": {"on": "case:C1", "to": "user:a"}}})).await;
    let reopened = Scene::over(scene.store.fork()).await;
    for scene in [&scene, &reopened] {
        let mut again = scene.apply(&line).await.to_json();
        assert_eq!(again["replayed"], true);
        again.as_object_mut().expect("an answer is an object").remove("replayed");
        assert_eq!(again, first);
        assert!(!may_read(scene, "user:a"), "nothing was appended again");
    }
    let mut other = grant("user:b");
    other["id"] = "g-1".into();
    let refused = reopened.apply(&other).await;
    assert_eq!(refused.refusal().map(|refusal| refusal.code), Some(Code::IdReused));
}

#[tokio::test]
async fn an_id_that_waits_for_its_sync_is_known_already() {
    let scene = office().await;
    let hold = scene.store.hold_appends();
    let mut line = grant("user:a");
    line["id"] = "g-1".into();
    let text = line.to_string();
    let send = || scene.organization.enqueue(Batch::one(text.as_bytes(), How::default()));
    let mut pending = Vec::new();
    for _ in 0..3 {
        pending.push(send().await.expect("it is taken"));
    }
    drop(hold);
    let mut answers = Vec::new();
    for one in pending {
        answers.push(one.await.expect("it is stored").remove(0).to_json());
    }
    assert_eq!(answers[0]["position"], answers[1]["position"]);
    assert_eq!(answers[2]["replayed"], true);
}

#[tokio::test]
async fn a_command_that_appended_nothing_is_judged_anew() {
    let scene = office().await;
    let line = json!({"id": "c-1", "actor": "user:oa", "command": {"reopen_case": {"case": "C1"}}});
    assert_eq!(scene.apply(&line).await.to_json()["events"], json!([]));
    scene.apply(&json!({"command": {"complete_case": {"case": "C1"}}})).await;
    let again = scene.apply(&line).await.to_json();
    assert_eq!(again["events"][0]["type"], "case_reopened");
}

#[tokio::test]
async fn live_commits_are_strictly_later_whatever_the_clock_does() {
    let noon = Timestamp::from_micros(1_700_000_000_000_000);
    let clock = Arc::new(ManualClock::at(noon));
    let scene = Scene::with_clock(Arc::clone(&clock)).await;
    let mut times = Vec::new();
    for (number, jump) in [0, 0, -5_000_000, 7, 3_600_000_000, -3_600_000_000].into_iter().enumerate() {
        clock.set(Timestamp::from_micros(noon.as_micros() + jump));
        let command = json!({"command": {"create_definition": {"definition": format!("d{number}")}}});
        let Answer::Accepted(accepted) = scene.apply(&command).await else { panic!("{command}") };
        times.push(accepted.events[0].time);
    }
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert_eq!(times[0], noon);
}
