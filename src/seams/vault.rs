//! The seam to the keys that reasons are sealed under and commands are digested with.
//!
//! INVARIANT: keys lie outside the log, so that one can be destroyed while every byte of the log stays as it was.
//! Absent on purpose: what tree heads are signed with (`crate::integrity::signing`).

use super::error::StoreError;
use caseward_events::KeyNumber;
use caseward_events::seal::Keys;

/// Has keys.
pub trait Vault: Send + Sync + 'static {
    /// What reasons are sealed under.
    fn keyring(&self) -> &dyn Keyring;
}

/// Keeps keys, outside the log. The key of the store is there from the start.
pub trait Keyring: Keys + Send + Sync {
    /// Makes all keys up to this one, durably; those that are there stay. It blocks, where there are any to make.
    fn reserve(&self, up_to: KeyNumber) -> Result<(), StoreError>;

    /// Destroys keys, durably and for good; those that are destroyed stay so. That of the store cannot be. It blocks.
    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError>;

    /// Whether a key was made, be it destroyed since.
    fn is_made(&self, number: KeyNumber) -> bool;

    /// The bytes of a file `KEYS` with all of them as they are now, destroyed ones without what they were.
    fn file(&self) -> Result<Vec<u8>, StoreError>;
}
