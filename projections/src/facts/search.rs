//! Finding a number in a long ascending list with few looks at it: positions of a history, subjects of an access list.
//!
//! INVARIANT: what it answers is what halving would answer; only how many lines of the cache it reads differs.

/// So few items lie in a few lines of the cache: halving them costs nothing.
const HALVED_MAX: usize = 32;

/// How many items there are up to a number.
#[inline]
pub(crate) fn up_to<T>(items: &[T], wanted: u32, number: impl Fn(&T) -> u32) -> usize {
    let (Some(first), Some((last, before))) = (items.first(), items.split_last()) else { return 0 };
    let last = number(last);
    if last <= wanted { items.len() } else { up_to_before(before, wanted, (number(first), last), number) }
}

/// Likewise, where the number of the first item is known, and one that comes after the last item and is not up to it.
/// Numbers are mostly spread evenly (facts change at a pace, ids are given one after another), so a long list is first
/// searched where the number should be by that, twice, and from there in steps that double: close by where the spread is
/// even, and never more steps than halving twice would take.
#[inline]
pub(crate) fn up_to_before<T>(
    items: &[T],
    wanted: u32,
    (first, last): (u32, u32),
    number: impl Fn(&T) -> u32,
) -> usize {
    let is_up_to = |item: &T| number(item) <= wanted;
    if items.len() <= HALVED_MAX || wanted < first {
        return items.partition_point(is_up_to);
    }
    let (steps, span) = (items.len(), u64::from(last - first));
    // Both factors have 32 bits.
    let spread = |numbers: u32| usize::try_from(u64::from(numbers) * steps as u64 / span).unwrap_or(steps);
    let at = |index: usize| items.get(index).map_or(last, &number);
    let mut near = spread(wanted - first);
    let there = at(near);
    near = if there <= wanted {
        (near + spread(wanted - there)).min(steps)
    } else {
        near.saturating_sub(spread(there - wanted))
    };
    let mut step = 4;
    if at(near) <= wanted {
        // The last one is not, so the steps end.
        while at((near + step).min(steps)) <= wanted {
            near += step;
            step *= 2;
        }
        let far = (near + step).min(steps);
        near + items[near..far].partition_point(is_up_to)
    } else {
        // The first one is.
        while at(near.saturating_sub(step)) > wanted {
            near -= step;
            step *= 2;
        }
        let from = near.saturating_sub(step);
        from + items[from..near].partition_point(is_up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_halving_finds(even in 1_u32..2_000, odd in btree_set(any::<u32>(), 0..300), wanted in any::<u32>()) {
            let spread: Vec<u32> = (0..even).map(|item| 7 + 3 * item).chain([u32::MAX - 1]).collect();
            for (items, wanted) in [(spread.clone(), wanted % 7_000), (spread, wanted), (odd.into_iter().collect(), wanted)] {
                let halved = items.partition_point(|item| *item <= wanted);
                prop_assert_eq!(up_to(&items, wanted, |item| *item), halved);
            }
        }
    }
}
