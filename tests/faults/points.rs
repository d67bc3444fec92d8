//! Every point at which the program writes, failing once; the disk full from there on; a sync that fails; a write that
//! is short; and the process dying there.
//!
//! A standard run has three parts, each a process of its own: a store is made and filled, an organization is created,
//! and the store is opened again and goes on. How many points each part has is counted first.

use super::chance::Chance;
use super::image::Image;
use super::judge::{Ledger, Outcome, judge};
use super::program::{Said, Session, program};
use super::shim::{self, EIO, ENOSPC, Fault, How, Step};
use super::table::{Kind, Tally};
use super::{either, load, share};
use std::path::Path;
use std::process::Command;

/// Commands of the first and of the third part.
const COMMANDS: usize = 12;
/// Points that are tried in the short form, for each fault and part.
const SAMPLE: usize = 3;

const FAULTS: [(&str, How, i32); 6] = [
    ("a point fails once", How::Once, EIO),
    ("a point finds the disk full, once", How::Once, ENOSPC),
    ("the disk is full from a point on", How::From, ENOSPC),
    ("a write is short, or what is none fails", How::Short, EIO),
    ("a point is done and reported as failed", How::After, EIO),
    ("the process dies at a point", How::Kill, EIO),
];

/// A part of the standard run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Make,
    Organization,
    GoOn,
}

/// How things stand before a part.
struct Stand {
    part: Part,
    image: Image,
    ledger: Ledger,
    points: Vec<Step>,
}

#[test]
fn a_point_that_fails_loses_nothing_that_was_acknowledged() {
    if shim::library().is_none() {
        return;
    }
    let folder = super::folder();
    let mut tally = Tally::of("points");
    for stand in standard_run(folder.path()) {
        let all = stand.points.len();
        assert!(all > 5, "{:?} has only {all} points", stand.part);
        for (name, how, errno) in FAULTS {
            let mut chance = Chance::of(name, all);
            let sample = (0..SAMPLE).map(|_| 1 + chance.below(all)).collect();
            let points: Vec<usize> = either(sample, (1..=all).collect());
            let points = &points[share(points.len())];
            for &at in points {
                let Step { kind, path, .. } = &stand.points[at - 1];
                // The file that is written may be another than in the first run; the number is what counts.
                let seen = format!("{:?}, point {at} of {all} ({kind} `{}`)", stand.part, path.display());
                tally.count(name, &seen, &tried(folder.path(), &stand, Fault { at, how, errno }));
            }
        }
    }
    tally.end();
}

/// The parts as they run where nothing fails.
fn standard_run(folder: &Path) -> Vec<Stand> {
    let data = folder.join("data");
    let mut ledger = Ledger::default();
    let parts = [Part::Make, Part::Organization, Part::GoOn];
    let stand = |part| {
        let (image, before) = (Image::of(&data), ledger.clone());
        let trace = folder.join(format!("{part:?}"));
        let (said, wrong) = run(&data, part, &mut ledger, |program| {
            shim::load(program, &data, None);
            shim::trace(program, &trace);
        });
        assert_eq!((said.status, wrong.is_none()), (Some(0), true), "{part:?}: {said:?}");
        let mut points = shim::steps(&trace, &data);
        points.retain(|step| step.kind != "answer");
        Stand { part, image, ledger: before, points }
    };
    parts.map(stand).into()
}

/// Runs a part; what is answered goes into the ledger.
fn run(data: &Path, part: Part, ledger: &mut Ledger, prepare: impl Fn(&mut Command)) -> (Said, Option<Outcome>) {
    let mut program = program(data, "default");
    prepare(&mut program);
    if part == Part::Organization {
        let output = program.args(["org", "create", "tenant"]).output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("it says text");
        return (Said { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }, None);
    }
    let lines = (ledger.next()..ledger.next() + COMMANDS).map(load::command);
    let (answers, said) = Session::start(program, lines, false).end();
    let wrong = answers.into_iter().try_for_each(|answer| ledger.take(answer)).err();
    (said, wrong)
}

/// Runs a part with a fault, then judges the store without one.
fn tried(folder: &Path, stand: &Stand, fault: Fault) -> Outcome {
    let data = folder.join("tried");
    stand.image.lay(&data);
    let mut ledger = stand.ledger.clone();
    let (said, wrong) = run(&data, stand.part, &mut ledger, |program| shim::load(program, &data, Some(fault)));
    if let Some(wrong) = wrong {
        return wrong;
    }
    let account = match said.status {
        Some(0) => true,
        Some(5 | 6) => said.err.contains("error:") || said.err.contains("caused by"),
        Some(_) => false,
        None => matches!(fault.how, How::Kill),
    };
    if !account {
        return Outcome::new(Kind::NoAccount, format!("the run with the fault: {:?}: {}", said.status, said.err));
    }
    let created = stand.part == Part::Organization && said.status == Some(0);
    let outcome = judge(&data, &mut ledger);
    if outcome.kind != Kind::Served {
        return outcome;
    }
    let all = super::program::run(&data, "default", &["org", "list"]);
    let there = all.out.contains("tenant");
    if created && !there {
        return Outcome::new(Kind::Lost, format!("the organization is not there: {all:?}"));
    }
    outcome
}
