//! Faults: whatever happens to the program or to its disk, either everything that was acknowledged is served, or the
//! store says at open what is damaged and refuses to vouch for it. `src/docs/faults.md` tells what is tried.
//!
//! A short form of each runs always; with `CASEWARD_FAULTS=long` in the environment the long one does. Every choice
//! comes from a seed, `CASEWARD_FAULTS_SEED` (1 where it is left out); a failure names what it takes to see it again.
//! `CASEWARD_FAULTS_PART=2/4` tries the second quarter of it.
//! The program itself is run, so that what is judged is what a user would see. When all are through, the table of
//! faults and outcomes is printed (with `--nocapture`).
//! Absent: the rules of access, which other tests hold, and faults of memory and processor.

#![expect(clippy::print_stdout, reason = "the table of faults and outcomes is for people to read")]

mod backup;
mod chance;
mod disk;
mod image;
mod judge;
mod kill;
mod load;
mod mutator;
mod points;
mod program;
mod shim;
mod simulated;
mod table;
mod views;

/// `short`, or `long` where the environment asks for it.
fn either<T>(short: T, long: T) -> T {
    if std::env::var("CASEWARD_FAULTS").is_ok_and(|form| form == "long") { long } else { short }
}

/// The numbers of so many cases; `CASEWARD_FAULTS_PART=2/4` has the second quarter of them tried.
fn share(all: usize) -> std::ops::Range<usize> {
    let Ok(text) = std::env::var("CASEWARD_FAULTS_PART") else { return 0..all };
    let (part, of) = text.split_once('/').expect("a part is given as 2/4");
    let [part, of]: [usize; 2] = [part, of].map(|number| number.parse().expect("a part is given as 2/4"));
    assert!((1..=of).contains(&part), "there is no part {text}");
    all * (part - 1) / of..all * part / of
}

/// A folder of its own; in memory, where that can be had, as no fault here comes from a real disk.
fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("there is room for a folder")
}
