//! The public half of the key that signs tree heads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// An Ed25519 public key (RFC 8032), written as base64 of its 32 bytes. Whether they are a point of the curve is found
/// when something is verified under it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; PublicKey::BYTES]);

impl PublicKey {
    /// How many bytes make one.
    pub const BYTES: usize = 32;

    /// From its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; PublicKey::BYTES]) -> PublicKey {
        PublicKey(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; PublicKey::BYTES] {
        &self.0
    }
}

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicKey {
    /// It is not base64 with padding.
    #[error("`{0}` is not base64")]
    NotBase64(String),
    /// It has another length.
    #[error("a public key has 32 bytes, and this has {0}")]
    Length(usize),
}

impl FromStr for PublicKey {
    type Err = BadPublicKey;
    fn from_str(text: &str) -> Result<Self, BadPublicKey> {
        let shown = || text.escape_debug().take(80).collect();
        let bytes = STANDARD.decode(text).map_err(|_| BadPublicKey::NotBase64(shown()))?;
        let length = bytes.len();
        bytes.try_into().map(PublicKey).map_err(|_| BadPublicKey::Length(length))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        } else {
            Deserialize::deserialize(deserializer).map(PublicKey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(bytes: [u8; 32]) {
            let key = PublicKey::new(bytes);
            prop_assert_eq!(key.to_string().parse(), Ok(key));
            let json = serde_json::to_string(&key).expect("it is a text");
            prop_assert_eq!(serde_json::from_str::<PublicKey>(&json).expect("it was written here"), key);
            let stored = postcard::to_stdvec(&key).expect("memory takes it");
            prop_assert_eq!(stored.len(), PublicKey::BYTES);
            prop_assert_eq!(postcard::from_bytes::<PublicKey>(&stored).expect("it was written here"), key);
        }

        #[test]
        fn what_parses_prints_alike(text in "[A-Za-z0-9+/]{43}=") {
            if let Ok(key) = text.parse::<PublicKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        assert_eq!("?".parse::<PublicKey>(), Err(BadPublicKey::NotBase64("?".to_owned())));
        assert_eq!("AAAA".parse::<PublicKey>(), Err(BadPublicKey::Length(3)));
        assert_eq!("".parse::<PublicKey>(), Err(BadPublicKey::Length(0)));
    }
}
