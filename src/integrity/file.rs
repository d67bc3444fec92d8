//! Files that are written atomically and are private to their owner.
//!
//! What a store and its backups hold says who has access to what, so it is for its owner alone, where the system knows
//! such a thing, whatever the umask of the process is. INVARIANT: a file that is made is never one that lay ready, be
//! it a link to elsewhere.

use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// The bits of a mode that give something to others than the owner.
#[cfg(unix)]
const OF_OTHERS: u32 = 0o077;

/// Writes a file aside, synced, and puts it in the place of the one that is there, durably; for the owner alone.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, &mut private())
}

/// The same for whoever the process makes files for: what is meant to be shown to others.
pub(crate) fn replace_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, OpenOptions::new().write(true))
}

fn replace_with(path: &Path, bytes: &[u8], options: &mut OpenOptions) -> io::Result<()> {
    let aside = path.with_extension("new");
    clear(&aside)?;
    let mut file = options.create_new(true).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    sync_folder_of(path)
}

/// Puts a note in the place of the one that is there. It is not synced: after a power cut the one before it may be there again.
pub(crate) fn replace_note(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let aside = directory.join(format!("{name}.new"));
    clear(&aside)?;
    create_private(&aside)?.write_all(bytes)?;
    fs::rename(aside, directory.join(name))
}

/// SHA-256 of all before goes behind it.
pub(crate) fn with_sum(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    bytes
}

/// What lies before its SHA-256; none where that is another.
pub(crate) fn without_sum(bytes: &[u8]) -> Option<&[u8]> {
    let (said, sum) = bytes.split_last_chunk::<32>()?;
    (*sum == <[u8; 32]>::from(Sha256::digest(said))).then_some(said)
}

/// A new file for the owner alone; an error where anything lies there.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private().read(true).create_new(true).open(path)
}

/// A new directory for the owner alone; an error where anything lies there.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes away a file that an attempt left which was cut short; a link, not what it leads to.
pub(crate) fn clear(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether others than its owner may do anything with a directory.
#[cfg(unix)]
pub(crate) fn is_open_to_others(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(directory).is_ok_and(|there| there.permissions().mode() & OF_OTHERS != 0)
}

/// Whether others than its owner may do anything with a directory.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Takes a directory, and all that lies in it, from everybody but the owner. Links are not followed. What cannot be
/// changed, since it is somebody else's, stays as it is.
#[cfg(unix)]
pub(crate) fn tighten(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(there) = fs::symlink_metadata(path) else { return };
    if there.is_symlink() {
        return;
    }
    let mode = there.permissions().mode();
    if mode & OF_OTHERS != 0 {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & !OF_OTHERS));
    }
    if there.is_dir() {
        fs::read_dir(path).into_iter().flatten().flatten().for_each(|entry| tighten(&entry.path()));
    }
}

/// Takes a directory, and all that lies in it, from everybody but the owner, where the system knows such a thing.
#[cfg(not(unix))]
pub(crate) fn tighten(_: &Path) {}

/// Makes the names in the folder of `path` durable; only Unix has a way to.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        // A bare name lies in the folder that the program runs in.
        Some(folder) if cfg!(unix) && folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
