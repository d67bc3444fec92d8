//! Chance that can be had again: numbers drawn from a seed (splitmix64), so that a failure names its cause.

/// A source of numbers.
pub struct Chance(u64);

impl Chance {
    /// One for each thing that is tried: the seed of the run, and what tells it from the others.
    pub fn of(what: &str, number: usize) -> Chance {
        let seed = std::env::var("CASEWARD_FAULTS_SEED").map_or(1, |seed| seed.parse().expect("the seed is a number"));
        let of_what = what.bytes().fold(seed, |all: u64, byte| all.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut chance = Chance(of_what ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        chance.next();
        chance
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below one")
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Yes, so many times in a hundred.
    pub fn yes(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
