//! When everybody could do what: a line for each, on the scale of the bar of time above it. Every bar is a link that explains
//! it.
//!
//! INVARIANT: nothing rests on colour: reading is an outlined bar, more than reading a filled one in it, restriction is
//! hatched, and each bar has its sentence.

use super::frame::plain;
use super::moment::{Moment, told};
use super::named::Named;
use super::time_bar::{axis, percent, place_of};
use super::words;
use crate::show::timeline::{Scale, said_of};
use caseward_events::answer::{
    Cause, Interval, OverlayKind, TimelineAnswer, TimelineRow, TimelineSubject, Track, WindowEnd,
};
use caseward_events::{Action, Resource, Timestamp};
use maud::{Markup, PreEscaped, html};
use std::collections::BTreeMap;

/// What is drawn.
pub struct Chart<'a> {
    /// The answer.
    pub timeline: &'a TimelineAnswer,
    /// Of what.
    pub resource: &'a Resource,
    /// How references are shown.
    pub named: &'a Named,
    /// The time that is drawn.
    pub scale: Scale,
    /// The moment that is shown.
    pub moment: Moment,
    /// The moment it is compared with.
    pub versus: Option<Moment>,
}

/// How high a line of a case is, and one of a right.
const HIGH: usize = 30;
const LANE: usize = 17;

/// The bars of one right.
#[derive(Clone, Copy)]
struct Lane<'r> {
    track: &'r Track,
    class: &'static str,
    top: usize,
    high: usize,
    /// A number in a bar that lies in another would stand on the other's.
    words: bool,
}

impl Chart<'_> {
    /// All of it.
    #[must_use]
    pub fn view(&self) -> Markup {
        html! {
            (defs())
            div .chart {
                (self.axis())
                @for kind in [OverlayKind::Restriction, OverlayKind::AccessControlOff, OverlayKind::Completion] {
                    (self.band(kind))
                }
                @for row in &self.timeline.subjects { (self.row(row)) }
            }
            p .key { (words::CHART_KEY) }
        }
    }

    fn axis(&self) -> Markup {
        html! {
            div .line .axis aria-hidden="true" {
                span .of {}
                svg width="100%" height="20" {
                    (axis(self.scale, "14"))
                }
            }
        }
    }

    /// What lay over everything.
    fn band(&self, kind: OverlayKind) -> Markup {
        let bands: Vec<_> = self.timeline.bands.iter().filter(|band| band.kind == kind).collect();
        html! {
            @if !bands.is_empty() {
                div .line .band {
                    span .of { (said_of(kind)) }
                    svg width="100%" height="20" role="img" aria-label=(words::band(said_of(kind), &bands)) {
                        @for band in bands {
                            @let (x, wide) = self.place(band.from, band.until);
                            rect class={ "over " (class_of(kind)) } x=(x) width=(wide) y="2" height="15" {
                                title { (words::from_to(said_of(kind), band.from, band.until)) }
                            }
                            svg x=(x) width=(wide) height="20" { text x="5" y="13.5" { @if let Some(event) = band.events.first() { "#" (event) } } }
                        }
                        (self.hands())
                    }
                }
            }
        }
    }

    fn row(&self, row: &TimelineRow) -> Markup {
        let (subject, asker) = match &row.subject {
            TimelineSubject::Everyone => (words::EVERYONE.to_owned(), None),
            TimelineSubject::One(asker) => (asker.to_string(), Some(asker.to_string())),
        };
        let lanes = self.lanes(row);
        let high = match self.resource {
            Resource::Case(_) => HIGH,
            _ => 6 + lanes.len() * LANE,
        };
        html! {
            div .line {
                span .of { @match &asker { Some(asker) => (self.named.link(asker)), None => em { (subject) } } }
                svg width="100%" height=(high) role="group" aria-label=(words::when_could(&subject)) {
                    @for band in self.timeline.bands.iter().filter(|band| band.kind == OverlayKind::Restriction) {
                        @let (x, wide) = self.place(band.from, band.until);
                        rect .under x=(x) width=(wide) y="0" height=(high) {}
                    }
                    @for lane in &lanes { @for interval in &lane.track.intervals {
                        (self.bar(lane, interval, &subject, asker.as_deref()))
                    } }
                    (self.hands())
                }
            }
        }
    }

    /// Of a case, what is more than reading lies in the bar of reading; of anything else each right has a line of its own.
    fn lanes<'r>(&self, row: &'r TimelineRow) -> Vec<Lane<'r>> {
        let held = row.tracks.iter().filter(|track| !track.intervals.is_empty());
        let is_case = matches!(self.resource, Resource::Case(_));
        let lane = |(index, track): (usize, &'r Track)| match (is_case, track.action) {
            (true, Action::Read) => Lane { track, class: "read", top: 3, high: 24, words: true },
            (true, _) => Lane { track, class: "more", top: 9, high: 12, words: false },
            (false, _) => Lane { track, class: "read", top: 3 + index * LANE, high: LANE - 2, words: true },
        };
        held.enumerate().map(lane).collect()
    }

    /// An interval: what opened it, what closed it, and why it was so when it is clicked.
    fn bar(&self, lane: &Lane<'_>, interval: &Interval, subject: &str, asker: Option<&str>) -> Markup {
        let Lane { track, class, top, high, words } = *lane;
        let action = track.action;
        let (x, wide) = self.place(interval.from, interval.until);
        let sentence = self.sentence(action, interval, subject);
        let is_case = matches!(self.resource, Resource::Case(_));
        let drawn = html! {
            title { (sentence) }
            rect class=(class) x=(x) width=(wide) y=(top) height=(high) rx="2" {}
            @if words {
                svg x=(x) width=(wide) height=(top + high) class=(self.room(interval)) { text .in x="5" y=(top + high / 2 + 4) {
                    @if !is_case { (words::action(action)) " " }
                    (numbers(&interval.opened_by))
                } }
            }
        };
        let as_of = self.explained_at(interval);
        html! {
            @match asker {
                Some(asker) => a href=(self.named.explain(asker, action.name(), &self.resource.to_string(), Some(&as_of))) { (drawn) },
                None => g { (drawn) },
            }
        }
    }

    /// At the moment that is shown, where the bar lies under it; else where it begins.
    fn explained_at(&self, interval: &Interval) -> String {
        let Moment { at, .. } = self.moment;
        if self.moment.is_past() && interval.from <= at && interval.until.is_none_or(|until| at < until) {
            return self.moment.written().unwrap_or_default();
        }
        match interval.opened_by.first() {
            Some(Cause { position, window: None, .. }) => position.to_string(),
            _ => interval.from.to_string(),
        }
    }

    fn sentence(&self, action: Action, interval: &Interval, subject: &str) -> String {
        let what: BTreeMap<_, _> = self.timeline.events.iter().map(|event| (event.position, event)).collect();
        let told_of = |word: &str, causes: &[Cause]| {
            let one = |cause: &Cause| {
                let happened = what.get(&cause.position).map_or_else(String::new, |event| event.what.clone());
                let window = match cause.window {
                    None => "",
                    Some(WindowEnd::Begins) => words::ITS_WINDOW_OPENED,
                    Some(WindowEnd::Ends) => words::ITS_WINDOW_ENDED,
                };
                format!(" {word} #{}{window}: {happened}.", cause.position)
            };
            causes.iter().map(one).collect::<String>()
        };
        let could = words::could(subject, action.name(), interval.from, interval.until);
        let rule = interval.rule;
        plain(&format!(
            "{could} ({rule}).{}{}",
            told_of(words::OPENED_BY, &interval.opened_by),
            told_of(words::CLOSED_BY, &interval.closed_by)
        ))
    }

    /// Whether a number has room in a bar: everywhere, in a wide window alone, or not at all.
    fn room(&self, interval: &Interval) -> &'static str {
        let end = interval.until.map_or(1.0, |until| self.scale.share(until));
        match end - self.scale.share(interval.from) {
            little if little < 0.05 => "none",
            some if some < 0.13 => "wide",
            _ => "all",
        }
    }

    /// Where it begins and how wide it is; what is short is still seen.
    fn place(&self, from: Timestamp, until: Option<Timestamp>) -> (String, String) {
        let begin = self.scale.share(from);
        let end = until.map_or(1.0, |until| self.scale.share(until));
        (percent(begin), percent((end - begin).max(0.003)))
    }

    /// The moments, through every line.
    fn hands(&self) -> Markup {
        html! {
            @if let Some(versus) = self.versus {
                @let x = percent(place_of(self.scale, versus));
                line .hand .versus x1=(x) x2=(x) y1="0" y2="100%" {}
            }
            @let x = percent(place_of(self.scale, self.moment));
            line .hand x1=(x) x2=(x) y1="0" y2="100%" {}
        }
    }
}

fn class_of(kind: OverlayKind) -> &'static str {
    match kind {
        OverlayKind::Restriction => "restricted",
        OverlayKind::AccessControlOff => "off",
        OverlayKind::Completion => "completed",
    }
}

/// The hatching, once a page.
fn defs() -> PreEscaped<&'static str> {
    PreEscaped(
        r##"<svg width="0" height="0" aria-hidden="true" class="defs"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="1.6" height="6"/></pattern></defs></svg>"##,
    )
}

fn numbers(causes: &[Cause]) -> String {
    match causes {
        [] => String::new(),
        [one] => format!("#{}", one.position),
        [first, rest @ ..] => format!("#{} +{}", first.position, rest.len()),
    }
}

/// The stretches of one action alone, on the scale of the bar of time.
#[must_use]
pub fn lane(intervals: &[Interval], scale: Scale, moment: Moment) -> Markup {
    html! {
        div .chart aria-hidden="true" {
            div .line {
                span .of { (words::WHEN_IT_WAS_SO) }
                div .hung { (strip(intervals, scale)) (hand(scale, moment)) }
            }
        }
    }
}

/// The moment, over a strip.
fn hand(scale: Scale, moment: Moment) -> Markup {
    let x = percent(place_of(scale, moment));
    html! { svg .over width="100%" height="26" { line .hand x1=(x) x2=(x) y1="0" y2="100%" {} } }
}

/// The same alone.
#[must_use]
pub fn strip(intervals: &[Interval], scale: Scale) -> Markup {
    html! {
        svg .stretches width="100%" height="26" aria-hidden="true" {
            line .base x1="0" x2="100%" y1="13" y2="13" {}
            @for interval in intervals {
                @let begin = scale.share(interval.from);
                @let end = interval.until.map_or(1.0, |until| scale.share(until));
                rect .more x=(percent(begin)) width=(percent((end - begin).max(0.003))) y="5" height="16" rx="2" {}
            }
        }
    }
}

/// The stretches of one action alone, in words: the same as the chart, for whoever reads it.
#[must_use]
pub fn table(intervals: &[Interval], named: &Named) -> Markup {
    let causes = |causes: &[Cause]| html! { @for cause in causes { (named.event(cause.position)) " " } };
    html! {
        @if intervals.is_empty() { p .empty { (words::NEVER) } } @else {
            table .intervals {
                thead { tr { th scope="col" { (words::FROM) } th scope="col" { (words::UNTIL_CAPITAL) } th scope="col" { (words::BY_RULE) } } }
                tbody { @for interval in intervals { tr {
                    td { time datetime=(interval.from) { (told(interval.from)) } " " (causes(&interval.opened_by)) }
                    td { @match interval.until {
                        Some(until) => { time datetime=(until) { (told(until)) } " " (causes(&interval.closed_by)) },
                        None => (words::AND_ON),
                    } }
                    td { code { (interval.rule) } }
                } } }
            }
        }
    }
}
