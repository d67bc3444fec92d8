//! Backing up, restoring and healing, stopped at every point at which they write: the store stays whole, and the same
//! call goes on where it stopped.
//!
//! What is judged is the end: the check of the backup, and an export that is line for line the one of before.

use super::chance::Chance;
use super::image::Image;
use super::judge::{Ledger, Outcome};
use super::program::{Said, Session, program, run};
use super::shim::{self, EIO, ENOSPC, Fault, How};
use super::table::{Kind, Tally};
use super::{either, load, share};
use std::fs;
use std::path::{Path, PathBuf};

/// Commands that are backed up, and commands behind them.
const BACKED_UP: usize = 25;
const BEHIND: usize = 20;
/// Points that are tried in the short form, for each job and fault.
const SAMPLE: usize = 3;

const FAULTS: [(&str, How, i32); 3] = [
    ("a backup, restore or healing dies at a point", How::Kill, EIO),
    ("a point of one fails once", How::Once, EIO),
    ("the disk is full from a point of one on", How::From, ENOSPC),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    /// Goes on with a backup that has the first commands.
    Backup,
    Restore,
    /// Of a log whose first batch is spoiled, without a note and without keys.
    Heal,
}

/// A folder with a store, its backup, and what is restored.
struct Place(PathBuf);

impl Place {
    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn backup(&self) -> String {
        self.0.join("backup").display().to_string()
    }

    fn restored(&self) -> PathBuf {
        self.0.join("restored")
    }

    /// The store that a job works on, and what it is asked.
    fn call(&self, job: Job) -> (PathBuf, Vec<String>) {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).chain([self.backup()]).collect();
        match job {
            Job::Backup => (self.data(), words(&["backup"])),
            Job::Restore => (self.restored(), words(&["restore"])),
            Job::Heal => (self.data(), words(&["heal", "--from"])),
        }
    }

    fn run(&self, job: Job) -> Said {
        let (data, words) = self.call(job);
        run(&data, "default", &words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[test]
fn a_backup_a_restore_and_a_healing_that_stop_at_a_point_go_on_from_there() {
    if shim::library().is_none() {
        return;
    }
    let folder = super::folder();
    let mut tally = Tally::of("backup");
    let (before, all) = prepared(&Place(folder.path().join("place")));
    for (job, image) in before {
        let all_points = points(folder.path(), job, &image);
        assert!(all_points > 5, "{job:?} has only {all_points} points");
        for (name, how, errno) in FAULTS {
            let mut chance = Chance::of(name, all_points);
            let sample = (0..SAMPLE).map(|_| 1 + chance.below(all_points)).collect();
            let points: Vec<usize> = either(sample, (1..=all_points).collect());
            for &at in &points[share(points.len())] {
                let seen = format!("{job:?}, point {at} of {all_points}");
                tally.count(name, &seen, &tried(folder.path(), job, &image, &all, Fault { at, how, errno }));
            }
        }
    }
    tally.end();
}

/// What lies there before each job, and what the store says.
fn prepared(place: &Place) -> (Vec<(Job, Image)>, String) {
    let data = place.data();
    let mut ledger = Ledger::default();
    let mut feed = |count: usize| {
        let lines = (ledger.next()..ledger.next() + count).map(load::command);
        let (answers, said) = Session::start(program(&data, "default"), lines, false).end();
        assert_eq!(said.status, Some(0), "{}", said.err);
        answers.into_iter().for_each(|answer| assert!(ledger.take(answer).is_ok(), "an answer is wrong"));
    };
    feed(BACKED_UP);
    assert_eq!(place.run(Job::Backup).status, Some(0));
    feed(BEHIND);
    let before_backup = Image::of(&place.0);
    let all = run(&data, "default", &["export"]).out;
    assert_eq!(place.run(Job::Backup).status, Some(0));
    let before_restore = Image::of(&place.0);
    for part in ["HEAD", "KEYS"] {
        fs::remove_file(data.join(part)).expect("it is there");
    }
    let journal = data.join("log/0.jnl");
    let mut bytes = fs::read(&journal).expect("it is there");
    bytes[100] ^= 1;
    fs::write(&journal, bytes).expect("there is room");
    let before_heal = Image::of(&place.0);
    (vec![(Job::Backup, before_backup), (Job::Restore, before_restore), (Job::Heal, before_heal)], all)
}

/// How many points a job has.
fn points(folder: &Path, job: Job, image: &Image) -> usize {
    let place = Place(folder.join("counted"));
    image.lay(&place.0);
    let trace = folder.join(format!("{job:?}"));
    let (data, words) = place.call(job);
    let mut program = program(&data, "default");
    shim::load(&mut program, &place.0, None);
    shim::trace(&mut program, &trace);
    let output = program.args(words).output().expect("the program starts");
    assert!(output.status.success(), "{job:?}: {}", String::from_utf8_lossy(&output.stderr));
    shim::steps(&trace, &place.0).iter().filter(|step| step.kind != "answer").count()
}

/// Runs a job with a fault, then again without one.
fn tried(folder: &Path, job: Job, image: &Image, all: &str, fault: Fault) -> Outcome {
    let place = Place(folder.join("tried"));
    image.lay(&place.0);
    let (data, words) = place.call(job);
    let mut program = program(&data, "default");
    shim::load(&mut program, &place.0, Some(fault));
    let output = program.args(words).output().expect("the program starts");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    let account = match output.status.code() {
        Some(0) => true,
        Some(5 | 6) => err.contains("error:"),
        Some(_) => false,
        None => matches!(fault.how, How::Kill),
    };
    if !account {
        return Outcome::new(Kind::NoAccount, format!("the run with the fault: {:?}: {err}", output.status));
    }
    let wrong = |what: &str, said: &Said| Outcome::new(Kind::Wrong, format!("{what}: {:?}: {}", said.status, said.err));
    // What a stopped run leaves of a backup is whole, and of a restore it lets nobody in.
    let checked = run(&data, "default", &["backup", "--check", &place.backup()]);
    if checked.status != Some(0) {
        return wrong("the backup is not whole", &checked);
    }
    let early = run(&data, "default", &["export"]);
    if early.status == Some(0) && early.out != all {
        return wrong("it serves something else before it has ended", &early);
    }
    let again = place.run(job);
    let had_ended = job == Job::Restore && again.err.contains("is not empty") && early.status == Some(0);
    if again.status != Some(0) && !had_ended {
        return wrong("it does not go on", &again);
    }
    let exported = run(&data, "default", &["export"]);
    if exported.status != Some(0) || exported.out != all {
        return wrong("it does not say what it said", &exported);
    }
    let checked = run(&data, "default", &["backup", "--check", &place.backup()]);
    let verified = run(&data, "default", &["verify"]);
    match (checked.status, verified.status) {
        (Some(0), Some(0)) => Outcome::new(Kind::Served, ""),
        (Some(0), _) => wrong("the store does not verify", &verified),
        _ => wrong("the backup is not whole in the end", &checked),
    }
}
