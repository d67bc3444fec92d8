//! `heads/`: a signed tree head of each organization where a run ended, and the keys that verify them.
//!
//! They let whoever has the public key see that the backup is of the log that was published, without the store. INVARIANT:
//! a head is only kept of what the backup holds; each is held against the tree of the bundles by every check. Absent on
//! purpose: whether the keys are the right ones, which a copy of them elsewhere tells.

use super::check::finding;
use super::manifest::Manifest;
use super::{BackupError, fault};
use crate::engine::store::OrganizationNumber;
use crate::integrity::account::Finding;
use crate::integrity::file;
use crate::integrity::signed_note::{SignedNote, VerifierKey};
use crate::integrity::tree_head::TreeHead;
use crate::proof::heads;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FOLDER: &str = "heads";

/// Keeps a head, and the key that it is verified under.
///
/// # Errors
/// The disk, or it is no head.
pub fn keep(backup: &Path, note: &SignedNote, key: &VerifierKey) -> Result<(), BackupError> {
    let folder = backup.join(FOLDER);
    heads::write_into(&folder, note)?;
    let head: TreeHead = note.text().parse().map_err(heads::HeadError::from)?;
    let path = keys_of(&folder, &head);
    let (mut known, line) = (read_keys(&path)?, format!("{key}\n"));
    if !known.contains(&line) {
        known += &line;
        file::replace(&path, known.as_bytes()).map_err(fault("write", &path))?;
    }
    Ok(())
}

/// Whether there are any.
pub(super) fn are_kept(backup: &Path) -> bool {
    heads::files(&backup.join(FOLDER)).is_ok_and(|files| !files.is_empty())
}

/// What is wrong with the heads that are kept: nothing, where all are signed and of the log of these bundles.
pub(super) fn check(backup: &Path, manifest: &Manifest) -> Vec<Finding> {
    let folder = backup.join(FOLDER);
    let files = match heads::files(&folder) {
        Ok(files) => files,
        Err(error) => return vec![finding(FOLDER, None, error.to_string())],
    };
    let wrong = |path: PathBuf| {
        let why = judge(&folder, &path, manifest).err()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Some(finding(&format!("{FOLDER}/{name}"), None, why))
    };
    files.into_iter().filter_map(wrong).collect()
}

fn judge(folder: &Path, path: &Path, manifest: &Manifest) -> Result<(), String> {
    let note = heads::read(path).map_err(|error| error.to_string())?;
    let head: TreeHead = note.text().parse().map_err(|error| format!("{error}"))?;
    let text = read_keys(&keys_of(folder, &head)).map_err(|error| error.to_string())?;
    let keys: Vec<VerifierKey> = text
        .lines()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the keys beside it cannot be read: {error}"))?;
    if !text.ends_with('\n') {
        return Err("the keys beside it are cut short, or gone".to_owned());
    }
    if !keys.iter().any(|key| key.name() == head.origin.to_string() && note.verify(key).is_ok()) {
        return Err("none of the keys beside it signed it".to_owned());
    }
    let is_its = |held: &super::manifest::Held| held.name.as_ref() == Some(&head.origin.organization);
    let organization = manifest.organizations.iter().find(|(_, held)| is_its(held));
    let Some((&number, _)) = organization else {
        return Err(format!("the backup has no organization `{}`", head.origin.organization));
    };
    let number = OrganizationNumber(number);
    let ends = |bundle: &&super::manifest::Sealed| bundle.organization == number.0 && bundle.last == head.size;
    match manifest.bundles.iter().find(ends) {
        Some(bundle) if bundle.root.0 == head.root => Ok(()),
        Some(_) => Err(format!("it is not of the events up to position {} that are here", head.size)),
        None => Err(format!("no bundle ends at position {}, of which it was signed", head.size)),
    }
}

fn keys_of(folder: &Path, head: &TreeHead) -> PathBuf {
    folder.join(format!("{}.keys", head.origin.organization))
}

fn read_keys(path: &Path) -> Result<String, BackupError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(fault("read", path)),
    }
}
