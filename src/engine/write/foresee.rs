//! What commands of a dry run would change.
//!
//! INVARIANT: it is found out while their events still stand on the views, above all else there, in slices, so that few
//! cases have to be in memory together, and one that nobody waits for ends. Absent on purpose: taking the events off
//! again; whoever put them there does.

use super::reply::CommandError;
use crate::engine::answer::{Accepted, Answer};
use crate::engine::replay::OpenError;
use crate::engine::tenant::Tenant;
use caseward_events::Recorded;
use caseward_events::answer::{Change, ForeseenChanges};
use caseward_projections::{AtHand, Audience, Pair, Pos32, RightsDifference, Span, When};
use std::cell::OnceCell;
use std::sync::Arc;

/// Pairs of a user and a resource that the commands together may ask about.
const PAIRS_MAX: usize = 200_000;
/// Changes that are listed for each of them.
const LISTED_MAX: usize = 1_000;
/// Pairs that are compared in one slice.
const SLICE_PAIRS: usize = 256;
/// Resources whose pairs are found in one slice.
const SLICE_TARGETS: usize = 16;

/// Whether anybody waits for it still.
pub(super) type GoesOn<'a> = &'a dyn Fn() -> bool;

/// Tells what dry commands would change, while their events still stand on the views.
pub(super) fn foresee(
    organization: &Tenant,
    mut answers: Vec<Answer>,
    goes_on: GoesOn<'_>,
) -> Result<Vec<Answer>, CommandError> {
    // Looked up once, and only where something would happen: it takes a walk over all users.
    let crowd = OnceCell::new();
    let mut left = PAIRS_MAX;
    for answer in &mut answers {
        if let Answer::Accepted(Accepted { events, replayed: false, foreseen, .. }) = answer
            && let [first, .., last] | [first @ last] = &events[..]
        {
            let crowd = crowd.get_or_init(|| Audience::of(&organization.views()));
            let when = |place| When { place, at: first.time };
            let span = Span { from: when(Pos32::from(first.position).before()), to: when(Pos32::from(last.position)) };
            let foreseeing = Foreseeing { organization, crowd, span, goes_on };
            *foreseen = Some(foreseeing.changes(events, &mut left)?);
        }
    }
    Ok(answers)
}

/// What the events of one command would change.
struct Foreseeing<'a> {
    organization: &'a Tenant,
    crowd: &'a Audience,
    /// From before the first of them to the last.
    span: Span,
    goes_on: GoesOn<'a>,
}

impl Foreseeing<'_> {
    fn changes(&self, events: &[Recorded], left: &mut usize) -> Result<ForeseenChanges, CommandError> {
        let Some(pairs) = self.pairs(events, *left)? else { return Ok(ForeseenChanges::of([], None)) };
        *left = left.saturating_sub(pairs.len());
        let mut differences: Vec<RightsDifference> = Vec::new();
        for slice in pairs.chunks(SLICE_PAIRS) {
            differences.extend(self.ask(|views| {
                let compared = views.compare(slice.iter().copied(), self.span);
                compared.collect::<Vec<_>>()
            })?);
        }
        let place = self.span.to.place;
        let (pairs, first) = self.ask(|views| views.first_changes(&differences, self.crowd, place, LISTED_MAX))?;
        let listed = first.into_iter().map(|(subject, difference)| {
            self.ask(|views| views.change(subject.clone(), difference, views.causes(difference.pair, self.span)))
        });
        Ok(ForeseenChanges::of(listed.collect::<Result<Vec<Change>, _>>()?, Some(pairs)))
    }

    /// Every pair that they could bear on, once; none, where these are more than `pairs_max`, some perhaps counted
    /// twice.
    fn pairs(&self, events: &[Recorded], pairs_max: usize) -> Result<Option<Vec<Pair>>, CommandError> {
        let mut pairs: Vec<Pair> = Vec::new();
        for recorded in events {
            for bearing in self.ask(|views| views.bearings_of(&recorded.event, self.crowd))? {
                // Before they are made: there may be more than memory holds.
                if pairs.len().saturating_add(bearing.pairs_at_least()) > pairs_max {
                    return Ok(None);
                }
                for slice in bearing.targets().chunks(SLICE_TARGETS) {
                    pairs.extend(self.ask(|views| views.pairs_upon(&bearing, slice, self.crowd))?);
                    if pairs.len() > pairs_max {
                        return Ok(None);
                    }
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        Ok(Some(pairs))
    }

    fn ask<T>(&self, question: impl Fn(AtHand<'_>) -> T) -> Result<T, CommandError> {
        if !(self.goes_on)() {
            return Err(CommandError::Stopped);
        }
        self.organization.ask(question).map_err(|error: OpenError| CommandError::Cases(Arc::new(error)))
    }
}
