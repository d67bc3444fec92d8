//! Segments of the log of reads: a header, then one entry a line, all of one day.
//!
//! ```text
//! {"caseward_reads":1,"first":17,"day":"2026-03-01T00:00:00Z","subtrees":["64 hexadecimal digits", …]}
//! {"time":…,"kind":"read",…}
//! ```
//! `subtrees` is what it takes to go on with the tree over all entries before `first`
//! ([`Frontier`]), so that what lies behind holds together when what lies before was erased. The bytes of a line without
//! its line feed are a leaf. INVARIANT: the header is durable before the first entry.

use super::hexadecimal;
use crate::integrity::file;
use crate::integrity::tree::Frontier;
use crate::seams::StoreError;
use crate::seams::tree::Root;
use crate::store::folder::fault;
use caseward_events::Timestamp;
use caseward_events::reads::ReadEntry;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
const ENDING: &str = ".jsonl";
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A segment by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// The number of its first entry.
    pub(super) first: u64,
    pub(super) path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    caseward_reads: u32,
    first: u64,
    day: Timestamp,
    subtrees: Vec<String>,
}

/// What the header of a segment says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) day: Timestamp,
    /// Over all entries before it.
    pub(super) before: Frontier,
}

/// The first instant of a day.
pub(super) fn day_of(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros() - time.as_micros().rem_euclid(DAY_MICROS))
}

/// All segments of a folder, in order; none where there is no folder.
pub(super) fn segments(folder: &Path) -> Result<Vec<Segment>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fault("list", folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fault("list", folder))?;
        let first = entry.file_name().to_str().and_then(|name| name.strip_suffix(ENDING)?.parse().ok());
        found.extend(first.filter(|first| *first > 0).map(|first| Segment { first, path: entry.path() }));
    }
    found.sort();
    Ok(found)
}

/// The lines of a segment, without their line feeds; the last one may be cut short.
pub(super) fn lines_of(path: &Path) -> Result<impl Iterator<Item = io::Result<Vec<u8>>> + use<>, StoreError> {
    Ok(BufReader::new(File::open(path).map_err(fault("open", path))?).split(b'\n'))
}

/// An entry.
pub(super) fn parse(path: &Path, line: &[u8]) -> Result<ReadEntry, StoreError> {
    serde_json::from_slice(line).map_err(|why| damaged(path, &format!("a line is no entry: {why}")))
}

/// What the header says.
pub(super) fn header(segment: &Segment) -> Result<Header, StoreError> {
    let bad = || damaged(&segment.path, "its first line is not the header of such a file");
    let line = lines_of(&segment.path)?.next().ok_or_else(bad)?.map_err(fault("read", &segment.path))?;
    let Line { caseward_reads, first, day, subtrees } = serde_json::from_slice(&line).map_err(|_| bad())?;
    let subtrees = subtrees.iter().map(|root| read_root(root)).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
    let before = Frontier::from_parts(first.wrapping_sub(1), subtrees).ok_or_else(bad)?;
    if caseward_reads == FORMAT && first == segment.first { Ok(Header { day, before }) } else { Err(bad()) }
}

/// Makes a segment that goes on with a tree, durably.
pub(super) fn create(folder: &Path, day: Timestamp, before: &Frontier) -> Result<(Segment, File), StoreError> {
    let first = before.leaves() + 1;
    let path = folder.join(format!("{first:020}{ENDING}"));
    let subtrees = before.subtrees().iter().map(hexadecimal).collect();
    let line = Line { caseward_reads: FORMAT, first, day, subtrees };
    let make = || {
        // What lies there has no entry that counts.
        file::clear(&path)?;
        let mut file = file::create_private(&path)?;
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        file::sync_folder_of(&path)?;
        Ok(file)
    };
    let file = make().map_err(fault("make", &path))?;
    Ok((Segment { first, path }, file))
}

fn read_root(text: &str) -> Option<Root> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

pub(super) fn damaged(path: &Path, why: &str) -> StoreError {
    StoreError::Corruption(format!("the log of reads, `{}`: {why}", path.display()))
}
