//! The time bar: the history of what a page is about as a strip of how much happened when, with a handle at the moment that
//! is shown, steps to the events around it, and a field for any other moment.
//!
//! INVARIANT: it works without a script: every stroke of the strip is a link, and so is every step. A script adds dragging.
//! It has one scale, which what is drawn below it shares.

use super::address::{Given, moment as written};
use super::moment::{Moment, time};
use super::words;
use crate::show::timeline::Scale;
use caseward_events::ask::AsOf;
use caseward_events::{Position, Timestamp};
use maud::{Markup, html};
use serde_json::json;

/// Something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Where in the log; of a stretch, the last event in it.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// How many events it stands for.
    pub count: u64,
}

/// What a bar is of.
pub struct TimeBar<'a> {
    /// In order.
    pub stops: &'a [Stop],
    /// The page's own path.
    pub path: &'a str,
    /// What stands behind it.
    pub given: &'a Given,
    /// The moment that is shown.
    pub moment: Moment,
    /// The moment it is compared with.
    pub versus: Option<Moment>,
    /// Whether stops are stretches of the log: then steps go from position to position.
    pub is_sampled: bool,
}

/// How many strokes a strip has at most.
const STROKES: usize = 140;
/// Stops that a script is told of.
const STOPS_TOLD_MAX: usize = 400;
const HIGH: f64 = 40.0;

/// From the first stop to a little behind the last: what is drawn of time.
#[must_use]
pub fn scale(stops: &[Stop]) -> Scale {
    const MINUTE: i64 = 60_000_000;
    let from = stops.first().map_or(Timestamp::EPOCH, |stop| stop.at);
    let last = stops.last().map_or(from, |stop| stop.at).max(from);
    let behind = (last.as_micros().saturating_sub(from.as_micros()) / 14).max(MINUTE);
    Scale { from, to: Timestamp::from_micros(last.as_micros().saturating_add(behind)) }
}

/// As a place on a line.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

/// Where a moment lies; now is at the right end.
#[must_use]
pub fn place_of(scale: Scale, moment: Moment) -> f64 {
    if moment.is_past() { scale.share(moment.at) } else { 1.0 }
}

impl TimeBar<'_> {
    /// All of it.
    #[must_use]
    pub fn view(&self) -> Markup {
        html! {
            nav .timebar aria-label=(words::TIME) {
                div .steps { (self.steps()) }
                div .strip data-stops=(self.told()) data-at=(self.moment.position) {
                    (self.drawn())
                }
                (self.field())
            }
        }
    }

    fn to(&self, as_of: Option<&str>) -> String {
        self.given.with("as_of", as_of).with("next", None).with("who", None).behind(self.path)
    }

    fn steps(&self) -> Markup {
        let (before, after) = self.around();
        let step = |to: Option<Position>, word: &str, sign: &str, rel: &str, key: &str| {
            html! {
                @match to {
                    Some(to) => a .step rel=(rel) href=(self.to(Some(&to.to_string()))) title={ (word) " (" (key) ")" } {
                        span aria-hidden="true" { (sign) } span .hidden { (word) }
                    },
                    None => span .step .off title=(word) { span aria-hidden="true" { (sign) } },
                }
            }
        };
        html! {
            (step(before, words::EVENT_BEFORE, "◀", "prev", "["))
            (step(after, words::EVENT_AFTER, "▶", "next", "]"))
            @if self.moment.is_past() {
                a .step .now href=(self.to(None)) title={ (words::BACK_TO_NOW) " (n)" } { (words::NOW) }
            } @else {
                span .step .now .off { (words::NOW) }
            }
        }
    }

    /// The stops next to the moment.
    fn around(&self) -> (Option<Position>, Option<Position>) {
        let Moment { position, at, .. } = self.moment;
        if self.is_sampled {
            let last = self.stops.last().map_or(Position::ZERO, |stop| stop.position);
            let before = (position.0 > 1).then(|| Position(position.0 - 1));
            return (before, (self.moment.is_past() && position < last).then(|| position.next()));
        }
        // Behind its event, an instant goes back to that event first.
        let is_behind = self.moment.asked != AsOf::Position(position);
        let is_before = |stop: &&Stop| {
            stop.position < position
                || is_behind && stop.position == position && (stop.at < at || !self.moment.is_past())
        };
        let before = self.stops.iter().rev().find(is_before);
        let after = self.stops.iter().find(|stop| stop.position > position).filter(|_| self.moment.is_past());
        (before.map(|stop| stop.position), after.map(|stop| stop.position))
    }

    /// For the script: position, place and words of each stop. Of too many, those that can be told apart.
    fn told(&self) -> String {
        let scale = scale(self.stops);
        let every = self.stops.len().div_ceil(STOPS_TOLD_MAX).max(1);
        let last = self.stops.len().saturating_sub(1);
        let told = self.stops.iter().enumerate().filter(|(index, _)| index % every == 0 || *index == last);
        let told = told.map(|(_, stop)| {
            json!([stop.position.0, (scale.share(stop.at) * 10_000.0).round() / 10_000.0, stop.at.to_string()])
        });
        serde_json::Value::from(told.collect::<Vec<_>>()).to_string()
    }

    fn drawn(&self) -> Markup {
        let scale = scale(self.stops);
        let strokes = strokes(self.stops, scale);
        let most = strokes.iter().map(|stroke| stroke.count).max().unwrap_or(1);
        html! {
            svg width="100%" height="66" aria-hidden="true" {
                line .base x1="0" x2="100%" y1="46.5" y2="46.5" {}
                @for (class, letters) in AXES {
                    g class=(class) { @for (share, _) in labels(scale, letters) {
                        line .tick x1=(percent(share)) x2=(percent(share)) y1="46" y2="51" {}
                    } }
                }
                (axis(scale, "62"))
                @for stroke in &strokes {
                    (self.stroke(stroke, scale, most))
                }
                @if let Some(versus) = self.versus { (handle("versus", place_of(scale, versus))) }
                (handle("handle", place_of(scale, self.moment)))
            }
        }
    }

    fn stroke(&self, stroke: &Stop, scale: Scale, most: u64) -> Markup {
        let x = percent(scale.share(stroke.at));
        let high = (HIGH * (stroke.count as f64 / most as f64).sqrt()).max(7.0);
        let top = format!("{:.1}", 46.0 - high);
        html! {
            a href=(self.to(Some(&stroke.position.to_string()))) tabindex="-1" {
                title { (words::events_at(stroke.count, stroke.position, stroke.at)) }
                line .stroke x1=(x) x2=(x) y1=(top) y2="46" {}
                line .pick x1=(x) x2=(x) y1="2" y2="52" {}
            }
        }
    }

    /// Any moment, and another to compare it with.
    fn field(&self) -> Markup {
        let others = self.given.with("as_of", None).with("vs", None).with("next", None).with("who", None);
        let value = |as_of: Option<AsOf>| as_of.and_then(written).unwrap_or_default();
        html! {
            form .moments method="get" action=(self.path) {
                @for (name, value) in others.pairs() { input type="hidden" name=(name) value=(value); }
                label { span { (words::AS_OF) }
                    input name="as_of" value=(value(Some(self.moment.asked))) placeholder=(words::NOW)
                        autocomplete="off" spellcheck="false" aria-describedby="moment-form"; }
                label { span { (words::COMPARED_WITH) }
                    input name="vs" value=(value(self.versus.map(|versus| versus.asked))) placeholder=(words::NOTHING)
                        autocomplete="off" spellcheck="false" aria-describedby="moment-form"; }
                button { (words::SHOW) }
                small #moment-form { (words::MOMENT_FORM) }
            }
        }
    }
}

/// How many letters an axis has room for: on a telephone, and elsewhere.
const AXES: [(&str, usize); 2] = [("narrow", 44), ("wide", 120)];

/// The labels of an axis on a base line: as many as stand clear of each other, for a narrow window and a wide one.
#[must_use]
pub fn axis(scale: Scale, base: &str) -> Markup {
    html! {
        @for (class, letters) in AXES {
            g class=(class) { @for (share, label) in labels(scale, letters) {
                text x=(percent(share)) y=(base) { (label) }
            } }
        }
    }
}

fn labels(scale: Scale, letters: usize) -> Vec<(f64, String)> {
    let mut free = 0.0;
    let mut labels = Vec::new();
    for tick in scale.ticks(letters) {
        let label = tick.within.map_or_else(|| tick.label.clone(), |within| format!("{} {within}", tick.label));
        let (share, wide) = (scale.share(tick.at), (label.len() + 2) as f64 / letters as f64);
        if share >= free && share + wide <= 1.02 {
            free = share + wide;
            labels.push((share, label));
        }
    }
    labels
}

fn handle(class: &str, share: f64) -> Markup {
    let x = percent(share);
    html! {
        g class=(class) {
            line x1=(x) x2=(x) y1="0" y2="52" {}
            circle cx=(x) cy="6" r="5.5" {}
        }
    }
}

/// Stops that lie too near to each other to be drawn apart, as one.
fn strokes(stops: &[Stop], scale: Scale) -> Vec<Stop> {
    let mut strokes: Vec<(usize, Stop)> = Vec::new();
    for stop in stops {
        let share = scale.share(stop.at);
        let bucket = (0..STROKES).take_while(|bucket| (*bucket + 1) as f64 / STROKES as f64 <= share).count();
        match strokes.last_mut() {
            Some((last, stroke)) if *last == bucket => {
                *stroke = Stop { count: stroke.count + stop.count, ..*stop };
            }
            _ => strokes.push((bucket, *stop)),
        }
    }
    strokes.into_iter().map(|(_, stroke)| stroke).collect()
}

/// What the whole page says where it does not show now.
#[must_use]
pub fn banner(moment: Moment, versus: Option<Moment>, now: &str) -> Markup {
    html! {
        @if moment.is_past() || versus.is_some() {
            div .banner role="status" {
                p {
                    @if moment.is_past() {
                        strong { (words::AS_OF_THEN) " " (time(moment.at)) } " (" (words::position(moment.position)) ")"
                    } @else { strong { (words::NOW_CAPITAL) } }
                    @if let Some(versus) = versus {
                        ", " (words::COMPARED_WITH_THEN) " "
                        @if versus.is_past() { (time(versus.at)) " (" (words::position(versus.position)) ")" }
                        @else { (words::NOW) }
                    }
                    "."
                    @if moment.is_past() { " " span .aside { (words::NOTHING_CAN_BE_CHANGED_HERE) } }
                    @if !moment.is_settled || versus.is_some_and(|versus| !versus.is_settled) {
                        " " (words::MAY_STILL_CHANGE)
                    }
                }
                @if moment.is_past() { a .back href=(now) { (words::BACK_TO_NOW) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(position: u64, at: &str) -> Stop {
        Stop { position: Position(position), at: at.parse().expect("an instant"), count: 1 }
    }

    fn around(stops: &[Stop], asked: AsOf, position: u64, at: &str) -> (Option<u64>, Option<u64>) {
        let at = at.parse().expect("an instant");
        let moment = Moment { asked, position: Position(position), at, is_settled: true };
        let given = Given::default();
        let bar = TimeBar { stops, path: "/p", given: &given, moment, versus: None, is_sampled: false };
        let (before, after) = bar.around();
        (before.map(|position| position.0), after.map(|position| position.0))
    }

    #[test]
    fn steps_lead_to_the_events_next_to_the_moment() {
        let stops = [stop(3, "2024-01-01T00:00:00Z"), stop(7, "2024-01-02T00:00:00Z"), stop(9, "2024-01-03T00:00:00Z")];
        let at = |position| AsOf::Position(Position(position));
        assert_eq!(around(&stops, at(7), 7, "2024-01-02T00:00:00Z"), (Some(3), Some(9)));
        assert_eq!(around(&stops, at(3), 3, "2024-01-01T00:00:00Z"), (None, Some(7)));
        assert_eq!(around(&stops, AsOf::Head, 12, "2024-02-02T00:00:00Z"), (Some(9), None));
        let instant = "2024-01-02T12:00:00Z";
        assert_eq!(around(&stops, AsOf::Instant(instant.parse().expect("one")), 8, instant), (Some(7), Some(9)));
    }

    #[test]
    fn what_lies_too_near_is_one_stroke_that_leads_to_the_last_of_them() {
        let stops = [stop(1, "2024-01-01T00:00:00Z"), stop(2, "2024-01-01T00:00:01Z"), stop(3, "2024-03-01T00:00:00Z")];
        let strokes = strokes(&stops, scale(&stops));
        assert_eq!(
            strokes.iter().map(|stroke| (stroke.position.0, stroke.count)).collect::<Vec<_>>(),
            [(2, 2), (3, 1)]
        );
    }
}
