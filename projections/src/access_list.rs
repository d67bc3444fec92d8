//! An access control list: subject -> rights and window, each entry a history (`semantics.md` section 2).
//!
//! INVARIANT: entries are sorted by subject, users before groups; a list holds at most one entry for a subject. An
//! entry that was taken off stays, with no rights since.

use crate::history::{History, Place};
use caseward_events::{Rights, Timestamp, Window};

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

/// A window by number; most entries have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowIndex(u32);

/// All windows of all entries, apart from the entries, because few have one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows(Vec<Window>);

impl Windows {
    /// Keeps a window; true where that took place.
    pub(crate) fn add(&mut self, window: Window) -> (WindowIndex, bool) {
        if window == Window::ALWAYS {
            return (WindowIndex(0), false);
        }
        self.0.push(window);
        (WindowIndex(u32::try_from(self.0.len()).expect("there are no more windows than events")), true)
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// The window of a number.
    #[must_use]
    #[inline]
    pub fn get(&self, index: WindowIndex) -> Window {
        match index.0.checked_sub(1) {
            None => Window::ALWAYS,
            Some(index) => self.0[index as usize],
        }
    }

    /// Whether an entry counts at an instant.
    #[must_use]
    #[inline]
    pub fn hold(&self, held: &Held, at: Timestamp) -> bool {
        held.window.0 == 0 || self.get(held.window).holds(at)
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
    pub const NONE: Held = Held { rights: Rights::NONE, window: WindowIndex(0) };
}

/// A subject on a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Whom it names.
    pub subject: SubjectKey,
    /// What it gave, when.
    pub history: History<Held>,
}

impl Entry {
    /// What it gives at a place, and since which; `None` where there is no entry then.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Place) -> Option<(Place, Held)> {
        match self.history.at(place) {
            Some((since, held)) if !held.rights.is_empty() => Some((since, *held)),
            _ => None,
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessList(Vec<Entry>);

impl AccessList {
    /// The entry of a subject, if it ever had one.
    #[must_use]
    #[inline]
    pub fn entry(&self, subject: SubjectKey) -> Option<&Entry> {
        match self.0.as_slice() {
            few if few.len() <= 8 => few.iter().find(|entry| entry.subject == subject),
            many => many.binary_search_by_key(&subject, |entry| entry.subject).ok().map(|index| &many[index]),
        }
    }

    /// All entries there ever were, by subject.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Those that name groups.
    #[must_use]
    #[inline]
    pub fn group_entries(&self) -> &[Entry] {
        let is_user = |entry: &Entry| entry.subject.as_user().is_some();
        // Few entries are walked faster than halved.
        let users = match self.0.as_slice() {
            few if few.len() <= 8 => few.iter().take_while(|entry| is_user(entry)).count(),
            many => many.partition_point(is_user),
        };
        &self.0[users..]
    }

    /// Sets what a subject has; true where it is its first entry.
    pub(crate) fn set(&mut self, subject: SubjectKey, place: Place, held: Held) -> bool {
        match self.0.binary_search_by_key(&subject, |entry| entry.subject) {
            Ok(index) => {
                self.0[index].history.push(place, held);
                false
            }
            Err(index) => {
                self.0.insert(index, Entry { subject, history: History::starting(place, held) });
                true
            }
        }
    }

    pub(crate) fn undo(&mut self, subject: SubjectKey) {
        let found = self.0.binary_search_by_key(&subject, |entry| entry.subject);
        let index = found.expect("what is undone was set");
        if self.0[index].history.pop() {
            self.0.remove(index);
        }
    }
}
