//! Under which key the reasons about a subject are sealed, about whom nothing is kept any more, and by which key tree
//! heads are signed.
//!
//! INVARIANT: a subject has one key for good; a key has one subject; who was erased stays erased. Absent on purpose: the
//! keys themselves, and whether one was destroyed. The log says that it must be; the store does it.

mod saved;

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::interner::Interner;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use caseward_events::{KeyNumber, PublicKey, Subject};

/// The keys of subjects, who was erased, and the keys that sign tree heads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SealingKeys {
    subjects: Interner<Subject>,
    /// By the number of the subject.
    keys: Vec<KeyNumber>,
    /// Since when.
    pub(crate) erased: HistoryMap<SubjectKey, bool>,
    pub(crate) signing: History<PublicKey>,
}

impl SealingKeys {
    /// What they take in memory, with the subjects.
    pub(crate) fn heap(&self) -> usize {
        let signing = self.erased.heap() + self.signing.heap();
        self.subjects.heap_with(|_| 0) + crate::facts::heap_size::vec(&self.keys) + signing
    }

    /// The key of a subject, where an event used it.
    #[must_use]
    pub fn get(&self, subject: &Subject) -> Option<KeyNumber> {
        self.subjects.get(subject).map(|number| self.keys[number as usize])
    }

    /// The subject whose key it is, where an event used it.
    #[must_use]
    pub fn subject(&self, key: KeyNumber) -> Option<&Subject> {
        let number = self.keys.binary_search(&key).ok()?;
        u32::try_from(number).ok().map(|number| self.subjects.id(number))
    }

    /// The highest number in use; that of the store's own key where none is.
    #[must_use]
    pub fn highest(&self) -> KeyNumber {
        // Numbers are given in ascending order, to the subjects of all organizations together.
        self.keys.last().copied().unwrap_or(KeyNumber::STORE)
    }

    /// By which key tree heads at a place are signed, and since where; `None` where it is still the one that the store was
    /// made with.
    #[must_use]
    pub fn signing(&self, place: Pos32) -> Option<(Pos32, &PublicKey)> {
        self.signing.at(place)
    }

    /// False where the subject has one.
    pub(crate) fn begin(&mut self, subject: &Subject, key: KeyNumber, place: Pos32) -> bool {
        let first = self.subjects.intern(subject, place).1;
        if first {
            self.keys.push(key);
        }
        first
    }

    pub(crate) fn undo_begin(&mut self) {
        self.subjects.pop();
        self.keys.pop();
    }
}
