//! What lies beside the database and tells whether it is whole: the note of the head, the anchor, the journals.
//!
//! INVARIANT: it is gathered before the database opens, and only read. Absent on purpose: what the database holds
//! (`check` compares the two).

use super::anchor::{self, Frontiers};
use crate::integrity::damage_report::{Extent, Finding};
use crate::integrity::head_note::{self, HeadNotes};
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::folder::{Folder, fault};
use crate::store::journal::{self, End, Journal, Reach};
use caseward_events::Position;
use std::io;

/// The files beside the database that tell whether it is complete.
#[derive(Debug)]
pub(in crate::store) struct Evidence {
    pub(in crate::store) notes: HeadNotes,
    /// Empty where there is none.
    pub(in crate::store) anchor: Frontiers,
    pub(in crate::store) journals: Vec<Journal>,
}

impl Evidence {
    pub(in crate::store) fn gather(folder: &Folder) -> Result<Self, StoreError> {
        let notes = head_note::read(&folder.head_note()).map_err(fault("read", &folder.head_note()))?;
        let anchor = anchor::read(&folder.anchor()).map_err(fault("read", &folder.anchor()))?.unwrap_or_default();
        let journals = match journal::scan(&folder.log()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            journals => journals.map_err(fault("read", &folder.log()))?,
        };
        Ok(Evidence { notes, anchor, journals })
    }

    /// The first journal that the database would not replay whole.
    pub(in crate::store) fn spoiled(&self) -> Option<&Journal> {
        self.journals.iter().find(|journal| journal.end != End::Clean)
    }

    /// Whether nothing but the end of the last journal is spoiled.
    pub(in crate::store) fn only_ends_badly(&self) -> bool {
        match (self.spoiled(), self.journals.last()) {
            (Some(spoiled), Some(last)) => spoiled.path == last.path && matches!(last.end, End::Cut | End::Wrong),
            _ => false,
        }
    }

    /// A write that was cut short, at the end of the last journal, all others whole.
    pub(in crate::store) fn cut_alone(&self) -> Option<&Journal> {
        self.journals.last().filter(|last| last.end == End::Cut && self.only_ends_badly())
    }

    /// The same, known to lie behind everything that was noted: that is how a crash looks.
    pub(in crate::store) fn cut_short(&self) -> Option<&Journal> {
        self.cut_alone().filter(|_| self.covers_every_note())
    }

    /// Whether it alone gives reason to doubt that the database holds everything.
    pub(in crate::store) fn is_suspect(&self) -> bool {
        self.spoiled().is_some() || !self.findings().is_empty() || !self.covers_every_note()
    }

    /// Whether every noted position lies in whole batches or, as the anchor says, in tables.
    fn covers_every_note(&self) -> bool {
        self.notes.notes.iter().all(|(organization, notes)| {
            let noted = notes.iter().map(|note| note.position.0).max().unwrap_or_default();
            let in_tables = self.anchor.get(organization).map_or(0, |frontier| frontier.leaves());
            noted <= in_tables.max(self.whole_reach(*organization))
        })
    }

    /// The last position of an organization in batches that the database replays.
    pub(in crate::store) fn whole_reach(&self, organization: OrganizationNumber) -> u64 {
        let until_spoiled = self.journals.iter().scan(false, |spoiled, journal| {
            let replayed = !*spoiled;
            *spoiled |= journal.end != End::Clean;
            replayed.then_some(journal)
        });
        let last = |journal: &Journal| journal.reach.get(&organization).map(|range| *range.end());
        until_spoiled.filter_map(last).max().unwrap_or_default()
    }

    /// What is wrong with these files themselves.
    pub(in crate::store) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.notes.is_missing {
            findings.push(Finding::damage(
                "HEAD",
                None,
                "it is not there, so nothing tells what was acknowledged".to_owned(),
            ));
        }
        for pair in &self.notes.lost_pairs {
            let what = format!("both slots of pair {pair} are damaged, so nothing tells what was acknowledged there");
            findings.push(Finding::damage("HEAD", None, what));
        }
        findings.extend(self.journals.iter().flat_map(|journal| self.of_journal(journal)));
        findings
    }

    fn of_journal(&self, journal: &Journal) -> Vec<Finding> {
        let name = journal.path.file_name().unwrap_or_default().display();
        let at = journal.whole_bytes;
        let (behind, what) = match &journal.end {
            End::Clean => return Vec::new(),
            End::Cut => (Reach::new(), format!("from byte {at} on a batch that was cut short")),
            End::Wrong => (Reach::new(), format!("from byte {at} on a batch that is not as it was written")),
            End::Holed(behind) => (behind.clone(), format!("damage at byte {at}, and whole batches behind it")),
        };
        let is_end = behind.is_empty() && self.journals.last().is_some_and(|last| last.path == journal.path);
        let extent = if is_end && self.covers_every_note() { Extent::End } else { Extent::Damage };
        let torn = journal::torn_reach(journal).unwrap_or_default();
        let mut organizations: Vec<_> = torn.keys().chain(behind.keys()).copied().collect();
        organizations.sort();
        organizations.dedup();
        let finding = |organization: Option<OrganizationNumber>| {
            let since = organization.map(|organization| Position(self.whole_reach(organization)).next());
            let since = since.filter(|since| since.0 > 1 || self.anchor.is_empty());
            Finding { extent, organization, since, place: format!("log/{name}"), what: what.clone() }
        };
        match organizations.is_empty() {
            true => vec![finding(None)],
            false => organizations.into_iter().map(Some).map(finding).collect(),
        }
    }
}
