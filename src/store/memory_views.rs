//! The twin of the checkpoints on disk, in memory: for tests, with faults made to order.
//!
//! INVARIANT: a write that fails leaves nothing; a restart, which is [`MemoryViews::fork`], finds what was written, and
//! nothing of an organization whose first checkpoint has no header yet.

use crate::engine::store::{Checkpoints, OrganizationNumber, Part, StoreError};
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
    rows: BTreeMap<(OrganizationNumber, u8, u32), Vec<u8>>,
    ids: HashMap<(OrganizationNumber, CommandId), Position>,
    headers: HashMap<OrganizationNumber, Vec<u8>>,
    remarks: Vec<String>,
    /// Writes and flushes that still succeed.
    steps_left: Option<usize>,
    steps: usize,
    misses: usize,
    ids_are_damaged: bool,
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
        let Shared { mut rows, mut ids, headers, distrusted, .. } = self.shared().clone();
        if let Some(why) = distrusted {
            let remarks = vec![why];
            return MemoryViews { shared: Arc::new(Mutex::new(Shared { remarks, ..Shared::default() })) };
        }
        rows.retain(|(organization, ..), _| headers.contains_key(organization));
        ids.retain(|(organization, _), _| headers.contains_key(organization));
        MemoryViews { shared: Arc::new(Mutex::new(Shared { rows, ids, headers, ..Shared::default() })) }
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

    /// How often an id was asked for that is not there.
    #[must_use]
    pub fn misses(&self) -> usize {
        self.shared().misses
    }

    /// Makes it impossible to find an id.
    pub fn damage_ids(&self) {
        self.shared().ids_are_damaged = true;
    }

    /// Changes the bytes of every row and header by turns: one call, one place. False when there is none left.
    pub fn spoil(&self, place: usize) -> bool {
        let mut shared = self.shared();
        let Shared { rows, headers, .. } = &mut *shared;
        let Some(bytes) = rows.values_mut().chain(headers.values_mut()).nth(place) else { return false };
        let middle = bytes.len() / 2;
        match bytes.get_mut(middle) {
            Some(byte) => *byte ^= 1,
            None => bytes.push(1),
        }
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

impl Checkpoints for MemoryViews {
    fn header(&self, organization: OrganizationNumber) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared().headers.get(&organization).cloned())
    }

    fn rows(
        &self,
        organization: OrganizationNumber,
        table: u8,
        rows: Range<u32>,
        visit: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let shared = self.shared().clone();
        let range = (organization, table, rows.start)..(organization, table, rows.end);
        for (&(_, _, row), bytes) in shared.rows.range(range) {
            if !visit(row, bytes) {
                break;
            }
        }
        Ok(())
    }

    fn find_id(&self, organization: OrganizationNumber, id: &CommandId) -> Result<Option<Position>, StoreError> {
        let mut shared = self.shared();
        if shared.ids_are_damaged {
            return Err(wanted("read saved views"));
        }
        let found = shared.ids.get(&(organization, id.clone())).copied();
        shared.misses += usize::from(found.is_none());
        Ok(found)
    }

    fn write(&self, part: Part) -> Result<(), StoreError> {
        let mut shared = self.step()?;
        let Part { organization, rows, ids, header } = part;
        shared.rows.extend(rows.into_iter().map(|row| ((organization, row.table, row.row), row.bytes)));
        shared.ids.extend(ids.into_iter().map(|(id, position)| ((organization, id), position)));
        shared.headers.extend(header.map(|header| (organization, header)));
        Ok(())
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

fn wanted(doing: &str) -> StoreError {
    StoreError::Fault { doing: doing.to_owned(), source: "the test wants it so".into() }
}
