//! Doors to what reads the files of a store, for the targets in `tests/fuzz`.
//!
//! Absent from every build but the fuzzer's (`--cfg fuzzing`).

use super::keys::KeyCopy;
use super::log::subtrees;
use super::recovery::anchor;
use super::verified::Verified;
use super::{Access, folder, journal, row};
use crate::seams::{Encoded, OrganizationNumber, StoreError};
use std::io;
use std::path::Path;

/// Whether the bytes are a row of the log.
#[must_use]
pub fn is_row(bytes: &[u8]) -> bool {
    row::decode(bytes).is_ok()
}

/// The rows that the events are stored in.
#[must_use]
pub fn rows(events: &Encoded) -> Vec<Vec<u8>> {
    row::split(events).map(|row| row::encode(events, row)).collect()
}

/// How many rows the journals of a folder hold, and those that a torn one begins with.
///
/// # Errors
/// They cannot be read.
pub fn rows_in_journals(folder: &Path) -> io::Result<(usize, usize)> {
    let journals = journal::scan(folder)?;
    let torn: io::Result<Vec<_>> = journals.iter().map(journal::torn_reach).collect();
    Ok((journal::rows(&journals)?.len(), torn?.len()))
}

/// Whether the file says up to where events lie in tables.
///
/// # Errors
/// It cannot be read.
pub fn is_anchor(path: &Path) -> io::Result<bool> {
    Ok(anchor::read(path)?.is_some())
}

/// How many roots of subtrees of an organization the file holds.
///
/// # Errors
/// It cannot be read.
pub fn roots_of_subtrees(path: &Path) -> Result<usize, StoreError> {
    Ok(subtrees::read_of(path, OrganizationNumber::DEFAULT)?.len())
}

/// Whether the file holds keys.
#[must_use]
pub fn are_keys(path: &Path) -> bool {
    KeyCopy::read(path).is_ok()
}

/// Whether a folder with this marker is taken for a store, and what a survey of it says.
#[must_use]
pub fn is_marked(folder: &Path) -> bool {
    folder::is_store(folder, Access::Existing)
}

/// Whether a folder says up to where its log was verified.
#[must_use]
pub fn is_verified(folder: &Path) -> bool {
    Verified::read(folder).is_some()
}
