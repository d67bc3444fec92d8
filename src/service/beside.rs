//! What lies beside the engine and tells of its store: notes of the last backup and the last verification, the folder of
//! tree heads, the room on the disk.
//!
//! INVARIANT: it only reads, when it is asked for, and takes no lock.

use crate::proof::kept::newest_tree_head;
use crate::store::{LastBackup, Verified};
use caseward_events::{OrganizationName, Position, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where a store lies, and where its tree heads are kept.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The data directory.
    pub data: PathBuf,
    /// The folder of tree heads, where one is kept.
    pub heads: Option<PathBuf>,
}

impl Beside {
    /// When a backup was last taken.
    pub(super) fn backed_up(&self) -> Option<Timestamp> {
        LastBackup::read(&self.data).map(|backed_up| backed_up.at)
    }

    /// When everything was last verified.
    pub(super) fn verified(&self) -> Option<Timestamp> {
        Verified::read(&self.data).map(|verified| verified.at)
    }

    /// The newest tree head of an organization, and when it was signed; none where no heads are kept, 0 where there is none.
    pub(super) fn tree_head(&self, organization: &OrganizationName) -> Option<(Position, f64)> {
        let newest = newest_tree_head(self.heads.as_deref()?, organization);
        Some(newest.and_then(|(size, path)| Some((size, written(&path)?))).unwrap_or((Position::ZERO, 0.0)))
    }

    /// Bytes that the disk still takes.
    #[cfg(target_os = "linux")]
    pub(super) fn free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.data).ok()?;
        Some(disk.f_bavail * disk.f_frsize)
    }

    /// Bytes that the disk still takes.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn free_bytes(&self) -> Option<u64> {
        None
    }
}

/// Seconds from 1970 until a file was written.
fn written(path: &Path) -> Option<f64> {
    let written = fs::metadata(path).ok()?.modified().ok()?;
    Some(written.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64())
}
