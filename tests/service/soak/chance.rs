//! Choices that can be made again: all of them come from one seed.

/// A sequence of choices.
pub struct Chance(u64);

impl Chance {
    /// Of somebody, in the run of the seed.
    pub fn of(whom: &str, number: u64) -> Chance {
        let seed = std::env::var("CASEWARD_SOAK_SEED").ok().map_or(1, |text| text.parse().expect("a number"));
        let mixed = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Chance(whom.bytes().fold(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15), mixed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of so many numbers, from zero on.
    pub fn below(&mut self, all: u64) -> u64 {
        self.next() % all
    }

    /// In so many of a hundred cases.
    pub fn in_a_hundred(&mut self, cases: u64) -> bool {
        self.below(100) < cases
    }
}
