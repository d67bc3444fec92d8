//! Whether the log of reads is what was written: its segments follow each other, and the tree over them has the noted root.
//!
//! INVARIANT: nothing is written. Absent on purpose: telling a log that was replaced as a whole, with its note, from the one
//! that was there: for that a head is kept elsewhere, which [`ReadsLog::verify`] takes.

use super::disk::{note_path, walk};
use super::segment::{Header, damaged, day_of, header, segments};
use super::{FOLDER, ReadsHead, ReadsLog, hexadecimal};
use crate::integrity::head_note;
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree as _;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::folder::fault;
use caseward_events::reads::{Erased, ReadEntry, ReadKind};
use caseward_events::{Position, Timestamp};
use std::path::Path;

/// What a log of reads came to that holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadsVerified {
    /// How many entries there ever were, and the root over them.
    pub head: ReadsHead,
    /// How many of them are there.
    pub entries: u64,
    /// Whether the kept head was of an entry that is there to compare; `None` where none was given.
    pub compared: Option<bool>,
}

impl ReadsLog {
    /// Verifies what a data directory has; `None` where no read was ever kept. A process may write meanwhile: what was noted
    /// when this began is looked at. A kept head must be that of the tree of its size.
    ///
    /// # Errors
    /// The disk; `Corruption`: it is not what was written.
    pub fn verify(data: &Path, kept: Option<ReadsHead>) -> Result<Option<ReadsVerified>, StoreError> {
        let folder = data.join(FOLDER);
        let noted = head_note::read(&note_path(&folder)).map_err(fault("read", &note_path(&folder)))?;
        let segments = segments(&folder)?;
        let bad = |why: &str| damaged(&folder, why);
        if noted.is_missing && segments.is_empty() {
            return match kept.filter(|kept| kept.size > 0) {
                Some(_) => Err(bad("it is gone, and a head of it was kept")),
                None => Ok(None),
            };
        }
        let noted = noted.notes.get(&OrganizationNumber::REGISTER).and_then(|notes| notes.first()).copied();
        let noted = noted.ok_or_else(|| bad("there is no note that can be read"))?;
        let size = noted.position.0;
        let mut walked = Walked { kept, compared: kept.map(|_| false), ..Walked::default() };
        let Some(first) = segments.first() else {
            let head = ReadsHead { size, root: noted.root };
            return match size {
                0 => Ok(Some(ReadsVerified { head, entries: 0, compared: walked.compared })),
                _ => Err(bad("its segments are gone")),
            };
        };
        let mut tree = header(first)?.before;
        walked.compare(&tree);
        let begin = ReadsHead { size: tree.leaves(), root: tree.root() };
        for (index, segment) in segments.iter().enumerate().filter(|(_, segment)| segment.first <= size) {
            let Header { day, before } = header(segment)?;
            if before != tree {
                let why = format!("entries before {} are missing, or were changed", segment.first);
                return Err(damaged(&segment.path, &why));
            }
            let end = segments.get(index + 1).map_or(size, |next| (next.first - 1).min(size));
            walk(segment, end, &mut tree, |entry, tree| walked.see(entry, day, tree))?;
        }
        if (Position(tree.leaves()), tree.root()) != (noted.position, noted.root) {
            return Err(bad(&format!("its entries are not those that `HEAD` notes, of which there are {size}")));
        }
        let head = ReadsHead { size, root: noted.root };
        match walked.wrong(begin, head) {
            Some(why) => Err(bad(&why)),
            None => Ok(Some(ReadsVerified { head, entries: size - begin.size, compared: walked.compared })),
        }
    }
}

/// What the entries came to.
#[derive(Default)]
struct Walked {
    kept: Option<ReadsHead>,
    compared: Option<bool>,
    differs: bool,
    last: Option<Timestamp>,
    back: bool,
    elsewhere: bool,
    erased: Option<(u64, String)>,
}

impl Walked {
    fn see(&mut self, entry: &ReadEntry, day: Timestamp, tree: &Frontier) {
        self.back |= self.last.is_some_and(|last| entry.time < last);
        self.elsewhere |= day_of(entry.time) != day;
        self.last = Some(entry.time);
        if let ReadKind::Erased(Erased { last, root, .. }) = &entry.what {
            self.erased = Some((*last, root.clone()));
        }
        self.compare(tree);
    }

    fn compare(&mut self, tree: &Frontier) {
        if let Some(kept) = self.kept.filter(|kept| kept.size == tree.leaves()) {
            self.compared = Some(true);
            self.differs |= kept.root != tree.root();
        }
    }

    /// What is wrong with entries that make the tree that is noted.
    fn wrong(&self, begin: ReadsHead, head: ReadsHead) -> Option<String> {
        // An erasure that was cut short leaves more than it says.
        let is_told = |(last, root): &(u64, String)| {
            begin.size < *last || begin.size == *last && hexadecimal(&begin.root) == *root
        };
        if begin.size > 0 && !self.erased.as_ref().is_some_and(is_told) {
            return Some(format!("entries 1 to {} are gone, and no entry says that they were erased", begin.size));
        }
        if self.elsewhere {
            return Some("a segment has entries of another day than it says".to_owned());
        }
        if self.back {
            return Some("its times go back".to_owned());
        }
        if self.kept.is_some_and(|kept| kept.size > head.size) {
            return Some(format!("it ends at entry {}, and a head that was kept is of a later one", head.size));
        }
        self.differs.then(|| "it was rewritten: a head that was kept is of other entries".to_owned())
    }
}
