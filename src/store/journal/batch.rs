//! Batches, as the database writes them into a journal.
//!
//! ```text
//! batch    1, items 4, sequence number 8; then the items; then 3, XXH3-64 of all items 8, `FJL` 3
//! item     2, value type 0, compression 0, keyspace 8, key length 2, value length 4, again 4, key, value
//! ```
//! All numbers are little-endian. INVARIANT: bytes that are not a whole batch, its checksum included, give a [`Fault`],
//! never a panic.

use crate::seams::OrganizationNumber;
use crate::store::row;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use xxhash_rust::xxh3::xxh3_64;

pub(super) const MAGIC: &[u8; 4] = b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
pub(super) const KEY_BYTES: usize = 12;
/// The first keyspace that a database gives out is the log.
const LOG_KEYSPACE: u64 = 1;
/// Between two batches the database itself takes a few sequence numbers, never so many.
const SEQUENCE_STEP_MAX: u64 = 1 << 32;

/// The positions that rows of each organization hold.
pub(in crate::store) type Reach = BTreeMap<OrganizationNumber, RangeInclusive<u64>>;

pub(super) fn parts(key: &[u8; KEY_BYTES]) -> (OrganizationNumber, u64) {
    let (organization, first) = key.split_first_chunk().expect("a key is longer than that");
    let first = u64::from_be_bytes(first.try_into().expect("the rest of a key is eight bytes"));
    (OrganizationNumber(u32::from_be_bytes(*organization)), first)
}

pub(super) fn add(reach: &mut Reach, key: &[u8; KEY_BYTES], value: &[u8]) {
    let (organization, first) = parts(key);
    let last = first.saturating_add(row::count(value).saturating_sub(1));
    let range = reach.entry(organization).or_insert(first..=last);
    *range = first.min(*range.start())..=last.max(*range.end());
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They end before it does.
    Short,
    /// They are something else.
    Other,
}

/// A whole batch, its checksum included.
pub(super) struct Batch {
    pub(super) sequence: u64,
    pub(super) bytes: usize,
    rows: Reach,
}

impl Batch {
    pub(super) fn parse(bytes: &[u8]) -> Result<Batch, Fault> {
        let mut input = Input(bytes);
        let mut rows = Reach::new();
        let sequence = Batch::parse_items(&mut input, |key, value| add(&mut rows, key, value))?;
        Ok(Batch { sequence, bytes: bytes.len() - input.0.len(), rows })
    }

    pub(super) fn parse_items(
        input: &mut Input<'_>,
        mut row: impl FnMut(&[u8; KEY_BYTES], &[u8]),
    ) -> Result<u64, Fault> {
        input.expect(START)?;
        let items = u32::from_le_bytes(input.take()?);
        let sequence = u64::from_le_bytes(input.take()?);
        let from = input.0;
        for _ in 0..items {
            [ITEM, 0, 0].into_iter().try_for_each(|byte| input.expect(byte))?;
            let keyspace = u64::from_le_bytes(input.take()?);
            let key_bytes = usize::from(u16::from_le_bytes(input.take()?));
            let [value_bytes, again] = [u32::from_le_bytes(input.take()?), u32::from_le_bytes(input.take()?)];
            if keyspace != LOG_KEYSPACE || key_bytes != KEY_BYTES || value_bytes != again {
                return Err(Fault::Other);
            }
            let key = input.take::<KEY_BYTES>()?;
            let value = input.split(usize::try_from(value_bytes).map_err(|_| Fault::Other)?)?;
            row(&key, value);
        }
        let hashed = from.get(..from.len() - input.0.len()).ok_or(Fault::Other)?;
        input.expect(END)?;
        let sum = u64::from_le_bytes(input.take()?);
        let magic = input.take::<4>()?;
        if items == 0 || sum != xxh3_64(hashed) || magic != *MAGIC {
            return Err(Fault::Other);
        }
        Ok(sequence)
    }

    pub(super) fn follows(&self, last: Option<u64>) -> bool {
        last.is_none_or(|last| self.sequence > last && self.sequence - last < SEQUENCE_STEP_MAX)
    }

    pub(super) fn add_to(&self, reach: &mut Reach) {
        for (&organization, rows) in &self.rows {
            let range = reach.entry(organization).or_insert_with(|| rows.clone());
            *range = *rows.start().min(range.start())..=*rows.end().max(range.end());
        }
    }
}

/// Bytes still to be read.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    fn split(&mut self, bytes: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take::<1>()? == [byte] { Ok(()) } else { Err(Fault::Other) }
    }
}
