//! Whether the database's lists of its tables are as they were written: looked at before it opens, since it does not,
//! and panics over some that are not, a second time while it unwinds, which ends the process.
//!
//! ```text
//! keyspaces/N/current    number of the list: u64 | xxh3-128 of it | 0, little-endian
//! keyspaces/N/vNUMBER    the list
//! ```
//! INVARIANT: only read. Absent on purpose: what the lists say.

use crate::store::folder::naming;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The first list that is not as it was written, as a path below the database, where there is one.
pub(in crate::store) fn spoiled(database: &Path) -> io::Result<Option<String>> {
    let path = database.join("keyspaces");
    let keyspaces = match fs::read_dir(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(naming(&path))?,
    };
    for keyspace in keyspaces {
        let keyspace = keyspace.map_err(naming(&path))?;
        let path = keyspace.path().join("current");
        let current = match fs::read(&path) {
            // It is made anew by the database, or missed by it.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            current => current.map_err(naming(&path))?,
        };
        if !is_whole(&keyspace.path(), &current)? {
            return Ok(Some(format!("keyspaces/{}/current", keyspace.file_name().display())));
        }
    }
    Ok(None)
}

fn is_whole(keyspace: &Path, current: &[u8]) -> io::Result<bool> {
    let Some((number, rest)) = current.split_first_chunk() else { return Ok(false) };
    let Some((sum, _)) = rest.split_first_chunk() else { return Ok(false) };
    let path = keyspace.join(format!("v{}", u64::from_le_bytes(*number)));
    match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        list => Ok(xxhash_rust::xxh3::xxh3_128(&list.map_err(naming(&path))?) == u128::from_le_bytes(*sum)),
    }
}
