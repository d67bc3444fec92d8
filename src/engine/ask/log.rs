//! Events for answers: of a case, of anything else, or of the whole log, up to the position of the reader.
//!
//! Only those are read that may be wanted ([`super::whereabouts`]). INVARIANT: nothing above the reader's place is shown,
//! and no lock is held while the log is read. Absent on purpose: where events are that name a thing.

use super::Asking;
use super::reader::Reader;
use super::whereabouts::Where;
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::replay;
use crate::engine::tenant::Tenant;
use caseward_events::query::Bound;
use caseward_events::{Position, Query, Recorded, Reference, Subject, Timestamp};
use std::collections::VecDeque;

/// How much of the log is read at once.
const READ_BYTES: usize = 1 << 20;

/// How many scattered events are read at once before they are filtered.
pub(super) const PORTION_EVENTS: usize = 1_000;

/// How many events are read at once when the log is read backwards.
const BACK_EVENTS: u64 = 1_000;

/// Which events are wanted: those that name one thing and match a query.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    of: &'a Reference,
    query: &'a Query,
}

impl Wanted<'_> {
    /// Returns true if an event matches, as far as can be said without its reason.
    fn may_be(&self, sealed: &Recorded) -> bool {
        sealed.event.concerns(self.of) && (self.query.asks_for_reasons() || self.query.matches(sealed))
    }

    fn is(&self, readable: &Recorded) -> bool {
        !self.query.asks_for_reasons() || self.query.matches(readable)
    }
}

/// One page of a list of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only events after this position.
    pub after: Position,
    /// The greatest number of events.
    pub limit: Option<usize>,
}

impl Asking {
    /// Events from a position on, as many as fill so many bytes of the log; none above the head.
    pub(in crate::engine) async fn events(
        &self,
        tenant: &Tenant,
        from: Position,
        bytes: usize,
    ) -> Result<Vec<Recorded>, Error> {
        Ok(replay::readable_events(&*self.store, tenant.number(), from, bytes.min(READ_BYTES)).await?)
    }

    /// One event.
    pub(in crate::engine) async fn event(&self, tenant: &Tenant, at: Position) -> Result<Option<Recorded>, Error> {
        if at == Position::ZERO || at > tenant.head() {
            return Ok(None);
        }
        Ok(replay::readable_events(&*self.store, tenant.number(), at, 1).await?.into_iter().next())
    }

    /// The events at some positions, oldest first; none above the head.
    pub(in crate::engine) async fn events_at(
        &self,
        tenant: &Tenant,
        positions: impl IntoIterator<Item = Position>,
    ) -> Result<Vec<Recorded>, Error> {
        let head = tenant.head();
        let mut positions: Vec<Position> =
            positions.into_iter().filter(|&at| at != Position::ZERO && at <= head).collect();
        positions.sort_unstable();
        positions.dedup();
        let mut events = replay::events_at(&*self.store, tenant.number(), &positions).await?;
        replay::open_reasons(&*self.store, tenant.number(), &mut events)?;
        Ok(events)
    }
}

impl Reader<'_> {
    /// The next events after a position, about as many as one read returns; empty at the position of the reader.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events_after(&self, after: Position) -> Result<Vec<Recorded>, Error> {
        let mut events = self.sealed_after(after).await?;
        self.open(&mut events)?;
        Ok(events)
    }

    /// The same with reasons as they are stored.
    pub(super) async fn sealed_after(&self, after: Position) -> Result<Vec<Recorded>, Error> {
        self.sealed_within(after, READ_BYTES).await
    }

    /// The same, as many as fill so many bytes of the log.
    pub(super) async fn sealed_within(&self, after: Position, bytes: usize) -> Result<Vec<Recorded>, Error> {
        self.sealed_between(after, self.position(), bytes).await
    }

    /// The same of those up to a position, which is not above this place.
    async fn sealed_between(&self, after: Position, up_to: Position, bytes: usize) -> Result<Vec<Recorded>, Error> {
        if after >= up_to {
            return Ok(Vec::new());
        }
        Ok(replay::next_events(&*self.asking.store, self.tenant.number(), (after, up_to), bytes).await?)
    }

    /// Makes reasons readable.
    pub(super) fn open(&self, events: &mut [Recorded]) -> Result<(), Error> {
        Ok(replay::open_reasons(&*self.asking.store, self.tenant.number(), events)?)
    }

    /// One event; `None` above the reader's place.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn event(&self, at: Position) -> Result<Option<Recorded>, Error> {
        if at > self.position() { Ok(None) } else { self.asking.event(self.tenant, at).await }
    }

    /// The events that name a thing and that a query asks for, oldest first. The organization is named by all.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn history(&self, of: &Reference, query: &Query, page: Page) -> Result<Vec<Recorded>, Error> {
        let (work, wanted) = (self.work(), Wanted { of, query });
        let (after, up_to) = self.bounds(query);
        let page = Page { after: page.after.max(after), ..page };
        let is_short = up_to.0.saturating_sub(page.after.0) <= BACK_EVENTS;
        let found = if is_short { Where::Anywhere } else { self.whereabouts(&work, of, query).await? };
        match found {
            Where::At(mut positions) => {
                positions.truncate(positions.partition_point(|position| *position <= up_to));
                self.among(&work, &positions, page, wanted).await
            }
            Where::Within(mut stretches) => {
                stretches.truncate(stretches.partition_point(|(first, _)| *first <= up_to));
                stretches.iter_mut().for_each(|(_, last)| *last = up_to.min(*last));
                self.within_stretches(&work, &stretches, page, wanted).await
            }
            Where::Anywhere => self.between(&work, page, up_to, wanted).await,
        }
    }

    /// Behind which position, and up to which one, events lie that a query asks for, by its `after:` and `before:`.
    fn bounds(&self, query: &Query) -> (Position, Position) {
        let (views, known) = (self.tenant.views(), self.position());
        // The last position before a bound.
        let before = |bound| match bound {
            Bound::Position(position) => Position(position.0.saturating_sub(1)),
            Bound::Instant(instant) => match instant.as_micros().checked_sub(1) {
                Some(micros) => views.timeline.resolve(Timestamp::from_micros(micros), known.into()).position(),
                None => Position::ZERO,
            },
        };
        let (after, up_to) = query.bounds();
        (after.map_or(Position::ZERO, before), up_to.map_or(known, before).min(known))
    }

    /// Keeps the events that are wanted of some stretches of the log.
    async fn within_stretches(
        &self,
        work: &Work<'_>,
        stretches: &[(Position, Position)],
        page: Page,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Recorded>, Error> {
        let mut found = Vec::new();
        for (first, last) in stretches.iter().filter(|(_, last)| *last > page.after) {
            let limit = page.limit.map(|limit| limit - found.len());
            if limit == Some(0) {
                break;
            }
            let page = Page { after: Position(first.0 - 1).max(page.after), limit };
            // What is short is read alone, and what is long as the whole log is.
            found.extend(if last.0 - page.after.0 <= BACK_EVENTS {
                let positions: Vec<Position> = (page.after.0 + 1..=last.0).map(Position).collect();
                self.among(work, &positions, page, wanted).await?
            } else {
                self.between(work, page, *last, wanted).await?
            });
        }
        Ok(found)
    }

    /// Keeps the events that are wanted.
    async fn among(
        &self,
        work: &Work<'_>,
        positions: &[Position],
        page: Page,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Recorded>, Error> {
        let behind = &positions[positions.partition_point(|position| *position <= page.after)..];
        let mut found = Vec::new();
        // No more than fills the page, where all are wanted.
        let portion = page.limit.map_or(PORTION_EVENTS, |limit| limit.clamp(1, PORTION_EVENTS));
        for portion in behind.chunks(portion) {
            work.give_way().await?;
            work.look_at(portion.len())?;
            let events = self.sealed_at(portion).await?;
            for mut recorded in events.into_iter().filter(|sealed| wanted.may_be(sealed)) {
                if page.limit.is_some_and(|limit| found.len() >= limit) {
                    return Ok(found);
                }
                self.open(std::slice::from_mut(&mut recorded))?;
                if wanted.is(&recorded) {
                    work.answer_with(&recorded)?;
                    found.push(recorded);
                }
            }
        }
        Ok(found)
    }

    /// Events at positions that ascend and lie not above this place, with reasons as they are stored.
    pub(super) async fn sealed_at(&self, positions: &[Position]) -> Result<Vec<Recorded>, Error> {
        Ok(replay::events_at(&*self.asking.store, self.tenant.number(), positions).await?)
    }

    async fn between(
        &self,
        work: &Work<'_>,
        Page { after, limit }: Page,
        up_to: Position,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Recorded>, Error> {
        let (mut found, mut position) = (Vec::new(), after);
        while position < up_to {
            work.give_way().await?;
            let events = self.sealed_between(position, up_to, READ_BYTES).await?;
            work.look_at(events.len())?;
            for mut recorded in events {
                position = recorded.position;
                if limit.is_some_and(|limit| found.len() >= limit) {
                    return Ok(found);
                }
                if wanted.may_be(&recorded) {
                    // Few are, and a reason takes longer to open than the rest of an event to read.
                    self.open(std::slice::from_mut(&mut recorded))?;
                    if wanted.is(&recorded) {
                        work.answer_with(&recorded)?;
                        found.push(recorded);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The last events that a query asks for, oldest first. Reads no more of the log than it takes to find so many.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn last(&self, query: &Query, count: usize) -> Result<Vec<Recorded>, Error> {
        let wanted = Wanted { of: &Reference::Organization, query };
        let (work, mut found) = (self.work(), VecDeque::new());
        let (after, mut up_to) = self.bounds(query);
        let mut found_at = self.whereabouts(&work, wanted.of, query).await?;
        while up_to > after && found.len() < count {
            let behind = |before: u64| Page { after: Position(before), limit: None };
            let (page, portion) = match &mut found_at {
                Where::Anywhere => {
                    let page = behind(up_to.0.saturating_sub(BACK_EVENTS).max(after.0));
                    (page, self.between(&work, page, up_to, wanted).await?)
                }
                Where::Within(stretches) => {
                    let Some((first, last)) = stretches.pop() else { break };
                    // The last part of it; the rest comes next.
                    let page = behind((first.0 - 1).max(last.0.saturating_sub(BACK_EVENTS)));
                    if page.after >= first {
                        stretches.push((first, page.after));
                    }
                    (page, self.within_stretches(&work, &[(page.after.next(), last)], page, wanted).await?)
                }
                Where::At(positions) => {
                    let portion = positions.split_off(positions.len().saturating_sub(PORTION_EVENTS));
                    let page = behind(portion.first().map_or(0, |first| first.0 - 1));
                    (page, self.among(&work, &portion, page, wanted).await?)
                }
            };
            portion.into_iter().rev().take(count - found.len()).for_each(|recorded| found.push_front(recorded));
            up_to = page.after;
        }
        Ok(found.into())
    }

    /// The subject under whose key the reason of an event is sealed.
    #[must_use]
    pub fn sealed_for(&self, recorded: &Recorded) -> Option<Subject> {
        let key = recorded.reason.as_ref()?.key()?;
        self.tenant.views().keys.subject(key).cloned()
    }
}
