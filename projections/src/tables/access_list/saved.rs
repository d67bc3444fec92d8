//! How lists and windows are saved.

use super::{AccessList, Entry, TimedRights, Windows};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::inline_list::InlineList;
use crate::facts::number::WindowIndex;
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use caseward_events::Rights;

impl Saved for TimedRights {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.rights.save(up_to, to);
        self.window.0.save(up_to, to);
    }
    #[inline]
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(TimedRights { rights: Rights::load(from)?, window: WindowIndex(from.number_32()?) })
    }
}

impl Saved for Entry {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let values = || self.values().take_while(|(since, _)| *since <= up_to);
        self.subject().save(up_to, to);
        to.number(values().count() as u64);
        for (since, held) in values() {
            to.place(since);
            held.save(up_to, to);
        }
    }
    #[inline]
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let subject = Saved::load(from)?;
        let count = from.count()?;
        let mut last = from.place()?;
        let mut entry = Entry::starting(subject, last, Saved::load(from)?);
        for _ in 1..count {
            let since = from.place()?;
            if since <= last {
                return Err(RowDamage("places that do not ascend"));
            }
            last = since;
            entry.push(since, Saved::load(from)?);
        }
        Ok(entry)
    }
}

impl Saved for AccessList {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let begun = |entry: &&Entry| entry.values().next().is_some_and(|(since, _)| since <= up_to);
        let set = || self.entries().filter(begun);
        to.number(set().count() as u64);
        set().for_each(|entry| entry.save(up_to, to));
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let count = from.count()?;
        let mut entries = InlineList::default();
        entries.reserve(count);
        let mut last = None;
        for index in 0..count {
            let entry = Entry::load(from)?;
            if Some(entry.subject()) <= last {
                return Err(RowDamage("subjects that do not ascend"));
            }
            last = Some(entry.subject());
            entries.insert(index, entry);
        }
        Ok(AccessList(entries))
    }
}

impl Windows {
    /// How many were kept up to a place.
    pub(crate) fn count_at(&self, place: Pos32) -> usize {
        self.0.partition_point(|(set_by, _)| *set_by <= place)
    }

    /// The window of a number with the event that set it, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<&(Pos32, caseward_events::Window)> {
        self.0.get(number as usize)
    }

    /// By the order in which they were kept, from 0.
    pub(crate) fn save_nth(&self, number: u32, up_to: Pos32, to: &mut RowWriter) {
        let (set_by, window) = &self.0[number as usize];
        to.place(*set_by);
        window.save(up_to, to);
    }

    pub(crate) fn load_next(&mut self, from: &mut RowReader<'_>) -> Result<(), RowDamage> {
        self.0.push((from.place()?, Saved::load(from)?));
        Ok(())
    }
}
