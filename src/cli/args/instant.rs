//! `--as-of` as typed: an instant, a position, or how long ago.

use caseward_events::time::{Ago, BadAgo, instant_or_day};
use caseward_events::{Position, Timestamp};
use caseward_projections::AsOf;
use std::fmt;
use std::str::FromStr;

/// Relative ones need the clock before they mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenAsOf {
    /// A position or an instant.
    Absolute(AsOf),
    /// The first instant of a day, in UTC.
    Day(Timestamp),
    /// So long before now.
    Ago(Ago),
}

impl GivenAsOf {
    /// What it means at an instant.
    #[must_use]
    pub fn at(self, now: Timestamp) -> AsOf {
        match self {
            GivenAsOf::Absolute(as_of) => as_of,
            GivenAsOf::Day(start) => AsOf::Instant(start),
            GivenAsOf::Ago(ago) => AsOf::Instant(ago.before(now)),
        }
    }
}

/// As pages repeat it: a day is its first instant, and how long ago stays that.
impl fmt::Display for GivenAsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GivenAsOf::Absolute(as_of) => as_of.fmt(f),
            GivenAsOf::Day(start) => start.fmt(f),
            GivenAsOf::Ago(ago) => write!(f, "{ago:?}"),
        }
    }
}

impl FromStr for GivenAsOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('-') {
            return text.parse().map(GivenAsOf::Ago).map_err(|why: BadAgo| why.to_string());
        }
        // As answers print positions, too.
        if let Ok(position) = text.strip_prefix('#').unwrap_or(text).parse::<u64>() {
            return Ok(GivenAsOf::Absolute(AsOf::Position(Position(position))));
        }
        let instant = instant_or_day(text).map_err(|_| {
            format!(
                "`{}` is not an instant (2026-03-01T09:00:00Z), a day, a position, or how long ago (-2d)",
                text.escape_debug()
            )
        })?;
        let is_instant = text.parse() == Ok(instant);
        Ok(if is_instant { GivenAsOf::Absolute(AsOf::Instant(instant)) } else { GivenAsOf::Day(instant) })
    }
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
        assert_eq!(at("#17"), Ok(AsOf::Position(Position(17))));
        assert_eq!(at("1970-01-02"), at("1970-01-02T00:00:00Z"));
        assert!(matches!("1970-01-02".parse(), Ok(GivenAsOf::Day(_))));
        assert!(matches!("1970-01-02T00:00:00Z".parse(), Ok(GivenAsOf::Absolute(_))));
        for bad in ["", "-", "-2", "-d", "--2d", "-2y", "-99999999999999w", "yesterday", "-é"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
