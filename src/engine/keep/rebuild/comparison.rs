//! Whether what was made is what is served: compared row by row beside the running writer, settled between two of its
//! groups.
//!
//! The first comparison looks at every row of both, each as it stands: the live one may be ahead. What differs is in
//! doubt, and so is whatever the events in between touched. After each look the views catch up; the last few events are
//! folded on the writer's thread, where both stand at the head, and what is in doubt then decides. INVARIANT: a lock is
//! held for a part of a row; the writer waits for the last few events and the rows in doubt alone.

use super::{DIFFERENCES_MAX, Plan, RebuildError};
use crate::engine::replay::{self, OpenError};
use crate::engine::tenant::Tenant;
use crate::seams::{Checkpoints, Shelf, Storage, StoreError};
use caseward_events::{CommandId, Position};
use caseward_projections::{AtHand, Doubts, Projection, ROW_PARTS, Table, ViewDifference, Views};
use std::collections::{BTreeMap, BTreeSet};

/// Ids copied under one lock.
const SLICE_IDS: usize = 1_024;
/// What the writer may have to fold: a tenth of a millisecond.
const NEAR_EVENTS: u64 = 128;
/// Looks that are taken at most, should the writer run away all the time.
const LOOKS_MAX: usize = 16;

/// Views that were made, and what is known of how they compare.
pub(super) struct Comparison {
    views: Views,
    plan: Plan,
    /// Up to where they are saved.
    saved: Position,
    doubts: Doubts,
    /// Of the ids of commands up to the position that they were compared at.
    ids: Vec<ViewDifference>,
}

/// What came of it.
pub(super) struct Compared {
    pub(super) swapped: bool,
    /// What is not served.
    pub(super) views: Views,
    pub(super) position: Position,
    pub(super) differences: Vec<ViewDifference>,
    pub(super) rows_that_differ: u64,
    pub(super) others: Vec<Projection>,
    pub(super) not_saved: Option<String>,
}

impl Compared {
    /// Nothing was compared.
    pub(super) fn at(position: Position) -> Compared {
        Compared {
            swapped: false,
            views: Views::default(),
            position,
            differences: Vec::new(),
            rows_that_differ: 0,
            others: Vec::new(),
            not_saved: None,
        }
    }
}

impl Comparison {
    pub(super) fn new(views: Views, plan: Plan, saved: Position) -> Comparison {
        Comparison { views, plan, saved, doubts: Doubts::default(), ids: Vec::new() }
    }

    pub(super) fn into_views(self) -> Views {
        self.views
    }

    pub(super) async fn catch_up(&mut self, store: &dyn Storage, organization: &Tenant) -> Result<(), RebuildError> {
        let all = organization.views().all_rows(&self.views);
        self.look(organization, all)?;
        for _ in 0..LOOKS_MAX {
            let head = organization.head();
            if head.0 - self.views.tip().0 <= NEAR_EVENTS {
                break;
            }
            self.fold_to(store, organization, head).await?;
            let doubts = std::mem::take(&mut self.doubts);
            self.look(organization, doubts.iter())?;
        }
        Ok(())
    }

    /// Whatever differs is in doubt. A lock for each part of a row: while it is held the writer waits, and with it all
    /// readers that come after; where a wait is long enough to sleep, waking takes the longest of it.
    fn look(&mut self, organization: &Tenant, rows: impl Iterator<Item = (Table, u32)>) -> Result<(), OpenError> {
        for (table, row) in rows {
            for part in 0..ROW_PARTS {
                if organization.ask(|live| live.row_part_differs(&self.views, table, row, part))? {
                    self.doubts.add(table, row);
                    break;
                }
            }
        }
        Ok(())
    }

    /// What the events touch is in doubt.
    async fn fold_to(
        &mut self,
        store: &dyn Storage,
        organization: &Tenant,
        head: Position,
    ) -> Result<(), RebuildError> {
        let before = self.views.tip();
        replay::apply_to(store, organization.number(), &mut self.views, head).await?;
        self.views.touched_above(before).iter().for_each(|(table, row)| self.doubts.add(table, row));
        self.views.settle(head);
        Ok(())
    }

    /// At one position: what is in doubt, decided.
    fn judge(&self, live: AtHand<'_>, before: Position) -> Judged {
        let mut judged = Judged { rows: Vec::new(), differences: self.ids.clone(), differ: BTreeSet::new() };
        if live.ids_behind(before, usize::MAX) != self.views.ids_behind(before, usize::MAX) {
            judged.differences.push(of_ids("those of the last events", "others", Vec::new()));
        }
        for (table, row) in self.doubts.iter().filter(|&(table, row)| live.row_differs(&self.views, table, row)) {
            judged.rows.push((table, row));
            judged.differ.extend(live.differing_projections(&self.views, table, row));
            if judged.differences.len() < DIFFERENCES_MAX {
                judged.differences.extend(live.row_differences(&self.views, table, row));
            }
        }
        judged.differ.extend(judged.differences.iter().map(|difference| difference.projection));
        // A row has several.
        judged.differences.truncate(DIFFERENCES_MAX);
        judged
    }
}

/// What differs at the head.
struct Judged {
    rows: Vec<(Table, u32)>,
    differences: Vec<ViewDifference>,
    differ: BTreeSet<Projection>,
}

/// On the writer's thread, between two groups: folds what came since, decides what is in doubt, swaps.
pub(super) async fn finish(
    store: &dyn Storage,
    organization: &Tenant,
    mut comparison: Comparison,
) -> Result<Compared, RebuildError> {
    let (before, head) = (comparison.views.tip(), organization.head());
    comparison.fold_to(store, organization, head).await?;
    let Judged { rows, differences, differ } = organization.ask(|live| comparison.judge(live, before))?;
    let Comparison { mut views, plan, saved, .. } = comparison;
    let (asked, not_asked): (Vec<_>, Vec<_>) =
        differ.into_iter().partition(|one| plan.projections.contains(one) || Projection::FOUNDATIONS.contains(one));
    // Numbers of ids and windows that are not the same mean something else in every other projection.
    let swapped = asked.is_empty() || plan.accepts() && asked.iter().all(|one| plan.projections.contains(one));
    if swapped {
        // Rows of cases that have left are of the generation that goes.
        let mut live = loop {
            organization.all_return()?;
            let live = organization.views_mut();
            if live.all_here(1).is_ok() {
                break live;
            }
        };
        live.exchange(&mut views, &plan.projections);
        rows.iter().for_each(|&(table, row)| live.save_again(table, row));
        organization.publish_checkpoint(saved);
        organization.generations().swap(&plan.projections);
        if let Some(cold) = organization.cold() {
            organization.set_cold(cold.of_shelf(organization.shelf()));
            live.let_leave();
        }
    }
    let differences = differences.into_iter().filter(|one| asked.contains(&one.projection)).collect();
    let rows_that_differ = rows.len() as u64;
    Ok(Compared { swapped, views, position: head, differences, rows_that_differ, others: not_asked, not_saved: None })
}

/// On the writer's thread, between two groups: folds what came since, and decides what is in doubt. Nothing is swapped.
pub(super) async fn judge_at_head(
    store: &dyn Storage,
    organization: &Tenant,
    mut comparison: Comparison,
) -> Result<(Position, Vec<ViewDifference>), RebuildError> {
    let (before, head) = (comparison.views.tip(), organization.head());
    comparison.fold_to(store, organization, head).await?;
    let judged = organization.ask(|live| comparison.judge(live, before))?;
    Ok((head, judged.differences))
}

/// Compares the ids of commands: by a sum that needs no order, and one by one only where that differs.
pub(super) fn with_ids(
    mut comparison: Comparison,
    checkpoints: &dyn Checkpoints,
    organization: &Tenant,
    (shelf, saved): (Shelf, Position),
) -> Comparison {
    let up_to = comparison.views.tip();
    let live = Ids { checkpoints, shelf: organization.shelf(), saved: organization.checkpoint(), up_to };
    let made = Ids { checkpoints, shelf, saved, up_to };
    comparison.ids = compare_ids((&live, &LiveViews(organization)), (&made, &RebuiltViews(&comparison.views)));
    comparison
}

/// Compares the ids of commands that are saved on a shelf up to a position, and behind it in views, with those that a
/// fold from the start of the log has in memory.
pub(in crate::engine::keep) fn differing_saved_ids(
    checkpoints: &dyn Checkpoints,
    (shelf, saved): (Shelf, Position),
    views: &Views,
    folded: &Views,
) -> Vec<ViewDifference> {
    let up_to = folded.tip();
    let live = Ids { checkpoints, shelf, saved, up_to };
    let made = Ids { checkpoints, shelf, saved: Position::ZERO, up_to };
    compare_ids((&live, &RebuiltViews(views)), (&made, &RebuiltViews(folded)))
}

fn compare_ids(live: (&Ids<'_>, &impl InMemory), made: (&Ids<'_>, &impl InMemory)) -> Vec<ViewDifference> {
    match (live.0.sum(live.1), made.0.sum(made.1)) {
        (Ok(one), Ok(other)) if one == other => Vec::new(),
        (Ok(_), Ok(_)) => differing_ids(live, made)
            .unwrap_or_else(|error| vec![of_ids(&format!("cannot be read: {error}"), "", Vec::new())]),
        (Err(error), _) => vec![of_ids(&format!("cannot be read: {error}"), "they can", Vec::new())],
        (_, Err(error)) => vec![of_ids("they can", &format!("cannot be read: {error}"), Vec::new())],
    }
}

fn of_ids(live: &str, rebuilt: &str, positions: Vec<Position>) -> ViewDifference {
    let of = "ids of commands".to_owned();
    ViewDifference { projection: Projection::Ids, of, live: live.to_owned(), rebuilt: rebuilt.to_owned(), positions }
}

/// Where ids are in memory.
trait InMemory {
    fn behind(&self, after: Position) -> Vec<(CommandId, Position)>;
}

struct LiveViews<'a>(&'a Tenant);
struct RebuiltViews<'a>(&'a Views);

impl InMemory for LiveViews<'_> {
    fn behind(&self, after: Position) -> Vec<(CommandId, Position)> {
        self.0.views().ids_behind(after, SLICE_IDS)
    }
}

impl InMemory for RebuiltViews<'_> {
    fn behind(&self, after: Position) -> Vec<(CommandId, Position)> {
        self.0.ids_behind(after, SLICE_IDS)
    }
}

/// All ids up to a position: on a shelf up to a checkpoint, in memory behind it.
struct Ids<'a> {
    checkpoints: &'a dyn Checkpoints,
    shelf: Shelf,
    saved: Position,
    up_to: Position,
}

impl Ids<'_> {
    fn each(&self, memory: &impl InMemory, mut each: impl FnMut(&str, Position)) -> Result<(), StoreError> {
        let on_shelf = self.saved.min(self.up_to);
        if on_shelf > Position::ZERO {
            self.checkpoints.ids(self.shelf, &mut |id, position| {
                if position <= on_shelf {
                    each(id, position);
                }
            })?;
        }
        let mut after = on_shelf;
        loop {
            let ids = memory.behind(after);
            let Some((_, last)) = ids.last() else { return Ok(()) };
            after = *last;
            ids.iter().filter(|(_, position)| *position <= self.up_to).for_each(|(id, at)| each(id.as_str(), *at));
            if after >= self.up_to {
                return Ok(());
            }
        }
    }

    fn sum(&self, memory: &impl InMemory) -> Result<(u64, u64), StoreError> {
        let (mut count, mut sum) = (0_u64, 0_u64);
        self.each(memory, |id, position| {
            count += 1;
            sum = sum.wrapping_add(xxhash_rust::xxh3::xxh3_64_with_seed(id.as_bytes(), position.0));
        })?;
        Ok((count, sum))
    }
}

fn differing_ids(
    live: (&Ids<'_>, &impl InMemory),
    made: (&Ids<'_>, &impl InMemory),
) -> Result<Vec<ViewDifference>, StoreError> {
    let mut known = BTreeMap::new();
    live.0.each(live.1, |id, position| {
        known.insert(id.to_owned(), position);
    })?;
    let mut differences = Vec::new();
    let mut tell = |id: &str, live: Option<Position>, made: Option<Position>| {
        let said =
            |position: Option<Position>| position.map_or_else(|| "unknown".to_owned(), |at| format!("event {at}"));
        let mut difference = of_ids(&said(live), &said(made), live.into_iter().chain(made).collect());
        difference.of = format!("the command id {id}");
        if differences.len() < DIFFERENCES_MAX {
            differences.push(difference);
        }
    };
    made.0.each(made.1, |id, position| match known.remove(id) {
        Some(at) if at == position => {}
        at => tell(id, at, Some(position)),
    })?;
    known.iter().for_each(|(id, position)| tell(id, Some(*position), None));
    Ok(differences)
}
