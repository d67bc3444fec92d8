//! Where the decision log is written: one JSON object a line, by a thread of its own.
//!
//! Lines wait in memory, bounded in bytes. About once a second the thread writes them with one sync. A file that has come to
//! its size is renamed, with the time in its name, and another one is begun; one that somebody else moved away is begun
//! anew. INVARIANT: whoever puts a record in waits neither for room nor for the disk; what finds no room, and what the disk
//! does not take, is counted, and the next record that is written says how many.

use super::record::Record;
use crate::integrity::file;
use crate::seams::system_time;
use caseward_events::limits::LINE_BYTES_MAX;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of records that wait to be written.
pub const WAITING_BYTES_MAX: usize = 64 << 20;

/// Bytes of a file before another one is begun.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// How long records wait for others to be written with them.
const GATHERS: Duration = Duration::from_secs(1);

/// Which decisions are logged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhichDecisions {
    /// Only those that deny something.
    pub only_denied: bool,
    /// This share of the calls, drawn by chance: 1 for all.
    pub share: f64,
}

/// The decision log of a service.
#[derive(Debug)]
pub struct DecisionLog {
    which: WhichDecisions,
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    count: u64,
    dropped: u64,
    dropped_ever: u64,
    is_stopping: bool,
}

/// Writes a decision log until it is dropped; then what waits is written.
#[derive(Debug)]
pub struct WritesDecisions {
    log: Arc<DecisionLog>,
    thread: Option<JoinHandle<()>>,
}

impl DecisionLog {
    /// A log of these decisions, written to a file.
    ///
    /// # Errors
    /// The file cannot be opened; the operating system gives no thread.
    pub fn begin(which: WhichDecisions, path: &Path) -> io::Result<WritesDecisions> {
        DecisionLog::begin_with(which, path, FILE_BYTES_MAX)
    }

    fn begin_with(which: WhichDecisions, path: &Path, bytes_max: u64) -> io::Result<WritesDecisions> {
        let log = Arc::new(DecisionLog { which, waiting: Mutex::default(), wake: Condvar::new() });
        let mut written = Written::open(path, bytes_max)?;
        let of = Arc::clone(&log);
        let run = move || {
            let mut is_failing = false;
            loop {
                let is_stopping = of.waits();
                let (lines, count) = of.take();
                let done = if lines.is_empty() { Ok(()) } else { written.append(&lines) };
                if let Err(error) = &done {
                    of.dropped(count);
                    if !is_failing {
                        tracing::error!(%error, "decisions are not logged; they are counted as dropped");
                    }
                }
                is_failing = done.is_err();
                if is_stopping {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("caseward-decisions".to_owned()).spawn(run)?;
        Ok(WritesDecisions { log, thread: Some(thread) })
    }

    /// How many records were dropped since it began.
    #[must_use]
    pub fn dropped_ever(&self) -> u64 {
        self.waiting().dropped_ever
    }

    /// Whether this call is one of the share.
    pub(super) fn takes_one(&self) -> bool {
        if self.which.share >= 1.0 {
            return true;
        }
        let mut bytes = [0; 4];
        // Where chance fails, more is logged.
        getrandom::fill(&mut bytes).is_err()
            || f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX) < self.which.share
    }

    pub(super) fn wants(&self, is_denied: bool) -> bool {
        is_denied || !self.which.only_denied
    }

    pub(super) fn put(&self, mut record: Record) {
        let dropped = std::mem::take(&mut self.waiting().dropped);
        record.attributes.dropped = dropped;
        let mut line = serde_json::to_vec(&record).expect("a record has a JSON form");
        line.push(b'\n');
        let mut waiting = self.waiting();
        // A longer line is none that could be replayed.
        if line.len() <= LINE_BYTES_MAX && waiting.lines.len() + line.len() <= WAITING_BYTES_MAX {
            waiting.lines.extend(line);
            waiting.count += 1;
        } else {
            waiting.dropped += dropped + 1;
            waiting.dropped_ever += 1;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> (Vec<u8>, u64) {
        let mut waiting = self.waiting();
        (std::mem::take(&mut waiting.lines), std::mem::take(&mut waiting.count))
    }

    fn dropped(&self, count: u64) {
        let mut waiting = self.waiting();
        waiting.dropped += count;
        waiting.dropped_ever += count;
    }

    /// Waits a while, or until it is told to stop; whether it was.
    fn waits(&self) -> bool {
        let waiting = self.waiting();
        let waited = self.wake.wait_timeout_while(waiting, GATHERS, |waiting| !waiting.is_stopping);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_stopping
    }
}

impl WritesDecisions {
    /// The log that it writes.
    #[must_use]
    pub fn log(&self) -> Arc<DecisionLog> {
        Arc::clone(&self.log)
    }
}

impl Drop for WritesDecisions {
    fn drop(&mut self) {
        self.log.waiting().is_stopping = true;
        self.log.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // It only panics where a lock is broken; what was written stays.
            let _ = thread.join();
        }
    }
}

/// The file that grows.
struct Written {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    /// The end may be half a line.
    is_torn: bool,
}

impl Written {
    fn open(path: &Path, bytes_max: u64) -> io::Result<Written> {
        let file = match file::create_private(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => OpenOptions::new().append(true).open(path)?,
            made => made?,
        };
        let bytes = file.metadata()?.len();
        // A process that was killed may have left half a line.
        Ok(Written { path: path.to_owned(), file, bytes, bytes_max, is_torn: bytes > 0 })
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes >= self.bytes_max && self.is_there() {
            let mut aside = self.path.clone().into_os_string();
            aside.push(format!(".{}", system_time::in_a_name(system_time::now())));
            fs::rename(&self.path, aside)?;
        }
        if !self.is_there() {
            *self = Written::open(&self.path, self.bytes_max)?;
        }
        if self.is_torn {
            // A blank line is passed over, half of one is not read as part of the next.
            self.file.write_all(b"\n")?;
            self.bytes += 1;
        }
        self.is_torn = true;
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        self.is_torn = false;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// Whether what is at the path is the file that is open.
    #[cfg(unix)]
    fn is_there(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let id = |metadata: io::Result<fs::Metadata>| metadata.map(|there| (there.dev(), there.ino())).ok();
        let open = id(self.file.metadata());
        open.is_none() || id(fs::metadata(&self.path)) == open
    }

    #[cfg(not(unix))]
    fn is_there(&self) -> bool {
        self.path.exists()
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Made;
    use super::super::record::{Attributes, In};
    use super::*;
    use std::collections::BTreeMap;

    const ALL: WhichDecisions = WhichDecisions { only_denied: false, share: 1.0 };

    fn record(name: &str) -> Record {
        let organization = "default".parse().expect("a name");
        let Made { event, .. } = Made::failed("default".parse().expect("a name"));
        Record {
            trace_id: name.to_owned(),
            span_id: String::new(),
            parent_span_id: None,
            event_name: event.to_owned(),
            timestamp: 0,
            status: "Error".to_owned(),
            attributes: Attributes {
                policies: BTreeMap::new(),
                information: BTreeMap::new(),
                configuration: BTreeMap::new(),
                organization,
                caller: "socket".to_owned(),
                words: In::Own,
                pins: Vec::new(),
                dropped: 0,
            },
            resource: BTreeMap::new(),
            body: None,
        }
    }

    fn read(path: &Path) -> Vec<(String, u64)> {
        let text = fs::read_to_string(path).expect("it is there");
        let parse = |line: &str| serde_json::from_str::<Record>(line).ok();
        text.lines().filter_map(parse).map(|record| (record.trace_id, record.attributes.dropped)).collect()
    }

    #[test]
    fn what_finds_no_room_is_counted_and_the_next_record_says_how_many() {
        let log = DecisionLog { which: ALL, waiting: Mutex::default(), wake: Condvar::new() };
        let long = "x".repeat(LINE_BYTES_MAX / 2);
        for _ in 0..200 {
            log.put(record(&long));
        }
        let (lines, count) = log.take();
        assert!(lines.len() <= WAITING_BYTES_MAX && count < 200);
        assert_eq!(log.dropped_ever(), 200 - count);
        log.put(record(&"x".repeat(LINE_BYTES_MAX)));
        log.put(record("next"));
        let next: Record = serde_json::from_slice(&log.take().0).expect("one line");
        assert_eq!((next.trace_id.as_str(), next.attributes.dropped), ("next", 201 - count));
    }

    #[test]
    fn a_file_that_is_full_or_was_moved_away_is_followed_by_another() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("decisions.jsonl");
        let mut written = Written::open(&path, 10).expect("there is room");
        for text in ["one\n", "two\n", "three\n"] {
            written.append(text.as_bytes()).expect("there is room");
        }
        written.append(b"four\n").expect("there is room");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "four\n");
        let names = fs::read_dir(folder.path()).expect("it is there").map(|entry| entry.expect("a file").path());
        let aside = names.into_iter().find(|name| *name != path).expect("there is another");
        assert_eq!(fs::read_to_string(aside).expect("it is there"), "one\ntwo\nthree\n");
        fs::rename(&path, folder.path().join("moved")).expect("it is there");
        written.append(b"five\n").expect("there is room");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "five\n");
    }

    #[test]
    fn half_a_line_of_a_process_that_was_killed_spoils_no_other() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("decisions.jsonl");
        fs::write(&path, r#"{"trace_id":"ha"#).expect("there is room");
        let writes = DecisionLog::begin(ALL, &path).expect("there is room");
        writes.log().put(record("whole"));
        drop(writes);
        assert_eq!(read(&path), [("whole".to_owned(), 0)]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_fails_nothing_and_is_counted() {
        let writes = DecisionLog::begin(ALL, Path::new("/dev/full")).expect("it opens");
        let log = writes.log();
        log.put(record("lost"));
        drop(writes);
        assert_eq!(log.dropped_ever(), 1);
    }

    #[test]
    fn a_share_is_drawn_and_denials_alone_are_wanted_where_that_is_asked() {
        let of = |only_denied, share| DecisionLog {
            which: WhichDecisions { only_denied, share },
            waiting: Mutex::default(),
            wake: Condvar::new(),
        };
        let drawn = (0..10_000).filter(|_| of(false, 0.5).takes_one()).count();
        assert!((4_000..6_000).contains(&drawn), "{drawn}");
        assert!(!of(false, 0.0).takes_one() && of(false, 1.0).takes_one());
        assert!(of(true, 1.0).wants(true) && !of(true, 1.0).wants(false) && of(false, 1.0).wants(false));
    }
}
