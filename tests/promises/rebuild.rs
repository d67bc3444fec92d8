//! A rebuild folds from zero beside the live views, compares and swaps; what was spoiled is found; what was stopped goes
//! on.

use crate::scene::{Scene, office};
use async_trait::async_trait;
use caseward::engine::{
    Batch, Engine, How, OnDifference, Options, Organization, Outcome, Plan, RebuildError, Rebuilt, SystemClock,
};
use caseward::events::event::GrantUpdated;
use caseward::events::{Event, OrganizationName, Position, Rights, codec};
use caseward::projections::{AsOf, Decision, Projection, Question, ViewDifference};
use caseward::seams::{
    Durability, Encoded, Epoch, Generation, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, Storage,
    StoreError, TreeState, Trees, Vault,
};
use caseward::store::{Access, FjallStore, FjallViews, MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Semaphore;

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
async fn other_projections_are_swapped_beside_one_that_differs_which_is_told() {
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
async fn what_differs_is_served_once_it_is_accepted_and_told_all_the_same() {
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
async fn an_id_that_only_the_log_has_is_found_and_stands_in_the_way_of_every_projection() {
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

/// Lets a store be scanned so many times and no more, until more is allowed.
struct Gate {
    store: MemoryStore,
    scans: Arc<Semaphore>,
}

#[async_trait]
impl Log for Gate {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.store.claim().await
    }
    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        self.store.append(epoch, group).await
    }
    async fn read(&self, of: OrganizationNumber, from: Position, bytes: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.store.read(of, from, bytes).await
    }
    async fn scan(
        &self,
        of: OrganizationNumber,
        from: Position,
        bytes: usize,
        into: Encoded,
    ) -> Result<Encoded, StoreError> {
        self.scans.acquire().await.expect("it stays open").forget();
        self.store.scan(of, from, bytes, into).await
    }
    async fn head(&self, of: OrganizationNumber) -> Result<Position, StoreError> {
        self.store.head(of).await
    }
    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl Vault for Gate {
    fn keyring(&self) -> &dyn Keyring {
        self.store.keyring()
    }
}

#[async_trait]
impl Trees for Gate {
    async fn tree_state(&self, of: OrganizationNumber) -> Result<TreeState, StoreError> {
        self.store.tree_state(of).await
    }
    async fn tree_at(&self, of: OrganizationNumber, from: TreeState, to: Position) -> Result<TreeState, StoreError> {
        self.store.tree_at(of, from, to).await
    }
    async fn begins_with(&self, of: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        self.store.begins_with(of, tree).await
    }
}

#[async_trait]
impl Durability for Gate {
    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }
}

/// An engine whose log takes several scans, behind a gate.
struct Gated {
    scans: Arc<Semaphore>,
    engine: Engine,
    organization: Organization,
}

const OPEN: usize = 1 << 20;

impl Gated {
    async fn over(store: &MemoryStore, views: &MemoryViews) -> Gated {
        let scans = Arc::new(Semaphore::new(OPEN));
        let gate = Gate { store: store.clone(), scans: Arc::clone(&scans) };
        let (gate, views) = (Arc::new(gate), Arc::new(views.clone()));
        let engine = Engine::open_with(gate, Options::new(views, Arc::new(SystemClock))).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        scans.forget_permits(OPEN);
        Gated { scans, engine, organization }
    }

    async fn rebuilt(&self, plan: Plan) -> Rebuilt {
        self.scans.add_permits(OPEN);
        self.organization.rebuild(plan).await.expect("it folds")
    }

    fn generation_of(&self, projection: Projection) -> Generation {
        self.organization.generation_of(projection)
    }
}

/// A log of some megabytes: several slices of a fold.
async fn long_log() -> (MemoryStore, Position) {
    log_with(800).await
}

async fn log_with(grants: usize) -> (MemoryStore, Position) {
    let scene = office().await;
    let reason = "because ".repeat(500);
    let line = |number: usize| {
        json!({"id": format!("c{number}"), "actor": "user:oa", "reason": reason,
        "command": {"grant": {"on": "case:C1", "to": format!("user:u{number}")}}})
    };
    let lines = (0..grants).map(|number| line(number).to_string());
    let submissions = lines.map(|line| caseward::events::Submission::parse(line.as_bytes())).collect();
    let batch = Batch { submissions, how: How::default() };
    let answers = scene.organization.submit(batch).await.expect("memory does not fail");
    assert!(answers.iter().all(|answer| answer.refusal().is_none()));
    (scene.store.fork(), scene.organization.head())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_stopped_goes_on_from_there_and_one_that_is_paused_waits() {
    // More slices than it is let read before it is stopped, however many of those it had asked for already.
    let (store, head) = log_with(2_400).await;
    let views = MemoryViews::new();
    let gated = Gated::over(&store, &views).await;
    let rebuilding = gated.organization.begin_rebuild(Plan::default()).expect("none is running");
    let control = rebuilding.control();
    let another = gated.organization.begin_rebuild(Plan::default());
    assert!(matches!(another, Err(RebuildError::Running)));
    // It may have looked for a wish already, and waits for the first of three slices; not for another.
    control.pause();
    gated.scans.add_permits(3);
    for _ in 0..20_000 {
        tokio::task::yield_now().await;
    }
    assert!(control.progress().paused && gated.scans.available_permits() >= 2);
    control.resume();
    while gated.scans.available_permits() > 0 || control.progress().done == Position::ZERO {
        tokio::task::yield_now().await;
    }
    assert!(control.progress().events_per_second > 0);
    control.stop();
    gated.scans.add_permits(1);
    let stopped = rebuilding.finished().await.expect("it stops");
    assert_eq!(stopped.outcome, Outcome::Stopped);
    assert!(stopped.position > Position::ZERO && stopped.position < head, "{stopped:?}");
    drop(gated);
    // After a restart, too.
    let again = Gated::over(&store.fork(), &views.fork()).await;
    let rebuilt = again.rebuilt(Plan::default()).await;
    assert_eq!((rebuilt.outcome, rebuilt.from), (Outcome::Swapped, stopped.position));
    assert_eq!((rebuilt.generation, rebuilt.position), (stopped.generation, head));
    assert_eq!(rebuilt.differences, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_killed_after_any_write_leaves_all_as_it_was_and_goes_on() {
    let (store, head) = long_log().await;
    let views = MemoryViews::new();
    let first = Gated::over(&store, &views).await;
    first.engine.checkpoint().await.expect("it is saved");
    let often = Plan { save_every: Some(1), ..Plan::default() };
    let counted = views.fork();
    Gated::over(&store.fork(), &counted).await.rebuilt(often.clone()).await;
    let (steps, mut went_on) = (counted.steps(), 0);
    assert!(steps > 12, "only {steps} steps");
    // Saved on its way, and only at its end.
    for (killed, plan) in (0..steps).flat_map(|step| [(step, often.clone()), (step, Plan::default())]) {
        let disk = views.fork();
        let dying = Gated::over(&store.fork(), &disk).await;
        disk.fail_after(killed);
        dying.scans.add_permits(OPEN);
        let _ = dying.organization.rebuild(plan).await;
        let left = disk.fork();
        let again = Gated::over(&store.fork(), &left).await;
        assert_eq!(again.engine.remarks(), [""; 0], "step {killed}");
        assert_eq!(again.organization.status().checkpoint, head, "step {killed}");
        let rebuilt = again.rebuilt(Plan::default()).await;
        assert_eq!((rebuilt.outcome, rebuilt.differences), (Outcome::Swapped, Vec::new()), "step {killed}");
        assert_eq!(rebuilt.not_saved, None);
        went_on += usize::from(rebuilt.from > Position::ZERO);
        let last = Gated::over(&store.fork(), &left.fork()).await;
        assert_eq!(last.generation_of(Projection::Ids), rebuilt.generation);
        assert_eq!(last.organization.status().checkpoint, head);
    }
    assert!(went_on > 3, "only {went_on} went on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_cancelled_leaves_nothing_while_it_runs_or_after() {
    let (store, _) = long_log().await;
    let views = MemoryViews::new();
    for stops_first in [false, true] {
        let gated = Gated::over(&store, &views).await;
        let plan = Plan { save_every: Some(1), ..Plan::default() };
        let rebuilding = gated.organization.begin_rebuild(plan).expect("none is running");
        gated.scans.add_permits(2);
        let control = rebuilding.control();
        while gated.scans.available_permits() > 0 || control.progress().done == Position::ZERO {
            tokio::task::yield_now().await;
        }
        if stops_first {
            control.stop()
        } else {
            control.cancel()
        }
        gated.scans.add_permits(1);
        let outcome = rebuilding.finished().await.expect("it ends").outcome;
        drop(control);
        let gone = gated.organization.cancel_rebuild().await.expect("it is taken away");
        let expected = if stops_first { (Outcome::Stopped, true) } else { (Outcome::Cancelled, false) };
        assert_eq!((outcome, gone.is_some()), expected);
        assert_eq!(views.shelves(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_generation_stays_until_it_is_dropped_and_each_projection_has_its_own() {
    let (store, head) = long_log().await;
    let views = MemoryViews::new();
    let gated = Gated::over(&store, &views).await;
    gated.engine.checkpoint().await.expect("it is saved");
    gated.rebuilt(Plan::default()).await;
    gated.rebuilt(of(&[Projection::CaseAccess])).await;
    let numbers = |views: &MemoryViews| views.shelves().iter().map(|shelf| shelf.generation.0).collect::<Vec<_>>();
    assert_eq!(numbers(&views), [1, 2, 3]);
    let own = [Projection::CaseAccess, Projection::Policy].map(|one| gated.generation_of(one).0);
    assert_eq!(own, [3, 2]);
    let again = Gated::over(&store.fork(), &views.fork()).await;
    assert_eq!(again.organization.status().checkpoint, head);
    let dropped = again.organization.drop_old().await.expect("they are dropped");
    assert_eq!(dropped, [Generation(1), Generation(2)]);
    assert_eq!(again.organization.drop_old().await.expect("there is nothing"), []);
    gated.organization.drop_old().await.expect("they are dropped");
    assert_eq!(numbers(&views), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_disk_a_generation_is_served_after_a_restart_and_the_first_one_can_be_dropped() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut answered = None;
    for round in 0..4 {
        let store = Arc::new(FjallStore::open(folder.path(), Access::Create).expect("it opens"));
        let views = Arc::new(FjallViews::open(folder.path()));
        let kept: Arc<dyn Storage> = Arc::<FjallStore>::clone(&store);
        let engine = Engine::open_with(kept, Options::new(views, Arc::new(SystemClock))).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        assert_eq!(engine.remarks(), [""; 0]);
        let line =
            json!({"id": "once", "actor": "user:oa", "command": {"add_member": {"group": "g", "member": "user:a"}}});
        let answers = organization.submit(Batch::one(line.to_string().as_bytes(), How::default())).await;
        let position = answers.expect("it is taken")[0].to_json()["position"].clone();
        assert_eq!(
            *answered.get_or_insert_with(|| position.clone()),
            position,
            "a repeated id answers as the first time"
        );
        engine.checkpoint().await.expect("it is saved");
        assert_eq!(organization.status().checkpoint, organization.head());
        let rebuilt = organization.rebuild(Plan::default()).await.expect("it folds");
        assert_eq!((rebuilt.outcome, rebuilt.not_saved, rebuilt.generation.0), (Outcome::Swapped, None, round + 2));
        let dropped = if round == 1 { vec![Generation(1), Generation(2)] } else { Vec::new() };
        if round == 1 {
            assert_eq!(organization.drop_old().await.expect("they are dropped"), dropped);
        }
        drop((engine, organization));
        while Arc::strong_count(&store) > 1 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn positions_are_resolved_in_what_was_swapped_in_as_before() {
    let scene = office().await;
    let at = AsOf::Position(Position(2));
    let before = scene.organization.reader(at, None).await.expect("it is there").resolved();
    rebuilt(&scene, Plan::default()).await;
    assert_eq!(scene.organization.reader(at, None).await.expect("it is there").resolved(), before);
}
