//! The directory of a backup: whether it is one, room for one, and keeping a second run out.
//!
//! INVARIANT: nothing is written into a directory that is neither empty nor a backup, and a directory of bundles without
//! its manifest counts as neither. Absent on purpose: what lies in the files.

use super::error::{BackupError, fault};
use super::manifest::{Manifest, ManifestState};
use super::signing;
use crate::integrity::file;
use crate::seams::StoreError;
use crate::store::folder;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const BUNDLES: &str = "bundles";
const KEYS: &str = "KEYS";
/// What a run that was stopped before its first manifest leaves, and what an empty file system has.
const ROOM: [&str; 8] = [BUNDLES, KEYS, "KEYS.new", "MANIFEST.new", "LOCK", "heads", signing::SIGNING, "lost+found"];

/// The directory of a backup.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held while a run writes.
    _lock: Option<File>,
}

impl Folder {
    /// To be read.
    pub(super) fn of(path: &Path) -> Folder {
        Folder { path: path.to_owned(), _lock: None }
    }

    /// To be written, by one run at a time; made, where there is nothing.
    pub(super) fn begin(path: &Path) -> Result<(Folder, Option<Manifest>), BackupError> {
        folder::make_directory(path)?;
        let folder = Folder { path: path.to_owned(), _lock: None };
        let manifest = folder.manifest()?;
        if manifest.is_none() {
            folder.has_room()?;
        }
        let (lock, _) = folder::lock(path)?;
        // An earlier release made it for everybody.
        file::tighten(path);
        folder::make_directory(&folder.bundles())?;
        folder::sync_directory(path)?;
        // Read again, as another run may have ended right before the lock was ours.
        let manifest = folder.manifest()?;
        Ok((Folder { _lock: Some(lock), ..folder }, manifest))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bundles(&self) -> PathBuf {
        self.path.join(BUNDLES)
    }

    pub(super) fn bundle(&self, file: &str) -> PathBuf {
        self.bundles().join(file)
    }

    pub(super) fn keys(&self) -> PathBuf {
        self.path.join(KEYS)
    }

    fn manifest(&self) -> Result<Option<Manifest>, BackupError> {
        match Manifest::find(&self.path)? {
            ManifestState::Whole(manifest) => Ok(Some(*manifest)),
            ManifestState::Damaged(why) => Err(BackupError::NoManifest { path: self.path.clone(), why }),
            ManifestState::Missing => Ok(None),
        }
    }

    /// The manifest, which must be there.
    pub(super) fn whole_manifest(&self) -> Result<Manifest, BackupError> {
        if !folder::is_there(&self.path)? || self.path.is_file() {
            return Err(BackupError::NotABackup { path: self.path.clone(), why: "it is not there".to_owned() });
        }
        match self.manifest()? {
            Some(manifest) => Ok(manifest),
            None if self.files()?.is_empty() => {
                Err(BackupError::NotABackup { path: self.path.clone(), why: "it has no `MANIFEST`".to_owned() })
            }
            None => Err(BackupError::NoManifest { path: self.path.clone(), why: "it is not there".to_owned() }),
        }
    }

    /// The names of all files of bundles.
    pub(super) fn files(&self) -> Result<BTreeSet<String>, BackupError> {
        let listed = match fs::read_dir(self.bundles()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            listed => {
                listed.and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>, _>>())
            }
        };
        let names = listed.map_err(fault("list", &self.bundles()))?;
        Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect())
    }

    /// Whether a directory without manifest holds nothing but what a first run leaves that was stopped at once.
    fn has_room(&self) -> Result<(), BackupError> {
        let names = fs::read_dir(&self.path).map_err(fault("list", &self.path))?;
        for name in names {
            let name = name.map_err(fault("list", &self.path))?.file_name();
            if !ROOM.iter().any(|ours| name == *ours) {
                let why = format!("it has `{}`, but no `MANIFEST`", name.display());
                return Err(BackupError::NotABackup { path: self.path.clone(), why });
            }
        }
        if self.files()?.is_empty() {
            return Ok(());
        }
        Err(BackupError::NoManifest { path: self.path.clone(), why: "it is not there".to_owned() })
    }

    /// Takes away what a run left that was stopped, and says how many files that were; all that is listed must be there.
    pub(super) fn tidy(&self, manifest: &Manifest) -> Result<usize, BackupError> {
        let mut files = self.files()?;
        for bundle in &manifest.bundles {
            let path = self.bundle(&bundle.file);
            let length = fs::metadata(&path).map(|there| there.len()).unwrap_or_default();
            if !files.remove(&bundle.file) || length != bundle.bytes {
                return Err(BackupError::Incomplete { bundle: bundle.file.clone(), path: self.path.clone() });
            }
        }
        for file in &files {
            let path = self.bundle(file);
            fs::remove_file(&path).map_err(fault("remove", &path))?;
        }
        Ok(files.len())
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> BackupError {
        BackupError::Store(error)
    }
}
