//! The thread that writes what waits, and erases what was kept long enough.

use super::ReadsLog;
use super::segment::day_of;
use crate::seams::StoreError;
use caseward_events::Timestamp;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long entries wait for others to be written with them. A process that is killed loses as much.
const GATHERS: Duration = Duration::from_secs(1);

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Writes a log of reads until it is dropped; then what waits is written.
#[derive(Debug)]
pub struct KeepsReads {
    log: Arc<ReadsLog>,
    thread: Option<JoinHandle<()>>,
}

impl ReadsLog {
    /// Begins to write what is put in, about once a second. What is older than so many days is erased, day by day.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn keep(self: Arc<Self>, days: u32, now: impl Fn() -> Timestamp + Send + 'static) -> io::Result<KeepsReads> {
        let log = Arc::clone(&self);
        let run = move || {
            let mut looked = None;
            let mut is_failing = false;
            loop {
                let is_stopping = log.waits(GATHERS);
                let time = now();
                let mut written = log.write_waiting(time);
                let day = day_of(time);
                if written.is_ok() && looked != Some(day) {
                    written = log.erase_older(days, day, time);
                    looked = written.is_ok().then_some(day);
                }
                if let Err(error) = &written
                    && !is_failing
                {
                    tracing::error!(error = error.in_full(), "reads are not kept; they are counted as dropped");
                }
                is_failing = written.is_err();
                if is_stopping {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("caseward-reads".to_owned()).spawn(run)?;
        Ok(KeepsReads { log: self, thread: Some(thread) })
    }

    fn erase_older(&self, days: u32, day: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let before = day.as_micros().saturating_sub(i64::from(days).saturating_mul(DAY_MICROS));
        let before = Timestamp::from_micros(before).max(Timestamp::FIRST);
        let erased = self.erase_before(before, "system:retention", now)?;
        if erased.count > 0 {
            tracing::info!(erased.count, %before, "reads were erased that were kept long enough");
        }
        Ok(())
    }
}

impl Drop for KeepsReads {
    fn drop(&mut self) {
        self.log.stop();
        if let Some(thread) = self.thread.take() {
            // It only panics where a lock is broken; what was written stays.
            let _ = thread.join();
        }
    }
}
