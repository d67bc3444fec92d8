//! Events as bytes. These bytes are the truth: views, answers and proofs follow from them.
//!
//! ```text
//! byte 0       format version of the envelope: 1, or 2 for an event that came through a caller of the service
//! then         for 2: through whom it came, postcard
//! then         the envelope, postcard: position, stream version, time, type number, schema version, command id, index,
//!              count, index and count in the commit, actor, reason (sealed), correlation id, causation id, first
//! then         the fields of the event, postcard, as the schema version of its type lays them out
//! ```
//! INVARIANT: decoding what was encoded gives the same event, and encoding that the same bytes. Every stored (type,
//! schema version) stays readable: `Event::decode_fields` holds a way for each, which turns an older one into the newest,
//! and `tests/stored` holds bytes of each. An envelope of version 1 is read as one that came through nobody, and what came
//! through nobody is written so: a log without callers has the bytes that earlier releases write.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod plain;

use crate::event::Event;
use crate::fact::Decoded;
use crate::id::{BadId, CommandId, Text};
use crate::recorded::{ActorRef, First, Header, Position, Recorded};
use crate::reference::{Actor, BadReference, Subject};
use crate::seal::{KeyNumber, StoredReason};
use crate::time::Timestamp;
use crate::via::Via;
use serde::{Deserialize, Serialize};

/// The newest version of the envelope that this release writes, the first byte of a stored event that came through a caller.
pub const FORMAT: u8 = 2;

/// The version of the envelope of an event that came through nobody.
const WITHOUT_CALLER: u8 = 1;

/// Why bytes are no event. All of these are corruption, but `NewerFormat` and `UnknownType`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Nothing there.
    #[error("an event without bytes")]
    Empty,
    /// Written by a later release.
    #[error("an event of format {0}; this release reads up to {FORMAT}")]
    NewerFormat(u8),
    /// Written by a later release, or damaged.
    #[error("an event of type {number}, schema {schema}, which this release does not know")]
    UnknownType {
        /// The number.
        number: u16,
        /// The schema version.
        schema: u8,
    },
    /// Not what an encoder writes.
    #[error("an event whose bytes do not decode: {0}")]
    Malformed(String),
}

/// The envelope as it is read.
#[derive(Deserialize)]
struct Envelope {
    position: Position,
    stream_version: u64,
    time: Timestamp,
    number: u16,
    schema: u8,
    command_id: CommandId,
    index: u32,
    count: u32,
    commit_index: u32,
    commit_count: u32,
    actor: Actor,
    reason: Option<StoredReason>,
    correlation_id: Option<CommandId>,
    causation_id: Option<CommandId>,
    first: Option<First>,
}

/// The envelope as it is written: the same fields in the same order, borrowed.
#[derive(Serialize)]
struct EnvelopeRef<'a> {
    position: Position,
    stream_version: u64,
    time: Timestamp,
    number: u16,
    schema: u8,
    command_id: &'a CommandId,
    index: u32,
    count: u32,
    commit_index: u32,
    commit_count: u32,
    actor: &'a Actor,
    reason: &'a Option<StoredReason>,
    correlation_id: &'a Option<CommandId>,
    causation_id: &'a Option<CommandId>,
    first: &'a Option<First>,
}

/// The bytes of an event.
#[must_use]
pub fn encode(recorded: &Recorded) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(192);
    encode_into(recorded, &mut bytes);
    bytes
}

/// Adds the bytes of an event at the end of others.
pub fn encode_into(recorded: &Recorded, bytes: &mut Vec<u8>) {
    let envelope = EnvelopeRef {
        position: recorded.position,
        stream_version: recorded.stream_version,
        time: recorded.time,
        number: recorded.event.number(),
        schema: recorded.event.schema(),
        command_id: &recorded.command_id,
        index: recorded.index,
        count: recorded.count,
        commit_index: recorded.commit_index,
        commit_count: recorded.commit_count,
        actor: &recorded.actor,
        reason: &recorded.reason,
        correlation_id: &recorded.correlation_id,
        causation_id: &recorded.causation_id,
        first: &recorded.first,
    };
    bytes.push(if recorded.via.is_some() { FORMAT } else { WITHOUT_CALLER });
    // What writes to a buffer takes it, and gives it back longer.
    let mut taken = std::mem::take(bytes);
    if let Some(via) = &recorded.via {
        taken = postcard::to_extend(via, taken).expect("memory takes it");
    }
    let taken = postcard::to_extend(&envelope, taken).expect("memory takes it");
    *bytes = recorded.event.encode_fields(taken).expect("memory takes it");
}

/// The event of these bytes.
///
/// # Errors
/// Where they are not what [`encode`] of this or an earlier release writes.
pub fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
    let (via, rest) = caller(bytes)?;
    let (envelope, fields) = postcard::take_from_bytes::<Envelope>(rest).map_err(malformed)?;
    let Envelope { number, schema, .. } = envelope;
    let event = Event::decode_fields(number, schema, fields)
        .ok_or(DecodeError::UnknownType { number, schema })?
        .map_err(malformed)?;
    Ok(Recorded {
        position: envelope.position,
        stream_version: envelope.stream_version,
        time: envelope.time,
        command_id: envelope.command_id,
        index: envelope.index,
        count: envelope.count,
        commit_index: envelope.commit_index,
        commit_count: envelope.commit_count,
        actor: envelope.actor,
        via,
        reason: envelope.reason,
        correlation_id: envelope.correlation_id,
        causation_id: envelope.causation_id,
        first: envelope.first,
        event,
    })
}

fn malformed(why: postcard::Error) -> DecodeError {
    DecodeError::Malformed(why.to_string())
}

/// Through whom an event came, and what follows. What an earlier release wrote came through nobody.
#[inline]
fn caller(bytes: &[u8]) -> Result<(Option<Via>, &[u8]), DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((&WITHOUT_CALLER, rest)) => Ok((None, rest)),
        Some((&FORMAT, rest)) => {
            let (via, rest) = postcard::take_from_bytes::<Via>(rest).map_err(malformed)?;
            Ok((Some(via), rest))
        }
        Some((&format, _)) => Err(DecodeError::NewerFormat(format)),
    }
}

/// The envelope once more up to `first`, field for field, borrowed.
#[derive(Deserialize)]
struct BorrowedEnvelope<'a> {
    position: Position,
    stream_version: u64,
    time: Timestamp,
    number: u16,
    schema: u8,
    #[serde(borrow)]
    command_id: IdText<'a>,
    index: u32,
    #[serde(rename = "count")]
    _count: u32,
    #[serde(rename = "commit_index")]
    _commit_index: u32,
    #[serde(rename = "commit_count")]
    _commit_count: u32,
    #[serde(borrow)]
    actor: ActorText<'a>,
    #[serde(borrow)]
    reason: Option<BorrowedReason<'a>>,
    #[serde(borrow, rename = "correlation_id")]
    _correlation_id: Option<IdText<'a>>,
    #[serde(borrow, rename = "causation_id")]
    _causation_id: Option<IdText<'a>>,
}

/// What comes behind `first`, the last of the envelope: no fold looks at it.
#[inline]
fn behind_first(bytes: &[u8]) -> postcard::Result<&[u8]> {
    match plain_first(bytes) {
        Some(rest) => Ok(rest),
        None => postcard::take_from_bytes::<Option<First>>(bytes).map(|(_, rest)| rest),
    }
}

/// The same where nothing warns, as nearly always: digests are not read byte for byte then.
#[inline]
fn plain_first(bytes: &[u8]) -> Option<&[u8]> {
    match bytes.split_first()? {
        (0, rest) => Some(rest),
        (1, rest) => {
            let (_body, rest) = rest.split_first_chunk::<16>()?;
            let rest = match rest.split_first()? {
                (0, rest) => rest,
                (1, rest) => rest.split_first_chunk::<16>()?.1,
                _ => return None,
            };
            rest.strip_prefix(&[0])
        }
        _ => None,
    }
}

/// A [`StoredReason`], its text apart.
#[derive(Deserialize)]
enum BorrowedReason<'a> {
    Clear(#[expect(dead_code, reason = "it is read to refuse what no reason can be")] &'a str),
    Sealed(#[serde(borrow)] BorrowedSealed<'a>),
}

#[derive(Deserialize)]
struct BorrowedSealed<'a> {
    key: KeyNumber,
    begins: Option<Subject>,
    #[serde(rename = "bytes")]
    _bytes: &'a [u8],
}

impl BorrowedReason<'_> {
    fn begins(self) -> Option<(Subject, KeyNumber)> {
        match self {
            BorrowedReason::Clear(_) => None,
            BorrowedReason::Sealed(BorrowedSealed { key, begins, .. }) => begins.map(|subject| (subject, key)),
        }
    }
}

/// The text of an id.
#[derive(Deserialize)]
#[serde(try_from = "&'a str", bound(deserialize = "'de: 'a"))]
struct IdText<'a>(Text<'a>);

impl<'a> TryFrom<&'a str> for IdText<'a> {
    type Error = BadId;
    #[inline]
    fn try_from(text: &'a str) -> Result<Self, BadId> {
        Text::checked(text).map(IdText)
    }
}

/// The text of an actor.
#[derive(Deserialize)]
#[serde(try_from = "&'a str", bound(deserialize = "'de: 'a"))]
struct ActorText<'a>(ActorRef<'a>);

impl<'a> TryFrom<&'a str> for ActorText<'a> {
    type Error = BadReference;
    #[inline]
    fn try_from(text: &'a str) -> Result<Self, BadReference> {
        let actor = match text.split_once(':') {
            Some(("user", id)) => ActorRef::User(Text::checked(id)?),
            Some(("system", id)) => ActorRef::System(Text::checked(id)?),
            _ => return Err(text.parse::<Actor>().err().unwrap_or(BadReference::Id(BadId::Empty))),
        };
        Ok(ActorText(actor))
    }
}

/// What a fold needs of the event of these bytes: much less than [`decode`] makes, and it takes what that takes.
///
/// # Errors
/// As [`decode`].
pub fn decode_to_fold(bytes: &[u8]) -> Result<(Header<'_>, Decoded<'_>), DecodeError> {
    match plain::read(bytes) {
        Some((header, fact)) => Ok((header, Decoded::Plain(fact))),
        None => decode_any_to_fold(bytes).map(|(header, event)| (header, Decoded::Whole(Box::new(event)))),
    }
}

fn decode_any_to_fold(bytes: &[u8]) -> Result<(Header<'_>, Event), DecodeError> {
    let (via, rest) = caller(bytes)?;
    let (envelope, fields) = postcard::take_from_bytes::<BorrowedEnvelope<'_>>(rest).map_err(malformed)?;
    let fields = behind_first(fields).map_err(malformed)?;
    let BorrowedEnvelope { number, schema, .. } = envelope;
    let event = Event::decode_fields(number, schema, fields)
        .ok_or(DecodeError::UnknownType { number, schema })?
        .map_err(malformed)?;
    let header = Header {
        position: envelope.position,
        stream_version: envelope.stream_version,
        time: envelope.time,
        command_id: envelope.command_id.0,
        index: envelope.index,
        actor: envelope.actor.0,
        via,
        begins: envelope.reason.and_then(BorrowedReason::begins),
    };
    Ok((header, event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::AccessGranted;
    use crate::fact::Fact;
    use crate::rights::Rights;
    use crate::seal::Digests;
    use crate::seal::Key;
    use crate::warning::{Dormancy, Warning};
    use proptest::prelude::*;

    fn granted() -> Recorded {
        let parse = |text: &str| text.parse().expect("an id");
        let off = Dormancy::AccessControlOff { definition: "burglary".parse().expect("an id") };
        Recorded {
            position: Position(7),
            stream_version: 2,
            time: Timestamp::from_micros(1_700_000_000_000_001),
            command_id: parse("c-7"),
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor: Actor::User("ana".parse().expect("an id")),
            via: None,
            reason: Some(StoredReason::Clear("covers for Ben".to_owned())),
            correlation_id: None,
            causation_id: Some(parse("c-6")),
            first: Some(First {
                digests: Digests { body: [3; 16], reason: Some([4; 16]) },
                warnings: vec![Warning::Dormant { reasons: vec![off] }],
            }),
            event: AccessGranted {
                on: "case:4711".parse().expect("a list"),
                to: "group:night".parse().expect("a subject"),
                rights: Rights::WRITE,
                valid_from: None,
                valid_until: Some(Timestamp::MAX),
                origin: None,
            }
            .into(),
        }
    }

    fn through(caller: &str) -> Recorded {
        Recorded { via: Some(caller.parse().expect("a caller")), ..granted() }
    }

    fn through_a_caller() -> Recorded {
        through("token:3kTq09xZaB7d")
    }

    fn through_each() -> [Recorded; 3] {
        ["token:3kTq09xZaB7d", "jwt:https://login.example#248289761001", "certificate:dns:desk.internal"].map(through)
    }

    #[test]
    fn the_first_byte_is_the_format_and_a_newer_one_is_told() {
        let mut bytes = encode(&granted());
        assert_eq!(bytes[0], WITHOUT_CALLER);
        assert_eq!(encode(&through_a_caller())[0], FORMAT);
        bytes[0] = FORMAT + 1;
        assert_eq!(decode(&bytes), Err(DecodeError::NewerFormat(FORMAT + 1)));
    }

    #[test]
    fn what_was_encoded_decodes_and_encodes_alike() {
        for recorded in through_each().into_iter().chain([granted()]) {
            let bytes = encode(&recorded);
            let decoded = decode(&bytes).expect("it was encoded here");
            assert_eq!(decoded, recorded);
            assert_eq!(encode(&decoded), bytes);
        }
    }

    #[test]
    fn a_cut_event_does_not_decode() {
        for bytes in through_each().iter().chain([&granted()]).map(encode) {
            for end in 0..bytes.len() {
                assert!(decode(&bytes[..end]).is_err(), "cut to {end}");
                assert!(decode_to_fold(&bytes[..end]).is_err(), "cut to {end}");
            }
        }
    }

    fn firsts() -> impl Strategy<Value = First> {
        let warnings = granted().first.map_or_else(Vec::new, |first| first.warnings);
        (any::<[u8; 16]>(), any::<Option<[u8; 16]>>(), any::<bool>()).prop_map(move |(body, reason, warned)| First {
            digests: Digests { body, reason },
            warnings: if warned { warnings.clone() } else { Vec::new() },
        })
    }

    /// Both decoders take the same bytes, give the same where they do, and the same error where not.
    fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
        match (decode(bytes), decode_to_fold(bytes)) {
            (Ok(whole), Ok((header, event))) => {
                prop_assert_eq!(&whole.actor, &header.actor.to_actor());
                prop_assert_eq!(whole.header(), header);
                prop_assert_eq!(Fact::from(&whole.event), event.fact());
            }
            (whole, light) => prop_assert_eq!(whole.err(), light.err()),
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn both_decoders_give_the_same(
            actor in "(user|system|group|userx?)?:?[a-z ]{0,4}\\PC?",
            id in "[ -~]{1,40}",
            reason in proptest::option::of("\\PC{0,9}"),
            index in any::<u32>(),
            first in proptest::option::of(firsts()),
            via in proptest::option::of("token:[a-zA-Z0-9]{12}|jwt:[a-z:/.]{1,9}#[ -~]{1,9}|certificate:[ -~]{1,9}"),
        ) {
            let mut recorded = granted();
            recorded.actor = actor.parse().unwrap_or(recorded.actor);
            recorded.command_id = id.parse().unwrap_or(recorded.command_id);
            recorded.correlation_id = id.parse().ok();
            recorded.index = index;
            recorded.first = first;
            recorded.via = via.map(|via| via.parse().expect("a caller"));
            recorded.reason = reason.map(|text| match index % 3 {
                0 => StoredReason::Clear(text),
                other => {
                    let begins = (other == 1).then(|| "user:zoe".parse().expect("a subject"));
                    let key = Key::new([7; Key::BYTES]);
                    StoredReason::seal(&text, &recorded.command_id, KeyNumber(index), &key, begins)
                }
            });
            agree(&encode(&recorded))?;
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            agree(&bytes)?;
        }

        #[test]
        fn no_flipped_byte_makes_the_decoder_panic(at in 0_usize..500, to in any::<u8>()) {
            let warned = granted();
            let plain = First { digests: Digests { body: [3; 16], reason: Some([4; 16]) }, warnings: Vec::new() };
            let via = through_a_caller().via;
            for (first, via) in [(warned.first.clone(), None), (Some(plain.clone()), None), (None, None), (Some(plain), via)] {
                let mut bytes = encode(&Recorded { first, via, ..warned.clone() });
                let at = at % bytes.len();
                bytes[at] = to;
                agree(&bytes)?;
            }
        }
    }
}
