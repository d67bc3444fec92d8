//! Who may call, what each caller may do, and what a caller learns of what is not its own: nothing.

mod acting;
mod isolation;
mod matrix;
mod parts;
mod presented;
mod program;
mod withdrawn;

use crate::http::{Connection, Response};
use caseward::engine::tokens::NewToken;
use caseward::engine::{Engine, ManualClock};
use caseward::events::{Actor, Position, Recorded, Timestamp};
use caseward::service::{Address, Limits, RefusedCallers, Running, Service};
use caseward::store::MemoryStore;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A service in this process, over a store in memory, with the organizations `default` and `north`, on a clock that stands
/// still.
pub struct Desk {
    runtime: Runtime,
    engine: Engine,
    running: Running,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

const NOW: &str = "2026-03-01T12:00:00Z";

impl Desk {
    pub fn open() -> Desk {
        Desk::serving(|service| service)
    }

    /// With other limits.
    pub fn within(limits: Limits) -> Desk {
        Desk::serving(|service| service.limits(limits))
    }

    /// The same, with a service that was given more.
    pub fn serving(with: impl FnOnce(Service) -> Service) -> Desk {
        let runtime = Runtime::new().expect("there are threads");
        let folder = TempDir::new().expect("a temporary folder");
        let clock = Arc::new(ManualClock::at(NOW.parse().expect("an instant")));
        let addresses = [Address::Tcp("127.0.0.1:0".parse().expect("an address")), Address::Socket(socket(&folder))];
        let (engine, running) = runtime.block_on(async {
            let store = Arc::new(MemoryStore::new());
            let engine = Engine::open(store, Arc::clone(&clock) as _, &mut |_| {}).await.expect("it opens");
            let made = engine.create_organization("north".parse().expect("a name"), Actor::unknown()).await;
            made.expect("memory does not fail");
            let running = with(Service::new(engine.clone())).start(&addresses).await.expect("it listens");
            (engine, running)
        });
        Desk { runtime, engine, running, clock, folder }
    }

    /// Issues a token over the socket; all of it.
    pub fn token(&self, name: &str, parts: &[&str], more: Value) -> String {
        let mut new = json!({"name": name, "parts": parts, "organizations": ["default"]});
        let fields = new.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let new: NewToken = serde_json::from_value(new).expect("it can be issued");
        let by = Actor::unknown().into();
        let (secret, _) = self.runtime.block_on(self.engine.issue_token(new, by)).expect("memory does not fail");
        secret.reveal().to_owned()
    }

    pub fn withdraw(&self, token: &str) {
        let withdrawn = self.engine.withdraw_token(id(token).parse().expect("an id"), Actor::unknown().into());
        self.runtime.block_on(withdrawn).expect("memory does not fail");
    }

    pub fn address(&self) -> SocketAddr {
        self.running.addresses()[0]
    }

    pub fn socket(&self) -> Connection {
        Connection::to_socket(&socket(&self.folder))
    }

    /// Asks over TCP, with a token.
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> Response {
        Connection::to(self.address()).ask(method, path, &[("authorization", &format!("Bearer {token}"))], body)
    }

    /// Sends commands over the socket, which must be accepted.
    pub fn apply(&self, organization: &str, commands: &[Value]) {
        for command in commands {
            let path = format!("/v1/orgs/{organization}/commands");
            let answer = self.socket().ask("POST", &path, &[], &command.to_string());
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }

    /// Everything of `default`, as the log has it.
    pub fn events(&self) -> Vec<Recorded> {
        let organization = self.engine.organization(&"default".parse().expect("a name")).expect("it is always there");
        self.runtime.block_on(organization.events(Position(1))).expect("memory does not fail")
    }

    pub fn at(&self, time: &str) {
        self.clock.set(time.parse::<Timestamp>().expect("an instant"));
    }

    /// Sets the clock ahead, while no time goes by.
    pub fn jump(&self, time: &str) {
        self.clock.jump(time.parse::<Timestamp>().expect("an instant"));
    }

    pub fn refused(&self) -> RefusedCallers {
        self.running.refused_callers()
    }
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("SOCKET")
}

/// The id in a token.
pub fn id(token: &str) -> &str {
    token.split('_').nth(1).expect("it holds its id")
}

/// A response without what tells only the second.
pub fn told(mut response: Response) -> (u16, Vec<(String, String)>, String) {
    response.headers.retain(|(name, _)| name != "date");
    (response.status, response.headers, response.body)
}
