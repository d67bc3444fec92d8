//! The checkpointer: saves the views on disk while the writer runs.
//!
//! A checkpoint is cut at the head under a write lock, which copies 4 bytes an entity; then the changed rows are copied
//! in slices under a read lock, while commands go on: events above the cut are left out
//! ([`caseward_projections::Cut`]). Rows, ids and the header go in one write, so the header, which makes the
//! checkpoint current, is never there without them. A first checkpoint, which is everything, goes in several parts:
//! until the last, which has the header, there is none.
//!
//! The header binds: the position and the tree up to it (of which log), and a sum over the digests of all rows (whole,
//! none stale), all under the key of the store ([`ViewsSeal`]). INVARIANT: no lock of views is held while anything is
//! read or written; a checkpoint that fails changes nothing but that its rows are written with the next one. Absent on
//! purpose: pruning.

use crate::engine::believed_clock::BelievedClock;
use crate::engine::clock::Clock;
use crate::engine::clock_note::ClockNote;
use crate::engine::keep::dedup::CommandIds;
use crate::engine::keep::memory_bound::Budgeted;
use crate::engine::keep::rebuild_control::Control;
use crate::engine::tenant::Tenant;
use crate::engine::tenant::register::Register;
use crate::engine::tenant::views_seal::{CODE_BYTES, ViewsSeal};
use crate::engine::workers::Poison;
use crate::seams::tree::Root;
use crate::seams::{
    Checkpoints, DatabaseMemory, OrganizationNumber, Part, SavedRow, Shelf, Storage, StoreError, TreeState,
};
use caseward_events::answer::LastError;
use caseward_events::{CommandId, Position, Timestamp};
use caseward_projections::{AtHand, Cut, RowsMissing, Table, Views};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
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

const SUM_BYTES: usize = 8;

/// Saves the views of all organizations, and knows what is saved.
pub(in crate::engine) struct Checkpointer {
    store: Arc<dyn Storage>,
    checkpoints: Arc<dyn Checkpoints>,
    seal: ViewsSeal,
    register: Arc<RwLock<Register>>,
    /// Locked while a checkpoint is made, so that there is one at a time.
    kept: Mutex<HashMap<OrganizationNumber, Saved>>,
    command_ids_on_disk: CommandIds,
    last_error: Mutex<Option<LastError>>,
    /// The rebuilds that are running.
    rebuilds: Mutex<HashMap<OrganizationNumber, Weak<Control>>>,
    /// The memory bound, if there is one.
    pub(in crate::engine) within: Option<Budgeted>,
}

/// What is known of the current checkpoint of an organization.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Saved {
    pub(in crate::engine) position: Position,
    /// The Merkle tree over the events up to there.
    pub(in crate::engine) tree: TreeState,
    /// Of each row of each table.
    pub(in crate::engine) digests: [Vec<u64>; Table::ALL.len()],
}

impl Saved {
    pub(in crate::engine) fn set(&mut self, table: Table, row: u32, digest: u64) {
        let digests = &mut self.digests[table as usize];
        if digests.len() <= row as usize {
            digests.resize(row as usize + 1, 0);
        }
        digests[row as usize] = digest;
    }

    /// Over all rows: that none is missing, damaged or of an earlier checkpoint.
    pub(in crate::engine) fn sum(&self) -> u64 {
        self.digests.iter().flatten().fold(0, |sum, digest| sum.wrapping_add(*digest))
    }
}

/// The preamble of a checkpoint header, in front of the part that the views write.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) struct Preamble {
    code: [u8; CODE_BYTES],
    pub(in crate::engine) sum: u64,
    /// Of the tree up to the position, which the rest tells.
    pub(in crate::engine) subtrees: Vec<Root>,
}

impl Preamble {
    /// A header: its code, the sum, the tree with the number of its roots in front, and what the views say.
    fn header(seal: &ViewsSeal, shelf: Shelf, saved: &Saved, views: &[u8]) -> Vec<u8> {
        let roots = u8::try_from(saved.tree.subtrees.len()).expect("a position has 64 bits");
        let tree = saved.tree.subtrees.as_flattened();
        let said = [&saved.sum().to_le_bytes(), &[roots][..], tree, views].concat();
        [&seal.code(shelf, &said)[..], &said].concat()
    }

    /// Takes it off a header; whether the code is that of what it says is another question ([`Preamble::is_of`]).
    pub(in crate::engine) fn parse(header: &[u8]) -> Option<(Preamble, &[u8])> {
        let (code, said) = header.split_first_chunk()?;
        let (sum, rest) = said.split_first_chunk::<SUM_BYTES>()?;
        let (roots, rest) = rest.split_first()?;
        let (subtrees, views) = rest.split_at_checked(usize::from(*roots) * size_of::<Root>())?;
        let subtrees = subtrees.as_chunks().0.to_vec();
        Some((Preamble { code: *code, sum: u64::from_le_bytes(*sum), subtrees }, views))
    }

    /// Whether a header that it was taken off was made under the key of the store, for this shelf.
    pub(in crate::engine) fn is_of(&self, seal: &ViewsSeal, shelf: Shelf, header: &[u8]) -> bool {
        header.get(CODE_BYTES..).is_some_and(|said| seal.code(shelf, said) == self.code)
    }
}

/// Views that are saved: of an organization, while commands go on, or such as are being made.
pub(in crate::engine) trait CheckpointSource {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T;
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T;
    /// The head to cut at, of views that are locked.
    fn head(&self, views: &Views) -> Position;
    /// The shelf to save to.
    fn shelf(&self) -> Shelf;

    /// Cuts them at the head, which is read under the lock: by the time the lock is there, the writer may have
    /// published a later head and forgotten how to take it back, and nothing below that can be cut any more.
    fn cut(&self) -> Cut {
        self.change(|views| views.cut(self.head(views)))
    }
}

impl CheckpointSource for Tenant {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
        look(&self.views())
    }
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T {
        change(&mut self.views_mut())
    }
    fn head(&self, _: &Views) -> Position {
        Tenant::head(self)
    }
    fn shelf(&self) -> Shelf {
        Tenant::shelf(self)
    }
}

impl Checkpointer {
    pub(in crate::engine) fn new(
        store: Arc<dyn Storage>,
        (checkpoints, seal): (Arc<dyn Checkpoints>, ViewsSeal),
        register: Arc<RwLock<Register>>,
        kept: HashMap<OrganizationNumber, Saved>,
        within: Option<Budgeted>,
    ) -> Checkpointer {
        Checkpointer {
            store,
            checkpoints,
            seal,
            register,
            kept: Mutex::new(kept),
            command_ids_on_disk: CommandIds::default(),
            last_error: Mutex::default(),
            rebuilds: Mutex::default(),
            within,
        }
    }

    /// On a thread of its own, until the other end is gone.
    pub(in crate::engine) fn start(
        self: Arc<Self>,
        (clock, note): (Arc<BelievedClock>, Arc<ClockNote>),
        poison: &Arc<Poison>,
        stopped: Receiver<()>,
    ) -> std::io::Result<JoinHandle<()>> {
        let runtime = Handle::current();
        let guard = poison.guard("saves the views");
        let run = move || {
            let _guard = guard;
            self.run((&*clock, &note), &runtime, &stopped);
            note.look(&runtime);
        };
        std::thread::Builder::new().name("caseward-checkpointer".to_owned()).spawn(run)
    }

    fn run(&self, (clock, note): (&BelievedClock, &ClockNote), runtime: &Handle, stopped: &Receiver<()>) {
        let mut last = Instant::now();
        let mut failed = false;
        while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            clock.follow();
            self.sample(clock.now());
            note.look(runtime);
            // Whatever fails is tried again, not at once; until then opening takes longer, and nothing else is lost.
            if !self.checkpoints.keeps() || failed && last.elapsed() < EVERY {
                continue;
            }
            let due = if last.elapsed() >= EVERY { EVENTS_MIN } else { EVENTS_MAX };
            let saved = self.save_all(due, runtime);
            failed = saved.is_err();
            if failed || due == EVENTS_MIN {
                last = Instant::now();
            }
            if let Err(error) = saved {
                self.failed(clock.now(), error.to_string());
            }
        }
    }

    fn sample(&self, now: Timestamp) {
        let organizations = self.register.read().unwrap_or_else(PoisonError::into_inner).all();
        organizations.iter().for_each(|one| one.rate_meter().sample(now, one.head()));
    }

    pub(in crate::engine) fn failed(&self, at: Timestamp, error: String) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(LastError { at, error });
    }

    pub(in crate::engine) fn last_error(&self) -> Option<LastError> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The control of the running rebuild of an organization, if there is one.
    pub(in crate::engine) fn rebuilding(&self, tenant: &Tenant) -> Option<Arc<Control>> {
        self.rebuilds().get(&tenant.number()).and_then(Weak::upgrade)
    }

    /// Registers a rebuild; `None` if one is running already.
    pub(in crate::engine) fn begin_rebuild(&self, tenant: &Tenant) -> Option<Arc<Control>> {
        let mut rebuilds = self.rebuilds();
        let running = rebuilds.entry(tenant.number()).or_default();
        if running.strong_count() > 0 {
            return None;
        }
        let control = Arc::new(Control::default());
        *running = Arc::downgrade(&control);
        Some(control)
    }

    /// Stops all running rebuilds, with their progress saved.
    pub(in crate::engine) fn stop_rebuilds(&self) {
        self.rebuilds().values().filter_map(Weak::upgrade).for_each(|control| control.stop());
    }

    fn rebuilds(&self) -> MutexGuard<'_, HashMap<OrganizationNumber, Weak<Control>>> {
        self.rebuilds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At a clean stop: saves what is worth a checkpoint.
    pub(in crate::engine) fn close(&self, runtime: &Handle) -> Result<(), StoreError> {
        self.save_all(EVENTS_MIN, runtime)
    }

    /// A checkpoint of every organization that has so many new events.
    pub(in crate::engine) fn save_all(&self, events_min: u64, runtime: &Handle) -> Result<(), StoreError> {
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
    pub(in crate::engine) fn find_id(
        &self,
        organization: &Tenant,
        id: &CommandId,
        runtime: &Handle,
    ) -> Result<Option<Position>, StoreError> {
        self.command_ids_on_disk.find((&*self.store, &*self.checkpoints, runtime), organization, id)
    }

    /// Returns true if there is a place for checkpoints.
    pub(in crate::engine) fn keeps(&self) -> bool {
        self.checkpoints.keeps()
    }

    pub(in crate::engine) fn checkpoints(&self) -> &dyn Checkpoints {
        &*self.checkpoints
    }

    pub(in crate::engine) fn seal(&self) -> &ViewsSeal {
        &self.seal
    }

    /// Memory that the database of the checkpoints uses.
    pub(crate) fn memory(&self) -> DatabaseMemory {
        self.checkpoints.memory()
    }

    pub(in crate::engine) fn organizations(&self) -> Vec<Arc<Tenant>> {
        self.register.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// While it is held no checkpoint is made.
    pub(in crate::engine) fn kept(&self) -> MutexGuard<'_, HashMap<OrganizationNumber, Saved>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A checkpoint of an organization; where its generation is served and not noted, it is noted then.
    pub(in crate::engine) async fn save(&self, organization: &Tenant, kept: &mut Saved) -> Result<(), StoreError> {
        // First found on disk, then gone from memory: an id is never in neither.
        self.save_source(organization, kept, |position| self.command_ids_on_disk.publish(organization, position))
            .await?;
        self.note(organization)
    }

    /// Notes the generations of an organization, where they are not what is noted.
    pub(in crate::engine) fn note(&self, organization: &Tenant) -> Result<(), StoreError> {
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
    pub(in crate::engine) async fn save_source(
        &self,
        source: &impl CheckpointSource,
        kept: &mut Saved,
        publish: impl FnOnce(Position) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // At or before the cut, most often right there: what came between the two is read and hashed once more.
        let durable = self.store.tree_state(source.shelf().organization).await?;
        let cut = source.cut();
        let saved = self.save_cut(source, &cut, (kept, durable)).await;
        match saved.and_then(|next| publish(next.position).map(|()| next)) {
            Ok(next) => {
                *kept = next;
                let gone = source.change(|views| views.forget_ids(&cut));
                drop(gone);
                Ok(())
            }
            Err(error) => {
                source.change(|views| views.take_back(&cut));
                Err(error)
            }
        }
    }

    async fn save_cut(
        &self,
        source: &impl CheckpointSource,
        cut: &Cut,
        (kept, durable): (&Saved, TreeState),
    ) -> Result<Saved, StoreError> {
        let (shelf, position) = (source.shelf(), cut.position());
        let known = if durable.position <= position { durable } else { kept.tree.clone() };
        let tree = self.store.tree_at(shelf.organization, known, position).await?;
        let mut next = Saved { position, tree, digests: kept.digests.clone() };
        let first = kept.position == Position::ZERO;
        let mut writing = Writing::new(&*self.checkpoints, shelf, first);
        let rows: Vec<(Table, u32)> = cut.rows().collect();
        for slice in rows.chunks(SLICE_ROWS) {
            // What is to be saved is marked, and does not leave.
            let left =
                |missing: RowsMissing| StoreError::Fault { doing: "save views".to_owned(), source: missing.into() };
            let save = |views: AtHand<'_>| -> Vec<Vec<u8>> {
                slice.iter().map(|&(table, row)| views.save_row(cut, table, row)).collect()
            };
            let saved = source.look(|views| views.ask(save)).map_err(left)?;
            for (&(table, row), bytes) in slice.iter().zip(saved) {
                next.set(table, row, self.seal.row_digest(table, row, &bytes));
                writing.row(SavedRow { table: table as u8, row, bytes })?;
            }
        }
        let mut after = Position::ZERO;
        loop {
            let ids = source.look(|views| views.ids_of(cut, after, SLICE_IDS));
            let Some((_, last)) = ids.last() else { break };
            after = *last;
            writing.ids(ids)?;
        }
        // What a checkpoint stands on must not be in a journal: there, damage looks like a torn write.
        self.store.flush().await?;
        let header = Preamble::header(&self.seal, shelf, &next, &cut.header());
        writing.finish(header)?;
        self.checkpoints.flush()?;
        Ok(next)
    }
}

/// Collects rows and ids into parts.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::replay::tests::disabled;
    use crate::seams::Generation;
    use std::cell::{Cell, RefCell};

    /// Views whose writer publishes another head, and settles it, while somebody waits for the lock.
    struct Moving {
        views: RefCell<Views>,
        head: Cell<Position>,
        next: Cell<Position>,
    }

    impl CheckpointSource for Moving {
        fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
            look(&self.views.borrow())
        }
        fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T {
            self.head.set(self.next.get());
            while !self.views.borrow_mut().settle_slice(self.head.get()) {}
            change(&mut self.views.borrow_mut())
        }
        fn head(&self, _: &Views) -> Position {
            self.head.get()
        }
        fn shelf(&self) -> Shelf {
            Shelf { organization: OrganizationNumber::DEFAULT, generation: Generation::FIRST }
        }
    }

    #[test]
    fn a_cut_is_made_at_the_head_there_is_once_the_lock_is_there() {
        let (mut views, last) = (Views::default(), Position(6));
        for position in 1..=last.0 {
            views.apply(&disabled(position)).expect("it fits");
        }
        while !views.settle_slice(Position(4)) {}
        let held = Moving { views: RefCell::new(views), head: Cell::new(Position(4)), next: Cell::new(Position(5)) };
        assert_eq!(held.cut().position(), Position(5));
    }
}
