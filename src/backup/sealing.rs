//! What goes on beside the writing of bundles, each on a thread of its own: hashing events onto the tree, and bringing
//! bundles that are full to where they stay.
//!
//! INVARIANT: a bundle gets its name, and then its place in the manifest, after it is synced; the manifest is written for
//! each, so that a run that is stopped goes on from there.

use super::error::{BackupError, fault};
use super::folder::Folder;
use super::manifest::{Manifest, Sealed};
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
    /// None once it ends.
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
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
        let thread = Builder::new().name("caseward-leaves".to_owned()).spawn(run).map_err(BackupError::Thread)?;
        Ok(Trees { jobs: Some(jobs), thread: Some(thread) })
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
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
    }
}

impl Drop for Trees {
    fn drop(&mut self) {
        self.jobs = None;
        // A panic of it was told to whoever asked for the tree.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Takes bundles that are written.
pub(super) struct Sealer {
    /// None once it ends.
    bundles: Option<SyncSender<Full>>,
    thread: Option<JoinHandle<Result<Manifest, BackupError>>>,
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
        let thread = Builder::new().name("caseward-sealer".to_owned());
        let thread = thread.spawn(move || run(&folder, manifest, &waiting)).map_err(BackupError::Thread)?;
        Ok(Sealer { bundles: Some(bundles), thread: Some(thread) })
    }

    /// Hands a bundle over that is written and not synced.
    pub(super) fn seal(&self, file: File, path: PathBuf, sealed: Sealed, behind: Frontier) -> Result<(), BackupError> {
        // It stops only where it failed, which `finish` tells.
        let full = Full { file, path, sealed, behind };
        let sent = self.bundles.as_ref().is_some_and(|bundles| bundles.send(full).is_ok());
        if sent { Ok(()) } else { Err(BackupError::Thread(std::io::Error::other("a bundle could not be sealed"))) }
    }

    /// Waits until all is where it stays.
    pub(super) fn finish(mut self) -> Result<Manifest, BackupError> {
        self.end().expect("it ends here, or when it is dropped")
    }

    fn end(&mut self) -> Option<Result<Manifest, BackupError>> {
        self.bundles = None;
        let panicked = |_| BackupError::Thread(std::io::Error::other("the thread that seals bundles panicked"));
        Some(self.thread.take()?.join().map_err(panicked).flatten())
    }
}

impl Drop for Sealer {
    /// Of a run that failed elsewhere, which is told; what was sealed until then is in the manifest.
    fn drop(&mut self) {
        let _ = self.end();
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
