//! The seam to checkpoints: saved views, and the ids of commands with them.
//!
//! [`Checkpoints`] knows rows by their tables and numbers, not views.

use super::{DatabaseMemory, OrganizationNumber, StoreError};
use caseward_events::{CommandId, Position};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// A row of a checkpoint: of which table, its number there, its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRow {
    /// The number of the table.
    pub table: u8,
    /// Its number in the table.
    pub row: u32,
    /// Whatever a checkpoint saves.
    pub bytes: Vec<u8>,
}

/// A generation of the saved views of an organization: each rebuild makes one. Numbers ascend and are not given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Generation(pub u32);

impl Generation {
    /// What every store begins with.
    pub const FIRST: Generation = Generation(1);
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where one generation of the views of one organization is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shelf {
    /// The organization.
    pub organization: OrganizationNumber,
    /// The generation.
    pub generation: Generation,
}

/// What is written at once to the checkpoint of one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The shelf to write to.
    pub shelf: Shelf,
    /// In the place of those of the same numbers.
    pub rows: Vec<SavedRow>,
    /// Ids of commands with the positions of their first events.
    pub ids: Vec<(CommandId, Position)>,
    /// Makes the checkpoint current. Only a first checkpoint has parts without one.
    pub header: Option<Vec<u8>>,
}

/// Keeps checkpoints: views saved at a position, and the ids of all commands up to it. Disposable: without it, opening
/// folds the log.
///
/// INVARIANT: a part is there as a whole or not at all; rows and ids of a shelf that never had a header are gone when
/// it is opened again. What it cannot read it says or gives as nothing; it never gives something else for it. A fault
/// is what may be gone the next time, such as a missing permission or descriptor; damage is [`StoreError::Corruption`].
pub trait Checkpoints: Send + Sync + 'static {
    /// The header of the checkpoint on a shelf.
    fn header(&self, shelf: Shelf) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits rows of a table in order, until the visitor has enough, which it says with false.
    fn rows(
        &self,
        shelf: Shelf,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), StoreError>;

    /// The position of the first event of a command. One that was never written costs no read.
    fn find_id(&self, shelf: Shelf, id: &CommandId) -> Result<Option<Position>, StoreError>;

    /// Visits every id of a shelf with that position.
    fn ids(&self, shelf: Shelf, visit: &mut dyn FnMut(&str, Position)) -> Result<(), StoreError>;

    /// Writes a part; with a header, durably.
    fn write(&self, part: Part) -> Result<(), StoreError>;

    /// What was noted of the generations of an organization.
    fn note(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError>;

    /// Notes it durably, in the place of the note before: as a whole or not at all.
    fn write_note(&self, organization: OrganizationNumber, note: Vec<u8>) -> Result<(), StoreError>;

    /// Removes everything from a shelf.
    fn clear(&self, shelf: Shelf) -> Result<(), StoreError>;

    /// About what a shelf takes on disk; of the first generation, for all organizations together.
    fn bytes_on_disk(&self, shelf: Shelf) -> u64;

    /// Brings what was written to where opening it costs nothing and damage to the last write cannot reach it.
    fn flush(&self) -> Result<(), StoreError>;

    /// Sets everything aside, because it cannot be trusted, and starts empty. A failure here becomes a remark.
    fn set_aside(&self, why: &str);

    /// Uses nothing of it until the next opening, and leaves it as it is: it cannot be read now, which says nothing of
    /// what it holds. Nothing is saved meanwhile ([`Checkpoints::keeps`]). It is remarked.
    fn leave_alone(&self, why: &str) {
        let _ = why;
    }

    /// Makes the next opening set everything aside, because it could not be read. It stays open for those who still
    /// ask.
    fn distrust(&self, why: &str);

    /// Remarks for the user: what was set aside, and why.
    fn remarks(&self) -> Vec<String>;

    /// Memory that its database uses.
    fn memory(&self) -> DatabaseMemory {
        DatabaseMemory::default()
    }

    /// About how large a part of a first checkpoint should be, in bytes.
    fn part_bytes(&self) -> usize {
        4 << 20
    }

    /// Returns true if there is a place for checkpoints; without one none is made.
    fn keeps(&self) -> bool {
        true
    }
}

/// No checkpoints: every opening folds the log, every id stays in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCheckpoints;

impl Checkpoints for NoCheckpoints {
    fn header(&self, _: Shelf) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn rows(&self, _: Shelf, _: u8, _: Range<u32>, _: &mut dyn FnMut(u32, &[u8]) -> bool) -> Result<(), StoreError> {
        Ok(())
    }

    fn find_id(&self, _: Shelf, _: &CommandId) -> Result<Option<Position>, StoreError> {
        Ok(None)
    }

    fn ids(&self, _: Shelf, _: &mut dyn FnMut(&str, Position)) -> Result<(), StoreError> {
        Ok(())
    }

    fn write(&self, _: Part) -> Result<(), StoreError> {
        let source = "this engine was opened without a place for checkpoints".into();
        Err(StoreError::Fault { doing: "save a checkpoint".to_owned(), source })
    }

    fn note(&self, _: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn write_note(&self, _: OrganizationNumber, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }

    fn clear(&self, _: Shelf) -> Result<(), StoreError> {
        Ok(())
    }

    fn bytes_on_disk(&self, _: Shelf) -> u64 {
        0
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn set_aside(&self, _: &str) {}

    fn distrust(&self, _: &str) {}

    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    fn keeps(&self) -> bool {
        false
    }
}
