//! Bytes that change while nobody looks: one place of one file is flipped, zeroed, cut off or swapped with another.

use super::chance::Chance;

use super::image::{Content, Image};
use super::judge::{Ledger, judge};
use super::load;
use super::program::{Session, program};
use super::shim::{self, Fault, How};
use super::table::Tally;
use super::{either, share};
use std::path::{Path, PathBuf};

/// Commands in the small stores.
const COMMANDS: usize = 120;
/// Commands after which a stop writes tables.
const LARGE: usize = 420;

/// The first journal, and the only one of a small store.
const JOURNAL: &str = "log/0.jnl";
/// The length that the database makes a journal with.
const JOURNAL_BYTES: u64 = 64 << 20;

/// A store to be mutated.
pub struct Store {
    name: &'static str,
    image: Image,
    pub ledger: Ledger,
    /// What the journal held behind its first run.
    first_bytes: usize,
}

#[test]
fn bytes_that_changed_are_seen_or_change_nothing() {
    let folder = super::folder();
    let data = folder.path().join("data");
    let stores = stores(&data);
    let mut tally = Tally::of("mutator");
    for number in share(either(32, 2_000)) {
        let mut chance = Chance::of("mutator", number);
        let store = chance.one(&stores);
        let path = place(&store.image, &mut chance);
        let mut image = store.image.clone();
        let how = mutate(&mut image, &path, &mut chance);
        image.lay(&data);
        let seen = format!("number {number}, store {}, `{}`: {how}", store.name, path.display());
        tally.count(&class(&store.image, &path), &seen, &judge(&data, &mut store.ledger.clone()));
    }
    tally.end();
}

/// One that was killed, one that was stopped, one with a journal behind its tables, one with a sealed journal, and one
/// that was killed while it wrote tables.
fn stores(data: &Path) -> Vec<Store> {
    let noted = COMMANDS / 2;
    let killed = store(data, "killed", &[(noted, End::Stopped), (COMMANDS, End::Killed)]);
    let mut stores = vec![
        sealed(&killed),
        killed,
        store(data, "stopped", &[(noted, End::Killed), (COMMANDS, End::Stopped)]),
        store(data, "tables", &[(LARGE, End::Stopped), (LARGE + noted, End::Killed)]),
    ];
    if shim::library().is_some() {
        stores.push(store(data, "flushing", &[(LARGE, End::KilledAtTables)]));
    }
    stores
}

/// How a run of the program ends.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Stopped,
    Killed,
    /// At the first write into a table of the log.
    KilledAtTables,
}

/// Filled in runs, each up to a command.
pub fn store(data: &Path, name: &'static str, runs: &[(usize, End)]) -> Store {
    Image::default().lay(data);
    let (mut ledger, mut first_bytes) = (Ledger::default(), 0);
    for &(all, end) in runs {
        go_on(data, &mut ledger, all, end);
        if first_bytes == 0 {
            first_bytes = Image::of(data).files[Path::new(JOURNAL)].used();
        }
    }
    Store { name, image: Image::of(data), ledger, first_bytes }
}

/// Has the program take commands, up to this one.
pub fn go_on(data: &Path, ledger: &mut Ledger, all: usize, end: End) {
    // Whatever lies in an earlier run was noted when it was opened again.
    ledger.noted = (end != End::Stopped).then_some(ledger.answers.len());
    let mut program = program(data, "default");
    if end == End::KilledAtTables {
        shim::load(&mut program, data, Some(Fault { at: 1, how: How::Kill, errno: 0 }));
        shim::only(&mut program, "/keyspaces/1/tables/");
    }
    let lines = (ledger.next()..=all).map(load::command);
    let mut session = Session::start(program, lines, end == End::Killed);
    while ledger.answers.len() < all {
        let answer = session.answer().expect("nothing fails here");
        ledger.take(answer).expect("nothing fails here");
    }
    if end == End::Killed {
        session.kill();
    }
    let (_, said) = session.end();
    assert_eq!(said.status.is_none(), end != End::Stopped, "{said:?}");
}

/// As if the journal had been sealed between the first run and the second, as the database does it behind 64 MB: the
/// next one begins there.
fn sealed(killed: &Store) -> Store {
    let mut image = killed.image.clone();
    let all = image.files[Path::new(JOURNAL)].clone();
    let mut live = Content::default();
    live.set(0, &all.get(killed.first_bytes, all.used() - killed.first_bytes));
    live.set_length(JOURNAL_BYTES);
    image.files.get_mut(Path::new(JOURNAL)).expect("it is there").set_length(killed.first_bytes as u64);
    image.files.insert("log/1.jnl".into(), live);
    Store { name: "sealed", image, ledger: killed.ledger.clone(), first_bytes: killed.first_bytes }
}

/// What kind of file it is, as the table calls it.
fn class(image: &Image, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let journals = || image.files.keys().filter(|path| is_journal(path));
    let kind = match path.components().next().map(|first| first.as_os_str().to_string_lossy()).as_deref() {
        Some("log") if is_journal(path) && journals().max_by_key(|path| number(path)) == Some(&path.to_owned()) => {
            "the live journal"
        }
        Some("log") if is_journal(path) => "a sealed journal",
        Some("log") if path.parent().is_some_and(|above| above.ends_with("tables")) => "a table",
        Some("log") => "the database's other files",
        _ if name.contains("HEAD") => "the HEAD note",
        _ => "the directory's other files",
    };
    format!("bytes changed in {kind}")
}

fn is_journal(path: &Path) -> bool {
    path.starts_with("log") && path.extension().is_some_and(|extension| extension == "jnl")
}

fn number(path: &Path) -> u64 {
    path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or_default()
}

/// A file: journals mostly, the others alike.
fn place(image: &Image, chance: &mut Chance) -> PathBuf {
    let (journals, others): (Vec<_>, Vec<_>) =
        image.files.iter().filter(|(_, content)| content.length > 0).map(|(path, _)| path).partition(|p| is_journal(p));
    let from = if chance.yes(60) { journals } else { others };
    (*chance.one(&from)).clone()
}

/// Changes a place that holds something, or cuts the file off there.
pub fn mutate(image: &mut Image, path: &Path, chance: &mut Chance) -> String {
    let content = image.files.get_mut(path).expect("it was found in there");
    let used = content.used().max(1);
    let at = chance.below(used);
    match chance.below(9) {
        0..3 => {
            let bit = chance.below(8);
            change(content, at, 1, |byte| byte ^ (1 << bit));
            format!("bit {bit} of byte {at} flipped")
        }
        3..5 => {
            let count = 1 + chance.below(64);
            change(content, at, count, |_| 0);
            format!("{count} bytes from {at} zeroed")
        }
        5 => {
            let at = at / 512 * 512;
            change(content, at, 512, |_| 0);
            format!("the sector at {at} zeroed")
        }
        6 => {
            content.set_length(at as u64);
            format!("cut off at {at}")
        }
        7 => {
            let (other, count) = (chance.below(used), 1 + chance.below(300));
            swap(content, at, other, count);
            format!("{count} bytes at {at} and {other} swapped")
        }
        _ => {
            let (at, other) = (at / 512 * 512, chance.below(used) / 512 * 512);
            swap(content, at, other, 512);
            format!("the sectors at {at} and {other} swapped")
        }
    }
}

fn change(content: &mut Content, at: usize, count: usize, to: impl Fn(u8) -> u8) {
    let changed: Vec<u8> = content.get(at, count).into_iter().map(to).collect();
    content.set(at, &changed);
}

fn swap(content: &mut Content, one: usize, other: usize, count: usize) {
    let (first, second) = (content.get(one, count), content.get(other, count));
    let count = first.len().min(second.len());
    content.set(one, &second[..count]);
    content.set(other, &first[..count]);
}
