//! Decoding for a fold what logs are full of: events of a few types, with ids of printable ASCII, written as short as
//! they can be. One pass over the bytes, and nothing is copied.
//!
//! INVARIANT: what is taken here, [`super::decode`] takes too, and makes the same of it. Anything else is left to it
//! (`None`), what is damaged above all: no error is told here.

use super::{caller, plain_first};
use crate::fact::{Fact, ListText, SubjectText};
use crate::id::Text;
use crate::recorded::{ActorRef, Header, Position};
use crate::rights::Rights;
use crate::time::{Timestamp, Window};

/// The header and the fact of an event, if it is stored in the plain form; `None` otherwise.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Option<(Header<'_>, Fact<'_>)> {
    let (via, rest) = caller(bytes).ok()?;
    let mut from = Bytes(rest);
    let position = Position(from.number()?);
    let stream_version = from.number()?;
    let time = from.timestamp()?;
    let (number, schema) = (from.short()?, from.byte()?);
    let command_id = from.text()?;
    let index = from.short()?;
    let (_count, _commit_index, _commit_count) = (from.short()?, from.short()?, from.short()?);
    let actor = from.actor()?;
    from.reason_that_begins_nothing()?;
    let (_correlation, _causation) = (from.option(Bytes::text)?, from.option(Bytes::text)?);
    from.0 = plain_first(from.0)?;
    let fact = from.fact(number, schema)?;
    Some((Header { position, stream_version, time, command_id, index, actor, via, begins: None }, fact))
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// The fields of an event, as [`crate::event`] lays them out.
    #[inline]
    fn fact(&mut self, number: u32, schema: u8) -> Option<Fact<'a>> {
        match (number, schema) {
            (3, 1) => Some(Fact::CaseOpened {
                case: self.text()?,
                definition: self.text()?,
                creator: self.text()?,
                parent: self.option(Bytes::text)?,
                workspace: self.option(Bytes::text)?,
            }),
            (6 | 7, 1) => {
                let (on, to) = (self.list()?, self.subject()?);
                let rights = Rights::from_bits(u16::try_from(self.short()?).ok()?)?;
                let window = Window { from: self.option(Bytes::timestamp)?, until: self.option(Bytes::timestamp)? };
                let origin = self.byte()?;
                (origin == 0).then_some(Fact::Entry { on, to, rights, window })
            }
            (8, 1) => {
                let (on, to) = (self.list()?, self.subject()?);
                Some(Fact::Entry { on, to, rights: Rights::NONE, window: Window::ALWAYS })
            }
            (11 | 12, 1) => Some(Fact::Member { group: self.text()?, member: self.subject()?, is: number == 11 }),
            _ => None,
        }
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// Seven bits a byte, the lowest first; up to 63 bits.
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for (index, &byte) in self.0.iter().take(9).enumerate() {
            number |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                self.0 = self.0.get(index + 1..)?;
                return Some(number);
            }
        }
        None
    }

    /// Of one byte, or of two: below 16,384.
    #[inline]
    fn short(&mut self) -> Option<u32> {
        let low = u32::from(self.byte()?);
        if low < 0x80 {
            return Some(low);
        }
        let high = u32::from(self.byte()?);
        (high < 0x80).then_some(low & 0x7F | high << 7)
    }

    #[inline]
    fn timestamp(&mut self) -> Option<Timestamp> {
        let number = self.number()?;
        Some(Timestamp::from_micros((number >> 1).cast_signed() ^ -(number & 1).cast_signed()))
    }

    #[inline]
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    #[inline]
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.short()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    #[inline]
    fn text(&mut self) -> Option<Text<'a>> {
        Text::plain(self.bytes()?)
    }

    #[inline]
    fn actor(&mut self) -> Option<ActorRef<'a>> {
        let bytes = self.bytes()?;
        match bytes.split_first_chunk()? {
            (b"user:", id) => Text::plain(id).map(ActorRef::User),
            _ => bytes.strip_prefix(b"system:").and_then(Text::plain).map(ActorRef::System),
        }
    }

    #[inline]
    fn list(&mut self) -> Option<ListText<'a>> {
        let bytes = self.bytes()?;
        match bytes.split_first_chunk() {
            Some((b"case:", id)) => Text::plain(id).map(ListText::Case),
            _ => match bytes.strip_prefix(b"definition:") {
                Some(id) => Text::plain(id).map(ListText::Definition),
                None => bytes.strip_prefix(b"restriction:").and_then(Text::plain).map(ListText::Restriction),
            },
        }
    }

    #[inline]
    fn subject(&mut self) -> Option<SubjectText<'a>> {
        let bytes = self.bytes()?;
        match bytes.split_first_chunk()? {
            (b"user:", id) => Text::plain(id).map(SubjectText::User),
            _ => bytes.strip_prefix(b"group:").and_then(Text::plain).map(SubjectText::Group),
        }
    }

    /// None, or one that is sealed under a key in use. One in clear would have to be looked through.
    #[inline]
    fn reason_that_begins_nothing(&mut self) -> Option<()> {
        const SEALED: u8 = 1;
        match self.byte()? {
            0 => Some(()),
            1 if self.byte()? == SEALED => {
                self.short()?;
                let begins = self.byte()?;
                self.bytes()?;
                (begins == 0).then_some(())
            }
            _ => None,
        }
    }
}
