//! What is drawn, before it is known with what: rows of lanes of bars, bands, marks, and the words that go with them.
//!
//! INVARIANT: everything that is drawn stands in the answer, and what of the stretch is not drawn is said.

use super::axis::Scale;
use crate::engine::timeline::{Row, Timeline};
use crate::show::escape;
use crate::show::phrasing::{self, Cited};
use caseward_events::answer::{Cause, Interval, Overlay, OverlayKind, Track, WindowEnd};
use caseward_events::{Action, Position, Recorded, Resource, Timestamp};

/// All that is drawn of one timeline.
pub struct Picture {
    /// The time that is drawn.
    pub scale: Scale,
    /// Where the time that is drawn ends earlier than the stretch: its end, up to which nothing changed.
    pub unchanged_until: Option<Timestamp>,
    /// One for each row of the answer.
    pub rows: Vec<Lanes>,
    /// What lay over all of them, a lane for each kind.
    pub bands: Vec<BandLane>,
    /// The events of the time that is drawn, in order.
    pub marks: Vec<Mark>,
    /// What is cited anywhere, in order: number, time and sentence.
    pub listed: Vec<ListedEvent>,
}

/// What one subject could do to one resource.
pub struct Lanes {
    /// Which of them the rows differ in.
    pub label: String,
    /// Of what it ever could do, the greatest right first.
    pub lanes: Vec<Lane>,
}

/// When it could do one thing.
pub struct Lane {
    /// Which; the first of several that were held at the same times.
    pub action: Action,
    /// What it is called in the picture.
    pub word: String,
    /// In order.
    pub bars: Vec<Bar>,
}

/// An interval.
pub struct Bar {
    /// Its first instant.
    pub from: Timestamp,
    /// `None` where it holds on.
    pub until: Option<Timestamp>,
    /// Where it held before already.
    pub held_before: bool,
    /// The next one begins where it ends.
    pub goes_over: bool,
    /// A window ended it.
    pub expired: bool,
    /// `#110 case list`.
    pub begin: String,
    /// `#110`.
    pub opened: String,
    /// `expired #169`, `#169`; empty where it holds on.
    pub end: String,
    /// In full.
    pub sentence: String,
}

/// Bands of one kind.
pub struct BandLane {
    /// Which.
    pub kind: OverlayKind,
    /// In order.
    pub bands: Vec<Overlay>,
}

/// An event of the stretch.
pub struct Mark {
    /// Its number.
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    /// In full, with its number.
    pub sentence: String,
}

/// A sentence of the list below the picture.
pub struct ListedEvent {
    /// The number of the event.
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    /// The sentence.
    pub what: String,
}

/// A stretch is drawn to its end only where no more than this share of it, behind the last change, is quiet.
const QUIET_MAX: f64 = 0.6;

/// What the rows differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsAre {
    /// One resource, and who held something on it.
    Subjects,
    /// One subject, and what it held something on.
    Resources,
}

impl Picture {
    /// Of an answer.
    #[must_use]
    pub fn of(rows_are: RowsAre, answer: &Timeline, cited: &Cited) -> Picture {
        let drawn_to = last_change(answer).unwrap_or(answer.to);
        let in_it = |recorded: &&Recorded| answer.from <= recorded.time && recorded.time < answer.to;
        let listed = |recorded: &Recorded| {
            let what = phrasing::what_happened(recorded);
            let what = phrasing::said(recorded).map_or(what.clone(), |said| format!("{what} {said}"));
            ListedEvent { position: recorded.position, time: recorded.time, what: escape::visible(&what) }
        };
        let mark = |recorded: &Recorded| {
            let ListedEvent { position, time, what } = listed(recorded);
            Mark { position, time, sentence: format!("#{position} {} {what}", phrasing::minute(time)) }
        };
        let kinds = [OverlayKind::Restriction, OverlayKind::AccessControlOff, OverlayKind::Completion];
        let of_kind = |kind: OverlayKind| {
            let bands: Vec<Overlay> = answer.bands.iter().filter(|band| band.kind == kind).cloned().collect();
            (!bands.is_empty()).then_some(BandLane { kind, bands })
        };
        Picture {
            scale: Scale { from: answer.from, to: drawn_to },
            unchanged_until: (drawn_to < answer.to).then_some(answer.to),
            rows: answer.rows.iter().map(|row| lanes(row, rows_are, cited)).collect(),
            bands: kinds.into_iter().filter_map(of_kind).collect(),
            marks: cited.values().filter(in_it).map(mark).collect(),
            listed: cited.values().map(listed).collect(),
        }
    }
}

/// A little behind the last thing that changed, where much of the stretch lies behind that.
fn last_change(answer: &Timeline) -> Option<Timestamp> {
    let intervals = answer.rows.iter().flat_map(Row::intervals);
    let ends = intervals.flat_map(|(_, interval)| [Some(interval.from), interval.until]);
    let bands = answer.bands.iter().flat_map(|band| [Some(band.from), band.until]);
    let marks = answer.events.iter().map(|recorded| Some(recorded.time));
    let last = ends.chain(bands).chain(marks).flatten().max()?.as_micros();
    let (from, to) = (answer.from.as_micros(), answer.to.as_micros());
    let quiet = (to - last) as f64 / (to - from) as f64;
    let drawn = last.saturating_add((last - from) / 8);
    (last > from && quiet > QUIET_MAX && drawn < to).then(|| Timestamp::from_micros(drawn))
}

fn lanes(row: &Row, rows_are: RowsAre, cited: &Cited) -> Lanes {
    let [subject, resource] = [row.subject.to_string(), row.resource.to_string()].map(|name| escape::visible(&name));
    let lane = |track: &Track| {
        let intervals = &track.intervals;
        let bar = |(index, interval): (usize, &Interval)| {
            let next = intervals.get(index + 1).map(|next| next.from);
            let could = format!("{subject} could {} {resource}", track.action);
            bar(interval, next, &could, cited)
        };
        Lane {
            action: track.action,
            word: track.action.name().to_owned(),
            bars: intervals.iter().enumerate().map(bar).collect(),
        }
    };
    let held = row.tracks.iter().filter(|track| !track.intervals.is_empty());
    let mut lanes: Vec<Lane> = held.map(lane).collect();
    if matches!(row.resource, Resource::Case(_)) {
        lanes.reverse();
        // Writing includes reading: the same times need no second line.
        if let [write, read] = lanes.as_slice()
            && (write.action, read.action) == (Action::Write, Action::Read)
            && same_times(write, read)
        {
            lanes.pop();
        }
    } else {
        lanes = together(lanes);
    }
    let label = match rows_are {
        RowsAre::Subjects => subject,
        RowsAre::Resources => resource,
    };
    Lanes { label, lanes }
}

fn same_times(one: &Lane, other: &Lane) -> bool {
    let times = |lane: &Lane| lane.bars.iter().map(|bar| (bar.from, bar.until, bar.begin.clone())).collect::<Vec<_>>();
    times(one) == times(other)
}

/// Rights that were held at the same times and by the same rules, on one line.
fn together(lanes: Vec<Lane>) -> Vec<Lane> {
    let mut merged: Vec<(Lane, usize)> = Vec::new();
    for lane in lanes {
        match merged.iter_mut().find(|(one, _)| same_times(one, &lane)) {
            Some((one, count)) => {
                *count += 1;
                for (bar, other) in one.bars.iter_mut().zip(lane.bars) {
                    bar.sentence = format!("{}\n{}", bar.sentence, other.sentence);
                }
            }
            None => merged.push((lane, 1)),
        }
    }
    let named = |(lane, count): (Lane, usize)| match count {
        1 => lane,
        count => Lane { word: format!("{} +{}", lane.word, count - 1), ..lane },
    };
    merged.into_iter().map(named).collect()
}

fn bar(interval: &Interval, next: Option<Timestamp>, could: &str, cited: &Cited) -> Bar {
    let Interval { from, until, rule, opened_by, closed_by, .. } = interval;
    let expired = closed_by.iter().any(|cause| cause.window == Some(WindowEnd::Ends));
    let opened = numbers(opened_by);
    let begin = [opened.as_str(), phrasing::short(*rule)].join(" ").trim_start().to_owned();
    let end = match until {
        None => String::new(),
        Some(_) if expired => format!("expired {}", numbers(closed_by)),
        Some(_) => numbers(closed_by),
    };
    let mut sentence = match until {
        Some(until) => format!("{could} from {from} until {until}: {rule}"),
        None => format!("{could} from {from} on: {rule}"),
    };
    let named = |word: &str, causes: &[Cause]| {
        let told = |cause: &Cause| escape::visible(&phrasing::cause(cause, cited));
        causes.iter().map(|cause| format!("\n{word} #{} {}", cause.position, told(cause))).collect::<String>()
    };
    sentence.push_str(&named("opened by", opened_by));
    sentence.push_str(&named("closed by", closed_by));
    let goes_over = until.is_some() && next == *until;
    Bar {
        from: *from,
        until: *until,
        held_before: opened_by.is_empty(),
        goes_over,
        expired,
        begin,
        opened,
        end,
        sentence,
    }
}

/// `#110`, `#110 and #112`, `#110 and 2 more`.
fn numbers(causes: &[Cause]) -> String {
    match causes {
        [] => String::new(),
        [one] => format!("#{}", one.position),
        [one, other] => format!("#{} and #{}", one.position, other.position),
        [first, rest @ ..] => format!("#{} and {} more", first.position, rest.len()),
    }
}

/// `restricted`, as it is said of a time.
#[must_use]
pub fn said_of(kind: OverlayKind) -> &'static str {
    match kind {
        OverlayKind::Restriction => "restricted",
        OverlayKind::AccessControlOff => "access control off",
        OverlayKind::Completion => "completed",
    }
}
