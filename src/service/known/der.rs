//! The least of DER that names and times of a certificate need.
//!
//! INVARIANT: a length is within what is there, or nothing is read.

use caseward_events::Timestamp;

pub(super) const OID: u8 = 0x06;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag of a field with a number.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// What is left to be read.
pub(super) struct Der<'a>(pub(super) &'a [u8]);

impl<'a> Der<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value, with its tag.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, value))
    }

    /// The next value, which has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, value)| value)
    }

    /// The next value, where it has this tag.
    pub(super) fn take_if(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.0.first() == Some(&tag) { self.take(tag) } else { None }
    }
}

/// A time in either form that certificates have it in: in UTC, to the second.
pub(super) fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        // Two digits of the year: 50 and above are of the last century.
        0x17 => {
            let (year, rest) = text.split_at_checked(2)?;
            (if year < "50" { format!("20{year}") } else { format!("19{year}") }, rest)
        }
        0x18 => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    if rest.len() != 10 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|at| &rest[at..at + 2]);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_forms_are_read_and_nothing_else_is() {
        let read = |tag, text: &str| time(tag, text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read(0x17, "491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(read(0x17, "500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(read(0x18, "21260101000000Z").as_deref(), Some("2126-01-01T00:00:00Z"));
        for (tag, wrong) in [
            (0x17, "21260101000000Z"),
            (0x18, "491231235959Z"),
            (0x17, "4912312359Z"),
            (0x17, "491331235959Z"),
            (0x17, "49123123595xZ"),
            (0x13, "491231235959Z"),
            (0x17, "é91231235959Z"),
        ] {
            assert_eq!(read(tag, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_length_is_within_what_is_there() {
        assert_eq!(Der(&[SEQUENCE, 2, 1, 1, 9]).any(), Some((SEQUENCE, &[1, 1][..])));
        assert_eq!(Der(&[SEQUENCE, 0x81, 1, 7]).any(), Some((SEQUENCE, &[7][..])));
        for wrong in [
            &[SEQUENCE][..],
            &[SEQUENCE, 3, 1, 1],
            &[SEQUENCE, 0x82, 1],
            &[SEQUENCE, 0x84, 0, 0, 0, 0],
            &[SEQUENCE, 0x80],
        ] {
            assert_eq!(Der(wrong).any(), None, "{wrong:?}");
        }
    }
}
