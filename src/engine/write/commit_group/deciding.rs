//! Deciding a command: on the views of its organization, at an instant that no earlier commit had.
//!
//! INVARIANT: a live commit is strictly later than the one before it and than every instant whose answer was given.

use super::{CommitGroup, budget};
use crate::engine::answer::Answer;
use crate::engine::clock::Clock;
use crate::engine::tenant::flow;
use crate::engine::write::batch::Source;
use crate::engine::write::committer::Committer;
use caseward_events::submission::Content;
use caseward_events::{KeyNumber, Refusal, Timestamp};
use caseward_projections::{AtHand, DecideAt, Decided, Views, decide};
use serde_json::json;
use std::sync::PoisonError;

impl CommitGroup {
    /// The number after all keys that subjects of any organization have.
    pub(super) fn next_key(&mut self, committer: &Committer) -> KeyNumber {
        let asked = || committer.register.read().unwrap_or_else(PoisonError::into_inner).highest_key();
        let before = *self.last_key.get_or_insert_with(asked);
        let begun = self.open.iter().flat_map(|open| &open.begun).map(|(_, key)| *key);
        begun.fold(before, KeyNumber::max).next()
    }

    pub(super) fn decide(
        &self,
        (open, cascade_cases): (usize, usize),
        views: AtHand<'_>,
        content: &Content,
        source: Source,
        live: Option<Timestamp>,
    ) -> Result<Decided, Refusal> {
        let moment = match source {
            Source::Live => DecideAt::Live(live.unwrap_or_else(|| self.now(open, &views))),
            Source::Import => DecideAt::Import { clock: self.flowing(open, &views).1 },
        };
        let decided = decide(views, self.open[open].organization.name(), content, moment, cascade_cases)?;
        budget::has_room(views.tip(), decided.events.len())?;
        Ok(decided)
    }

    /// A live commit is strictly later than the one before it, and than every instant that was told what it resolves
    /// to, whatever the clock does.
    pub(super) fn now(&self, open: usize, views: &Views) -> Timestamp {
        let (last, now) = self.flowing(open, views);
        last.max(self.open[open].told).map_or(now, |taken| now.max(taken.next()))
    }

    /// The time of the last event, and what counts as now.
    fn flowing(&self, open: usize, views: &Views) -> (Option<Timestamp>, Timestamp) {
        let (clock, last) = (self.clock.now(), views.timeline.last());
        (last, last.map_or(clock, |last| self.open[open].organization.now(clock, last)))
    }

    /// Adds to every answer that the clock is behind the log, if it is.
    pub(super) fn tell_of_clock(&self, open: usize, answers: &mut [Answer]) {
        let organization = &self.open[open].organization;
        let Some(last) = organization.views().timeline.last() else { return };
        let clock = self.clock.now();
        let Some(behind) = flow::told(clock, organization.now(clock, last)) else { return };
        for answer in answers {
            match answer {
                Answer::Accepted(accepted) => accepted.clock_behind = Some(behind),
                Answer::Refused(refusal) => *refusal = refusal.clone().fact("clock_behind", json!(behind)),
            }
        }
    }
}
