//! A backup as what events are taken from: bundles by position, each compared with the manifest before it is used, the
//! next one read while one is used.
//!
//! INVARIANT: what it gives are the bytes that the manifest tells of. Absent on purpose: where they go.

use super::bundle::{Bundle, Damage};
use super::error::BackupError;
use super::folder::Folder;
use super::hex::Hex;
use super::manifest::{Manifest, Sealed};
use crate::integrity::tree::Frontier;
use crate::seams::{OrganizationNumber, StoreError, TreeHead};
use crate::store::keys::KeyCopy;
use caseward_events::codec::decode;
use caseward_events::{Event, OrganizationName, Position, Recorded, Timestamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

/// A backup that something is read from.
pub(super) struct Source {
    folder: Folder,
    pub(super) manifest: Manifest,
}

impl Source {
    pub(super) fn open(folder: &Path) -> Result<Source, BackupError> {
        let folder = Folder::of(folder);
        let manifest = folder.whole_manifest()?;
        Ok(Source { folder, manifest })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The keys, whole, and those of the store that the manifest tells of.
    pub(super) fn keys(&self) -> Result<KeyCopy, BackupError> {
        let keys = KeyCopy::read(&self.folder.keys())?;
        if keys.count() < self.manifest.keys || Hex(keys.store_id()) != self.manifest.store {
            let path = self.folder.keys();
            let why = format!("the keys in `{}` are not those that the manifest tells of", path.display());
            return Err(StoreError::Corruption(why).into());
        }
        Ok(keys)
    }

    /// Where an organization ends.
    pub(super) fn head(&self, organization: OrganizationNumber) -> TreeHead {
        let held = self.manifest.organizations.get(&organization.0);
        held.map_or(TreeHead::EMPTY, |held| TreeHead { position: held.position, root: held.root.0 })
    }

    /// All organizations by number.
    pub(super) fn organizations(&self) -> Vec<OrganizationNumber> {
        self.manifest.organizations.keys().copied().map(OrganizationNumber).collect()
    }

    /// What an organization is called.
    pub(super) fn name(&self, organization: OrganizationNumber) -> Option<OrganizationName> {
        self.manifest.organizations.get(&organization.0).and_then(|held| held.name.clone())
    }

    /// The bundles with events behind `after` and up to `upto`, one after the other.
    pub(super) fn bundles(&self, organization: OrganizationNumber, after: Position, upto: Position) -> Bundles {
        let is_asked_for = |one: &&Sealed| one.last > after && one.first <= upto;
        let wanted: Vec<Sealed> = self.manifest.bundles_of(organization).filter(is_asked_for).cloned().collect();
        let folder = self.folder.bundles();
        let (found, bundles) = sync_channel(1);
        let run = move || {
            for sealed in wanted {
                let bundle = read(&folder, &sealed);
                // Whoever asked may have had enough.
                if found.send(bundle).is_err() {
                    return;
                }
            }
        };
        std::thread::spawn(run);
        Bundles(bundles)
    }

    /// The tree up to a position of it.
    pub(super) fn frontier(&self, organization: OrganizationNumber, at: Position) -> Result<Frontier, BackupError> {
        let mut before = self.manifest.bundles_of(organization).filter(|one| one.first.0 <= at.0 + 1 && at <= one.last);
        match before.next() {
            Some(sealed) => {
                let bundle = read(&self.folder.bundles(), sealed)?;
                bundle.frontier_at(at).map_err(|damage| sealed.damaged(damage))
            }
            None => Ok(Frontier::default()),
        }
    }

    /// The end of the last commit that is whole at a position.
    pub(super) fn end_of_commit(
        &self,
        organization: OrganizationNumber,
        at: Position,
    ) -> Result<Position, BackupError> {
        let mut holding = self.manifest.bundles_of(organization).filter(|one| one.first <= at && at <= one.last);
        let Some(sealed) = holding.next() else { return Ok(Position::ZERO) };
        let bundle = read(&self.folder.bundles(), sealed)?;
        let event = bundle.event(at).map_err(|damage| sealed.damaged(damage))?.unwrap_or_default();
        let recorded = decode(&event).map_err(|why| BackupError::unread(organization, at, &why))?;
        let is_last = recorded.commit_index + 1 == recorded.commit_count;
        Ok(if is_last { at } else { Position(at.0 - u64::from(recorded.commit_index) - 1) })
    }

    /// The last position whose time is not after an instant.
    pub(super) fn at_instant(
        &self,
        organization: OrganizationNumber,
        instant: Timestamp,
    ) -> Result<Position, BackupError> {
        let mut later = self.manifest.bundles_of(organization).filter(|sealed| sealed.until > instant);
        let Some(sealed) = later.next() else { return Ok(self.head(organization).position) };
        let mut last = Position(sealed.first.0 - 1);
        self.each(sealed, |recorded| {
            if recorded.time <= instant {
                last = recorded.position;
            }
        })?;
        Ok(last)
    }

    /// The organizations that the register tells of up to a position.
    pub(super) fn created(
        &self,
        upto: Position,
    ) -> Result<BTreeMap<OrganizationNumber, OrganizationName>, BackupError> {
        let mut names = BTreeMap::from([(OrganizationNumber::DEFAULT, OrganizationName::default())]);
        for sealed in self.manifest.bundles_of(OrganizationNumber::REGISTER) {
            self.each(sealed, |recorded| {
                if let (true, Event::OrganizationCreated(created)) = (recorded.position <= upto, recorded.event) {
                    names.insert(OrganizationNumber(created.number), created.name);
                }
            })?;
        }
        Ok(names)
    }

    fn each(&self, sealed: &Sealed, mut visit: impl FnMut(Recorded)) -> Result<(), BackupError> {
        let bundle = read(&self.folder.bundles(), sealed)?;
        let mut unread = Ok(());
        let shown = bundle.events(sealed.first, |at, event| match decode(event) {
            Ok(recorded) => visit(recorded),
            Err(why) => unread = Err(BackupError::unread(OrganizationNumber(sealed.organization), at, &why)),
        });
        shown.map_err(|damage| sealed.damaged(damage))?;
        unread
    }
}

/// Bundles as they are read.
pub(super) struct Bundles(Receiver<Result<Bundle, BackupError>>);

impl Iterator for Bundles {
    type Item = Result<Bundle, BackupError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

fn read(folder: &Path, sealed: &Sealed) -> Result<Bundle, BackupError> {
    let path: PathBuf = folder.join(&sealed.file);
    let bundle = Bundle::read(&path).map_err(|damage| sealed.damaged(damage))?;
    let is_said = bundle.sum == sealed.sha256
        && bundle.organization.0 == sealed.organization
        && (bundle.first(), bundle.last()) == (sealed.first, sealed.last);
    if is_said { Ok(bundle) } else { Err(sealed.damaged(Damage::Other)) }
}
