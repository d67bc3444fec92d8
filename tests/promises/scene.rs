//! What the tests share: an engine in memory, and the shared folder.

use caseward::engine::{Answer, Batch, Engine, How, ManualClock, Organization, Source, SystemClock};
use caseward::events::OrganizationName;
use caseward::store::MemoryStore;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// An engine over a store in memory, with its default organization.
pub struct Scene {
    /// The engine.
    pub engine: Engine,
    /// `default`.
    pub organization: Organization,
    /// A handle to what is stored.
    pub store: MemoryStore,
}

impl Scene {
    /// Nothing stored; the system's clock.
    pub async fn new() -> Scene {
        Scene::over(MemoryStore::new()).await
    }

    /// What is stored there.
    pub async fn over(store: MemoryStore) -> Scene {
        let engine = Engine::open(Arc::new(store.clone()), Arc::new(SystemClock), &mut |_| {}).await;
        Scene::of(engine.expect("it opens"), store)
    }

    /// With a clock of the test's.
    pub async fn with_clock(clock: Arc<ManualClock>) -> Scene {
        let store = MemoryStore::new();
        let engine = Engine::open(Arc::new(store.clone()), clock, &mut |_| {}).await;
        Scene::of(engine.expect("it opens"), store)
    }

    fn of(engine: Engine, store: MemoryStore) -> Scene {
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Scene { engine, organization, store }
    }

    /// Imports one command.
    pub async fn import(&self, command: &Value) -> Answer {
        self.send(command, How { source: Source::Import, ..How::default() }).await
    }

    /// Applies one command now.
    pub async fn apply(&self, command: &Value) -> Answer {
        self.send(command, How::default()).await
    }

    /// Sends one command.
    pub async fn send(&self, command: &Value, how: How) -> Answer {
        let batch = Batch::one(command.to_string().as_bytes(), how);
        let answers = self.organization.submit(batch).await.expect("memory does not fail");
        answers.into_iter().next().expect("one command has one answer")
    }
}

/// A path in the shared folder; `None`, visibly, where there is none. With `CASEWARD_SHARED_REQUIRED=1` it must be there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CASEWARD_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    let required = std::env::var_os("CASEWARD_SHARED_REQUIRED").is_some_and(|value| value == "1");
    assert!(!required, "{} is absent, and CASEWARD_SHARED_REQUIRED=1", found.display());
    eprintln!("SKIPPED: {} is absent; set CASEWARD_SHARED to the shared folder", found.display());
    None
}

/// An org admin `oa`, the definition `D1` with access control, its cases `C1` and `C2`.
pub async fn office() -> Scene {
    let scene = Scene::new().await;
    for command in [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
        json!({"open_case": {"case": "C2", "definition": "D1", "creator": "maker"}}),
    ] {
        let answer = scene.apply(&json!({"actor": "user:oa", "command": command})).await;
        assert!(answer.refusal().is_none(), "{command}");
    }
    scene
}

/// What is ready at once: no question waits while nothing is being written. A long one gives way now and then, and is ready to
/// go on when it is asked again; one that waits never is.
pub fn at_once<T>(asked: impl Future<Output = T>) -> T {
    const GIVES_WAY_MAX: usize = 100_000;
    let mut asked = pin!(asked);
    for _ in 0..GIVES_WAY_MAX {
        if let Poll::Ready(answer) = asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer;
        }
    }
    panic!("it waits");
}
