//! The flush: brings the log from the journal into tables, and notes in the anchor how far.
//!
//! INVARIANT: the anchor names only positions that lie in synced tables and that the note of the head covers. Absent on
//! purpose: the acknowledged path; an append counts its bytes here and never waits.

use super::note_writer::NoteWriter;
use crate::seams::StoreError;
use crate::store::database::errors::{fault, writing};
use crate::store::recovery::anchor;
use fjall::{Database, Keyspace, PersistMode};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tracing::{debug, error};

/// Appended bytes after which the log is flushed. The database gives up a journal of 64 MB at the flush after that, so
/// this keeps what an opening replays at about as much.
const JOURNAL_BYTES_MAX: u64 = 32 << 20;
/// Less than that is quicker replayed at the next opening than flushed at a clean stop.
const FLUSHED_AT_STOP_BYTES_MIN: u64 = 1 << 20;
/// Between the first two looks at whether the tables are written, and the longest time between two. The database tells
/// nobody when they are: its own wait for it looks every ten milliseconds, too.
const LOOKS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(10)];

/// What is said from then on, to go after "since".
const PANICKED: &str = "the thread that flushes panicked";

/// Brings the log into tables, in the background and when it is asked to.
pub(super) struct Flush {
    log: Keyspace,
    database: Database,
    notes: Arc<NoteWriter>,
    anchor: PathBuf,
    /// Held by the one flush there is at a time.
    turn: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    unflushed_bytes: u64,
    stop: bool,
    failed: Option<String>,
}

impl Flush {
    pub(super) fn new(
        log: Keyspace,
        database: Database,
        notes: Arc<NoteWriter>,
        anchor: PathBuf,
        unflushed_bytes: u64,
    ) -> Self {
        let state = State { unflushed_bytes, ..State::default() };
        let (turn, changed) = (Mutex::default(), Condvar::new());
        Flush { log, database, notes, anchor, turn, state: Mutex::new(state), changed }
    }

    /// Starts the thread that flushes whenever enough was appended.
    pub(super) fn start(self: &Arc<Self>) -> std::io::Result<JoinHandle<()>> {
        let flush = Arc::clone(self);
        let thread = std::thread::Builder::new().name("caseward-flush".to_owned());
        thread.spawn(move || {
            let _dart = PoisonDart(&flush);
            flush.run_in_background();
        })
    }

    /// Counts appended bytes.
    pub(super) fn count(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.unflushed_bytes += bytes as u64;
        if state.unflushed_bytes >= JOURNAL_BYTES_MAX {
            self.changed.notify_one();
        }
    }

    /// Why a flush in the background failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        lock(&self.state).failed.clone().map_or(Ok(()), |why| Err(StoreError::Poisoned(why)))
    }

    /// Flushes: everything appended before the call is in tables afterwards, and the anchor says so.
    pub(super) fn run(&self) -> Result<(), StoreError> {
        let _turn = lock(&self.turn);
        let since = Instant::now();
        let counted = lock(&self.state).unflushed_bytes;
        let frontiers = self.notes.settled()?;
        self.log.rotate_memtable().map_err(writing)?;
        let [mut pause, pause_max] = LOOKS;
        while self.log.sealed_memtable_count() > 0 {
            // Fails where the thread that writes tables has failed, which would otherwise be waited for for ever.
            self.database.persist(PersistMode::Buffer).map_err(writing)?;
            std::thread::sleep(pause);
            pause = (2 * pause).min(pause_max);
        }
        self.notes.note()?;
        anchor::write(&self.anchor, &frontiers).map_err(|source| fault("write the anchor", source))?;
        let mut state = lock(&self.state);
        state.unflushed_bytes = state.unflushed_bytes.saturating_sub(counted);
        debug!(bytes = counted, took = ?since.elapsed(), "the log lies in tables");
        Ok(())
    }

    /// Ends the thread, and flushes if there is enough to be worth it. Returns whether it did.
    pub(super) fn stop(&self, thread: Option<JoinHandle<()>>) -> Result<bool, StoreError> {
        lock(&self.state).stop = true;
        self.changed.notify_one();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            return Err(StoreError::Poisoned(PANICKED.to_owned()));
        }
        self.check()?;
        let is_worth_it = lock(&self.state).unflushed_bytes >= FLUSHED_AT_STOP_BYTES_MIN;
        if is_worth_it {
            self.run()?;
        }
        Ok(is_worth_it)
    }

    fn run_in_background(&self) {
        loop {
            let state = lock(&self.state);
            let little = |state: &mut State| state.unflushed_bytes < JOURNAL_BYTES_MAX && !state.stop;
            let state = self.changed.wait_while(state, little).unwrap_or_else(PoisonError::into_inner);
            if state.stop {
                return;
            }
            drop(state);
            if let Err(error) = self.run() {
                error!(%error, "the log could not be flushed: no command is taken until a restart");
                lock(&self.state).failed = Some(format!("it could not flush the log: {error}"));
                return;
            }
        }
    }
}

/// Dropped at the end of the thread, by a panic, too: then the next append is refused.
struct PoisonDart<'a>(&'a Flush);

impl Drop for PoisonDart<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!("{PANICKED}: no command is taken until a restart");
            lock(&self.0.state).failed = Some(PANICKED.to_owned());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
