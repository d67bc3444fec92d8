//! The generation in the making: folded slice by slice, saved on its way, gone on with after a kill.
//!
//! INVARIANT: what is saved of it is a checkpoint like any other, of this log and whole, or it is not gone on with.

use super::comparison::{self, Compared, Comparison};
use super::{OnDifference, Outcome, Plan, RebuildError, Rebuilder, Rebuilt};
use crate::engine::keep::checkpointer::{CheckpointSource, Checkpointer, Saved};
use crate::engine::keep::rebuild_control::{Control, Wish};
use crate::engine::keep::recovery;
use crate::engine::replay::Folding;
use crate::engine::tenant::Tenant;
use crate::engine::tenant::generations::{Generations, Made};
use crate::seams::{Generation, Shelf, StoreError};
use caseward_events::Position;
use caseward_projections::Views;
use std::cell::RefCell;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// What is folded meanwhile may be lost to a kill.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// Saving takes at most a part of the time: one in so many.
const SAVE_PART: u32 = 5;

/// The generation that a rebuild is making.
pub(super) struct Build<'a> {
    with: &'a Rebuilder,
    organization: &'a Tenant,
    plan: &'a Plan,
    control: &'a Control,
    made: Made,
    views: Views,
    kept: Saved,
    from: Position,
    last_save: Instant,
    /// How long the fold took.
    saving: Duration,
}

/// Views that nobody asks, on their way to a shelf.
struct Unasked<'a> {
    views: RefCell<&'a mut Views>,
    shelf: Shelf,
}

impl CheckpointSource for Unasked<'_> {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
        look(&self.views.borrow())
    }
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T {
        change(&mut self.views.borrow_mut())
    }
    fn head(&self, views: &Views) -> Position {
        views.tip()
    }
    fn shelf(&self) -> Shelf {
        self.shelf
    }
}

impl<'a> Build<'a> {
    /// Goes on with what is saved, or begins anew.
    pub(super) async fn begin(
        with: &'a Rebuilder,
        organization: &'a Tenant,
        plan: &'a Plan,
        control: &'a Control,
    ) -> Result<Self, RebuildError> {
        let checkpointer = &*with.checkpointer;
        let known = organization.generations().making.filter(|made| made.is_of_this_fold());
        let mut found = None;
        if let Some(made) = known {
            let shelf = made.shelf(organization.number());
            match recovery::load(&*with.store, (checkpointer.checkpoints(), checkpointer.seal()), None, shelf).await {
                Ok(loaded) => found = loaded.map(|(views, kept, _)| (made, views, kept)),
                Err(why) => {
                    control.failed(format!("what was saved of generation {} is not used: {why}", made.generation))
                }
            }
        }
        let (made, views, kept) = match found {
            Some(found) => found,
            None => (anew(with, organization)?, Views::default(), Saved::default()),
        };
        let (from, last_save, saving) = (views.tip(), Instant::now(), Duration::ZERO);
        control.begin(from, organization.head());
        Ok(Build { with, organization, plan, control, made, views, kept, from, last_save, saving })
    }

    /// Up to the head that there is now. False where it was stopped or cancelled.
    pub(super) async fn fold(&mut self) -> Result<bool, RebuildError> {
        let head = self.organization.head();
        let mut folding = Folding::new(std::mem::take(&mut self.views), self.organization.number(), (head, None));
        while folding.tip() < head {
            if self.control.wish() != Wish::Go {
                self.save_on_the_way(folding.unfinished_mut()?, self.control.wish()).await;
                return Ok(false);
            }
            let since = Instant::now();
            folding.slice(&*self.with.store).await?;
            self.control.advance(folding.tip(), since);
            if self.is_due(folding.tip()) {
                self.save_on_the_way(folding.unfinished_mut()?, Wish::Go).await;
            }
        }
        let since = Instant::now();
        self.views = folding.finish()?;
        self.control.advance(head, since);
        Ok(true)
    }

    fn is_due(&self, tip: Position) -> bool {
        match self.plan.save_every {
            Some(events) => tip.0 - self.kept.position.0 >= events.max(1),
            None => self.last_save.elapsed() >= SAVE_EVERY.max(self.saving * SAVE_PART),
        }
    }

    /// What cannot be saved costs a later rebuild time, and nothing else.
    async fn save_on_the_way(&mut self, views: &mut Views, wish: Wish) {
        if wish == Wish::Cancel || views.tip() == self.kept.position {
            return;
        }
        let since = Instant::now();
        let kept = save(self.with, self.shelf(), views, &mut self.kept);
        if let Err(error) = kept.await {
            self.control.failed(error.to_string());
        }
        (self.last_save, self.saving) = (Instant::now(), since.elapsed());
    }

    /// After it was stopped or cancelled.
    pub(super) async fn give_up(self, control: &Control) -> Result<Rebuilt, RebuildError> {
        let cancelled = control.wish() == Wish::Cancel;
        if cancelled {
            take_away(&self.with.checkpointer, self.organization, self.made)?;
        }
        let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Stopped };
        let position = self.kept.position;
        Ok(self.rebuilt(outcome, Compared::at(position)))
    }

    /// Catches up and compares, until little is left for the writer to wait for.
    pub(super) async fn compare(&mut self) -> Result<Comparison, RebuildError> {
        let views = std::mem::take(&mut self.views);
        let mut comparison = Comparison::new(views, self.plan.clone(), self.kept.position);
        comparison.catch_up(&*self.with.store, self.organization).await?;
        Ok(comparison)
    }

    /// After it was stopped while it compared.
    pub(super) async fn save_comparison(&mut self, comparison: Comparison) {
        let mut views = comparison.into_views();
        self.save_on_the_way(&mut views, self.control.wish()).await;
    }

    /// Compares the ids of commands, which mostly lie on disk.
    pub(super) fn with_ids(&self, comparison: Comparison) -> Result<Comparison, RebuildError> {
        let checkpoints = self.with.checkpointer.checkpoints();
        Ok(comparison::with_ids(comparison, checkpoints, self.organization, (self.shelf(), self.kept.position)))
    }

    /// Saves what was made: where it was swapped in, as what is served.
    pub(super) async fn settle(mut self, mut compared: Compared, kept: &mut Saved) -> Result<Rebuilt, RebuildError> {
        let checkpointer = &*self.with.checkpointer;
        let saved = if compared.swapped {
            // What was served is let go of here, where nobody waits for it.
            drop(std::mem::take(&mut compared.views));
            *kept = std::mem::take(&mut self.kept);
            if checkpointer.keeps() { checkpointer.save(self.organization, kept).await } else { Ok(()) }
        } else if checkpointer.keeps() {
            let shelf = self.shelf();
            save(self.with, shelf, &mut compared.views, &mut self.kept).await
        } else {
            Ok(())
        };
        compared.not_saved = saved.err().map(|error| error.to_string());
        let outcome = if compared.swapped { Outcome::Swapped } else { Outcome::Refused };
        Ok(self.rebuilt(outcome, compared))
    }

    fn rebuilt(self, outcome: Outcome, compared: Compared) -> Rebuilt {
        let Compared { position, differences, rows_that_differ, others, not_saved, .. } = compared;
        Rebuilt {
            outcome,
            generation: self.made.generation,
            position,
            from: self.from,
            folding: self.control.folding(),
            differences,
            rows_that_differ,
            others,
            not_saved,
        }
    }

    fn shelf(&self) -> Shelf {
        self.made.shelf(self.organization.number())
    }
}

impl Plan {
    pub(super) fn accepts(&self) -> bool {
        self.on_difference == OnDifference::Accept
    }
}

async fn save(with: &Rebuilder, shelf: Shelf, views: &mut Views, kept: &mut Saved) -> Result<(), StoreError> {
    if !with.checkpointer.keeps() {
        return Ok(());
    }
    let unasked = Unasked { views: RefCell::new(views), shelf };
    with.checkpointer.save_source(&unasked, kept, |_| Ok(())).await
}

/// A new generation, with an empty shelf.
fn anew(with: &Rebuilder, organization: &Tenant) -> Result<Made, StoreError> {
    let checkpointer = &*with.checkpointer;
    let _no_other = checkpointer.kept();
    let all = checkpointer.organizations();
    let highest = all.iter().map(|one| one.generations().highest()).max().unwrap_or(Generation::FIRST);
    let before = organization.generations().making;
    let made = Made::new(Generation(highest.0 + 1), Some(with.clock.now()));
    if let Some(before) = before {
        checkpointer.checkpoints().clear(before.shelf(organization.number()))?;
    }
    checkpointer.checkpoints().clear(made.shelf(organization.number()))?;
    change(checkpointer, organization, |generations| generations.making = Some(made))?;
    Ok(made)
}

/// Takes away what is being made.
pub(super) fn take_away(checkpointer: &Checkpointer, organization: &Tenant, made: Made) -> Result<(), StoreError> {
    let _no_other = checkpointer.kept();
    checkpointer.checkpoints().clear(made.shelf(organization.number()))?;
    change(checkpointer, organization, |generations| generations.making = None)
}

/// Takes away what was served before; not before what is served now is saved.
pub(super) fn drop_old(
    checkpointer: &Checkpointer,
    organization: &Tenant,
    runtime: &Handle,
) -> Result<Vec<Generation>, StoreError> {
    let mut kept = checkpointer.kept();
    // A store in memory saves nothing, and has nothing to lose.
    if checkpointer.keeps() && !organization.generations().is_noted {
        runtime.block_on(checkpointer.save(organization, kept.entry(organization.number()).or_default()))?;
    }
    let old = organization.generations().old.clone();
    for made in &old {
        checkpointer.checkpoints().clear(made.shelf(organization.number()))?;
    }
    change(checkpointer, organization, |generations| generations.old.clear())?;
    Ok(old.into_iter().map(|made| made.generation).collect())
}

/// Where what is served is what is noted; otherwise it is noted once that is saved.
fn change(
    checkpointer: &Checkpointer,
    organization: &Tenant,
    change: impl FnOnce(&mut Generations),
) -> Result<(), StoreError> {
    let was_noted = {
        let mut generations = organization.generations();
        change(&mut generations);
        std::mem::replace(&mut generations.is_noted, false)
    };
    if was_noted { checkpointer.note(organization) } else { Ok(()) }
}
