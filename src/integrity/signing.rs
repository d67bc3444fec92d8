//! The file `SIGNING`: the private keys that tree heads are signed with. It lies beside `KEYS`, outside the log.
//!
//! ```text
//! `caseward signing keys 1`
//! then a line for each key, oldest first: BASE64 of the 32 bytes of the private half, a blank, BASE64 of the public half
//! ```
//! The first names the store ([`Origin`]), for good. Which key signs at a position follows from the log: the first one
//! until an event `key_replaced` names another. INVARIANT: the file is replaced by a rename, so it is never half of
//! one, and is for its owner alone; a public half that does not go with the private one is told, never used. Absent on
//! purpose: taking keys away. Whoever trusts no old key is told from which position on it signs no more.

use super::file;
use super::signed_note::{BadKey, SignedNote, VerifierKey};
use super::tree_head::{Origin, TreeHead, read_root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use caseward_events::{OrganizationName, PublicKey};
use ed25519_dalek::SigningKey;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "caseward signing keys 1";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The disk, or the system's random bytes.
    #[error("cannot {doing} `{}`", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The file is not what was written.
    #[error("`{}` is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it shows.
        why: &'static str,
    },
    /// The file is gone.
    #[error("`{}` is lost: the store had keys that sign its tree heads, and others would not be those", .0.display())]
    Lost(PathBuf),
    /// The log names a key whose private half is not in the file.
    #[error("the private half of the key `{0}`, which signs tree heads by now, is not in `SIGNING`")]
    NotThere(String),
}

/// The keys of a store.
#[derive(Debug)]
pub struct SigningKeys {
    path: PathBuf,
    /// At least one.
    keys: Vec<SigningKey>,
}

impl SigningKeys {
    /// Makes the file with a first key, where there is none.
    ///
    /// # Errors
    /// The disk.
    pub fn make(path: &Path) -> Result<(), SigningError> {
        let looked = |source| SigningError::Io { doing: "look at", path: path.to_owned(), source };
        if path.try_exists().map_err(looked)? {
            return Ok(());
        }
        SigningKeys { path: path.to_owned(), keys: vec![fresh(path)?] }.write()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is not there, or damaged.
    pub fn open(path: &Path) -> Result<SigningKeys, SigningError> {
        let read = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => SigningError::Lost(path.to_owned()),
            _ => SigningError::Io { doing: "read", path: path.to_owned(), source },
        };
        let damaged = |why| SigningError::Damaged { path: path.to_owned(), why };
        let text = String::from_utf8(fs::read(path).map_err(read)?).map_err(|_| damaged("it is no text"))?;
        let lines = text.strip_suffix('\n').ok_or_else(|| damaged("its last line does not end"))?;
        let mut lines = lines.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(damaged("its first line is not `caseward signing keys 1`"));
        }
        let keys = lines.map(parse).collect::<Option<Vec<_>>>();
        let keys = keys.ok_or_else(|| damaged("a line holds no key, or two halves that do not belong together"))?;
        if keys.is_empty() { Err(damaged("it holds no key")) } else { Ok(SigningKeys { path: path.to_owned(), keys }) }
    }

    /// Writes the same keys elsewhere, for the owner alone.
    ///
    /// # Errors
    /// The disk.
    pub fn copy_to(&self, path: &Path) -> Result<(), SigningError> {
        SigningKeys { path: path.to_owned(), keys: self.keys.clone() }.write()
    }

    /// Makes another key beside those there are; it signs nothing until the log names it.
    ///
    /// # Errors
    /// The disk.
    pub fn add(&mut self) -> Result<PublicKey, SigningError> {
        let key = fresh(&self.path)?;
        let public = half(&key);
        self.keys.push(key);
        self.write()?;
        Ok(public)
    }

    /// The public half of the first key, which names the store.
    #[must_use]
    pub fn first(&self) -> PublicKey {
        half(self.keys.first().expect("a file without a key does not open"))
    }

    /// The public halves of all keys, oldest first.
    #[must_use]
    pub fn public(&self) -> Vec<PublicKey> {
        self.keys.iter().map(half).collect()
    }

    /// The origin of an organization's tree heads.
    #[must_use]
    pub fn origin(&self, organization: &OrganizationName) -> Origin {
        Origin::new(organization, &self.first())
    }

    /// Signs a tree head with the key that is in force there: that of the log, or the first.
    ///
    /// # Errors
    /// The private half is not there.
    pub fn sign(&self, head: &TreeHead, in_force: Option<&PublicKey>) -> Result<SignedNote, SigningError> {
        let public = in_force.copied().unwrap_or_else(|| self.first());
        let key = self.keys.iter().find(|key| half(key) == public);
        let key = key.ok_or_else(|| SigningError::NotThere(public.to_string()))?;
        Ok(SignedNote::sign(head.to_string(), &head.origin.to_string(), key))
    }

    fn write(&self) -> Result<(), SigningError> {
        let line = |key: &SigningKey| {
            format!("{} {}\n", STANDARD.encode(key.to_bytes()), STANDARD.encode(key.verifying_key().as_bytes()))
        };
        let text = format!("{FIRST_LINE}\n{}", self.keys.iter().map(line).collect::<String>());
        let failed = |source| SigningError::Io { doing: "write", path: self.path.clone(), source };
        file::replace(&self.path, text.as_bytes()).map_err(failed)
    }
}

/// The key that verifies an organization's tree heads.
///
/// # Errors
/// The bytes are no Ed25519 key.
pub fn verifier(origin: &Origin, public: &PublicKey) -> Result<VerifierKey, BadKey> {
    VerifierKey::new(&origin.to_string(), public.as_bytes())
}

fn half(key: &SigningKey) -> PublicKey {
    PublicKey::new(key.verifying_key().to_bytes())
}

fn fresh(path: &Path) -> Result<SigningKey, SigningError> {
    let mut secret = [0; 32];
    let failed = |error| SigningError::Io {
        doing: "draw random bytes from the system for",
        path: path.to_owned(),
        source: io::Error::other(error),
    };
    getrandom::fill(&mut secret).map_err(failed)?;
    Ok(SigningKey::from_bytes(&secret))
}

fn parse(line: &str) -> Option<SigningKey> {
    let (private, public) = line.split_once(' ')?;
    let key = SigningKey::from_bytes(&read_root(private)?);
    (*key.verifying_key().as_bytes() == read_root(public)?).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_the_same_and_every_flipped_bit_of_them_is_told() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("SIGNING");
        SigningKeys::make(&path).expect("there is room");
        let first = SigningKeys::open(&path).expect("it is whole").first();
        SigningKeys::make(&path).expect("it is there");
        let mut keys = SigningKeys::open(&path).expect("it is whole");
        let second = keys.add().expect("there is room");
        assert_eq!(SigningKeys::open(&path).expect("it is whole").public(), [first, second]);
        let bytes = fs::read(&path).expect("it is there");
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 2;
            fs::write(&path, flipped).expect("there is room");
            let opened = SigningKeys::open(&path);
            assert!(matches!(opened, Err(SigningError::Damaged { .. })), "flipped at {at}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_signing_keys() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("SIGNING");
        SigningKeys::make(&path).expect("there is room");
        SigningKeys::open(&path).expect("it is whole").add().expect("there is room");
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
