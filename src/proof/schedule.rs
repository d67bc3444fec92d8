//! Tree heads, written into a folder while a program runs, and once more when it stops.
//!
//! INVARIANT: at most one in each interval, and none where nothing new came. One that cannot be written is told at the
//! end and keeps nobody waiting. Absent on purpose: the folder of the store; heads beside what they vouch for would be
//! changed with it.

use super::heads::{self, HeadError};
use crate::engine::Engine;
use crate::integrity::signing::SigningKeys;
use caseward_events::Position;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;

/// Between two looks at whether there is anything new.
pub const EVERY: Duration = Duration::from_secs(60);

/// Writes heads until it is stopped. It holds on to the engine until then.
pub struct Schedule {
    stop: Sender<()>,
    thread: JoinHandle<Result<(), HeadError>>,
}

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
        let run = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // What fails here is tried again, and told if the last one fails, too.
                let _ = runtime.block_on(writer.write());
            }
            runtime.block_on(writer.write())
        };
        let thread = std::thread::Builder::new().name("caseward-heads".to_owned()).spawn(run)?;
        Ok(Schedule { stop, thread })
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

impl Writer {
    async fn write(&mut self) -> Result<(), HeadError> {
        for organization in self.engine.organizations() {
            let name = organization.name().to_string();
            let head = organization.head();
            let is_new = head > Position::ZERO && self.written.get(&name) != Some(&head);
            if is_new {
                let note = heads::tree_head(&self.engine, &organization, &self.keys).await?;
                heads::write_into(&self.folder, &note)?;
                self.written.insert(name, head);
            }
        }
        Ok(())
    }
}
