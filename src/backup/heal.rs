//! Healing a damaged store: what it still holds, with what is missing or spoiled taken from a backup.
//!
//! First a plan is made, and nothing is written: the store and the backup must have the same root where both have events;
//! behind the last that the store vouches for come those of the backup, and behind these again those of the store, as far
//! as rows go on from each other and every note agrees. Then all of it goes into a new store inside the data directory,
//! which takes the place of the damaged one once it is proven. The damaged one is kept.
//!
//! INVARIANT: what the store holds and can be shown to belong is kept, also behind the backup. Nothing is given up that a
//! note tells of, unless it is accepted. Killed at any moment, either store is whole in one place, and the next run goes on.
//! Absent on purpose: mending files in place, as the next fault would find nothing to go back to.

use super::build::{Building, Group, Signing};
use super::error::{BackupError, fault};
use super::mending::Mending;
use super::restore::fill;
use super::signing;
use super::source::Source;
use crate::engine::Progress;
use crate::integrity::damage_report::DamageReport;
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, TreeHead, TreeHeads};
use crate::store::keys::{KeyCopy, Mended};
use crate::store::{FjallStore, Salvage, replace_store};
use caseward_events::Position;
use std::fs;
use std::path::{Path, PathBuf};

/// What to do about events that were promised and are in neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Tell, and change nothing.
    Refused,
    /// Go on without them.
    Accepted,
}

/// What was healed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Healed {
    /// What was wrong; without findings, nothing was.
    pub damage: DamageReport,
    /// Of each organization, what came from where.
    pub mended: Vec<Mending>,
    /// How many keys came from the backup.
    pub keys_taken: usize,
    /// Keys that neither has: what was sealed under them cannot be read.
    pub keys_lost: Vec<usize>,
    /// Whether what tree heads are signed with came from the backup.
    pub signing_taken: bool,
    /// Where the damaged store lies now; `None` where nothing was wrong.
    pub kept: Option<PathBuf>,
}

/// Heals the store at `path` with what the backup has.
///
/// # Errors
/// There is no store or no backup; the backup is of another one, or is damaged where it is needed; something is lost, and
/// that was not accepted. The store is as it was then.
pub async fn heal(
    path: &Path,
    backup: &Path,
    loss: Loss,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Healed, BackupError> {
    if let Some(kept) = replace_store::resume(path)? {
        let (mended, keys_lost) = (Vec::new(), Vec::new());
        let (damage, kept) = (DamageReport::default(), Some(kept));
        return Ok(Healed { damage, mended, keys_taken: 0, keys_lost, signing_taken: false, kept });
    }
    let source = Source::open(backup)?;
    let salvage = Salvage::open(path)?;
    let damage = salvage.damage().clone();
    if damage.findings.is_empty() {
        let signing_taken = signing_taken(path, (&salvage, &source))?;
        let (mended, keys_lost) = (Vec::new(), Vec::new());
        return Ok(Healed { damage, mended, keys_taken: 0, keys_lost, signing_taken, kept: None });
    }
    let Mended { keys, taken, lost } = salvage.keys(Some(&source.keys()?))?;
    if keys.store_id() != source.manifest.store.0 {
        return Err(BackupError::OtherKeys(source.path().to_owned()));
    }
    let mut organizations = salvage.organizations();
    organizations.extend(source.organizations());
    let plan = |organization| Plan { salvage: &salvage, source: &source, organization }.made();
    let mended = organizations.into_iter().map(plan).collect::<Result<Vec<_>, _>>()?;
    let loses = |one: &Mending| one.lost().is_some();
    if mended.iter().any(|one| loses(one) && one.organization == OrganizationNumber::REGISTER) {
        return Err(BackupError::LostRegister);
    }
    if loss == Loss::Refused && (mended.iter().any(loses) || !lost.is_empty()) {
        let events = mended.into_iter().filter(loses).collect();
        return Err(BackupError::Lost { lost: events, keys: lost });
    }
    let signing_taken = build(path, (&salvage, &source), &mended, &keys, progress).await?;
    let kept = Some(replace_store::replace(path)?);
    Ok(Healed { damage, mended, keys_taken: taken, keys_lost: lost, signing_taken, kept })
}

/// Of a store that has all else: what it signs with comes from the backup, where it is lost or spoiled. Whether it did.
fn signing_taken(path: &Path, (salvage, source): (&Salvage, &Source)) -> Result<bool, BackupError> {
    let Err(lost) = FjallStore::signing_at(path) else { return Ok(false) };
    if salvage.keys(Some(&source.keys()?))?.keys.store_id() != source.manifest.store.0 {
        return Err(BackupError::OtherKeys(source.path().to_owned()));
    }
    let kept = signing::kept(source.path())?.ok_or(lost)?;
    kept.copy_to(&path.join(signing::SIGNING))?;
    Ok(true)
}

/// Makes the new store, or goes on with one of the same plan. Whether what it signs with is that of the backup.
async fn build(
    path: &Path,
    (salvage, source): (&Salvage, &Source),
    mended: &[Mending],
    keys: &KeyCopy,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<bool, BackupError> {
    let place = replace_store::place(path);
    let lines = mended.iter().map(|one| {
        let root = super::hex::Hex(one.root);
        format!("organization {}: {one}; {root}\n", one.organization)
    });
    let made_of = format!("caseward heal\n{}", lines.collect::<String>());
    let building = match Building::begin(&place, &made_of).await {
        Err(BackupError::OtherRestore(_) | BackupError::NotEmpty { .. }) => {
            // Of an earlier run, with another plan. All that it is made of is still where it came from.
            fs::remove_dir_all(&place).map_err(fault("remove", &place))?;
            Building::begin(&place, &made_of).await?
        }
        begun => begun?,
    };
    let mut wanted = TreeHeads::new();
    for one in mended {
        let Mending { organization, own, taken, beyond, root, .. } = *one;
        let from = building.head(organization).await?;
        keep(&building, salvage, organization, (from, own), progress).await?;
        fill(&building, source, organization, (from.max(own), taken), progress).await?;
        keep(&building, salvage, organization, (from.max(taken), beyond), progress).await?;
        wanted.insert(organization, TreeHead { position: beyond, root });
    }
    // Its own, where that can be read: the backup may be older than the last key.
    let own = FjallStore::signing_at(path);
    let (signing, is_taken) = match (own, signing::kept(source.path())?) {
        (Ok(Some(own)), _) => (Signing::Kept(own), false),
        (_, Some(kept)) => (Signing::Kept(kept), true),
        (Ok(None), None) => (Signing::Anew, false),
        (Err(_), None) => (Signing::Lost, false),
    };
    building.end(&wanted, keys, signing, progress).await?;
    Ok(is_taken)
}

/// Writes what the store holds behind one position and up to another.
async fn keep(
    building: &Building,
    salvage: &Salvage,
    organization: OrganizationNumber,
    (from, upto): (Position, Position),
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), BackupError> {
    let mut next = from.next();
    let mut group = Group::behind(organization, from);
    while next <= upto {
        let begun = next;
        salvage.walk(organization, begun, &mut |position, event| {
            group.push(event);
            next = position.next();
            !group.is_full() && position < upto
        })?;
        if next == begun {
            return Err(BackupError::Gone { organization, at: next });
        }
        building.add(&mut group).await?;
        progress(Progress { organization, done: Position(next.0 - 1), head: upto });
    }
    Ok(())
}

/// One organization, before anything is written.
struct Plan<'a> {
    salvage: &'a Salvage,
    source: &'a Source,
    organization: OrganizationNumber,
}

impl Plan<'_> {
    fn made(self) -> Result<Mending, BackupError> {
        let Plan { salvage, source, organization } = self;
        let (own, backup) = (salvage.trusted(organization), source.head(organization));
        let promised = salvage.promised(organization);
        let tree = self.joined(own, backup.position)?;
        let taken = tree.position();
        self.holds(&promised, (own, taken))?;
        let tree = if taken > own { self.beyond(tree, &promised, own)? } else { tree };
        let furthest = promised.iter().map(|head| head.position).max().unwrap_or_default();
        Ok(Mending {
            organization,
            name: source.name(organization),
            own,
            taken,
            beyond: tree.position(),
            promised: furthest,
            noted: salvage.is_noted(organization),
            root: tree.root(),
        })
    }

    /// The tree up to the end of the store's own events, or of the backup's, where these go further. Where both have
    /// events, they must be the same.
    fn joined(&self, own: Position, backup: Position) -> Result<Frontier, BackupError> {
        let Plan { salvage, source, organization } = *self;
        let common = own.min(backup);
        let (mut tree, mut at_common) = (Frontier::default(), Frontier::default());
        salvage.walk(organization, Position::ZERO.next(), &mut |position, event| {
            let takes = position <= own;
            if takes {
                tree.add_leaves([event]);
            }
            if position == common {
                at_common = tree.clone();
            }
            takes
        })?;
        if tree.position() != own {
            return Err(BackupError::Gone { organization, at: tree.position().next() });
        }
        if at_common != source.frontier(organization, common)? {
            let backup = source.path().to_owned();
            return Err(BackupError::OtherLog { organization, at: common, backup });
        }
        if backup > own { source.frontier(organization, backup) } else { Ok(tree) }
    }

    /// What the store promised of positions that the backup fills must be what the backup has.
    fn holds(&self, promised: &[TreeHead], (own, taken): (Position, Position)) -> Result<(), BackupError> {
        let organization = self.organization;
        for head in promised.iter().filter(|head| own < head.position && head.position <= taken) {
            if self.source.frontier(organization, head.position)?.root() != head.root {
                let backup = self.source.path().to_owned();
                return Err(BackupError::OtherLog { organization, at: head.position, backup });
            }
        }
        Ok(())
    }

    /// Goes on with what the store holds behind the backup, where no note says that it is something else.
    fn beyond(&self, joined: Frontier, promised: &[TreeHead], own: Position) -> Result<Frontier, BackupError> {
        let (mut tree, mut agrees) = (joined.clone(), true);
        self.salvage.walk(self.organization, joined.position().next(), &mut |_, event| {
            tree.add_leaves([event]);
            let mut here = promised.iter().filter(|head| head.position == tree.position());
            agrees = here.all(|head| head.root == tree.root());
            agrees
        })?;
        if !agrees && own == Position::ZERO {
            // Nothing has shown that the backup is of this log, and this shows that it is not.
            let (organization, backup) = (self.organization, self.source.path().to_owned());
            return Err(BackupError::OtherLog { organization, at: joined.position(), backup });
        }
        Ok(if agrees { tree } else { joined })
    }
}
