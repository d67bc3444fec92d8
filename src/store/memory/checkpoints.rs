//! The twin of the checkpoints on disk, in memory: for tests, with faults made to order.
//!
//! INVARIANT: a write that fails leaves nothing; a restart, which is [`MemoryViews::fork`], finds what was written, and
//! nothing of a shelf whose first checkpoint has no header yet.

use crate::seams::{Checkpoints, OrganizationNumber, Part, Shelf, StoreError};
use caseward_events::{CommandId, Position};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A part of a first checkpoint, small enough that a test has several.
const PART_BYTES: usize = 512;

/// Keeps checkpoints as long as somebody has a handle; a clone is a handle to the same ones.
#[derive(Clone, Debug, Default)]
pub struct MemoryViews {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Clone, Debug, Default)]
struct Shared {
    rows: BTreeMap<(Shelf, u8, u32), Vec<u8>>,
    ids: HashMap<(Shelf, CommandId), Position>,
    headers: BTreeMap<Shelf, Vec<u8>>,
    notes: HashMap<OrganizationNumber, Vec<u8>>,
    remarks: Vec<String>,
    /// Writes and flushes that still succeed.
    steps_left: Option<usize>,
    steps: usize,
    misses: usize,
    ids_are_damaged: bool,
    /// A table whose rows can be read once, and are damaged from then on.
    spoiled_once_read: Option<u8>,
    distrusted: Option<String>,
}

impl MemoryViews {
    /// Without any.
    #[must_use]
    pub fn new() -> Self {
        MemoryViews::default()
    }

    /// As a restart finds it.
    #[must_use]
    pub fn fork(&self) -> Self {
        let Shared { mut rows, mut ids, headers, notes, distrusted, .. } = self.shared().clone();
        if let Some(why) = distrusted {
            let remarks = vec![why];
            return MemoryViews { shared: Arc::new(Mutex::new(Shared { remarks, ..Shared::default() })) };
        }
        rows.retain(|(shelf, ..), _| headers.contains_key(shelf));
        ids.retain(|(shelf, _), _| headers.contains_key(shelf));
        MemoryViews { shared: Arc::new(Mutex::new(Shared { rows, ids, headers, notes, ..Shared::default() })) }
    }

    /// Makes every write and flush fail after so many more.
    pub fn fail_after(&self, steps: usize) {
        self.shared().steps_left = Some(steps);
    }

    /// How many writes and flushes succeeded.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.shared().steps
    }

    /// The shelves that hold a whole checkpoint.
    #[must_use]
    pub fn shelves(&self) -> Vec<Shelf> {
        self.shared().headers.keys().copied().collect()
    }

    /// How often an id was asked for that is not there.
    #[must_use]
    pub fn misses(&self) -> usize {
        self.shared().misses
    }

    /// Makes it impossible to find an id.
    pub fn damage_ids(&self) {
        self.shared().ids_are_damaged = true;
    }

    /// Lets every row of a table be read once; from then on it is damaged.
    pub fn spoil_once_read(&self, table: u8) {
        self.shared().spoiled_once_read = Some(table);
    }

    /// Changes the bytes of every row and header by turns: one call, one place. False when there is none left.
    pub fn spoil(&self, place: usize) -> bool {
        let mut shared = self.shared();
        let Shared { rows, headers, .. } = &mut *shared;
        let Some(bytes) = rows.values_mut().chain(headers.values_mut()).nth(place) else { return false };
        damage(bytes);
        true
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self) -> Result<MutexGuard<'_, Shared>, StoreError> {
        let mut shared = self.shared();
        if shared.steps_left == Some(0) {
            return Err(wanted("save views"));
        }
        shared.steps_left = shared.steps_left.map(|left| left - 1);
        shared.steps += 1;
        Ok(shared)
    }
}

fn damage(bytes: &mut Vec<u8>) {
    let middle = bytes.len() / 2;
    match bytes.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => bytes.push(1),
    }
}

impl Checkpoints for MemoryViews {
    fn header(&self, shelf: Shelf) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared().headers.get(&shelf).cloned())
    }

    fn rows(
        &self,
        shelf: Shelf,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let shared = self.shared().clone();
        for (&(_, _, row), bytes) in shared.rows.range((shelf, table, rows.start)..(shelf, table, rows.end)) {
            if shared.spoiled_once_read == Some(table)
                && let Some(bytes) = self.shared().rows.get_mut(&(shelf, table, row))
            {
                damage(bytes);
            }
            if !visit(row, bytes) {
                break;
            }
        }
        Ok(())
    }

    fn find_id(&self, shelf: Shelf, id: &CommandId) -> Result<Option<Position>, StoreError> {
        let mut shared = self.shared();
        if shared.ids_are_damaged {
            return Err(damaged());
        }
        let found = shared.ids.get(&(shelf, id.clone())).copied();
        shared.misses += usize::from(found.is_none());
        Ok(found)
    }

    fn ids(&self, shelf: Shelf, visit: &mut dyn FnMut(&str, Position)) -> Result<(), StoreError> {
        let shared = self.shared();
        if shared.ids_are_damaged {
            return Err(damaged());
        }
        let ids = shared.ids.iter().filter(|((of, _), _)| *of == shelf);
        ids.for_each(|((_, id), position)| visit(id.as_str(), *position));
        Ok(())
    }

    fn write(&self, part: Part) -> Result<(), StoreError> {
        let mut shared = self.step()?;
        let Part { shelf, rows, ids, header } = part;
        shared.rows.extend(rows.into_iter().map(|row| ((shelf, row.table, row.row), row.bytes)));
        shared.ids.extend(ids.into_iter().map(|(id, position)| ((shelf, id), position)));
        shared.headers.extend(header.map(|header| (shelf, header)));
        Ok(())
    }

    fn note(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared().notes.get(&organization).cloned())
    }

    fn write_note(&self, organization: OrganizationNumber, note: Vec<u8>) -> Result<(), StoreError> {
        self.step()?.notes.insert(organization, note);
        Ok(())
    }

    fn clear(&self, shelf: Shelf) -> Result<(), StoreError> {
        let mut shared = self.step()?;
        shared.rows.retain(|(of, ..), _| *of != shelf);
        shared.ids.retain(|(of, _), _| *of != shelf);
        shared.headers.remove(&shelf);
        Ok(())
    }

    fn bytes_on_disk(&self, shelf: Shelf) -> u64 {
        let shared = self.shared();
        shared.rows.iter().filter(|((of, ..), _)| *of == shelf).map(|(_, row)| row.len() as u64).sum()
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.step().map(drop)
    }

    fn set_aside(&self, why: &str) {
        let mut shared = self.shared();
        let remarks = std::mem::take(&mut shared.remarks);
        *shared = Shared { remarks, ..Shared::default() };
        shared.remarks.push(why.to_owned());
    }

    fn distrust(&self, why: &str) {
        self.shared().distrusted = Some(why.to_owned());
    }

    fn remarks(&self) -> Vec<String> {
        self.shared().remarks.clone()
    }

    fn part_bytes(&self) -> usize {
        PART_BYTES
    }
}

fn damaged() -> StoreError {
    StoreError::Corruption("cannot read saved views: the test wants it so".to_owned())
}

fn wanted(doing: &str) -> StoreError {
    StoreError::Fault { doing: doing.to_owned(), source: "the test wants it so".into() }
}
