//! A stretch of time on a line: where an instant lies, and the ticks that say which instants these are, from
//! microseconds to centuries, in UTC.
//!
//! INVARIANT: labels that stand on one line never overlap; one that would is left out, its tick stays.

use caseward_events::Timestamp;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The first Monday of the time line: 1970-01-05.
const MONDAY: i64 = 4 * DAY;

/// How far ticks lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Micros(i64),
    Months(i32),
}

const STEPS: &[Step] = {
    use Step::{Micros, Months};
    &[
        Micros(1),
        Micros(10),
        Micros(100),
        Micros(1_000),
        Micros(10_000),
        Micros(100_000),
        Micros(SECOND),
        Micros(5 * SECOND),
        Micros(15 * SECOND),
        Micros(30 * SECOND),
        Micros(MINUTE),
        Micros(5 * MINUTE),
        Micros(15 * MINUTE),
        Micros(30 * MINUTE),
        Micros(HOUR),
        Micros(3 * HOUR),
        Micros(6 * HOUR),
        Micros(12 * HOUR),
        Micros(DAY),
        Micros(2 * DAY),
        Micros(7 * DAY),
        Micros(14 * DAY),
        Months(1),
        Months(3),
        Months(6),
        Months(12),
        Months(24),
        Months(60),
        Months(120),
        Months(240),
        Months(600),
        Months(1_200),
        Months(6_000),
        Months(12_000),
    ]
};

/// A labelled instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub at: Timestamp,
    /// What distinguishes it from its neighbours: `09:30`, `14 Mar`, `2024`.
    pub label: String,
    /// What it lies in, where that is another than of the tick before: the day of a time, the year of a day.
    pub within: Option<String>,
}

/// From one instant to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
}

impl Scale {
    /// Where an instant lies: 0 where it begins, 1 where it ends; one outside, at the nearer end.
    #[must_use]
    pub fn share(&self, at: Timestamp) -> f64 {
        let (from, to) = (self.from.as_micros(), self.to.as_micros());
        let share = at.as_micros().saturating_sub(from) as f64 / to.saturating_sub(from).max(1) as f64;
        share.clamp(0.0, 1.0)
    }

    /// As many as have room for their labels on a line so many letters wide.
    #[must_use]
    pub fn ticks(&self, letters: usize) -> Vec<Tick> {
        let micros = self.to.as_micros().saturating_sub(self.from.as_micros());
        let fits = |step: &&Step| step.about() * room_for(step.letters(), letters) >= micros;
        let step = STEPS.iter().find(fits).copied().unwrap_or(Step::Months(12_000));
        let mut ticks: Vec<Tick> = Vec::new();
        let mut before = None;
        let mut next = step.first(self.from);
        while let Some(at) = next.filter(|at| *at <= self.to) {
            let (label, within) = step.labels(at);
            let new = (before != Some(within.clone())).then(|| within.clone()).flatten();
            before = Some(within);
            ticks.push(Tick { at, label, within: new });
            next = step.after(at);
        }
        ticks
    }
}

/// How many labels of a width have room, with two letters between them.
fn room_for(width: usize, letters: usize) -> i64 {
    i64::try_from(letters / (width + 2)).unwrap_or(i64::MAX).clamp(1, 1_000)
}

impl Step {
    /// In microseconds.
    fn about(self) -> i64 {
        match self {
            Step::Micros(micros) => micros,
            Step::Months(months) => i64::from(months) * 30 * DAY,
        }
    }

    /// How wide its labels are.
    fn letters(self) -> usize {
        match self {
            Step::Micros(micros) if micros < 1_000 => 15,
            Step::Micros(micros) if micros < SECOND => 12,
            Step::Micros(micros) if micros < MINUTE => 8,
            Step::Micros(micros) if micros < DAY => 5,
            Step::Micros(_) => 6,
            Step::Months(months) if months < 12 => 3,
            Step::Months(_) => 4,
        }
    }

    /// The first tick at or after an instant.
    fn first(self, from: Timestamp) -> Option<Timestamp> {
        match self {
            Step::Micros(step) => {
                let origin = if step >= 7 * DAY { MONDAY } else { 0 };
                let begin = origin + (from.as_micros() - origin).div_euclid(step) * step;
                Some(Timestamp::from_micros(if begin < from.as_micros() { begin + step } else { begin }))
            }
            Step::Months(step) => {
                let date = utc(from)?.date_naive();
                let months = date.year() * 12 + i32::try_from(date.month0()).expect("a year has 12 months");
                let begin = month(months.div_euclid(step) * step)?;
                if begin >= from { Some(begin) } else { self.after(begin) }
            }
        }
    }

    fn after(self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Step::Micros(step) => Some(Timestamp::from_micros(at.as_micros().checked_add(step)?)),
            Step::Months(step) => {
                let date = utc(at)?.date_naive();
                month(date.year() * 12 + i32::try_from(date.month0()).expect("a year has 12 months") + step)
            }
        }
    }

    /// What a tick says, and what it lies in.
    fn labels(self, at: Timestamp) -> (String, Option<String>) {
        let Some(time) = utc(at) else { return (at.to_string(), None) };
        let say = |format: &str| time.format(format).to_string();
        match self {
            Step::Micros(micros) if micros < 1_000 => (say("%H:%M:%S%.6f"), Some(say("%Y-%m-%d"))),
            Step::Micros(micros) if micros < SECOND => (say("%H:%M:%S%.3f"), Some(say("%Y-%m-%d"))),
            Step::Micros(micros) if micros < MINUTE => (say("%H:%M:%S"), Some(say("%Y-%m-%d"))),
            Step::Micros(micros) if micros < DAY => (say("%H:%M"), Some(say("%Y-%m-%d"))),
            Step::Micros(_) => (say("%-d %b"), Some(say("%Y"))),
            Step::Months(months) if months < 12 => (say("%b"), Some(say("%Y"))),
            Step::Months(_) => (say("%Y"), None),
        }
    }
}

fn utc(at: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(at.as_micros())
}

/// The first instant of a month, counted from the year 0.
fn month(number: i32) -> Option<Timestamp> {
    let month = u32::try_from(number.rem_euclid(12)).expect("a year has 12 months") + 1;
    let date = NaiveDate::from_ymd_opt(number.div_euclid(12), month, 1)?;
    Some(Timestamp::from_micros(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()))
}

/// Of labels (their middle and width, in order) those that stand clear of each other on a line of some width; each with
/// where it begins. None reaches beyond the ends of the line.
#[must_use]
pub fn clear(labels: &[(f64, f64)], gap: f64, line: f64) -> Vec<Option<f64>> {
    let mut free = f64::NEG_INFINITY;
    let place = |&(middle, width): &(f64, f64)| {
        let begin = (middle - width / 2.0).min(line - width).max(0.0);
        if begin < free || begin + width > line + 0.01 {
            return None;
        }
        free = begin + width + gap;
        Some(begin)
    };
    labels.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(from: &str, to: &str) -> Scale {
        Scale { from: from.parse().expect("an instant"), to: to.parse().expect("an instant") }
    }

    fn labels(scale: Scale, letters: usize) -> Vec<String> {
        let told = |tick: Tick| match tick.within {
            Some(within) => format!("{within}/{}", tick.label),
            None => tick.label,
        };
        scale.ticks(letters).into_iter().map(told).collect()
    }

    #[test]
    fn ticks_suit_minutes_days_and_years() {
        let minutes = scale("2024-03-14T23:42:10Z", "2024-03-15T00:31:00Z");
        assert_eq!(labels(minutes, 40), ["2024-03-14/23:45", "2024-03-15/00:00", "00:15", "00:30"]);
        let days = scale("2024-03-28T09:00:00Z", "2024-04-03T09:00:00Z");
        assert_eq!(labels(days, 60), ["2024/29 Mar", "30 Mar", "31 Mar", "1 Apr", "2 Apr", "3 Apr"]);
        let weeks = scale("2024-03-01T00:00:00Z", "2024-03-31T00:00:00Z");
        assert_eq!(labels(weeks, 60), ["2024/4 Mar", "11 Mar", "18 Mar", "25 Mar"]);
        let months = scale("2023-11-05T00:00:00Z", "2024-02-20T00:00:00Z");
        assert_eq!(labels(months, 30), ["2023/Dec", "2024/Jan", "Feb"]);
        let decades = scale("1999-06-01T00:00:00Z", "2031-06-01T00:00:00Z");
        assert_eq!(labels(decades, 44), ["2000", "2005", "2010", "2015", "2020", "2025", "2030"]);
    }

    #[test]
    fn whatever_the_stretch_there_are_a_few_ticks_with_room_for_their_labels() {
        let from = 1_710_000_000_123_456_i64;
        for exponent in 1..60_u32 {
            let to = from + 1_i64.wrapping_shl(exponent).min(200_000_000_000_000_000);
            let scale = Scale { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to) };
            let ticks = scale.ticks(120);
            assert!(ticks.len() <= 32, "{exponent}: {}", ticks.len());
            assert!(ticks.is_sorted_by_key(|tick| tick.at), "{exponent}");
            assert!(ticks.iter().all(|tick| scale.from <= tick.at && tick.at <= scale.to), "{exponent}");
        }
    }

    #[test]
    fn an_instant_outside_lies_at_the_nearer_end() {
        let scale = scale("2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z");
        let share = |at: &str| scale.share(at.parse().expect("an instant"));
        assert_eq!(
            ["2023-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2025-01-01T00:00:00Z"].map(share),
            [0.0, 0.5, 1.0]
        );
    }

    #[test]
    fn labels_on_a_line_stand_clear_of_each_other_and_of_its_ends() {
        let placed = clear(&[(1.0, 4.0), (6.0, 4.0), (8.0, 4.0), (19.0, 4.0)], 1.0, 20.0);
        assert_eq!(placed, [Some(0.0), None, Some(6.0), Some(16.0)]);
        assert_eq!(clear(&[(5.0, 30.0)], 1.0, 20.0), [None]);
    }
}
