//! A rebuild folds from zero beside the live views, compares and swaps; what was spoiled is found; what was stopped goes
//! on.

mod gate;
mod generations;
mod stopped;

use crate::scene::{Scene, office};
use caseward::engine::{
    Batch, Engine, How, OnDifference, Options, Organization, Outcome, Plan, RebuildError, Rebuilt, Retelling,
    SystemClock,
};
use caseward::events::event::GrantUpdated;
use caseward::events::{Event, OrganizationName, Position, Rights, codec};
use caseward::projections::{AsOf, Decision, Projection, Question, ViewDifference, Views};
use caseward::seams::{Generation, OrganizationNumber, Storage};
use caseward::store::{Access, FjallStore, FjallViews, MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn of(projections: &[Projection]) -> Plan {
    Plan { projections: projections.to_vec(), ..Plan::default() }
}

fn accepting(plan: Plan) -> Plan {
    Plan { on_difference: OnDifference::Accept, ..plan }
}

async fn rebuilt(scene: &Scene, plan: Plan) -> Rebuilt {
    scene.organization.rebuild(plan).await.expect("it folds")
}

fn grant(to: &str) -> Value {
    json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": to}}})
}

#[tokio::test]
async fn equal_projections_are_swapped_one_or_all() {
    let scene = office().await;
    for (number, projections) in [(2, &[Projection::CaseAccess][..]), (3, &Projection::ALL)] {
        let rebuilt = rebuilt(&scene, of(projections)).await;
        assert_eq!((rebuilt.position, rebuilt.differences), (scene.organization.head(), Vec::new()));
        assert_eq!((rebuilt.outcome, rebuilt.generation), (Outcome::Swapped, Generation(number)));
    }
    // The swapped views go on taking commands.
    assert!(scene.apply(&grant("user:a")).await.refusal().is_none());
    for projection in Projection::ALL {
        assert_eq!(rebuilt(&scene, of(&[projection])).await.outcome, Outcome::Swapped, "{projection}");
        assert!(scene.apply(&grant(&format!("user:{projection}"))).await.refusal().is_none());
    }
}

/// An office whose log gives `write` where the live views give `read`: to two users, at these positions.
async fn spoiled() -> (Scene, [Position; 2]) {
    let scene = office().await;
    let mut positions = [Position::ZERO; 2];
    for (position, to) in positions.iter_mut().zip(["user:ana", "user:ben"]) {
        scene.apply(&grant(to)).await;
        *position = scene.organization.head();
        let read = scene.organization.event(*position).await.expect("it reads");
        let mut event = read.expect("it is there");
        let Event::AccessGranted(granted) = &mut event.event else { panic!("{event:?}") };
        granted.rights = Rights::WRITE;
        scene.store.replace(OrganizationNumber::DEFAULT, *position, codec::encode(&event));
    }
    (scene, positions)
}

#[tokio::test]
async fn as_many_differences_are_listed_as_the_page_says() {
    // So many cases have another entry in the log than in the views.
    let differing = async |cases: usize| {
        let scene = office().await;
        for case in 0..cases {
            let case = format!("N{case}");
            let opened = json!({"open_case": {"case": case, "definition": "D1", "creator": "maker"}});
            scene.apply(&json!({"actor": "user:oa", "command": opened})).await;
            let grant = json!({"grant": {"on": format!("case:{case}"), "to": "user:ana"}});
            scene.apply(&json!({"actor": "user:oa", "command": grant})).await;
            let head = scene.organization.head();
            let mut event = scene.organization.event(head).await.expect("it reads").expect("it is there");
            let Event::AccessGranted(granted) = &mut event.event else { panic!("{event:?}") };
            granted.rights = Rights::WRITE;
            scene.store.replace(OrganizationNumber::DEFAULT, head, codec::encode(&event));
        }
        rebuilt(&scene, Plan::default()).await.differences.len()
    };
    assert_eq!(differing(20).await, 20);
    assert_eq!(differing(10_000).await, 10_000);
    assert_eq!(differing(10_001).await, 10_000);
}

async fn may_write(scene: &Scene, user: &str) -> bool {
    let question = json!({"subject": user, "action": "write", "resource": "case:C1"});
    let question = Question::parse(question.to_string().as_bytes()).expect("it is one");
    scene.organization.check(&question).await.expect("it can be asked").decision
}

#[tokio::test]
async fn a_row_that_was_spoiled_is_named_with_its_events_and_the_live_views_stay() {
    let (scene, positions) = spoiled().await;
    for _ in 0..2 {
        let rebuilt = rebuilt(&scene, Plan::default()).await;
        let [difference] = rebuilt.differences.as_slice() else { panic!("{rebuilt:?}") };
        assert_eq!((difference.projection, difference.of.as_str()), (Projection::CaseAccess, "case:C1"));
        assert_eq!(difference.positions, positions);
        assert_ne!(difference.live, difference.rebuilt);
        assert_eq!((rebuilt.outcome, rebuilt.rows_that_differ), (Outcome::Refused, 1));
        assert!(!may_write(&scene, "user:ana").await);
    }
}

#[tokio::test]
async fn other_projections_are_swapped_while_the_one_that_differs_is_reported() {
    let (scene, _) = spoiled().await;
    for projection in Projection::ALL.into_iter().filter(|one| *one != Projection::CaseAccess) {
        let rebuilt = rebuilt(&scene, of(&[projection])).await;
        assert_eq!((rebuilt.outcome, &rebuilt.differences), (Outcome::Swapped, &Vec::new()), "{projection}");
        assert_eq!(rebuilt.others, [Projection::CaseAccess], "{projection}");
    }
    assert!(!may_write(&scene, "user:ana").await);
    assert_eq!(rebuilt(&scene, Plan::default()).await.outcome, Outcome::Refused);
}

#[tokio::test]
async fn an_accepted_difference_is_swapped_in_and_still_reported() {
    for projections in [&[Projection::CaseAccess][..], &Projection::ALL] {
        let (scene, positions) = spoiled().await;
        let rebuilt = rebuilt(&scene, accepting(of(projections))).await;
        assert_eq!(rebuilt.outcome, Outcome::Swapped);
        let told: Vec<_> = rebuilt.differences.iter().map(|one: &ViewDifference| one.positions.clone()).collect();
        assert_eq!(told, [positions.to_vec()]);
        assert!(may_write(&scene, "user:ana").await && may_write(&scene, "user:ben").await);
        let again = scene.organization.rebuild(Plan::default()).await.expect("it folds");
        assert_eq!(again.differences, []);
    }
}

#[tokio::test]
async fn an_id_missing_from_the_live_views_is_found_and_blocks_every_projection() {
    let scene = office().await;
    scene.apply(&grant("user:ana")).await;
    let head = scene.organization.head();
    let mut event = scene.organization.event(head).await.expect("it reads").expect("it is there");
    event.command_id = "another".parse().expect("an id");
    scene.store.replace(OrganizationNumber::DEFAULT, head, codec::encode(&event));
    for plan in [Plan::default(), of(&[Projection::Policy]), accepting(of(&[Projection::Policy]))] {
        let rebuilt = rebuilt(&scene, plan).await;
        assert_eq!(rebuilt.outcome, Outcome::Refused);
        let told: Vec<_> = rebuilt.differences.iter().map(|one| (one.projection, one.of.as_str())).collect();
        assert!(told.contains(&(Projection::Ids, "the command id another")), "{told:?}");
        assert!(rebuilt.differences.iter().all(|one| one.positions == [head]), "{rebuilt:?}");
    }
    assert_eq!(rebuilt(&scene, accepting(Plan::default())).await.outcome, Outcome::Swapped);
}

#[tokio::test]
async fn an_event_that_does_not_fit_is_corruption_with_its_position() {
    let scene = office().await;
    let mut spoiled = scene.organization.event(Position(3)).await.expect("it reads").expect("it is there");
    spoiled.event = GrantUpdated {
        on: "case:nobody-opened-it".parse().expect("a list"),
        to: "user:a".parse().expect("a subject"),
        rights: Rights::READ,
        valid_from: None,
        valid_until: None,
        origin: None,
    }
    .into();
    spoiled.stream_version = 1;
    scene.store.replace(OrganizationNumber::DEFAULT, Position(3), codec::encode(&spoiled));
    let failed = scene.organization.rebuild(Plan::default()).await;
    let failed = failed.expect_err("it names a case that does not exist");
    let causes: Vec<_> =
        std::iter::successors(Some(&failed as &dyn std::error::Error), |error| error.source()).collect();
    let told = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    assert!(told.contains("event 3 names `case:nobody-opened-it`"), "{told}");
    // What ends something that never began, and what begins it twice.
    let scene = office().await;
    for command in
        [json!({"restrict_case": {"case": "C1", "entries": []}}), json!({"lift_restriction": {"case": "C1"}})]
    {
        let answer = scene.apply(&json!({"actor": "user:oa", "command": command})).await;
        assert!(answer.refusal().is_none(), "{command}");
    }
    let event =
        async |position| scene.organization.event(Position(position)).await.expect("it reads").expect("it is there");
    let (mut restricted, mut lifted) = (event(5).await, event(6).await);
    std::mem::swap(&mut restricted.event, &mut lifted.event);
    for (spoiled, why) in
        [(restricted, "event 5 names `restriction:C1`"), (lifted, "event 6 makes `restriction:C1` a second time")]
    {
        let position = spoiled.position;
        let whole = event(position.0).await;
        scene.store.replace(OrganizationNumber::DEFAULT, position, codec::encode(&spoiled));
        let failed = scene.organization.rebuild(Plan::default()).await.expect_err("it does not fit");
        let causes = std::iter::successors(Some(&failed as &dyn std::error::Error), |error| error.source());
        let told = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        assert!(told.contains(why), "{told}");
        scene.store.replace(OrganizationNumber::DEFAULT, position, codec::encode(&whole));
    }
}

// Beside a writer and readers.

/// What readers ask meanwhile, with what it answered before.
async fn settled_questions(scene: &Scene) -> Vec<(Question, Decision)> {
    let mut settled = Vec::new();
    for position in 1..=scene.organization.head().0 {
        for user in ["user:oa", "user:maker", "user:u1", "user:u7", "user:nobody"] {
            let question = json!({"subject": user, "action": "read", "resource": "case:C1", "as_of": position});
            let question = Question::parse(question.to_string().as_bytes()).expect("it is one");
            let answer = scene.organization.check(&question).await.expect("it can be asked");
            settled.push((question, answer));
        }
    }
    settled
}

/// Commands that are written beside one rebuild at most.
const WRITTEN_BESIDE_ONE: usize = 4_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_fails_or_is_wrong_while_rebuilds_swap_beside_a_running_writer() {
    let scene = Arc::new(office().await);
    for number in 0..20 {
        scene.apply(&grant(&format!("user:u{number}"))).await;
    }
    let settled = settled_questions(&scene).await;
    let (enough, written, asked) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    // So much is written beside one rebuild at most: where both share a core, it would never catch up.
    let written_max = AtomicUsize::new(WRITTEN_BESIDE_ONE);
    let shared = Arc::new((scene, settled, enough, written, asked, written_max));
    let writing = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let (scene, _, enough, written, _, written_max) = &*shared;
            while !enough.load(Ordering::Relaxed) {
                if written.load(Ordering::Relaxed) >= written_max.load(Ordering::Relaxed) {
                    tokio::task::yield_now().await;
                    continue;
                }
                let number = written.fetch_add(1, Ordering::Relaxed);
                let line = match number % 3 {
                    0 => json!({"open_case": {"case": format!("N{number}"), "definition": "D1", "creator": "maker"}}),
                    1 => json!({"grant": {"on": "case:C2", "to": format!("user:w{number}")}}),
                    _ => json!({"add_member": {"group": "g", "member": format!("user:w{}", number - 1)}}),
                };
                let line = json!({"actor": "user:oa", "command": line});
                assert!(scene.apply(&line).await.refusal().is_none());
            }
        }
    });
    let reading = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let (scene, settled, enough, _, asked, _) = &*shared;
            while !enough.load(Ordering::Relaxed) {
                for (question, expected) in settled {
                    let answer = scene.organization.check(question).await.expect("it is answered");
                    assert_eq!(answer, *expected, "{question:?}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let (scene, _, enough, written, asked, written_max) = &*shared;
    let (mut swapped, mut before) = (0, (0, 0));
    while swapped < 12 {
        let plan = if swapped % 2 == 0 { Plan::default() } else { of(&[Projection::CaseAccess]) };
        let rebuilt = scene.organization.rebuild(plan).await.expect("it folds");
        assert_eq!((rebuilt.outcome, rebuilt.differences), (Outcome::Swapped, Vec::new()));
        let now = (written.load(Ordering::Relaxed), asked.load(Ordering::Relaxed));
        // Only those count that others worked beside.
        swapped += usize::from(now.0 > before.0 && now.1 > before.1);
        before = now;
        written_max.store(now.0 + WRITTEN_BESIDE_ONE, Ordering::Relaxed);
    }
    enough.store(true, Ordering::Relaxed);
    writing.await.expect("it writes to its end");
    reading.await.expect("no answer is wrong");
    assert_eq!(scene.organization.rebuild(Plan::default()).await.expect("it folds").differences, []);
}

// Stopped, killed, cancelled.

/// What the log folds to, from its start up to a position.
async fn folded(scene: &Scene, up_to: Position) -> Views {
    let mut retelling = Retelling::new(OrganizationNumber::DEFAULT);
    let mut take = |_: Position, bytes: &[u8]| retelling.take(bytes).expect("it fits");
    scene.organization.scan(up_to, &mut take).await.expect("it can be read");
    retelling.settle().expect("it fits");
    retelling.into_views()
}

#[tokio::test]
async fn views_that_are_served_are_compared_with_the_log_without_being_swapped() {
    let (scene, positions) = spoiled().await;
    let head = scene.organization.head();
    // From wherever the fold stopped it goes on to the head.
    for up_to in [Position(3), head] {
        let fold = folded(&scene, up_to).await;
        let served = scene.organization.compare_served(fold).await.expect("it can be compared");
        let [difference] = served.differences.as_slice() else { panic!("{served:?}") };
        assert_eq!((difference.projection, difference.of.as_str()), (Projection::CaseAccess, "case:C1"));
        assert_eq!((&difference.positions[..], served.position), (&positions[..], head));
        assert!(!may_write(&scene, "user:ana").await, "nothing was swapped");
    }
    let scene = office().await;
    let fold = folded(&scene, Position(3)).await;
    let served = scene.organization.compare_served(fold).await.expect("it can be compared");
    assert_eq!((served.differences, served.position), (Vec::new(), scene.organization.head()));
    assert!(served.rows > 0, "rows were compared");
    assert!(scene.apply(&grant("user:a")).await.refusal().is_none(), "commands are taken afterwards");
}
