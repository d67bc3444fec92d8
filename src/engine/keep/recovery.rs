//! Recovery of the views at an opening: load the checkpoint, then fold the events after it.
//!
//! INVARIANT: a checkpoint is used only where it is of this log from its first event on, made under the key of this
//! store, whole, and not above the head. Any other is set aside, all of them, and everything is folded from zero: ids
//! of commands too, which otherwise lie in the checkpoints. A checkpoint is never a reason to fail; only the log is.

use crate::engine::keep::checkpointer::{Preamble, Saved};
use crate::engine::keep::memory_bound::Budgeted;
use crate::engine::replay::{self, OpenError, Progress, RowSource};
use crate::engine::tenant::Tenant;
use crate::engine::tenant::cold_store::ColdStore;
use crate::engine::tenant::generations::Generations;
use crate::engine::tenant::register::Register;
use crate::engine::tenant::views_seal::ViewsSeal;
use crate::seams::{Checkpoints, OrganizationNumber, Shelf, Storage, StoreError, TreeState};
use caseward_events::{Event, OrganizationName, Position};
use caseward_projections::{CaseRows, Loading, RowDamage, Table, Views};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Rows of cases that a thread takes at once.
const SLICE_ROWS: u32 = 1_024;
/// So many are decoded in less time than a second thread is worth.
const ALONE_ROWS_MAX: u32 = 2 * SLICE_ROWS;

/// Organizations, and what is known of their checkpoints.
pub(in crate::engine) struct Opened {
    pub(in crate::engine) register: Register,
    pub(in crate::engine) kept: HashMap<OrganizationNumber, Saved>,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum Unusable {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Damage(#[from] RowDamage),
    #[error("they do not bear the code of this store, so an earlier release or another store made them")]
    OtherStore,
    #[error("what is noted of its generations cannot be read")]
    Note,
    #[error("it is at position {at}, and the log ends at {head}")]
    AboveTheHead { at: Position, head: Position },
    #[error("it is of another log")]
    OtherLog,
    #[error("rows are missing, damaged or stale")]
    Sum,
}

impl Unusable {
    fn in_full(&self) -> String {
        match self {
            Unusable::Store(StoreError::Fault { doing, source }) => format!("cannot {doing}: {source}"),
            other => other.to_string(),
        }
    }
}

/// What a bound on memory has cases do that are loaded: of all organizations, so many bytes stay, and the rest comes
/// back on demand.
pub(in crate::engine) struct Leaving<'a> {
    within: &'a Budgeted,
    room: AtomicU64,
}

impl<'a> Leaving<'a> {
    fn new(within: &'a Budgeted) -> Leaving<'a> {
        // What else there is becomes known only when it is loaded, so that at first no more than half is taken.
        Leaving { within, room: (within.bound.views_bytes() / 2).into() }
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        let less = |room: u64| room.checked_sub(bytes as u64);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// All organizations, folded to their heads.
pub(in crate::engine) async fn open(
    store: &dyn Storage,
    (checkpoints, seal): (&dyn Checkpoints, &ViewsSeal),
    within: Option<&Budgeted>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Opened, OpenError> {
    let (names, mut register) = organizations(store).await?;
    let leaving = within.map(Leaving::new);
    let not_used = |organization: OrganizationNumber, why: &str, may_pass: bool| {
        let told = format!("the saved views of organization {organization} are not used: {why}");
        if may_pass { checkpoints.leave_alone(&told) } else { checkpoints.set_aside(&told) }
    };
    let loaded = match load_all(store, (checkpoints, seal), leaving.as_ref(), &names).await {
        Ok(loaded) => loaded,
        Err((organization, why)) => {
            not_used(organization, &why.in_full(), matches!(why, Unusable::Store(StoreError::Fault { .. })));
            HashMap::new()
        }
    };
    let folded = match fold_all(store, within, &names, loaded, progress).await {
        // A saved row was read and verified a moment ago, and is not as it was: what else is saved is not to be trusted.
        Err(OpenError::Cases { organization, why, source }) => {
            not_used(organization, &why, source.is_some());
            fold_all(store, within, &names, HashMap::new(), progress).await
        }
        folded => folded,
    };
    let (tenants, kept) = folded?;
    tenants.into_iter().for_each(|tenant| register.add(tenant));
    Ok(Opened { register, kept })
}

/// Every organization with what was saved of it, and folded to its head.
async fn fold_all(
    store: &dyn Storage,
    within: Option<&Budgeted>,
    names: &Names,
    mut loaded: LoadedOrganizations,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(Vec<Arc<Tenant>>, HashMap<OrganizationNumber, Saved>), OpenError> {
    let (mut tenants, mut kept) = (Vec::new(), HashMap::new());
    for (name, number) in names {
        let number = *number;
        let (generations, saved) = loaded.remove(&number).unwrap_or_default();
        let (views, position, cold) = match saved {
            Some((views, of_it, cold)) => {
                let position = of_it.position;
                kept.insert(number, of_it);
                (views, position, cold)
            }
            None => {
                let (mut views, cold) =
                    (Views::default(), within.map(|within| within.sources.of(generations.current.shelf(number))));
                if cold.is_some() {
                    views.let_leave();
                }
                (views, Position::ZERO, cold)
            }
        };
        let head = store.head(number).await?;
        let rows = cold.clone().map(|cold| cold as Arc<dyn RowSource>);
        let views = replay::fold_to(store, number, views, (head, rows), progress).await?;
        let tenant = Tenant::new(name.clone(), number, views, generations);
        cold.into_iter().for_each(|cold| tenant.set_cold(cold));
        tenant.publish_checkpoint(position);
        tenants.push(tenant);
    }
    Ok((tenants, kept))
}

type Names = Vec<(OrganizationName, OrganizationNumber)>;

/// Reads the register: the log of the organizations.
async fn organizations(store: &dyn Storage) -> Result<(Names, Register), OpenError> {
    let mut register = Register::new();
    let mut names = vec![(OrganizationName::default(), OrganizationNumber::DEFAULT)];
    let number = OrganizationNumber::REGISTER;
    register.head = store.head(number).await?;
    let mut position = Position::ZERO;
    while position < register.head {
        for recorded in replay::next_events(store, number, (position, register.head), replay::READ_BYTES).await? {
            position = recorded.position;
            register.last = recorded.time;
            if let Event::OrganizationCreated(created) = recorded.event {
                names.push((created.name, OrganizationNumber(created.number)));
            } else if !register.tokens.take(&recorded) {
                let why =
                    format!("event {position} of the register is about no organization and no token that it knows");
                return Err(StoreError::Corruption(why).into());
            }
        }
    }
    Ok((names, register))
}

type LoadedViews = (Views, Saved, Option<Arc<ColdStore>>);
type LoadedOrganizations = HashMap<OrganizationNumber, (Generations, Option<LoadedViews>)>;

async fn load_all(
    store: &dyn Storage,
    (checkpoints, seal): (&dyn Checkpoints, &ViewsSeal),
    leaving: Option<&Leaving<'_>>,
    names: &Names,
) -> Result<LoadedOrganizations, (OrganizationNumber, Unusable)> {
    let mut loaded = LoadedOrganizations::new();
    for &(_, number) in names {
        let generations = generations(checkpoints, number).map_err(|why| (number, why))?;
        let shelf = generations.current.shelf(number);
        let found = load(store, (checkpoints, seal), leaving, shelf).await.map_err(|why| (number, why))?;
        loaded.insert(number, (generations, found));
    }
    Ok(loaded)
}

fn generations(checkpoints: &dyn Checkpoints, organization: OrganizationNumber) -> Result<Generations, Unusable> {
    match checkpoints.note(organization)? {
        Some(note) => Generations::read(&note).ok_or(Unusable::Note),
        None => Ok(Generations::default()),
    }
}

/// What an opening would load of an organization: where it lies, the views, and up to where they are saved.
pub(in crate::engine) async fn load_current(
    store: &dyn Storage,
    (checkpoints, seal): (&dyn Checkpoints, &ViewsSeal),
    organization: OrganizationNumber,
) -> Result<Option<(Shelf, Views, Position)>, Unusable> {
    let shelf = generations(checkpoints, organization)?.current.shelf(organization);
    let found = load(store, (checkpoints, seal), None, shelf).await?;
    Ok(found.map(|(views, saved, _)| (shelf, views, saved.position)))
}

/// What is on a shelf, if it is of this log.
pub(in crate::engine) async fn load(
    store: &dyn Storage,
    (checkpoints, seal): (&dyn Checkpoints, &ViewsSeal),
    leaving: Option<&Leaving<'_>>,
    shelf: Shelf,
) -> Result<Option<LoadedViews>, Unusable> {
    let organization = shelf.organization;
    let Some(header) = checkpoints.header(shelf)? else { return Ok(None) };
    let parsed = Preamble::parse(&header).filter(|(preamble, _)| preamble.is_of(seal, shelf, &header));
    let (preamble, rest) = parsed.ok_or(Unusable::OtherStore)?;
    let mut loading = Loading::new(rest)?;
    let (at, head) = (loading.position(), store.head(organization).await?);
    if at > head {
        return Err(Unusable::AboveTheHead { at, head });
    }
    let tree = TreeState { position: at, subtrees: preamble.subtrees };
    if !store.begins_with(organization, tree.clone()).await? {
        return Err(Unusable::OtherLog);
    }
    let cold = leaving.map(|leaving| leaving.within.sources.of(shelf));
    if cold.is_some() {
        loading.let_leave();
    }
    let (views, kept) = Rows { checkpoints, seal, shelf, leaving }.load(loading, preamble.sum)?;
    Ok(Some((views, Saved { tree, ..kept }, cold)))
}

/// The position that a header tells; none where it is no header.
pub(in crate::engine) fn saved_up_to(header: &[u8]) -> Option<Position> {
    let (_, rest) = Preamble::parse(header)?;
    Loading::new(rest).ok().map(|loading| loading.position())
}

/// The rows of one organization.
#[derive(Clone, Copy)]
struct Rows<'a> {
    checkpoints: &'a dyn Checkpoints,
    seal: &'a ViewsSeal,
    shelf: Shelf,
    leaving: Option<&'a Leaving<'a>>,
}

impl Rows<'_> {
    /// On two threads, where there are many cases: they take slices of these in turns, this one after all other tables.
    fn load(self, mut loading: Loading, sum: u64) -> Result<(Views, Saved), Unusable> {
        let mut kept = Saved { position: loading.position(), ..Saved::default() };
        let rows = loading.rows(Table::Cases);
        let (next, is_alone) = (AtomicU32::new(0), rows <= ALONE_ROWS_MAX);
        let (mine, theirs) = std::thread::scope(|scope| {
            let other = (!is_alone).then(|| scope.spawn(|| self.slices(&next, rows)));
            let mine = self.tables(&mut loading, &mut kept).and_then(|()| self.slices(&next, rows));
            (mine, other.map(|other| other.join()))
        });
        let mut slices = mine?;
        if let Some(theirs) = theirs {
            // A panic there is a row that this code cannot read: as good as damage.
            slices.append(&mut theirs.unwrap_or(Err(Unusable::Sum))?);
        }
        slices.sort_unstable_by_key(|slice| slice.first);
        if slices.len() > 1 {
            loading.reserve_cases(slices.iter().map(|slice| slice.cases.len()).sum());
        }
        for Cases { first, cases, digests } in slices {
            loading.cases(cases);
            digests.into_iter().zip(first..).for_each(|(digest, row)| kept.set(Table::Cases, row, digest));
        }
        if kept.sum() != sum {
            return Err(Unusable::Sum);
        }
        let run: fn(&mut [&mut (dyn FnMut() + Send)]) =
            if is_alone { replay::one_by_one } else { replay::side_by_side };
        Ok((loading.finish(&run)?, kept))
    }

    /// Slices of the cases, until all are taken: the newest first, so that these stay where not all can.
    fn slices(self, next: &AtomicU32, rows: u32) -> Result<Vec<Cases>, Unusable> {
        let mut taken = Vec::new();
        let slices = rows.div_ceil(SLICE_ROWS);
        loop {
            let behind = next.fetch_add(1, Ordering::Relaxed);
            if behind >= slices {
                return Ok(taken);
            }
            let from = (slices - 1 - behind) * SLICE_ROWS;
            let mut slice = self.cases(from..rows.min(from + SLICE_ROWS))?;
            if let Some(leaving) = self.leaving {
                slice.cases.look_through(slice.first);
                if !leaving.has_room_for(slice.cases.bytes()) {
                    slice.cases.leave(&slice.digests);
                }
            }
            taken.push(slice);
        }
    }

    fn tables(self, loading: &mut Loading, kept: &mut Saved) -> Result<(), Unusable> {
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Cases) {
            let rows = 0..loading.rows(table);
            self.each(table, rows, |row, bytes| {
                kept.set(table, row, self.seal.row_digest(table, row, bytes));
                loading.row(table, bytes)
            })?;
        }
        Ok(())
    }

    fn cases(self, rows: Range<u32>) -> Result<Cases, Unusable> {
        let mut found = Cases {
            first: rows.start,
            cases: CaseRows::with_capacity(rows.len()),
            digests: Vec::with_capacity(rows.len()),
        };
        self.each(Table::Cases, rows, |row, bytes| {
            found.digests.push(self.seal.row_digest(Table::Cases, row, bytes));
            found.cases.row(bytes)
        })?;
        Ok(found)
    }

    /// Every row of a range, none missing.
    fn each(
        self,
        table: Table,
        rows: Range<u32>,
        mut take: impl FnMut(u32, &[u8]) -> Result<(), RowDamage>,
    ) -> Result<(), Unusable> {
        let (mut next, end, mut damage) = (rows.start, rows.end, None);
        self.checkpoints.rows(self.shelf, table as u8, rows, &mut |row, bytes| {
            let taken = if row == next { take(row, bytes) } else { Err(RowDamage("a row is missing")) };
            next = row + 1;
            damage = taken.err();
            damage.is_none()
        })?;
        match damage {
            Some(damage) => Err(damage.into()),
            None if next == end => Ok(()),
            None => Err(Unusable::Sum),
        }
    }
}

/// A range of rows of cases, decoded.
struct Cases {
    first: u32,
    cases: CaseRows,
    digests: Vec<u64>,
}
