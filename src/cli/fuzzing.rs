//! Doors to what the command line reads of files, for the targets in `tests/fuzz`.
//!
//! Absent from every build but the fuzzer's (`--cfg fuzzing`).

use super::input::Lines;
use super::settings;
use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// How many lines of a batch are read, until there are no more or it ends with an error.
pub fn lines(bytes: &[u8]) -> u64 {
    // Of a small buffer, so that lines lie across its ends.
    let mut lines = Lines::of(PathBuf::from("batch"), BufReader::with_capacity(7, bytes));
    let mut read = 0;
    while let Ok(Some(line)) = lines.next() {
        assert!(line.number > 0 && line.end <= bytes.len() as u64);
        read += 1;
    }
    read
}

/// Whether a call with this file of settings is one.
pub fn settings(path: &Path) -> bool {
    let call = ["caseward", "--config", path.to_str().expect("a plain name"), "status"];
    settings::parse(call.map(OsString::from).to_vec()).is_ok()
}
