//! What going through a store comes to, and going through one that is open and serves.
//!
//! The log is read again from its start, hashed, folded and held against every tree head that was kept; then views are held
//! against the fold: those that the next opening would load, or those that serve. INVARIANT: nothing is changed, and whoever
//! asks or sends commands meanwhile is answered. Absent on purpose: opening a store, and what is said to people.

use crate::engine::{Engine, RebuildError, SavedViews, ServedViews};
use crate::integrity::damage_report::{Extent, Finding};
use crate::integrity::signing::SigningKeys;
use crate::proof::audit::{Audit, Audited};
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::{FjallStore, Inspection, ReadsVerified, hexadecimal};
use caseward_events::answer::{ComparedViews, ReadsSeen, Trusted, VerifyAnswer};
use caseward_projections::{ViewDifference, Views};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where findings about views are said to be.
pub const VIEWS: &str = "views";
/// Where what is wrong with the keys of tree heads is said to be.
pub const SIGNING: &str = "SIGNING";
/// Differences of views that are told one by one.
const DIFFERENCES_SHOWN: usize = 10;

/// What going through a store came to.
#[derive(Debug)]
pub struct Seen {
    /// What is wrong, and what still holds.
    pub inspection: Inspection,
    /// What the log tells.
    pub audited: Audited,
    /// The store itself had nothing to find.
    pub store_is_whole: bool,
    /// What its views came to, by organization.
    pub views: BTreeMap<OrganizationNumber, SeenViews>,
}

/// What the views of an organization came to.
#[derive(Debug)]
pub enum SeenViews {
    /// Those that the next opening would load.
    Saved(SavedViews),
    /// Those that serve.
    Served(ServedViews),
}

/// What a fold of the log came to, by organization.
pub type Folded = BTreeMap<OrganizationNumber, Views>;

/// Goes through a store that is open, over which this engine serves. `kept` are files of tree heads that the log must bear
/// out; `progress` hears how many events were read.
///
/// # Errors
/// The log cannot be read.
pub async fn beside(
    store: &FjallStore,
    engine: &Engine,
    kept: &[PathBuf],
    progress: &mut dyn FnMut(u64),
) -> Result<Seen, StoreError> {
    let (mut seen, folded) = read(store, kept, progress).await?;
    seen.compare_served(engine, folded, || true).await;
    Ok(seen)
}

/// The first half of it: reads the log, and holds it against what was kept of it. Whoever drops it has it end at once.
///
/// # Errors
/// The log cannot be read.
pub async fn read(
    store: &FjallStore,
    kept: &[PathBuf],
    progress: &mut dyn FnMut(u64),
) -> Result<(Seen, Folded), StoreError> {
    let keys = store.signing();
    let public = keys.as_ref().map(SigningKeys::public).unwrap_or_default();
    let mut audit = Audit::new(public, progress);
    kept.iter().for_each(|path| audit.hold_against(path));
    let mut inspection = store.inspect_live(&mut audit).await?;
    let store_is_whole = inspection.damage.findings.is_empty();
    let audited = audit.finish(&mut inspection.damage);
    if let Err(error) = keys {
        inspection.damage.findings.push(Finding::damage(SIGNING, None, error.to_string()));
    }
    let mut seen = Seen { inspection, audited, store_is_whole, views: BTreeMap::new() };
    let folded = std::mem::take(&mut seen.audited.folded);
    Ok((seen, folded))
}

impl Seen {
    /// The second half: holds the views that serve against the fold, one organization after the other while it is to go on.
    /// It has to be waited for: a comparison that has begun goes on to its end, and holds the store until then.
    pub async fn compare_served(&mut self, engine: &Engine, mut folded: Folded, goes_on: impl Fn() -> bool) {
        for organization in engine.organizations() {
            let Some(views) = folded.remove(&organization.number()).filter(|_| goes_on()) else { continue };
            let views = match organization.compare_served(views).await {
                Ok(served) => SeenViews::Served(served),
                Err(RebuildError::Stopped) => SeenViews::Saved(SavedViews::Unused("the engine has stopped".to_owned())),
                Err(why) => SeenViews::Saved(SavedViews::Unused(why.to_string())),
            };
            self.take(organization.number(), views);
        }
    }

    /// Takes what the views of an organization came to, with what is wrong with them.
    pub fn take(&mut self, organization: OrganizationNumber, views: SeenViews) {
        let (which, differences) = match &views {
            SeenViews::Saved(SavedViews::Compared { differences, .. }) => ("saved", differences.as_slice()),
            SeenViews::Served(served) => ("live", served.differences.as_slice()),
            SeenViews::Saved(SavedViews::None | SavedViews::Unused(_)) => ("", [].as_slice()),
        };
        let said = |one: &ViewDifference| {
            let ViewDifference { of, live, rebuilt, .. } = one;
            of_views(organization, format!("{of}: the {which} views have {live}, the log {rebuilt}"))
        };
        let findings = &mut self.inspection.damage.findings;
        findings.extend(differences.iter().take(DIFFERENCES_SHOWN).map(said));
        if let Some(more) = differences.len().checked_sub(DIFFERENCES_SHOWN).filter(|more| *more > 0) {
            findings.push(of_views(organization, format!("{more} more differences")));
        }
        self.views.insert(organization, views);
    }

    /// Whether its views are those that serve.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.views.values().any(|views| matches!(views, SeenViews::Served(_)))
    }

    /// In the form that programs read, with what the log of reads came to, where that was looked at.
    #[must_use]
    pub fn answer(&self, reads: Option<ReadsSeen>) -> VerifyAnswer {
        let damage = &self.inspection.damage;
        VerifyAnswer {
            events: self.audited.events,
            findings: damage.findings.iter().map(Finding::answer).collect(),
            heads: self.audited.heads,
            reads,
            trusted: damage.trusted_answer().into_iter().map(|one| self.named(one)).collect(),
            views: self.views.iter().map(|(organization, views)| views.answer(organization.0)).collect(),
            whole: damage.findings.is_empty(),
        }
    }

    fn named(&self, trusted: Trusted) -> Trusted {
        let name = self.audited.names.get(&OrganizationNumber(trusted.organization)).cloned();
        Trusted { name, ..trusted }
    }
}

/// What a log of reads came to, in the form that programs read; none where no read was ever kept.
#[must_use]
pub fn reads_seen(reads: &Result<Option<ReadsVerified>, StoreError>) -> Option<ReadsSeen> {
    match reads {
        Ok(None) => None,
        Ok(Some(seen)) => {
            let (entries, root) = (Some(seen.entries), Some(hexadecimal(&seen.head.root)));
            Some(ReadsSeen { damage: None, entries, root, size: Some(seen.head.size) })
        }
        Err(why) => Some(ReadsSeen { damage: Some(why.to_string()), entries: None, root: None, size: None }),
    }
}

fn of_views(organization: OrganizationNumber, what: String) -> Finding {
    let (place, organization) = (VIEWS.to_owned(), Some(organization));
    Finding { extent: Extent::Damage, organization, since: None, place, what }
}

impl SeenViews {
    fn answer(&self, organization: u32) -> ComparedViews {
        let nothing = ComparedViews {
            differences: None,
            not_compared: None,
            organization,
            rows: None,
            saved: None,
            served: None,
        };
        match self {
            SeenViews::Saved(SavedViews::None) => nothing,
            SeenViews::Saved(SavedViews::Unused(why)) => ComparedViews { not_compared: Some(why.clone()), ..nothing },
            SeenViews::Saved(SavedViews::Compared { saved, rows, differences }) => {
                let (differences, rows) = (Some(differences.len()), Some(*rows));
                ComparedViews { differences, rows, saved: Some(*saved), ..nothing }
            }
            SeenViews::Served(ServedViews { position, rows, differences }) => {
                let (differences, rows) = (Some(differences.len()), Some(*rows));
                ComparedViews { differences, rows, served: Some(*position), ..nothing }
            }
        }
    }
}

/// What was compared, of an organization that is called so; nothing where nothing is saved.
#[must_use]
pub fn words(views: &ComparedViews, name: &str) -> Option<String> {
    let ComparedViews { differences, not_compared, rows, saved, served, .. } = views;
    if let Some(why) = not_compared {
        return Some(format!("the saved views of {name} were not compared: {why}"));
    }
    let (which, at) = match (served, saved) {
        (Some(position), _) => ("live", format!("at position {position}")),
        (None, Some(position)) => ("saved", format!("up to position {position}")),
        (None, None) => return None,
    };
    Some(match (differences, rows) {
        (Some(0), Some(rows)) => {
            format!("the {which} views of {name}, {at}, are what the log folds to: {rows} rows and all command ids")
        }
        _ => format!("the {which} views of {name}, {at}, are not what the log folds to"),
    })
}
