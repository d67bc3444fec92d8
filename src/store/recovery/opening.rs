//! Opening the database so that what it then serves is what was acknowledged.
//!
//! | what is found | what follows |
//! |---|---|
//! | everything agrees | it opens |
//! | the last journal ends in the beginning of a batch, behind every note, and nothing follows it | a crash: the beginning is cut off, kept in a file `cut-...`, and it opens |
//! | the same, but the last batch is complete and not as it was written | the end is not vouched for: reading only |
//! | anything else | damage: reading only, up to where everything agrees |
//!
//! INVARIANT: the database never opens journals in place that it would not replay whole, since it would cut them; and a
//! store that is opened for reading only is opened on a copy. Absent on purpose: repair
//! (`crate::store::FjallStore::repair`).

use super::check::{self, From, Walked};
use super::evidence::Evidence;
use super::scratch_copy::ScratchCopy;
use super::table_lists;
use crate::integrity::damage_report::{DamageReport, Extent};
use crate::integrity::head_note::{HeadNote, Note};
use crate::integrity::tree::Frontier;
use crate::integrity::visitor::{NoVisitor, Visitor};
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::database::errors::{fault, opening};
use crate::store::database::memory_use::Cache;
use crate::store::database::rows::KEYSPACE;
use crate::store::folder::{Folder, Stage, is_there};
use crate::store::journal::Journal;
use caseward_events::Position;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tracing::warn;

/// A file that a fjall database has from the start. Where it is missing, fjall would make a new database.
const DATABASE_MARKER: &str = "version";

/// An open database, and what is known of it.
pub(in crate::store) struct Opened {
    pub(in crate::store) log: Keyspace,
    pub(in crate::store) database: Database,
    pub(in crate::store) walked: Walked,
    pub(in crate::store) evidence: Evidence,
    /// Where it is a copy, for reading only.
    pub(in crate::store) copy: Option<ScratchCopy>,
}

/// Opens the database of a folder, or makes it in a new one.
pub(in crate::store) fn open(folder: &Folder, cache: Cache) -> Result<Opened, StoreError> {
    if folder.stage() == Stage::New {
        let (log, database) = open_database(&folder.log(), Stage::New, Threads::AsUsual, cache)?;
        let none = [OrganizationNumber::REGISTER, OrganizationNumber::DEFAULT].map(note_of_nothing);
        HeadNote::create(&folder.head_note(), &none).map_err(|source| fault("write the note of the head", source))?;
        return vouched(Evidence::gather(folder)?, log, database);
    }
    require_database(&folder.log())?;
    let mut evidence = Evidence::gather(folder)?;
    let mut cut_short = evidence.cut_short().cloned();
    if cut_short.is_none() && evidence.is_suspect() {
        // Not in place, as the database would tidy up its files.
        let looked = look(folder, evidence, From::Start, &mut NoVisitor)?;
        let damage = &looked.walked.damage;
        cut_short = looked.evidence.cut_alone().filter(|_| damage.extent() == Extent::End).cloned();
        if !damage.findings.is_empty() && cut_short.is_none() {
            return Ok(looked);
        }
        evidence = looked.evidence;
    }
    if let Some(journal) = cut_short {
        cut(folder, &journal).map_err(|source| fault("cut a write that was cut short from the journal", source))?;
        let bytes = journal.written_bytes - journal.whole_bytes;
        warn!(bytes, "a write that a crash had cut short was taken off the journal, and kept in `cut-...`");
        evidence = Evidence::gather(folder)?;
    }
    let (log, database) = open_database(&folder.log(), Stage::Whole, Threads::AsUsual, cache)?;
    let opened = vouched(evidence, log, database)?;
    if opened.walked.damage.findings.is_empty() {
        return Ok(opened);
    }
    let Opened { log, database, .. } = opened;
    drop((log, database));
    // It may have brought a sealed journal into tables meanwhile, which loses nothing, and so have removed it.
    look(folder, Evidence::gather(folder)?, From::Start, &mut NoVisitor)
}

/// Opens a copy and walks all of it.
pub(in crate::store) fn look(
    folder: &Folder,
    evidence: Evidence,
    from: From,
    visitor: &mut dyn Visitor,
) -> Result<Opened, StoreError> {
    look_caching(folder, evidence, (from, Cache::Usual), visitor)
}

/// The same, with so much room for blocks of its files.
pub(in crate::store) fn look_caching(
    folder: &Folder,
    evidence: Evidence,
    (from, cache): (From, Cache),
    visitor: &mut dyn Visitor,
) -> Result<Opened, StoreError> {
    require_database(&folder.log())?;
    let copy = ScratchCopy::make(&folder.log(), &folder.scratch_copy(), &evidence.journals)
        .map_err(|source| fault("copy the log aside", source))?;
    let (log, database) =
        open_database(copy.path(), Stage::Whole, Threads::None, cache).map_err(|error| tell(error, &evidence))?;
    let walked = guarded(|| check::walk(&log, &evidence, from, visitor))?;
    Ok(Opened { log, database, walked, evidence, copy: Some(copy) })
}

/// What is known beside the database belongs to the damage report, where the database does not open at all.
fn tell(error: StoreError, evidence: &Evidence) -> StoreError {
    let findings = evidence.findings();
    match error {
        StoreError::Corruption(why) if !findings.is_empty() => {
            StoreError::Corruption(format!("{why}; {}", DamageReport { findings, ..DamageReport::default() }))
        }
        other => other,
    }
}

fn vouched(evidence: Evidence, log: Keyspace, database: Database) -> Result<Opened, StoreError> {
    let walked = guarded(|| check::walk(&log, &evidence, From::Anchor, &mut NoVisitor))?;
    Ok(Opened { log, database, walked, evidence, copy: None })
}

fn note_of_nothing(organization: OrganizationNumber) -> Note {
    Note { organization, position: Position::ZERO, root: Frontier::default().root() }
}

/// fjall itself takes a folder without its files for new.
fn require_database(path: &Path) -> Result<(), StoreError> {
    if is_there(&path.join(DATABASE_MARKER))? {
        return Ok(());
    }
    Err(StoreError::Corruption(format!("there is no database at `{}`", path.display())))
}

/// Whether the database may work on its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threads {
    AsUsual,
    None,
}

fn open_database(
    path: &Path,
    stage: Stage,
    threads: Threads,
    cache: Cache,
) -> Result<(Keyspace, Database), StoreError> {
    if let Some(list) =
        table_lists::spoiled(path).map_err(|source| fault(&format!("read `{}`", path.display()), source))?
    {
        let why = format!("the list of tables that `{}` tells of is not as it was written", path.join(list).display());
        return Err(StoreError::Corruption(why));
    }
    // Uncompressed, since fjall checks a journal by compressing it again: another release of the compressor may do that
    // differently, and what was promised would no longer open.
    let builder = Database::builder(path).journal_compression(CompressionType::None);
    let builder = if threads == Threads::None { builder.worker_threads_unchecked(0) } else { builder };
    let database = guarded(|| cache.of(builder).open().map_err(|error| opening(path, error)))?;
    if stage == Stage::Whole && !database.keyspace_exists(KEYSPACE) {
        return Err(StoreError::Corruption(format!("the database at `{}` has no log", path.display())));
    }
    let log = database.keyspace(KEYSPACE, KeyspaceCreateOptions::default).map_err(|error| opening(path, error))?;
    Ok((log, database))
}

/// On files that are damaged the database may panic, where it should say so.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let panicked = |_| StoreError::Corruption("the database cannot make sense of its files".to_owned());
    catch_unwind(AssertUnwindSafe(work)).map_err(panicked)?
}

/// Takes the end of a journal off that is not whole, after keeping it.
pub(in crate::store) fn cut(folder: &Folder, journal: &Journal) -> io::Result<()> {
    let name = journal.path.file_name().unwrap_or_default().display().to_string();
    let mut file = fs::OpenOptions::new().read(true).write(true).open(&journal.path)?;
    let mut torn = Vec::new();
    file.seek(SeekFrom::Start(journal.whole_bytes))?;
    (&mut file).take(journal.written_bytes - journal.whole_bytes).read_to_end(&mut torn)?;
    folder.keep_cut(&name, &torn)?;
    file.set_len(journal.whole_bytes)?;
    file.sync_all()
}
