//! What goes on beside the writing of bundles, each on a thread of its own: hashing events onto the tree, and bringing
//! bundles that are full to where they stay.
//!
//! INVARIANT: a bundle gets its name, and then its place in the manifest, after it is synced; the manifest is written for
//! each, so that a run that is stopped goes on from there.

use super::folder::Folder;
use super::manifest::{Manifest, Sealed};
use super::{BackupError, fault};
use crate::integrity::tree::Frontier;
use crate::seams::Encoded;
use crate::seams::tree::Tree;
use crate::store::folder;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Portions, or bundles, that wait at most.
const WAITING: usize = 4;

/// The tree of one organization, as it grows.
pub(super) struct Trees {
    jobs: SyncSender<Job>,
}

enum Job {
    Add(Arc<Encoded>),
    Tell(SyncSender<Frontier>),
}

impl Trees {
    /// Goes on with a tree.
    pub(super) fn start(mut frontier: Frontier) -> Result<Trees, BackupError> {
        let (jobs, waiting) = sync_channel(WAITING);
        let run = move || {
            for job in waiting {
                match job {
                    Job::Add(events) => frontier.add_leaves(events.iter()),
                    // Whoever asked may have given up.
                    Job::Tell(told) => drop(told.send(frontier.clone())),
                }
            }
        };
        Builder::new().name("caseward:leaves".to_owned()).spawn(run).map_err(BackupError::Thread)?;
        Ok(Trees { jobs })
    }

    /// Adds events.
    pub(super) fn add(&self, events: Arc<Encoded>) {
        self.send(Job::Add(events));
    }

    /// The tree with all that was added.
    pub(super) fn frontier(&self) -> Result<Frontier, BackupError> {
        let (told, answer) = sync_channel(1);
        self.send(Job::Tell(told));
        answer.recv().map_err(|gone| BackupError::Thread(std::io::Error::other(gone)))
    }

    fn send(&self, job: Job) {
        // Where the thread is gone, nobody answers when the tree is asked for, and that fails.
        let _ = self.jobs.send(job);
    }
}

/// Takes bundles that are written.
pub(super) struct Sealer {
    bundles: SyncSender<Full>,
    thread: JoinHandle<Result<Manifest, BackupError>>,
}

struct Full {
    file: File,
    path: PathBuf,
    sealed: Sealed,
    behind: Frontier,
}

impl Sealer {
    /// Goes on with a manifest.
    pub(super) fn start(folder: Arc<Folder>, manifest: Manifest) -> Result<Sealer, BackupError> {
        let (bundles, waiting) = sync_channel(WAITING);
        let thread = Builder::new().name("caseward:sealer".to_owned());
        let thread = thread.spawn(move || run(&folder, manifest, &waiting)).map_err(BackupError::Thread)?;
        Ok(Sealer { bundles, thread })
    }

    /// Hands a bundle over that is written and not synced.
    pub(super) fn seal(&self, file: File, path: PathBuf, sealed: Sealed, behind: Frontier) -> Result<(), BackupError> {
        // It stops only where it failed, which `finish` tells.
        let gone = |_| BackupError::Thread(std::io::Error::other("a bundle could not be sealed"));
        self.bundles.send(Full { file, path, sealed, behind }).map_err(gone)
    }

    /// Waits until all is where it stays.
    pub(super) fn finish(self) -> Result<Manifest, BackupError> {
        drop(self.bundles);
        let panicked = |_| BackupError::Thread(std::io::Error::other("the thread that seals bundles panicked"));
        self.thread.join().map_err(panicked)?
    }
}

fn run(folder: &Folder, mut manifest: Manifest, waiting: &Receiver<Full>) -> Result<Manifest, BackupError> {
    for Full { file, path, sealed, behind } in waiting {
        file.sync_all().map_err(fault("sync", &path))?;
        drop(file);
        fs::rename(&path, folder.bundle(&sealed.file)).map_err(fault("rename", &path))?;
        folder::sync_directory(&folder.bundles())?;
        manifest.take(sealed, &behind);
        manifest.write(folder.path())?;
    }
    Ok(manifest)
}
