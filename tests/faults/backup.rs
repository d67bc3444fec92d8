//! Backing up, restoring and healing, stopped at every point at which they write: the store stays whole, and the same
//! call goes on where it stopped.
//!
//! What is judged is the end: the check of the backup, and an export that is line for line the one of before.
//! A try is seven runs of the program, and a store that was not stopped has 64 MiB of journal to look through, so as many
//! are made beside each other as there are processors. The process dies at every point; a point that fails, and a disk
//! that is full from one on, are tried at some of each kind: what is done to what sort of file.

use super::chance::Chance;
use super::image::Image;
use super::judge::{Ledger, Outcome};
use super::program::{Said, Session, program, run};
use super::shim::{self, EIO, ENOSPC, Fault, How, Step};
use super::table::{Kind, Tally};
use super::{either, load, share};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Commands that are backed up, and commands behind them.
const BACKED_UP: usize = 25;
const BEHIND: usize = 20;
/// Points that are tried in the short form, for each job and fault.
const SAMPLE: usize = 3;
/// Points of one kind at which a fault is tried that the process outlives, in the long form.
const OF_A_KIND: usize = 2;

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

/// One fault of one job, to be tried.
struct Try<'a> {
    name: &'static str,
    job: Job,
    image: &'a Image,
    fault: Fault,
    /// How to see it again.
    seen: String,
}

#[test]
fn a_backup_a_restore_and_a_healing_that_stop_at_a_point_go_on_from_there() {
    if shim::library().is_none() {
        return;
    }
    let folder = super::folder();
    let mut tally = Tally::of("backup");
    let (before, all) = prepared(&Place(folder.path().join("place")));
    let mut tries = Vec::new();
    for (job, image) in &before {
        let points = points(folder.path(), *job, image);
        let count = points.len();
        assert!(count > 5, "{job:?} has only {count} points");
        for (name, how, errno) in FAULTS {
            let mut chance = Chance::of(name, count);
            let sample = (0..SAMPLE).map(|_| 1 + chance.below(count)).collect();
            let long = if matches!(how, How::Kill) { (1..=count).collect() } else { of_each_kind(&points) };
            let chosen: Vec<usize> = either(sample, long);
            for &at in &chosen[share(chosen.len())] {
                let Step { kind, path, .. } = &points[at - 1];
                let seen = format!("{job:?}, point {at} of {count} ({kind} `{}`)", path.display());
                tries.push(Try { name, job: *job, image, fault: Fault { at, how, errno }, seen });
            }
        }
    }
    let outcomes = all_tried(folder.path(), &tries, &all);
    tries.iter().zip(&outcomes).for_each(|(one, outcome)| tally.count(one.name, &one.seen, outcome));
    tally.end();
}

/// The numbers of some points of each kind, evenly spread over those of that kind.
fn of_each_kind(points: &[Step]) -> Vec<usize> {
    let sort = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.replace(|one: char| one.is_ascii_digit(), "")
    };
    let mut kinds: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (step, at) in points.iter().zip(1..) {
        kinds.entry((&step.kind, sort(&step.path), sort(&step.other))).or_default().push(at);
    }
    let some = |all: &Vec<usize>| {
        let count = all.len().min(OF_A_KIND);
        (0..count).map(|nth| all[nth * all.len() / count]).collect::<Vec<_>>()
    };
    let mut chosen: Vec<usize> = kinds.values().flat_map(some).collect();
    chosen.sort_unstable();
    chosen
}

/// What came of each, tried on all processors.
fn all_tried(folder: &Path, tries: &[Try<'_>], all: &str) -> Vec<Outcome> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = |place: &Place| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = tries.get(at) else { return };
            let outcome = tried(place, one, all);
            outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(at, outcome);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let place = Place(folder.join(format!("tried-{thread}")));
            let work = &work;
            scope.spawn(move || work(&place));
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
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

/// The points of a job, where nothing fails.
fn points(folder: &Path, job: Job, image: &Image) -> Vec<Step> {
    let place = Place(folder.join("counted"));
    image.lay(&place.0);
    let trace = folder.join(format!("{job:?}"));
    let (data, words) = place.call(job);
    let mut program = program(&data, "default");
    shim::load(&mut program, &place.0, None);
    shim::trace(&mut program, &trace);
    let output = program.args(words).output().expect("the program starts");
    assert!(output.status.success(), "{job:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut points = shim::steps(&trace, &place.0);
    points.retain(|step| step.kind != "answer");
    points
}

/// Runs a job with a fault, then again without one.
fn tried(place: &Place, one: &Try<'_>, all: &str) -> Outcome {
    let Try { job, fault, .. } = *one;
    one.image.lay(&place.0);
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
