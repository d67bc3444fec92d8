//! A row: the events of one run, or a stretch of them, as one value of the database.
//!
//! ```text
//! byte 0       format version of the row, 1
//! 2 bytes      how many events, little-endian, 1 to 256
//! then each    4 bytes of length, little-endian, and as many bytes
//! ```
//! INVARIANT: what was encoded decodes to the same events; any other bytes give a [`Damage`], never a panic. Absent on
//! purpose: a checksum (the database has its own, and the tree over all events tells more).

use crate::seams::Encoded;
use std::ops::Range;

/// The version of the row format, its first byte.
const FORMAT: u8 = 1;
/// Events of one row.
const EVENTS_MAX: usize = 256;
/// A row with more than one event, in bytes.
const ROW_BYTES_MAX: usize = 64 << 10;
/// Format and count.
const HEAD_BYTES: usize = 3;
/// The length in front of an event.
const LENGTH_BYTES: usize = 4;

/// Why bytes are not a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    #[error("a row of format {0}; this release reads {FORMAT}")]
    Format(u8),
    #[error("a row that says it holds {0} events")]
    Count(usize),
    #[error("a row cut short")]
    Cut,
    #[error("a row with {0} bytes too many")]
    Surplus(usize),
}

/// Cuts a run into rows of at most 256 events and 64 KiB; a larger event gets a row of its own. Each as places in the
/// run.
pub(crate) fn split(events: &Encoded) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let row = next..next + fitting(events.iter().skip(next));
        next = row.end;
        (!row.is_empty()).then_some(row)
    })
}

fn fitting<'a>(events: impl ExactSizeIterator<Item = &'a [u8]>) -> usize {
    let left = events.len();
    let sizes = events.scan(HEAD_BYTES, |size, event| {
        *size += LENGTH_BYTES + event.len();
        Some(*size)
    });
    let fitting = sizes.take(EVENTS_MAX).take_while(|&size| size <= ROW_BYTES_MAX).count();
    fitting.max(left.min(1))
}

/// The bytes of one row, of what [`split`] gave.
pub(crate) fn encode(events: &Encoded, row: Range<usize>) -> Vec<u8> {
    let events = events.iter().skip(row.start).take(row.len());
    let size = events.clone().map(|event| LENGTH_BYTES + event.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(HEAD_BYTES + size);
    let count = u16::try_from(row.len()).expect("a row is at most 256 events");
    bytes.push(FORMAT);
    bytes.extend_from_slice(&count.to_le_bytes());
    for event in events {
        let length = u32::try_from(event.len()).expect("no run with an event above 64 MiB is taken");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(event);
    }
    bytes
}

/// How many events a row says it has; 0 where it is too short to say.
pub(crate) fn count(row: &[u8]) -> u64 {
    match row {
        [_, low, high, ..] => u64::from(u16::from_le_bytes([*low, *high])),
        _ => 0,
    }
}

/// The events of a row, in order; at least one.
pub(crate) fn decode(row: &[u8]) -> Result<Vec<&[u8]>, Damage> {
    let (&[format, low, high], mut rest) = row.split_first_chunk::<HEAD_BYTES>().ok_or(Damage::Cut)?;
    if format != FORMAT {
        return Err(Damage::Format(format));
    }
    let count = usize::from(u16::from_le_bytes([low, high]));
    if !(1..=EVENTS_MAX).contains(&count) {
        return Err(Damage::Count(count));
    }
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let (event, after) = split_event(rest).ok_or(Damage::Cut)?;
        events.push(event);
        rest = after;
    }
    if rest.is_empty() { Ok(events) } else { Err(Damage::Surplus(rest.len())) }
}

fn split_event(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn counts(sizes: &[usize]) -> Vec<usize> {
        let events: Encoded = sizes.iter().map(|&size| vec![0; size]).collect();
        split(&events).map(|row| row.len()).collect()
    }

    const THREE: [&[u8]; 3] = [b"one", b"", b"three"];

    fn three() -> Vec<u8> {
        encode(&THREE.into_iter().collect(), 0..3)
    }

    #[test]
    fn a_row_holds_at_most_256_events_and_64_kib() {
        assert_eq!(counts(&[220; 1_024]), [256; 4]);
        assert_eq!(counts(&[30_000; 5]), [2, 2, 1]);
        assert_eq!(counts(&[3 << 20, 10, 10, 65_536, 10]), [1, 2, 1, 1]);
        assert_eq!(counts(&[]), [0; 0]);
    }

    #[test]
    fn a_row_is_full_at_64_kib_to_the_byte() {
        let rest = ROW_BYTES_MAX - HEAD_BYTES - 2 * LENGTH_BYTES - 100;
        assert_eq!(counts(&[100, rest]), [2]);
        assert_eq!(counts(&[100, rest + 1]), [1, 1]);
    }

    #[test]
    fn these_are_the_bytes_of_format_1() {
        let bytes = b"\x01\x03\x00\x03\x00\x00\x00one\x00\x00\x00\x00\x05\x00\x00\x00three";
        assert_eq!(three(), bytes);
        assert_eq!(decode(bytes), Ok(THREE.to_vec()));
    }

    #[test]
    fn damage_says_what_is_wrong() {
        assert_eq!(decode(b""), Err(Damage::Cut));
        assert_eq!(decode(b"\x02\x01\x00\x00\x00\x00\x00"), Err(Damage::Format(2)));
        assert_eq!(decode(b"\x01\x00\x00"), Err(Damage::Count(0)));
        assert_eq!(decode(b"\x01\x01\x01"), Err(Damage::Count(257)));
        assert_eq!(decode(b"\x01\x01\x00\xff\xff\xff\xffone"), Err(Damage::Cut));
        assert_eq!(decode(b"\x01\x01\x00\x03\x00\x00\x00one!"), Err(Damage::Surplus(1)));
    }

    #[test]
    fn a_cut_row_does_not_decode() {
        let row = three();
        for end in 0..row.len() {
            assert_eq!(decode(&row[..end]), Err(Damage::Cut), "cut to {end}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(events in vec((any::<u8>(), 0_usize..1_000), 0..600)) {
            let events: Encoded = events.into_iter().map(|(byte, size)| vec![byte; size]).collect();
            let rows: Vec<Vec<u8>> = split(&events).map(|row| encode(&events, row)).collect();
            prop_assert!(rows.iter().all(|row| row.len() <= ROW_BYTES_MAX));
            let decoded: Encoded = rows.iter().flat_map(|row| decode(row).expect("it was encoded here")).collect();
            prop_assert_eq!(decoded, events);
        }

        #[test]
        fn random_bytes_give_an_error_or_a_row_that_encodes_alike(mut bytes in vec(any::<u8>(), 0..300), real in any::<bool>()) {
            if real && bytes.len() > HEAD_BYTES {
                bytes[..HEAD_BYTES].copy_from_slice(&[FORMAT, 1, 0]);
            }
            if let Ok(events) = decode(&bytes) {
                let events: Encoded = events.into_iter().collect();
                prop_assert_eq!(encode(&events, 0..events.len()), bytes);
            }
        }

        #[test]
        fn a_flipped_byte_gives_an_error_or_another_row(at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let mut row = three();
            let at = at.index(row.len());
            row[at] ^= flip;
            if let Ok(events) = decode(&row) {
                prop_assert_ne!(events, THREE);
            }
        }
    }
}
