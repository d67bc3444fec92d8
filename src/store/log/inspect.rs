//! Inspection: reads all of a store without changing any file. Repair: truncates a write that nobody was promised.
//!
//! INVARIANT: `inspect` works on a copy. `repair` cuts a last write that no note tells of, keeps what it cuts, and does
//! nothing else. Absent on purpose: asking whether to (the command line does).

use super::FjallStore;
use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::integrity::visitor::{NoVisitor, Visitor};
use crate::seams::StoreError;
use crate::store::database::errors::fault;
use crate::store::folder::{Access, Folder};
use crate::store::keys::{KeyCopy, KeyFile};
use crate::store::recovery::check::From;
use crate::store::recovery::evidence::Evidence;
use crate::store::recovery::opening;
use std::path::Path;

/// The result of an inspection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// Without findings, everything agrees, up to the positions that it names.
    pub damage: DamageReport,
    /// The last write was cut short, as a crash leaves it; the next opening takes it away.
    pub is_cut_short: bool,
}

impl FjallStore {
    /// Walks everything from position 1, holds it against every note, and looks at the keys. `listener` is called for
    /// every event, and reports what is wrong with it.
    ///
    /// # Errors
    /// As for [`FjallStore::open`]; a store that cannot vouch is no error, but a damage report.
    pub fn inspect(path: &Path, visitor: &mut dyn Visitor) -> Result<Inspection, StoreError> {
        FjallStore::inspect_open(path, visitor).map(|(inspection, _)| inspection)
    }

    /// The same, with what was looked at still open: to be read, up to where everything agrees. None where its keys
    /// cannot be read.
    ///
    /// # Errors
    /// As for [`FjallStore::inspect`].
    pub fn inspect_open(
        path: &Path,
        visitor: &mut dyn Visitor,
    ) -> Result<(Inspection, Option<FjallStore>), StoreError> {
        let folder = match Folder::open(path, Access::Existing) {
            // Looking needs no lock that could be kept.
            Err(why) if why.is_for_want_of_writing() => Folder::look(path)?,
            opened => opened?,
        };
        let evidence = Evidence::gather(&folder)?;
        let opened = opening::look(&folder, evidence, From::Start, visitor)?;
        let mut damage = opened.walked.damage.clone();
        let is_cut_short = opened.evidence.cut_alone().is_some() && damage.extent() == Extent::End;
        if is_cut_short {
            damage.findings.clear();
        }
        match KeyCopy::look(&folder.keys(), folder.marked().keys) {
            Ok(_) => {}
            Err(StoreError::Corruption(what)) => {
                damage.findings.push(Finding::damage("KEYS", None, what));
            }
            Err(error) => return Err(error),
        }
        let keys = KeyFile::look(&folder.keys()).and_then(|keys| keys.require(folder.marked().keys)).ok();
        let store = keys.map(|keys| FjallStore::over_copy(folder, keys, opened));
        Ok((Inspection { damage, is_cut_short }, store))
    }

    /// Cuts the end of the last journal, where it is in doubt and all else agrees. How many bytes it cut, which it kept
    /// in a file `cut-...`; 0 where there is nothing to repair.
    ///
    /// # Errors
    /// As for [`FjallStore::open`]; `NotVouched` where more is wrong than that, and nothing was changed.
    pub fn repair(path: &Path) -> Result<u64, StoreError> {
        let folder = Folder::open(path, Access::Existing)?;
        let opened = opening::look(&folder, Evidence::gather(&folder)?, From::Start, &mut NoVisitor)?;
        let damage = &opened.walked.damage;
        if damage.findings.is_empty() {
            return Ok(0);
        }
        match opened.evidence.journals.last() {
            Some(journal) if damage.extent() == Extent::End => {
                opening::cut(&folder, journal).map_err(|source| fault("cut the journal", source))?;
                Ok(journal.written_bytes - journal.whole_bytes)
            }
            _ => Err(StoreError::NotVouched(damage.to_string())),
        }
    }
}
