//! Dry runs beside the writer: each is that of a quiet store at the position that it names, and harms no one.

use crate::panicked::Fragile;
use crate::scene::{Scene, office};
use caseward::engine::{
    Accepted, Answer, Batch, CommandError, Engine, How, ManualClock, Organization, Source, SystemClock,
};
use caseward::events::{OrganizationName, Position, Submission};
use caseward::projections::AsOf;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

/// Nobody waits longer than this for anything.
const SOON: Duration = Duration::from_secs(20);
/// Commands of one dry run.
const TOGETHER: usize = 3;
/// Commands that are stored before the writer waits for another dry run.
const BETWEEN: usize = 4;

const DRY: How = How { source: Source::Import, atomic: false, dry_run: true };
const ATOMIC: How = How { atomic: true, ..DRY };

/// Long after everything that is imported.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2030-01-01T00:00:00Z".parse().expect("an instant")))
}

/// Commands of all kinds, each with an id: one that is made up would be another each time.
fn lines() -> Vec<String> {
    let path = format!("{}/tests/datasets/drawn-a/commands.jsonl", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(path).expect("it is shipped");
    let with_id = |(number, line): (usize, &str)| {
        let mut command: Value = serde_json::from_str(line).expect("it is JSON");
        if command["id"].is_null() {
            command["id"] = json!(format!("line-{number}"));
        }
        command.to_string()
    };
    lines.lines().enumerate().map(with_id).collect()
}

fn batch(lines: &[String], how: How) -> Batch {
    Batch { submissions: lines.iter().map(|line| Submission::parse(line.as_bytes())).collect(), how }
}

async fn run(organization: &Organization, lines: &[String], how: How) -> Vec<Value> {
    let answers = organization.submit(batch(lines, how)).await.expect("memory does not fail");
    answers.iter().map(Answer::to_json).collect()
}

/// What is run dry while the command of a number is stored: others behind it, and some that are stored by then.
fn tried(lines: &[String], number: usize) -> (&[String], How) {
    let from = (number * 7) % (lines.len() - TOGETHER);
    (&lines[from..from + TOGETHER], if number.is_multiple_of(2) { DRY } else { ATOMIC })
}

/// What each of so many dry runs says at every position.
async fn quiet(lines: &[String], many: usize) -> Vec<(Position, Vec<Vec<Value>>)> {
    let scene = Scene::with_clock(clock()).await;
    let mut told = Vec::new();
    for before in 0..=lines.len() {
        let mut of_this = Vec::new();
        for number in 0..many.min(lines.len()) {
            let (tried, how) = tried(lines, number);
            of_this.push(run(&scene.organization, tried, how).await);
        }
        told.push((scene.organization.head(), of_this));
        if let Some(line) = lines.get(before) {
            run(&scene.organization, std::slice::from_ref(line), How { dry_run: false, ..DRY }).await;
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_beside_commands_is_that_of_a_quiet_store_at_its_position() {
    let lines = lines();
    let scene = Scene::with_clock(clock()).await;
    let (over, tries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let trying = tokio::spawn({
        let (organization, lines) = (scene.organization.clone(), lines.clone());
        let (over, tries) = (Arc::clone(&over), Arc::clone(&tries));
        async move {
            let mut told = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let number = tries.load(Ordering::Relaxed) % lines.len();
                let (tried, how) = tried(&lines, number);
                let before = organization.head();
                let answers = run(&organization, tried, how).await;
                told.push((number, before..=organization.head(), answers));
                tries.fetch_add(1, Ordering::Relaxed);
            }
            told
        }
    });
    for together in lines.chunks(BETWEEN) {
        let before = tries.load(Ordering::Relaxed);
        for line in together {
            run(&scene.organization, std::slice::from_ref(line), How { dry_run: false, ..DRY }).await;
        }
        while tries.load(Ordering::Relaxed) == before && !trying.is_finished() {
            tokio::task::yield_now().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let told = trying.await.expect("every dry run is answered");
    assert!(told.len() >= lines.len() / BETWEEN, "only {} dry runs", told.len());
    let quiet = quiet(&lines, lines.len()).await;
    for (number, heads, answers) in told {
        let at = quiet.iter().filter(|(head, _)| heads.contains(head));
        let named = answers.iter().filter(|answer| answer["replayed"] != true);
        let named = named.filter_map(|answer| answer["events"][0]["position"].as_u64()).next();
        // The first of them that does anything says where it stands.
        let mut at = at.filter(|(head, _)| named.is_none_or(|first| first == head.0 + 1));
        let told = json!(at.clone().map(|(head, of_this)| json!([head, of_this[number]])).collect::<Vec<_>>());
        assert!(at.any(|(_, of_this)| of_this[number] == answers), "{number}, {heads:?}: {}\n{told}", json!(answers));
    }
    let whole = Scene::with_clock(clock()).await;
    run(&whole.organization, &lines, How { dry_run: false, ..DRY }).await;
    let counted = |scene: &Scene| {
        let status = scene.organization.status();
        (status.head, status.users, status.groups, status.definitions, status.cases, status.command_ids)
    };
    assert_eq!(counted(&scene), counted(&whole), "and nothing of them is left");
}

fn grant(case: &str, to: &str) -> Batch {
    let command = json!({"actor": "user:oa", "command": {"grant": {"on": format!("case:{case}"), "to": to}}});
    Batch { submissions: vec![Submission::from_value(&command)], how: How::default() }
}

fn dry(batch: Batch) -> Batch {
    Batch { how: How { dry_run: true, ..batch.how }, ..batch }
}

fn create(definition: &str) -> Batch {
    let command = json!({"command": {"create_definition": {"definition": definition}}});
    Batch { submissions: vec![Submission::from_value(&command)], how: How::default() }
}

/// A store that may be told to panic, with an engine over it.
async fn opened() -> (Fragile, Engine, Organization) {
    let fragile = Fragile::default();
    let engine = Engine::open(Arc::new(fragile.clone()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    (fragile, engine, organization)
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("nobody waits for ever")
}

fn accepted(answers: Vec<Answer>) -> Accepted {
    match answers.into_iter().next() {
        Some(Answer::Accepted(accepted)) => accepted,
        other => panic!("it is accepted: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_waits_for_no_write_and_is_decided_at_the_head_that_is_published() {
    let scene = office().await;
    let head = scene.organization.head();
    let hold = scene.store.hold_appends();
    let real = scene.organization.enqueue(grant("C1", "user:a")).await.expect("it is taken");
    hold.until_reached();
    for _ in 0..2 {
        let told = accepted(soon(scene.organization.submit(dry(grant("C1", "user:a")))).await.expect("it is answered"));
        assert_eq!((told.position, told.foreseen.and_then(|changes| changes.pairs)), (head.next(), Some(1)));
    }
    drop(hold);
    soon(real).await.expect("it is stored");
    let told = soon(scene.organization.submit(dry(grant("C1", "user:a")))).await.expect("it is answered");
    assert!(told[0].refusal().is_some(), "by then it is granted: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_that_panics_harms_no_one_and_the_next_is_right() {
    let (fragile, _engine, organization) = opened().await;
    soon(organization.submit(dry(create("a")))).await.expect("it is answered");
    soon(organization.submit(create("a"))).await.expect("it is stored");
    // What came since the last dry run is read from the log.
    fragile.panics_reading(true);
    let error = soon(organization.submit(dry(create("b")))).await.expect_err("it panicked");
    assert!(matches!(error, CommandError::Cases(_)), "{error:?}");
    soon(organization.submit(create("b"))).await.expect("commands are taken all the same");
    fragile.panics_reading(false);
    let told = accepted(soon(organization.submit(dry(create("c")))).await.expect("it is answered"));
    assert_eq!(told.position, Position(3));
    let again = soon(organization.submit(dry(create("b")))).await.expect("it is answered");
    assert!(again[0].refusal().is_some(), "it is there already");
    let reader = organization.reader(AsOf::Head, None).await.expect("it can be asked");
    assert!(!reader.exists(&"definition:c".parse().expect("a resource")).await.expect("it can be asked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_dry_runs_wait_and_the_next_waits_for_room() {
    const WAITING: usize = 4_096;
    let (fragile, _engine, organization) = opened().await;
    soon(organization.submit(dry(create("a")))).await.expect("it is answered");
    soon(organization.submit(create("a"))).await.expect("it is stored");
    let many = (0..WAITING).flat_map(|number| create(&format!("d{number}")).submissions).collect();
    let many = dry(Batch { submissions: many, how: How::default() });
    // The next one has to read what came since, and cannot.
    let held = fragile.holds_readers().await;
    let many = soon(organization.enqueue(many)).await.expect("there is room for all of them");
    let mut next = Box::pin(organization.enqueue(dry(create("b"))));
    let polled = next.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "and for no more");
    soon(organization.submit(create("c"))).await.expect("commands have room of their own");
    drop(held);
    assert_eq!(soon(many).await.expect("they are answered").len(), WAITING);
    let answers = soon(soon(next).await.expect("there is room")).await.expect("it is answered");
    assert_eq!(accepted(answers).position, Position(3));
}
