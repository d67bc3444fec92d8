//! The memory bound: how much the views and the caches of the databases may use, and how it is divided.
//!
//! Absent on purpose: what databases hold beside their caches (filters, indexes, what waits to be written), and what
//! one question or command takes while it is worked on.

use crate::engine::tenant::cold_store::ColdSources;
use std::fmt;
use std::str::FromStr;

/// A part of the bound for the caches of both databases, and the most that they get of a large one.
const CACHE_PART: u64 = 4;
const CACHE_BYTES_MAX: u64 = 64 << 20;

/// A bound on views and caches, in bytes. Written as a number with a unit: `512MiB`, `2GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryBound(u64);

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a size; write a number of kB, KiB, MB, MiB, GB or GiB, such as `512MiB`", .0.escape_debug())]
pub struct NoSize(String);

const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

impl MemoryBound {
    /// Of so many bytes.
    #[must_use]
    pub const fn of_bytes(bytes: u64) -> MemoryBound {
        MemoryBound(bytes)
    }

    /// The least that leaves so many bytes for the views.
    #[must_use]
    pub fn least_for(views_bytes: u64) -> MemoryBound {
        let cache_bytes = (views_bytes.div_ceil(CACHE_PART - 1)).min(CACHE_BYTES_MAX);
        MemoryBound(views_bytes.saturating_add(cache_bytes))
    }

    /// All of it, in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// What the cache of each of the two databases may hold.
    #[must_use]
    pub fn cache_bytes(self) -> u64 {
        (self.0 / CACHE_PART).min(CACHE_BYTES_MAX) / 2
    }

    /// What is left for the views of all organizations.
    #[must_use]
    pub fn views_bytes(self) -> u64 {
        self.0 - 2 * self.cache_bytes()
    }
}

/// The bound, and where cases come back from that have left memory.
#[derive(Clone)]
pub(in crate::engine) struct Budgeted {
    pub(in crate::engine) bound: MemoryBound,
    pub(in crate::engine) sources: ColdSources,
}

impl FromStr for MemoryBound {
    type Err = NoSize;
    fn from_str(text: &str) -> Result<Self, NoSize> {
        let of_unit = |&(unit, bytes): &(&str, u64)| Some((text.strip_suffix(unit)?, bytes));
        let (number, unit) = UNITS.iter().find_map(of_unit).unwrap_or((text, 1));
        // One sign or blank, and it is no number of ours.
        let digits = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let bytes = digits.and_then(|digits| digits.parse::<u64>().ok()).and_then(|number| number.checked_mul(unit));
        bytes.map(MemoryBound).ok_or_else(|| NoSize(text.to_owned()))
    }
}

impl fmt::Display for MemoryBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS[..3].iter().rev().find(|(_, bytes)| self.0 > 0 && self.0.is_multiple_of(*bytes));
        match exact {
            Some((unit, bytes)) => write!(f, "{}{unit}", self.0 / bytes),
            None => write!(f, "{}B", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_a_unit_and_reads_as_it_is_printed() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17B", 17),
            ("3kB", 3_000),
            ("3KB", 3_000),
            ("3KiB", 3_072),
            ("512MiB", 512 << 20),
            ("2GB", 2_000_000_000),
            ("2GiB", 2 << 30),
        ] {
            let bound: MemoryBound = text.parse().expect(text);
            assert_eq!(bound.bytes(), bytes, "{text}");
            assert_eq!(bound.to_string().parse(), Ok(bound), "{text} is printed as {bound}");
        }
        assert_eq!(MemoryBound::of_bytes(512 << 20).to_string(), "512MiB");
        for wrong in ["", "MiB", "-1MB", "+1MB", "1 MB", "1.5GB", "1TB", "1mb", "99999999999GiB"] {
            assert_eq!(wrong.parse::<MemoryBound>(), Err(NoSize(wrong.to_owned())));
        }
    }

    #[test]
    fn the_caches_get_a_quarter_of_a_small_bound_and_little_of_a_large_one() {
        let small = MemoryBound::of_bytes(80 << 20);
        assert_eq!((small.cache_bytes(), small.views_bytes()), (10 << 20, 60 << 20));
        for views_bytes in [0, 1, 1_000_003, 60 << 20, 1 << 30] {
            let least = MemoryBound::least_for(views_bytes);
            assert!((views_bytes..views_bytes + 4).contains(&least.views_bytes()), "{views_bytes}: {least:?}");
        }
        let large = MemoryBound::of_bytes(10 << 30);
        assert_eq!(large.views_bytes(), (10 << 30) - (64 << 20));
    }
}
