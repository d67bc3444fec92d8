//! The `SUBTREES` file: the roots of the full subtrees of 256 leaves each, so that a proof hashes only what lies beside the
//! events that it is of.
//!
//! ```text
//! 8 bytes      `CWSUBTR1`
//! then each    organization 4, how many 8, and 32 for each root, from the first leaf on
//! 32 bytes     SHA-256 of all before
//! ```
//! All numbers are little-endian. INVARIANT: it is disposable, and vouches for nothing: whoever makes a proof compares the
//! root that these lead to with that of the log. A damaged file counts as none. It is replaced by a rename. Absent on
//! purpose: writing it with the log. The first proof makes it, and later ones add to it.

use crate::integrity::file;
use crate::seams::tree::Root;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::database::errors::fault;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const MAGIC: &[u8; 8] = b"CWSUBTR1";

/// Of each organization, in the order of the leaves.
type Subtrees = BTreeMap<OrganizationNumber, Vec<Root>>;

/// Those of one organization; none where the file is missing or damaged.
pub(in crate::store) fn read_of(path: &Path, organization: OrganizationNumber) -> Result<Vec<Root>, StoreError> {
    Ok(read(path)?.remove(&organization).unwrap_or_default())
}

/// Puts those of one organization in the place of the ones before. Two at a time must not do that.
pub(super) fn replace_of(path: &Path, organization: OrganizationNumber, roots: Vec<Root>) -> Result<(), StoreError> {
    let mut all = read(path)?;
    all.insert(organization, roots);
    file::replace(path, &bytes_of(&all)).map_err(|source| fault("write the roots of subtrees", source))
}

fn bytes_of(all: &Subtrees) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for (organization, roots) in all {
        bytes.extend(organization.0.to_le_bytes());
        bytes.extend((roots.len() as u64).to_le_bytes());
        bytes.extend(roots.as_flattened());
    }
    file::with_sum(bytes)
}

fn read(path: &Path) -> Result<Subtrees, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(parse(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Subtrees::new()),
        Err(source) => Err(fault("read the roots of subtrees", source)),
    }
}

fn parse(bytes: &[u8]) -> Option<Subtrees> {
    let mut rest = file::without_sum(bytes)?.strip_prefix(MAGIC)?;
    let mut all = Subtrees::new();
    while !rest.is_empty() {
        let (organization, after) = rest.split_first_chunk()?;
        let (many, after) = after.split_first_chunk()?;
        let bytes = usize::try_from(u64::from_le_bytes(*many)).ok()?.checked_mul(size_of::<Root>())?;
        let (roots, after) = after.split_at_checked(bytes)?;
        all.insert(OrganizationNumber(u32::from_le_bytes(*organization)), roots.as_chunks().0.to_vec());
        rest = after;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_of_each_organization_is_read_and_a_damaged_file_counts_as_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("SUBTREES");
        let [one, other] = [OrganizationNumber(1), OrganizationNumber(9)];
        let read = |organization| read_of(&path, organization).expect("it can be read");
        assert_eq!(read(one), Vec::<Root>::new());
        for (organization, roots) in [(one, vec![[1; 32]]), (other, vec![[7; 32]; 3]), (one, vec![[1; 32], [2; 32]])] {
            replace_of(&path, organization, roots).expect("there is room");
        }
        assert_eq!((read(one), read(other)), (vec![[1; 32], [2; 32]], vec![[7; 32]; 3]));
        let bytes = fs::read(&path).expect("it is there");
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(parse(&damaged), None, "flipped at {at}");
            assert_eq!(parse(&bytes[..at]), None, "cut to {at}");
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("there is room");
        replace_of(&path, other, vec![[3; 32]]).expect("there is room");
        assert_eq!((read(one), read(other)), (Vec::new(), vec![[3; 32]]), "it is made anew");
    }
}
