//! A service on a free port of this machine, in front of an engine that the bench has too.

use super::WORKERS;
use super::client::Client;
use crate::feed;
use caseward::engine::{Batch, Engine, How, Organization, Source, SystemClock};
use caseward::seams::Storage;
use caseward::service::{Address, Running, Service};
use caseward::store::{Access, FjallStore, MemoryStore};
use caseward_events::{OrganizationName, Submission};
use floors_http::load::Target;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

const BATCH_LINES: usize = 4_096;

/// A running service; it stops when this is dropped.
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    /// `default`, without HTTP.
    pub organization: Organization,
    /// Of it.
    pub engine: Engine,
    _running: Running,
    _runtime: Runtime,
}

impl Served {
    /// In front of a store in memory.
    pub fn in_memory() -> Served {
        Served::over(Arc::new(MemoryStore::new()))
    }

    /// In front of a store in a new folder.
    pub fn on_disk(folder: &Path) -> Served {
        Served::over(Arc::new(FjallStore::open(folder, Access::Create).expect("a new store opens")))
    }

    fn over(store: Arc<dyn Storage>) -> Served {
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
        let runtime = runtime.expect("the system gives threads");
        let loopback = Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
        let (engine, organization, running) = runtime.block_on(async {
            let engine = Engine::open(store, Arc::new(SystemClock), &mut |_| ()).await.expect("an empty store opens");
            let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
            (engine.clone(), organization, Service::new(engine).start(&[loopback]).await.expect("a port is free"))
        });
        let address = running.addresses()[0];
        Served { address, organization, engine, _running: running, _runtime: runtime }
    }

    /// Carries out lines of commands without HTTP, with the times that they name.
    pub fn import(&self, lines: &[u8]) {
        self.send(lines, Source::Import);
    }

    /// The same, now.
    pub fn apply(&self, lines: &[u8]) {
        self.send(lines, How::default().source);
    }

    fn send(&self, lines: &[u8], source: Source) {
        let lines: Vec<&[u8]> = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
        feed::runtime().block_on(async {
            for batch in lines.chunks(BATCH_LINES) {
                let submissions = batch.iter().map(|line| Submission::parse(line)).collect();
                let how = How { source, ..How::default() };
                for answer in self.organization.submit(Batch { submissions, how }).await.expect("the engine runs") {
                    assert!(answer.refusal().is_none(), "{answer:?}");
                }
            }
        });
    }

    /// The header that presents a new token with all parts: from then on loopback is shut to everybody else.
    pub fn token(&self) -> String {
        let body = r#"{"name":"bench","parts":["check","audit","produce","directory","operate","admin"],"organizations":["default"],"may_name":["user:*"]}"#;
        let issued = Client::connect(self.address, "").post("/v1/tokens", body);
        let issued: serde_json::Value = serde_json::from_slice(&issued).expect("the answer is JSON");
        format!("authorization: Bearer {}\r\n", issued["token"].as_str().expect("the token is printed once"))
    }

    /// A path of `default` as the load asks it.
    pub fn target(&self, path: &str, headers: &str) -> Target {
        Target { address: self.address, path: path_of(path), headers: headers.to_owned() }
    }
}

/// The path of something of `default`.
pub fn path_of(what: &str) -> String {
    format!("/v1/orgs/default/{what}")
}
