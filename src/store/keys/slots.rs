//! The bytes of `KEYS`, slot by slot.
//!
//! ```text
//! 16 bytes     `caseward keys 1` and a line feed
//! then slots of 80 bytes, that of key N at 16 + 80 N:
//!   1 byte     1: live, 2: destroyed
//!   64 bytes   the key; zeros where destroyed
//!   15 bytes   the first of SHA-256 over the number (4 bytes, little-endian) and the 65 bytes before
//! ```
//! INVARIANT: a slot that is not as it was written gives no key.

use crate::seams::StoreError;
use caseward_events::seal::Key;
use sha2::{Digest, Sha256};
use std::path::Path;

pub(super) const MAGIC: &[u8; 16] = b"caseward keys 1\n";
pub(super) const SLOT_BYTES: usize = 80;
pub(super) const CHECKED_BYTES: usize = 1 + Key::BYTES;
pub(super) const LIVE: u8 = 1;
pub(super) const DESTROYED: u8 = 2;

/// The bytes of a file with these keys, `None` where one was destroyed.
pub(super) fn written<'a>(keys: impl Iterator<Item = Option<&'a Key>>) -> Vec<u8> {
    let slots = keys.enumerate().flat_map(|(number, key)| match key {
        Some(key) => slot(number, LIVE, key.bytes()),
        None => slot(number, DESTROYED, &[0; Key::BYTES]),
    });
    MAGIC.iter().copied().chain(slots).collect()
}

pub(super) fn offset(number: usize) -> u64 {
    (MAGIC.len() + number * SLOT_BYTES) as u64
}

pub(super) fn slot(number: usize, state: u8, key: &[u8; Key::BYTES]) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[0] = state;
    slot[1..CHECKED_BYTES].copy_from_slice(key);
    let sum = checksum(number, &slot[..CHECKED_BYTES]);
    slot[CHECKED_BYTES..].copy_from_slice(&sum[..SLOT_BYTES - CHECKED_BYTES]);
    slot
}

pub(super) fn checksum(number: usize, checked: &[u8]) -> [u8; 32] {
    let number = u32::try_from(number).expect("there are no more keys than events");
    Sha256::new().chain_update(number.to_le_bytes()).chain_update(checked).finalize().into()
}

/// The keys of a file; what is torn at its end is left off.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Option<Key>>, StoreError> {
    let Some(slots) = bytes.strip_prefix(MAGIC) else {
        return Err(damaged(path, "its first line is not `caseward keys 1`"));
    };
    let read: Vec<_> = slots.chunks(SLOT_BYTES).enumerate().map(|(number, slot)| parse_slot(number, slot)).collect();
    let whole = read.iter().rposition(Result::is_ok).map_or(0, |last| last + 1);
    if whole == 0 {
        return Err(damaged(path, "the key of the store cannot be read"));
    }
    let missing = |number: usize| {
        damaged(path, &format!("key {number} is not as it was written; what was sealed under it cannot be read"))
    };
    let keys = read.into_iter().take(whole).enumerate();
    keys.map(|(number, key)| key.map_err(|()| missing(number))).collect()
}

pub(super) fn parse_slot(number: usize, slot: &[u8]) -> Result<Option<Key>, ()> {
    let (checked, sum) = slot.split_at_checked(CHECKED_BYTES).ok_or(())?;
    if sum.len() != SLOT_BYTES - CHECKED_BYTES || !checksum(number, checked).starts_with(sum) {
        return Err(());
    }
    let (&state, key) = checked.split_first().ok_or(())?;
    match (state, key.first_chunk()) {
        (LIVE, Some(key)) => Ok(Some(Key::new(*key))),
        (DESTROYED, _) => Ok(None),
        _ => Err(()),
    }
}

pub(super) fn damaged(path: &Path, why: &str) -> StoreError {
    StoreError::Corruption(format!("the keys in `{}`: {why}", path.display()))
}
