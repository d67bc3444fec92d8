//! Backups: taking them beside a running writer, verifying them alone, restoring them, and healing a store from one.
//!
//! ```text
//! BACKUP/MANIFEST                  what there is, up to which position of each organization, with roots; replaced whole
//! BACKUP/bundles/1-...-....bundle  events 1 to N of organization 1, in rows, sealed; about 64 MiB at most
//! BACKUP/KEYS                      the keys as they are now: rewritten by every run, so that no erased one stays
//! BACKUP/SIGNING                   what tree heads are signed with, so that a restored store is still the same one
//! BACKUP/heads/NAME-N.note         signed tree heads where runs ended, and in NAME.keys what verifies them
//! BACKUP/LOCK                      locked while a run writes
//! ```
//! Whoever has a manifest that is whole knows of every byte of every bundle what it must be, and of every event that it is
//! a leaf of the tree whose root the manifest names. Without one, bundles still prove themselves and each other.
//!
//! INVARIANT: no bundle is changed once it is in the manifest; a run that is stopped at any moment leaves a backup that
//! restores, and goes on where it stopped. Keys lie apart: what was erased is not brought back by events.
//! Absent on purpose: rows and journals (`crate::store`), views (they are made from the log), where backups are kept.
//! Read on in [`manifest`], `bundle` (the bytes), `write` (taking one), `check` (verifying one), `build` (a store from
//! sources), `restore`, `heal`.

mod build;
mod bundle;
mod check;
mod folder;
mod heads;
mod heal;
pub mod manifest;
mod restore;
mod sealing;
mod source;
mod write;

pub use bundle::Damage;
pub use check::{Checked, check};
pub use heads::{are_behind as heads_are_behind, keep as keep_heads};
pub use heal::{Healed, Loss, Mending, heal};
pub use restore::{Restored, Until, restore};
pub use write::{Written, write};

use crate::engine::OpenError;
use crate::integrity::signing::{SigningError, SigningKeys};
use crate::proof::heads::HeadError;
use crate::seams::{OrganizationNumber, StoreError};
use caseward_events::{OrganizationName, Position};
use manifest::Sealed;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

const SIGNING: &str = "SIGNING";

/// Keeps what the store signs tree heads with, in the place of an older copy.
///
/// # Errors
/// The disk.
pub fn keep_signing(backup: &Path, keys: &SigningKeys) -> Result<(), BackupError> {
    Ok(keys.copy_to(&backup.join(SIGNING))?)
}

/// What a backup has of it; nothing, where an earlier release made it.
fn kept_signing(backup: &Path) -> Result<Option<SigningKeys>, BackupError> {
    let path = backup.join(SIGNING);
    Ok(path.exists().then(|| SigningKeys::open(&path)).transpose()?)
}

/// How far an organization was and is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// Which.
    pub organization: OrganizationNumber,
    /// Its name; the register has none.
    pub name: Option<OrganizationName>,
    /// The last position before.
    pub from: Position,
    /// The last position now.
    pub to: Position,
}

/// Why a backup was not taken, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The store.
    #[error(transparent)]
    Store(StoreError),
    /// The disk of the backup.
    #[error("cannot {doing}")]
    Fault {
        /// What was tried.
        doing: String,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// A thread could not be started, or ended before its time.
    #[error("cannot go on")]
    Thread(#[source] io::Error),
    /// What tree heads are signed with.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A tree head.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// There is something else, or nothing.
    #[error("`{}` is not a backup: {why}", .path.display())]
    NotABackup {
        /// Where.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// A later release wrote it.
    #[error("`{}` is a backup of format {found}; this release reads up to {known}", .path.display())]
    NewerFormat {
        /// Where.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest that this release knows.
        known: u32,
    },
    /// Bundles are there, and the manifest is not as it was written.
    #[error("the `MANIFEST` of the backup `{}` cannot be used: {why}", .path.display())]
    NoManifest {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A bundle that the manifest tells of is not there, or has another length.
    #[error("the backup `{}` lacks the bundle `{bundle}`, whole", .path.display())]
    Incomplete {
        /// Where.
        path: PathBuf,
        /// Which.
        bundle: String,
    },
    /// A bundle is not as it was written.
    #[error("bundle `{bundle}`: {damage}; organization {organization} from position {since} on")]
    Damaged {
        /// Which.
        bundle: String,
        /// Whose events.
        organization: OrganizationNumber,
        /// The position of its first event.
        since: Position,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The store ends before the backup.
    #[error(
        "organization {organization} of the store ends at position {head}, and the backup `{}` holds it up to {held}: \
         the store is another one, or an older copy",
        .backup.display()
    )]
    Behind {
        /// Whose events.
        organization: OrganizationNumber,
        /// Where the store ends.
        head: Position,
        /// Where the backup ends.
        held: Position,
        /// The backup.
        backup: PathBuf,
    },
    /// The backup ends with another event than the store has there.
    #[error(
        "the backup `{}` is of another log: event {at} of organization {organization} is another one in the store",
        .backup.display()
    )]
    OtherLog {
        /// Whose events.
        organization: OrganizationNumber,
        /// Where they differ.
        at: Position,
        /// The backup.
        backup: PathBuf,
    },
    /// The store has another key of its own than the one that the backup was begun with.
    #[error("the backup `{}` has the keys of another store", .0.display())]
    OtherKeys(PathBuf),
    /// What was read does not have the root that the store promised.
    #[error(
        "what was read of organization {organization} behind position {from} up to {to} is not what the store promised: \
         it has another root"
    )]
    OtherRoot {
        /// Whose events.
        organization: OrganizationNumber,
        /// The last position that the backup keeps.
        from: Position,
        /// Where the roots differ.
        to: Position,
    },
    /// An event of the store or a bundle makes no sense to this release.
    #[error("event {at} of organization {organization} cannot be read: {why}")]
    Unread {
        /// Whose.
        organization: OrganizationNumber,
        /// Where.
        at: Position,
        /// Why.
        why: String,
    },
    /// The directory to restore into holds something.
    #[error("`{}` is not empty: it holds `{there}`", .path.display())]
    NotEmpty {
        /// Where.
        path: PathBuf,
        /// What it holds.
        there: String,
    },
    /// The directory holds the beginning of something else.
    #[error("`{}` holds the beginning of a restore of another backup, or up to another place", .0.display())]
    OtherRestore(PathBuf),
    /// What was restored is not what was asked for.
    #[error(
        "what was restored of organization {organization} up to position {at} does not have the root of the backup"
    )]
    NotRestored {
        /// Whose events.
        organization: OrganizationNumber,
        /// How far they go.
        at: Position,
    },
    /// What was restored is what was backed up, and no engine can serve it.
    #[error("what was restored cannot be served")]
    NotServed(#[source] Box<OpenError>),
    /// The backup knows of no such organization.
    #[error("the backup has no organization `{0}`")]
    NoOrganization(OrganizationName),
    /// The backup does not go that far.
    #[error("the backup of `{name}` ends at position {end}, before {at}")]
    Above {
        /// Which organization.
        name: OrganizationName,
        /// Where it was to end.
        at: Position,
        /// Where it ends.
        end: Position,
    },
    /// Something was promised that neither the store nor the backup has.
    #[error("the store and the backup together do not have everything that was promised{}", lost_words(.lost, .keys))]
    Lost {
        /// Organizations that lose events.
        lost: Vec<Mending>,
        /// Keys that neither has.
        keys: Vec<usize>,
    },
    /// Events of the register are in neither, so it is not known which organizations there are.
    #[error("which organizations there are is lost: neither the store nor the backup has the whole register")]
    LostRegister,
    /// The store said that there is an event, and gave none.
    #[error("event {at} of organization {organization} is not in the store")]
    Gone {
        /// Whose.
        organization: OrganizationNumber,
        /// Where.
        at: Position,
    },
}

impl BackupError {
    fn unread(organization: OrganizationNumber, at: Position, why: &dyn fmt::Display) -> BackupError {
        BackupError::Unread { organization, at, why: why.to_string() }
    }

    fn damaged(bundle: &Sealed, damage: Damage) -> BackupError {
        let (organization, since) = (OrganizationNumber(bundle.organization), bundle.first);
        BackupError::Damaged { bundle: bundle.file.clone(), organization, since, damage }
    }
}

fn lost_words(lost: &[Mending], keys: &[usize]) -> String {
    let mut words = String::new();
    for one in lost {
        let since = one.lost().unwrap_or_default();
        words.push_str(&format!("; organization {}: positions {since} to {} are lost", one.organization, one.promised));
    }
    if let Some(first) = keys.first() {
        words.push_str(&format!("; {} keys, the first of them {first}, are lost", keys.len()));
    }
    words
}

fn fault(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let doing = format!("{verb} `{}`", path.display());
    move |source| BackupError::Fault { doing, source }
}
