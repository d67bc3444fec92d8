//! A subject on a list, with the history of what it gave, when.
//!
//! INVARIANT: an entry has at least one value, and lies in 16 bytes. How the values lie depends on how many there are
//! alone: one in the entry, some end to end behind it, many in columns.

use super::TimedRights;
use crate::facts::heap_size;
use crate::facts::history::value_at;
use crate::facts::inline_list::InlineItem;
use crate::facts::number::{SubjectKey, WindowIndex};
use crate::facts::position::Pos32;
use crate::facts::search::up_to_before;
use caseward_events::Rights;
use thin_vec::{ThinVec, thin_vec};

/// So many values lie end to end: halving them reads a few lines of the cache.
const SOME_MAX: usize = 32;

/// What one subject holds on one list, at every position.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry(Values);

// The subject lies in each at the same place, beside the tag: a check reads the subjects of a list one after another, and
// looks further only where one may reach the user.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    One { rights: Rights, subject: SubjectKey, since: Pos32, window: WindowIndex },
    Some { subject: SubjectKey, values: ThinVec<(Pos32, TimedRights)> },
    Many { subject: SubjectKey, columns: Box<Columns> },
}

/// Many values. The places lie apart, so that a search reads these alone, and what both ends of it are lies here, so that
/// now is one line of the cache away.
#[repr(align(64))]
#[derive(Clone, Debug, PartialEq)]
struct Columns {
    first: Pos32,
    latest: (Pos32, TimedRights),
    /// Of all before the latest.
    places: Vec<Pos32>,
    /// What each of them began.
    held: Vec<TimedRights>,
}

impl Columns {
    /// Of at least two values.
    fn of(values: &[(Pos32, TimedRights)]) -> Option<Columns> {
        let (latest, before) = values.split_last()?;
        let (places, held) = before.iter().copied().unzip();
        Some(Columns { first: before.first()?.0, latest: *latest, places, held })
    }

    #[inline]
    fn at(&self, place: Pos32) -> Option<(Pos32, TimedRights)> {
        if self.latest.0 <= place {
            return Some(self.latest);
        }
        let ends = (self.first.number(), self.latest.0.number());
        let later = up_to_before(&self.places, place.number(), ends, |since| since.number());
        let index = later.checked_sub(1)?;
        Some((*self.places.get(index)?, *self.held.get(index)?))
    }

    fn values(&self) -> impl Iterator<Item = (Pos32, TimedRights)> {
        self.places.iter().copied().zip(self.held.iter().copied()).chain([self.latest])
    }

    fn push(&mut self, place: Pos32, held: TimedRights) {
        let (since, before) = std::mem::replace(&mut self.latest, (place, held));
        self.places.push(since);
        self.held.push(before);
    }

    fn pop(&mut self) {
        if let (Some(since), Some(held)) = (self.places.pop(), self.held.pop()) {
            self.latest = (since, held);
        }
    }

    fn heap(&self) -> usize {
        heap_size::vec(&self.places) + heap_size::vec(&self.held)
    }
}

impl Entry {
    /// That begins with a value.
    #[must_use]
    pub fn starting(subject: SubjectKey, since: Pos32, held: TimedRights) -> Entry {
        let TimedRights { rights, window } = held;
        Entry(Values::One { rights, subject, since, window })
    }

    /// Whom it names.
    #[must_use]
    #[inline]
    pub fn subject(&self) -> SubjectKey {
        match &self.0 {
            Values::One { subject, .. } | Values::Some { subject, .. } | Values::Many { subject, .. } => *subject,
        }
    }

    /// What it gives at a place, and since which; `None` where there is no entry then.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Pos32) -> Option<(Pos32, TimedRights)> {
        let (since, held) = match &self.0 {
            Values::One { rights, since, window, .. } => (*since, TimedRights { rights: *rights, window: *window }),
            Values::Some { values, .. } => value_at(values, place).map(|(since, held)| (since, *held))?,
            Values::Many { columns, .. } => columns.at(place)?,
        };
        (since <= place && !held.rights.is_empty()).then_some((since, held))
    }

    /// Every value with its place, oldest first.
    pub fn values(&self) -> impl Iterator<Item = (Pos32, TimedRights)> {
        let (one, some, many) = match &self.0 {
            Values::One { rights, since, window, .. } => {
                (Some((*since, TimedRights { rights: *rights, window: *window })), &[][..], None)
            }
            Values::Some { values, .. } => (None, values.as_slice(), None),
            Values::Many { columns, .. } => (None, &[][..], Some(columns.values())),
        };
        one.into_iter().chain(some.iter().copied()).chain(many.into_iter().flatten())
    }

    pub(super) fn heap(&self) -> usize {
        match &self.0 {
            Values::One { .. } => 0,
            Values::Some { values, .. } => heap_size::thin(values),
            Values::Many { columns, .. } => heap_size::allocated(size_of_val(&**columns)) + columns.heap(),
        }
    }

    /// Appends a value.
    pub(crate) fn push(&mut self, place: Pos32, held: TimedRights) {
        match &mut self.0 {
            Values::One { rights, subject, since, window } => {
                let first = TimedRights { rights: *rights, window: *window };
                self.0 = Values::Some { subject: *subject, values: thin_vec![(*since, first), (place, held)] };
            }
            Values::Some { subject, values } => {
                values.push((place, held));
                if values.len() > SOME_MAX
                    && let Some(columns) = Columns::of(values)
                {
                    self.0 = Values::Many { subject: *subject, columns: Box::new(columns) };
                }
            }
            Values::Many { columns, .. } => columns.push(place, held),
        }
    }

    /// Takes the newest value off again; true where it is the only one, and the entry is to go.
    pub(super) fn pop(&mut self) -> bool {
        match &mut self.0 {
            Values::One { .. } => return true,
            Values::Some { subject, values } => {
                values.pop();
                if let [(since, first)] = values[..] {
                    *self = Entry::starting(*subject, since, first);
                }
            }
            Values::Many { subject, columns } => {
                columns.pop();
                if columns.places.len() < SOME_MAX {
                    self.0 = Values::Some { subject: *subject, values: columns.values().collect() };
                }
            }
        }
        false
    }
}

impl InlineItem for Entry {
    type Key = SubjectKey;
    const VACANT: Entry = Entry(Values::One {
        rights: Rights::NONE,
        subject: SubjectKey::NOBODY,
        since: Pos32::ZERO,
        window: WindowIndex::NONE,
    });
    #[inline]
    fn key(&self) -> SubjectKey {
        self.subject()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Position;

    #[test]
    fn values_are_read_as_they_stood_and_taken_off_however_many_there_are() {
        let place = |number: u64| Pos32::from(Position(number));
        let held = |number: u64| TimedRights {
            rights: if number.is_multiple_of(2) { Rights::READ } else { Rights::WRITE },
            ..TimedRights::NONE
        };
        let mut entries = vec![Entry::starting(SubjectKey::user(7), place(10), held(0))];
        for number in 1..100 {
            let mut next = entries[entries.len() - 1].clone();
            next.push(place(10 + 3 * number), held(number));
            entries.push(next);
        }
        for (last, entry) in (0..).zip(&entries) {
            assert_eq!(entry.values().count() as u64, last + 1);
            assert_eq!(entry.at(place(9)), None);
            for number in 0..=last {
                let since = 10 + 3 * number;
                assert_eq!(entry.at(place(since)), Some((place(since), held(number))));
                assert_eq!(entry.at(place(since + 2)), Some((place(since), held(number))));
            }
        }
        let mut undone = entries[entries.len() - 1].clone();
        for before in entries.iter().rev().skip(1) {
            assert!(!undone.pop());
            assert_eq!(&undone, before);
        }
        assert!(undone.pop());
    }

    #[test]
    fn an_entry_fills_sixteen_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
        assert_eq!(size_of::<Columns>(), 64);
    }
}
