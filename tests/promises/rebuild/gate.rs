//! A store that lets so many reads through and then waits, and logs that are long enough to be stopped in.

use super::*;

/// Lets a store be scanned so many times and no more, until more is allowed.
pub(super) struct Gate {
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
pub(super) struct Gated {
    pub(super) scans: Arc<Semaphore>,
    pub(super) engine: Engine,
    pub(super) organization: Organization,
}

pub(super) const OPEN: usize = 1 << 20;

impl Gated {
    pub(super) async fn over(store: &MemoryStore, views: &MemoryViews) -> Gated {
        let scans = Arc::new(Semaphore::new(OPEN));
        let gate = Gate { store: store.clone(), scans: Arc::clone(&scans) };
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
