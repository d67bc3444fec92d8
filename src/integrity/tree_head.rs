//! A tree head: what an organization's log was at a position, in the form of C2SP (`tlog-checkpoint`), to be signed and
//! kept by others.
//!
//! ```text
//! ORIGIN, `caseward/ORGANIZATION/STORE`
//! SIZE, the position of the last event
//! BASE64 of the root of the tree over the events
//! `time` RFC 3339, of the last event
//! `streams` COUNT BASE64, how many streams there are, and the root of the tree over them (`crate::proof::streams`)
//! ```
//! STORE is the beginning of the SHA-256 of the first public key of the store, in hexadecimal digits. INVARIANT: a text
//! that is parsed is printed alike, so one tree head has one text. Absent on purpose: the signature (`signed_note`).

use crate::seams::tree::Root;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use caseward_events::{OrganizationName, Position, PublicKey, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Which log a tree head is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Whose.
    pub organization: OrganizationName,
    /// Of which store: eight hexadecimal digits.
    pub store: String,
}

impl Origin {
    /// Of an organization in the store whose first public key this is.
    #[must_use]
    pub fn new(organization: &OrganizationName, first_key: &PublicKey) -> Origin {
        let digits: String =
            Sha256::digest(first_key.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Origin { organization: organization.clone(), store: digits }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "caseward/{}/{}", self.organization, self.store)
    }
}

impl FromStr for Origin {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let bad = || BadHead("its first line is not `caseward/ORGANIZATION/STORE`");
        let (organization, store) =
            text.strip_prefix("caseward/").and_then(|rest| rest.split_once('/')).ok_or_else(bad)?;
        let is_store = store.len() == 8 && store.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let organization = organization.parse().ok().filter(|_| is_store).ok_or_else(bad)?;
        Ok(Origin { organization, store: store.to_owned() })
    }
}

/// The tree over the streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamsRoot {
    /// How many leaves it has.
    pub count: u64,
    /// Over them.
    pub root: Root,
}

/// A tree head: the state of a log at one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Of which log.
    pub origin: Origin,
    /// The position of the last event.
    pub size: Position,
    /// Over the events.
    pub root: Root,
    /// When the last event was recorded; 1970 for an empty log.
    pub time: Timestamp,
    /// Over the streams.
    pub streams: StreamsRoot,
}

/// Why a text is no tree head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a Caseward tree head: {0}")]
pub struct BadHead(&'static str);

impl fmt::Display for TreeHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { origin, size, root, time, streams } = self;
        writeln!(f, "{origin}\n{size}\n{}\ntime {time}", STANDARD.encode(root))?;
        writeln!(f, "streams {} {}", streams.count, STANDARD.encode(streams.root))
    }
}

impl FromStr for TreeHead {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let lines: Vec<_> = text.lines().collect();
        let [origin, size, root, time, streams] = lines[..] else {
            return Err(BadHead("it has not five lines"));
        };
        let streams = streams.strip_prefix("streams ").and_then(|streams| streams.split_once(' '));
        let (count, streams) = streams.ok_or(BadHead("its last line tells of no streams"))?;
        let time = time.strip_prefix("time ").and_then(|time| time.parse().ok());
        let head = TreeHead {
            origin: origin.parse()?,
            size: size.parse().map_err(|_| BadHead("its size is no number"))?,
            root: read_root(root).ok_or(BadHead("its root is none"))?,
            time: time.ok_or(BadHead("its time is none"))?,
            streams: StreamsRoot {
                count: count.parse().map_err(|_| BadHead("its number of streams is none"))?,
                root: read_root(streams).ok_or(BadHead("its root of streams is none"))?,
            },
        };
        // Numbers with leading zeros, other ways to write an instant.
        if head.to_string() == text { Ok(head) } else { Err(BadHead("it is not written as such a head is")) }
    }
}

/// 32 bytes in base64.
pub(crate) fn read_root(text: &str) -> Option<Root> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head() -> TreeHead {
        TreeHead {
            origin: Origin::new(&OrganizationName::default(), &PublicKey::new([3; 32])),
            size: Position(17),
            root: [1; 32],
            time: "2026-03-01T09:00:00Z".parse().expect("it is an instant"),
            streams: StreamsRoot { count: 4, root: [2; 32] },
        }
    }

    #[test]
    fn a_head_is_read_as_it_was_printed_and_no_other_text_is_the_same_head() {
        let text = head().to_string();
        assert_eq!(text.parse(), Ok(head()));
        for (from, to) in
            [("\n17\n", "\n017\n"), ("\n17\n", "\n+17\n"), ("09:00:00Z", "10:00:00+01:00"), ("\ntime", "\n\ntime")]
        {
            assert!(text.replacen(from, to, 1).parse::<TreeHead>().is_err(), "{from:?} for {to:?}");
        }
        assert!(format!("{text}more\n").parse::<TreeHead>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_of_heads_panic(text in "(\\PC|\n){0,60}", at in any::<prop::sample::Index>()) {
            let _ = text.parse::<TreeHead>();
            let mut other = head().to_string();
            let at = at.index(other.len());
            other.insert_str(at, &text);
            if let Ok(read) = other.parse::<TreeHead>() { prop_assert_eq!(read.to_string(), other); }
        }
    }
}
