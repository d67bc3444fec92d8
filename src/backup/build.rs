//! A store in the making: what a restore and a healing put together.
//!
//! Events go in through the store itself, which hashes and notes them as always. `RESTORING` lies in the directory from
//! before the first file to after the last proof; it keeps everybody else out, and says what is being made there.
//!
//! INVARIANT: the store is not open to anybody before its roots are those that were asked for and an engine has folded
//! it. Killed at any moment, it is gone on with. Absent on purpose: where events come from.

use super::error::{BackupError, fault};
use super::signing;
use crate::engine::{Engine, Options, Progress, SystemClock};
use crate::integrity::file;
use crate::integrity::signing::SigningKeys;
use crate::seams::{Encoded, Epoch, Log, OrganizationNumber, Run, StoreError, TreeHead, TreeHeads, Trees};
use crate::store::folder::{self, RESTORING};
use crate::store::keys::KeyCopy;
use crate::store::{Access, FjallStore, FjallViews};
use caseward_events::Position;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Events written with one sync: in a restore nobody waits for an answer.
const GROUP_BYTES: usize = 4 << 20;

/// A store that is being built from a backup.
pub(super) struct Building {
    path: PathBuf,
    store: FjallStore,
    epoch: Epoch,
}

impl Building {
    /// Begins one in an empty directory, or goes on with one that `made_of` was said of before.
    pub(super) async fn begin(path: &Path, made_of: &str) -> Result<Building, BackupError> {
        let mark = path.join(RESTORING);
        match fs::read_to_string(&mark) {
            Ok(said) if said == made_of => {}
            Ok(_) => return Err(BackupError::OtherRestore(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                is_empty(path)?;
                folder::make_directory(path)?;
                claim(path, &mark, made_of)?;
            }
            Err(error) => return Err(fault("read", &mark)(error)),
        }
        let store = open(path)?;
        let epoch = store.claim().await?;
        Ok(Building { path: path.to_owned(), store, epoch })
    }

    /// How far it has come.
    pub(super) async fn head(&self, organization: OrganizationNumber) -> Result<Position, BackupError> {
        Ok(self.store.head(organization).await?)
    }

    /// Adds events behind those that are there.
    pub(super) async fn add(&self, group: &mut Group) -> Result<(), BackupError> {
        let events = std::mem::take(&mut group.events);
        group.bytes = 0;
        if events.is_empty() {
            return Ok(());
        }
        let run = Run { organization: group.organization, first: group.next, events };
        group.next = Position(group.next.0 + run.events.len() as u64);
        self.store.append(self.epoch, vec![run]).await?;
        Ok(())
    }

    /// Compares it with what it must be, gives it its keys, has an engine open it, and lets everybody in.
    pub(super) async fn end(
        self,
        wanted: &TreeHeads,
        keys: &KeyCopy,
        signing: Signing,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), BackupError> {
        let made = self.store.tree_heads().await?;
        for organization in wanted.keys().chain(made.keys()).copied() {
            let empty = |heads: &TreeHeads| heads.get(&organization).filter(|head| head.position.0 > 0).copied();
            if empty(wanted) != empty(&made) {
                let at = made.get(&organization).map_or(Position::ZERO, |head: &TreeHead| head.position);
                return Err(BackupError::NotRestored { organization, at });
            }
        }
        let Building { path, store, epoch: _ } = self;
        drop(store);
        folder::forget_keys(&path)?;
        keys.write(&path.join("KEYS"))?;
        let file = path.join(signing::SIGNING);
        match signing {
            Signing::Kept(kept) => kept.copy_to(&file)?,
            Signing::Anew => {}
            Signing::Lost => fs::remove_file(&file).or_else(is_gone).map_err(fault("remove", &file))?,
        }
        prove(&path, progress).await?;
        let mark = path.join(RESTORING);
        fs::remove_file(&mark).map_err(fault("remove", &mark))?;
        folder::sync_directory(&path)?;
        Ok(())
    }
}

/// Says what is being made in a directory, if nobody has begun anything there meanwhile.
fn claim(path: &Path, mark: &Path, made_of: &str) -> Result<(), BackupError> {
    let _lock = folder::lock(path)?;
    match fs::read_to_string(mark) {
        Ok(said) if said == made_of => Ok(()),
        Ok(_) => Err(BackupError::OtherRestore(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            is_empty(path)?;
            file::replace(mark, made_of.as_bytes()).map_err(fault("write", mark))
        }
        Err(error) => Err(fault("read", mark)(error)),
    }
}

/// What a store signs tree heads with that is made.
pub(super) enum Signing {
    /// What the one before did.
    Kept(SigningKeys),
    /// The one before had nothing, so with keys of its own.
    Anew,
    /// With nothing: what the one before had is lost, and that must stay to be seen.
    Lost,
}

/// An earlier run may have come that far.
fn is_gone(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Opens it as any other process would, and saves the views, so that the next one opens quickly.
async fn prove(path: &Path, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<(), BackupError> {
    let store = Arc::new(open(path)?);
    let options = Options::new(Arc::new(FjallViews::open(path)), Arc::new(SystemClock)).heard_by(progress);
    let engine = Engine::open_with(store.clone(), options).await;
    let engine = engine.map_err(|why| BackupError::NotServed(Box::new(why)))?;
    let saved = engine.save_views().await;
    // Before the next one opens it.
    engine.stop().await;
    drop((engine, store));
    Ok(saved?)
}

fn open(path: &Path) -> Result<FjallStore, BackupError> {
    let store = FjallStore::open(path, Access::Restoring)?;
    match store.damage() {
        Some(damage) => Err(StoreError::NotVouched(damage.to_string()).into()),
        None => Ok(store),
    }
}

fn is_empty(path: &Path) -> Result<(), BackupError> {
    let names = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        listed => listed.map_err(fault("list", path))?,
    };
    let names = names.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<OsString>, _>>();
    for name in names.map_err(fault("list", path))? {
        if !["LOCK", "RESTORING.new", "lost+found"].iter().any(|harmless| name == *harmless) {
            return Err(BackupError::NotEmpty { path: path.to_owned(), there: name.display().to_string() });
        }
    }
    Ok(())
}

/// Events on their way into a store, many with one sync.
pub(super) struct Group {
    organization: OrganizationNumber,
    next: Position,
    events: Encoded,
    bytes: usize,
}

impl Group {
    /// Behind a position.
    pub(super) fn behind(organization: OrganizationNumber, head: Position) -> Group {
        Group { organization, next: head.next(), events: Encoded::new(), bytes: 0 }
    }

    /// Takes the next event.
    pub(super) fn push(&mut self, event: &[u8]) {
        self.bytes += event.len();
        self.events.push(|bytes| bytes.extend_from_slice(event));
    }

    /// Whether it should be written before it takes more.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= GROUP_BYTES
    }
}
