//! Short files and directories, made so that a loss of power does not undo them.

use crate::integrity::file;
use crate::seams::StoreError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Read of a marker or a lock note; both are far shorter.
const NOTE_BYTES_MAX: u64 = 512;

/// The start of a short text file; bytes that are no text become replacement characters.
pub(super) fn read_note(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(NOTE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Makes the directory, for its owner alone, with those above it that are missing, so that a loss of power does not
/// undo it.
pub(crate) fn make_directory(path: &Path) -> Result<(), StoreError> {
    let missing = path.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).count();
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        fs::create_dir_all(above).map_err(fault("create", above))?;
    }
    match file::create_private_directory(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made.map_err(fault("create", path))?,
    }
    let real = path.canonicalize().map_err(fault("look at", path))?;
    real.ancestors().skip(1).take(missing).try_for_each(sync_directory)
}

/// Makes the names in a directory durable; only Unix has a way to.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(path).and_then(|directory| directory.sync_all()).map_err(fault("sync", path))?;
    }
    Ok(())
}

/// Likewise in all directories below it.
pub(super) fn sync_directories(path: &Path) -> Result<(), StoreError> {
    let listing = || fault("list", path);
    for entry in fs::read_dir(path).map_err(listing())? {
        let entry = entry.map_err(listing())?;
        if entry.file_type().map_err(listing())?.is_dir() {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(path)
}

/// Whether anything is at a path. Where nobody may look, that is a fault, and no word about what is there.
pub(crate) fn is_there(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(fault("look at", path)(error)),
    }
}

/// An error that names its file.
pub(in crate::store) fn naming(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

pub(crate) fn fault(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let doing = format!("{verb} `{}`", path.display());
    move |error| StoreError::Fault { doing, source: Box::new(error) }
}
