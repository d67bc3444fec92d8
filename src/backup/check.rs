//! Verifying a backup alone, without the store: every byte, every event's place in the tree, and that all of it hangs
//! together from position 1 to the roots of the manifest.
//!
//! INVARIANT: nothing is written. What is called trusted was proven: by the manifest, or, where that is spoiled, by bundles
//! that are whole and meet in the same trees. Absent on purpose: what events say.

use super::bundle::{Bundle, Damage};
use super::error::BackupError;
use super::folder::Folder;
use super::heads;
use super::hex::Hex;
use super::manifest::{Manifest, OrganizationBackup, Sealed};
use super::signing;
use crate::integrity::damage_report::{DamageReport, Finding};
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::keys::KeyCopy;
use caseward_events::Position;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// Without findings, all is as it was written, up to the positions that it names.
    pub damage: DamageReport,
    /// What the manifest tells; `None` where it is spoiled.
    pub manifest: Option<Manifest>,
    /// How many events were hashed.
    pub events: u64,
    /// Bytes of bundles that were hashed.
    pub bytes: u64,
    /// Files that no manifest tells of, from a run that was stopped.
    pub left_over: usize,
}

/// A bundle as it ought to be.
struct Wanted {
    file: String,
    /// What the manifest says of it.
    sealed: Option<Sealed>,
}

/// A bundle as it is: the trees that it joins, its length and its sum.
struct Seen {
    organization: OrganizationNumber,
    before: Frontier,
    behind: Frontier,
    bytes: u64,
    sum: Hex<32>,
}

/// Verifies everything. `progress` hears of events.
///
/// # Errors
/// There is no backup, or a later release wrote it. Damage is no error: it is in the report.
pub fn check(folder: &Path, progress: &(dyn Fn(u64) + Sync)) -> Result<Checked, BackupError> {
    let folder = Folder::of(folder);
    let mut findings = Vec::new();
    let manifest = match folder.whole_manifest() {
        Ok(manifest) => Some(manifest),
        Err(BackupError::NoManifest { why, .. }) => {
            let what = format!("{why}, so nothing tells how far this backup went");
            findings.push(Finding::damage("MANIFEST", None, what));
            None
        }
        Err(error) => return Err(error),
    };
    let mut files = folder.files()?;
    let wanted: Vec<Wanted> = match &manifest {
        Some(manifest) => manifest.bundles.iter().map(wanted).collect(),
        None => files.iter().map(|file| Wanted { file: file.clone(), sealed: None }).collect(),
    };
    let seen = see_all(&folder, &wanted, progress);
    for one in &wanted {
        files.remove(&one.file);
    }
    let (events, bytes) = seen
        .iter()
        .flatten()
        .fold((0, 0), |(events, bytes), one| (events + one.behind.leaves() - one.before.leaves(), bytes + one.bytes));
    let mut chains = Chains { trees: BTreeMap::new(), broken: BTreeMap::new(), findings };
    let mut in_order: Vec<_> = wanted.into_iter().zip(seen).collect();
    in_order.sort_by_key(|(wanted, seen)| place(wanted, seen.as_ref().ok()));
    in_order.into_iter().for_each(|(wanted, seen)| chains.take(wanted, seen));
    if let Some(manifest) = &manifest {
        manifest.organizations.iter().for_each(|(&number, held)| chains.end(OrganizationNumber(number), held));
    }
    let trusted = chains.trees.iter().map(|(&organization, tree)| (organization, tree.position())).collect();
    let Chains { mut findings, .. } = chains;
    findings.extend(keys(&folder, manifest.as_ref()));
    findings.extend(signing(folder.path(), manifest.as_ref()));
    findings.extend(manifest.iter().flat_map(|manifest| heads::check(folder.path(), manifest)));
    let damage = DamageReport { findings, trusted };
    Ok(Checked { damage, manifest, events, bytes, left_over: files.len() })
}

fn wanted(sealed: &Sealed) -> Wanted {
    Wanted { file: sealed.file.clone(), sealed: Some(sealed.clone()) }
}

fn place(wanted: &Wanted, seen: Option<&Seen>) -> (u32, Position) {
    match (&wanted.sealed, seen) {
        (Some(sealed), _) => (sealed.organization, sealed.first),
        (None, Some(seen)) => (seen.organization.0, seen.before.position().next()),
        (None, None) => (u32::MAX, Position::ZERO),
    }
}

/// All bundles, on as many threads as there are processors.
fn see_all(folder: &Folder, wanted: &[Wanted], progress: &(dyn Fn(u64) + Sync)) -> Vec<Result<Seen, Damage>> {
    let (next, seen) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = wanted.get(at) else { return };
            let found = see(folder, one);
            progress(found.as_ref().map_or(0, |seen| seen.behind.leaves() - seen.before.leaves()));
            seen.lock().unwrap_or_else(PoisonError::into_inner).insert(at, found);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(wanted.len());
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    seen.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

fn see(folder: &Folder, wanted: &Wanted) -> Result<Seen, Damage> {
    let bundle = Bundle::read(&folder.bundle(&wanted.file))?;
    bundle.verify()?;
    let Bundle { organization, ref before, ref behind, sum, .. } = bundle;
    let (before, behind, bytes) = (before.clone(), behind.clone(), bundle.bytes());
    Ok(Seen { organization, before, behind, bytes, sum })
}

/// The bundles of each organization, one behind the other.
struct Chains {
    /// Up to where all is whole.
    trees: BTreeMap<OrganizationNumber, Frontier>,
    /// The first position that is not, of organizations that have one.
    broken: BTreeMap<OrganizationNumber, Position>,
    findings: Vec<Finding>,
}

impl Chains {
    fn take(&mut self, wanted: Wanted, seen: Result<Seen, Damage>) {
        let place = format!("bundles/{}", wanted.file);
        let said = wanted.sealed.as_ref().map(|sealed| (OrganizationNumber(sealed.organization), sealed.first));
        let seen = seen.and_then(|seen| if is_said(&wanted, &seen) { Ok(seen) } else { Err(Damage::Other) });
        let (organization, first) = match (&seen, said) {
            (_, Some(said)) => said,
            (Ok(seen), None) => (seen.organization, seen.before.position().next()),
            // Without a manifest, what a run left that was stopped cannot be told from what is damaged.
            (Err(damage), None) => return self.findings.push(Finding::damage(&place, None, damage.to_string())),
        };
        let joined = seen.and_then(|seen| match self.trees.entry(organization).or_default() {
            tree if *tree == seen.before && !self.broken.contains_key(&organization) => {
                *tree = seen.behind;
                Ok(())
            }
            _ => Err(Damage::NotNext),
        });
        match joined {
            Ok(()) => {}
            // Behind one that is damaged, none is next, which is nothing new.
            Err(Damage::NotNext) if self.broken.contains_key(&organization) => {}
            Err(damage) => {
                self.broken.entry(organization).or_insert(first);
                self.findings.push(Finding::damage(&place, Some((organization, first)), damage.to_string()));
            }
        }
    }

    /// Compares with where the manifest says that an organization ends.
    fn end(&mut self, organization: OrganizationNumber, held: &OrganizationBackup) {
        let tree = self.trees.entry(organization).or_default();
        if self.broken.contains_key(&organization) || Some(&*tree) == held.frontier().as_ref() {
            return;
        }
        let what =
            format!("it tells of events up to position {}, and the bundles do not have its root there", held.position);
        let since = tree.position().next();
        self.findings.push(Finding::damage("MANIFEST", Some((organization, since)), what));
    }
}

fn is_said(wanted: &Wanted, seen: &Seen) -> bool {
    wanted.sealed.as_ref().is_none_or(|sealed| {
        sealed.sha256 == seen.sum
            && sealed.organization == seen.organization.0
            && sealed.first == seen.before.position().next()
            && sealed.last == seen.behind.position()
            && sealed.bytes == seen.bytes
            && sealed.root.0 == seen.behind.root()
    })
}

fn keys(folder: &Folder, manifest: Option<&Manifest>) -> Option<Finding> {
    let wanted = manifest.map_or(1, |manifest| manifest.keys);
    let what = match KeyCopy::read(&folder.keys()) {
        Ok(keys) if keys.count() < wanted => format!("{} keys are there, where {wanted} must be", keys.count()),
        Ok(keys) if manifest.is_some_and(|manifest| manifest.store != Hex(keys.store_id())) => {
            "they are those of another store".to_owned()
        }
        Ok(_) => return None,
        Err(StoreError::Corruption(why)) => why,
        Err(error) => error.to_string(),
    };
    Some(Finding::damage("KEYS", None, what))
}

/// Heads are only kept with what signed them.
fn signing(backup: &Path, manifest: Option<&Manifest>) -> Option<Finding> {
    let what = match signing::kept(backup) {
        Ok(None) if heads::are_kept(backup, manifest) => "it is missing".to_owned(),
        Ok(_) => return None,
        Err(error) => error.to_string(),
    };
    Some(Finding::damage(signing::SIGNING, None, what))
}
