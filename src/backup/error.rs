//! Why a backup was not taken, read or used.
//!
//! INVARIANT: every fault of this room is told here, with the facts that its text needs; what to do about it the command line
//! says.

use super::bundle::Damage;
use super::mending::Mending;
use crate::engine::OpenError;
use crate::integrity::signing::SigningError;
use crate::proof::heads::HeadError;
use crate::seams::{OrganizationNumber, StoreError};
use caseward_events::{OrganizationName, Position};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

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
    #[error("cannot continue")]
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
    #[error("the backup `{}` has no intact bundle `{bundle}`", .path.display())]
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
        "the backup `{}` belongs to another log: event {at} of organization {organization} differs from the one in the store",
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
    #[error("`{}` holds an unfinished restore of another backup, or up to another position", .0.display())]
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
    #[error("the restored store cannot be served")]
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
    #[error("the register of organizations is lost: neither the store nor the backup has all of it")]
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
    pub(super) fn unread(organization: OrganizationNumber, at: Position, why: &dyn fmt::Display) -> BackupError {
        BackupError::Unread { organization, at, why: why.to_string() }
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

pub(super) fn fault(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let doing = format!("{verb} `{}`", path.display());
    move |source| BackupError::Fault { doing, source }
}
