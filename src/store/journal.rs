//! A strict reading of the database's journals, before the database itself opens them.
//!
//! The database stops silently at the first entry that does not decode, cuts the file there, and checks neither the
//! sequence number nor the count of a batch. This reads the same bytes and tells how a journal ends:
//!
//! ```text
//! batch    1, items 4, sequence number 8; then the items; then 3, XXH3-64 of all items 8, `FJL` 3
//! item     2, value type 0, compression 0, keyspace 8, key length 2, value length 4, again 4, key, value
//! ```
//! All numbers are little-endian. INVARIANT: nothing is written here. A journal that ends [`End::Clean`] is replayed
//! whole by the database. Absent on purpose: what follows from an end that is not clean (`super::recovery`).

use super::row;
use crate::seams::OrganizationNumber;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 4] = b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const KEY_BYTES: usize = 12;
/// The first keyspace that a database gives out is the log.
const LOG_KEYSPACE: u64 = 1;
/// Between two batches the database itself takes a few sequence numbers, never so many.
const SEQUENCE_STEP_MAX: u64 = 1 << 32;

/// The positions that rows of each organization hold.
pub(super) type Reach = BTreeMap<OrganizationNumber, RangeInclusive<u64>>;

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
    let mut numbered = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok());
        if let (true, Some(number)) = (is_journal(&path), number) {
            numbered.push((number, path));
        }
    }
    numbered.sort();
    let mut last = None;
    numbered.into_iter().map(|(_, path)| read(path, &mut last)).collect()
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

fn parts(key: &[u8; KEY_BYTES]) -> (OrganizationNumber, u64) {
    let (organization, first) = key.split_first_chunk().expect("a key is longer than that");
    let first = u64::from_be_bytes(first.try_into().expect("the rest of a key is eight bytes"));
    (OrganizationNumber(u32::from_be_bytes(*organization)), first)
}

fn add(reach: &mut Reach, key: &[u8; KEY_BYTES], value: &[u8]) {
    let (organization, first) = parts(key);
    let last = first.saturating_add(row::count(value).saturating_sub(1));
    let range = reach.entry(organization).or_insert(first..=last);
    *range = first.min(*range.start())..=last.max(*range.end());
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// They end before it does.
    Short,
    /// They are something else.
    Other,
}

/// A whole batch, its checksum included.
struct Batch {
    sequence: u64,
    bytes: usize,
    rows: Reach,
}

impl Batch {
    fn parse(bytes: &[u8]) -> Result<Batch, Fault> {
        let mut input = Input(bytes);
        let mut rows = Reach::new();
        let sequence = Batch::parse_items(&mut input, |key, value| add(&mut rows, key, value))?;
        Ok(Batch { sequence, bytes: bytes.len() - input.0.len(), rows })
    }

    fn parse_items(input: &mut Input<'_>, mut row: impl FnMut(&[u8; KEY_BYTES], &[u8])) -> Result<u64, Fault> {
        input.expect(START)?;
        let items = u32::from_le_bytes(input.take()?);
        let sequence = u64::from_le_bytes(input.take()?);
        let from = input.0;
        for _ in 0..items {
            [ITEM, 0, 0].into_iter().try_for_each(|byte| input.expect(byte))?;
            let keyspace = u64::from_le_bytes(input.take()?);
            let key_bytes = usize::from(u16::from_le_bytes(input.take()?));
            let [value_bytes, again] = [u32::from_le_bytes(input.take()?), u32::from_le_bytes(input.take()?)];
            if keyspace != LOG_KEYSPACE || key_bytes != KEY_BYTES || value_bytes != again {
                return Err(Fault::Other);
            }
            let key = input.take::<KEY_BYTES>()?;
            let value = input.split(usize::try_from(value_bytes).map_err(|_| Fault::Other)?)?;
            row(&key, value);
        }
        let hashed = from.get(..from.len() - input.0.len()).ok_or(Fault::Other)?;
        input.expect(END)?;
        let sum = u64::from_le_bytes(input.take()?);
        let magic = input.take::<4>()?;
        if items == 0 || sum != xxh3_64(hashed) || magic != *MAGIC {
            return Err(Fault::Other);
        }
        Ok(sequence)
    }

    fn follows(&self, last: Option<u64>) -> bool {
        last.is_none_or(|last| self.sequence > last && self.sequence - last < SEQUENCE_STEP_MAX)
    }

    fn add_to(&self, reach: &mut Reach) {
        for (&organization, rows) in &self.rows {
            let range = reach.entry(organization).or_insert_with(|| rows.clone());
            *range = *rows.start().min(range.start())..=*rows.end().max(range.end());
        }
    }
}

/// Bytes still to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn split(&mut self, bytes: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take::<1>()? == [byte] { Ok(()) } else { Err(Fault::Other) }
    }
}
