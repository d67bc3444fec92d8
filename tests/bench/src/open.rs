//! What opening a large store takes: after a clean stop, after a process that just ended, and without saved views; what a
//! service takes to get ready; and what asking for the id of a command costs, a fresh one and an old one.
//!
//! A store of many cases, each with grants to users and groups; commands have ids as the engine makes them. The process
//! that ends without closing is a separate one: it appends as many events as an engine leaves between two checkpoints.

use crate::world::{alone, id};
use crate::{feed, ready};
use caseward::engine::{Engine, Options, SystemClock};
use caseward::seams::{Checkpoints, Generation, Log, OrganizationNumber, Run, Shelf};
use caseward::store::{Access, FjallStore, FjallViews};
use caseward_events::codec::encode;
use caseward_events::event::{AccessGranted, CaseOpened, DefinitionCreated, Event, GrantUpdated};
use caseward_events::{Action, CommandId, OrganizationName, Position, Recorded, Rights, Subject, Timestamp};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

/// The word that makes this program the process that ends without closing.
pub const ENDS_WITHOUT_CLOSING: &str = "open-tail";

/// The word that makes this program open one store again and again, to be profiled.
pub const AGAIN: &str = "open-again";

const DEFINITIONS: u64 = 200;
const GROUPS: u64 = 500;
/// Of each case, its opening included.
const CASE_EVENTS: u64 = 10;
/// Events of one append when the log is filled.
const APPEND_EVENTS: u64 = 8_192;
/// What opening may take.
const GOAL_CLEAN_SECONDS: f64 = 1.0;
const GOAL_KILLED_SECONDS: f64 = 2.0;

/// How large the store is.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Events.
    pub events: u64,
    /// Users.
    pub users: u64,
    /// Events behind the last saving, where the process just ended.
    pub tail: u64,
    /// Openings of one kind.
    pub rounds: usize,
}

impl Shape {
    /// Ten million events, a million cases, a hundred thousand users.
    pub const FULL: Shape = Shape { events: 10_000_000, users: 100_000, tail: 250_000, rounds: 3 };
    /// To see that every answer is right.
    pub const SMOKE: Shape = Shape { events: 20_000, users: 300, tail: 500, rounds: 1 };
}

/// Prints seconds, and nanoseconds an id.
pub fn run(shape: Shape) {
    let scratch = scratch();
    let folder = scratch.path();
    append(folder, shape, 1..=shape.events);
    timed("open, no views saved", || open(folder));
    timed("save views, all of them", || {
        let engine = open(folder);
        feed::runtime().block_on(engine.checkpoint()).expect("the disk takes it");
    });
    let mut seconds: Vec<f64> = (0..shape.rounds).map(|_| timed("open, after a clean stop", || open(folder))).collect();
    held("open, after a clean stop", &mut seconds, GOAL_CLEAN_SECONDS);
    ready::run(folder, shape);
    for _ in 0..shape.rounds {
        if forget(folder) {
            timed("open, after a clean stop, nothing in the page cache", || open(folder));
        }
    }
    memory(folder);
    ids(folder, shape);
    // The tail is there when the process has ended; opening does not change that.
    let program = std::env::current_exe().expect("a program knows where it lies");
    let ended = Command::new(program).arg(ENDS_WITHOUT_CLOSING).arg(folder).args(shape.arguments()).status();
    assert!(!ended.expect("it starts").success(), "it ends without closing");
    let mut seconds: Vec<f64> = (0..shape.rounds).map(|_| timed("open, after a kill", || open(folder))).collect();
    held("open, after a kill", &mut seconds, GOAL_KILLED_SECONDS);
    let head = head(&open(folder));
    assert_eq!(head, Position(shape.events + shape.tail), "nothing that was written is lost");
}

/// Takes the files of a folder out of the page cache. Returns false where no program here can.
fn forget(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).expect("it can be listed");
    entries.map(|entry| entry.expect("it can be listed").path()).all(|path| {
        if path.is_dir() {
            return forget(&path);
        }
        let of = format!("of={}", path.display());
        let words = [of.as_str(), "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"];
        Command::new("dd").args(words).status().is_ok_and(|status| status.success())
    })
}

/// The process of its own: `FOLDER EVENTS USERS TAIL`.
pub fn end_without_closing(arguments: &[String]) -> ExitCode {
    let [folder, numbers @ ..] = arguments else { return ExitCode::from(2) };
    let numbers: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    let [events, users, tail] = numbers[..] else { return ExitCode::from(2) };
    let shape = Shape { events, users, tail, rounds: 0 };
    let store = store(Path::new(folder));
    fill(&store, shape, events + 1..=events + tail);
    std::process::abort()
}

/// A store that stays: `FOLDER EVENTS USERS ROUNDS`; made, and its views saved, where it is not there yet.
pub fn again(arguments: &[String]) -> ExitCode {
    let [folder, numbers @ ..] = arguments else { return ExitCode::from(2) };
    let numbers: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    let [events, users, rounds] = numbers[..] else { return ExitCode::from(2) };
    let (folder, shape) = (Path::new(folder), Shape { events, users, ..Shape::SMOKE });
    if !folder.join("log").exists() {
        append(folder, shape, 1..=shape.events);
    }
    if !folder.join("views").exists() {
        let engine = timed_and_kept("open, no views saved", || open(folder));
        timed("save views, all of them", || feed::runtime().block_on(engine.checkpoint()).expect("the disk takes it"));
    }
    for _ in 0..rounds {
        timed("open, after a clean stop", || open(folder));
    }
    ExitCode::SUCCESS
}

/// The name of a case.
pub fn name(case: u64) -> String {
    format!("case-{case:08}")
}

impl Shape {
    /// Cases that have all their events.
    pub fn cases(self) -> u64 {
        (self.events - DEFINITIONS) / CASE_EVENTS
    }

    /// Who may read a case, by an entry for that very user.
    pub fn reader(self, case: u64) -> String {
        self.subject(case, 1)
    }

    /// No subject comes twice in a case.
    fn subject(self, case: u64, step: u64) -> String {
        match step % 2 {
            0 => format!("group:g{}", (case + step * 61) % GROUPS),
            _ => format!("user:u{}", (mixed(case) % self.users + step * 7_919) % self.users),
        }
    }

    fn arguments(self) -> [String; 3] {
        [self.events, self.users, self.tail].map(|number| number.to_string())
    }
}

/// What an engine that just opened holds.
fn memory(folder: &Path) {
    let engine = open(folder);
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let memory = organization.memory();
    println!("memory after opening, views, ids and indexes, an event\t{:.1}\tbytes", memory.bytes_per_event);
    println!("memory after opening, filters and indexes of files\t{}\tbytes", memory.table_bytes);
    println!("memory after opening, cache\t{}\tbytes", memory.cache_bytes);
}

fn ids(folder: &Path, shape: Shape) {
    let views = FjallViews::open(folder);
    let shelf = Shelf { organization: OrganizationNumber::DEFAULT, generation: Generation::FIRST };
    let asked = shape.events.min(200_000);
    let step = shape.events / asked;
    let fresh: Vec<CommandId> = (0..asked).map(|number| command_id(number * step, 7)).collect();
    let old: Vec<CommandId> = (0..asked).map(|number| command_id(number * step + 1, 0)).collect();
    for (name, ids, known) in [("a fresh id", &fresh, false), ("an old id", &old, true)] {
        let start = Instant::now();
        for id in ids {
            let found = black_box(views.find_id(shelf, id)).expect("it can be read");
            assert_eq!(found.is_some(), known, "{id}");
        }
        println!("{name}\t{:.0}\tns", start.elapsed().as_secs_f64() * 1e9 / asked as f64);
    }
}

/// A folder on the disk of the bench.
pub fn scratch() -> tempfile::TempDir {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&folder).expect("the folder of the bench can be written");
    tempfile::tempdir_in(folder).expect("the folder of the bench can be written")
}

/// Prints and gives the seconds that something takes. What it gives is dropped out of the time, and before the next one begins.
pub fn timed<T>(name: &str, work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let made = work();
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}\t{seconds:.3}\ts");
    drop(made);
    seconds
}

fn timed_and_kept<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    println!("{name}\t{:.3}\ts", start.elapsed().as_secs_f64());
    made
}

fn held(name: &str, seconds: &mut [f64], at_most: f64) {
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let met = if median <= at_most { "met" } else { "missed" };
    println!("goal\t{name}\t{median:.3} s\t(at most {at_most})\t{met}");
}

/// Opens it.
pub fn open(folder: &Path) -> Engine {
    let store = store(folder);
    let views = Arc::new(FjallViews::open(folder));
    let engine = feed::runtime().block_on(Engine::open_with(store, Options::new(views, Arc::new(SystemClock))));
    let engine = engine.expect("what was just written opens");
    assert_eq!(engine.remarks(), [""; 0]);
    engine
}

/// Opened; the last one may still be letting go of it.
pub fn store(folder: &Path) -> Arc<FjallStore> {
    loop {
        match FjallStore::open(folder, Access::Create) {
            Ok(store) => return Arc::new(store),
            Err(caseward::seams::StoreError::InUse { .. }) => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn head(engine: &Engine) -> Position {
    engine.organization(&OrganizationName::default()).expect("it is always there").head()
}

/// Makes a store, or goes on with one.
pub fn append(folder: &Path, shape: Shape, positions: std::ops::RangeInclusive<u64>) {
    fill(&store(&PathBuf::from(folder)), shape, positions);
}

/// Waits for what needs nothing but a runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    feed::runtime().block_on(future)
}

fn fill(store: &Arc<FjallStore>, shape: Shape, positions: std::ops::RangeInclusive<u64>) {
    let (mut next, end) = positions.into_inner();
    while next <= end {
        let last = (next + APPEND_EVENTS - 1).min(end);
        let events = (next..=last).map(|position| encode(&recorded(shape, position))).collect();
        let run = Run { organization: OrganizationNumber::DEFAULT, first: Position(next), events };
        let epoch = feed::runtime().block_on(store.claim()).expect("it is open");
        feed::runtime().block_on(store.append(epoch, vec![run])).expect("the disk takes it");
        next = last + 1;
    }
}

/// The event at a position: first the definitions, then case by case its opening, grants, and an update of the first.
fn recorded(shape: Shape, position: u64) -> Recorded {
    let (event, stream_version) = match position.checked_sub(DEFINITIONS + 1) {
        None => (definition(position - 1), 1),
        Some(number) => of_case(shape, number / CASE_EVENTS, number % CASE_EVENTS),
    };
    let command_id = command_id(position, 0);
    Recorded { time: time(position), ..alone(Position(position), stream_version, command_id, event) }
}

fn definition(number: u64) -> Event {
    DefinitionCreated { definition: id(&format!("d{number}")), name: None, access_control: true, by_policy: false }
        .into()
}

fn of_case(shape: Shape, case: u64, step: u64) -> (Event, u64) {
    let name = name(case);
    let list = format!("case:{name}");
    let subject = |step: u64| shape.subject(case, step);
    let event = match step {
        0 => CaseOpened {
            case: id(&name),
            definition: id(&format!("d{}", case % DEFINITIONS)),
            creator: id(&format!("u{}", case % shape.users)),
            parent: None,
            workspace: None,
        }
        .into(),
        9 => GrantUpdated {
            on: id(&list),
            to: parsed(&subject(1)),
            rights: Rights::of(&[Action::Read]),
            valid_from: None,
            valid_until: None,
            origin: None,
        }
        .into(),
        _ => AccessGranted {
            on: id(&list),
            to: parsed(&subject(step)),
            rights: Rights::WRITE,
            valid_from: None,
            valid_until: None,
            origin: None,
        }
        .into(),
    };
    (event, step + 1)
}

fn time(position: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(position).expect("positions are small") * 1_000)
}

/// In the form of the ids that the engine makes: ascending with time, then anything.
fn command_id(position: u64, salt: u64) -> CommandId {
    let random = mixed(position ^ salt << 40);
    let (high, low) = (random >> 48, random & 0xffff_ffff_ffff);
    id(&format!("{:08x}-{:04x}-7{:03x}-{high:04x}-{low:012x}", position >> 16, position & 0xffff, salt))
}

/// Scatters numbers.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x7fb5_d329_728e_a185);
    let number = (number ^ number >> 27).wrapping_mul(0x81da_def4_bc2d_d44d);
    number ^ number >> 33
}

fn parsed(text: &str) -> Subject {
    id(text)
}
