//! What tests of the command line begin with: a data directory that holds a history, and the program run over it.

use caseward::engine::{Engine, SystemClock};
use caseward::events::OrganizationName;
use caseward::fixture;
use caseward::seams::StoreError;
use caseward::store::{self, Access, FjallStore};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A data directory.
pub struct Desk {
    folder: TempDir,
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The longest that a program which is being started holds the files of this process.
const STARTING: Duration = Duration::from_secs(60);

/// Opens a store in this process. A program that another test starts just then holds all open files until it runs, the
/// lock of a store that was closed meanwhile too: that is waited for.
pub fn open(data: &Path) -> FjallStore {
    let since = Instant::now();
    loop {
        match FjallStore::open(data, Access::Existing) {
            Err(StoreError::InUse { .. }) if since.elapsed() < STARTING => std::thread::yield_now(),
            opened => return opened.expect("it opens"),
        }
    }
}

/// The folder of a fixture that is shipped.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures").join(name)
}

impl Desk {
    /// With the history of a fixture.
    pub fn holding(name: &str) -> Desk {
        let commands = std::fs::read_to_string(fixture(name).join(fixture::COMMANDS));
        Desk::of(&commands.expect("the fixture is shipped"))
    }

    /// Without anything at it.
    pub fn empty() -> Desk {
        Desk { folder: TempDir::new().expect("a temporary folder") }
    }

    /// With a history of its own, as `import` takes it.
    pub fn of(commands: &str) -> Desk {
        let desk = Desk::empty();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(desk.import(commands));
        desk
    }

    async fn import(&self, commands: &str) {
        let store = Arc::new(FjallStore::open(&self.data(), Access::Create).expect("a new store"));
        let engine = Engine::open(store.clone(), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        fixture::import(&organization, commands).await.expect("it is stored");
        drop((engine, organization));
        assert!(store::close(store), "the store does not close");
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program over this data.
    pub fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
        program.env_remove("CASEWARD_DATA").env("NO_COLOR", "1").arg("--data").arg(self.data());
        program
    }

    /// Runs it with these arguments.
    pub fn ask(&self, arguments: &[&str]) -> Said {
        Said::of(self.program().args(arguments).output().expect("the program starts"))
    }
}

impl Said {
    /// What a finished program said.
    pub fn of(output: Output) -> Said {
        Said {
            status: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("it says text"),
            err: String::from_utf8(output.stderr).expect("it says text"),
        }
    }
}
