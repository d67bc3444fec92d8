//! Where a document may be written that somebody asked for: not over the files of a store or of a backup.
//!
//! INVARIANT: nothing is written before this was asked. Links are resolved first, and a second name of a file of the store
//! is found out. Absent on purpose: other files that are
//! there already; whoever names one means it.

use crate::cli::context::Context;
use crate::cli::exit::Failure;
use std::path::{Path, PathBuf};

/// What shows that a directory is a store, and a backup.
const STORE: &str = "CASEWARD";
const BACKUP: [&str; 2] = ["MANIFEST", "bundles"];

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Something that has no place among tree heads that are kept.
    Document,
    /// A tree head.
    TreeHead,
    /// A backup, which may be there already.
    Backup,
}

/// Whether it may be written there.
///
/// # Errors
/// A wrong call: it lies in the data directory, in another store, in a backup, or among the tree heads that are kept.
pub fn may_write(context: &Context, path: &Path, output: Output) -> Result<(), Failure> {
    let place = resolved(path);
    if let Some(file) = file_of_the_store(&place, &context.global.data) {
        let (path, file) = (path.display(), file.display());
        let error = anyhow::anyhow!("`{path}` is another name of `{file}`, a file of the store");
        return Err(Failure::usage(error).hint("name a place elsewhere"));
    }
    let is = |directory: &Path, known: &Path| directory == resolved(known);
    for directory in place.ancestors() {
        let heads = context.global.heads_dir.as_deref();
        let is_itself = output == Output::Backup && directory == place;
        let what = if is(directory, &context.global.data) || directory.join(STORE).is_file() {
            "the data directory"
        } else if !is_itself && BACKUP.iter().all(|name| directory.join(name).exists()) {
            "the backup"
        } else if output != Output::TreeHead && heads.is_some_and(|heads| is(directory, heads)) {
            "the folder of tree heads"
        } else {
            continue;
        };
        if directory == place {
            let error = anyhow::anyhow!("`{}` is {what} itself", path.display());
            return Err(Failure::usage(error).hint("name a place elsewhere"));
        }
        let (path, directory) = (path.display(), directory.display());
        let error = anyhow::anyhow!("`{path}` lies in {what} `{directory}`, where it could overwrite what that needs");
        return Err(Failure::usage(error).hint("name a place elsewhere"));
    }
    Ok(())
}

/// The file of the store that a file is another name of: a hard link.
#[cfg(unix)]
fn file_of_the_store(path: &Path, data: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let there = path.metadata().ok().filter(|there| there.is_file() && there.nlink() > 1)?;
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        // What cannot be looked at can be written over by nobody who may not.
        for entry in folder.read_dir().ok().into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(one) if one.is_dir() => folders.push(entry.path()),
                Ok(one) if (one.dev(), one.ino()) == (there.dev(), there.ino()) => return Some(entry.path()),
                _ => {}
            }
        }
    }
    None
}

#[cfg(not(unix))]
fn file_of_the_store(_: &Path, _: &Path) -> Option<PathBuf> {
    None
}

/// Where a path leads to, be it that nothing is there yet.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(there) = path.canonicalize() {
        return there;
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (whole.parent(), whole.file_name()) {
        (Some(above), Some(name)) => resolved(above).join(name),
        _ => whole,
    }
}
