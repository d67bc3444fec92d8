//! Ids: 1 to 128 bytes of UTF-8 without control characters or leading or trailing blanks (`semantics.md` section 1).
//!
//! INVARIANT: the one way in is [`FromStr`], so an id in hand is a valid one. Printing and parsing are inverse.

use crate::limits::ID_BYTES_MAX;
use compact_str::CompactString;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Nothing there.
    #[error("an id is empty; give 1 to 128 bytes")]
    Empty,
    /// More than 128 bytes.
    #[error("an id of {0} bytes is too long; at most 128 are allowed")]
    TooLong(usize),
    /// Unicode Cc.
    #[error("the id {0:?} holds a control character; remove it")]
    ControlCharacter(String),
    /// Unicode White_Space at either end.
    #[error("the id {0:?} begins or ends with a blank; remove it")]
    OuterBlank(String),
}

/// Whether a text is an id.
#[inline]
pub(crate) fn check(text: &str) -> Result<(), BadId> {
    if is_plain(text.as_bytes()) { Ok(()) } else { check_slowly(text) }
}

/// Nearly every id is plain ASCII, and a log is full of them: one pass over the bytes, without a branch for each.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let plain = bytes.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') < 0x7F - b' '));
    let blank_outside = bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ');
    plain && !blank_outside && (1..=ID_BYTES_MAX).contains(&bytes.len())
}

/// The text of an id, borrowed. As bytes, since a log is full of them, and few are ever read as text.
///
/// INVARIANT: there is none of what is no id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Of bytes that are an id of printable ASCII, as nearly all are. `None` says nothing about others.
    #[inline]
    pub(crate) fn plain(bytes: &'a [u8]) -> Option<Text<'a>> {
        let plain = is_plain(bytes);
        plain.then_some(Text(bytes))
    }

    /// Of any text.
    #[inline]
    pub(crate) fn checked(text: &'a str) -> Result<Text<'a>, BadId> {
        check(text).map(|()| Text(text.as_bytes()))
    }

    /// The bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// As text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        std::str::from_utf8(self.0).expect("an id is a text")
    }

    /// The id.
    #[must_use]
    pub fn to_id<T: FromStr<Err = BadId>>(self) -> T {
        self.as_str().parse().expect("it is an id")
    }
}

/// Hashed as text is, so that an id is found by it.
impl Hash for Text<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0);
        state.write_u8(0xFF);
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cold]
fn check_slowly(text: &str) -> Result<(), BadId> {
    if text.is_empty() {
        Err(BadId::Empty)
    } else if text.len() > ID_BYTES_MAX {
        Err(BadId::TooLong(text.len()))
    } else if text.contains(char::is_control) {
        Err(BadId::ControlCharacter(text.to_owned()))
    } else if text.trim() != text {
        Err(BadId::OuterBlank(text.to_owned()))
    } else {
        Ok(())
    }
}

/// Reads a text in place and makes something of it, without a copy in between.
pub(crate) struct FromText<T>(pub(crate) PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// The bare id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same, borrowed as a fold takes it.
            #[must_use]
            #[inline]
            pub fn text(&self) -> Text<'_> {
                Text(self.0.as_bytes())
            }
        }

        /// Equal, ordered and hashed as its text.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            #[inline]
            fn from_str(text: &str) -> Result<Self, BadId> {
                check(text).map(|()| $name(CompactString::new(text)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText(PhantomData))
            }
        }
    )+};
}

ids! {
    /// A person whom the identity provider knows.
    UserId,
    /// A set of users and groups.
    GroupId,
    /// A kind of case, also called a form.
    DefinitionId,
    /// An instance of one definition.
    CaseId,
    /// A public, read-only share of one case.
    LinkId,
    /// Where a user works; at most one at a time.
    WorkspaceId,
    /// What carries the permission matrix of forms.
    ProfileId,
    /// The name of a person field.
    FieldId,
    /// A piece of work in a case.
    ActivityId,
    /// A delegation from one user to another.
    DelegationId,
    /// A thing that belongs to cases.
    ItemId,
    /// Work that cases and items are attached to.
    TaskId,
    /// A program that sends commands; it holds no rights.
    SystemId,
    /// The idempotency key of a command; also a correlation or causation id.
    CommandId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bounds_of_an_id() {
        assert_eq!("".parse::<UserId>(), Err(BadId::Empty));
        assert!("é".repeat(64).parse::<UserId>().is_ok());
        assert_eq!(format!("{}x", "é".repeat(64)).parse::<UserId>(), Err(BadId::TooLong(129)));
        assert!(matches!("a\u{85}b".parse::<UserId>(), Err(BadId::ControlCharacter(_))));
        assert!(matches!("a\u{2003}".parse::<UserId>(), Err(BadId::OuterBlank(_))));
        assert!("a b:c".parse::<CaseId>().is_ok());
    }

    proptest! {
        #[test]
        fn the_fast_way_takes_what_the_slow_one_takes(text in "[ -~\\PC\\pC]{0,20}|.{120,135}|[ a-z~\x7F]{0,4}") {
            prop_assert_eq!(check(&text), check_slowly(&text));
        }

        #[test]
        fn printing_and_parsing_are_inverse(text in ".{0,140}") {
            if let Ok(id) = text.parse::<CaseId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
