//! Where the process that has a store answers others.

use crate::store::SOCKET;
use std::path::{Path, PathBuf};

/// Longer paths than this are none for a socket.
const SOCKET_PATH_MAX: usize = 100;

/// Where the socket of a data directory is. One whose path is too long for a socket is reached through its descriptor.
#[must_use]
pub fn socket(data: &Path) -> PathBuf {
    let path = data.join(SOCKET);
    if path.as_os_str().len() <= SOCKET_PATH_MAX {
        return path;
    }
    // Relative to where the program runs, it may be shorter.
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)).unwrap_or(path)
}

/// Whether somebody answers at the socket of a data directory, so that its store is taken.
#[must_use]
pub fn is_hosted(data: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket(data)).is_ok()
}
