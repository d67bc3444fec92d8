//! Sealed reasons and keyed digests: what lets a reason be forgotten while every byte of the log stays as it was.
//!
//! A reason is stored encrypted under the key of the subject that its command names first (the actor apart); a command
//! that names none has its reason in clear. Destroying the key makes those texts unreadable for ever, and with them the
//! digests by which a guess could be tried. AES-SIV (RFC 5297, AES-128) needs no random numbers: the same reason under
//! the same command id gives the same bytes. The command id is bound in, so that no reason can be moved to another
//! command.
//!
//! INVARIANT: what is stored holds no reason in clear where there is a subject, and no digest that can be computed
//! without a key. Absent on purpose: where keys lie and how they are made (the store's `KEYS`).

use crate::id::CommandId;
use crate::reference::Subject;
use crate::submission::Sent;
use aes_siv::KeyInit as _;
use aes_siv::siv::Aes128Siv;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;

/// The number of a key; those of all organizations are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyNumber(pub u32);

impl KeyNumber {
    /// The key of the store itself, for digests of bodies. It seals nothing.
    pub const STORE: KeyNumber = KeyNumber(0);

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> KeyNumber {
        KeyNumber(self.0 + 1)
    }
}

/// 32 bytes that seal, and 32 that digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; Key::BYTES]);

impl Key {
    /// How many bytes make a key.
    pub const BYTES: usize = 64;
    const SEALING_BYTES: usize = 32;

    /// From random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Key::BYTES]) -> Key {
        Key(bytes)
    }

    /// The bytes it was made from, for whoever keeps it.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; Key::BYTES] {
        &self.0
    }

    fn sealing(&self) -> Aes128Siv {
        Aes128Siv::new_from_slice(&self.0[..Self::SEALING_BYTES]).expect("it has that length")
    }

    /// What digests under this key.
    #[must_use]
    pub fn digester(&self) -> Digester {
        Digester(Hmac::new_from_slice(&self.0[Self::SEALING_BYTES..]).expect("any length is a key"))
    }
}

/// Digests under one key, taken in once: half of what a digest costs is taking in its key.
#[derive(Clone)]
pub struct Digester(Hmac<Sha256>);

impl Digester {
    /// The first 16 bytes of HMAC-SHA-256.
    fn digest(&self, of: &[u8]) -> [u8; 16] {
        let whole: [u8; 32] = self.0.clone().chain_update(of).finalize().into_bytes().into();
        *whole.first_chunk().expect("32 bytes begin with 16")
    }

    /// HMAC-SHA-256 of something other than a command. A body begins with a brace, so `purpose`, which goes in front, keeps
    /// the two apart.
    #[must_use]
    pub fn authenticate(&self, purpose: &[u8], of: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(purpose).chain_update(of).finalize().into_bytes().into()
    }
}

/// Never what it is made of.
impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digester(..)")
    }
}

/// Never what it is made of.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Hands out keys by number.
pub trait Keys {
    /// `None`: it was destroyed, or never made.
    fn key(&self, number: KeyNumber) -> Option<Key>;
}

/// A key that is there, and does not open what was sealed under its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key {} does not open what was sealed under it", .0.0)]
pub struct WrongKey(pub KeyNumber);

/// Why the actor did it, as the log has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StoredReason {
    /// In clear: the command names no subject.
    Clear(String),
    /// Under the key of a subject.
    Sealed(Sealed),
}

/// A reason under a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// Under which.
    pub key: KeyNumber,
    /// The subject whose key it is; there in the first event that uses it, which is how a key comes to a subject.
    pub begins: Option<Subject>,
    /// The text, encrypted: 16 bytes more than it has.
    pub bytes: Vec<u8>,
    /// What it says, once it was opened.
    #[serde(skip)]
    text: Option<String>,
}

impl StoredReason {
    /// One that nobody can read any more, as an answer tells of it.
    #[must_use]
    pub(crate) fn erased() -> StoredReason {
        StoredReason::Sealed(Sealed { key: KeyNumber(0), begins: None, bytes: Vec::new(), text: None })
    }

    /// Seals a text.
    #[must_use]
    pub fn seal(
        text: &str,
        command: &CommandId,
        number: KeyNumber,
        key: &Key,
        begins: Option<Subject>,
    ) -> StoredReason {
        let sealed = key.sealing().encrypt([command.as_str().as_bytes()], text.as_bytes());
        let bytes = sealed.expect("a reason is far below the limit of the cipher");
        StoredReason::Sealed(Sealed { key: number, begins, bytes, text: Some(text.to_owned()) })
    }

    /// Makes the text readable, where its key is still there.
    ///
    /// # Errors
    /// The key is there and does not open it: it is another key, or other bytes were sealed.
    pub fn open(&mut self, command: &CommandId, keys: &dyn Keys) -> Result<(), WrongKey> {
        if let StoredReason::Sealed(sealed) = self
            && sealed.text.is_none()
            && let Some(key) = keys.key(sealed.key)
        {
            let text = key.sealing().decrypt([command.as_str().as_bytes()], &sealed.bytes).ok();
            let text = text.and_then(|text| String::from_utf8(text).ok());
            sealed.text = Some(text.ok_or(WrongKey(sealed.key))?);
        }
        Ok(())
    }

    /// Forgets the text, as if its key were gone already.
    pub fn close(&mut self) {
        if let StoredReason::Sealed(sealed) = self {
            sealed.text = None;
        }
    }

    /// What it says; `None` where it was not opened or cannot be, its key being gone.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            StoredReason::Clear(text) => Some(text),
            StoredReason::Sealed(sealed) => sealed.text.as_deref(),
        }
    }

    /// The key it is sealed under.
    #[must_use]
    pub fn key(&self) -> Option<KeyNumber> {
        match self {
            StoredReason::Clear(_) => None,
            StoredReason::Sealed(sealed) => Some(sealed.key),
        }
    }

    /// The subject whose key is used here for the first time.
    #[must_use]
    pub fn begins(&self) -> Option<(&Subject, KeyNumber)> {
        match self {
            StoredReason::Sealed(Sealed { key, begins: Some(subject), .. }) => Some((subject, *key)),
            _ => None,
        }
    }
}

/// What tells two commands under one id apart: keyed digests ([`digests`]) of the canonical body without the
/// reason, and of the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// All but id, time, correlation, causation and reason.
    pub body: [u8; 16],
    /// The reason, where there was one.
    pub reason: Option<[u8; 16]>,
}

/// The digests that are stored of a command: of its body under the store's key, of its reason under the key that seals
/// it, or the store's where none does.
#[must_use]
pub fn digests(sent: &Sent, store: &Digester, reason: &Digester) -> Digests {
    Digests { body: store.digest(&sent.body), reason: sent.reason.map(|of| reason.digest(&of)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submission::Submission;

    struct One(Option<Key>);

    impl Keys for One {
        fn key(&self, number: KeyNumber) -> Option<Key> {
            self.0.clone().filter(|_| number == KeyNumber(7))
        }
    }

    fn key(byte: u8) -> Key {
        Key::new([byte; Key::BYTES])
    }

    fn digester(byte: u8) -> Digester {
        key(byte).digester()
    }

    fn id(text: &str) -> CommandId {
        text.parse().expect("an id")
    }

    fn stored(reason: &StoredReason) -> StoredReason {
        let bytes = postcard::to_stdvec(reason).expect("memory takes it");
        postcard::from_bytes(&bytes).expect("it was encoded here")
    }

    #[test]
    fn a_sealed_reason_opens_under_its_key_and_its_command_alone() {
        let sealed = StoredReason::seal("covers for Ben", &id("c-1"), KeyNumber(7), &key(1), None);
        let bytes = postcard::to_stdvec(&sealed).expect("memory takes it");
        assert!(!bytes.windows(6).any(|window| window == b"covers"), "the text stands in clear");
        let wrong = Err(WrongKey(KeyNumber(7)));
        for (command, keys, text, opened) in [
            ("c-1", One(Some(key(1))), Some("covers for Ben"), Ok(())),
            ("c-2", One(Some(key(1))), None, wrong),
            ("c-1", One(Some(key(2))), None, wrong),
            ("c-1", One(None), None, Ok(())),
        ] {
            let mut read = stored(&sealed);
            assert_eq!(read.text(), None, "it is closed");
            assert_eq!(read.open(&id(command), &keys), opened, "{command}");
            assert_eq!(read.text(), text, "{command}");
        }
    }

    #[test]
    fn a_flipped_byte_does_not_open() {
        let sealed = StoredReason::seal("covers for Ben", &id("c-1"), KeyNumber(7), &key(1), None);
        let StoredReason::Sealed(Sealed { bytes, .. }) = &sealed else { panic!("it is sealed") };
        for at in 0..bytes.len() {
            let mut read = stored(&sealed);
            let StoredReason::Sealed(flipped) = &mut read else { panic!("it is sealed") };
            flipped.bytes[at] ^= 1;
            assert!(read.open(&id("c-1"), &One(Some(key(1)))).is_err(), "byte {at}");
            assert_eq!(read.text(), None, "byte {at}");
        }
    }

    #[test]
    fn digests_differ_by_key_and_by_what_was_sent() {
        let sent = |reason: &str| {
            let line = format!(r#"{{"reason":"{reason}","command":{{"complete_case":{{"case":"1"}}}}}}"#);
            Submission::parse(line.as_bytes()).expect("it is one").sent
        };
        let one = digests(&sent("a"), &digester(1), &digester(2));
        assert_eq!(one, digests(&sent("a"), &digester(1), &digester(2)));
        let other_reason = digests(&sent("b"), &digester(1), &digester(2));
        let other_keys = digests(&sent("a"), &digester(3), &digester(4));
        assert_eq!(one.body, other_reason.body);
        assert_ne!(one.reason, other_reason.reason);
        assert!(one.body != other_keys.body && one.reason != other_keys.reason);
    }

    #[test]
    fn a_key_does_not_print_what_it_is_made_of() {
        assert_eq!(format!("{:?} {:?}", key(7), digester(7)), "Key(..) Digester(..)");
    }
}
