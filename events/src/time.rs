//! Instants and windows: UTC, whole microseconds, `i64` inside and RFC 3339 at the edge (`semantics.md` section 7).

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Why a text is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTimestamp {
    /// Not RFC 3339.
    #[error("`{0}` is not an instant; write RFC 3339 with an offset, as 2026-03-01T09:00:00Z")]
    NotRfc3339(String),
    /// A second numbered 60.
    #[error("`{0}` is a leap second, which has no place on this time line; use the second before or after")]
    LeapSecond(String),
    /// Outside the years 0000 to 9999 in UTC.
    #[error("`{0}` lies outside the years 0000 to 9999 in UTC")]
    OutOfRange(String),
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the time of position 0.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// Before every instant that can be written.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The first that can be written: 0000-01-01T00:00:00Z.
    pub const FIRST: Timestamp = Timestamp(-62_167_219_200_000_000);
    /// The last that can be written: 9999-12-31T23:59:59.999999Z.
    pub const LAST: Timestamp = Timestamp(253_402_300_799_999_999);
    /// After every instant that can be written.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Timestamp(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The next instant that can be told apart from this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Timestamp(self.0.saturating_add(1))
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;
    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        // RFC 3339 knows no other letters: a minus of another kind is none.
        if !text.is_ascii() {
            return Err(BadTimestamp::NotRfc3339(text.to_owned()));
        }
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| BadTimestamp::NotRfc3339(text.to_owned()))?;
        if instant.nanosecond() >= 1_000_000_000 {
            return Err(BadTimestamp::LeapSecond(text.to_owned()));
        }
        let instant = instant.with_timezone(&Utc);
        if !(0..=9999).contains(&instant.year()) {
            return Err(BadTimestamp::OutOfRange(text.to_owned()));
        }
        Ok(Timestamp(instant.timestamp_micros()))
    }
}

/// An instant, or a bare day, which means its first instant in UTC.
///
/// # Errors
/// It is neither.
pub fn instant_or_day(text: &str) -> Result<Timestamp, BadTimestamp> {
    text.parse().or_else(|why| format!("{text}T00:00:00Z").parse().map_err(|_| why))
}

/// How long before now: `-90m`, `-2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ago {
    micros: i64,
}

/// A text that does not say how long ago.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not how long ago; write -90m, -12h, -2d or -3w", .0.escape_debug())]
pub struct BadAgo(String);

impl Ago {
    /// The instant it means.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_sub(self.micros)).max(Timestamp::FIRST)
    }

    /// The instant that lies so long after one.
    #[must_use]
    pub fn after(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.micros)).min(Timestamp::LAST)
    }
}

impl FromStr for Ago {
    type Err = BadAgo;
    fn from_str(text: &str) -> Result<Self, BadAgo> {
        const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
        let wrong = || BadAgo(text.to_owned());
        let ago = text.strip_prefix('-').ok_or_else(wrong)?;
        let unit = ago.chars().last().ok_or_else(wrong)?;
        let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit).ok_or_else(wrong)?;
        let number: i64 = ago[..ago.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
        let micros = number.checked_mul(seconds).and_then(|seconds| seconds.checked_mul(1_000_000));
        micros.filter(|micros| *micros >= 0).map(|micros| Ago { micros }).ok_or_else(wrong)
    }
}

/// The bytes of an instant in RFC 3339, of which so many count.
struct Written {
    bytes: [u8; "0000-01-01T00:00:00.000000Z".len()],
    length: usize,
}

impl Written {
    /// Every answer says several instants, so this is written by hand: a formatter for any pattern took a tenth of a check.
    /// None outside the years 0000 to 9999.
    fn of(Timestamp(micros): Timestamp) -> Option<Written> {
        const MICROS_A_DAY: i64 = 86_400_000_000;
        if !(Timestamp::FIRST.0..=Timestamp::LAST.0).contains(&micros) {
            return None;
        }
        let (year, month, day) = date(micros.div_euclid(MICROS_A_DAY));
        let of_day = micros.rem_euclid(MICROS_A_DAY);
        let (second, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        let mut written = Written { bytes: *b"0000-00-00T00:00:00.000000Z", length: 27 };
        written.put(0, 4, year);
        written.put(5, 2, month);
        written.put(8, 2, day);
        written.put(11, 2, second / 3_600);
        written.put(14, 2, second / 60 % 60);
        written.put(17, 2, second % 60);
        written.put(20, 6, fraction);
        written.length = match fraction {
            0 => 20,
            millis if millis % 1_000 == 0 => 24,
            _ => 27,
        };
        written.bytes[written.length - 1] = b'Z';
        Some(written)
    }

    fn put(&mut self, at: usize, digits: usize, mut number: i64) {
        for byte in self.bytes[at..at + digits].iter_mut().rev() {
            *byte = b'0' + u8::try_from(number % 10).expect("a digit is small");
            number /= 10;
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("digits are ASCII")
    }
}

/// Year, month and day of a day counted from 1970, in years from 0 on: an era has 400 years, and a year begins with March.
fn date(day: i64) -> (i64, i64, i64) {
    const DAYS_TO_1970: i64 = 719_468;
    const DAYS_AN_ERA: i64 = 146_097;
    let day = day + DAYS_TO_1970;
    let (era, of_era) = (day.div_euclid(DAYS_AN_ERA), day.rem_euclid(DAYS_AN_ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year + i64::from(month >= 10), if month < 10 { month + 3 } else { month - 9 });
    (year, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Written::of(*self) {
            Some(written) => f.write_str(written.as_str()),
            None => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        match Written::of(*self) {
            Some(written) => serializer.serialize_str(written.as_str()),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Timestamp);
        }
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The half-open time `[from, until)` in which an entry counts; without an end it is open there.
///
/// # Examples
/// ```
/// use caseward_events::Window;
///
/// let march = Window { from: Some("2026-03-01T00:00:00Z".parse()?), until: Some("2026-04-01T00:00:00Z".parse()?) };
/// assert!(march.holds("2026-03-01T00:00:00Z".parse()?));
/// assert!(!march.holds("2026-04-01T00:00:00Z".parse()?));
/// assert!(Window::ALWAYS.holds("9999-12-31T23:59:59Z".parse()?));
/// # Ok::<(), caseward_events::time::BadTimestamp>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// `valid_from`.
    pub from: Option<Timestamp>,
    /// `valid_until`.
    pub until: Option<Timestamp>,
}

/// Where an instant lies in respect to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// The window has not begun.
    Before,
    /// It holds.
    Inside,
    /// It has ended.
    After,
}

impl Window {
    /// No bound at either side.
    pub const ALWAYS: Window = Window { from: None, until: None };

    /// False where it would end before or as it begins (`invalid_window`).
    #[must_use]
    pub fn is_upright(&self) -> bool {
        !matches!((self.from, self.until), (Some(from), Some(until)) if from >= until)
    }

    /// Where `at` lies.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> Within {
        match (self.from, self.until) {
            (Some(from), _) if at < from => Within::Before,
            (_, Some(until)) if at >= until => Within::After,
            _ => Within::Inside,
        }
    }

    /// True where `at` lies inside.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.place(at) == Within::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{SecondsFormat, TimeDelta};
    use proptest::prelude::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("the test writes it well")
    }

    #[test]
    fn an_instant_is_answered_in_utc_with_0_3_or_6_digits() {
        for (given, answered) in [
            ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z"),
            ("2026-03-01T09:00:00.5Z", "2026-03-01T09:00:00.500Z"),
            ("2026-03-01T09:00:00.0000019Z", "2026-03-01T09:00:00.000001Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(instant(given).to_string(), answered);
        }
    }

    #[test]
    fn dates_of_ten_thousand_years_are_those_of_the_calendar() {
        let mut day = DateTime::<Utc>::from_timestamp_micros(Timestamp::FIRST.as_micros()).expect("it is a day");
        while day.year() <= 9999 {
            let written = Timestamp(day.timestamp_micros()).to_string();
            assert_eq!(written, day.to_rfc3339_opts(SecondsFormat::Secs, true));
            day += TimeDelta::hours(24 * 7 + 5);
        }
        assert_eq!(Timestamp::LAST.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp(Timestamp::LAST.0 + 1).to_string(), "253402300800000000us");
    }

    #[test]
    fn what_is_no_instant_says_why() {
        assert!(matches!("2016-12-31T23:59:60Z".parse::<Timestamp>(), Err(BadTimestamp::LeapSecond(_))));
        assert!(matches!("0000-01-01T00:00:00+01:00".parse::<Timestamp>(), Err(BadTimestamp::OutOfRange(_))));
        assert!(matches!("2026-03-01".parse::<Timestamp>(), Err(BadTimestamp::NotRfc3339(_))));
        assert!("2026-03-01T09:00:00-01:00".parse::<Timestamp>().is_ok());
        let minus = "2026-03-01T09:00:00\u{2212}01:00".parse::<Timestamp>();
        assert!(matches!(minus, Err(BadTimestamp::NotRfc3339(_))));
    }

    #[test]
    fn a_window_is_half_open() {
        let window = Window { from: Some(Timestamp(10)), until: Some(Timestamp(20)) };
        let places = [9, 10, 19, 20].map(|at| window.place(Timestamp(at)));
        assert_eq!(places, [Within::Before, Within::Inside, Within::Inside, Within::After]);
        assert!(!Window { from: Some(Timestamp(1)), until: Some(Timestamp(1)) }.is_upright());
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000) {
            let written = Timestamp(micros).to_string();
            prop_assert_eq!(instant(&written), Timestamp(micros));
            let chrono = DateTime::<Utc>::from_timestamp_micros(micros).expect("chrono knows these years");
            let digits = match micros {
                whole if whole % 1_000_000 == 0 => SecondsFormat::Secs,
                millis if millis % 1_000 == 0 => SecondsFormat::Millis,
                _ => SecondsFormat::Micros,
            };
            prop_assert_eq!(written, chrono.to_rfc3339_opts(digits, true));
        }
    }
}
