//! What a backup costs, a later one, verifying it, and a restore to a store that serves; against copying the same bytes,
//! file by file, each synced, in the same run.

use crate::open::{self, Shape};
use caseward::backup::{self, Until};
use caseward::seams::OrganizationNumber;
use caseward_events::Position;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

/// What a backup must reach, where the disk does.
const GOAL_BYTES_A_SECOND: f64 = 200e6;
/// What a restore may take.
const GOAL_RESTORE_SECONDS: f64 = 60.0;

/// Prints seconds and megabytes a second.
pub fn run(shape: Shape) {
    let scratch = open::scratch();
    let [data, taken, copied, restored] = ["data", "backup", "copy", "restored"].map(|name| scratch.path().join(name));
    open::append(&data, shape, 1..=shape.events);
    let (bytes, seconds) = taking(&data, &taken, shape.events);
    let rate = told("backup", bytes, seconds);
    let floor = told("floor: copying its bundles", bytes, timed(|| copy(&taken.join("bundles"), &copied)).1);
    let wanted = GOAL_BYTES_A_SECOND.min(floor);
    held("backup, MB/s", rate / 1e6, rate >= wanted, &format!("at least {:.0}", wanted / 1e6));
    open::append(&data, shape, shape.events + 1..=shape.events + shape.tail);
    let (bytes, seconds) = taking(&data, &taken, shape.tail);
    told(&format!("a later backup, of {} events", shape.tail), bytes, seconds);
    let (_, seconds) = taking(&data, &taken, 0);
    println!("a backup with nothing new\t{seconds:.3}\ts");
    let (checked, seconds) = timed(|| backup::check(&taken, &|_| ()).expect("it can be read"));
    assert_eq!((checked.damage.findings.len(), checked.events), (0, shape.events + shape.tail));
    told("verifying it", checked.bytes, seconds);
    let restore = || open::block_on(backup::restore(&taken, &restored, &Until::End, &mut |_| ()));
    let (done, seconds) = timed(|| restore().expect("it is whole"));
    let head = done.organizations.iter().find(|one| one.organization == OrganizationNumber::DEFAULT).map(|one| one.to);
    assert_eq!(head, Some(Position(shape.events + shape.tail)));
    told(&format!("restore of {} events, to a store that serves", done.events), checked.bytes, seconds);
    let met = seconds <= GOAL_RESTORE_SECONDS;
    held("restore, s", seconds, met, &format!("at most {GOAL_RESTORE_SECONDS:.0} for 10,000,000 events"));
}

/// The bytes and the seconds of a run that finds so many new events.
fn taking(data: &Path, taken: &Path, events: u64) -> (u64, f64) {
    let store = open::store(data);
    let (written, seconds) = timed(|| open::block_on(backup::write(&*store, taken, &mut |_| ())).expect("it is taken"));
    assert_eq!(written.events, events);
    (written.bytes, seconds)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("there is room");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let entry = entry.expect("it is there");
        let mut copy = File::create(to.join(entry.file_name())).expect("there is room");
        io::copy(&mut File::open(entry.path()).expect("it opens"), &mut copy).expect("there is room");
        copy.sync_all().expect("the disk takes it");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed().as_secs_f64())
}

fn told(name: &str, bytes: u64, seconds: f64) -> f64 {
    let rate = bytes as f64 / seconds;
    println!("{name}\t{seconds:.3}\ts\t{:.1}\tMB\t{:.0}\tMB/s", bytes as f64 / 1e6, rate / 1e6);
    rate
}

fn held(name: &str, figure: f64, met: bool, goal: &str) {
    let met = if met { "met" } else { "missed" };
    println!("goal\t{name}\t{figure:.1}\t({goal})\t{met}");
}
