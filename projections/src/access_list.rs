//! An access control list: subject -> rights and window, each entry a history (`semantics.md` section 2).
//!
//! INVARIANT: entries are sorted by subject, users before groups; a list holds at most one entry for a subject. An
//! entry that was taken off stays, with no rights since. A few entries lie in the list itself.

mod saved;

use crate::history::{Place, value_at};
use crate::memory;
use crate::search::up_to;
use caseward_events::{Rights, Timestamp, Window};
use smallvec::SmallVec;
use thin_vec::{ThinVec, thin_vec};

/// A user or a group by number, in 32 bits; groups sort after users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectKey(u32);

impl SubjectKey {
    const GROUP: u32 = 1 << 31;

    /// A user.
    #[must_use]
    pub fn user(number: u32) -> Self {
        debug_assert!(number < Self::GROUP);
        SubjectKey(number)
    }

    /// A group.
    #[must_use]
    pub fn group(number: u32) -> Self {
        debug_assert!(number < Self::GROUP);
        SubjectKey(number | Self::GROUP)
    }

    /// Whether it is a group.
    #[must_use]
    #[inline]
    pub fn is_group(self) -> bool {
        self.0 & Self::GROUP != 0
    }

    /// The number of the user or the group.
    #[must_use]
    #[inline]
    pub fn number(self) -> u32 {
        self.0 & !Self::GROUP
    }

    /// The number of the group, where it is one.
    #[must_use]
    pub fn as_group(self) -> Option<u32> {
        (self.0 & Self::GROUP != 0).then_some(self.0 & !Self::GROUP)
    }

    /// The number of the user, where it is one.
    #[must_use]
    pub fn as_user(self) -> Option<u32> {
        (self.0 & Self::GROUP == 0).then_some(self.0)
    }
}

/// A list by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListIndex {
    /// The organization list.
    Organization,
    /// The list of a definition.
    Definition(u32),
    /// The list of a case.
    Case(u32),
    /// The restricted list of a case.
    Restriction(u32),
}

/// A window by number, counted from 1; 0, that of most entries, is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowIndex(u32);

impl WindowIndex {
    const NONE: WindowIndex = WindowIndex(0);
}

/// All windows of entries, delegations and broken glasses, each with the event that set it: apart from these, because
/// few entries have one, and so that all that end in a stretch of time can be found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows(Vec<(Place, Window)>);

impl Windows {
    /// Keeps a window; true where that took place.
    pub(crate) fn add(&mut self, window: Window, set_by: Place) -> (WindowIndex, bool) {
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
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, Window)> {
        self.0.iter().copied()
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        memory::vec(&self.0)
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
    pub fn hold(&self, held: &Held, at: Timestamp) -> bool {
        held.window == WindowIndex::NONE || self.get(held.window).holds(at)
    }
}

/// What an entry gives, and when; without rights there is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// What.
    pub rights: Rights,
    /// When.
    pub window: WindowIndex,
}

impl Held {
    /// No entry.
    pub const NONE: Held = Held { rights: Rights::NONE, window: WindowIndex::NONE };
}

/// A subject on a list, with the history of what it gave, when. It has at least one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry(Values);

// The subject lies in both, at the same place, beside the tag: a check reads the subjects of a list one after another, and
// looks further only where one may reach the user.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    One { rights: Rights, subject: SubjectKey, since: Place, window: WindowIndex },
    Many { subject: SubjectKey, values: ThinVec<(Place, Held)> },
}

impl Entry {
    /// That begins with a value.
    #[must_use]
    pub fn starting(subject: SubjectKey, since: Place, held: Held) -> Entry {
        let Held { rights, window } = held;
        Entry(Values::One { rights, subject, since, window })
    }

    /// Whom it names.
    #[must_use]
    #[inline]
    pub fn subject(&self) -> SubjectKey {
        match &self.0 {
            Values::One { subject, .. } | Values::Many { subject, .. } => *subject,
        }
    }

    /// What it gives at a place, and since which; `None` where there is no entry then.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Place) -> Option<(Place, Held)> {
        let (since, held) = match &self.0 {
            Values::One { rights, since, window, .. } => (*since, Held { rights: *rights, window: *window }),
            Values::Many { values, .. } => value_at(values, place).map(|(since, held)| (since, *held))?,
        };
        (since <= place && !held.rights.is_empty()).then_some((since, held))
    }

    /// Every value with its place, oldest first.
    pub fn values(&self) -> impl Iterator<Item = (Place, Held)> {
        let (one, many) = match &self.0 {
            Values::One { rights, since, window, .. } => {
                (Some((*since, Held { rights: *rights, window: *window })), &[][..])
            }
            Values::Many { values, .. } => (None, values.as_slice()),
        };
        one.into_iter().chain(many.iter().copied())
    }

    fn heap(&self) -> usize {
        match &self.0 {
            Values::One { .. } => 0,
            Values::Many { values, .. } => memory::thin(values),
        }
    }

    /// Appends a value.
    pub(crate) fn push(&mut self, place: Place, held: Held) {
        match &mut self.0 {
            Values::One { rights, subject, since, window } => {
                let first = Held { rights: *rights, window: *window };
                self.0 = Values::Many { subject: *subject, values: thin_vec![(*since, first), (place, held)] };
            }
            Values::Many { values, .. } => values.push((place, held)),
        }
    }

    /// Takes the newest value off again; true where it is the only one, and the entry is to go.
    fn pop(&mut self) -> bool {
        match &mut self.0 {
            Values::One { .. } => true,
            Values::Many { subject, values } => {
                values.pop();
                if let [(since, first)] = values[..] {
                    *self = Entry::starting(*subject, since, first);
                }
                false
            }
        }
    }
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

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessList(SmallVec<[Entry; 3]>);

impl AccessList {
    /// The entry of a subject, if it ever had one.
    #[must_use]
    #[inline]
    pub fn entry(&self, subject: SubjectKey) -> Option<&Entry> {
        match self.0.as_slice() {
            few if few.len() <= 8 => few.iter().find(|entry| entry.subject() == subject),
            many => {
                let (users, groups) = many.split_at(users_of(many));
                let named = if subject.is_group() { groups } else { users };
                let later = up_to(named, subject.0, |entry| entry.subject().0);
                named.get(later.checked_sub(1)?).filter(|entry| entry.subject() == subject)
            }
        }
    }

    /// All entries there ever were, by subject.
    #[must_use]
    #[inline]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Those that name groups.
    #[must_use]
    #[inline]
    pub fn group_entries(&self) -> &[Entry] {
        let is_user = |entry: &Entry| entry.subject().as_user().is_some();
        // Few entries are walked faster than halved.
        let users = match self.0.as_slice() {
            few if few.len() <= 8 => few.iter().take_while(|entry| is_user(entry)).count(),
            many => users_of(many),
        };
        &self.0[users..]
    }

    /// What it takes in memory beside itself.
    pub(crate) fn heap(&self) -> usize {
        let own = if self.0.spilled() { memory::allocated(self.0.capacity() * size_of::<Entry>()) } else { 0 };
        own + self.0.iter().map(Entry::heap).sum::<usize>()
    }

    /// Gives back the room that was made for more entries.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Sets what a subject has; true where it is its first entry.
    pub(crate) fn set(&mut self, subject: SubjectKey, place: Place, held: Held) -> bool {
        match self.0.binary_search_by_key(&subject, Entry::subject) {
            Ok(index) => {
                self.0[index].push(place, held);
                false
            }
            Err(index) => {
                self.0.insert(index, Entry::starting(subject, place, held));
                true
            }
        }
    }

    pub(crate) fn undo(&mut self, subject: SubjectKey) {
        let found = self.0.binary_search_by_key(&subject, Entry::subject);
        let index = found.expect("what is undone was set");
        if self.0[index].pop() {
            self.0.remove(index);
            // As if it had never been longer.
            if self.0.len() <= self.0.inline_size() {
                self.0.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_fills_sixteen_bytes_and_a_short_list_lies_in_itself() {
        assert_eq!(size_of::<Entry>(), 16);
        assert_eq!(size_of::<AccessList>(), 56);
    }
}
