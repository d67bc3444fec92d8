//! Moments as typed: an instant, a day, a position, how long ago, or a time of the clock in the zone of `--tz`.
//!
//! INVARIANT: what needs the zone is settled once, right behind the parser ([`Moment::settle`]); from then on a moment means
//! the same wherever the call is sent. A day is its first instant, and stays known as a day, so that an answer can say so.

use crate::cli::args::zone::Zone;
use caseward_events::nearest::or_meant;
use caseward_events::time::{Ago, BadAgo};
use caseward_events::{Position, Timestamp};
use caseward_projections::AsOf;
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use std::fmt;
use std::str::FromStr;

/// Relative ones need the clock before they mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenAsOf {
    /// A position or an instant.
    Absolute(AsOf),
    /// The first instant of a day.
    Day(Timestamp),
    /// So long before now.
    Ago(Ago),
    /// So long after now.
    Ahead(Ago),
    /// Now.
    Now,
    /// A day in a zone that is not known yet: so many days ago, where it is not named.
    DayOfZone(Result<NaiveDate, u8>),
    /// A time of the clock there.
    TimeOfZone(NaiveDateTime),
}

impl GivenAsOf {
    /// What it means at an instant.
    #[must_use]
    pub fn at(self, now: Timestamp) -> AsOf {
        AsOf::Instant(match self {
            GivenAsOf::Absolute(as_of) => return as_of,
            GivenAsOf::Day(start) => start,
            GivenAsOf::Ago(ago) => ago.before(now),
            GivenAsOf::Ahead(ahead) => ahead.after(now),
            GivenAsOf::Now => now,
            // Settled long before, unless nobody named a zone.
            GivenAsOf::DayOfZone(_) | GivenAsOf::TimeOfZone(_) => {
                let mut settled = self;
                return match settled.settle(Zone::UTC, now) {
                    Ok(()) => settled.at(now),
                    Err(_) => AsOf::Instant(now),
                };
            }
        })
    }
}

/// As pages repeat it: a day is its first instant, and how long ago stays that.
impl fmt::Display for GivenAsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GivenAsOf::Absolute(as_of) => as_of.fmt(f),
            GivenAsOf::Day(start) => start.fmt(f),
            GivenAsOf::Ago(ago) => write!(f, "{ago:?}"),
            GivenAsOf::Ahead(ahead) => write!(f, "+{ahead:?}"),
            GivenAsOf::Now => f.write_str("now"),
            GivenAsOf::DayOfZone(Ok(day)) => day.fmt(f),
            GivenAsOf::DayOfZone(Err(ago)) => write!(f, "{ago} days ago"),
            GivenAsOf::TimeOfZone(time) => time.fmt(f),
        }
    }
}

/// What `--tz` has a say in.
pub trait Moment {
    /// Settles what a time of the clock and a day mean in a zone, and, for an instant to be kept, how long from now it is.
    ///
    /// # Errors
    /// The clock there shows that time twice, or never.
    fn settle(&mut self, zone: Zone, now: Timestamp) -> Result<(), String>;
}

impl Moment for GivenAsOf {
    fn settle(&mut self, zone: Zone, now: Timestamp) -> Result<(), String> {
        let day = match *self {
            GivenAsOf::TimeOfZone(time) => {
                *self = GivenAsOf::Absolute(AsOf::Instant(zone.instant(time)?));
                return Ok(());
            }
            GivenAsOf::DayOfZone(Ok(day)) => day,
            GivenAsOf::DayOfZone(Err(ago)) => {
                let today = zone.local(now).date();
                today.checked_sub_days(Days::new(u64::from(ago))).unwrap_or(today)
            }
            _ => return Ok(()),
        };
        *self = GivenAsOf::Day(zone.first_instant(day)?);
        Ok(())
    }
}

impl FromStr for GivenAsOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('-') {
            return text.parse().map(GivenAsOf::Ago).map_err(|why: BadAgo| why.to_string());
        }
        if let Some(ahead) = text.strip_prefix('+') {
            let wrong =
                |_: BadAgo| format!("`{}` is not how long from now; write +90m, +12h, +7d or +3w", text.escape_debug());
            return format!("-{ahead}").parse().map(GivenAsOf::Ahead).map_err(wrong);
        }
        match text.to_ascii_lowercase().as_str() {
            "now" => return Ok(GivenAsOf::Now),
            "today" => return Ok(GivenAsOf::DayOfZone(Err(0))),
            "yesterday" => return Ok(GivenAsOf::DayOfZone(Err(1))),
            _ => {}
        }
        // As answers print positions, too.
        if let Ok(position) = text.strip_prefix('#').unwrap_or(text).parse::<u64>() {
            return Ok(GivenAsOf::Absolute(AsOf::Position(Position(position))));
        }
        written(text).ok_or_else(|| {
            format!(
                "`{}` is not an instant (2026-03-01T09:00:00Z), a time of the clock (2026-03-01T09:00), a day, a position, or \
                 how long ago (-2d){}",
                text.escape_debug(),
                or_meant(in_order(text))
            )
        })
    }
}

/// An instant, a time of the clock or a day.
fn written(text: &str) -> Option<GivenAsOf> {
    if !text.is_ascii() {
        return None;
    }
    let text = text.replacen(' ', "T", 1);
    if let Ok(instant) = text.parse().or_else(|_| with_seconds(&text).parse()) {
        return Some(GivenAsOf::Absolute(AsOf::Instant(instant)));
    }
    // Four digits of a year, as everywhere.
    let is_date = text.len() >= 10 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    let (date, time) = text.split_at_checked(10).filter(|_| is_date)?;
    let date: NaiveDate = date.parse().ok()?;
    let Some(time) = time.strip_prefix('T') else {
        return time.is_empty().then_some(GivenAsOf::DayOfZone(Ok(date)));
    };
    let time = ["%H:%M:%S%.f", "%H:%M"].into_iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok())?;
    Some(GivenAsOf::TimeOfZone(date.and_time(time)))
}

/// `2024-03-14T12:00Z` with the seconds that RFC 3339 wants.
fn with_seconds(text: &str) -> String {
    match text.split_at_checked("2024-03-14T12:00".len()) {
        Some((minute, offset)) if offset == "Z" || offset.starts_with(['+', '-']) => format!("{minute}:00{offset}"),
        _ => text.to_owned(),
    }
}

/// A day that was written the other way round: `14.03.2024`.
fn in_order(text: &str) -> Option<NaiveDate> {
    let parts: Vec<u32> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [day, month, year] = parts.try_into().ok()?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| year >= 1000)
}

/// An instant to be kept: of a window, of the end of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenInstant(GivenAsOf);

impl GivenInstant {
    /// Which one it is.
    #[must_use]
    pub fn instant(self) -> Timestamp {
        match self.0.at(Timestamp::EPOCH) {
            AsOf::Instant(instant) => instant,
            AsOf::Position(_) | AsOf::Head => Timestamp::EPOCH,
        }
    }

    /// The first instant of the day, where a day was typed.
    #[must_use]
    pub fn day(self) -> Option<Timestamp> {
        match self.0 {
            GivenAsOf::Day(start) => Some(start),
            _ => None,
        }
    }
}

impl Moment for GivenInstant {
    fn settle(&mut self, zone: Zone, now: Timestamp) -> Result<(), String> {
        self.0.settle(zone, now)?;
        if matches!(self.0, GivenAsOf::Ago(_) | GivenAsOf::Ahead(_) | GivenAsOf::Now) {
            self.0 = GivenAsOf::Absolute(self.0.at(now));
        }
        Ok(())
    }
}

impl FromStr for GivenInstant {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |meant: Option<NaiveDate>| {
            format!(
                "`{}` is not an instant (2026-03-01T09:00:00Z), a time of the clock (2026-03-01T09:00), a day, or how long from \
                 now (+7d){}",
                text.escape_debug(),
                or_meant(meant)
            )
        };
        match text.parse() {
            Ok(GivenAsOf::Absolute(AsOf::Position(_))) => Err(wrong(None)),
            Ok(given) => Ok(GivenInstant(given)),
            Err(_) => Err(wrong(in_order(text))),
        }
    }
}

/// One end of a window, or `none`, which takes it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBound(pub Option<GivenInstant>);

impl Moment for GivenBound {
    fn settle(&mut self, zone: Zone, now: Timestamp) -> Result<(), String> {
        self.0.iter_mut().try_for_each(|instant| instant.settle(zone, now))
    }
}

impl FromStr for GivenBound {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(GivenBound(None)),
            text => {
                text.parse().map(|instant| GivenBound(Some(instant))).map_err(|why| format!("{why}; `none` clears it"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+]?.{0,24}", ago in "[-+][0-9]{0,22}.?", date in "[0-9]{1,5}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.Z+-]{0,16}") {
            let now = Timestamp::from_micros(0);
            for text in [text, ago, date] {
                if let Ok(mut given) = text.parse::<GivenAsOf>() {
                    let _ = given.settle("Europe/Berlin".parse().expect("there is one"), now);
                    let _ = given.at(now);
                }
                let _ = text.parse::<GivenInstant>();
            }
        }
    }

    #[test]
    fn what_may_be_typed() {
        let now = Timestamp::from_micros(10 * 86_400 * 1_000_000);
        let at = |text: &str| text.parse::<GivenAsOf>().map(|given| given.at(now));
        assert_eq!(at("-2d"), Ok(AsOf::Instant(Timestamp::from_micros(8 * 86_400 * 1_000_000))));
        assert_eq!(at("+2d"), Ok(AsOf::Instant(Timestamp::from_micros(12 * 86_400 * 1_000_000))));
        assert_eq!(at("17"), Ok(AsOf::Position(Position(17))));
        assert_eq!(at("#17"), Ok(AsOf::Position(Position(17))));
        assert_eq!(at("now"), Ok(AsOf::Instant(now)));
        assert_eq!(at("yesterday"), at("1970-01-10T00:00:00Z"));
        assert_eq!(at("1970-01-02"), at("1970-01-02T00:00:00Z"));
        for same in [
            "1970-01-02T12:00",
            "1970-01-02 12:00",
            "1970-01-02T12:00:00",
            "1970-01-02T13:00+01:00",
            "1970-01-02T12:00Z",
        ] {
            assert_eq!(at(same), at("1970-01-02T12:00:00Z"), "{same}");
        }
        for bad in
            ["", "-", "+", "-2", "-d", "--2d", "-2y", "-99999999999999w", "tomorrow", "-é", "12024-01-01", "2024-02-30"]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
        assert!(at("14.03.2024").is_err_and(|why| why.ends_with("; did you mean `2024-03-14`?")));
    }

    #[test]
    fn a_day_and_a_time_of_the_clock_are_those_of_the_zone() {
        let berlin: Zone = "Europe/Berlin".parse().expect("there is one");
        let settled = |text: &str| {
            let mut given: GivenAsOf = text.parse().map_err(|why: String| why)?;
            given.settle(berlin, Timestamp::EPOCH).map(|()| given)
        };
        let instant = |text: &str| AsOf::Instant(text.parse().expect("it is one"));
        assert_eq!(settled("2024-03-14T12:00"), Ok(GivenAsOf::Absolute(instant("2024-03-14T11:00:00Z"))));
        assert_eq!(settled("2024-07-14"), Ok(GivenAsOf::Day("2024-07-13T22:00:00Z".parse().expect("it is one"))));
        assert_eq!(settled("2024-03-14T12:00Z"), Ok(GivenAsOf::Absolute(instant("2024-03-14T12:00:00Z"))));
        assert!(settled("2024-10-27T02:30").is_err_and(|why| why.contains("twice") && why.contains("+02:00")));
        assert!(settled("2024-03-31T02:30").is_err_and(|why| why.contains("never")));
    }

    #[test]
    fn the_end_of_a_window_is_settled_for_good() {
        let mut given: GivenInstant = "+7d".parse().expect("it is how long from now");
        given.settle(Zone::UTC, Timestamp::EPOCH).expect("there is such a time");
        assert_eq!(given.instant(), "1970-01-08T00:00:00Z".parse().expect("it is one"));
        assert!("17".parse::<GivenInstant>().is_err());
        assert_eq!("none".parse(), Ok(GivenBound(None)));
    }
}
