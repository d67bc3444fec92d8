//! A program that serves.

use crate::http::{Connection, Response};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// A service that runs, with its data directory.
pub struct Served {
    folder: TempDir,
    program: Child,
    said: BufReader<std::process::ChildStderr>,
    pub address: SocketAddr,
}

/// The program.
pub fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
    let variables =
        ["DATA", "CONFIG", "ORG", "HEADS_DIR", "ACTOR", "SERVER", "TOKEN", "CA", "CLIENT_CERT", "CLIENT_KEY"];
    for variable in variables {
        program.env_remove(format!("CASEWARD_{variable}"));
    }
    program.env("NO_COLOR", "1");
    program
}

/// The folder of a fixture that is shipped.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures").join(name)
}

impl Served {
    /// An empty store.
    pub fn empty() -> Served {
        Served::over(TempDir::new().expect("a temporary folder"))
    }

    /// A store with the history of a fixture.
    pub fn holding(name: &str) -> Served {
        let folder = TempDir::new().expect("a temporary folder");
        let file = fixture(name).join("commands.jsonl");
        let data = folder.path().join("data");
        let imported = program().arg("--data").arg(data).arg("import").arg(file).output().expect("the program starts");
        assert!(imported.status.success(), "{imported:?}");
        Served::over(folder)
    }

    /// The store in a folder.
    pub fn over(folder: TempDir) -> Served {
        Served::with(folder, &[])
    }

    /// The same, with further arguments.
    pub fn with(folder: TempDir, arguments: &[&str]) -> Served {
        Served::listening(folder, "127.0.0.1:0", &[], arguments)
    }

    /// The same, with variables of its environment.
    pub fn in_environment(folder: TempDir, variables: &[(&str, &str)]) -> Served {
        let mut serve = program();
        serve.envs(variables.iter().copied());
        Served::run(serve, folder, "127.0.0.1:0", &[], &[])
    }

    /// The store in a folder, at an address where one served before.
    pub fn at(folder: TempDir, address: &str) -> Served {
        Served::listening(folder, address, &[], &[])
    }

    /// On any port, with arguments for any verb.
    pub fn started(folder: TempDir, global: &[&str], arguments: &[&str]) -> Served {
        Served::listening(folder, "127.0.0.1:0", global, arguments)
    }

    fn listening(folder: TempDir, address: &str, global: &[&str], arguments: &[&str]) -> Served {
        Served::run(program(), folder, address, global, arguments)
    }

    fn run(mut serve: Command, folder: TempDir, address: &str, global: &[&str], arguments: &[&str]) -> Served {
        serve.arg("--data").arg(folder.path().join("data")).args(global);
        serve.args(["serve", "--listen", address]).args(arguments);
        let mut program = serve.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let mut said = BufReader::new(program.stderr.take().expect("it is piped"));
        let mut lines = String::new();
        let address = loop {
            let read = said.read_line(&mut lines).expect("it says text");
            assert!(read > 0, "it ended: {lines}");
            if let Some((_, rest)) = lines.split_once(" at http://").or_else(|| lines.split_once(" at https://")) {
                break rest.split([' ', '\n']).next().and_then(|address| address.parse().ok()).expect("an address");
            }
        };
        Served { folder, program, said, address }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn connect(&self) -> Connection {
        Connection::to(self.address)
    }

    pub fn get(&self, path: &str) -> Response {
        self.connect().ask("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, body: &str) -> Response {
        self.connect().ask("POST", path, &[], body)
    }

    /// Sends a command, which must be accepted; its answer.
    pub fn accepted(&self, command: &str) -> Response {
        let answer = self.post("/v1/orgs/default/commands", command);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// Tells it by a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.program.id().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
    }

    /// Stops it; how it ended, and what it said since it began to serve.
    pub fn stop(self) -> (ExitStatus, String, TempDir) {
        self.signal("-TERM");
        self.ended()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> (ExitStatus, String, TempDir) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("it says text");
        let status = self.program.wait().expect("it ends");
        (status, said, std::mem::replace(&mut self.folder, TempDir::new().expect("a temporary folder")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
