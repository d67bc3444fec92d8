//! Questions about a stretch of time.
//!
//! INVARIANT: what was known at one place answers all of it; nothing later is read. A bound that is an instant waits as
//! a check at that instant does.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::AccessAnswer;
use caseward_events::ask::{AsOf, Next, Question, has_action};
use caseward_events::{Position, Refusal, Resource, Timestamp};
use caseward_projections::{AtHand, Place, Resolved};

impl Reader<'_> {
    /// When a subject could do something, as known here; from the first event to now, where no other bounds are given. A
    /// position as a bound stands for its time. What the question itself says of as-of does not count.
    ///
    /// # Errors
    /// `invalid`: the resource does not have the action, a position lies above the head, the bounds are in disorder.
    pub async fn access(
        &self,
        question: &Question,
        from: Option<AsOf>,
        to: Option<AsOf>,
    ) -> Result<AccessAnswer, Error> {
        has_action(&question.resource, question.action)?;
        let Stretch { from, to, known, settled } = self.stretch(from, to, None).await?;
        let (work, Question { subject, resource, .. }) = (self.work(), question);
        work.give_way().await?;
        work.look_at(self.tenant.ask(|views| views.count_turns(subject, resource, from, to, known))?)?;
        let intervals = self.tenant.ask(|views| views.intervals(question, from, to, known))?;
        work.answer_with(&intervals)?;
        let position = known.position();
        let known = self.tenant.views().known(&question.subject, known);
        Ok(AccessAnswer { intervals, from, to, position, settled, known, next: Next::NotPaged })
    }

    /// What is meant by bounds; what is not said is the beginning of a resource, if one is given and it begins before
    /// the end, or the first event, and now.
    pub(super) async fn stretch(
        &self,
        from: Option<AsOf>,
        to: Option<AsOf>,
        of: Option<&Resource>,
    ) -> Result<Stretch, Error> {
        let Reader { tenant, asking, resolved: known, .. } = *self;
        let to = match to {
            Some(to) => asking.resolve(tenant, to, None).await?,
            None => known,
        };
        let from = match from {
            Some(from) => asking.resolve(tenant, from, None).await?.when.at,
            None => {
                let began = |views: AtHand<'_>| of.and_then(|resource| views.began(resource, known.when.place));
                let began = tenant.ask(began)?.filter(|began| *began < to.when.at);
                began.unwrap_or_else(|| tenant.views().timeline.time(Position(1).into()))
            }
        };
        let Resolved { when, settled } = to;
        if from >= when.at {
            let message = format!("a time from {from} to {} has no length", when.at);
            return Err(Refusal::invalid(message).hint("give a `from` that lies before `to`").into());
        }
        Ok(Stretch { from, to: when.at, known: known.when.place, settled })
    }
}

/// A stretch of time, resolved.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Stretch {
    pub(in crate::engine) from: Timestamp,
    /// Left out.
    pub(in crate::engine) to: Timestamp,
    /// What is known.
    pub(in crate::engine) known: Place,
    /// `Some(false)` where it reaches beyond the clock.
    pub(in crate::engine) settled: Option<bool>,
}
