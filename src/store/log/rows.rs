//! Reading events from the rows of the database, and writing them as rows.
//!
//! INVARIANT: a read ends at the head, and follows the rows from one to the next: a gap is corruption.

use super::{DURABILITY, FjallStore};
use crate::seams::{OrganizationNumber, Run, StoreError};
use crate::store::database::errors::{reading, writing};
use crate::store::database::rows::{Row, gap, key, parse_key};
use crate::store::read_limit::ReadLimit;
use crate::store::row;
use caseward_events::Position;

impl FjallStore {
    /// Writes all rows in one batch: they are durable and visible together.
    pub(super) fn write(&self, group: &[Run]) -> Result<usize, StoreError> {
        let mut batch = self.database.batch().durability(Some(DURABILITY));
        let mut bytes = 0;
        for run in group {
            for row in row::split(&run.events) {
                let first = Position(run.first.0 + row.start as u64);
                let row = row::encode(&run.events, row);
                bytes += row.len();
                batch.insert(&self.log, key(run.organization, first), row);
            }
        }
        batch.commit().map_err(writing)?;
        Ok(bytes)
    }

    pub(super) fn read_rows(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut events = Vec::new();
        self.scan_rows(organization, from, bytes_max, &mut |event| events.push(event.to_vec()))?;
        Ok(events)
    }

    pub(super) fn scan_rows(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        visit: &mut (dyn for<'a> FnMut(&'a [u8]) + Send),
    ) -> Result<(), StoreError> {
        let mut limit = ReadLimit::new(bytes_max, visit);
        self.each_row(organization, from, self.gate.head(organization), &mut |event| limit.take(event))
    }

    /// Visits events up to a position that is durable, until the visitor has enough, which it says with false.
    pub(super) fn each_row(
        &self,
        organization: OrganizationNumber,
        from: Position,
        head: Position,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let from = from.max(Position::ZERO.next());
        if from > head {
            return Ok(());
        }
        let mut next = self.start_of_row_with(organization, from)?;
        for guard in self.log.range(key(organization, next)..=key(organization, head)) {
            let row = Row::load(guard)?;
            if row.first != next {
                return Err(gap(organization, next));
            }
            for event in row.events()? {
                if next > head || next >= from && !take(event) {
                    return Ok(());
                }
                next = next.next();
            }
        }
        if next > head { Ok(()) } else { Err(gap(organization, next)) }
    }

    /// The first position of the last row that begins at or before `position`.
    fn start_of_row_with(&self, organization: OrganizationNumber, position: Position) -> Result<Position, StoreError> {
        let before = key(organization, Position::ZERO)..=key(organization, position);
        let guard = self.log.range(before).next_back().ok_or_else(|| gap(organization, Position::ZERO.next()))?;
        Ok(parse_key(&guard.key().map_err(reading)?)?.1)
    }
}
