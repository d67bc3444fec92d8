//! Salvage: what a damaged store still holds, read from a copy, whatever is missing or damaged.
//!
//! Beside the rows that the database gives, those are found that lie in whole batches of its journals, before or behind
//! a place that is damaged. INVARIANT: no file of the store changes. What is vouched for is what
//! [`crate::store::recovery::check`] says; of all other rows only that they decode. Absent on purpose: what to do about
//! it (`crate::backup`).

use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::integrity::tree::Frontier;
use crate::integrity::visitor::NoVisitor;
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, StoreError, TreeHead};
use crate::store::database::rows::{Row, key};
use crate::store::folder::Folder;
use crate::store::journal::{self, Rows};
use crate::store::keys::{KeyCopy, KeysId, Mended};
use crate::store::recovery::check::From;
use crate::store::recovery::evidence::Evidence;
use crate::store::recovery::opening::{self, Opened};
use crate::store::row;
use caseward_events::Position;
use fjall::Keyspace;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A damaged store, read from a copy.
pub struct Salvage {
    opened: Option<Opened>,
    evidence: Evidence,
    /// Rows of whole batches in the journals.
    strays: Rows,
    damage: DamageReport,
    keys: PathBuf,
    /// The keys that the store says belong to it.
    keys_id: Option<KeysId>,
    // The lock goes last.
    _folder: Folder,
}

impl fmt::Debug for Salvage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salvage").field("damage", &self.damage).finish_non_exhaustive()
    }
}

impl Salvage {
    /// Opens what is left of a store, even without its marker, its note, its keys or its database.
    ///
    /// # Errors
    /// There is nothing of a store, another process has it, a later release wrote it, or the disk fails.
    pub fn open(path: &Path) -> Result<Salvage, StoreError> {
        let (folder, marker) = Folder::to_salvage(path)?;
        let evidence = Evidence::gather(&folder)?;
        let strays = journal::rows(&evidence.journals).map_err(super::fault_of("read the journals"))?;
        let (opened, mut damage) = match opening::look(&folder, Evidence::gather(&folder)?, From::Start, &mut NoVisitor)
        {
            Ok(opened) => {
                let damage = opened.walked.damage.clone();
                (Some(opened), damage)
            }
            Err(StoreError::Corruption(why)) => {
                (None, DamageReport { findings: vec![Finding::damage("log", None, why)], ..DamageReport::default() })
            }
            Err(error) => return Err(error),
        };
        // The beginning of a write that a crash cut short is no damage: the next opening takes it away.
        if evidence.cut_alone().is_some() && damage.extent() == Extent::End {
            damage.findings.clear();
        }
        damage.findings.extend(marker.map(|why| Finding::damage("CASEWARD", None, why)));
        let keys = folder.keys();
        let keys_id = folder.marked().keys;
        match KeyCopy::look(&keys, keys_id) {
            Ok(_) => {}
            Err(StoreError::Corruption(why)) => damage.findings.push(Finding::damage("KEYS", None, why)),
            Err(error) => return Err(error),
        }
        Ok(Salvage { opened, evidence, strays, damage, keys, keys_id, _folder: folder })
    }

    /// What is wrong, and up to where everything agrees.
    #[must_use]
    pub fn damage(&self) -> &DamageReport {
        &self.damage
    }

    /// All organizations that anything in the store mentions.
    #[must_use]
    pub fn organizations(&self) -> BTreeSet<OrganizationNumber> {
        let strays = self.strays.keys().map(|(organization, _)| *organization);
        let Evidence { notes, anchor, .. } = &self.evidence;
        self.damage.trusted.keys().chain(notes.notes.keys()).chain(anchor.keys()).copied().chain(strays).collect()
    }

    /// The last position up to which events and notes agree.
    #[must_use]
    pub fn trusted(&self, organization: OrganizationNumber) -> Position {
        self.damage.trusted.get(&organization).copied().unwrap_or_default()
    }

    /// What was promised: every note there is, and what lay in tables.
    #[must_use]
    pub fn promised(&self, organization: OrganizationNumber) -> Vec<TreeHead> {
        let noted = self.evidence.notes.notes.get(&organization).into_iter().flatten();
        let noted = noted.map(|note| TreeHead { position: note.position, root: note.root });
        let head = |tree: &Frontier| TreeHead { position: tree.position(), root: tree.root() };
        noted.chain(self.evidence.anchor.get(&organization).map(head)).collect()
    }

    /// Whether a note tells how far an organization had come.
    #[must_use]
    pub fn is_noted(&self, organization: OrganizationNumber) -> bool {
        self.evidence.notes.notes.contains_key(&organization)
    }

    /// Shows events from a position on for as long as rows go on from each other and the visitor wants more, which it
    /// says with true. It ends without an error where the next row is missing or spoiled.
    ///
    /// # Errors
    /// The disk.
    pub fn walk(
        &self,
        organization: OrganizationNumber,
        from: Position,
        visit: &mut dyn FnMut(Position, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let mut next = from;
        while let Some((first, row)) = self.row_with(organization, next)? {
            let Ok(events) = row::decode(&row) else { return Ok(()) };
            for (event, at) in events.into_iter().zip(first.0..) {
                if at == next.0 {
                    if !visit(next, event) {
                        return Ok(());
                    }
                    next = next.next();
                }
            }
        }
        Ok(())
    }

    /// Its keys; where some are missing or spoiled, those of a backup.
    ///
    /// # Errors
    /// The disk.
    pub(crate) fn keys(&self, backup: Option<&KeyCopy>) -> Result<Mended, StoreError> {
        KeyCopy::mended(&self.keys, self.keys_id, backup)
    }

    fn row_with(
        &self,
        organization: OrganizationNumber,
        at: Position,
    ) -> Result<Option<(Position, Vec<u8>)>, StoreError> {
        let holds =
            |first: Position, row: &[u8]| row::decode(row).is_ok_and(|events| first.0 + events.len() as u64 > at.0);
        if let Some(opened) = &self.opened
            && let Some((first, row)) = in_database(&opened.log, organization, at)?
            && holds(first, &row)
        {
            return Ok(Some((first, row)));
        }
        let stray = self.strays.range((organization, 0)..=(organization, at.0)).next_back();
        let stray = stray.map(|((_, first), row)| (Position(*first), row.clone()));
        Ok(stray.filter(|(first, row)| holds(*first, row)))
    }
}

/// The last row that begins at or before a position; none where what is there cannot be read.
fn in_database(
    log: &Keyspace,
    organization: OrganizationNumber,
    at: Position,
) -> Result<Option<(Position, Vec<u8>)>, StoreError> {
    let find = || -> Result<Option<(Position, Vec<u8>)>, StoreError> {
        let before = key(organization, Position::ZERO)..=key(organization, at);
        let Some(guard) = log.range(before).next_back() else { return Ok(None) };
        let row = Row::load(guard)?;
        Ok(Some((row.first, row.value.to_vec())))
    };
    // On files that are damaged the database may panic, where it should say so.
    match catch_unwind(AssertUnwindSafe(find)) {
        Ok(Err(StoreError::Corruption(_))) | Err(_) => Ok(None),
        Ok(found) => found,
    }
}
