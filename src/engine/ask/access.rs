//! Questions about a stretch of time.
//!
//! INVARIANT: what was known at one place answers all of it; nothing later is read. A bound that is an instant waits as
//! a check at that instant does.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::AccessAnswer;
use caseward_events::ask::{AsOf, Next, Question, has_action};
use caseward_events::{Position, Refusal, Resource, Timestamp};
use caseward_projections::{AtHand, IntervalsPart, Pos32, Resolved};

impl Reader<'_> {
    /// The intervals in which a subject could do something, as known at this position. Defaults: from the first event,
    /// to now. A position as a bound stands for the time of its event. The `as_of` of the question itself is ignored.
    ///
    /// # Errors
    /// `invalid`: the resource does not have the action, a position lies above the head, the bounds are in disorder.
    pub async fn access(
        &self,
        question: &Question,
        from: Option<AsOf>,
        to: Option<AsOf>,
    ) -> Result<AccessAnswer, Error> {
        let whole = self.access_part(question, (from, to), IntervalsPart::default()).await?;
        Ok(whole.expect("only what goes on behind an interval may find none"))
    }

    /// A part of the intervals; `None` where none begins where the part before ended.
    ///
    /// # Errors
    /// As for [`Reader::access`].
    pub(super) async fn access_part(
        &self,
        question: &Question,
        (from, to): (Option<AsOf>, Option<AsOf>),
        part: IntervalsPart,
    ) -> Result<Option<AccessAnswer>, Error> {
        has_action(&question.resource, question.action)?;
        let Stretch { from, to, known, settled } = self.stretch(from, to, None).await?;
        let (work, Question { subject, resource, .. }) = (self.work(), question);
        work.give_way().await?;
        let begin = part.after.map_or(from, |after| after.max(from));
        work.look_at(self.tenant.ask(|views| views.count_turns(subject, resource, begin, to, known))?)?;
        let Some(intervals) = self.tenant.ask(|views| views.intervals_part(question, (from, to), known, part))? else {
            return Ok(None);
        };
        work.answer_with(&intervals)?;
        let position = known.position();
        let known = self.tenant.views().known(&question.subject, known);
        Ok(Some(AccessAnswer { intervals, from, to, position, settled, known, next: Next::NotPaged }))
    }

    /// Resolves the bounds of a stretch of time. Defaults: from the creation of the resource, if one is given and it
    /// was created before the end, otherwise from the first event; to now.
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

/// The resolved bounds of a stretch of time.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Stretch {
    pub(in crate::engine) from: Timestamp,
    /// Excluded.
    pub(in crate::engine) to: Timestamp,
    /// The position and instant that all of it is answered at.
    pub(in crate::engine) known: Pos32,
    /// `Some(false)` if the stretch ends later than the clock, so that the answer may still change.
    pub(in crate::engine) settled: Option<bool>,
}
