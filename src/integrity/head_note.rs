//! The `HEAD` note: what was promised of each organization, outside the database.
//!
//! Two slots of 512 bytes an organization, written in turn, so that one is whole whatever happens to the other:
//!
//! ```text
//! 8 bytes      `CWHEADv1`
//! 8 bytes      sequence, from 1; even ones lie in the first slot of the pair, odd ones in the second
//! 4, 8, 32     organization, position, root of the tree there
//! 32 bytes     SHA-256 of all before
//! rest         zeros
//! ```
//! All numbers are little-endian. INVARIANT: an organization has its pair before its first event is written, so one
//! without a pair, or with no whole slot in it, has lost its note. All notes of one moment cost one sync. Absent on
//! purpose: when to write (`crate::store`), and what follows from a note that does not agree (`damage_report`).

use super::file;
use crate::seams::OrganizationNumber;
use crate::seams::tree::Root;
use caseward_events::Position;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"CWHEADv1";
const SLOT_BYTES: usize = 512;
const PAIR_BYTES: usize = 2 * SLOT_BYTES;
const SAID_BYTES: usize = 8 + 8 + 4 + 8 + 32;

/// One note: the tree of the organization had this root at this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whose.
    pub organization: OrganizationNumber,
    /// The last position that was durable.
    pub position: Position,
    /// Of the tree up to it.
    pub root: Root,
}

/// The notes that the file held when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadNotes {
    /// Of each organization every slot that is whole, the newer first.
    pub notes: BTreeMap<OrganizationNumber, Vec<Note>>,
    /// How many slots hold something else, where the other slot of the pair serves.
    pub spoiled_slots: usize,
    /// Pairs without a whole slot, counted from 0: whose they were is not known.
    pub lost_pairs: Vec<usize>,
    /// The file is not there.
    pub is_missing: bool,
}

/// Where the next note of an organization goes.
#[derive(Clone, Copy, Debug)]
struct NextSlot {
    pair: usize,
    sequence: u64,
}

/// The file, open for writing.
#[derive(Debug)]
pub struct HeadNote {
    file: File,
    next_slots: BTreeMap<OrganizationNumber, NextSlot>,
    pairs: usize,
}

impl HeadNote {
    /// Makes the file with a note for each of these, at position 0.
    ///
    /// # Errors
    /// The disk.
    pub fn create(path: &Path, notes: &[Note]) -> io::Result<HeadNote> {
        let file = file::create_private(path)?;
        let mut note = HeadNote { file, next_slots: BTreeMap::new(), pairs: 0 };
        note.write(notes)?;
        note.file.sync_all()?;
        file::sync_folder_of(path)?;
        Ok(note)
    }

    /// Opens the file to go on with it.
    ///
    /// # Errors
    /// The disk; the file not being there is one, too.
    pub fn open(path: &Path) -> io::Result<HeadNote> {
        let bytes = fs::read(path)?;
        let file = OpenOptions::new().write(true).open(path)?;
        let mut next_slots = BTreeMap::new();
        let pairs = bytes.len().div_ceil(PAIR_BYTES);
        for (pair, slots) in bytes.chunks(PAIR_BYTES).enumerate() {
            if let Some((sequence, note)) = whole(slots).first() {
                next_slots.insert(note.organization, NextSlot { pair, sequence: *sequence });
            }
        }
        Ok(HeadNote { file, next_slots, pairs })
    }

    /// Whether the organization has its pair.
    #[must_use]
    pub fn has(&self, organization: OrganizationNumber) -> bool {
        self.next_slots.contains_key(&organization)
    }

    /// Writes notes into the older slot of each pair, a new pair where there is none, and syncs once.
    ///
    /// # Errors
    /// The disk: which of the notes are there is not known; the older ones are.
    pub fn write(&mut self, notes: &[Note]) -> io::Result<()> {
        for note in notes {
            let new = NextSlot { pair: self.pairs, sequence: 0 };
            let place = self.next_slots.get(&note.organization).copied().unwrap_or(new);
            let sequence = place.sequence + 1;
            let slot = slot(sequence, note);
            let at = place.pair * PAIR_BYTES + usize::from(sequence % 2 == 1) * SLOT_BYTES;
            self.file.seek(SeekFrom::Start(at as u64))?;
            self.file.write_all(&slot)?;
            self.pairs = self.pairs.max(place.pair + 1);
            self.next_slots.insert(note.organization, NextSlot { pair: place.pair, sequence });
        }
        self.file.sync_data()
    }
}

/// Reads the file, without changing it.
///
/// # Errors
/// The disk.
pub fn read(path: &Path) -> io::Result<HeadNotes> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(HeadNotes { is_missing: true, ..HeadNotes::default() });
        }
        bytes => bytes?,
    };
    let mut found = HeadNotes::default();
    for (pair, slots) in bytes.chunks(PAIR_BYTES).enumerate() {
        let whole = whole(slots);
        let empty = slots.chunks(SLOT_BYTES).filter(|slot| slot.iter().all(|&byte| byte == 0)).count();
        match whole.first() {
            None => found.lost_pairs.push(pair),
            Some((_, newest)) => {
                found.spoiled_slots += slots.chunks(SLOT_BYTES).count() - whole.len() - empty;
                found.notes.insert(newest.organization, whole.into_iter().map(|(_, note)| note).collect());
            }
        }
    }
    Ok(found)
}

/// The slots of a pair that are whole, the newer first.
fn whole(slots: &[u8]) -> Vec<(u64, Note)> {
    let mut whole: Vec<_> = slots.chunks(SLOT_BYTES).filter_map(parse).collect();
    whole.sort_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
    whole
}

fn slot(sequence: u64, note: &Note) -> [u8; SLOT_BYTES] {
    let mut said = MAGIC.to_vec();
    said.extend(sequence.to_le_bytes());
    said.extend(note.organization.0.to_le_bytes());
    said.extend(note.position.0.to_le_bytes());
    said.extend(note.root);
    let sum: Root = Sha256::digest(&said).into();
    said.extend(sum);
    said.resize(SLOT_BYTES, 0);
    said.try_into().expect("it was made as long as a slot")
}

fn parse(slot: &[u8]) -> Option<(u64, Note)> {
    let (said, rest) = slot.split_at_checked(SAID_BYTES)?;
    let (sum, padding) = rest.split_first_chunk::<32>()?;
    if *sum != <Root>::from(Sha256::digest(said)) || padding.iter().any(|&byte| byte != 0) {
        return None;
    }
    let (sequence, rest) = said.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (organization, rest) = rest.split_first_chunk()?;
    let (position, root) = rest.split_first_chunk()?;
    let organization = OrganizationNumber(u32::from_le_bytes(*organization));
    let position = Position(u64::from_le_bytes(*position));
    Some((u64::from_le_bytes(*sequence), Note { organization, position, root: root.try_into().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(organization: u32, position: u64) -> Note {
        let root = [u8::try_from(position).expect("a small one"); 32];
        Note { organization: OrganizationNumber(organization), position: Position(position), root }
    }

    fn positions(path: &Path, organization: u32) -> Vec<u64> {
        let found = read(path).expect("it can be read");
        let notes = found.notes.get(&OrganizationNumber(organization)).cloned().unwrap_or_default();
        notes.iter().map(|note| note.position.0).collect()
    }

    #[test]
    fn the_newer_of_two_slots_comes_first_and_writing_goes_on_after_a_restart() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("HEAD");
        let mut head = HeadNote::create(&path, &[note(0, 0), note(1, 0)]).expect("it can be made");
        head.write(&[note(1, 5), note(7, 3)]).expect("it can be written");
        head.write(&[note(1, 6)]).expect("it can be written");
        drop(head);
        assert_eq!((positions(&path, 1), positions(&path, 7)), (vec![6, 5], vec![3]));
        let mut head = HeadNote::open(&path).expect("it opens");
        assert!(head.has(OrganizationNumber(7)) && !head.has(OrganizationNumber(8)));
        head.write(&[note(1, 9), note(8, 1)]).expect("it can be written");
        assert_eq!((positions(&path, 1), positions(&path, 8), positions(&path, 0)), (vec![9, 6], vec![1], vec![0]));
        assert_eq!(fs::read(&path).expect("it is there").len() % SLOT_BYTES, 0);
    }

    #[test]
    fn one_spoiled_slot_leaves_the_other_and_two_are_a_lost_note() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("HEAD");
        let mut head = HeadNote::create(&path, &[note(1, 0)]).expect("it can be made");
        head.write(&[note(1, 5)]).expect("it can be written");
        drop(head);
        let bytes = fs::read(&path).expect("it is there");
        for at in 0..bytes.len() {
            let mut spoiled = bytes.clone();
            spoiled[at] ^= 1;
            fs::write(&path, &spoiled).expect("it can be spoiled");
            let left = if at < SLOT_BYTES { 0 } else { 5 };
            assert_eq!(positions(&path, 1), [left], "flipped at {at}");
            spoiled[(at + SLOT_BYTES) % PAIR_BYTES] ^= 1;
            fs::write(&path, &spoiled).expect("it can be spoiled");
            let found = read(&path).expect("it can be read");
            assert_eq!((found.notes.len(), found.lost_pairs), (0, vec![0]), "flipped at {at} in both");
        }
        fs::remove_file(&path).expect("it can be removed");
        assert!(read(&path).expect("it can be looked for").is_missing);
    }
}
