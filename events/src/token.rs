//! What a token is that a program calls the service with: its id, and what it may do.
//!
//! INVARIANT: nothing here holds a secret: of that the log has a digest. Each text has one checked way in, and printing and
//! parsing are inverse. Absent on purpose: making and recognizing tokens, which wants chance and a clock.

use crate::id::{FromText, SystemId};
use crate::recorded::Position;
use crate::reference::{Actor, Asker, BadReference, OrganizationName};
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// What identifies a token, and may be told: 12 letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId([u8; TokenId::BYTES]);

/// A text that identifies no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a token; it has 12 letters and digits, as `caseward token list` shows them")]
pub struct BadTokenId(String);

impl TokenId {
    /// How many letters and digits make one.
    pub const BYTES: usize = 12;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("letters and digits are a text")
    }
}

impl FromStr for TokenId {
    type Err = BadTokenId;
    fn from_str(text: &str) -> Result<Self, BadTokenId> {
        let bytes: Result<[u8; TokenId::BYTES], _> = text.as_bytes().try_into();
        let fitting = bytes.ok().filter(|bytes| bytes.iter().all(u8::is_ascii_alphanumeric));
        fitting.map(TokenId).ok_or_else(|| BadTokenId(text.escape_debug().take(80).collect()))
    }
}

/// SHA-256 of a whole token, written as 64 hexadecimal digits. A token holds 256 random bits, so that nobody can try them all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest(pub [u8; 32]);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest of a token has 64 hexadecimal digits")]
pub struct BadTokenDigest;

impl TokenDigest {
    /// Whether they are the same, in the same time wherever they differ.
    #[must_use]
    pub fn is(&self, other: &TokenDigest) -> bool {
        let differs = self.0.iter().zip(&other.0).fold(0, |differs, (one, two)| differs | (one ^ two));
        std::hint::black_box(differs) == 0
    }
}

impl FromStr for TokenDigest {
    type Err = BadTokenDigest;
    fn from_str(text: &str) -> Result<Self, BadTokenDigest> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(BadTokenDigest),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Vec<u8> =
            pairs.iter().map(|[high, low]| Ok(digit(*high)? << 4 | digit(*low)?)).collect::<Result<_, _>>()?;
        match (bytes.try_into(), rest) {
            (Ok(bytes), []) => Ok(TokenDigest(bytes)),
            _ => Err(BadTokenDigest),
        }
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a caller may do; each path of the service asks for one of them, or for any of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Decisions alone.
    Check,
    /// Every question, about every time, with reasons, and the feed; decisions too.
    Audit,
    /// Commands on cases and access.
    Produce,
    /// Commands on users, groups and profiles.
    Directory,
    /// Status, rebuilds, backups, verification.
    Operate,
    /// Organizations, tokens, policy, org admins, erasure and keys.
    Admin,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 6] = [Part::Check, Part::Audit, Part::Produce, Part::Directory, Part::Operate, Part::Admin];

    /// As answers write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Part::Check => "check",
            Part::Audit => "audit",
            Part::Produce => "produce",
            Part::Directory => "directory",
            Part::Operate => "operate",
            Part::Admin => "admin",
        }
    }
}

/// A text that names no part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part; parts are check, audit, produce, directory, operate and admin")]
pub struct BadPart(String);

impl FromStr for Part {
    type Err = BadPart;
    fn from_str(text: &str) -> Result<Self, BadPart> {
        let named = Part::ALL.into_iter().find(|part| part.name() == text);
        named.ok_or_else(|| BadPart(text.escape_debug().take(80).collect()))
    }
}

/// Organizations that a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForOrganizations {
    /// All, also those that come later: `*`.
    All,
    /// This one.
    One(OrganizationName),
}

impl ForOrganizations {
    /// Whether an organization is among them.
    #[must_use]
    pub fn holds(&self, name: &OrganizationName) -> bool {
        match self {
            ForOrganizations::All => true,
            ForOrganizations::One(one) => one == name,
        }
    }
}

impl FromStr for ForOrganizations {
    type Err = crate::reference::BadOrganizationName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" { Ok(ForOrganizations::All) } else { text.parse().map(ForOrganizations::One) }
    }
}

/// Actors that commands may name which come through a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MayName {
    /// Every person: `user:*`.
    AnyUser,
    /// Every program: `system:*`.
    AnySystem,
    /// This one.
    One(Actor),
}

impl MayName {
    /// Whether an actor is among them.
    #[must_use]
    pub fn holds(&self, actor: &Actor) -> bool {
        match (self, actor) {
            (MayName::AnyUser, Actor::User(_)) | (MayName::AnySystem, Actor::System(_)) => true,
            (MayName::One(one), actor) => one == actor,
            _ => false,
        }
    }
}

impl FromStr for MayName {
    type Err = BadReference;
    fn from_str(text: &str) -> Result<Self, BadReference> {
        match text {
            "user:*" => Ok(MayName::AnyUser),
            "system:*" => Ok(MayName::AnySystem),
            one => one.parse().map(MayName::One),
        }
    }
}

/// How much whoever holds a token may have under way at once; what is left out is limited by the service alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenLimits {
    /// Requests that are answered as a whole.
    #[serde(default)]
    pub requests: Option<u32>,
    /// Streams.
    #[serde(default)]
    pub streams: Option<u32>,
}

/// As JSON, without what there is none of; stored, both.
impl Serialize for TokenLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TokenLimits { requests, streams } = self;
        if !serializer.is_human_readable() {
            return (requests, streams).serialize(serializer);
        }
        let given = [("requests", requests), ("streams", streams)];
        serializer.collect_map(given.into_iter().filter_map(|(name, limit)| Some((name, (*limit)?))))
    }
}

/// Whether a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It does.
    Valid,
    /// Its time is over.
    Ended,
    /// Somebody withdrew it.
    Withdrawn,
}

/// Who did something to a token, and when: an event of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenEvent {
    /// Its place in the log of the register.
    pub position: Position,
    /// When.
    pub time: Timestamp,
    /// Who.
    pub actor: Actor,
}

/// A token as answers list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenStatus {
    /// Which.
    pub id: TokenId,
    /// What its holder is called.
    pub name: SystemId,
    /// Whether it counts now.
    pub state: TokenState,
    /// What it may do.
    pub parts: Vec<Part>,
    /// For which organizations.
    pub organizations: Vec<ForOrganizations>,
    /// Whom alone it may ask about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Asker>,
    /// Actors that its commands may name, beside `system:NAME`.
    pub may_name: Vec<MayName>,
    /// Until when it counts.
    pub valid_until: Timestamp,
    /// What it may have under way.
    pub limits: TokenLimits,
    /// Who issued it.
    pub issued: TokenEvent,
    /// Who withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<TokenEvent>,
    /// The day on which it last let somebody in, by its first instant, since the process was started that has the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
}

/// A token as whoever it is issued to is told of it, once. It has no `Debug`, so that it gets into no log.
#[derive(Serialize, Deserialize)]
pub struct IssuedToken {
    /// All of it.
    pub token: String,
    /// What it may do.
    #[serde(flatten)]
    pub status: TokenStatus,
}

macro_rules! written_as_text {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_string())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText(PhantomData))
            }
        }
    )+};
}

written_as_text!(TokenId, TokenDigest, ForOrganizations, MayName);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDigest({self})")
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ForOrganizations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ForOrganizations::All => f.write_str("*"),
            ForOrganizations::One(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for MayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MayName::AnyUser => f.write_str("user:*"),
            MayName::AnySystem => f.write_str("system:*"),
            MayName::One(actor) => actor.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse() {
        fn both_ways<T: FromStr<Err: fmt::Debug> + fmt::Display>(texts: &[&str]) {
            for text in texts {
                assert_eq!(text.parse::<T>().unwrap_or_else(|why| panic!("{why:?}: {text}")).to_string(), *text);
            }
        }
        both_ways::<TokenId>(&["3kTq09xZaB7d"]);
        both_ways::<TokenDigest>(&[&"0f".repeat(32)]);
        both_ways::<Part>(&["check", "audit", "produce", "directory", "operate", "admin"]);
        both_ways::<ForOrganizations>(&["*", "default"]);
        both_ways::<MayName>(&["user:*", "system:*", "user:ana", "system:hr"]);
        assert!("0F".repeat(32).parse::<TokenDigest>().is_err(), "a digest has one form");
        assert!("0f".repeat(33).parse::<TokenDigest>().is_err());
        assert!("0f".repeat(31).parse::<TokenDigest>().is_err());
    }

    #[test]
    fn digests_are_the_same_only_where_every_byte_is() {
        let digest = TokenDigest([7; 32]);
        assert!(digest.is(&TokenDigest([7; 32])));
        for at in 0..32 {
            let mut other = digest;
            other.0[at] ^= 0x80;
            assert!(!digest.is(&other), "byte {at}");
        }
    }

    #[test]
    fn a_star_stands_for_persons_or_for_programs_and_never_for_both() {
        let holds = |pattern: &str, actor: &str| {
            let pattern: MayName = pattern.parse().expect("a pattern");
            pattern.holds(&actor.parse().expect("an actor"))
        };
        assert!(holds("user:*", "user:ana") && !holds("user:*", "system:hr"));
        assert!(holds("system:*", "system:hr") && !holds("system:*", "user:ana"));
        assert!(holds("system:hr", "system:hr") && !holds("system:hr", "system:h"));
    }
}
