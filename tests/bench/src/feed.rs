//! From the lines of the floors to Caseward's bytes and views, through its public functions.
//!
//! Command `n` must make exactly the event at position `n`: only then do floors and product mean the same by a position.

use caseward::engine::{Answer, Batch, Engine, How, ManualClock, Source};
use caseward::seams::{Log, OrganizationNumber};
use caseward::store::MemoryStore;
use caseward_events::codec::decode_to_fold;
use caseward_events::{OrganizationName, Position, Submission, Timestamp};
use caseward_projections::{Replay, Views};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Events folded together, as opening does.
pub const FOLDED_TOGETHER: usize = 128;

/// Commands sent together.
const BATCH_LINES: usize = 4_096;

/// A runtime for the engine; nothing in it needs more than one thread.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime without I/O needs nothing")
}

/// A folder on the disk of the bench; in memory neither a read nor a sync would cost anything.
pub fn scratch() -> tempfile::TempDir {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&folder).expect("the folder of the bench can be written");
    tempfile::tempdir_in(folder).expect("the folder of the bench can be written")
}

/// The encoded events that an engine makes of the commands that `write` writes.
pub fn events(write: impl FnOnce(&mut Vec<u8>) -> io::Result<u64>) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let count = write(&mut lines).expect("memory takes it");
    let events = runtime().block_on(import(&lines));
    assert_eq!(events.len() as u64, count, "a command makes one event");
    events
}

async fn import(lines: &[u8]) -> Vec<Vec<u8>> {
    let store = MemoryStore::new();
    let clock = Arc::new(ManualClock::at(Timestamp::LAST));
    let engine = Engine::open(Arc::new(store.clone()), clock, &mut |_| ()).await.expect("an empty store opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let lines: Vec<&[u8]> = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    let mut position = Position::ZERO;
    for batch in lines.chunks(BATCH_LINES) {
        let submissions = batch.iter().map(|line| Submission::parse(line)).collect();
        let batch = Batch { submissions, how: How { source: Source::Import, ..How::default() } };
        for answer in organization.submit(batch).await.expect("a store in memory does not fail") {
            position = position.next();
            assert_eq!(accepted_at(&answer), position, "{answer:?}");
        }
    }
    store.read(OrganizationNumber::DEFAULT, Position(1), usize::MAX).await.expect("a store in memory does not fail")
}

fn accepted_at(answer: &Answer) -> Position {
    match answer {
        Answer::Accepted(accepted) => accepted.position,
        Answer::Refused(refusal) => panic!("refused: {refusal:?}"),
    }
}

/// The views of these events, by decoding and folding each as opening does.
pub fn views(events: &[Vec<u8>]) -> Views {
    let mut replay = Replay::default();
    replay.expect(events.len());
    for events in events.chunks(FOLDED_TOGETHER) {
        let decoded = events.iter().map(|bytes| decode_to_fold(bytes).expect("the engine encoded it"));
        replay.apply_all(&decoded.collect::<Vec<_>>()).expect("the engine applied it before");
    }
    replay.finish()
}
