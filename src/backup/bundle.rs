//! A bundle: some rows of one organization, sealed, with the tree before and behind them.
//!
//! ```text
//! 8 bytes      `CWBUNDL1`
//! 4, 8         organization, position of the first event
//! 32 each      the tree before it: a hash for each bit that is set in the position before
//! then rows    4 bytes of length, and a row as the store has it (`store::row`)
//! 4 bytes      0: no more of them
//! 8            position of the last event
//! 32 each      the tree behind it: a hash for each bit that is set in that position
//! 32           SHA-256 of everything before
//! ```
//! All numbers are little-endian. So a bundle can be verified by itself, and two of them by the trees where they meet.
//! INVARIANT: what is read is the bytes that were written, or a [`Damage`]; positions in it are dense. Absent on purpose:
//! where bundles begin and end (`write`).

use super::hex::Hex;
use crate::integrity::file;
use crate::integrity::tree::Frontier;
use crate::seams::tree::{Root, Tree};
use crate::seams::{Encoded, OrganizationNumber};
use crate::store::row;
use caseward_events::Position;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

const MAGIC: &[u8; 8] = b"CWBUNDL1";
const SUM_BYTES: usize = 32;

/// Why bytes are no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is not there.
    #[error("it is not there")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unread(String),
    /// It does not begin as a bundle does.
    #[error("it does not begin as a bundle of this release does")]
    Magic,
    /// It ends too early.
    #[error("it is cut short")]
    Cut,
    /// Its last bytes are not the hash of the others.
    #[error("it is not as it was written: another SHA-256")]
    Sum,
    /// It is a whole bundle, and another than the manifest tells of.
    #[error("it is another bundle than the manifest tells of")]
    Other,
    /// A row in it is none.
    #[error("it holds {0}")]
    Row(String),
    /// Its events do not have the root that it names.
    #[error("its events do not have the root that it names")]
    Root,
    /// The bundle before it ends in another tree than this one begins with.
    #[error("it does not go on where the one before it ends")]
    NotNext,
}

/// In the place of what a run left that was stopped.
fn new_file(path: &Path) -> io::Result<File> {
    file::clear(path)?;
    file::create_private(path)
}

/// A bundle that is being written.
pub(super) struct Writing {
    file: File,
    sum: Sha256,
    bytes: u64,
    portion: Vec<u8>,
}

impl Writing {
    /// Begins one behind `before`.
    pub(super) fn begin(path: &Path, organization: OrganizationNumber, before: &Frontier) -> io::Result<Writing> {
        let mut writing = Writing { file: new_file(path)?, sum: Sha256::new(), bytes: 0, portion: Vec::new() };
        writing.portion.extend(MAGIC);
        writing.portion.extend(organization.0.to_le_bytes());
        writing.portion.extend(before.position().next().0.to_le_bytes());
        writing.portion.extend(before.subtrees().as_flattened());
        Ok(writing)
    }

    /// Adds events, in rows.
    pub(super) fn add(&mut self, events: &Encoded) -> io::Result<()> {
        for places in row::split(events) {
            let row = row::encode(events, places);
            self.portion.extend(length(row.len()).to_le_bytes());
            self.portion.extend(row);
        }
        self.send()
    }

    /// So long is what was written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends it at `behind`: the file, to be synced, its length, and its sum.
    pub(super) fn end(mut self, behind: &Frontier) -> io::Result<(File, u64, Hex<32>)> {
        self.portion.extend(0_u32.to_le_bytes());
        self.portion.extend(behind.position().0.to_le_bytes());
        self.portion.extend(behind.subtrees().as_flattened());
        self.send()?;
        let sum: [u8; SUM_BYTES] = self.sum.finalize().into();
        self.file.write_all(&sum)?;
        Ok((self.file, self.bytes + SUM_BYTES as u64, Hex(sum)))
    }

    fn send(&mut self) -> io::Result<()> {
        self.sum.update(&self.portion);
        self.file.write_all(&self.portion)?;
        self.bytes += self.portion.len() as u64;
        self.portion.clear();
        Ok(())
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("no row is larger than an event may be, and that is 64 MiB")
}

/// A bundle that was read, and is the bytes that were written.
#[derive(Debug)]
pub(super) struct Bundle {
    bytes: Vec<u8>,
    rows: Vec<Range<usize>>,
    pub(super) organization: OrganizationNumber,
    pub(super) before: Frontier,
    pub(super) behind: Frontier,
    pub(super) sum: Hex<32>,
}

impl Bundle {
    /// Reads it and compares every byte with its sum.
    pub(super) fn read(path: &Path) -> Result<Bundle, Damage> {
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Damage::Missing,
            _ => Damage::Unread(error.to_string()),
        })?;
        Bundle::parse(bytes)
    }

    fn parse(bytes: Vec<u8>) -> Result<Bundle, Damage> {
        if !bytes.starts_with(MAGIC) {
            return Err(Damage::Magic);
        }
        let (said, sum) = bytes.split_last_chunk::<SUM_BYTES>().ok_or(Damage::Cut)?;
        if *sum != <[u8; SUM_BYTES]>::from(Sha256::digest(said)) {
            return Err(Damage::Sum);
        }
        let mut input = Input { bytes: said, at: MAGIC.len() };
        let organization = OrganizationNumber(u32::from_le_bytes(input.take()?));
        let first = u64::from_le_bytes(input.take()?);
        let before = input.frontier(first.checked_sub(1).ok_or(Damage::Cut)?)?;
        let (mut rows, mut next) = (Vec::new(), first);
        loop {
            let length = usize::try_from(u32::from_le_bytes(input.take()?)).map_err(|_| Damage::Cut)?;
            if length == 0 {
                break;
            }
            let row = input.at..input.at + length;
            next = next.checked_add(row::count(input.split(length)?)).ok_or(Damage::Cut)?;
            rows.push(row);
        }
        let last = u64::from_le_bytes(input.take()?);
        let behind = input.frontier(last)?;
        if input.at != said.len() || last.checked_add(1) != Some(next) {
            return Err(Damage::Cut);
        }
        let sum = Hex(*sum);
        Ok(Bundle { bytes, rows, organization, before, behind, sum })
    }

    /// The position of its first event.
    pub(super) fn first(&self) -> Position {
        self.before.position().next()
    }

    /// The position of its last event.
    pub(super) fn last(&self) -> Position {
        self.behind.position()
    }

    /// The length of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Shows its events from `from` on, in order.
    pub(super) fn events(&self, from: Position, mut visit: impl FnMut(Position, &[u8])) -> Result<(), Damage> {
        self.slice(from, |position, event| {
            visit(position, event);
            true
        })
    }

    /// The same until the visitor has enough, which it says with false.
    pub(super) fn slice(&self, from: Position, mut visit: impl FnMut(Position, &[u8]) -> bool) -> Result<(), Damage> {
        let mut next = self.first();
        for row in &self.rows {
            let row = &self.bytes[row.clone()];
            let behind = Position(next.0 + row::count(row));
            if behind > from {
                for event in row::decode(row).map_err(|damage| Damage::Row(damage.to_string()))? {
                    if next >= from && !visit(next, event) {
                        return Ok(());
                    }
                    next = next.next();
                }
            }
            next = behind;
        }
        Ok(())
    }

    /// One event.
    pub(super) fn event(&self, at: Position) -> Result<Option<Vec<u8>>, Damage> {
        let mut found = None;
        self.events(at, |position, event| {
            if position == at {
                found = Some(event.to_vec());
            }
        })?;
        Ok(found)
    }

    /// The tree up to a position in it, or right before it.
    pub(super) fn frontier_at(&self, at: Position) -> Result<Frontier, Damage> {
        let mut frontier = self.before.clone();
        self.events(self.first(), |position, event| {
            if position <= at {
                frontier.add_leaves([event]);
            }
        })?;
        Ok(frontier)
    }

    /// Whether its events lead from the one tree to the other.
    pub(super) fn verify(&self) -> Result<(), Damage> {
        let reached = self.frontier_at(self.last())?;
        if reached == self.behind { Ok(()) } else { Err(Damage::Root) }
    }
}

/// Bytes of a bundle that are still to be read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn split(&mut self, bytes: usize) -> Result<&'a [u8], Damage> {
        let end = self.at.checked_add(bytes).ok_or(Damage::Cut)?;
        let taken = self.bytes.get(self.at..end).ok_or(Damage::Cut)?;
        self.at = end;
        Ok(taken)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        self.split(N)?.try_into().map_err(|_| Damage::Cut)
    }

    fn frontier(&mut self, leaves: u64) -> Result<Frontier, Damage> {
        let hashes = self.split(leaves.count_ones() as usize * size_of::<Root>())?;
        Frontier::from_parts(leaves, hashes.as_chunks().0.to_vec()).ok_or(Damage::Cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64) -> Vec<u8> {
        format!("event {number}").into_bytes()
    }

    /// One with events 4 to 8.
    fn written(path: &Path) -> Frontier {
        let (mut before, mut behind) = (Frontier::default(), Frontier::default());
        (1..=3).for_each(|number| before.add_leaves([event(number).as_slice()]));
        (1..=8).for_each(|number| behind.add_leaves([event(number).as_slice()]));
        let mut writing = Writing::begin(path, OrganizationNumber(7), &before).expect("there is room");
        writing.add(&[event(4), event(5)].into_iter().collect()).expect("there is room");
        writing.add(&[event(6), event(7), event(8)].into_iter().collect()).expect("there is room");
        let (file, bytes, _) = writing.end(&behind).expect("there is room");
        assert_eq!(file.metadata().expect("it is open").len(), bytes);
        behind
    }

    #[test]
    fn what_was_written_is_read_and_every_flipped_bit_and_every_cut_is_seen() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("7-4-8.bundle");
        let behind = written(&path);
        let bundle = Bundle::read(&path).expect("it is whole");
        assert_eq!(
            (bundle.organization, bundle.first(), bundle.last()),
            (OrganizationNumber(7), Position(4), Position(8))
        );
        assert_eq!((bundle.verify(), bundle.frontier_at(Position(8))), (Ok(()), Ok(behind)));
        assert_eq!(bundle.event(Position(6)), Ok(Some(event(6))));
        let mut shown = Vec::new();
        bundle.events(Position(7), |position, event| shown.push((position.0, event.to_vec()))).expect("they are rows");
        assert_eq!(shown, [(7, event(7)), (8, event(8))]);
        let bytes = fs::read(&path).expect("it is there");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(Bundle::parse(flipped).is_err(), "bit {bit} of byte {at}");
            }
            assert!(Bundle::parse(bytes[..at].to_vec()).is_err(), "cut to {at}");
        }
        assert!(Bundle::parse([bytes, vec![0]].concat()).is_err(), "a byte more");
        assert_eq!(Bundle::read(&folder.path().join("none")).err(), Some(Damage::Missing));
    }

    #[test]
    fn positions_beyond_all_numbers_are_of_no_bundle() {
        let tree = |leaves: u64| vec![7; 32 * leaves.count_ones() as usize];
        let row = [1, 2, 0];
        let first = u64::MAX;
        let mut bytes = [&MAGIC[..], &1_u32.to_le_bytes(), &first.to_le_bytes(), &tree(first - 1)].concat();
        bytes.extend([&3_u32.to_le_bytes()[..], &row, &0_u32.to_le_bytes(), &first.to_le_bytes()].concat());
        bytes.extend(tree(first));
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum);
        assert_eq!(Bundle::parse(bytes).err(), Some(Damage::Cut));
    }

    #[test]
    fn events_that_do_not_have_the_root_are_seen_though_the_sum_is_right() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("bundle");
        written(&path);
        let mut bytes = fs::read(&path).expect("it is there");
        let at = bytes.windows(7).position(|window| window == b"event 5").expect("it is in it") + 6;
        bytes[at] = b'9';
        let said = bytes.len() - SUM_BYTES;
        let sum: [u8; SUM_BYTES] = Sha256::digest(&bytes[..said]).into();
        bytes[said..].copy_from_slice(&sum);
        assert_eq!(Bundle::parse(bytes).expect("its sum is right").verify(), Err(Damage::Root));
    }
}
