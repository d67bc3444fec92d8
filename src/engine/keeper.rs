//! Keeps checkpoints beside the running writer.
//!
//! A checkpoint is cut at the head under the lock of a writer, for as long as copying 4 bytes an entity takes; then the
//! rows that changed are copied in slices under the lock of a reader, while commands go on: what lies above the cut is
//! left out ([`caseward_projections::checkpoint`]). Rows, ids and the header go in one write, so the header, which makes
//! the checkpoint current, is never there without them. A first checkpoint, which is everything, goes in several parts:
//! until the last, which has the header, there is none.
//!
//! The header binds: the position, a digest of the stored bytes of the event there (of which log), and a sum over the
//! digests of all rows (whole, none stale). INVARIANT: no lock of views is held while anything is read or written; a
//! checkpoint that fails changes nothing but that its rows are written with the next one. Absent on purpose: pruning.

use super::clock::Clock;
use super::leaving::Within;
use super::old_ids::OldIds;
use super::organization::{Organization, Register};
use super::status::LastError;
use super::store::{Checkpoints, DatabaseMemory, EventStore, OrganizationNumber, Part, SavedRow, Shelf, StoreError};
use caseward_events::{CommandId, Position, Timestamp};
use caseward_projections::Views;
use caseward_projections::checkpoint::{Cut, Table};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// A checkpoint is due after so many events: at a fold of a few million a second, opening then folds for less than a
/// tenth of a second.
const EVENTS_MAX: u64 = 250_000;
/// Or so long after the last, where there is any new event worth it.
const EVERY: Duration = Duration::from_secs(30);
/// What is folded in a few milliseconds is not worth one.
const EVENTS_MIN: u64 = 4_096;
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Rows copied under one lock of a reader, of 8 entities each: some ten microseconds.
const SLICE_ROWS: usize = 16;
/// Ids copied under one lock.
const SLICE_IDS: usize = 1_024;

/// The bytes that stand in front of what the views make of a header.
pub(super) const STAMP_BYTES: usize = 32;
pub(super) const SUM_BYTES: usize = 8;

/// See the module.
pub(super) struct Keeper {
    store: Arc<dyn EventStore>,
    checkpoints: Arc<dyn Checkpoints>,
    register: Arc<RwLock<Register>>,
    /// Held while a checkpoint is made, so that there is one at a time.
    kept: Mutex<HashMap<OrganizationNumber, Kept>>,
    old_ids: OldIds,
    last_error: Mutex<Option<LastError>>,
    /// How much may be held, if that is bounded.
    pub(super) within: Option<Within>,
}

/// What is known of the current checkpoint of an organization.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) position: Position,
    /// Of each row of each table.
    pub(super) digests: [Vec<u64>; Table::ALL.len()],
}

impl Kept {
    pub(super) fn set(&mut self, table: Table, row: u32, digest: u64) {
        let digests = &mut self.digests[table as usize];
        if digests.len() <= row as usize {
            digests.resize(row as usize + 1, 0);
        }
        digests[row as usize] = digest;
    }

    /// Over all rows: that none is missing, damaged or of an earlier checkpoint.
    pub(super) fn sum(&self) -> u64 {
        self.digests.iter().flatten().fold(0, |sum, digest| sum.wrapping_add(*digest))
    }
}

/// Of a row, where it stands included.
pub(super) fn digest(table: Table, row: u32, bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(bytes, u64::from(table as u8) << 32 | u64::from(row))
}

/// Which log it is: a digest of the stored bytes of the event at a position.
pub(super) async fn stamp(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    position: Position,
) -> Result<[u8; STAMP_BYTES], StoreError> {
    let event = store.read(organization, position, 1).await?;
    Ok(Sha256::digest(event.first().map_or(&[][..], Vec::as_slice)).into())
}

/// Views that are saved: of an organization, while commands go on, or such as are being made.
pub(super) trait Held {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T;
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T;
    /// Up to where.
    fn head(&self) -> Position;
    /// Where to.
    fn shelf(&self) -> Shelf;
}

impl Held for Organization {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
        look(&self.views())
    }
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T {
        change(&mut self.views_mut())
    }
    fn head(&self) -> Position {
        Organization::head(self)
    }
    fn shelf(&self) -> Shelf {
        Organization::shelf(self)
    }
}

impl Keeper {
    pub(super) fn new(
        store: Arc<dyn EventStore>,
        checkpoints: Arc<dyn Checkpoints>,
        register: Arc<RwLock<Register>>,
        kept: HashMap<OrganizationNumber, Kept>,
        within: Option<Within>,
    ) -> Keeper {
        Keeper {
            store,
            checkpoints,
            register,
            kept: Mutex::new(kept),
            old_ids: OldIds::default(),
            last_error: Mutex::default(),
            within,
        }
    }

    /// On a thread of its own, until the other end is gone.
    pub(super) fn start(self: Arc<Self>, clock: Arc<dyn Clock>, stopped: Receiver<()>) -> std::io::Result<()> {
        let runtime = Handle::current();
        let run = move || {
            let mut last = Instant::now();
            let mut failed = false;
            while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                self.beat(clock.now());
                // Whatever fails is tried again, not at once; until then opening takes longer, and nothing else is lost.
                if !self.checkpoints.keeps() || failed && last.elapsed() < EVERY {
                    continue;
                }
                let due = if last.elapsed() >= EVERY { EVENTS_MIN } else { EVENTS_MAX };
                let saved = self.save_all(due, &runtime);
                failed = saved.is_err();
                if failed || due == EVENTS_MIN {
                    last = Instant::now();
                }
                if let Err(error) = saved {
                    self.failed(clock.now(), error.to_string());
                }
            }
        };
        std::thread::Builder::new().name("caseward-keeper".to_owned()).spawn(run)?;
        Ok(())
    }

    fn beat(&self, now: Timestamp) {
        let organizations = self.register.read().unwrap_or_else(PoisonError::into_inner).all();
        organizations.iter().for_each(|one| one.pulse().beat(now, one.head()));
    }

    pub(super) fn failed(&self, at: Timestamp, error: String) {
        *self.last_error().lock().unwrap_or_else(PoisonError::into_inner) = Some(LastError { at, error });
    }

    pub(super) fn last_error(&self) -> &Mutex<Option<LastError>> {
        &self.last_error
    }

    /// At a clean stop: what is worth one.
    pub(super) fn close(&self, runtime: &Handle) -> Result<(), StoreError> {
        self.save_all(EVENTS_MIN, runtime)
    }

    /// A checkpoint of every organization that has so many new events.
    pub(super) fn save_all(&self, events_min: u64, runtime: &Handle) -> Result<(), StoreError> {
        let organizations = self.organizations();
        let mut kept = self.kept();
        for organization in organizations {
            let kept = kept.entry(organization.number()).or_default();
            if organization.head().0 - kept.position.0 >= events_min {
                runtime.block_on(self.save(&organization, kept))?;
            }
        }
        Ok(())
    }

    /// The position of the first event of a command, up to the checkpoint of an organization that has one.
    pub(super) fn find_id(
        &self,
        organization: &Organization,
        id: &CommandId,
        runtime: &Handle,
    ) -> Result<Option<Position>, StoreError> {
        self.old_ids.find((&*self.store, &*self.checkpoints, runtime), organization, id)
    }

    /// Whether there is a place for checkpoints.
    pub(super) fn keeps(&self) -> bool {
        self.checkpoints.keeps()
    }

    pub(super) fn checkpoints(&self) -> &dyn Checkpoints {
        &*self.checkpoints
    }

    /// What the place of the checkpoints holds in memory.
    pub(crate) fn memory(&self) -> DatabaseMemory {
        self.checkpoints.memory()
    }

    pub(super) fn organizations(&self) -> Vec<Arc<Organization>> {
        self.register.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// While it is held no checkpoint is made.
    pub(super) fn kept(&self) -> MutexGuard<'_, HashMap<OrganizationNumber, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A checkpoint of an organization; where its generation is served and not noted, it is noted then.
    pub(super) async fn save(&self, organization: &Organization, kept: &mut Kept) -> Result<(), StoreError> {
        // First found on disk, then gone from memory: an id is never in neither.
        self.save_held(organization, kept, |position| self.old_ids.publish(organization, position)).await?;
        self.note(organization)
    }

    /// Notes the generations of an organization, where they are not what is noted.
    pub(super) fn note(&self, organization: &Organization) -> Result<(), StoreError> {
        let note = {
            let generations = organization.generations();
            if generations.is_noted {
                return Ok(());
            }
            generations.to_note()
        };
        self.checkpoints.write_note(organization.number(), note)?;
        organization.generations().is_noted = true;
        Ok(())
    }

    /// A checkpoint of views, published before ids leave memory.
    pub(super) async fn save_held(
        &self,
        held: &impl Held,
        kept: &mut Kept,
        publish: impl FnOnce(Position) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let head = held.head();
        let cut = held.change(|views| views.cut(head));
        let saved = self.save_cut(held, &cut, kept).await;
        match saved.and_then(|next| publish(next.position).map(|()| next)) {
            Ok(next) => {
                *kept = next;
                let gone = held.change(|views| views.forget_ids(&cut));
                drop(gone);
                Ok(())
            }
            Err(error) => {
                held.change(|views| views.take_back(&cut));
                Err(error)
            }
        }
    }

    async fn save_cut(&self, held: &impl Held, cut: &Cut, kept: &Kept) -> Result<Kept, StoreError> {
        let shelf = held.shelf();
        let stamp = stamp(&*self.store, shelf.organization, cut.position()).await?;
        let mut next = Kept { position: cut.position(), ..kept.clone() };
        let first = kept.position == Position::ZERO;
        let mut writing = Writing::new(&*self.checkpoints, shelf, first);
        let rows: Vec<(Table, u32)> = cut.rows().collect();
        for slice in rows.chunks(SLICE_ROWS) {
            let save = |&(table, row): &(Table, u32), views: &Views| views.save_row(cut, table, row);
            let saved: Vec<Vec<u8>> = held.look(|views| slice.iter().map(|row| save(row, views)).collect());
            for (&(table, row), bytes) in slice.iter().zip(saved) {
                next.set(table, row, digest(table, row, &bytes));
                writing.row(SavedRow { table: table as u8, row, bytes })?;
            }
        }
        let mut after = Position::ZERO;
        loop {
            let ids = held.look(|views| views.ids_of(cut, after, SLICE_IDS));
            let Some((_, last)) = ids.last() else { break };
            after = *last;
            writing.ids(ids)?;
        }
        // What a checkpoint stands on must not be in a journal: there, damage looks like a torn write.
        self.store.flush().await?;
        let header = [&stamp[..], &next.sum().to_le_bytes(), &cut.header()].concat();
        writing.finish(header)?;
        self.checkpoints.flush()?;
        Ok(next)
    }
}

/// Puts parts together.
struct Writing<'a> {
    checkpoints: &'a dyn Checkpoints,
    in_parts: bool,
    part: Part,
    bytes: usize,
}

impl<'a> Writing<'a> {
    fn new(checkpoints: &'a dyn Checkpoints, shelf: Shelf, in_parts: bool) -> Self {
        let part = Part { shelf, rows: Vec::new(), ids: Vec::new(), header: None };
        Writing { checkpoints, in_parts, part, bytes: 0 }
    }

    fn row(&mut self, row: SavedRow) -> Result<(), StoreError> {
        self.bytes += row.bytes.len();
        self.part.rows.push(row);
        self.write_full_part()
    }

    fn ids(&mut self, ids: Vec<(CommandId, Position)>) -> Result<(), StoreError> {
        self.bytes += ids.iter().map(|(id, _)| id.as_str().len() + size_of::<Position>()).sum::<usize>();
        self.part.ids.extend(ids);
        self.write_full_part()
    }

    fn write_full_part(&mut self) -> Result<(), StoreError> {
        if self.in_parts && self.bytes >= self.checkpoints.part_bytes() {
            self.bytes = 0;
            let rest = Part { shelf: self.part.shelf, rows: Vec::new(), ids: Vec::new(), header: None };
            self.checkpoints.write(std::mem::replace(&mut self.part, rest))?;
        }
        Ok(())
    }

    fn finish(mut self, header: Vec<u8>) -> Result<(), StoreError> {
        if self.in_parts {
            // What came before must not be lost where the last part is not.
            self.checkpoints.flush()?;
        }
        self.part.header = Some(header);
        self.checkpoints.write(self.part)
    }
}
