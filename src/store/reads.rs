//! The log of reads: who asked about whom, when and why; apart from the log of events, and erasable by time.
//!
//! ```text
//! DIR/reads/FIRST.jsonl   a segment: a header, then a line an entry (`segment`); at least one a day that has entries
//! DIR/reads/HEAD          how many entries there are, and the root of the tree over them (`crate::integrity::head_note`)
//! ```
//! Entries wait in a queue of bounded length, and a thread writes them in groups, with one sync of the segment and one of
//! the note: [`ReadsLog::keep`]. INVARIANT: who puts an entry in never waits, neither for room nor for the disk. What finds
//! no room, and what the disk does not take, is counted, and the count is an entry itself. Times never go back. Erasing
//! takes whole segments away, after an entry that says so is durable; what is left holds together with the tree over all.
//! Absent on purpose: which questions are kept (`crate::service`).

mod disk;
mod segment;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use self::verify::ReadsVerified;
pub use self::writer::KeepsReads;

use self::disk::Disk;
use self::segment::{lines_of, segments};
use super::folder::fault;
use crate::seams::StoreError;
use crate::seams::tree::Root;
use caseward_events::Timestamp;
use caseward_events::reads::{NumberedRead, ReadEntry, ReadKind, ReadsPage};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where it lies in a data directory.
pub(in crate::store) const FOLDER: &str = "reads";

/// Entries that wait to be written.
pub const WAITING_MAX: usize = 8_192;

/// Entries that one page looks at: between so many others come in.
const LOOKED_AT_MAX: usize = 100_000;

/// The log of reads of a store that this process has open.
#[derive(Debug)]
pub struct ReadsLog {
    folder: PathBuf,
    queue: Mutex<Queue>,
    wake: Condvar,
    disk: Mutex<Disk>,
}

#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<ReadEntry>,
    dropped: u64,
    dropped_ever: u64,
    is_stopping: bool,
}

/// How far the log of reads goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadsHead {
    /// How many entries there ever were.
    pub size: u64,
    /// Of the tree over them.
    pub root: Root,
}

/// What an erasure took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadsErased {
    /// How many entries.
    pub count: u64,
    /// The number of the last that is gone.
    pub last: u64,
}

/// As 64 hexadecimal digits.
#[must_use]
pub fn hexadecimal(root: &Root) -> String {
    root.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ReadsLog {
    /// Opens what is in a data directory, which this process has to itself; nothing is written before the first entry.
    pub(in crate::store) fn open(data: &Path) -> Result<ReadsLog, StoreError> {
        let folder = data.join(FOLDER);
        let disk = Disk::open(&folder)?;
        Ok(ReadsLog { folder, queue: Mutex::default(), wake: Condvar::new(), disk: Mutex::new(disk) })
    }

    /// Has an entry written soon. Never waits: where there is no room, it is counted instead.
    pub fn put(&self, time: Timestamp, what: ReadKind) {
        let mut queue = self.queue();
        if queue.entries.len() < WAITING_MAX {
            queue.entries.push_back(ReadEntry { time, what });
        } else {
            queue.dropped += 1;
            queue.dropped_ever += 1;
        }
    }

    /// How many entries were dropped since it was opened.
    #[must_use]
    pub fn dropped_ever(&self) -> u64 {
        self.queue().dropped_ever
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The disk: what waited is counted as dropped.
    pub fn write_waiting(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut disk = self.disk();
        // Taken under the lock of the disk, so that nobody overtakes.
        let (mut entries, dropped) = {
            let mut queue = self.queue();
            (std::mem::take(&mut queue.entries), std::mem::take(&mut queue.dropped))
        };
        let asked = entries.iter().filter(|entry| matches!(entry.what, ReadKind::Read(_))).count() as u64;
        if dropped > 0 {
            entries.push_back(ReadEntry { time: now, what: ReadKind::Dropped { count: dropped } });
        }
        if entries.is_empty() {
            return Ok(());
        }
        let written = disk.append(&self.folder, entries.make_contiguous());
        if written.is_err() {
            let mut queue = self.queue();
            queue.dropped += asked + dropped;
            queue.dropped_ever += asked;
        }
        written
    }

    /// Erases every entry of the days before an instant, durably, and notes who had it done.
    ///
    /// # Errors
    /// The disk. What is already gone stays gone, and the next opening goes on with the rest.
    pub fn erase_before(&self, before: Timestamp, by: &str, now: Timestamp) -> Result<ReadsErased, StoreError> {
        self.write_waiting(now)?;
        self.disk().erase_before(&self.folder, before, by, now)
    }

    /// How far it goes, what waits included.
    ///
    /// # Errors
    /// The disk.
    pub fn head(&self, now: Timestamp) -> Result<ReadsHead, StoreError> {
        self.write_waiting(now)?;
        Ok(self.disk().head())
    }

    /// Entries behind a number that are wanted, at most so many; what waits is written first. A page may hold fewer, or
    /// none, and still have a next one: it looks at a bounded number of entries.
    ///
    /// # Errors
    /// The disk; `Corruption`: what lies there is not what was written.
    pub fn page(
        &self,
        after: u64,
        most: usize,
        now: Timestamp,
        wanted: impl Fn(&ReadEntry) -> bool,
    ) -> Result<ReadsPage, StoreError> {
        self.write_waiting(now)?;
        let ReadsHead { size, root } = self.disk().head();
        let mut page = ReadsPage { size, root: hexadecimal(&root), ..ReadsPage::default() };
        let segments = segments(&self.folder)?;
        let ends = segments.iter().skip(1).map(|segment| segment.first - 1).chain([size]);
        let (mut number, mut looked_at) = (after, 0);
        for (segment, end) in segments.iter().zip(ends).filter(|(_, end)| *end > after) {
            for (this, line) in (segment.first..=end).zip(lines_of(&segment.path)?.skip(1)) {
                let line = line.map_err(fault("read", &segment.path))?;
                if this <= after {
                    continue;
                }
                if page.reads.len() == most || looked_at == LOOKED_AT_MAX {
                    page.next = Some(number);
                    return Ok(page);
                }
                let entry = segment::parse(&segment.path, &line)?;
                looked_at += 1;
                number = this;
                if wanted(&entry) {
                    page.reads.push(NumberedRead { number, entry });
                }
            }
        }
        Ok(page)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until it is told to stop; whether it was.
    fn waits(&self, so_long: Duration) -> bool {
        let queue = self.queue();
        let waited = self.wake.wait_timeout_while(queue, so_long, |queue| !queue.is_stopping);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_stopping
    }

    /// Whoever writes stops once all is written.
    fn stop(&self) {
        self.queue().is_stopping = true;
        self.wake.notify_all();
    }
}
