//! `--as-of` as typed: an instant, a position, or how long ago.

use caseward_events::{Position, Timestamp};
use caseward_projections::AsOf;
use std::str::FromStr;

/// Relative ones need the clock before they mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenAsOf {
    /// A position or an instant.
    Absolute(AsOf),
    /// So many microseconds before now.
    Ago(i64),
}

impl GivenAsOf {
    /// What it means at an instant.
    #[must_use]
    pub fn at(self, now: Timestamp) -> AsOf {
        match self {
            GivenAsOf::Absolute(as_of) => as_of,
            GivenAsOf::Ago(micros) => AsOf::Instant(Timestamp::from_micros(now.as_micros().saturating_sub(micros))),
        }
    }
}

impl FromStr for GivenAsOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(ago) = text.strip_prefix('-') {
            return parse_ago(ago).map(GivenAsOf::Ago);
        }
        if let Ok(position) = text.parse::<u64>() {
            return Ok(GivenAsOf::Absolute(AsOf::Position(Position(position))));
        }
        // A bare day means its first instant, in UTC.
        let instant = text.parse().or_else(|why| format!("{text}T00:00:00Z").parse().map_err(|_| why));
        let instant: Timestamp = instant.map_err(|_| {
            format!("`{}` is neither an instant (2026-03-01T09:00:00Z), a day, a position nor -2d", text.escape_debug())
        })?;
        Ok(GivenAsOf::Absolute(AsOf::Instant(instant)))
    }
}

fn parse_ago(text: &str) -> Result<i64, String> {
    const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
    let wrong = || format!("`-{}` is not how long ago; write -90m, -12h, -2d or -3w", text.escape_debug());
    let unit = text.chars().last().ok_or_else(wrong)?;
    let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit).ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let micros = number.checked_mul(seconds).and_then(|seconds| seconds.checked_mul(1_000_000));
    micros.filter(|micros| *micros >= 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "-?.{0,24}", ago in "-[0-9]{0,22}.?") {
            let now = Timestamp::from_micros(0);
            let _ = text.parse::<GivenAsOf>().map(|given| given.at(now));
            let _ = ago.parse::<GivenAsOf>().map(|given| given.at(now));
        }
    }

    #[test]
    fn what_may_be_typed() {
        let now = Timestamp::from_micros(10 * 86_400 * 1_000_000);
        let at = |text: &str| text.parse::<GivenAsOf>().map(|given| given.at(now));
        assert_eq!(at("-2d"), Ok(AsOf::Instant(Timestamp::from_micros(8 * 86_400 * 1_000_000))));
        assert_eq!(at("17"), Ok(AsOf::Position(Position(17))));
        assert_eq!(at("1970-01-02"), at("1970-01-02T00:00:00Z"));
        for bad in ["", "-", "-2", "-d", "--2d", "-2y", "-99999999999999w", "yesterday", "-é"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
