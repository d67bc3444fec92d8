//! The log as questions see it: what happened, up to where one asks.
//!
//! INVARIANT: nothing above the reader's place is shown, and no lock is held while the log is read. Absent on purpose: an
//! index of who is named where; every question here reads the log it asks about.

use super::Asking;
use super::reader::Reader;
use crate::engine::error::Error;
use crate::engine::replay;
use crate::engine::tenant::Tenant;
use caseward_events::{Position, Recorded, Subject};
use std::collections::VecDeque;

/// How much of the log is read at once.
const READ_BYTES: usize = 1 << 20;

/// How far one looks back at once, from the end of the log.
const BACK_EVENTS: u64 = 1_000;

/// A part of a list of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Not what lies at or before this position.
    pub after: Position,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Asking {
    /// Events from a position on; none above the head.
    pub(in crate::engine) async fn events(&self, tenant: &Tenant, from: Position) -> Result<Vec<Recorded>, Error> {
        Ok(replay::readable_events(&*self.store, tenant.number(), from, READ_BYTES).await?)
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
    /// The next events behind a position, about as many as are read at once; none where it is the reader's own.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn events_after(&self, after: Position) -> Result<Vec<Recorded>, Error> {
        let up_to = self.position();
        if after >= up_to {
            return Ok(Vec::new());
        }
        let store = &*self.asking.store;
        let mut events = replay::next_events(store, self.tenant.number(), after, up_to).await?;
        replay::open_reasons(store, self.tenant.number(), &mut events)?;
        Ok(events)
    }

    /// One event; `None` above the reader's place.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn event(&self, at: Position) -> Result<Option<Recorded>, Error> {
        if at > self.position() { Ok(None) } else { self.asking.event(self.tenant, at).await }
    }

    /// The events that are wanted, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn history(&self, wanted: impl Fn(&Recorded) -> bool, page: Page) -> Result<Vec<Recorded>, Error> {
        self.between(page, self.position(), &wanted).await
    }

    async fn between(
        &self,
        Page { after, limit }: Page,
        up_to: Position,
        wanted: &impl Fn(&Recorded) -> bool,
    ) -> Result<Vec<Recorded>, Error> {
        let (mut found, mut position) = (Vec::new(), after);
        while position < up_to {
            for recorded in self.events_after(position).await? {
                position = recorded.position;
                if position > up_to || limit.is_some_and(|limit| found.len() >= limit) {
                    return Ok(found);
                }
                if wanted(&recorded) {
                    found.push(recorded);
                }
            }
        }
        Ok(found)
    }

    /// The last events that are wanted, oldest first. Reads no more of the log than it takes to find so many.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn last(&self, wanted: impl Fn(&Recorded) -> bool, count: usize) -> Result<Vec<Recorded>, Error> {
        let (mut found, mut up_to) = (VecDeque::new(), self.position());
        while up_to > Position::ZERO && found.len() < count {
            let page = Page { after: Position(up_to.0.saturating_sub(BACK_EVENTS)), limit: None };
            let portion = self.between(page, up_to, &wanted).await?;
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
