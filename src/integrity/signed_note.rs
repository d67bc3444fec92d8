//! Signed notes, in the form of C2SP (`signed-note`), with Ed25519: a text, a blank line, and lines of signatures.
//! Other tools read and check them.
//!
//! ```text
//! TEXT, which ends in a line feed
//!
//! — NAME BASE64(first 4 bytes of SHA-256(NAME, 0x0A, 0x01, public key), 64 bytes of signature over TEXT)
//! ```
//! INVARIANT: printing and parsing are inverse, byte for byte; no bytes make the parser panic. A note says nothing
//! until a key that one trusts has verified it. Absent on purpose: what the text means (`tree_head`), and other
//! algorithms: lines of keys that are not asked about are passed over, as the form wants it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The algorithm's byte in front of a public key.
const ED25519: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NOTE_BYTES_MAX: usize = 64 << 10;
const SIGNATURES_MAX: usize = 16;

/// A public key under a name, as C2SP writes it: `NAME+HASH+BASE64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not three parts between `+`, or a part of another form.
    #[error("it is not of the form NAME+HASH+BASE64")]
    Form,
    /// The hash is not that of name and key.
    #[error("its hash is not that of its name and key: part of it was changed, or left out")]
    Hash,
    /// Another algorithm, or no point on the curve.
    #[error("it is not an Ed25519 key")]
    Key,
}

impl VerifierKey {
    /// A public key under a name without blanks and `+`.
    ///
    /// # Errors
    /// The name, or the key, is none.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<VerifierKey, BadKey> {
        if !is_name(name) {
            return Err(BadKey::Form);
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| BadKey::Key)?;
        Ok(VerifierKey { name: name.to_owned(), key })
    }

    /// Whose it says it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key itself.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    fn id(&self) -> [u8; KEY_ID_BYTES] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        *hash.first_chunk().expect("a hash is longer")
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id()), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        // Base64 may hold a plus, names may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadKey::Form);
        };
        let bytes = STANDARD.decode(key).map_err(|_| BadKey::Form)?;
        let public = match bytes.split_first() {
            Some((&ED25519, public)) => public.try_into().map_err(|_| BadKey::Key)?,
            _ => return Err(BadKey::Key),
        };
        let key = VerifierKey::new(name, public)?;
        if format!("{:08x}", u32::from_be_bytes(key.id())) == hash { Ok(key) } else { Err(BadKey::Hash) }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|one: char| one.is_whitespace() || one == '+' || one.is_control())
}

/// A signed note: its text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: String,
    id: [u8; KEY_ID_BYTES],
    signature: Vec<u8>,
}

/// Why a note is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// Not of the form.
    #[error("it is not a signed note: {0}")]
    Form(&'static str),
    /// No signature of this key.
    #[error("it is not signed by the key `{0}`")]
    NotSigned(String),
    /// A signature that does not fit the text.
    #[error("the signature of `{0}` is not one over this text")]
    Signature(String),
}

impl SignedNote {
    /// Signs a text that ends in a line feed.
    #[must_use]
    pub fn sign(text: String, name: &str, key: &SigningKey) -> SignedNote {
        let verifier = VerifierKey { name: name.to_owned(), key: key.verifying_key() };
        let signature = key.sign(text.as_bytes()).to_bytes().to_vec();
        let signatures = vec![Line { name: name.to_owned(), id: verifier.id(), signature }];
        SignedNote { text, signatures }
    }

    /// What was signed, line feed included. Nothing is known of it before [`SignedNote::verify`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key signed it.
    ///
    /// # Errors
    /// It did not, or signed another text.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), BadNote> {
        let name = || key.name.clone();
        let of_key = |line: &&Line| line.name == key.name && line.id == key.id();
        let line = self.signatures.iter().find(of_key).ok_or_else(|| BadNote::NotSigned(name()))?;
        let signature = Signature::from_slice(&line.signature).map_err(|_| BadNote::Signature(name()))?;
        // Strictly: one text has one signature of a key, so that not even that can be changed unseen.
        key.key.verify_strict(self.text.as_bytes(), &signature).map_err(|_| BadNote::Signature(name()))
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for Line { name, id, signature } in &self.signatures {
            writeln!(f, "— {name} {}", STANDARD.encode([&id[..], signature].concat()))?;
        }
        Ok(())
    }
}

impl FromStr for SignedNote {
    type Err = BadNote;

    fn from_str(note: &str) -> Result<Self, BadNote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(BadNote::Form("it is too long"));
        }
        if note.contains(|one: char| one.is_control() && one != '\n') {
            return Err(BadNote::Form("it holds control characters"));
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(BadNote::Form("no blank line stands before signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(BadNote::Form("its last line does not end"))?;
        let signatures = lines.split('\n').map(line).collect::<Option<Vec<_>>>();
        let signatures = signatures.ok_or(BadNote::Form("a line of a signature is none"))?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(BadNote::Form("it has too many signatures"));
        }
        Ok(SignedNote { text: format!("{text}\n"), signatures })
    }
}

fn line(line: &str) -> Option<Line> {
    let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    let there = is_name(name) && !signature.is_empty();
    there.then(|| Line { name: name.to_owned(), id: *id, signature: signature.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The note and key of the tests of Go's `golang.org/x/mod/sumdb/note`, made by another program.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_program_is_verified() {
        let key: VerifierKey = KEY.parse().expect("it is a key");
        let note: SignedNote = NOTE.parse().expect("it is a note");
        assert_eq!(note.verify(&key), Ok(()));
        assert_eq!((key.to_string(), note.to_string()), (KEY.to_owned(), NOTE.to_owned()));
    }

    #[test]
    fn a_key_is_printed_as_it_was_read_and_a_changed_one_is_refused() {
        let key =
            VerifierKey::new("caseward/default/01234567", SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes());
        let key = key.expect("it is a key").to_string();
        assert_eq!(key.parse::<VerifierKey>().expect("it was printed").to_string(), key);
        for at in 0..key.len() {
            let mut bytes = key.clone().into_bytes();
            bytes[at] ^= 1;
            let flipped = String::from_utf8(bytes).expect("it stays ASCII");
            assert!(flipped.parse::<VerifierKey>().is_err(), "flipped at {at}: {flipped}");
        }
    }

    fn signed() -> (SignedNote, VerifierKey) {
        let key = SigningKey::from_bytes(&[9; 32]);
        let note = SignedNote::sign("origin\n17\nroot\n".to_owned(), "origin", &key);
        (note, VerifierKey::new("origin", key.verifying_key().as_bytes()).expect("it is a key"))
    }

    #[test]
    fn every_flipped_bit_of_a_note_is_refused() {
        let (note, key) = signed();
        let printed = note.to_string();
        let read: SignedNote = printed.parse().expect("it was printed");
        assert_eq!((read.verify(&key), read.to_string()), (Ok(()), printed.clone()));
        for at in 0..printed.len() {
            for bit in 0..8 {
                let mut bytes = printed.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(flipped) = String::from_utf8(bytes) else { continue };
                let verified = flipped.parse::<SignedNote>().and_then(|note| note.verify(&key));
                assert!(verified.is_err(), "bit {bit} at {at}: {flipped}");
            }
        }
    }

    #[test]
    fn a_note_is_read_up_to_its_limits() {
        let (note, key) = signed();
        let other = "— witness.example AAAAAAAAAAA=\n";
        let with = |others: usize| format!("{note}{}", other.repeat(others)).parse::<SignedNote>();
        assert_eq!(with(SIGNATURES_MAX - 1).and_then(|note| note.verify(&key)), Ok(()));
        assert!(with(SIGNATURES_MAX).is_err());
        let of_length = |bytes: usize| {
            let key = SigningKey::from_bytes(&[9; 32]);
            let rest = SignedNote::sign("\n".to_owned(), "origin", &key).to_string().len() - 1;
            SignedNote::sign(format!("{}\n", "t".repeat(bytes - rest - 1)), "origin", &key).to_string()
        };
        assert_eq!(of_length(NOTE_BYTES_MAX).len(), NOTE_BYTES_MAX);
        assert!(of_length(NOTE_BYTES_MAX).parse::<SignedNote>().is_ok());
        assert!(of_length(NOTE_BYTES_MAX + 1).parse::<SignedNote>().is_err());
    }

    #[test]
    fn signatures_of_others_are_passed_over_and_do_not_count() {
        let (note, key) = signed();
        let other = "— witness.example AAAAAAAAAAA=\n";
        let with: SignedNote = format!("{note}{other}").parse().expect("it is of the form");
        assert_eq!(with.verify(&key), Ok(()));
        let (text, _) = note
            .to_string()
            .split_once("— ")
            .map(|(text, rest)| (text.to_owned(), rest.to_owned()))
            .expect("it is signed");
        let without: SignedNote = format!("{text}{other}").parse().expect("it is of the form");
        assert_eq!(without.verify(&key), Err(BadNote::NotSigned("origin".to_owned())));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic_and_what_is_read_is_printed_alike(text in "(\\PC|\n|— |\n\n){0,60}") {
            if let Ok(note) = text.parse::<SignedNote>() { prop_assert_eq!(note.to_string(), text.clone()); }
            if let Ok(key) = text.parse::<VerifierKey>() { prop_assert_eq!(key.to_string(), text); }
        }
    }
}
