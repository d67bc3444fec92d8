//! What an auditor asks, at size: a million cases, ten million events, a hundred thousand users, five thousand groups.
//!
//! The world is that of [`memory`](crate::memory), and one case more, on which ten thousand users are. Milliseconds of one
//! question, the median of several; now, and as of half the log.

use crate::append::median;
use crate::ask::of;
use crate::memory;
use crate::size::Size;
use crate::world::{alone, id};
use caseward_events::codec::decode;
use caseward_events::event::{AccessGranted, CaseOpened, Event, GrantRevoked, GrantUpdated};
use caseward_events::{Action, Asker, Position, Recorded, Resource, Rights, Subject, Timestamp};
use caseward_projections::{AsOf, Audience, Pos32, Question, Span, Views, WhatPart, When};
use std::hint::black_box;
use std::time::Instant;

const ASKED: usize = 21;
const PAGE: usize = 100;
const DAY_EVENTS: usize = 10_000;

/// Prints milliseconds, and what they ought to be.
pub fn run(size: &Size) {
    let (mut views, day) = memory::world(size);
    let listed = if size.holds_goals { 10_000 } else { 100 };
    crowded_case(&mut views, listed);
    let now = When::latest(views.timeline.last().expect("there are events"));
    let half = Pos32::from(Position(views.tip().0 / 2));
    let past = When { place: half, at: views.timeline.time(half) };
    who(&views, listed, now, size);
    for (name, when) in [("now", now), ("as of half the log", past)] {
        what(&views, name, when, size);
    }
    access(&views, size);
    diff(&views, &day, size);
}

/// A case with so many users on its list, behind everything else.
fn crowded_case(views: &mut Views, users: u64) {
    let opened =
        CaseOpened { case: id("crowded"), definition: id("d0"), creator: id("u0"), parent: None, workspace: None };
    put(views, opened.into());
    for number in 0..users {
        let granted = AccessGranted {
            on: id("case:crowded"),
            to: id(&format!("user:u{number}")),
            rights: Rights::READ,
            valid_from: None,
            valid_until: None,
            origin: None,
        };
        put(views, granted.into());
    }
}

fn put(views: &mut Views, event: Event) {
    let position = views.tip().next();
    let time = views.timeline.last().map_or(Timestamp::EPOCH, |last| last.next());
    let stream_version = views.stream_version(&event.stream()) + 1;
    let recorded = alone(position, stream_version, id(&format!("c{position}")), event);
    views.apply(&Recorded { time, ..recorded }).expect("it fits");
}

fn who(views: &Views, listed: u64, when: When, size: &Size) {
    let resource = Resource::Case(id("crowded"));
    let took = milliseconds(|_| {
        let who = of(views, |views| views.who(Action::Read, &resource, when));
        assert!(who.subjects.len() as u64 >= listed, "all of the list may");
    });
    told("who, on a case with 10,000 subjects", took, 20.0, size);
}

fn what(views: &Views, name: &str, when: When, size: &Size) {
    let part = WhatPart { limit: Some(PAGE), ..WhatPart::default() };
    let mut hits = 0;
    let took = milliseconds(|number| {
        let asker = Asker::User(id(&format!("u{}", number * 17)));
        hits += of(views, |views| views.what(&asker, Action::Read, part, when)).answer.resources.len();
    });
    println!("what, {name}, resources of a page\t{}", hits / ASKED);
    told(&format!("what, a page of 100, {name}"), took, 5.0, size);
}

/// The first cases are those in which most happens.
fn access(views: &Views, size: &Size) {
    let last = views.timeline.last().expect("there are events");
    let case = |number: usize| Resource::Case(id(&format!("c{number}")));
    let who = |number: usize| of(views, |views| views.who(Action::Read, &case(number), When::latest(last)));
    let asker = |number: usize| who(number).subjects.into_iter().next();
    let askers: Vec<Asker> = (0..ASKED).map(|number| asker(number).expect("somebody may")).collect();
    let mut intervals = 0;
    let took = milliseconds(|number| {
        let question = Question {
            subject: askers[number].clone(),
            action: Action::Read,
            resource: Resource::Case(id(&format!("c{number}"))),
            as_of: AsOf::Head,
            at: None,
            id: None,
            expect: None,
            rule: None,
        };
        intervals += of(views, |views| views.intervals(&question, Timestamp::EPOCH, last, Pos32::LATEST)).len();
    });
    println!("access, intervals of an answer\t{:.1}", intervals as f64 / ASKED as f64);
    told("access, the whole life of a case", took, 5.0, size);
}

/// As the engine does it, without reading the log: a day of events that name users, and so change few pairs each; beside
/// it one in which every second grant is to a group of some forty.
fn diff(views: &Views, last: &[Vec<u8>], size: &Size) {
    let names_group = |bytes: &&Vec<u8>| {
        matches!(
            decode(bytes).expect("it was encoded here").event,
            Event::AccessGranted(AccessGranted { to: Subject::Group(_), .. })
                | Event::GrantUpdated(GrantUpdated { to: Subject::Group(_), .. })
                | Event::GrantRevoked(GrantRevoked { to: Subject::Group(_), .. })
        )
    };
    let of_users: Vec<&Vec<u8>> = last.iter().filter(|bytes| !names_group(bytes)).take(DAY_EVENTS).collect();
    let took = a_day(views, "users", &of_users);
    told("diff, a day of 10,000 events", took, 200.0, size);
    let of_all: Vec<&Vec<u8>> = last.iter().take(DAY_EVENTS).collect();
    let took = a_day(views, "users and groups", &of_all);
    println!("diff, a day of 10,000 events, groups too\t{took:.3}\tms");
}

fn a_day(views: &Views, name: &str, day: &[&Vec<u8>]) -> f64 {
    let mut changed = 0;
    let took = milliseconds_of(5, |_| {
        changed = 0;
        let crowd = Audience::of(views);
        for bytes in day {
            let recorded = decode(bytes).expect("it was encoded here");
            let after = When { place: recorded.position.into(), at: recorded.time };
            let span = Span { from: When { place: after.place.before(), ..after }, to: after };
            let pairs = of(views, |views| views.pairs_of_event(&recorded.event, &crowd));
            changed += black_box(of(views, |views| views.compare(pairs, span).count()));
        }
    });
    println!("diff, a day of {} events on {name}, pairs changed\t{changed}", day.len());
    took
}

fn milliseconds(ask: impl FnMut(usize)) -> f64 {
    milliseconds_of(ASKED, ask)
}

fn milliseconds_of(times: usize, mut ask: impl FnMut(usize)) -> f64 {
    let mut one = |number| {
        let started = Instant::now();
        ask(number);
        started.elapsed().as_secs_f64() * 1e3
    };
    median((0..times).map(&mut one).collect())
}

fn told(name: &str, took: f64, at_most: f64, size: &Size) {
    println!("{name}\t{took:.3}\tms");
    if size.holds_goals {
        let met = if took <= at_most { "met" } else { "missed" };
        println!("goal\t{name}\t{took:.3} ms\t(at most {at_most})\t{met}");
    }
}
