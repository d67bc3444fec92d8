//! Which tree heads lie in the folder where they are kept.
//!
//! Absent on purpose: what they say, and whether they hold ([`super::heads`]).

use caseward_events::{OrganizationName, Position};
use std::fs;
use std::path::{Path, PathBuf};

/// What the name of a file of a tree head ends in.
const HEAD_EXTENSION: &str = "note";

/// The newest tree head of an organization in a folder where they are kept, and its file. A head is a file
/// `ORGANIZATION-SIZE.note`.
#[must_use]
pub fn newest_tree_head(heads: &Path, organization: &OrganizationName) -> Option<(Position, PathBuf)> {
    let paths = fs::read_dir(heads).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let size = |path: &Path| -> Option<u64> {
        let stem = path.file_stem()?.to_str()?;
        let size = stem.strip_prefix(organization.as_str())?.strip_prefix('-')?;
        size.parse().ok().filter(|_| path.extension().is_some_and(|extension| extension == HEAD_EXTENSION))
    };
    let (size, path) = paths.filter_map(|path| Some((size(&path)?, path))).max()?;
    Some((Position(size), path))
}
