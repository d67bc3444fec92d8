//! Who waits for a sync and who does not; what an instant resolved to stays; what was decided on a lost write is lost.

use crate::scene::{Scene, at_once};
use caseward::engine::{Answer, Batch, CommandError, How, ManualClock, Pending};
use caseward::events::{Action, Asker, Code, Position, Submission, Timestamp};
use caseward::projections::AsOf;
use caseward::store::Failure;
use serde_json::json;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};

const NOON: i64 = 1_700_000_000_000_000;
const SECOND: i64 = 1_000_000;

fn noon_and(micros: i64) -> Timestamp {
    Timestamp::from_micros(NOON + micros)
}

fn create(name: &str) -> Result<Submission, caseward::events::Refusal> {
    Submission::from_value(&json!({"command": {"create_definition": {"definition": name}}}))
}

async fn enqueue(scene: &Scene, names: &[&str]) -> Pending {
    let batch = Batch { submissions: names.iter().map(|name| create(name)).collect(), how: How::default() };
    scene.organization.enqueue(batch).await.expect("it is taken")
}

/// One definition, created at noon; the clock still shows that.
async fn at_noon() -> (Scene, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(noon_and(0)));
    let scene = Scene::with_clock(Arc::clone(&clock)).await;
    assert_eq!(enqueue(&scene, &["d0"]).await.await.expect("it is stored").len(), 1);
    (scene, clock)
}

fn waits<F: Future>(asked: Pin<&mut F>) -> bool {
    asked.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Until the writer has decided everything up to a position, which readers do not see yet.
async fn until_decided(scene: &Scene, tip: u64) {
    while scene.organization.at_head().tip() < Position(tip) {
        tokio::task::yield_now().await;
    }
}

async fn place(scene: &Scene, instant: Timestamp) -> Position {
    let resolved = scene.organization.reader(AsOf::Instant(instant), None).await;
    resolved.expect("it can be asked").position()
}

#[tokio::test]
async fn an_instant_up_to_the_clock_waits_for_what_is_being_written_and_finds_it() {
    let (scene, clock) = at_noon().await;
    clock.set(noon_and(SECOND));
    let hold = scene.store.hold_appends();
    let pending = enqueue(&scene, &["d1"]).await;
    hold.until_reached();
    for instant in [noon_and(0), noon_and(SECOND)] {
        assert!(waits(pin!(place(&scene, instant))), "{instant}");
    }
    let mut asked = pin!(place(&scene, noon_and(SECOND)));
    assert!(waits(asked.as_mut()));
    drop(hold);
    assert_eq!(asked.await, Position(2));
    assert!(pending.await.is_ok());
}

#[tokio::test]
async fn an_instant_finds_nothing_of_a_write_that_fails() {
    let (scene, clock) = at_noon().await;
    clock.set(noon_and(SECOND));
    scene.store.fail_next_append(Failure::AfterWrite);
    let hold = scene.store.hold_appends();
    let pending = enqueue(&scene, &["d1", "d2"]).await;
    hold.until_reached();
    let mut asked = pin!(place(&scene, noon_and(SECOND)));
    assert!(waits(asked.as_mut()));
    drop(hold);
    assert_eq!(asked.await, Position(1));
    assert!(matches!(pending.await, Err(CommandError::Store(_))));
}

#[tokio::test]
async fn nothing_else_waits_for_a_write() {
    let (scene, clock) = at_noon().await;
    clock.set(noon_and(SECOND));
    let hold = scene.store.hold_appends();
    let pending = enqueue(&scene, &["d1", "d2"]).await;
    hold.until_reached();
    let asked = [
        (AsOf::Head, Position(1), None),
        (AsOf::Position(Position(1)), Position(1), None),
        (AsOf::Instant(noon_and(-1)), Position(0), None),
        // An instant that is to come may still resolve to something else, and says so.
        (AsOf::Instant(noon_and(2 * SECOND)), Position(1), Some(false)),
    ];
    for (as_of, position, settled) in asked {
        let resolved = at_once(scene.organization.reader(as_of, None)).expect("it can be asked").resolved();
        assert_eq!((resolved.when.place.position(), resolved.settled), (position, settled), "{as_of}");
    }
    drop(hold);
    assert!(pending.await.is_ok());
}

#[tokio::test]
async fn what_an_instant_resolved_to_stays_however_the_clock_jumps() {
    let (scene, clock) = at_noon().await;
    let mut told: Vec<(Timestamp, Position)> = Vec::new();
    for (number, jump) in [10, 5, 5, 0, 60, 20, -3_600, 61, 3_600, 7].into_iter().enumerate() {
        let now = noon_and(jump * SECOND);
        clock.set(now);
        told.push((now, place(&scene, now).await));
        enqueue(&scene, &[&format!("e{number}")]).await.await.expect("it is stored");
        for (instant, position) in &told {
            assert_eq!(place(&scene, *instant).await, *position, "{instant} after a jump to {now}");
        }
    }
    // Where the clock stood at an instant that had been told, the next commit came after it.
    assert_eq!((told[0], told[2].1), ((noon_and(10 * SECOND), Position(1)), Position(1)));
}

#[tokio::test]
async fn commands_decided_on_a_failed_write_fail_with_it() {
    let (scene, _clock) = at_noon().await;
    let before = scene.organization.status();
    scene.store.fail_next_append(Failure::BeforeWrite);
    let hold = scene.store.hold_appends();
    // The failure comes before the sync, so what holds this up is the one after it.
    let first = enqueue(&scene, &["d1", "d2"]).await;
    let on_top = [enqueue(&scene, &["d3"]).await, enqueue(&scene, &["d1"]).await, enqueue(&scene, &["d4", "d5"]).await];
    drop(hold);
    assert!(matches!(first.await, Err(CommandError::Store(_))));
    for pending in on_top {
        assert!(matches!(pending.await, Err(CommandError::Store(_))));
    }
    assert_eq!(scene.organization.status(), before);
    let views = scene.organization.at_head();
    assert_eq!(views.tip(), scene.organization.head(), "nothing is left above the head");
}

#[tokio::test]
async fn a_group_decided_while_another_is_written_fails_with_it() {
    let (scene, _clock) = at_noon().await;
    let before = scene.organization.status();
    scene.store.fail_next_append(Failure::AfterWrite);
    let hold = scene.store.hold_appends();
    let first = enqueue(&scene, &["d1", "d2"]).await;
    hold.until_reached();
    let refused = enqueue(&scene, &["d1"]).await;
    let second = enqueue(&scene, &["d3"]).await;
    until_decided(&scene, 4).await;
    drop(hold);
    for pending in [first, refused, second] {
        assert!(matches!(pending.await, Err(CommandError::Store(_))));
    }
    assert_eq!(scene.organization.status(), before);
    assert_eq!(scene.organization.at_head().tip(), Position(1));
    assert!(matches!(enqueue(&scene, &["d9"]).await.await, Err(CommandError::Store(_))), "no more is taken");
}

#[tokio::test]
async fn a_refusal_waits_for_the_write_that_it_was_decided_on() {
    let (scene, _clock) = at_noon().await;
    let hold = scene.store.hold_appends();
    let first = enqueue(&scene, &["d1", "d2"]).await;
    hold.until_reached();
    let mut refused = enqueue(&scene, &["d1"]).await;
    let second = enqueue(&scene, &["d3"]).await;
    until_decided(&scene, 4).await;
    assert!(waits(Pin::new(&mut refused)), "what it was decided on is not stored");
    drop(hold);
    let answers = refused.await.expect("it is decided");
    assert_eq!(answers[0].refusal().map(|refusal| refusal.code), Some(Code::Exists));
    assert!(first.await.is_ok() && second.await.is_ok());
    // The first, the two together, and what had gathered meanwhile.
    assert_eq!(scene.store.syncs(), 3);
}

#[tokio::test]
async fn an_id_of_the_group_being_written_is_answered_when_that_is_stored() {
    let (scene, _clock) = at_noon().await;
    let hold = scene.store.hold_appends();
    let line = json!({"id": "c-1", "command": {"create_definition": {"definition": "d1"}}});
    let known = || Submission::from_value(&line);
    let batch = |submissions| Batch { submissions, how: How::default() };
    let send = |batch| scene.organization.enqueue(batch);
    let first = send(batch(vec![known(), create("d2")])).await.expect("it is taken");
    hold.until_reached();
    let again = send(batch(vec![known()])).await.expect("it is taken");
    drop(hold);
    let [Answer::Accepted(first), _] = &first.await.expect("it is stored")[..] else { panic!("two were sent") };
    let [Answer::Accepted(again)] = &again.await.expect("it is stored")[..] else { panic!("one was sent") };
    assert!(again.replayed);
    assert_eq!((again.position, &again.events), (first.position, &first.events));
}

#[tokio::test]
async fn a_list_of_who_may_goes_on_at_its_position_while_commands_change_everything() {
    let (scene, _clock) = at_noon().await;
    let send = async |commands: Vec<serde_json::Value>| {
        let parsed = commands
            .into_iter()
            .map(|command| Submission::from_value(&json!({ "command": command, "actor": "user:chief" })));
        let batch = Batch { submissions: parsed.collect(), how: How::default() };
        let answers = scene.organization.submit(batch).await.expect("they are stored");
        assert_eq!(answers.iter().find_map(Answer::refusal), None);
    };
    let granted = |number: usize| json!({"grant": {"on": "definition:d0", "to": format!("user:u{number:04}"), "access": ["register"]}});
    send(vec![json!({"appoint_org_admin": {"user": "chief"}})]).await;
    send((0..700).map(granted).collect()).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("the head can be asked");
    let resolved = reader.resolved();
    let (resource, action) = ("definition:d0".parse().expect("it is one"), Action::Register);
    let who = async || reader.who(action, &resource).await.expect("it can be asked");
    let first = who().await;
    assert_eq!(first.subjects.len(), 701);
    // As `who` does it, with commands between one slice and the next: some lose it, and others come.
    let mut subjects = Vec::new();
    for (round, begin) in (0..1_024_u32).step_by(256).enumerate() {
        let slice: Vec<u32> = (begin..begin + 256).collect();
        let among = scene.organization.ask(|views| {
            let among = views.who_among(&slice, action, &resource, resolved.when).into_iter();
            among.map(|index| Asker::User(views.directory.users.id(slice[index]).clone())).collect::<Vec<_>>()
        });
        subjects.extend(among.expect("all is in memory"));
        send((0..50).map(|number| granted(1_000 + round * 50 + number)).collect()).await;
        let revoked = |number: usize| json!({"revoke": {"on": "definition:d0", "to": format!("user:u{number:04}")}});
        send((0..100).map(|number| revoked(round * 150 + number)).collect()).await;
    }
    subjects.sort();
    let with = scene.organization.ask(|views| views.who_with(subjects.clone(), action, &resource, resolved.when));
    assert_eq!(with.expect("all is in memory"), first);
    assert_eq!(who().await, first);
}
