//! Where in the log events are that name a thing, or that came through a caller, as far as the views say.
//!
//! What names a thing is found by what events left of it in the views ([`NamingWalk`]); what came through a caller lies in
//! stretches that they know. INVARIANT: every event that is wanted is among what is found, and the views are held for one
//! slice of a walk at a time. Absent on purpose: an index of actors and reasons. Who asks for one of these alone, of the
//! organization, reads the log.

use super::Asking;
use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::replay::OpenError;
use crate::engine::tenant::Tenant;
use caseward_events::{Position, Query, Reference, Stream};
use caseward_projections::NamingWalk;

/// Where events may be that are wanted; all of them are there.
pub(super) enum Where {
    /// At these positions, which ascend, each once.
    At(Vec<Position>),
    /// From a first to a last position; they ascend and lie apart.
    Within(Vec<(Position, Position)>),
    /// Nothing is known of it.
    Anywhere,
}

/// Stretches in any order, as such that ascend and lie apart.
fn joined(mut stretches: Vec<(Position, Position)>) -> Vec<(Position, Position)> {
    stretches.sort_unstable();
    let mut joined: Vec<(Position, Position)> = Vec::with_capacity(stretches.len());
    for (first, last) in stretches {
        match joined.last_mut() {
            Some((_, end)) if first <= end.next() => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// How far events of streams are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Where they mostly are: all but, of users, perhaps an `offboard`.
    Near,
    /// Wherever the things are named that the streams are of.
    Everywhere,
}

impl Asking {
    /// The positions of all events up to one that are in some streams, and perhaps of others.
    pub(in crate::engine) async fn positions_of_streams(
        &self,
        tenant: &Tenant,
        (streams, search): (&[Stream], Search),
        up_to: Position,
    ) -> Result<Vec<Position>, OpenError> {
        let mut positions = Vec::new();
        for stream in streams {
            let walk = match (search, stream) {
                (Search::Everywhere, Stream::User(user)) => {
                    NamingWalk::of(&tenant.views(), &Reference::User(user.clone()), up_to.into())
                }
                _ => NamingWalk::of_stream(&tenant.views(), stream, up_to.into()),
            };
            let Some(mut walk) = walk else { continue };
            while let Some(step) = tenant.ask(|views| walk.step(views))? {
                walk.take(step);
                tokio::task::yield_now().await;
            }
            positions.extend(walk.finish());
        }
        positions.sort_unstable();
        positions.dedup();
        Ok(positions)
    }
}

impl Reader<'_> {
    /// Where the events may be that are wanted, as far as the views say. The organization is named by all; then it is what
    /// the query says that they name, or through whom they came.
    pub(super) async fn whereabouts(&self, work: &Work<'_>, of: &Reference, query: &Query) -> Result<Where, Error> {
        let all = match of {
            Reference::Organization => query.names(),
            one => Some(vec![one.clone()]),
        };
        let Some(all) = all else {
            let Some(callers) = query.callers() else { return Ok(Where::Anywhere) };
            let (views, up_to) = (self.tenant.views(), self.position().into());
            let stretches = callers.iter().flat_map(|via| views.came_through(via, up_to)).collect();
            return Ok(Where::Within(joined(stretches)));
        };
        let mut positions = Vec::new();
        for one in &all {
            let walk = NamingWalk::of(&self.tenant.views(), one, self.position().into());
            positions.extend(self.walked(work, walk).await?);
        }
        if all.len() > 1 {
            positions.sort_unstable();
            positions.dedup();
        }
        Ok(Where::At(positions))
    }

    /// The positions that a walk finds, ascending, each once.
    pub(super) async fn walked(&self, work: &Work<'_>, walk: Option<NamingWalk>) -> Result<Vec<Position>, Error> {
        let Some(mut walk) = walk else { return Ok(Vec::new()) };
        while let Some(step) = self.tenant.ask(|views| walk.step(views))? {
            work.look_at(step.looked_at())?;
            walk.take(step);
            work.give_way().await?;
        }
        Ok(walk.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_several_callers_become_such_that_ascend_and_lie_apart() {
        let at = |all: &[(u64, u64)]| all.iter().map(|(one, two)| (Position(*one), Position(*two))).collect::<Vec<_>>();
        let given = at(&[(512, 767), (1, 255), (256, 300), (600, 620), (900, 1_000), (960, 1_100)]);
        assert_eq!(joined(given), at(&[(1, 300), (512, 767), (900, 1_100)]));
        assert_eq!(joined(Vec::new()), Vec::new());
    }
}
