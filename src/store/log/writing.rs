//! What a store has that takes writes: the note of its head, and the flush of its log, each on a thread of its own.

use super::flush::Flush;
use super::note_writer::NoteWriter;
use crate::integrity::head_note::{HeadNote, Note};
use crate::seams::StoreError;
use crate::store::append_gate::Heads;
use crate::store::database::errors::fault;
use crate::store::folder::Folder;
use crate::store::recovery::anchor::Frontiers;
use crate::store::recovery::evidence::Evidence;
use fjall::{Database, Keyspace};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a store has that takes writes.
pub(super) struct Writing {
    pub(super) notes: Arc<NoteWriter>,
    pub(super) flush: Arc<Flush>,
    /// Held by the one who keeps roots of subtrees at a time.
    pub(super) subtrees: Mutex<()>,
    flushing: Option<JoinHandle<()>>,
}

impl Writing {
    pub(super) fn start(
        folder: &Folder,
        (log, database): (&Keyspace, &Database),
        evidence: &Evidence,
        frontiers: Frontiers,
    ) -> Result<Self, StoreError> {
        let thread = |source| fault("start a thread", source);
        let noted = newest(evidence).into_iter().collect();
        let head_note = HeadNote::open(&folder.head_note());
        let head_note = head_note.map_err(|source| fault("open the note of the head", source))?;
        let identity = folder.identity().map_err(|source| fault("look at the data directory", source))?;
        let notes = Arc::new(NoteWriter::start(frontiers, noted, head_note, Some(identity)).map_err(thread)?);
        // A crash may have left the note behind the head, which is vouched for now.
        notes.note()?;
        let in_journals = evidence.journals.iter().map(|journal| journal.whole_bytes).sum();
        let flush = Flush::new(log.clone(), database.clone(), Arc::clone(&notes), folder.anchor(), in_journals);
        let flush = Arc::new(flush);
        let flushing = Some(flush.start().map_err(thread)?);
        Ok(Writing { notes, flush, subtrees: Mutex::default(), flushing })
    }

    /// Ends its threads with everything noted. Whether nothing that the journals hold is needed any more.
    pub(super) fn stop(mut self) -> Result<bool, StoreError> {
        let flushed = self.flush.stop(self.flushing.take());
        self.notes.stop()?;
        flushed
    }
}

/// How far each organization is noted.
pub(super) fn newest(evidence: &Evidence) -> Heads {
    let newest = |(&organization, notes): (&_, &Vec<Note>)| Some((organization, notes.first()?.position));
    evidence.notes.notes.iter().filter_map(newest).collect()
}
