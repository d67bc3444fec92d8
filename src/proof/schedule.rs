//! Tree heads, written into a folder while a program runs, and once more when it stops.
//!
//! INVARIANT: at most one in each interval, and none where nothing new came. One that cannot be written keeps nobody
//! waiting: it is logged when that begins, tried again, and an error if the last one fails, too. Absent on purpose: the folder of the store; heads beside what they vouch for would be
//! changed with it.

use super::heads::{self, HeadError};
use crate::engine::{Engine, Organization};
use crate::integrity::signing::SigningKeys;
use caseward_events::Position;
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{info, warn};

/// Between two looks at whether there is anything new.
pub const EVERY: Duration = Duration::from_secs(60);

/// Writes heads until it is stopped. It holds on to the engine until then.
pub struct Schedule {
    failing: Arc<Failing>,
    stop: Sender<()>,
    thread: JoinHandle<Result<(), HeadError>>,
}

/// Why the last attempt failed, if it did.
#[derive(Default)]
struct Failing(Mutex<Option<String>>);

struct Writer {
    engine: Engine,
    keys: SigningKeys,
    folder: PathBuf,
    written: HashMap<String, Position>,
}

impl Schedule {
    /// Starts a thread; call it within a runtime.
    ///
    /// # Errors
    /// The operating system gave no thread.
    pub fn start(engine: Engine, keys: SigningKeys, folder: PathBuf, every: Duration) -> std::io::Result<Schedule> {
        let (stop, stopped) = mpsc::channel();
        let runtime = Handle::current();
        let mut writer = Writer { engine, keys, folder, written: HashMap::new() };
        let failing = Arc::new(Failing::default());
        let known = Arc::clone(&failing);
        let run = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                known.heard(&runtime.block_on(writer.write()));
            }
            runtime.block_on(writer.write())
        };
        let thread = std::thread::Builder::new().name("caseward-heads".to_owned()).spawn(run)?;
        Ok(Schedule { failing, stop, thread })
    }

    /// Why no head could be written the last time; `None` if it could, or nothing new came.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failing.lock().clone()
    }

    /// Writes the last heads, and lets go of the engine. It blocks until they are durable.
    ///
    /// # Errors
    /// One could not be written.
    pub fn stop(self) -> Result<(), HeadError> {
        // Where the thread has ended, joining tells.
        let _ = self.stop.send(());
        match self.thread.join() {
            Ok(ended) => ended,
            Err(panicked) => std::panic::resume_unwind(panicked),
        }
    }
}

impl Failing {
    /// Logs where failing begins, changes or ends, not every attempt.
    fn heard(&self, attempt: &Result<(), HeadError>) {
        let mut failing = self.lock();
        let now = attempt.as_ref().err().map(in_full);
        match (&*failing, &now) {
            (before, Some(why)) if before.as_ref() != Some(why) => {
                warn!("a tree head could not be kept, and is tried again: {why}");
            }
            (Some(_), None) => info!("tree heads are kept again"),
            _ => {}
        }
        *failing = now;
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_full(error: &HeadError) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl Writer {
    /// The heads of all organizations that have a new one; of several errors the first.
    async fn write(&mut self) -> Result<(), HeadError> {
        let mut written = Ok(());
        for organization in self.engine.organizations() {
            let name = organization.name().to_string();
            let head = organization.head();
            let is_new = head > Position::ZERO && self.written.get(&name) != Some(&head);
            if is_new {
                match self.write_one(&organization).await {
                    Ok(()) => drop(self.written.insert(name, head)),
                    failed => written = written.and(failed),
                }
            }
        }
        written
    }

    async fn write_one(&self, organization: &Organization) -> Result<(), HeadError> {
        let note = heads::tree_head(organization, &self.keys).await?;
        heads::write_into(&self.folder, &note).map(drop)
    }
}
