//! Taking a backup, or going on with one, beside a running writer.
//!
//! How far all organizations go is asked for once, of the trees over what is durable; events up to there are read, put
//! into bundles, and hashed onto the tree that the backup ended with. Where that comes to the root that the store itself
//! has there, the backup holds the log that the store promised, from its first event on: an event of another log, or one
//! that changed in either, gives another root. So a new range proves the old one, and costs only itself.
//!
//! INVARIANT: a bundle is in the manifest only once it is synced, and what is in the manifest is a whole beginning of each
//! log at every moment, the register first. What came to another root is taken out again. Absent on purpose: reading
//! old bundles (`check`).

use super::bundle::Writing;
use super::caught_up::CaughtUp;
use super::error::{BackupError, fault};
use super::folder::Folder;
use super::hex::Hex;
use super::manifest::{Manifest, OrganizationBackup, Sealed};
use super::sealing::{Sealer, Trees};
use crate::engine::{Clock as _, Progress, SystemClock};
use crate::integrity::tree::leaf_hash;
use crate::seams::tree::Tree;
use crate::seams::{Encoded, OrganizationNumber, Storage, TreeHead, TreeHeads};
use crate::store::keys::KeyCopy;
use caseward_events::codec::decode;
use caseward_events::{Event, OrganizationName, Position};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A bundle that would grow beyond this is sealed first.
const BUNDLE_BYTES_MAX: u64 = 64 << 20;
/// Read at once.
const READ_BYTES: usize = 1 << 20;

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Of each organization, how far it was and is.
    pub organizations: Vec<CaughtUp>,
    /// Events that were not there before.
    pub events: u64,
    /// Bundles that were not there before.
    pub bundles: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Files that a run had left which was stopped.
    pub left_over: usize,
}

/// Brings the backup in `folder` to where the store is, or begins one there. The store may be written meanwhile.
///
/// # Errors
/// The store cannot vouch for its log, or what is read is not what it promised; the directory is something else, is of
/// another log, or goes further than the store; a fault of either disk.
pub async fn write(
    store: &dyn Storage,
    folder: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Written, BackupError> {
    let heads = store.tree_heads().await?;
    let names = names(store, &heads).await?;
    let (folder, manifest) = Folder::begin(folder)?;
    let keys = KeyCopy::of(store.keyring())?;
    let id = Hex(keys.store_id());
    let taken = SystemClock.now();
    let mut manifest = manifest.unwrap_or_else(|| Manifest::new(id, taken));
    let left_over = folder.tidy(&manifest)?;
    let before = manifest.clone();
    goes_on(store, &folder, &manifest, &heads).await?;
    if manifest.store != id && manifest.organizations.values().any(|held| held.position > Position::ZERO) {
        return Err(BackupError::OtherKeys(folder.path().to_owned()));
    }
    // All keys that the events up to here need were made before them.
    keys.write(&folder.keys())?;
    manifest = Manifest { store: id, keys: keys.count(), complete: false, taken, ..manifest };
    for (number, name) in names {
        manifest.organizations.entry(number.0).or_default().name = name;
    }
    for (number, held) in &mut manifest.organizations {
        if held.position == Position::ZERO {
            held.root = heads.get(&OrganizationNumber(*number)).map(|head| Hex(head.root)).unwrap_or_default();
        }
    }
    manifest.write(folder.path())?;
    let folder = Arc::new(folder);
    for (&organization, &head) in &heads {
        // One that the register does not tell of yet has its turn in the next run.
        let Some(held) = manifest.organizations.get(&organization.0) else { continue };
        if held.position < head.position {
            manifest = Range { store, folder: &folder, organization, head }.write(manifest, progress).await?;
        }
        proven(&folder, &mut manifest, organization, head)?;
    }
    manifest.complete = true;
    manifest.write(folder.path())?;
    Ok(told(&before, &manifest, left_over))
}

fn told(before: &Manifest, manifest: &Manifest, left_over: usize) -> Written {
    let was = |number: &u32| {
        before.organizations.get(number).map_or(Position::ZERO, |held: &OrganizationBackup| held.position)
    };
    let caught_up = |(number, held): (&u32, &OrganizationBackup)| CaughtUp {
        organization: OrganizationNumber(*number),
        name: held.name.clone(),
        from: was(number),
        to: held.position,
    };
    let organizations: Vec<_> = manifest.organizations.iter().map(caught_up).collect();
    let new = manifest.bundles.iter().skip(before.bundles.len());
    Written {
        events: organizations.iter().map(|one| one.to.0 - one.from.0).sum(),
        bundles: new.clone().count(),
        bytes: new.map(|bundle| bundle.bytes).sum(),
        organizations,
        left_over,
    }
}

/// Of the organizations that the register tells of up to its head, which comes with those of all others.
async fn names(
    store: &dyn Storage,
    heads: &TreeHeads,
) -> Result<BTreeMap<OrganizationNumber, Option<OrganizationName>>, BackupError> {
    let register = OrganizationNumber::REGISTER;
    let head = heads.get(&register).map_or(Position::ZERO, |head| head.position);
    let mut names =
        BTreeMap::from([(register, None), (OrganizationNumber::DEFAULT, Some(OrganizationName::default()))]);
    let mut next = Position::ZERO.next();
    while next <= head {
        for bytes in store.read(register, next, READ_BYTES).await? {
            if next > head {
                break;
            }
            let recorded = decode(&bytes).map_err(|why| BackupError::unread(register, next, &why))?;
            if let Event::OrganizationCreated(created) = recorded.event {
                names.insert(OrganizationNumber(created.number), Some(created.name));
            }
            next = next.next();
        }
    }
    Ok(names)
}

/// The store must hold what the backup holds. Of what lies behind the last event of the backup its root tells later; the
/// event itself tells at once.
async fn goes_on(
    store: &dyn Storage,
    folder: &Folder,
    manifest: &Manifest,
    heads: &TreeHeads,
) -> Result<(), BackupError> {
    for (&number, held) in manifest.organizations.iter().filter(|(_, held)| held.position > Position::ZERO) {
        let organization = OrganizationNumber(number);
        let (at, backup) = (held.position, folder.path().to_owned());
        let head = heads.get(&organization).map_or(Position::ZERO, |head| head.position);
        if head < at {
            return Err(BackupError::Behind { organization, head, held: at, backup });
        }
        let event = store.read(organization, at, 1).await?;
        if event.first().map(|event| leaf_hash(event)) != Some(held.leaf.0) {
            return Err(BackupError::OtherLog { organization, at, backup });
        }
    }
    Ok(())
}

/// Compares the root that the backup came to with that of the store.
fn proven(
    folder: &Folder,
    manifest: &mut Manifest,
    organization: OrganizationNumber,
    head: TreeHead,
) -> Result<(), BackupError> {
    let held = manifest.organizations.entry(organization.0).or_default();
    if held.root.0 == head.root && held.position == head.position {
        held.proven = held.position;
        return Ok(());
    }
    let from = held.proven;
    take_out(folder, manifest, organization, from)?;
    Err(BackupError::OtherRoot { organization, from, to: head.position })
}

/// Takes out all bundles of an organization behind a position at which one ends.
fn take_out(
    folder: &Folder,
    manifest: &mut Manifest,
    organization: OrganizationNumber,
    from: Position,
) -> Result<(), BackupError> {
    let is_out = |bundle: &Sealed| bundle.organization == organization.0 && bundle.first > from;
    let held = OrganizationBackup {
        name: manifest.organizations.get(&organization.0).and_then(|held| held.name.clone()),
        ..OrganizationBackup::default()
    };
    let last = manifest.bundles_of(organization).filter(|bundle| !is_out(bundle)).last().cloned();
    manifest.bundles.retain(|bundle| !is_out(bundle));
    let held = match last {
        None => held,
        Some(last) => {
            let bundle = super::bundle::Bundle::read(&folder.bundle(&last.file));
            let behind = bundle.map_err(|damage| last.damaged(damage))?.behind;
            let subtrees = behind.subtrees().iter().copied().map(Hex).collect();
            OrganizationBackup { position: from, root: last.root, subtrees, leaf: last.leaf, proven: from, ..held }
        }
    };
    manifest.organizations.insert(organization.0, held);
    manifest.write(folder.path())
}

/// What is new of one organization.
struct Range<'a> {
    store: &'a dyn Storage,
    folder: &'a Arc<Folder>,
    organization: OrganizationNumber,
    head: TreeHead,
}

impl Range<'_> {
    async fn write(
        self,
        manifest: Manifest,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Manifest, BackupError> {
        let held =
            manifest.organizations.get(&self.organization.0).and_then(OrganizationBackup::frontier).unwrap_or_default();
        let done = held.leaves();
        let trees = Trees::start(held)?;
        let sealer = Sealer::start(Arc::clone(self.folder), manifest)?;
        let filled = self.fill(done, (&trees, &sealer), progress).await;
        // Where a bundle could not be sealed, that is the reason for whatever failed in front of it.
        let manifest = sealer.finish()?;
        filled.map(|()| manifest)
    }

    async fn fill(
        &self,
        mut done: u64,
        (trees, sealer): (&Trees, &Sealer),
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), BackupError> {
        let mut open: Option<Open> = None;
        while done < self.head.position.0 {
            let events = self.read(Position(done).next()).await?;
            let bytes = events.iter().map(|event| event.len() as u64).sum::<u64>();
            if open.as_ref().is_some_and(|open| open.writing.bytes() + bytes > BUNDLE_BYTES_MAX) {
                self.seal(open.take(), trees, sealer)?;
            }
            if open.is_none() {
                open = Some(self.begin(trees)?);
            }
            let one = open.as_mut().expect("it was just begun");
            done += events.len() as u64;
            one.last = events.get(events.len().saturating_sub(1)).map(<[u8]>::to_vec).unwrap_or_default();
            let events = Arc::new(events);
            trees.add(Arc::clone(&events));
            one.writing.add(&events).map_err(fault("write", &one.path))?;
            progress(Progress { organization: self.organization, done: Position(done), head: self.head.position });
        }
        self.seal(open.take(), trees, sealer)
    }

    /// Some events from a position on, none above the head.
    async fn read(&self, from: Position) -> Result<Encoded, BackupError> {
        let room = Encoded::with_room(READ_BYTES / 128, 128);
        let mut events = self.store.scan(self.organization, from, READ_BYTES, room).await?;
        let left = self.head.position.0 - from.0 + 1;
        events.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        match events.is_empty() {
            true => Err(BackupError::Gone { organization: self.organization, at: from }),
            false => Ok(events),
        }
    }

    fn begin(&self, trees: &Trees) -> Result<Open, BackupError> {
        let before = trees.frontier()?;
        let first = Position(before.leaves()).next();
        let file = format!("{}-{:010}.unsealed", self.organization, first.0);
        let path = self.folder.bundle(&file);
        let writing = Writing::begin(&path, self.organization, &before).map_err(fault("make", &path))?;
        Ok(Open { writing, path, first, last: Vec::new() })
    }

    fn seal(&self, open: Option<Open>, trees: &Trees, sealer: &Sealer) -> Result<(), BackupError> {
        let Some(Open { writing, path, first, last: event }) = open else { return Ok(()) };
        let behind = trees.frontier()?;
        let last = Position(behind.leaves());
        let until = decode(&event).map_err(|why| BackupError::unread(self.organization, last, &why))?.time;
        let (file, bytes, sha256) = writing.end(&behind).map_err(fault("write", &path))?;
        let name = format!("{}-{:010}-{:010}.bundle", self.organization, first.0, last.0);
        let (organization, leaf) = (self.organization.0, Hex(leaf_hash(&event)));
        let root = Hex(behind.root());
        let sealed = Sealed { file: name, organization, first, last, until, bytes, sha256, root, leaf };
        sealer.seal(file, path, sealed, behind)
    }
}

/// A bundle on its way.
struct Open {
    writing: Writing,
    path: PathBuf,
    first: Position,
    /// Its last event.
    last: Vec<u8>,
}
