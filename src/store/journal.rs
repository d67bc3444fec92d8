//! A strict reading of the database's journals, before the database itself opens them.
//!
//! The database stops silently at the first entry that does not decode, cuts the file there, and checks neither the
//! sequence number nor the count of a batch. This reads the same bytes ([`batch`]) and tells how a journal ends.
//!
//! INVARIANT: nothing is written here. A journal that ends [`End::Clean`] is replayed whole by the database. Absent on
//! purpose: what follows from an end that is not clean (`super::recovery`).

mod batch;

pub(super) use self::batch::Reach;
use self::batch::{Batch, Fault, Input, KEY_BYTES, MAGIC, add, parts};
use crate::seams::OrganizationNumber;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How a journal ends, behind the batches that are whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With nothing, or with zeros that were never written.
    Clean,
    /// With the beginning of a batch, and nothing after it: a write that was cut short.
    Cut,
    /// With a batch that is not as it was written, and nothing whole after it.
    Wrong,
    /// With something else, and after it batches that are whole, with these positions.
    Holed(Reach),
}

/// One journal, as it lies there.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    pub(super) path: PathBuf,
    /// It begins with so many bytes of whole batches.
    pub(super) whole_bytes: u64,
    /// What they hold.
    pub(super) reach: Reach,
    /// Where the bytes end that are not zeros.
    pub(super) written_bytes: u64,
    pub(super) end: End,
}

/// All journals of the database in `folder`, in the order in which they were written.
pub(super) fn scan(folder: &Path) -> io::Result<Vec<Journal>> {
    let mut last = None;
    files(folder)?.into_iter().map(|path| read(path, &mut last)).collect()
}

/// Their files.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut numbered = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (true, Some(number)) = (is_journal(&path), number(&path)) {
            numbered.push((number, path));
        }
    }
    numbered.sort();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

/// The number in the name of a journal.
pub(super) fn number(path: &Path) -> Option<u64> {
    path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok())
}

/// Whether the database takes a file for a journal.
pub(super) fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jnl")
}

fn read(path: PathBuf, last: &mut Option<u64>) -> io::Result<Journal> {
    let bytes = fs::read(&path)?;
    let mut reach = Reach::new();
    let mut rest = bytes.as_slice();
    while let Some(batch) = Batch::parse(rest).ok().filter(|batch| batch.follows(*last)) {
        *last = Some(batch.sequence);
        batch.add_to(&mut reach);
        rest = rest.get(batch.bytes..).unwrap_or_default();
    }
    let whole = bytes.len() - rest.len();
    let written = without_zeros(rest);
    let end = end(written, *last);
    let whole_bytes = whole as u64;
    Ok(Journal { path, whole_bytes, reach, written_bytes: whole_bytes + written.len() as u64, end })
}

/// Journals are made long before they are filled, so this goes over many zeros.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    const ZEROS: [u8; 4_096] = [0; 4_096];
    let mut written = bytes;
    while let Some(rest) = written.strip_suffix(&ZEROS) {
        written = rest;
    }
    let end = written.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    written.get(..end).unwrap_or_default()
}

fn end(written: &[u8], last: Option<u64>) -> End {
    if written.is_empty() {
        return End::Clean;
    }
    let mut behind = Reach::new();
    let mut at = 1;
    while let Some(rest) = written.get(at..).filter(|rest| !rest.is_empty()) {
        match Batch::parse(rest) {
            Ok(batch) if batch.follows(last) => {
                batch.add_to(&mut behind);
                at += batch.bytes;
            }
            _ => at += 1,
        }
    }
    if !behind.is_empty() {
        return End::Holed(behind);
    }
    let begun = matches!(Batch::parse(written), Err(Fault::Short));
    if begun && !written.ends_with(MAGIC) { End::Cut } else { End::Wrong }
}

/// The positions of the rows at the start of a batch that is not whole, as far as they can be read.
pub(super) fn torn_reach(journal: &Journal) -> io::Result<Reach> {
    let bytes = fs::read(&journal.path)?;
    let from = usize::try_from(journal.whole_bytes).unwrap_or(usize::MAX);
    let mut reach = Reach::new();
    let mut input = Input(bytes.get(from..).unwrap_or_default());
    let _ = Batch::parse_items(&mut input, |key, value| add(&mut reach, key, value));
    Ok(reach)
}

/// Rows by organization and first position.
pub(super) type Rows = BTreeMap<(OrganizationNumber, u64), Vec<u8>>;

/// The rows of all batches that are whole, wherever they lie.
pub(super) fn rows(journals: &[Journal]) -> io::Result<Rows> {
    let mut rows = Rows::new();
    for journal in journals {
        let bytes = fs::read(&journal.path)?;
        let mut rest = without_zeros(&bytes);
        while !rest.is_empty() {
            let taken = Batch::parse(rest).map_or(1, |batch| {
                let mut keep = |key: &[u8; KEY_BYTES], row: &[u8]| {
                    let (organization, first) = parts(key);
                    rows.insert((organization, first), row.to_vec());
                };
                // It was parsed just now.
                let _ = Batch::parse_items(&mut Input(rest), &mut keep);
                batch.bytes
            });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }
    Ok(rows)
}
