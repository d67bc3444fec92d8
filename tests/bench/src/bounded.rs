//! What checks cost under a memory bound that keeps half of the evictable cases, beside the same checks without a bound.
//!
//! The store is that of [`crate::open`]. Each engine has a process of its own, so that its memory is what the system
//! reports. Hot: a thousand cases, asked again and again. Cold: cases that nobody asked for before. Skewed: half of all
//! checks about a quarter of the cases, the way the log of [`crate::memory`] is drawn.

use crate::feed;
use crate::memory::resident_bytes;
use crate::open::{self, Shape};
use caseward::engine::{Engine, MemoryBound, Options, Organization, SystemClock};
use caseward::store::{Access, Cache, FjallStore, FjallViews};
use caseward_events::OrganizationName;
use caseward_projections::Question;
use floors_data::random::Random;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

/// The word that makes this program one of the engines.
pub const ENGINE: &str = "bounded-engine";

const HOT_CASES: u64 = 1_000;
/// Of a bound that lets none stay.
const NOTHING: u64 = 1;

/// Makes a store, and has both engines tell what they cost.
pub fn run(is_full: bool) {
    let shape = if is_full { Shape { events: 2_000_000, ..Shape::FULL } } else { Shape::SMOKE };
    let scratch = feed::scratch();
    let folder = scratch.path();
    open::append(folder, shape, 1..=shape.events);
    let engine = open::open(folder);
    feed::runtime().block_on(engine.checkpoint()).expect("the disk takes it");
    let whole = organization(&engine).memory().bytes as u64;
    drop(engine);
    let engine = opened(folder, Some(MemoryBound::of_bytes(NOTHING)));
    let floor = organization(&engine).memory().within.expect("it is bounded").floor_bytes;
    drop(engine);
    println!("bounded, views, all of them\t{whole}\tbytes\nbounded, views, what cannot leave\t{floor}\tbytes");
    let bound = MemoryBound::least_for((whole + floor) / 2);
    println!("bounded, bound on views and caches\t{}\tbytes", bound.bytes());
    for bytes in [0, bound.bytes()] {
        let program = std::env::current_exe().expect("a program knows where it lies");
        let numbers = [bytes, shape.events, shape.users].map(|number| number.to_string());
        let ended = Command::new(program).arg(ENGINE).arg(folder).args(numbers).status();
        assert!(ended.expect("it starts").success(), "every answer is right");
    }
}

/// One engine: `FOLDER BOUND EVENTS USERS`; 0 is none.
pub fn engine(arguments: &[String]) -> ExitCode {
    let [folder, numbers @ ..] = arguments else { return ExitCode::from(2) };
    let numbers: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    let [bytes, events, users] = numbers[..] else { return ExitCode::from(2) };
    let shape = Shape { events, users, ..Shape::SMOKE };
    let before = resident_bytes();
    let engine = opened(Path::new(folder), (bytes > 0).then(|| MemoryBound::of_bytes(bytes)));
    let name = if bytes > 0 { "bounded" } else { "unbounded" };
    println!("{name}, resident after opening\t{}\tbytes", resident_bytes() - before);
    let asking = Asking { organization: organization(&engine), shape, random: Random::seeded(7) };
    asking.tell(name);
    println!("{name}, resident at the end\t{}\tbytes", resident_bytes() - before);
    ExitCode::SUCCESS
}

fn opened(folder: &Path, bound: Option<MemoryBound>) -> Engine {
    let cache = bound.map_or(Cache::Usual, |bound| Cache::Bytes(bound.cache_bytes()));
    let store = loop {
        match FjallStore::open_caching(folder, Access::Existing, cache) {
            Err(caseward::seams::StoreError::InUse { .. }) => std::thread::yield_now(),
            opened => break Arc::new(opened.expect("it was just made")),
        }
    };
    let views = Arc::new(FjallViews::open_caching(folder, cache));
    // It lives as long as the engine may have to fold.
    let runtime: &'static _ = Box::leak(Box::new(feed::runtime()));
    let engine = runtime.block_on(Engine::open_with(store, Options::new(views, Arc::new(SystemClock)).within(bound)));
    engine.expect("what was just written opens")
}

fn organization(engine: &Engine) -> Organization {
    engine.organization(&OrganizationName::default()).expect("it is always there")
}

struct Asking {
    organization: Organization,
    shape: Shape,
    random: Random,
}

impl Asking {
    fn tell(mut self, name: &str) {
        let cases = self.shape.cases();
        // The oldest are those that do not stay when there is no room for all.
        let cold: Vec<u64> = (0..cases / 4).step_by(16).collect();
        let before = self.returned();
        let times = self.ask(cold.iter().copied());
        let back = self.returned() - before;
        println!("{name}, a check, asked for the first time\t{:.0}\tns", middle(times));
        println!("{name}, cases that came back for that, a check\t{:.2}\tcases", back as f64 / cold.len() as f64);
        let hot = HOT_CASES.min(cases / 4);
        drop(self.ask(0..hot));
        let times = self.ask((0..20 * hot).map(|number| number % hot));
        println!("{name}, a check, hot\t{:.0}\tns", middle(times));
        let skewed: Vec<u64> = (0..4 * cases).map(|_| self.skewed(cases)).collect();
        let (warm, measured) = skewed.split_at(skewed.len() / 2);
        drop(self.ask(warm.iter().copied()));
        let (before, start) = (self.returned(), Instant::now());
        let times = self.ask(measured.iter().copied());
        let seconds = start.elapsed().as_secs_f64();
        let back = (self.returned() - before) as f64 / measured.len() as f64;
        println!("{name}, checks, skewed\t{:.0}\ta second", measured.len() as f64 / seconds);
        println!("{name}, a check, skewed\t{:.0}\tns", middle(times));
        println!("{name}, cases that came back for that, a check\t{back:.3}\tcases");
    }

    /// The nanoseconds of each check.
    fn ask(&self, cases: impl Iterator<Item = u64>) -> Vec<f64> {
        feed::runtime().block_on(async {
            let mut times = Vec::new();
            for case in cases {
                let line = format!(
                    r#"{{"subject":"{}","action":"read","resource":"case:{}"}}"#,
                    self.shape.reader(case),
                    open::name(case)
                );
                let question = Question::parse(line.as_bytes()).expect("it can be asked");
                let start = Instant::now();
                let decision = self.organization.check(&question).await.expect("it can be asked");
                times.push(start.elapsed().as_nanos() as f64);
                assert!(decision.decision, "{question:?}");
            }
            times
        })
    }

    fn returned(&self) -> u64 {
        self.organization.memory().within.map_or(0, |within| within.cases_returned)
    }

    fn skewed(&mut self, below: u64) -> u64 {
        let bound = u32::try_from(below).expect("there are fewer than events");
        let one = u64::from(self.random.below(bound));
        one * u64::from(self.random.below(bound)) / below
    }
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
