//! Views are kept beside the log: what was saved is never trusted without proof, and losing it costs only time.

mod ids;
mod other_logs;
mod running;

use crate::undo::all_commands;
use caseward::engine::{
    Answer, Batch, Engine, How, ManualClock, Options, Organization, SavedViews, SystemClock, compare_saved,
};
use caseward::events::{Code, OrganizationName, Position, Timestamp};
use caseward::projections::{Question, Views};
use caseward::seams::{Checkpoints, OrganizationNumber};
use caseward::store::{Access, FjallStore, FjallViews, MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An engine that keeps its views.
struct Keeping {
    engine: Engine,
    organization: Organization,
}

impl Keeping {
    async fn over(store: &MemoryStore, views: &MemoryViews) -> Keeping {
        let (store, views) = (Arc::new(store.clone()), Arc::new(views.clone()));
        Keeping::of(Engine::open_with(store, Options::new(views, Arc::new(SystemClock))).await.expect("it opens"))
    }

    async fn at(folder: &Path) -> Keeping {
        let store = FjallStore::open(folder, Access::Create).expect("it opens");
        let views = Arc::new(FjallViews::open(folder));
        let engine = Engine::open_with(Arc::new(store), Options::new(views, Arc::new(SystemClock))).await;
        Keeping::of(engine.expect("it opens"))
    }

    fn of(engine: Engine) -> Keeping {
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Keeping { engine, organization }
    }

    async fn send(&self, command: &Value, how: How) -> Answer {
        let batch = Batch::one(command.to_string().as_bytes(), how);
        let answers = self.organization.submit(batch).await.expect("it is taken");
        answers.into_iter().next().expect("one command has one answer")
    }

    async fn apply(&self, command: &Value) -> Answer {
        self.send(command, How::default()).await
    }

    /// The office of the other promises, and every kind of event.
    async fn fill(&self) {
        for command in office().into_iter().chain(all_commands()) {
            assert!(self.apply(&command).await.refusal().is_none(), "{command}");
        }
    }

    /// That these views are what the log folds to.
    async fn assert_right(&self) {
        let mut folded = Views::default();
        while folded.tip() < self.organization.head() {
            let events = self.organization.events(folded.tip().next()).await.expect("they are read");
            events.iter().for_each(|event| folded.apply(event).expect("it fits"));
        }
        let differences = self.organization.ask(|live| live.differences(&folded));
        assert_eq!(differences.expect("all is in memory"), []);
    }

    fn saved(&self) -> Position {
        self.organization.status().checkpoint
    }
}

fn office() -> Vec<Value> {
    let commands = [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
        json!({"open_case": {"case": "C2", "definition": "D1", "creator": "maker"}}),
    ];
    commands.into_iter().map(|command| json!({"actor": "user:oa", "command": command})).collect()
}

fn grant(id: &str, to: &str) -> Value {
    json!({"id": id, "actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": to}}})
}

/// As stored, apart from whether it came before.
fn first_answer(answer: &Answer) -> Value {
    let mut answer = answer.to_json();
    answer.as_object_mut().expect("an answer is an object").remove("replayed");
    answer
}

#[tokio::test]
async fn a_checkpoint_is_loaded_and_the_events_after_it_are_folded() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    first.engine.checkpoint().await.expect("it is saved");
    let saved = first.organization.head();
    assert_eq!(first.saved(), saved);
    first.apply(&grant("g", "user:tail")).await;
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    assert_eq!((again.saved(), again.organization.head()), (saved, saved.next()));
    assert_eq!(again.engine.remarks(), [""; 0]);
    again.assert_right().await;
    assert_eq!(again.organization.status(), first.organization.status());
    // And what opened goes on to be saved.
    again.engine.checkpoint().await.expect("it is saved");
    again.apply(&grant("h", "user:later")).await;
    again.assert_right().await;
}

#[tokio::test]
async fn without_a_checkpoint_the_log_is_folded_and_command_ids_are_known() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    let answer = first_answer(&first.apply(&grant("g", "user:x")).await);
    first.engine.checkpoint().await.expect("it is saved");
    let again = Keeping::over(&store.fork(), &MemoryViews::new()).await;
    assert_eq!(again.saved(), Position::ZERO);
    again.assert_right().await;
    assert_eq!(first_answer(&again.apply(&grant("g", "user:x")).await), answer);
}

#[tokio::test]
async fn a_checkpoint_that_ends_at_any_step_is_never_current_in_part() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    Keeping::over(&store, &views).await.fill().await;
    // Of a first one, which has several parts, and of one that follows another.
    for follows in [false, true] {
        let (store, before) = (store.fork(), MemoryViews::new());
        if follows {
            let keeping = Keeping::over(&store, &before).await;
            keeping.engine.checkpoint().await.expect("it is saved");
            keeping.apply(&grant("g", "user:x")).await;
            keeping
                .apply(&json!({"actor": "user:oa", "command": {"restrict_case": {"case": "C2", "entries": []}}}))
                .await;
        }
        let whole = Keeping::over(&store.fork(), &before.fork()).await;
        let old = whole.saved();
        let counted = before.fork();
        Keeping::over(&store.fork(), &counted).await.engine.checkpoint().await.expect("it is saved");
        let steps = counted.steps();
        assert!(steps >= if follows { 2 } else { 6 }, "only {steps} steps");
        for failing in 0..steps {
            let (store, views) = (store.fork(), before.fork());
            let keeping = Keeping::over(&store, &views).await;
            let head = keeping.organization.head();
            views.fail_after(failing);
            keeping.engine.checkpoint().await.expect_err("the disk fails");
            keeping.assert_right().await;
            let again = Keeping::over(&store.fork(), &views.fork()).await;
            assert!([old, head].contains(&again.saved()), "step {failing}: {}", again.saved());
            assert_eq!(again.engine.remarks(), [""; 0], "step {failing}");
            again.assert_right().await;
            again.engine.checkpoint().await.expect("it is saved now");
            Keeping::over(&store.fork(), &views.fork()).await.assert_right().await;
            // The one that failed tries again, too.
            views.fail_after(usize::MAX);
            keeping.apply(&grant("after", "user:after")).await;
            keeping.engine.checkpoint().await.expect("it is saved now");
            let again = Keeping::over(&store.fork(), &views.fork()).await;
            assert_eq!(again.saved(), keeping.organization.head());
            again.assert_right().await;
        }
    }
}

#[tokio::test]
async fn saved_views_damaged_anywhere_are_set_aside_and_folded_anew() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    first.apply(&grant("g", "user:x")).await;
    first.engine.checkpoint().await.expect("it is saved");
    let mut places = 0;
    while {
        let views = views.fork();
        let spoiled = views.spoil(places);
        let again = Keeping::over(&store.fork(), &views).await;
        if spoiled {
            assert_eq!(again.engine.remarks().len(), 1, "place {places}");
            assert_eq!(again.saved(), Position::ZERO, "place {places}");
            let repeated = again.apply(&grant("g", "user:other")).await;
            assert_eq!(repeated.refusal().expect("it is known").code, Code::IdReused, "place {places}");
        }
        again.assert_right().await;
        spoiled
    } {
        places += 1;
    }
    assert!(places > 15, "only {places} places");
}

/// Waits until the engine has let go of the folder.
async fn close(keeping: Keeping, folder: &Path) {
    drop(keeping);
    while FjallStore::open(folder, Access::Existing).is_err() {
        tokio::task::yield_now().await;
    }
}
