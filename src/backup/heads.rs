//! `heads/`: a signed tree head of each organization where a run ended, and the keys that verify them.
//!
//! They let whoever has the public key see that the backup is of the log that was published, without the store. INVARIANT:
//! a head is only kept of what the backup holds; the manifest names it, and every check holds it against the tree of the
//! bundles. Absent on purpose: whether the keys are the right ones, which a copy of them elsewhere tells.

use super::error::{BackupError, fault};
use super::folder::Folder;
use super::manifest::{Manifest, OrganizationBackup};
use crate::engine::Engine;
use crate::integrity::damage_report::Finding;
use crate::integrity::file;
use crate::integrity::signed_note::{SignedNote, VerifierKey};
use crate::integrity::signing::{SigningError, SigningKeys};
use crate::integrity::tree_head::TreeHead;
use crate::proof::heads::{self, HeadError};
use crate::seams::OrganizationNumber;
use crate::store::folder;
use caseward_events::{OrganizationName, Position};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FOLDER: &str = "heads";

/// Tree heads of what an engine serves.
#[derive(Debug, Default)]
pub struct Signed {
    /// Each with the key that verifies it.
    pub heads: Vec<(SignedNote, VerifierKey)>,
    /// Organizations whose key is not there, and why: the backup has all of them but for somebody beside the store who
    /// vouches for it.
    pub missing: Vec<(OrganizationName, HeadError)>,
}

/// Signs a tree head of each organization that holds anything.
///
/// # Errors
/// The log cannot be read.
pub async fn sign(engine: &Engine, keys: &SigningKeys) -> Result<Signed, HeadError> {
    let mut signed = Signed::default();
    for organization in engine.organizations() {
        if organization.head() == Position::ZERO {
            continue;
        }
        match heads::with_key(&organization, keys).await {
            Ok(head) => signed.heads.push(head),
            Err(why @ (HeadError::Signing(SigningError::NotThere(_)) | HeadError::Key(_))) => {
                signed.missing.push((organization.name().clone(), why));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(signed)
}

/// Keeps heads, each with the key that it is verified under, and names them in the manifest.
///
/// # Errors
/// The disk, one is no head, or another run goes on.
pub fn keep(backup: &Path, heads: &[(SignedNote, VerifierKey)]) -> Result<(), BackupError> {
    // Locked meanwhile, so that no other run writes the manifest.
    let (folder, _) = Folder::begin(backup)?;
    let kept = heads.iter().map(|(note, key)| keep_one(backup, note, key));
    let kept = kept.collect::<Result<Vec<_>, _>>()?;
    let mut manifest = folder.whole_manifest()?;
    manifest.heads.extend(kept);
    manifest.write(backup)
}

fn keep_one(backup: &Path, note: &SignedNote, key: &VerifierKey) -> Result<String, BackupError> {
    let folder = backup.join(FOLDER);
    folder::make_directory(&folder)?;
    let path = heads::write_into(&folder, note)?;
    file::tighten(&path);
    let head: TreeHead = note.text().parse().map_err(heads::HeadError::from)?;
    let path = keys_of(&folder, &head);
    let (mut known, line) = (read_keys(&path)?, format!("{key}\n"));
    if !known.contains(&line) {
        known += &line;
        file::replace(&path, known.as_bytes()).map_err(fault("write", &path))?;
    }
    Ok(heads::file_name(&head.origin.organization, head.size))
}

/// Whether the head of what an organization holds now is not kept, or gone: a run may have stopped right before it.
///
/// # Errors
/// There is no backup, or its manifest cannot be used.
pub fn are_behind(backup: &Path) -> Result<bool, BackupError> {
    let manifest = Folder::of(backup).whole_manifest()?;
    let lacks = |held: &OrganizationBackup| {
        let name = held.name.as_ref().filter(|_| held.position > Position::ZERO);
        let file = name.map(|name| heads::file_name(name, held.position));
        file.is_some_and(|file| !manifest.heads.contains(&file) || !backup.join(FOLDER).join(file).exists())
    };
    Ok(manifest.organizations.values().any(lacks))
}

/// Whether there are any, or were.
pub(super) fn are_kept(backup: &Path, manifest: Option<&Manifest>) -> bool {
    manifest.is_some_and(|manifest| !manifest.heads.is_empty())
        || heads::files(&backup.join(FOLDER)).is_ok_and(|files| !files.is_empty())
}

/// What is wrong with the heads that are kept: nothing, where all are there, signed, and of the log of these bundles.
pub(super) fn check(backup: &Path, manifest: &Manifest) -> Vec<Finding> {
    let folder = backup.join(FOLDER);
    let files = match heads::files(&folder) {
        Ok(files) => files,
        Err(error) => return vec![Finding::damage(FOLDER, None, error.to_string())],
    };
    let wrong = |path: PathBuf| {
        let why = judge(&folder, &path, manifest).err()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Some(Finding::damage(&format!("{FOLDER}/{name}"), None, why))
    };
    let gone = manifest.heads.iter().filter(|name| !folder.join(name).exists());
    let gone = gone.map(|name| Finding::damage(&format!("{FOLDER}/{name}"), None, "it is missing".to_owned()));
    gone.chain(files.into_iter().filter_map(wrong)).collect()
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
    let is_its = |held: &OrganizationBackup| held.name.as_ref() == Some(&head.origin.organization);
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
