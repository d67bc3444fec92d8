//! Numbers and texts as bytes: small numbers take few.

use crate::facts::position::Pos32;
use caseward_events::Position;
use caseward_events::limits::POSITION_MAX;

/// Bytes that are not what a checkpoint writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a saved row does not decode: {0}")]
pub struct RowDamage(pub &'static str);

/// Where a row is put together.
#[derive(Debug, Default)]
pub(crate) struct RowWriter(pub(crate) Vec<u8>, Option<Vec<(usize, Pos32)>>);

impl RowWriter {
    /// One that remembers where places begin.
    pub(crate) fn tracing() -> RowWriter {
        RowWriter(Vec::new(), Some(Vec::new()))
    }

    /// What stands before the first place, and every place with the bytes up to the next one.
    pub(crate) fn traced(mut self) -> (Vec<u8>, Vec<(Pos32, Vec<u8>)>) {
        let mut traced = Vec::new();
        for (begin, place) in self.1.take().unwrap_or_default().into_iter().rev() {
            traced.push((place, self.0.split_off(begin)));
        }
        traced.reverse();
        (self.0, traced)
    }

    /// Seven bits a byte, the lowest first.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    /// Small amounts of either sign take few bytes.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn place(&mut self, place: Pos32) {
        if let Some(places) = &mut self.1 {
            places.push((self.0.len(), place));
        }
        self.number(place.position().0);
    }
}

/// What is left of a row.
#[derive(Debug)]
pub(crate) struct RowReader<'a>(pub(crate) &'a [u8]);

impl<'a> RowReader<'a> {
    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, RowDamage> {
        let mut number = 0;
        for (index, &byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.0 = &self.0[index + 1..];
                return Ok(number);
            }
        }
        Err(RowDamage("a number without end"))
    }

    #[inline]
    pub(crate) fn number_32(&mut self) -> Result<u32, RowDamage> {
        u32::try_from(self.number()?).map_err(|_| RowDamage("a number beyond 32 bits"))
    }

    /// How many of something follow, each of at least one byte: so no damage makes room for more than there can be.
    #[inline]
    pub(crate) fn count(&mut self) -> Result<usize, RowDamage> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if count <= self.0.len() { Ok(count) } else { Err(RowDamage("more than fits the row")) }
    }

    pub(crate) fn signed(&mut self) -> Result<i64, RowDamage> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, RowDamage> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| RowDamage("a text that is none"))
    }

    #[inline]
    pub(crate) fn place(&mut self) -> Result<Pos32, RowDamage> {
        let position = self.number()?;
        if position <= POSITION_MAX { Ok(Position(position).into()) } else { Err(RowDamage("a place beyond the last")) }
    }

    pub(crate) fn end(&self) -> Result<(), RowDamage> {
        if self.0.is_empty() { Ok(()) } else { Err(RowDamage("bytes behind its end")) }
    }
}
