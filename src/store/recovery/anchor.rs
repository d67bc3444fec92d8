//! The `ANCHOR` file: up to which position the events of each organization are known to lie in tables of the database,
//! with the frontier of the tree there, so that an opening hashes only what came after.
//!
//! ```text
//! 8 bytes      `CWANCHOR`
//! then each    organization 4, position 8, and 32 for each bit that is set in the position
//! 32 bytes     SHA-256 of all before
//! ```
//! All numbers are little-endian. INVARIANT: it is disposable; without it, or where it is damaged, everything is hashed
//! from position 1. It is replaced by a rename, so it is never half of one.

use crate::integrity::file;
use crate::integrity::tree::Frontier;
use crate::seams::OrganizationNumber;
use crate::seams::tree::Root;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

const MAGIC: &[u8; 8] = b"CWANCHOR";

/// The tree of each organization.
pub(in crate::store) type Frontiers = BTreeMap<OrganizationNumber, Frontier>;

/// Writes it in place of the one before it, durably.
pub(in crate::store) fn write(path: &Path, frontiers: &Frontiers) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    for (organization, frontier) in frontiers {
        bytes.extend(organization.0.to_le_bytes());
        bytes.extend(frontier.leaves().to_le_bytes());
        bytes.extend(frontier.subtrees().as_flattened());
    }
    file::replace(path, &file::with_sum(bytes))
}

/// What it says; `None` where there is none or it is damaged.
pub(in crate::store) fn read(path: &Path) -> io::Result<Option<Frontiers>> {
    match fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse(bytes: &[u8]) -> Option<Frontiers> {
    let mut rest = file::without_sum(bytes)?.strip_prefix(MAGIC)?;
    let mut frontiers = Frontiers::new();
    while !rest.is_empty() {
        let (organization, after) = rest.split_first_chunk()?;
        let (leaves, after) = after.split_first_chunk()?;
        let leaves = u64::from_le_bytes(*leaves);
        let (subtrees, after) = after.split_at_checked(leaves.count_ones() as usize * size_of::<Root>())?;
        let subtrees = subtrees.as_chunks().0.to_vec();
        let organization = OrganizationNumber(u32::from_le_bytes(*organization));
        frontiers.insert(organization, Frontier::from_parts(leaves, subtrees)?);
        rest = after;
    }
    Some(frontiers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::tree::Tree;

    #[test]
    fn what_was_written_is_read_and_a_damaged_one_counts_as_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("ANCHOR");
        assert_eq!(read(&path).expect("it can be looked for"), None);
        let mut frontiers = Frontiers::new();
        for (number, leaves) in [(0, 0_usize), (1, 7), (9, 64)] {
            let mut frontier = Frontier::default();
            frontier.add_leaves(vec![b"event".as_slice(); leaves]);
            frontiers.insert(OrganizationNumber(number), frontier);
        }
        write(&path, &frontiers).expect("it can be written");
        assert_eq!(read(&path).expect("it can be read"), Some(frontiers));
        let bytes = fs::read(&path).expect("it is there");
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(parse(&damaged), None, "flipped at {at}");
            assert_eq!(parse(&bytes[..at]), None, "cut to {at}");
        }
    }
}
