//! A store that another process has, and a store on a full disk: the program of these tests is started once more, as the
//! process that has it.
//!
//! Absent on purpose: what one process alone can try, which is in the promises of stores.

use crate::cli_fixture::open;
use caseward::events::Position;
use caseward::seams::{Log, OrganizationNumber, Receipt, Run, StoreError};
use caseward::store::{Access, FjallStore};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ONE: OrganizationNumber = OrganizationNumber(1);
/// Names, to a process that a test starts, the folder of the store it shall open.
const CHILD: &str = "CASEWARD_TEST_STORE";

/// So many events from a position on, so large each.
fn run(first: u64, count: usize, bytes: usize) -> Run {
    Run { organization: ONE, first: Position(first), events: std::iter::repeat_n(vec![7; bytes], count).collect() }
}

/// The sizes of all that can be read.
async fn sizes(store: &FjallStore) -> Vec<usize> {
    let events = store.read(ONE, Position(1), usize::MAX).await.expect("it is readable");
    events.iter().map(Vec::len).collect()
}

/// What a store says to a run of a writer that claims it.
async fn put(store: &FjallStore, run: Run) -> Result<Receipt, StoreError> {
    let epoch = store.claim().await?;
    store.append(epoch, vec![run]).await
}

async fn append(store: &FjallStore, run: Run) {
    put(store, run).await.expect("it is taken");
}

fn on_this_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(future)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn create(path: &Path) -> FjallStore {
    FjallStore::open(path, Access::Create).expect("a store can be made here")
}

#[test]
fn another_process_that_has_the_store_is_named_and_its_death_frees_it() {
    if let Some(path) = child_path() {
        let _store = open(&path);
        println!("\nopened");
        std::io::stdin().read_to_end(&mut Vec::new()).expect("the parent closes it");
        return;
    }
    let folder = folder();
    drop(create(folder.path()));
    let test = "another_process::another_process_that_has_the_store_is_named_and_its_death_frees_it";
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    let child = as_child(&mut command, test, folder.path());
    let child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("this program can be started again");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "opened"));
    let holder = holder(FjallStore::open(folder.path(), Access::Existing));
    assert!(holder.starts_with(&format!("process {} (", child.id())), "{holder}");
    child.kill().expect("it is running");
    child.wait().expect("it ends");
    drop(open(folder.path()));
}

/// The file size limit stands for a full disk: the write fails in the middle of a row.
#[cfg(unix)]
#[test]
fn a_full_disk_poisons_and_a_restart_finds_what_was_promised() {
    if let Some(path) = child_path() {
        on_this_thread(fill(&open(&path)));
        return;
    }
    let folder = folder();
    on_this_thread(append(&create(folder.path()), run(1, 3, 100)));
    // Opened once more, the journal has no room set aside.
    drop(open(folder.path()));
    let test = "another_process::a_full_disk_poisons_and_a_restart_finds_what_was_promised";
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; ulimit -f 512; exec "$0" "$@""#]);
    shell.arg(std::env::current_exe().expect("this program has a path"));
    let output = as_child(&mut shell, test, folder.path()).output().expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let store = open(folder.path());
    assert_eq!(on_this_thread(sizes(&store)), [100; 4]);
    on_this_thread(append(&store, run(5, 1, 100)));
}

async fn fill(store: &FjallStore) {
    append(store, run(4, 1, 100)).await;
    let full = put(store, run(5, 20, 100_000)).await;
    assert!(matches!(&full, Err(StoreError::Fault { source, .. }) if source.is::<std::io::Error>()), "{full:?}");
    let Err(StoreError::Poisoned(since)) = put(store, run(5, 1, 1)).await else { panic!("it takes more") };
    assert!(since.starts_with("it could not write the log: File too large"), "{since}");
    assert_eq!(store.head(ONE).await.expect("it is known").0, 4);
    assert_eq!(sizes(store).await, [100; 4]);
}

/// The store to open, where this process was started by a test.
fn child_path() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// Has the command run one test of this program as its child.
fn as_child<'a>(command: &'a mut Command, test: &str, path: &Path) -> &'a mut Command {
    command.args([test, "--exact", "--nocapture"]).env(CHILD, path)
}

fn holder(answer: Result<FjallStore, StoreError>) -> String {
    match answer {
        Err(StoreError::InUse { holder, .. }) => holder,
        other => panic!("not in use: {other:?}"),
    }
}
