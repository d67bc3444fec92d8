//! A fact and how it changed: a short list of (place, value), appended at the end, read at a place.
//!
//! INVARIANT: places ascend strictly. Most facts change once, so the first value lies inline; more lie behind one
//! pointer, end to end.
//! Absent on purpose: removal other than of the newest value, which is how the fold is undone ([`crate::tables::undo_log`]).

use super::heap_size;
use crate::facts::position::Pos32;
use crate::facts::search::up_to;
use thin_vec::{ThinVec, thin_vec};

/// The values of one fact, each with the position it holds from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<T>(Values<T>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Values<T> {
    None,
    One(Pos32, T),
    // Thin, so that a history is no larger than its one inline value asks for.
    Many(ThinVec<(Pos32, T)>),
}

impl<T> Default for History<T> {
    fn default() -> Self {
        History(Values::None)
    }
}

impl<T> History<T> {
    /// That begins with a value.
    #[must_use]
    pub fn starting(place: Pos32, value: T) -> Self {
        History(Values::One(place, value))
    }

    /// The value at a place, and the place since which it is that.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Pos32) -> Option<(Pos32, &T)> {
        match &self.0 {
            Values::None => None,
            Values::One(since, value) => (*since <= place).then_some((*since, value)),
            Values::Many(values) => value_at(values, place),
        }
    }

    /// The value at a place alone.
    #[must_use]
    #[inline]
    pub fn value_at(&self, place: Pos32) -> Option<&T> {
        self.at(place).map(|(_, value)| value)
    }

    /// The one value that it ever had.
    #[must_use]
    #[inline]
    pub fn only(&self) -> Option<&T> {
        match &self.0 {
            Values::One(_, value) => Some(value),
            Values::None | Values::Many(_) => None,
        }
    }

    /// Appends a value.
    pub fn push(&mut self, place: Pos32, value: T) {
        debug_assert!(self.values().last().is_none_or(|(since, _)| since < place), "places ascend");
        match &mut self.0 {
            Values::Many(values) => values.push((place, value)),
            none_or_one => {
                *none_or_one = match std::mem::replace(none_or_one, Values::None) {
                    Values::One(since, first) => Values::Many(thin_vec![(since, first), (place, value)]),
                    _ => Values::One(place, value),
                }
            }
        }
    }

    /// Takes the newest value off again; true where none is left.
    pub fn pop(&mut self) -> bool {
        match &mut self.0 {
            Values::Many(values) => {
                values.pop();
                if let [_] = values.as_slice() {
                    let (since, value) = values.pop().expect("one is left");
                    self.0 = Values::One(since, value);
                }
                false
            }
            none_or_one => {
                *none_or_one = Values::None;
                true
            }
        }
    }

    /// What it takes in memory beside itself; what its values refer to is left out.
    pub(crate) fn heap(&self) -> usize {
        match &self.0 {
            Values::None | Values::One(..) => 0,
            Values::Many(values) => heap_size::thin(values),
        }
    }

    /// Every value with its place, oldest first.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = (Pos32, &T)> {
        let (one, many) = match &self.0 {
            Values::None => (None, &[][..]),
            Values::One(since, value) => (Some((*since, value)), &[][..]),
            Values::Many(values) => (None, values.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|(since, value)| (*since, value)))
    }
}

/// The value of a history at a place, and the place since which it is that.
#[inline]
pub(crate) fn value_at<T>(values: &[(Pos32, T)], place: Pos32) -> Option<(Pos32, &T)> {
    // A question about now ends at the last value, without a search.
    let later = match values.last() {
        Some((since, _)) if *since <= place => values.len(),
        _ => up_to(values, place.number(), |(since, _)| since.number()),
    };
    let (since, value) = values.get(later.checked_sub(1)?)?;
    Some((*since, value))
}

impl History<bool> {
    /// The place since which it is true, where it is.
    #[must_use]
    #[inline]
    pub fn true_since(&self, place: Pos32) -> Option<Pos32> {
        match self.at(place) {
            Some((since, true)) => Some(since),
            _ => None,
        }
    }

    /// Whether it is true; what has no value is not.
    #[must_use]
    #[inline]
    pub fn is_true(&self, place: Pos32) -> bool {
        self.true_since(place).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::Position;

    fn place(number: u64) -> Pos32 {
        Position(number).into()
    }

    #[test]
    fn a_value_is_read_as_it_stood_and_taken_off_newest_first() {
        let mut history = History::default();
        for number in [3, 5, 9] {
            history.push(place(number), number);
        }
        let read = |history: &History<u64>| [2, 3, 4, 5, 8, 9, 99].map(|at| history.value_at(place(at)).copied());
        let (three, five, nine) = (Some(3), Some(5), Some(9));
        assert_eq!(read(&history), [None, three, three, five, five, nine, nine]);
        assert!(!history.pop());
        assert_eq!(read(&history), [None, three, three, five, five, five, five]);
        assert!(!history.pop());
        assert!(history.pop());
        assert_eq!(history, History::default());
    }

    #[test]
    fn a_long_history_is_searched_at_any_pace() {
        let even: Vec<u64> = (0..1_000).map(|number| 10 + number * 7).collect();
        let ever_faster: Vec<u64> = (1..1_000).map(|number| 4_000_000_000 - 4_000_000_000 / number).collect();
        let ever_slower: Vec<u64> = (0..60).map(|number| number + number * number * number * number).collect();
        let in_bursts: Vec<u64> = (0..1_000).map(|number| number % 100 + number / 100 * 1_000_000).collect();
        for numbers in [even, ever_faster, ever_slower, in_bursts] {
            let mut values: Vec<(Pos32, ())> = numbers.iter().map(|&number| (place(number), ())).collect();
            values.dedup();
            for &number in &numbers {
                for asked in [number.saturating_sub(1), number, number + 1].map(place) {
                    let halved = values.partition_point(|(since, ())| *since <= asked);
                    assert_eq!(up_to(&values, asked.number(), |(since, ())| since.number()), halved, "{asked:?}");
                }
            }
        }
    }

    #[test]
    fn a_history_of_one_grant_is_small() {
        assert!(size_of::<History<crate::tables::access_list::TimedRights>>() <= 16);
    }
}
