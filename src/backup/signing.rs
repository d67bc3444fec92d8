//! `SIGNING`: a copy of what the store signs tree heads with, so that a restored store is still the same one.

use super::error::BackupError;
use crate::integrity::signing::SigningKeys;
use crate::store::folder;
use std::path::Path;

/// The file.
pub(super) const SIGNING: &str = "SIGNING";

/// Keeps what the store signs tree heads with, in the place of an older copy.
///
/// # Errors
/// The disk.
pub fn keep(backup: &Path, keys: &SigningKeys) -> Result<(), BackupError> {
    Ok(keys.copy_to(&backup.join(SIGNING))?)
}

/// What a backup has of it; nothing, where an earlier release made it.
pub(super) fn kept(backup: &Path) -> Result<Option<SigningKeys>, BackupError> {
    let path = backup.join(SIGNING);
    Ok(folder::is_there(&path)?.then(|| SigningKeys::open(&path)).transpose()?)
}
