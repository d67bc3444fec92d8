//! `MANIFEST`: what a backup holds, and how far.
//!
//! JSON, and behind it one line `sha256 HEX` over it, so that every byte of the file counts. INVARIANT: it is replaced by a
//! rename, and tells only of bundles that are synced. Absent on purpose: whether the bundles are what it says (`check`).

use super::bundle::Damage;
use super::error::{BackupError, fault};
pub use super::hex::Hex;
use crate::integrity::file;
use crate::integrity::tree::Frontier;
use crate::seams::OrganizationNumber;
use crate::seams::tree::{Root, Tree};
use caseward_events::{OrganizationName, Position, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

/// The format of backups that this release writes.
pub const FORMAT: u32 = 1;
const NAME: &str = "MANIFEST";
const SUM_KEY: &str = "sha256 ";

/// What a backup holds, as its file `MANIFEST` says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the backup.
    pub format: u32,
    /// What tells the store that it is of from every other one: a digest that only its `KEYS` give.
    pub store: Hex<8>,
    /// The first slots of `KEYS` that the events need, at least; those made ahead are counted, too.
    pub keys: usize,
    /// Whether the last run came to its end. What is there of one that did not is a whole beginning of each log.
    pub complete: bool,
    /// When the last run began.
    pub taken: Timestamp,
    /// Each organization by number, the register first.
    pub organizations: BTreeMap<u32, OrganizationBackup>,
    /// Those of one organization one behind the other.
    pub bundles: Vec<Sealed>,
    /// The files of tree heads in `heads`; those that an earlier release kept are not named.
    #[serde(default)]
    pub heads: BTreeSet<String>,
}

/// What a backup has of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationBackup {
    /// Its name; the register has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<OrganizationName>,
    /// The last position.
    pub position: Position,
    /// The root of the tree up to it.
    pub root: Hex<32>,
    /// The roots of the full subtrees that it is made of, largest first: what the next run goes on from.
    pub subtrees: Vec<Hex<32>>,
    /// The hash of the last event.
    pub leaf: Hex<32>,
    /// The last position at which the store's own tree had this root. Behind it lies what a run was stopped in.
    pub proven: Position,
}

/// One bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Its name in `bundles`.
    pub file: String,
    /// Whose events.
    pub organization: u32,
    /// The position of the first.
    pub first: Position,
    /// The position of the last.
    pub last: Position,
    /// The time of the last.
    pub until: Timestamp,
    /// The length of the file.
    pub bytes: u64,
    /// What the file ends in: SHA-256 over all bytes before.
    pub sha256: Hex<32>,
    /// Of the tree up to its last event.
    pub root: Hex<32>,
    /// The hash of its last event.
    pub leaf: Hex<32>,
}

impl Sealed {
    /// That it is not as it was written.
    pub(super) fn damaged(&self, damage: Damage) -> BackupError {
        let (organization, since) = (OrganizationNumber(self.organization), self.first);
        BackupError::Damaged { bundle: self.file.clone(), organization, since, damage }
    }
}

/// What lies in the place of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ManifestState {
    Whole(Box<Manifest>),
    /// Why it cannot be used.
    Damaged(String),
    Missing,
}

impl Manifest {
    /// Of a backup that holds nothing yet.
    pub(super) fn new(store: Hex<8>, taken: Timestamp) -> Manifest {
        let (organizations, bundles, heads) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Manifest { format: FORMAT, store, keys: 0, complete: false, taken, organizations, bundles, heads }
    }

    /// What the backup in a folder says that it holds.
    ///
    /// # Errors
    /// There is none, or what it says cannot be used.
    pub fn of(folder: &Path) -> Result<Manifest, BackupError> {
        match Manifest::find(folder)? {
            ManifestState::Whole(manifest) => Ok(*manifest),
            ManifestState::Damaged(why) => Err(BackupError::NoManifest { path: folder.to_owned(), why }),
            ManifestState::Missing => {
                Err(BackupError::NotABackup { path: folder.to_owned(), why: "it has no `MANIFEST`".to_owned() })
            }
        }
    }

    /// What lies in a backup.
    pub(super) fn find(folder: &Path) -> Result<ManifestState, BackupError> {
        let path = folder.join(NAME);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(ManifestState::Missing),
            Err(error) => Err(fault("read", &path)(error)),
            Ok(bytes) => parse(folder, &bytes),
        }
    }

    /// Puts it in the place of the one before, durably.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(NAME);
        let mut text = serde_json::to_string_pretty(self).expect("it is made of what JSON has");
        text.push('\n');
        let sum = sum(&text);
        file::replace(&path, format!("{text}{SUM_KEY}{sum}\n").as_bytes()).map_err(fault("write", &path))
    }

    /// The bundles of one organization, in order.
    pub(super) fn bundles_of(&self, organization: OrganizationNumber) -> impl Iterator<Item = &Sealed> {
        self.bundles.iter().filter(move |bundle| bundle.organization == organization.0)
    }

    /// Puts a bundle behind those of its organization.
    pub(super) fn take(&mut self, bundle: Sealed, frontier: &Frontier) {
        let held = self.organizations.entry(bundle.organization).or_default();
        held.position = frontier.position();
        held.root = Hex(frontier.root());
        held.subtrees = frontier.subtrees().iter().copied().map(Hex).collect();
        held.leaf = bundle.leaf;
        self.bundles.push(bundle);
    }
}

impl OrganizationBackup {
    /// What the next run goes on from; `None` where it does not belong together.
    pub(super) fn frontier(&self) -> Option<Frontier> {
        let subtrees: Vec<Root> = self.subtrees.iter().map(|hex| hex.0).collect();
        let frontier = Frontier::from_parts(self.position.0, subtrees)?;
        (self.position == Position::ZERO || frontier.root() == self.root.0).then_some(frontier)
    }
}

fn sum(text: &str) -> Hex<32> {
    Hex(Sha256::digest(text).into())
}

fn parse(folder: &Path, bytes: &[u8]) -> Result<ManifestState, BackupError> {
    let damaged = |why: &str| Ok(ManifestState::Damaged(why.to_owned()));
    let Ok(whole) = std::str::from_utf8(bytes) else { return damaged("it is no text") };
    let Some((text, said)) = whole.rfind(SUM_KEY).map(|at| whole.split_at(at)) else {
        return damaged("it is cut short");
    };
    if said != format!("{SUM_KEY}{}\n", sum(text)) {
        return damaged("it is not as it was written");
    }
    match serde_json::from_str::<Format>(text).map(|said| said.format) {
        Ok(FORMAT) => {}
        Ok(found) => {
            return Err(BackupError::NewerFormat { path: folder.to_owned(), found, known: FORMAT });
        }
        Err(why) => return damaged(&why.to_string()),
    }
    let manifest: Manifest = match serde_json::from_str(text) {
        Ok(manifest) => manifest,
        Err(why) => return damaged(&why.to_string()),
    };
    let mut names = manifest.bundles.iter().map(|bundle| &bundle.file).chain(&manifest.heads);
    if let Some(name) = names.find(|name| !is_file_name(name)) {
        return damaged(&format!("`{}` is no name of a file in it", name.escape_debug()));
    }
    match manifest.organizations.values().all(|held| held.frontier().is_some()) {
        true => Ok(ManifestState::Whole(Box::new(manifest))),
        false => damaged("a root and the subtrees that it is made of do not agree"),
    }
}

/// Whether it names a file in the folder it is looked for in, and nothing elsewhere.
fn is_file_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let is_one = matches!(parts.next(), Some(Component::Normal(part)) if part == name) && parts.next().is_none();
    is_one && !name.contains(['/', '\\'])
}

/// As much as every format has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_every_flipped_bit_and_every_cut_is_seen() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        assert_eq!(Manifest::find(folder.path()).expect("it can be looked for"), ManifestState::Missing);
        let mut manifest = Manifest::new(Hex([7; 8]), Timestamp::from_micros(5));
        let mut frontier = Frontier::default();
        frontier.add_leaves([b"one".as_slice(), b"two", b"three"]);
        let (organization, file) = (1, "1-1-3.bundle".to_owned());
        let (first, last, until) = (Position(1), Position(3), Timestamp::from_micros(4));
        let (sha256, root, leaf) = (Hex([1; 32]), Hex(frontier.root()), Hex([3; 32]));
        let bundle = Sealed { file, organization, first, last, until, bytes: 9, sha256, root, leaf };
        manifest.take(bundle, &frontier);
        manifest.write(folder.path()).expect("there is room");
        let found = Manifest::find(folder.path()).expect("it can be read");
        assert_eq!(found, ManifestState::Whole(Box::new(manifest.clone())));
        assert_eq!(manifest.organizations[&1].frontier(), Some(frontier));
        let bytes = fs::read(folder.path().join(NAME)).expect("it is there");
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            for bit in 0..8 {
                flipped[at] = bytes[at] ^ 1 << bit;
                let found = parse(folder.path(), &flipped).expect("it tells");
                assert!(matches!(found, ManifestState::Damaged(_)), "bit {bit} of byte {at}");
            }
            let cut = parse(folder.path(), &bytes[..at]).expect("it tells");
            assert!(matches!(cut, ManifestState::Damaged(_)), "cut to {at}");
        }
    }

    #[test]
    fn names_that_lead_out_of_the_backup_are_damage() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        for name in ["../../secret", "/etc/passwd", "..", ".", "", "bundles/one", "a\\b", "one/"] {
            let mut manifest = Manifest::new(Hex([7; 8]), Timestamp::from_micros(5));
            manifest.heads.insert(name.to_owned());
            manifest.write(folder.path()).expect("there is room");
            let found = Manifest::find(folder.path()).expect("it can be read");
            assert!(matches!(found, ManifestState::Damaged(why) if why.contains("no name of a file")), "{name}");
        }
    }
}
