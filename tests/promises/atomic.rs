//! Batches: command by command, or as one commit or not at all; and dry runs.

use crate::scene::{Scene, office};
use caseward::engine::{Answer, Batch, How};
use caseward::events::{Code, Position, Submission};
use serde_json::{Value, json};

fn batch(commands: &[Value], how: How) -> Batch {
    Batch { submissions: commands.iter().map(|one| Submission::parse(one.to_string().as_bytes())).collect(), how }
}

fn grant(case: &str, to: &str) -> Value {
    json!({"actor": "user:oa", "command": {"grant": {"on": format!("case:{case}"), "to": to}}})
}

async fn send(scene: &Scene, commands: &[Value], how: How) -> Vec<Answer> {
    scene.organization.submit(batch(commands, how)).await.expect("memory does not fail")
}

fn codes(answers: &[Answer]) -> Vec<Option<Code>> {
    answers.iter().map(|answer| answer.refusal().map(|refusal| refusal.code)).collect()
}

#[tokio::test]
async fn a_batch_is_applied_command_by_command() {
    let scene = office().await;
    let head = scene.organization.head();
    let commands = [grant("C1", "user:a"), grant("C9", "user:a"), grant("C2", "user:a")];
    let answers = send(&scene, &commands, How::default()).await;
    assert_eq!(codes(&answers), [None, Some(Code::NotFound), None]);
    assert_eq!(scene.organization.head(), Position(head.0 + 2));
}

#[tokio::test]
async fn an_atomic_batch_is_one_commit_with_one_time() {
    let scene = office().await;
    let head = scene.organization.head();
    let how = How { atomic: true, ..How::default() };
    let answers = send(&scene, &[grant("C1", "user:a"), grant("C2", "user:a")], how).await;
    assert_eq!(codes(&answers), [None, None]);
    let events = scene.organization.events(head.next()).await.expect("they can be read");
    let places: Vec<_> = events.iter().map(|event| (event.commit_index, event.commit_count)).collect();
    assert_eq!(places, [(0, 2), (1, 2)]);
    assert_eq!(events[0].time, events[1].time);
}

#[tokio::test]
async fn a_refused_atomic_batch_appends_nothing_and_names_the_command() {
    let scene = office().await;
    let before = scene.organization.status();
    let how = How { atomic: true, ..How::default() };
    let commands = [grant("C1", "user:new"), grant("C1", "user:new"), grant("C2", "user:new")];
    let answers = send(&scene, &commands, how).await;
    assert_eq!(codes(&answers), [Some(Code::BatchRefused), Some(Code::AlreadyGranted), Some(Code::BatchRefused)]);
    assert_eq!(answers[0].to_json()["refused"], 2);
    assert_eq!(scene.organization.status(), before);
    // And the names, ids and versions it had touched are free again.
    let answers = send(&scene, &commands[..1], how).await;
    assert_eq!(codes(&answers), [None]);
}

#[tokio::test]
async fn a_dry_run_shows_events_and_warnings_and_appends_nothing() {
    let scene = office().await;
    let before = scene.organization.status();
    let how = How { dry_run: true, ..How::default() };
    // The second sees the first.
    let commands = [grant("C1", "user:new"), grant("C1", "user:new")];
    let answers = send(&scene, &commands, how).await;
    assert_eq!(codes(&answers), [None, Some(Code::AlreadyGranted)]);
    let shown = answers[0].to_json();
    assert_eq!(shown["events"][0]["type"], "access_granted");
    assert_eq!(shown["dry_run"], true);
    assert_eq!(scene.organization.status(), before);
    assert_eq!(scene.store.appends(), before_appends(&scene).await);
}

/// A further dry run must not reach the store either.
async fn before_appends(scene: &Scene) -> u64 {
    let before = scene.store.appends();
    send(scene, &[grant("C2", "user:x")], How { dry_run: true, ..How::default() }).await;
    before
}

#[tokio::test]
async fn commands_behind_a_dry_run_are_decided_without_it() {
    let scene = office().await;
    let hold = scene.store.hold_appends();
    let first = scene.organization.enqueue(batch(&[grant("C1", "user:z")], How::default())).await;
    hold.until_reached();
    // It does not wait for the append that is held, and the command behind it does.
    let dry = batch(&[grant("C1", "user:a")], How { dry_run: true, ..How::default() });
    let dry = scene.organization.enqueue(dry).await.expect("it is taken");
    assert_eq!(codes(&dry.await.expect("it is answered")), [None]);
    let real = batch(&[grant("C1", "user:a")], How::default());
    let real = scene.organization.enqueue(real).await.expect("it is taken");
    drop(hold);
    assert_eq!(codes(&first.expect("it is taken").await.expect("it is stored")), [None]);
    assert_eq!(codes(&real.await.expect("it is stored")), [None]);
}
