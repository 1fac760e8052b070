//! Choices that repeat: the same seed always gives the same people.

use jiff::civil::{Date, date};

/// A small generator (SplitMix64). Not for secrets.
pub(crate) struct Dice(u64);

impl Dice {
    /// One stream of choices for each pair of seed and row.
    pub(crate) fn new(seed: u64, row: u64) -> Self {
        let mut dice = Self(seed ^ row.wrapping_mul(0xD134_2543_DE82_EF95));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, not including, `high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low).max(1));
        // The remainder is below `span`, so below 2^32.
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// One of `choices`, which is not empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[(self.next() % choices.len() as u64) as usize]
    }

    /// True about once in `n`.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.between(0, n) == 0
    }

    /// A day in the years from `first` up to, not including, `end`.
    pub(crate) fn day(&mut self, first: u32, end: u32) -> Date {
        let (month, day) = (self.between(1, 13), self.between(1, 29));
        day_of(self.between(first, end), month, day)
    }
}

/// A date that exists in every year: `day` is at most 28.
pub(crate) fn day_of(year: u32, month: u32, day: u32) -> Date {
    date(year as i16, month as i8, day as i8)
}
