//! Rows as the database has them: under the number of the organization and the first position, the value being the row.
//!
//! Both numbers are big-endian, so that the rows of an organization lie side by side and in order. INVARIANT: a key or
//! a row that is not as it was written is [`StoreError::Corruption`], never a panic.

use super::errors::reading;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::row;
use caseward_events::Position;
use fjall::{Guard, UserValue};
use std::fmt;

/// The keyspace that has them.
pub(in crate::store) const KEYSPACE: &str = "log";

/// A row as it is stored.
pub(in crate::store) struct Row {
    pub(in crate::store) organization: OrganizationNumber,
    pub(in crate::store) first: Position,
    pub(in crate::store) value: UserValue,
}

impl Row {
    pub(in crate::store) fn load(guard: Guard) -> Result<Self, StoreError> {
        let (key, value) = guard.into_inner().map_err(reading)?;
        let (organization, first) = parse_key(&key)?;
        Ok(Row { organization, first, value })
    }

    pub(in crate::store) fn events(&self) -> Result<Vec<&[u8]>, StoreError> {
        row::decode(&self.value).map_err(|damage| self.corruption(&damage))
    }

    fn corruption(&self, why: &dyn fmt::Display) -> StoreError {
        let Row { organization, first, .. } = self;
        StoreError::Corruption(format!("the row at position {first} of organization {organization}: {why}"))
    }
}

pub(in crate::store) fn key(organization: OrganizationNumber, first: Position) -> [u8; 12] {
    let mut key = [0; 12];
    let (number, position) = key.split_at_mut(size_of::<u32>());
    number.copy_from_slice(&organization.0.to_be_bytes());
    position.copy_from_slice(&first.0.to_be_bytes());
    key
}

pub(in crate::store) fn parse_key(key: &[u8]) -> Result<(OrganizationNumber, Position), StoreError> {
    let parse = || {
        let (number, position) = key.split_first_chunk()?;
        let first = u64::from_be_bytes(position.try_into().ok()?);
        Some((OrganizationNumber(u32::from_be_bytes(*number)), Position(first)))
    };
    parse().ok_or_else(|| StoreError::Corruption(format!("a key of the log has {} bytes", key.len())))
}

pub(in crate::store) fn gap(organization: OrganizationNumber, next: Position) -> StoreError {
    StoreError::Corruption(format!("no row of organization {organization} begins at position {next}, where one must"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_number_then_position_and_parse() {
        let one = OrganizationNumber(1);
        let parsed = parse_key(&key(OrganizationNumber(7), Position(258))).expect("it is a key");
        assert_eq!(parsed, (OrganizationNumber(7), Position(258)));
        assert!(key(one, Position(256)) > key(one, Position(2)));
        assert!(key(OrganizationNumber(256), Position(1)) > key(OrganizationNumber(2), Position(9)));
    }
}
