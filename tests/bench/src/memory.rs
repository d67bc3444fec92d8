//! What views hold in memory and what folding costs at size: ten million events, skewed as logs are.
//!
//! Few cases and few people take part in most of what happens; the draw is seeded, so every run folds the same events.
//! Memory is how much more the process holds than before, as the system reports it; the parts are what the views report.

use crate::feed;
use crate::size::Size;
use crate::world::{alone, id};
use caseward_events::codec::{decode_to_fold, encode};
use caseward_events::event::{
    AccessGranted, CaseCompleted, CaseOpened, DefinitionCreated, GrantRevoked, GrantUpdated, MemberAdded, PersonAdded,
    UserPlaced,
};
use caseward_events::seal::{Key, StoredReason};
use caseward_events::{
    Actor, CaseId, Event, KeyNumber, ListRef, Position, Recorded, Rights, Stream, Subject, Timestamp,
};
use caseward_projections::{Replay, Views};
use floors_data::random::Random;
use std::collections::HashMap;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Events that are made before they are folded, so that making them is not timed.
const PIECE_EVENTS: u64 = 65_536;
/// What views, ids and indexes may take for each event.
const GOAL_BYTES: f64 = 60.0;
/// Of the last events that are kept: enough for a day of those that bear on few.
const DAY_EVENTS: usize = 32_768;
const GROUPS: u64 = 5_000;
const DEFINITIONS: u64 = 200;
const WORKSPACES: u64 = 100;

/// How large the log is.
struct Scenario {
    events: u64,
    cases: u64,
    users: u64,
}

/// The word that makes this program a process in which nothing else was measured before.
pub const ALONE: &str = "memory-alone";

/// Measures in a process of its own: this one would take again what other parts gave back.
pub fn run(size: &Size) {
    let program = std::env::current_exe().expect("a program knows where it lies");
    let smoke = (!size.holds_goals).then_some("--smoke");
    let ended = Command::new(program).arg(ALONE).args(smoke).status();
    assert!(ended.expect("it starts").success(), "every fold is right");
}

/// That process.
pub fn in_its_own(arguments: &[String]) -> ExitCode {
    fold(&if arguments.is_empty() { Size::full() } else { Size::smoke() });
    ExitCode::SUCCESS
}

/// Folds the log and prints what that took.
fn fold(size: &Size) {
    let scale = if size.holds_goals { 1 } else { 100 };
    let scenario = Scenario { events: 10_000_000 / scale, cases: 1_000_000 / scale, users: 100_000 / scale };
    let mut writer = Writer::new(scenario);
    let mut piece: Vec<Vec<u8>> = Vec::new();
    writer.fill(&mut piece);
    let before = resident_bytes();
    let mut replay = Replay::default();
    let (mut decoding, mut folding) = (Duration::ZERO, Duration::ZERO);
    while !piece.is_empty() {
        decoding += timed(|| piece.iter().for_each(|bytes| drop(black_box(decode_to_fold(bytes)))));
        folding += timed(|| {
            for together in piece.chunks(feed::FOLDED_TOGETHER) {
                let decoded = together.iter().map(|bytes| decode_to_fold(bytes).expect("it was encoded here"));
                replay.apply_all(&decoded.collect::<Vec<_>>()).expect("they fit");
            }
        });
        writer.fill(&mut piece);
    }
    let events = replay.tip().0;
    let (started, replay_end) = (Instant::now(), replay.tip());
    let mut views = replay.finish();
    let finishing = started.elapsed();
    let each = |bytes: usize| bytes as f64 / events as f64;
    let nanoseconds = |took: Duration| took.as_nanos() / u128::from(events);
    println!("memory, decode to fold, an event\t{}\tns", nanoseconds(decoding));
    println!("memory, decode and fold, an event\t{}\tns", nanoseconds(folding + finishing));
    println!("memory, of that put in order at the end\t{}\tns", nanoseconds(finishing));
    println!("memory, resident, an event\t{:.1}\tbytes", each(resident_bytes().saturating_sub(before)));
    println!("memory, ids that no checkpoint keeps, an event\t{:.1}\tbytes", each(views.memory().ids));
    // As when the views are saved: from then on the ids are found on disk.
    let cut = views.cut(replay_end);
    drop(views.forget_ids(&cut));
    drop(cut);
    println!("memory, resident, ids saved, an event\t{:.1}\tbytes", each(resident_bytes().saturating_sub(before)));
    tell(&views, size);
}

/// Such a world with its last events, folded.
pub fn world(size: &Size) -> (Views, Vec<Vec<u8>>) {
    let scale = if size.holds_goals { 1 } else { 100 };
    let scenario = Scenario { events: 10_000_000 / scale, cases: 1_000_000 / scale, users: 100_000 / scale };
    let mut writer = Writer::new(scenario);
    let (mut piece, mut last): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    let mut replay = Replay::default();
    writer.fill(&mut piece);
    while !piece.is_empty() {
        for together in piece.chunks(feed::FOLDED_TOGETHER) {
            let decoded = together.iter().map(|bytes| decode_to_fold(bytes).expect("it was encoded here"));
            replay.apply_all(&decoded.collect::<Vec<_>>()).expect("they fit");
        }
        last.append(&mut piece);
        last.drain(..last.len().saturating_sub(DAY_EVENTS));
        writer.fill(&mut piece);
    }
    (replay.finish(), last)
}

/// What the views say of themselves.
fn tell(views: &Views, size: &Size) {
    let (memory, events) = (views.memory(), views.tip().0 as f64);
    let parts = [
        ("names", memory.names),
        ("cases", memory.cases),
        ("lists", memory.lists),
        ("gathered", memory.gathered),
        ("directory", memory.directory),
        ("times", memory.times),
        ("ids", memory.ids),
        ("others", memory.others),
    ];
    for (part, bytes) in parts {
        println!("memory, {part}, an event\t{:.1}\tbytes", bytes as f64 / events);
    }
    let each = memory.total() as f64 / events;
    println!("memory, all parts, an event\t{each:.1}\tbytes");
    if size.holds_goals {
        let met = if each <= GOAL_BYTES { "met" } else { "missed" };
        println!("goal\tmemory, views, ids and indexes, an event\t{each:.1} bytes\t(at most {GOAL_BYTES})\t{met}");
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// The pages of the process that lie in memory.
pub fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4_096
}

/// Makes the events, in order.
struct Writer {
    scenario: Scenario,
    random: Random,
    position: u64,
    versions: HashMap<Stream, u64>,
    cases: Vec<u32>,
    reason: StoredReason,
}

impl Writer {
    fn new(scenario: Scenario) -> Writer {
        let cases = vec![0; usize::try_from(scenario.cases).expect("cases fit in memory")];
        let key = Key::new([7; Key::BYTES]);
        // One for all: nothing here opens it.
        let reason = StoredReason::seal("asked for by the desk", &id("c-1"), KeyNumber(1), &key, None);
        Writer { scenario, random: Random::seeded(7), position: 0, versions: HashMap::new(), cases, reason }
    }

    /// The next events in place of those before; none at the end.
    fn fill(&mut self, piece: &mut Vec<Vec<u8>>) {
        piece.clear();
        let count = PIECE_EVENTS.min(self.scenario.events - self.position);
        piece.extend((0..count).map(|_| self.next()));
    }

    fn next(&mut self) -> Vec<u8> {
        let event = self.draw();
        self.position += 1;
        let stream_version = match event.stream() {
            Stream::Case(case) => {
                let number: usize = case.as_str()[1..].parse().expect("a number behind a letter");
                self.cases[number] += 1;
                u64::from(self.cases[number])
            }
            other => {
                let version = self.versions.entry(other).or_default();
                *version += 1;
                *version
            }
        };
        let number = self.position;
        let command_id = id(&format!("018cc251-{:04x}-7000-8000-{number:012x}", number & 0xFFFF));
        encode(&Recorded {
            time: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(number).unwrap_or(0) * 250_000),
            actor: Actor::User(id("admin")),
            reason: Some(self.reason.clone()),
            first: None,
            ..alone(Position(number), stream_version, command_id, event)
        })
    }

    /// Definitions, places and memberships first; then cases open while the earlier ones are worked on.
    fn draw(&mut self) -> Event {
        let (at, users) = (self.position, self.scenario.users);
        if at < DEFINITIONS {
            let definition = id(&format!("d{at}"));
            return DefinitionCreated { definition, name: None, access_control: true, by_policy: false }.into();
        }
        let at = at - DEFINITIONS;
        if at < 3 * users {
            let (user, group) = (at / 3, self.skewed(GROUPS));
            return if at.is_multiple_of(3) {
                let workspace = Some(id(&format!("w{}", user % WORKSPACES)));
                UserPlaced { user: id(&format!("u{user}")), workspace }.into()
            } else {
                MemberAdded { group: id(&format!("g{group}")), member: id(&format!("user:u{user}")) }.into()
            };
        }
        let (at, left) = (at - 3 * users, self.scenario.events - DEFINITIONS - 3 * users);
        let due_at = |at: u64| (at * self.scenario.cases).div_ceil(left);
        let (opened, due) = (due_at(at), due_at(at + 1));
        if opened < due {
            let creator = format!("u{}", self.skewed(users));
            let definition = id(&format!("d{}", self.skewed(DEFINITIONS)));
            let case = id(&format!("c{opened}"));
            return CaseOpened { case, definition, creator: id(&creator), parent: None, workspace: None }.into();
        }
        self.work(opened)
    }

    fn work(&mut self, opened: u64) -> Event {
        let case: CaseId = id(&format!("c{}", self.skewed(opened)));
        let to: Subject = if self.random.coin() {
            id(&format!("group:g{}", self.skewed(GROUPS)))
        } else {
            id(&format!("user:u{}", self.skewed(self.scenario.users)))
        };
        let on = ListRef::Case(case.clone());
        let (valid_from, valid_until, origin) = (None, None, None);
        match self.random.below(20) {
            0 => CaseCompleted { case }.into(),
            1 => PersonAdded { case, field: id("owner"), person: to, workspace: None }.into(),
            2 => GrantRevoked { on, to }.into(),
            3 | 4 => GrantUpdated { on, to, rights: Rights::WRITE, valid_from, valid_until, origin }.into(),
            _ => AccessGranted { on, to, rights: Rights::READ, valid_from, valid_until, origin }.into(),
        }
    }

    /// Half of all draws fall into the first quarter; the last are drawn seldom.
    fn skewed(&mut self, below: u64) -> u64 {
        let bound = u32::try_from(below).expect("there are fewer than events");
        let one = u64::from(self.random.below(bound));
        one * u64::from(self.random.below(bound)) / below
    }
}
