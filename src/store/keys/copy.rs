//! A copy of `KEYS`: that of a backup, or that of a damaged store put together with one.
//!
//! INVARIANT: nothing of it may be torn, since a copy is written at once. Absent on purpose: using the keys.

use super::slots::{DESTROYED, MAGIC, SLOT_BYTES, damaged, parse, parse_slot, slot};
use super::{KeyFile, doomed};
use crate::integrity::file;
use crate::seams::{Keyring, StoreError};
use crate::store::folder::fault;
use caseward_events::seal::Key;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::num::ParseIntError;
use std::path::Path;
use std::str::FromStr;

/// Whose keys these are: it tells a store from every other one, and nothing of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeysId(pub(crate) [u8; 8]);

impl KeysId {
    /// From the bytes of a file.
    pub(super) fn of(bytes: &[u8]) -> KeysId {
        // Without a slot, which a lost file leaves, it belongs to no store.
        let first = bytes.get(..MAGIC.len() + SLOT_BYTES).unwrap_or(bytes);
        let whole = Sha256::new().chain_update(b"whose keys these are\n").chain_update(first).finalize();
        KeysId(*whole.first_chunk().expect("32 bytes begin with 8"))
    }
}

impl fmt::Display for KeysId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for KeysId {
    type Err = ParseIntError;
    fn from_str(text: &str) -> Result<KeysId, ParseIntError> {
        u64::from_str_radix(text, 16).map(|id| KeysId(id.to_be_bytes()))
    }
}

/// Whether the key of the store that a file has is whole, and that of another store.
fn is_foreign(bytes: &[u8], wanted: KeysId) -> bool {
    let slot = bytes.get(MAGIC.len()..).and_then(|slots| slots.first_chunk::<SLOT_BYTES>());
    slot.is_some_and(|slot| parse_slot(0, slot).is_ok()) && KeysId::of(bytes) != wanted
}

pub(super) fn foreign(path: &Path) -> StoreError {
    damaged(path, "they are the keys of another store; put the copy that belongs to this store in their place")
}

/// What a copy of `KEYS` holds: of each slot, whether it is live or destroyed, and whether it is as it was written.
///
/// A copy was written at once, so nothing of it may be torn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyCopy {
    bytes: Vec<u8>,
}

/// Keys of a store and of its backup, put together.
#[derive(Debug)]
pub(crate) struct Mended {
    pub(crate) keys: KeyCopy,
    /// How many came from the backup.
    pub(crate) taken: usize,
    /// The numbers of those that neither has: they count as destroyed.
    pub(crate) lost: Vec<usize>,
}

impl KeyCopy {
    /// The copy at a path.
    ///
    /// # Errors
    /// `Corruption` where it is not there or not as it was written.
    pub(crate) fn read(path: &Path) -> Result<KeyCopy, StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("read", path)(error),
        })?;
        let keys = parse(path, &bytes)?;
        if bytes.len() != MAGIC.len() + keys.len() * SLOT_BYTES {
            return Err(damaged(path, &format!("it is cut short, or goes on, behind key {}", keys.len() - 1)));
        }
        Ok(KeyCopy { bytes })
    }

    /// Whether the keys of a store are whole, but for what a crash tore and the next opening mends. Nothing is written.
    ///
    /// # Errors
    /// As for [`KeyCopy::read`].
    pub(crate) fn look(path: &Path, wanted: Option<KeysId>) -> Result<(), StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("read", path)(error),
        })?;
        match parse(path, &bytes) {
            Err(_) if doomed::is_going_on(path) => Ok(()),
            Ok(_) if wanted.is_some_and(|wanted| is_foreign(&bytes, wanted)) => Err(foreign(path)),
            parsed => parsed.map(drop),
        }
    }

    /// That of a store, and of what is missing or spoiled there what a backup has. Keys of another store, which its
    /// marker tells, are none of its own.
    ///
    /// # Errors
    /// The disk.
    pub(crate) fn mended(path: &Path, wanted: Option<KeysId>, backup: Option<&KeyCopy>) -> Result<Mended, StoreError> {
        // Keys that were being destroyed are so before any is copied; whether the others can be read, is seen below.
        drop(KeyFile::open(path));
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Ok(bytes) if wanted.is_some_and(|wanted| is_foreign(&bytes, wanted)) => Vec::new(),
            bytes => bytes.map_err(fault("read", path))?,
        };
        let whole = |bytes: &[u8], number: usize| {
            let slot = bytes.get(MAGIC.len() + number * SLOT_BYTES..)?.first_chunk::<SLOT_BYTES>()?;
            parse_slot(number, slot).is_ok().then_some(*slot)
        };
        let slots = bytes.len().saturating_sub(MAGIC.len()) / SLOT_BYTES;
        let own = (0..slots).rposition(|number| whole(&bytes, number).is_some()).map_or(0, |last| last + 1);
        let mut mended = Mended { keys: KeyCopy { bytes: MAGIC.to_vec() }, taken: 0, lost: Vec::new() };
        for number in 0..own.max(backup.map_or(0, KeyCopy::count)) {
            let theirs = || backup.and_then(|backup| whole(&backup.bytes, number));
            let slot = whole(&bytes, number).unwrap_or_else(|| match theirs() {
                Some(slot) => {
                    mended.taken += 1;
                    slot
                }
                None => {
                    mended.lost.push(number);
                    slot(number, DESTROYED, &[0; Key::BYTES])
                }
            });
            mended.keys.bytes.extend(slot);
        }
        Ok(mended)
    }

    /// From what [`Keyring::file`] gave.
    pub(crate) fn of(keyring: &dyn Keyring) -> Result<KeyCopy, StoreError> {
        keyring.file().map(|bytes| KeyCopy { bytes })
    }

    /// How many, destroyed ones included.
    pub(crate) fn count(&self) -> usize {
        (self.bytes.len() - MAGIC.len()) / SLOT_BYTES
    }

    /// What tells the store that it belongs to from every other one, and nothing of its keys.
    pub(crate) fn store_id(&self) -> [u8; 8] {
        KeysId::of(&self.bytes).0
    }

    /// Puts it in the place of what is at a path, durably; for the owner alone.
    pub(crate) fn write(&self, path: &Path) -> Result<(), StoreError> {
        file::replace(path, &self.bytes).map_err(fault("write", path))
    }
}
