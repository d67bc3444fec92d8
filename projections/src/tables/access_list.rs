//! An access control list: subject -> rights and window, each entry a history (`semantics.md` section 2).
//!
//! INVARIANT: entries are sorted by subject, users before groups; a list holds at most one entry for a subject. An
//! entry that was taken off stays, with no rights since.

use crate::facts::number::{SubjectKey, WindowIndex};
mod entry;
mod saved;

use crate::facts::heap_size;
use crate::facts::inline_list::InlineList;
use crate::facts::position::Pos32;
use crate::facts::search::up_to;
use caseward_events::{Rights, Timestamp, Window};

pub use entry::Entry;

/// All windows of entries, delegations and broken glasses, each with the event that set it: apart from these, because
/// few entries have one, and so that all that end in a stretch of time can be found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows(Vec<(Pos32, Window)>);

impl Windows {
    /// Keeps a window; true where that took place.
    pub(crate) fn add(&mut self, window: Window, set_by: Pos32) -> (WindowIndex, bool) {
        if window == Window::ALWAYS {
            return (WindowIndex::NONE, false);
        }
        self.0.push((set_by, window));
        (WindowIndex(u32::try_from(self.0.len()).expect("there are no more windows than events")), true)
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Every window with the event that set it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Pos32, Window)> {
        self.0.iter().copied()
    }

    /// Those that events behind a place set, oldest first.
    pub(crate) fn set_behind(&self, place: Pos32) -> impl Iterator<Item = (Pos32, Window)> {
        self.0[self.0.partition_point(|(set_by, _)| *set_by <= place)..].iter().copied()
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        heap_size::vec(&self.0)
    }

    /// The window of a number.
    #[must_use]
    #[inline]
    pub fn get(&self, index: WindowIndex) -> Window {
        match index.0.checked_sub(1) {
            None => Window::ALWAYS,
            Some(index) => self.0[index as usize].1,
        }
    }

    /// Whether an entry counts at an instant.
    #[must_use]
    #[inline]
    pub fn hold(&self, held: &TimedRights, at: Timestamp) -> bool {
        held.window == WindowIndex::NONE || self.get(held.window).holds(at)
    }
}

/// What an entry gives, and when; without rights there is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedRights {
    /// What.
    pub rights: Rights,
    /// When.
    pub window: WindowIndex,
}

impl TimedRights {
    /// No entry.
    pub const NONE: TimedRights = TimedRights { rights: Rights::NONE, window: WindowIndex::NONE };
}

/// How many entries of a long list name users. Groups come last and are mostly few, so they are looked for from the end.
fn users_of(entries: &[Entry]) -> usize {
    let mut step = 1;
    while step < entries.len() && entries[entries.len() - step].subject().is_group() {
        step *= 2;
    }
    let from = entries.len().saturating_sub(step);
    from + entries[from..].partition_point(|entry| !entry.subject().is_group())
}

/// Entries that lie in a list itself.
pub(crate) const INLINE: usize = 3;

/// The entries of one list, sorted by subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessList(InlineList<Entry, INLINE>);

impl AccessList {
    /// The entry of a subject, if it ever had one.
    #[must_use]
    #[inline]
    pub fn entry(&self, subject: SubjectKey) -> Option<&Entry> {
        let inline = self.inline().iter().find(|entry| entry.subject() == subject);
        inline.or_else(|| if self.spilled().is_empty() { None } else { self.spilled_entry(subject) })
    }

    /// Likewise, among those that do not lie in the list itself.
    #[must_use]
    pub fn spilled_entry(&self, subject: SubjectKey) -> Option<&Entry> {
        match self.spilled() {
            short if short.len() <= 8 => short.iter().find(|entry| entry.subject() == subject),
            long => {
                let (users, groups) = long.split_at(users_of(long));
                let named = if subject.is_group() { groups } else { users };
                let later = up_to(named, subject.bits(), |entry| entry.subject().bits());
                named.get(later.checked_sub(1)?).filter(|entry| entry.subject() == subject)
            }
        }
    }

    /// All entries there ever were, by subject.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter()
    }

    /// Whether there never was an entry.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inline()[0].subject() == SubjectKey::NOBODY
    }

    /// The first entries; where there are fewer, some that name nobody.
    #[inline]
    pub(crate) fn inline(&self) -> &[Entry; INLINE] {
        self.0.inline()
    }

    /// All others.
    #[must_use]
    #[inline]
    pub fn spilled(&self) -> &[Entry] {
        self.0.spilled()
    }

    /// Those of the others that name groups.
    #[must_use]
    #[inline]
    pub fn spilled_groups(&self) -> &[Entry] {
        let spilled = self.spilled();
        &spilled[users_of(spilled)..]
    }

    /// What it takes in memory beside itself.
    pub(crate) fn heap(&self) -> usize {
        self.0.heap() + self.0.iter().map(Entry::heap).sum::<usize>()
    }

    /// Gives back the room that was made for more entries.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink();
    }

    /// Sets what a subject has; true where it is its first entry.
    pub(crate) fn set(&mut self, subject: SubjectKey, place: Pos32, held: TimedRights) -> bool {
        match self.0.search(&subject) {
            Ok(index) => {
                self.0.get_mut(index).push(place, held);
                false
            }
            Err(index) => {
                self.0.insert(index, Entry::starting(subject, place, held));
                true
            }
        }
    }

    pub(crate) fn undo(&mut self, subject: SubjectKey) {
        let index = self.0.search(&subject).expect("what is undone was set");
        if self.0.get_mut(index).pop() {
            self.0.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_list_lies_in_itself() {
        assert_eq!(size_of::<AccessList>(), 56);
    }
}
