//! How it is saved whose key is which.

use super::SealingKeys;
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::interner::Interner;
use caseward_events::{KeyNumber, Subject};

impl SealingKeys {
    pub(crate) fn subjects(&self) -> &Interner<Subject> {
        &self.subjects
    }

    /// What was erased, and what tree heads are signed with.
    pub(crate) fn of_no_subject(&self) -> impl PartialEq + std::fmt::Debug {
        let SealingKeys { subjects: _, keys: _, erased, signing } = self;
        (erased, signing)
    }

    /// Whose a key is, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<(&Subject, KeyNumber)> {
        let key = self.keys.get(number as usize)?;
        Some((self.subjects.id(number), *key))
    }

    pub(crate) fn save_nth(&self, number: u32, to: &mut RowWriter) {
        to.text(&self.subjects.id(number).to_string());
        to.place(self.subjects.first(number));
        to.number(u64::from(self.keys[number as usize].0));
    }

    pub(crate) fn load_next(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        let subject = from.text()?.parse().map_err(|_| RowDamage("a subject that is none"))?;
        let place = from.place()?;
        let key = KeyNumber(from.number_32()?);
        if self.begin(&subject, key, place) { Ok(()) } else { Err(RowDamage("a subject twice")) }
    }
}
