//! What all who follow the changes of one organization share: whom groups and profiles stand for, when windows turn, and
//! the last steps that were taken.
//!
//! It is looked up when the first follower comes, learns every commit that somebody goes through, and is gone with the last
//! follower. INVARIANT: it is right up to a position, and every follower stands at or before that: whoever goes
//! beyond it has it learn the commit first. So no commit is left out.

use caseward_events::answer::AccessChanges;
use caseward_events::ask::FeedId;
use caseward_events::{Position, Recorded, Timestamp};
use caseward_projections::{Audience, Pos32, Turn, Views, When};
use std::collections::{BTreeSet, VecDeque};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// Steps that are kept for those who are a little behind.
const STEPS_MAX: usize = 512;

/// Items in the messages of all steps that are kept.
const ITEMS_MAX: usize = 50_000;

/// Events that are learned under one lock of a reader.
const SLICE_EVENTS: usize = 64;

/// Users that are looked at under one lock of a reader.
const SLICE_USERS: usize = 256;

/// From one moment to the next.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) to: When,
    pub(super) id: FeedId,
    /// What changed, if anything did.
    pub(super) told: Option<Arc<AccessChanges>>,
}

impl Step {
    fn items(&self) -> usize {
        self.told.as_ref().map_or(0, |told| told.items().count() + told.everyone.len() + told.ask_again.len())
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Known {
    crowd: RwLock<Audience>,
    log: Mutex<OfLog>,
    steps: Mutex<Steps>,
    /// Who takes the next step for all.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// What is known of the log.
#[derive(Debug)]
struct OfLog {
    to: Position,
    turns: BTreeSet<Turn>,
}

#[derive(Debug, Default)]
struct Steps {
    kept: VecDeque<(When, Arc<Step>)>,
    items: usize,
}

impl Known {
    /// As of the head. What the views know beyond it is learned again once it is durable. They are looked at again and
    /// again, each time for a slice.
    pub(super) fn of<V: Deref<Target = Views>>(views: impl Fn() -> V, head: Position) -> Known {
        let mut crowd = Audience::default();
        while crowd.look_further(&views(), head.into(), SLICE_USERS) {}
        let turns = views().turns_set(Pos32::ZERO, head.into());
        let log = OfLog { to: head, turns: turns.into_iter().collect() };
        let (crowd, log, steps) = (RwLock::new(crowd), Mutex::new(log), Mutex::default());
        Known { crowd, log, steps, turn: tokio::sync::Mutex::new(()) }
    }

    /// Whom groups and profiles stand for. It is asked for under the lock of the views, and held no longer.
    pub(super) fn crowd(&self) -> RwLockReadGuard<'_, Audience> {
        self.crowd.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The position up to which it is right.
    pub(super) fn to(&self) -> Position {
        self.log().to
    }

    /// Learns a commit that follows on what is known, or that is known. The views are looked at again and again, each time for
    /// a slice of it.
    pub(super) fn learn<V: Deref<Target = Views>>(&self, views: impl Fn() -> V, commit: &[Recorded]) {
        let mut log = self.log();
        let new = &commit[commit.partition_point(|recorded| recorded.position <= log.to)..];
        let Some(last) = new.last() else { return };
        for slice in new.chunks(SLICE_EVENTS) {
            let views = views();
            let mut crowd = self.crowd.write().unwrap_or_else(PoisonError::into_inner);
            slice.iter().for_each(|recorded| crowd.learn(&views, &recorded.event));
        }
        let turns = views().turns_set(log.to.into(), last.position.into());
        log.turns.extend(turns);
        log.to = last.position;
    }

    /// The first instant behind a moment, and up to another instant, at which windows turn that were set by then, with the
    /// positions of the events that set them.
    pub(super) fn turned(&self, now: When, up_to: Timestamp) -> Option<(Timestamp, Vec<Position>)> {
        if up_to <= now.at {
            return None;
        }
        let log = self.log();
        let (from, to) =
            (Turn { time: now.at.next(), set_by: Pos32::ZERO }, Turn { time: up_to, set_by: Pos32::LATEST });
        let mut turns = log.turns.range(from..=to).filter(|turn| turn.set_by <= now.place).peekable();
        let at = turns.peek()?.time;
        let set_by = turns.take_while(|turn| turn.time == at).map(|turn| turn.set_by.position());
        Some((at, set_by.collect()))
    }

    /// When windows turn next, for whoever stands at the head.
    pub(super) fn next_turn(&self, now: When) -> Option<Timestamp> {
        let log = self.log();
        let from = Turn { time: now.at.next(), set_by: Pos32::ZERO };
        log.turns.range(from..).next().map(|turn| turn.time)
    }

    /// The step that was taken from a moment, if it is still kept.
    pub(super) fn step_from(&self, now: When) -> Option<Arc<Step>> {
        let steps = self.steps();
        let found = steps.kept.iter().rev().find(|(from, _)| *from == now);
        found.map(|(_, step)| Arc::clone(step))
    }

    /// Keeps a step for others.
    pub(super) fn keep(&self, from: When, step: Arc<Step>) {
        let mut steps = self.steps();
        steps.items += step.items();
        steps.kept.push_back((from, step));
        while steps.kept.len() > STEPS_MAX || steps.items > ITEMS_MAX && steps.kept.len() > 1 {
            let Some((_, oldest)) = steps.kept.pop_front() else { break };
            steps.items -= oldest.items();
        }
    }

    fn log(&self) -> MutexGuard<'_, OfLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
