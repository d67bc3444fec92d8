//! The zone of `--tz`: in which times of the clock are read and shown.
//!
//! Absent on purpose: the zone of the machine. A call means the same wherever it is typed, so a zone is named or it is UTC.

use caseward_events::Timestamp;
use caseward_events::nearest::{nearest, or_meant};
use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use std::fmt;
use std::str::FromStr;

/// A zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// What holds where none is named.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// Whether instants are shown as they are kept.
    #[must_use]
    pub fn is_utc(self) -> bool {
        self == Zone::UTC
    }

    /// What the clock there shows.
    #[must_use]
    pub fn local(self, instant: Timestamp) -> NaiveDateTime {
        self.shown(instant).map_or(NaiveDateTime::MIN, |shown| shown.naive_local())
    }

    /// The same with its offset, as RFC 3339 writes it.
    #[must_use]
    pub fn written(self, instant: Timestamp) -> Option<String> {
        let shown = self.shown(instant)?;
        let fraction = match instant.as_micros().rem_euclid(1_000_000) {
            0 => SecondsFormat::Secs,
            millis if millis % 1_000 == 0 => SecondsFormat::Millis,
            _ => SecondsFormat::Micros,
        };
        Some(shown.to_rfc3339_opts(fraction, false))
    }

    fn shown(self, instant: Timestamp) -> Option<DateTime<Tz>> {
        Some(DateTime::<Utc>::from_timestamp_micros(instant.as_micros())?.with_timezone(&self.0))
    }

    /// The instant at which the clock there shows a time.
    ///
    /// # Errors
    /// There is none or there are two, when the clock is set; it lies outside the years that are written.
    pub fn instant(self, time: NaiveDateTime) -> Result<Timestamp, String> {
        let named = || format!("{}", time.format("%Y-%m-%dT%H:%M:%S"));
        match self.0.from_local_datetime(&time) {
            MappedLocalTime::Single(there) => timestamp(&there),
            MappedLocalTime::Ambiguous(one, other) => {
                let offsets = [one, other].map(|there| there.offset().fix());
                let [one, other] = offsets;
                Err(format!("the clock shows {} twice in {self}; add its offset: {one} or {other}", named()))
            }
            MappedLocalTime::None => {
                Err(format!("the clock never shows {} in {self}: it is set forward then", named()))
            }
        }
    }

    /// The first instant of a day there, which need not be midnight.
    ///
    /// # Errors
    /// It lies outside the years that are written.
    pub fn first_instant(self, day: NaiveDate) -> Result<Timestamp, String> {
        let hours = (0..24).filter_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0));
        let mut shown = hours.filter_map(|hour| self.0.from_local_datetime(&day.and_time(hour)).earliest());
        shown.next().map_or_else(|| Err(format!("there is no {day} in {self}")), |there| timestamp(&there))
    }
}

fn timestamp(there: &DateTime<Tz>) -> Result<Timestamp, String> {
    let instant = Timestamp::from_micros(there.timestamp_micros());
    let is_written = (Timestamp::FIRST..=Timestamp::LAST).contains(&instant);
    is_written.then_some(instant).ok_or_else(|| format!("{there} lies outside the years 0000 to 9999 in UTC"))
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(zone) = text.parse() {
            return Ok(Zone(zone));
        }
        // A city alone says enough to be understood, but not enough to be taken.
        let city = |name: &&'static str| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text));
        let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
        let meant = names().find(city).or_else(|| nearest(text, names()));
        let text = text.escape_debug();
        Err(format!(
            "`{text}` is not a time zone; write a name of the IANA database, as Europe/Berlin{}",
            or_meant(meant)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_named_as_the_database_names_it() {
        let wrong = |text: &str| text.parse::<Zone>().expect_err("there is none");
        assert!(wrong("berlin").ends_with("; did you mean `Europe/Berlin`?"));
        assert!(wrong("Europe/Berlni").ends_with("; did you mean `Europe/Berlin`?"));
        let berlin: Zone = "Europe/Berlin".parse().expect("there is one");
        let instant = "2024-07-14T10:00:00.5Z".parse().expect("it is an instant");
        assert_eq!(berlin.written(instant).as_deref(), Some("2024-07-14T12:00:00.500+02:00"));
    }
}
