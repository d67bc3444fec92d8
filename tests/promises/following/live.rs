//! While commands come and time goes by: each end of a window once, when now has passed it, and everything in order.

use super::*;
use caseward::engine::{Answer, Engine, ManualClock};
use caseward::events::OrganizationName;
use serde_json::{Value, json};

/// Who gained or lost anything, each step by its id.
fn told(steps: &[(FeedId, Option<Arc<AccessChanges>>)]) -> Vec<(String, Vec<String>)> {
    let names = |told: &AccessChanges| told.items().map(|item| format!("{} {:?}", item.subject, item.after)).collect();
    steps.iter().filter_map(|(id, told)| Some((id.to_string(), names(told.as_deref()?)))).collect()
}

async fn accepted(scene: &Scene, command: Value) {
    let answer = scene.apply(&command).await;
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
}

/// An org admin `oa`, a case, and a grant on it to `mike` from one o'clock to two, `ben` until two, `ana` until three.
async fn opened(clock: &Arc<ManualClock>) -> Scene {
    let scene = Scene::with_clock(Arc::clone(clock)).await;
    let grant = |to: &str, from: Value, until: &str| {
        json!({"actor": "user:oa", "command": {"grant": {"on": "case:1", "to": to, "access": "read", "valid_from": from,
               "valid_until": until}}})
    };
    for command in [
        json!({"command": {"appoint_org_admin": {"user": "oa"}}}),
        json!({"actor": "user:oa", "command": {"create_definition": {"definition": "d", "access_control": true}}}),
        json!({"actor": "user:oa", "command": {"open_case": {"case": "1", "definition": "d", "creator": "oa"}}}),
        grant("user:mike", json!("2026-03-01T13:00:00Z"), "2026-03-01T14:00:00Z"),
        grant("user:ben", Value::Null, "2026-03-01T14:00:00Z"),
        grant("user:ana", Value::Null, "2026-03-01T15:00:00Z"),
    ] {
        accepted(&scene, command).await;
    }
    scene
}

const NOON: &str = "2026-03-01T12:00:00Z";

#[tokio::test]
async fn the_ends_of_windows_are_told_when_now_has_passed_them_once_and_in_order() {
    let clock = Arc::new(ManualClock::at(instant(NOON)));
    let scene = opened(&clock).await;
    let organization = &scene.organization;
    let mut follower = from(organization, FeedId::commit(organization.head()));
    let waits = |followed: Followed| matches!(followed, Followed::Waits(Some(wait)) if wait.as_secs() > 3_000);
    assert!(waits(follower.step(organization).await.expect("it goes on")), "it knows when the next one turns");
    clock.set(instant("2026-03-01T12:59:59.999999Z"));
    assert_eq!(told(&steps(&mut follower, organization).await), [], "not yet");
    clock.set(instant("2026-03-01T13:00:00Z"));
    let read = |user: &str, held: &str| format!("user:{user} {held}");
    let at_one = ("6@2026-03-01T13:00:00Z".to_owned(), vec![read("mike", "[Read]")]);
    assert_eq!(told(&steps(&mut follower, organization).await), [at_one]);
    clock.set(instant("2026-03-01T13:30:00Z"));
    accepted(&scene, json!({"actor": "user:oa", "command": {"revoke": {"on": "case:1", "to": "user:ben"}}})).await;
    clock.set(instant("2026-03-01T16:00:00Z"));
    let steps_after = steps(&mut follower, organization).await;
    let expected = [
        ("7", vec![read("ben", "[]")]),
        ("7@2026-03-01T14:00:00Z", vec![read("mike", "[]")]),
        ("7@2026-03-01T15:00:00Z", vec![read("ana", "[]")]),
    ];
    let expected = expected.map(|(id, items)| (id.to_owned(), items));
    assert_eq!(told(&steps_after), expected);
    assert_eq!(told(&steps(&mut follower, organization).await), [], "once");
    let wait = follower.step(organization).await.expect("it goes on");
    assert!(matches!(wait, Followed::Waits(None)), "no window is left: {wait:?}");
}

#[tokio::test]
async fn what_was_told_stays_true_after_a_restart_with_a_clock_that_was_set_back() {
    let clock = Arc::new(ManualClock::at(instant(NOON)));
    let scene = opened(&clock).await;
    clock.set(instant("2026-03-01T14:30:00Z"));
    let told_before = all(from(&scene.organization, FeedId::default()), &scene.organization).await;
    let last = told_before.last().expect("something was told").id;
    assert_eq!(last.to_string(), "6@2026-03-01T14:00:00Z");
    let store = scene.store.fork();
    drop(scene);
    let clock = Arc::new(ManualClock::at(instant("2026-03-01T12:30:00Z")));
    let engine = Engine::open(Arc::new(store), Arc::clone(&clock) as _, &mut |_| {}).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    for (index, message) in told_before.iter().enumerate() {
        let again = all(from(&organization, message.id), &organization).await;
        let is_before = |told: &&Arc<AccessChanges>| told.to.at <= instant("2026-03-01T12:30:00Z");
        assert_eq!(again, told_before[index + 1..].iter().filter(is_before).cloned().collect::<Vec<_>>());
    }
    let command = json!({"actor": "user:oa", "command": {"revoke": {"on": "case:1", "to": "user:ana"}}});
    let sent = Batch::one(command.to_string().as_bytes(), How::default());
    organization.submit(sent).await.expect("memory does not fail");
    let again = all(from(&organization, last), &organization).await;
    let ids: Vec<_> = again.iter().map(|told| told.id.to_string()).collect();
    assert_eq!(ids, ["7"], "the commit came later than what was told");
    let whole = all(from(&organization, FeedId::default()), &organization).await;
    assert_eq!(whole[..told_before.len()], told_before, "and whoever begins again is told the same");
}

#[tokio::test]
async fn whoever_follows_from_the_beginning_while_a_history_comes_in_is_told_the_same() {
    for (name, lines) in histories() {
        // Some lines of some histories are refused because they have none.
        let time = |line: &String| -> Option<Timestamp> {
            let line: Value = serde_json::from_str(line).ok()?;
            line["time"].as_str()?.parse().ok()
        };
        let clock = Arc::new(ManualClock::at(lines.iter().find_map(time).expect("a history has times")));
        let scene = Scene::with_clock(Arc::clone(&clock)).await;
        let organization = &scene.organization;
        let (mut follower, mut told) = (from(organization, FeedId::default()), Vec::new());
        let mut behind = from(organization, FeedId::default());
        for (number, line) in lines.iter().enumerate() {
            let last = organization.at_head().timeline.last();
            time(line).max(last).into_iter().for_each(|time| clock.set(time));
            import(organization, std::slice::from_ref(line)).await;
            told.extend(steps(&mut follower, organization).await.into_iter().filter_map(|(_, told)| told));
            if number % 50 == 0 {
                steps(&mut behind, organization).await;
            }
        }
        drop((follower, behind));
        let whole = all(from(organization, FeedId::default()), organization).await;
        assert_eq!(told, whole, "{name}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_of_the_feed_is_refused() {
    let clock = Arc::new(ManualClock::at(instant(NOON)));
    let scene = opened(&clock).await;
    for wrong in ["7", "6@2026-03-01T11:00:00Z", "6@2026-03-01T13:00:00Z"] {
        let id = wrong.parse().expect("it reads as an id");
        let refused = scene.organization.follow_changes(id, ChangeFilter::default());
        assert!(refused.is_err_and(|error| error.refusal().is_some()), "{wrong}");
    }
}
