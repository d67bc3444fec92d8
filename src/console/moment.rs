//! The moment that a page is about: as it is written in an address, as people type it, and as it is told.
//!
//! INVARIANT: what depends on the clock (`-2d`, a bare day) is never left in an address: whoever typed it is sent on to the
//! instant it means.

use super::address;
use super::words;
use caseward_events::ask::AsOf;
use caseward_events::time::{Ago, instant_or_day};
use caseward_events::{Position, Timestamp};
use maud::{Markup, html};

/// When a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// As the address names it.
    pub asked: AsOf,
    /// What had happened.
    pub position: Position,
    /// The instant that belongs to it.
    pub at: Timestamp,
    /// Whether later events can no longer change what is shown; not so of an instant that is still to come.
    pub is_settled: bool,
}

/// What was typed for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// It stands in addresses as it is.
    Settled(AsOf),
    /// It is written otherwise in them.
    Meant(AsOf),
}

impl Moment {
    /// Whether a page shows something else than what holds now.
    #[must_use]
    pub fn is_past(&self) -> bool {
        !self.asked.is_head()
    }

    /// As an address writes it.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        address::moment(self.asked)
    }
}

/// Reads what was typed.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str, now: Timestamp) -> Result<Typed, String> {
    let text = text.trim();
    if let Ok(as_of) = text.parse::<AsOf>() {
        let is_canonical = address::moment(as_of).as_deref() == Some(text);
        return Ok(if is_canonical { Typed::Settled(as_of) } else { Typed::Meant(as_of) });
    }
    if text.eq_ignore_ascii_case("now") {
        return Ok(Typed::Meant(AsOf::Head));
    }
    if let Some(position) = text.strip_prefix('#').and_then(|position| position.parse().ok()) {
        return Ok(Typed::Meant(AsOf::Position(position)));
    }
    if let Ok(ago) = text.parse::<Ago>() {
        return Ok(Typed::Meant(AsOf::Instant(ago.before(now))));
    }
    if let Ok(instant) = instant_or_day(text) {
        return Ok(Typed::Meant(AsOf::Instant(instant)));
    }
    // As fields for dates give it, and as people write it: a minute of UTC.
    let minute = text.trim_end_matches("UTC").trim_end().replacen(' ', "T", 1);
    let seconds = if minute.matches(':').count() == 1 { ":00Z" } else { "Z" };
    match format!("{minute}{seconds}").parse() {
        Ok(instant) => Ok(Typed::Meant(AsOf::Instant(instant))),
        Err(_) => Err(words::no_moment(text)),
    }
}

/// To the minute, for people; a script turns it into the reader's own zone. What needs seconds has them.
#[must_use]
pub fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (told(at)) } }
}

/// `14 March 2024, 09:30 UTC`.
#[must_use]
pub fn told(at: Timestamp) -> String {
    let text = at.to_string();
    let (Some(date), Some(clock)) = (text.get(..10), text.get(11..)) else { return text };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let name =
        month.and_then(|month| month.parse::<usize>().ok()).and_then(|month| words::MONTHS.get(month.checked_sub(1)?));
    let (Some(year), Some(name), Some(day)) = (year, name, day) else { return text };
    let clock = clock.trim_end_matches('Z');
    let clock = clock.strip_suffix(":00").unwrap_or(clock);
    format!("{} {name} {year}, {clock} UTC", day.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> Option<String> {
        let now = "2024-03-16T09:30:00Z".parse().expect("an instant");
        match read(text, now).ok()? {
            Typed::Settled(as_of) => address::moment(as_of).map(|text| format!("{text} as it is")),
            Typed::Meant(as_of) => address::moment(as_of),
        }
    }

    #[test]
    fn whatever_is_typed_becomes_a_position_or_an_instant() {
        for (typed, expected) in [
            ("169", "169 as it is"),
            ("#169", "169"),
            ("2024-03-14T09:30:00Z", "2024-03-14T09:30:00Z as it is"),
            ("2024-03-14T10:30:00+01:00", "2024-03-14T09:30:00Z"),
            ("2024-03-14", "2024-03-14T00:00:00Z"),
            ("2024-03-14T09:30", "2024-03-14T09:30:00Z"),
            ("2024-03-14 09:30 UTC", "2024-03-14T09:30:00Z"),
            ("2024-03-14 09:30:05", "2024-03-14T09:30:05Z"),
            ("-2d", "2024-03-14T09:30:00Z"),
        ] {
            assert_eq!(meant(typed).as_deref(), Some(expected), "{typed}");
        }
        assert_eq!(read("now", Timestamp::EPOCH), Ok(Typed::Meant(AsOf::Head)));
        assert!(read("yesterday or so", Timestamp::EPOCH).is_err());
    }

    #[test]
    fn an_instant_is_told_to_the_minute_unless_it_has_seconds() {
        let told = |text: &str| told(text.parse().expect("an instant"));
        assert_eq!(told("2024-03-04T09:30:00Z"), "4 March 2024, 09:30 UTC");
        assert_eq!(told("2024-03-14T09:30:05.000001Z"), "14 March 2024, 09:30:05.000001 UTC");
    }
}
