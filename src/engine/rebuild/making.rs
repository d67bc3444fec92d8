//! The generation in the making: folded slice by slice, saved on its way, gone on with after a kill.
//!
//! INVARIANT: what is saved of it is a checkpoint like any other, of this log and whole, or it is not gone on with.

use super::control::{Control, Wish};
use super::proof::{self, Proof, Proven};
use super::{OnDifference, Outcome, Plan, RebuildError, Rebuilt};
use crate::engine::Engine;
use crate::engine::fold::Folding;
use crate::engine::generations::Made;
use crate::engine::keeper::{Held, Keeper, Kept};
use crate::engine::opening;
use crate::engine::organization::Organization;
use crate::engine::store::{Generation, Shelf, StoreError};
use caseward_events::Position;
use caseward_projections::Views;
use std::cell::RefCell;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// What is folded meanwhile may be lost to a kill.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// Saving takes at most a part of the time: one in so many.
const SAVE_PART: u32 = 5;

/// See the module.
pub(super) struct Making<'a> {
    engine: &'a Engine,
    organization: &'a Organization,
    plan: &'a Plan,
    control: &'a Control,
    made: Made,
    views: Views,
    kept: Kept,
    from: Position,
    last_save: Instant,
    /// How long it took.
    saving: Duration,
}

/// Views that nobody asks, on their way to a shelf.
struct Unasked<'a> {
    views: RefCell<&'a mut Views>,
    shelf: Shelf,
}

impl Held for Unasked<'_> {
    fn look<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
        look(&self.views.borrow())
    }
    fn change<T>(&self, change: impl FnOnce(&mut Views) -> T) -> T {
        change(&mut self.views.borrow_mut())
    }
    fn head(&self) -> Position {
        self.views.borrow().tip()
    }
    fn shelf(&self) -> Shelf {
        self.shelf
    }
}

impl<'a> Making<'a> {
    /// Goes on with what is saved, or begins anew.
    pub(super) async fn begin(
        engine: &'a Engine,
        organization: &'a Organization,
        plan: &'a Plan,
        control: &'a Control,
    ) -> Result<Self, RebuildError> {
        let keeper = &*engine.keeper;
        let known = organization.generations().making.filter(|made| made.is_of_this_fold());
        let mut found = None;
        if let Some(made) = known {
            let shelf = made.shelf(organization.number());
            match opening::load(&*engine.store, keeper.checkpoints(), None, shelf).await {
                Ok(loaded) => found = loaded.map(|(views, kept, _)| (made, views, kept)),
                Err(why) => {
                    control.failed(format!("what was saved of generation {} is not used: {why}", made.generation))
                }
            }
        }
        let (made, views, kept) = match found {
            Some(found) => found,
            None => (anew(engine, organization)?, Views::default(), Kept::default()),
        };
        let (from, last_save, saving) = (views.tip(), Instant::now(), Duration::ZERO);
        control.begin(from, organization.head());
        Ok(Making { engine, organization, plan, control, made, views, kept, from, last_save, saving })
    }

    /// Up to the head that there is now. False where it was stopped or cancelled.
    pub(super) async fn fold(&mut self) -> Result<bool, RebuildError> {
        let head = self.organization.head();
        let mut folding = Folding::new(std::mem::take(&mut self.views), self.organization.number(), head);
        while folding.tip() < head {
            if self.control.wish() != Wish::Go {
                self.save_on_the_way(folding.unfinished_mut()?, self.control.wish()).await;
                return Ok(false);
            }
            let since = Instant::now();
            folding.slice(&*self.engine.store).await?;
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
        let kept = save(self.engine, self.shelf(), views, &mut self.kept);
        if let Err(error) = kept.await {
            self.control.failed(error.to_string());
        }
        (self.last_save, self.saving) = (Instant::now(), since.elapsed());
    }

    /// After it was stopped or cancelled.
    pub(super) async fn give_up(self, control: &Control) -> Result<Rebuilt, RebuildError> {
        let cancelled = control.wish() == Wish::Cancel;
        if cancelled {
            take_away(&self.engine.keeper, self.organization, self.made)?;
        }
        let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Stopped };
        let position = self.kept.position;
        Ok(self.rebuilt(outcome, Proven::at(position)))
    }

    /// Catches up and compares, until little is left for the writer to wait for.
    pub(super) async fn prove(&mut self) -> Result<Proof, RebuildError> {
        let views = std::mem::take(&mut self.views);
        let mut proof = Proof::new(views, self.plan.clone(), self.kept.position);
        proof.catch_up(&*self.engine.store, self.organization).await?;
        Ok(proof)
    }

    /// After it was stopped while it compared.
    pub(super) async fn save_proof(&mut self, proof: Proof) {
        let mut views = proof.into_views();
        self.save_on_the_way(&mut views, self.control.wish()).await;
    }

    /// Compares the ids of commands, which mostly lie on disk.
    pub(super) fn with_ids(&self, proof: Proof) -> Result<Proof, RebuildError> {
        let checkpoints = self.engine.keeper.checkpoints();
        Ok(proof::with_ids(proof, checkpoints, self.organization, (self.shelf(), self.kept.position)))
    }

    /// Saves what was made: where it was swapped in, as what is served.
    pub(super) async fn settle(mut self, mut proven: Proven, kept: &mut Kept) -> Result<Rebuilt, RebuildError> {
        let keeper = &*self.engine.keeper;
        let saved = if proven.swapped {
            // What was served is let go of here, where nobody waits for it.
            drop(std::mem::take(&mut proven.views));
            *kept = std::mem::take(&mut self.kept);
            if keeper.keeps() { keeper.save(self.organization, kept).await } else { Ok(()) }
        } else if keeper.keeps() {
            let shelf = self.shelf();
            save(self.engine, shelf, &mut proven.views, &mut self.kept).await
        } else {
            Ok(())
        };
        proven.not_saved = saved.err().map(|error| error.to_string());
        let outcome = if proven.swapped { Outcome::Swapped } else { Outcome::Refused };
        Ok(self.rebuilt(outcome, proven))
    }

    fn rebuilt(self, outcome: Outcome, proven: Proven) -> Rebuilt {
        let Proven { position, differences, rows_that_differ, others, not_saved, .. } = proven;
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

async fn save(engine: &Engine, shelf: Shelf, views: &mut Views, kept: &mut Kept) -> Result<(), StoreError> {
    if !engine.keeper.keeps() {
        return Ok(());
    }
    let unasked = Unasked { views: RefCell::new(views), shelf };
    engine.keeper.save_held(&unasked, kept, |_| Ok(())).await
}

/// A new generation, with an empty shelf.
fn anew(engine: &Engine, organization: &Organization) -> Result<Made, StoreError> {
    let keeper = &*engine.keeper;
    let _no_other = keeper.kept();
    let all = engine.register.read().unwrap_or_else(PoisonError::into_inner).all();
    let highest = all.iter().map(|one| one.generations().highest()).max().unwrap_or(Generation::FIRST);
    let before = organization.generations().making;
    let made = Made::new(Generation(highest.0 + 1), Some(engine.clock.now()));
    if let Some(before) = before {
        keeper.checkpoints().clear(before.shelf(organization.number()))?;
    }
    keeper.checkpoints().clear(made.shelf(organization.number()))?;
    change(keeper, organization, |generations| generations.making = Some(made))?;
    Ok(made)
}

/// Takes away what is being made.
pub(super) fn take_away(keeper: &Keeper, organization: &Organization, made: Made) -> Result<(), StoreError> {
    let _no_other = keeper.kept();
    keeper.checkpoints().clear(made.shelf(organization.number()))?;
    change(keeper, organization, |generations| generations.making = None)
}

/// Takes away what was served before; not before what is served now is saved.
pub(super) fn drop_old(
    keeper: &Keeper,
    organization: &Organization,
    runtime: &Handle,
) -> Result<Vec<Generation>, StoreError> {
    let mut kept = keeper.kept();
    if !organization.generations().is_noted {
        runtime.block_on(keeper.save(organization, kept.entry(organization.number()).or_default()))?;
    }
    let old = organization.generations().old.clone();
    for made in &old {
        keeper.checkpoints().clear(made.shelf(organization.number()))?;
    }
    change(keeper, organization, |generations| generations.old.clear())?;
    Ok(old.into_iter().map(|made| made.generation).collect())
}

/// Where what is served is what is noted; otherwise it is noted once that is saved.
fn change(
    keeper: &Keeper,
    organization: &Organization,
    change: impl FnOnce(&mut super::super::generations::Generations),
) -> Result<(), StoreError> {
    let was_noted = {
        let mut generations = organization.generations();
        change(&mut generations);
        std::mem::replace(&mut generations.is_noted, false)
    };
    if was_noted { keeper.note(organization) } else { Ok(()) }
}
