//! Logs that are long enough to be stopped in, behind a gate.

use super::*;
use crate::gate::Gate;
use tokio::sync::Semaphore;

/// An engine whose log takes several scans, behind a gate.
pub(super) struct Gated {
    pub(super) scans: Arc<Semaphore>,
    pub(super) engine: Engine,
    pub(super) organization: Organization,
}

pub(super) const OPEN: usize = 1 << 20;

impl Gated {
    pub(super) async fn over(store: &MemoryStore, views: &MemoryViews) -> Gated {
        let gate = Gate::open(store.clone(), OPEN);
        let scans = Arc::clone(&gate.scans);
        let (gate, views) = (Arc::new(gate), Arc::new(views.clone()));
        let engine = Engine::open_with(gate, Options::new(views, Arc::new(SystemClock))).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        scans.forget_permits(OPEN);
        Gated { scans, engine, organization }
    }

    pub(super) async fn rebuilt(&self, plan: Plan) -> Rebuilt {
        self.scans.add_permits(OPEN);
        self.organization.rebuild(plan).await.expect("it folds")
    }

    pub(super) fn generation_of(&self, projection: Projection) -> Generation {
        self.organization.generation_of(projection)
    }
}

/// A log of some megabytes: several slices of a fold.
pub(super) async fn long_log() -> (MemoryStore, Position) {
    log_with(800).await
}

pub(super) async fn log_with(grants: usize) -> (MemoryStore, Position) {
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
