//! Writing the log of reads: the segment that grows, the tree over all entries, and the note of both.
//!
//! INVARIANT: the note names no entry that is not durable. What lies behind the note was being written when the process
//! ended: as much of it as is whole counts, the rest is cut off. A segment is erased only once an entry that says so is
//! durable.

use super::segment::{Header, Segment, create, damaged, day_of, header, lines_of, parse, segments};
use super::{ReadsErased, ReadsHead, hexadecimal};
use crate::integrity::file;
use crate::integrity::head_note::{self, HeadNote, Note};
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree as _;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::folder::{fault, make_directory, sync_directory};
use caseward_events::reads::{Erased, ReadEntry, ReadKind};
use caseward_events::{Position, Timestamp};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A segment that has come to this is followed by another one of the same day.
const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// Where the note is.
pub(super) fn note_path(folder: &Path) -> PathBuf {
    folder.join("HEAD")
}

/// What is there to go on with.
#[derive(Debug)]
pub(super) struct Disk {
    tree: Frontier,
    last: Timestamp,
    growing: Option<Growing>,
    note: Option<HeadNote>,
}

/// The segment that grows.
#[derive(Debug)]
struct Growing {
    file: File,
    day: Timestamp,
    bytes: u64,
}

impl Disk {
    pub(super) fn open(folder: &Path) -> Result<Disk, StoreError> {
        let mut segments = segments(folder)?;
        let noted = head_note::read(&note_path(folder)).map_err(fault("read", &note_path(folder)))?;
        if segments.is_empty() && noted.is_missing {
            return Ok(Disk { tree: Frontier::default(), last: Timestamp::MIN, growing: None, note: None });
        }
        let noted = noted.notes.get(&OrganizationNumber::REGISTER).and_then(|notes| notes.first()).copied();
        let noted = noted.ok_or_else(|| damaged(&note_path(folder), "there is no note that can be read"))?;
        // The making of one may have been cut short: then it holds nothing that counts.
        let is_begun = |last: &Segment| last.first == noted.position.0 + 1 && header(last).is_err();
        if segments.last().is_some_and(is_begun) {
            segments.pop();
        }
        let Some(last) = segments.last() else {
            return match noted.position {
                Position::ZERO => Ok(Disk::before_the_first(folder)?),
                _ => Err(damaged(folder, "its segments are gone")),
            };
        };
        let (disk, erased) = Disk::go_on(folder, last, &noted)?;
        take_away(folder, &segments, erased)?;
        Ok(disk)
    }

    fn before_the_first(folder: &Path) -> Result<Disk, StoreError> {
        let note = HeadNote::open(&note_path(folder)).map_err(fault("open", &note_path(folder)))?;
        Ok(Disk { tree: Frontier::default(), last: Timestamp::MIN, growing: None, note: Some(note) })
    }

    /// From the last segment, whose end may be cut short; up to which entry all were to be erased.
    fn go_on(folder: &Path, last: &Segment, noted: &Note) -> Result<(Disk, u64), StoreError> {
        let Segment { path, .. } = last;
        let Header { day, before } = header(last)?;
        let text = fs::read(path).map_err(fault("read", path))?;
        let (mut tree, mut time, mut bytes, mut erased) = (before, Timestamp::MIN, 0, 0);
        let mut agrees = (tree.position() == noted.position).then(|| tree.root() == noted.root);
        for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let Some((b'\n', entry)) = line.split_last() else { break };
            if index > 0 {
                let parsed = parse(path, entry);
                if tree.position() >= noted.position && parsed.is_err() {
                    break;
                }
                let ReadEntry { time: at, what } = parsed?;
                if let ReadKind::Erased(Erased { last, .. }) = what {
                    erased = last;
                }
                tree.add_leaves([entry]);
                time = at;
            }
            bytes += line.len() as u64;
            if tree.position() == noted.position {
                agrees = Some(tree.root() == noted.root);
            }
        }
        match agrees {
            Some(true) => {}
            Some(false) => return Err(damaged(path, "it was changed: its entries are not those that `HEAD` notes")),
            None => {
                let why = format!(
                    "entries are missing: `HEAD` notes {}, and it goes up to {}",
                    noted.position,
                    tree.leaves()
                );
                return Err(damaged(path, &why));
            }
        }
        let mut file = OpenOptions::new().write(true).open(path).map_err(fault("open", path))?;
        if bytes < text.len() as u64 {
            file.set_len(bytes).and_then(|()| file.sync_all()).map_err(fault("cut", path))?;
        }
        file.seek(SeekFrom::Start(bytes)).map_err(fault("open", path))?;
        let note = HeadNote::open(&note_path(folder)).map_err(fault("open", &note_path(folder)))?;
        let growing = Some(Growing { file, day, bytes });
        Ok((Disk { tree, last: time, growing, note: Some(note) }, erased))
    }

    pub(super) fn head(&self) -> ReadsHead {
        ReadsHead { size: self.tree.leaves(), root: self.tree.root() }
    }

    /// Writes entries, with one sync of each segment and one of the note.
    pub(super) fn append(&mut self, folder: &Path, entries: &mut [ReadEntry]) -> Result<(), StoreError> {
        for entry in entries.iter_mut() {
            entry.time = entry.time.max(self.last);
            self.last = entry.time;
        }
        let of_a_day = |one: &ReadEntry, other: &ReadEntry| day_of(one.time) == day_of(other.time);
        for group in entries.chunk_by(of_a_day) {
            let Some(first) = group.first() else { continue };
            self.append_group(folder, day_of(first.time), group)?;
        }
        Ok(())
    }

    fn append_group(&mut self, folder: &Path, day: Timestamp, group: &[ReadEntry]) -> Result<(), StoreError> {
        let goes_on = |growing: &Growing| growing.day == day && growing.bytes < SEGMENT_BYTES_MAX;
        if !self.growing.as_ref().is_some_and(goes_on) {
            self.begin(folder, day)?;
        }
        let Some(growing) = self.growing.as_mut() else { return Err(damaged(folder, "no segment was begun")) };
        let mut tree = self.tree.clone();
        let mut lines = Vec::new();
        for entry in group {
            let line = serde_json::to_vec(entry).expect("an entry has a JSON form");
            tree.add_leaves([line.as_slice()]);
            lines.extend(line);
            lines.push(b'\n');
        }
        let written = growing.file.write_all(&lines).and_then(|()| growing.file.sync_data());
        if let Err(error) = written {
            // What of it came to the disk is taken back, or cut off at the next opening: no note tells of it.
            let (file, bytes) = (&mut growing.file, growing.bytes);
            if file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes)).map(drop)).is_err() {
                self.growing = None;
            }
            return Err(fault("write", folder)(error));
        }
        growing.bytes += lines.len() as u64;
        self.tree = tree;
        let noted = Note {
            organization: OrganizationNumber::REGISTER,
            position: Position(self.tree.leaves()),
            root: self.tree.root(),
        };
        let note = self.note.as_mut().ok_or_else(|| damaged(folder, "it has no note"))?;
        note.write(&[noted]).map_err(fault("write", &note_path(folder)))
    }

    fn begin(&mut self, folder: &Path, day: Timestamp) -> Result<(), StoreError> {
        if self.note.is_none() {
            make_directory(folder)?;
            let empty = Note {
                organization: OrganizationNumber::REGISTER,
                position: Position::ZERO,
                root: Frontier::default().root(),
            };
            let path = note_path(folder);
            file::clear(&path).map_err(fault("make", &path))?;
            self.note = Some(HeadNote::create(&path, &[empty]).map_err(fault("make", &path))?);
        }
        self.growing = None;
        let (Segment { path, .. }, mut file) = create(folder, day, &self.tree)?;
        let bytes = file.seek(SeekFrom::End(0)).map_err(fault("make", &path))?;
        self.growing = Some(Growing { file, day, bytes });
        Ok(())
    }

    pub(super) fn erase_before(
        &mut self,
        folder: &Path,
        before: Timestamp,
        by: &str,
        now: Timestamp,
    ) -> Result<ReadsErased, StoreError> {
        let old = |segments: &[Segment]| -> Result<Option<(u64, u64)>, StoreError> {
            let Some(oldest) = segments.first() else { return Ok(None) };
            let mut end = None;
            for segment in segments {
                if header(segment)?.day >= day_of(before) {
                    end = Some(segment.first - 1);
                    break;
                }
            }
            let last = end.unwrap_or(self.tree.leaves());
            Ok((last >= oldest.first).then_some((last + 1 - oldest.first, last)))
        };
        let all = segments(folder)?;
        let Some((count, last)) = old(&all)? else { return Ok(ReadsErased::default()) };
        let root = match all.iter().find(|segment| segment.first == last + 1) {
            Some(next) => header(next)?.before.root(),
            None => self.tree.root(),
        };
        let by = by.to_owned();
        let erased = Erased { before: day_of(before), by, count, last, root: hexadecimal(&root) };
        // In a segment of a later day, which stays.
        let time = now.max(before);
        self.append(folder, &mut [ReadEntry { time, what: ReadKind::Erased(erased) }])?;
        take_away(folder, &segments(folder)?, last)?;
        Ok(ReadsErased { count, last })
    }
}

/// Takes segments away that hold only entries up to one.
fn take_away(folder: &Path, segments: &[Segment], last: u64) -> Result<(), StoreError> {
    let mut any = false;
    for (segment, next) in segments.iter().zip(segments.iter().skip(1)) {
        if next.first <= last + 1 {
            fs::remove_file(&segment.path).map_err(fault("erase", &segment.path))?;
            any = true;
        }
    }
    if any { sync_directory(folder) } else { Ok(()) }
}

/// Everything that a walk over the lines of a segment comes by.
pub(super) fn walk(
    segment: &Segment,
    up_to: u64,
    tree: &mut Frontier,
    mut each: impl FnMut(&ReadEntry, &Frontier),
) -> Result<(), StoreError> {
    for (_, line) in (segment.first..=up_to).zip(lines_of(&segment.path)?.skip(1)) {
        let line = line.map_err(fault("read", &segment.path))?;
        let entry = parse(&segment.path, &line)?;
        tree.add_leaves([line.as_slice()]);
        each(&entry, tree);
    }
    Ok(())
}
