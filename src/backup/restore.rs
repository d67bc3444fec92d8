//! A new store from a backup, whole or up to a position or an instant.
//!
//! INVARIANT: it ends at the end of a commit, and its roots are those of the backup. Of an organization that the register
//! did not tell of yet there is nothing. Absent on purpose: what goes into a store that is there (`heal`).

use super::build::{Building, Group, Signing};
use super::caught_up::CaughtUp;
use super::error::BackupError;
use super::signing;
use super::source::Source;
use crate::engine::Progress;
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, TreeHead, TreeHeads};
use caseward_events::{OrganizationName, Position, Timestamp};
use std::path::Path;

/// How much of a backup is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// All of it.
    End,
    /// Of this organization up to this position; of the others all.
    Position(OrganizationName, Position),
    /// Of all organizations what was recorded up to this instant.
    Instant(Timestamp),
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Of each organization, how far an earlier run had come, and how far it is.
    pub organizations: Vec<CaughtUp>,
    /// Events that this run wrote.
    pub events: u64,
    /// Whether the last run of the backup had come to its end.
    pub complete: bool,
}

/// Makes a store of a backup in an empty directory, or goes on with that.
///
/// # Errors
/// The backup is damaged, before anything of the damaged part is used; the directory holds something else; a fault.
pub async fn restore(
    backup: &Path,
    target: &Path,
    until: &Until,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, BackupError> {
    let source = Source::open(backup)?;
    let keys = source.keys()?;
    let signing = match signing::kept(backup)? {
        Some(kept) => Signing::Kept(kept),
        None if super::heads::are_kept(backup, Some(&source.manifest)) => Signing::Lost,
        None => Signing::Anew,
    };
    let wanted = cut(&source, until)?;
    let building = Building::begin(target, &made_of(&source, until)).await?;
    let mut organizations = Vec::new();
    for (&organization, &head) in &wanted {
        let from = building.head(organization).await?;
        fill(&building, &source, organization, (from, head.position), progress).await?;
        organizations.push(CaughtUp { organization, name: source.name(organization), from, to: head.position });
    }
    building.end(&wanted, &keys, signing, progress).await?;
    let events = organizations.iter().map(|one| one.to.0 - one.from.0).sum();
    Ok(Restored { organizations, events, complete: source.manifest.complete })
}

/// Writes what a backup has of an organization behind one position and up to another.
pub(super) async fn fill(
    building: &Building,
    source: &Source,
    organization: OrganizationNumber,
    (from, upto): (Position, Position),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), BackupError> {
    if from >= upto {
        return Ok(());
    }
    let mut group = Group::behind(organization, from);
    for bundle in source.bundles(organization, from, upto) {
        let bundle = bundle?;
        let mut next = bundle.first().max(from.next());
        let last = bundle.last().min(upto);
        while next <= last {
            let begun = next;
            bundle
                .slice(begun, |position, event| {
                    let takes = position <= last && !group.is_full();
                    if takes {
                        group.push(event);
                        next = position.next();
                    }
                    takes
                })
                .map_err(|damage| BackupError::Damaged {
                    bundle: format!("{organization}-{:010}", bundle.first().0),
                    organization,
                    since: bundle.first(),
                    damage,
                })?;
            if group.is_full() {
                building.add(&mut group).await?;
                progress(Progress { organization, done: Position(next.0 - 1), head: upto });
            }
        }
    }
    building.add(&mut group).await?;
    progress(Progress { organization, done: upto, head: upto });
    Ok(())
}

/// Says of a directory what is being restored there. A backup that has grown meanwhile is still the same.
fn made_of(source: &Source, until: &Until) -> String {
    let until = match until {
        Until::End => "its end".to_owned(),
        Until::Position(name, position) => format!("position {position} of {name}"),
        Until::Instant(instant) => instant.to_string(),
    };
    format!("caseward restore\nof the store {} up to {until}\n", source.manifest.store)
}

/// Where each organization ends, with the root there.
fn cut(source: &Source, until: &Until) -> Result<TreeHeads, BackupError> {
    let mut heads: TreeHeads = source.organizations().into_iter().map(|one| (one, source.head(one))).collect();
    match until {
        Until::End => {}
        Until::Position(name, position) => {
            let is_called = |one: &OrganizationNumber| source.name(*one).as_ref() == Some(name);
            let organization = heads.keys().copied().find(is_called);
            let organization = organization.ok_or_else(|| BackupError::NoOrganization(name.clone()))?;
            let end = source.head(organization).position;
            if *position > end {
                return Err(BackupError::Above { name: name.clone(), at: *position, end });
            }
            heads.insert(organization, ends(source, organization, *position)?);
        }
        Until::Instant(instant) => {
            let register = OrganizationNumber::REGISTER;
            let created = source.created(source.at_instant(register, *instant)?)?;
            heads.retain(|one, _| *one == register || created.contains_key(one));
            for (&organization, head) in &mut heads {
                *head = ends(source, organization, source.at_instant(organization, *instant)?)?;
            }
        }
    }
    Ok(heads)
}

fn ends(source: &Source, organization: OrganizationNumber, at: Position) -> Result<TreeHead, BackupError> {
    let position = source.end_of_commit(organization, at)?;
    let root = source.frontier(organization, position)?.root();
    Ok(TreeHead { position, root })
}
