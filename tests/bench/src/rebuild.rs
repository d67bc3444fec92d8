//! A rebuild of a large log: how fast it folds beside scanning and decoding alone, in the same run; and what it does to
//! checks, with commands beside it.
//!
//! The log is that of [`crate::open`]. Checks are asked at a steady rate, the questions about a position that does not move,
//! so that every answer is known; how long each took is what counts. Events of the rebuild lie on disk, in tables.

use crate::feed;
use crate::goal::Goals;
use crate::open::{self, Shape};
use caseward::engine::{Batch, Engine, How, Options, Organization, Outcome, Plan, SystemClock};
use caseward::seams::{Encoded, Log, NoCheckpoints, OrganizationNumber, Storage};
use caseward::store::{Access, FjallStore};
use caseward_events::codec::decode_to_fold;
use caseward_events::{OrganizationName, Position};
use caseward_projections::{Decision, Question};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const SCANNED_BYTES: usize = 1 << 20;
const CHECKS_A_SECOND: u64 = 10_000;
const COMMANDS_A_SECOND: u64 = 1_000;
/// How long checks are timed without a rebuild.
const ALONE: Duration = Duration::from_secs(3);
const CASES_ASKED: u64 = 1_000;
/// How much slower the slowest hundredth of the checks may be beside a rebuild.
const P99_AT_MOST: f64 = 2.0;

/// An engine over the log, without saved views: folding is what is measured.
struct Served {
    organization: Organization,
    store: Arc<FjallStore>,
}

/// Prints events a second and microseconds.
pub fn run(shape: Shape, goals: &mut Goals) {
    let scratch = feed::scratch();
    open::append(scratch.path(), shape, 1..=shape.events);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.expect("the system gives threads");
    let store = Arc::new(FjallStore::open(scratch.path(), Access::Existing).expect("what was written opens"));
    let (mut scans, mut folds) = (Vec::new(), Vec::new());
    let served = runtime.block_on(Served::over(store));
    for _ in 0..ROUNDS {
        scans.push(runtime.block_on(served.scan(shape.events)));
        folds.push(runtime.block_on(served.rebuild()));
    }
    let (scan, fold) = (median(scans), median(folds));
    println!("scan and decode\t{scan:.0}\tevents/s");
    println!("rebuild, folding\t{fold:.0}\tevents/s");
    println!("rebuild / scan and decode, an event\t{:.2}\tx", scan / fold);
    runtime.block_on(beside(served, goals));
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

impl Served {
    async fn over(store: Arc<FjallStore>) -> Served {
        let kept: Arc<dyn Storage> = Arc::<FjallStore>::clone(&store);
        let engine = Engine::open_with(kept, Options::new(Arc::new(NoCheckpoints), Arc::new(SystemClock))).await;
        let engine = engine.expect("it folds");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Served { organization, store }
    }

    async fn scan(&self, events: u64) -> f64 {
        let (start, mut seen) = (Instant::now(), 0);
        while seen < events {
            let from = Position(seen + 1);
            let read = self.store.scan(OrganizationNumber::DEFAULT, from, SCANNED_BYTES, Encoded::new()).await;
            for bytes in read.expect("it is read").iter() {
                let (header, _) = std::hint::black_box(decode_to_fold(bytes)).expect("it was encoded");
                seen += 1;
                assert_eq!(header.position, Position(seen));
            }
        }
        events as f64 / start.elapsed().as_secs_f64()
    }

    async fn rebuild(&self) -> f64 {
        let rebuilt = self.organization.rebuild(Plan::default()).await.expect("it folds");
        assert_eq!((rebuilt.outcome.clone(), rebuilt.differences.len()), (Outcome::Swapped, 0));
        (rebuilt.position.0 - rebuilt.from.0) as f64 / rebuilt.folding.as_secs_f64()
    }
}

/// What is asked, with the right answers.
fn questions(served: &Served) -> Vec<(Question, Decision)> {
    let head = served.organization.head();
    let runtime = tokio::runtime::Handle::current();
    let ask = |number: u64| {
        let text = json!({"subject": format!("user:u{}", number % 97), "action": "read",
            "resource": format!("case:case-{number:08}"), "as_of": head.0, "at": "2026-01-01T00:00:00Z"});
        let question = Question::parse(text.to_string().as_bytes()).expect("it is one");
        let answer = runtime.block_on(served.organization.check(&question));
        (question, answer.expect("it can be asked"))
    };
    (1..=CASES_ASKED).map(ask).collect()
}

async fn beside(served: Served, goals: &mut Goals) {
    let served = Arc::new(served);
    let asked = {
        let served = Arc::clone(&served);
        tokio::task::spawn_blocking(move || questions(&served)).await.expect("they are answered")
    };
    let asked = Arc::new(asked);
    let alone = Load::start(&served, &asked);
    tokio::time::sleep(ALONE).await;
    let (alone_p99, _) = alone.end().await;
    let load = Load::start(&served, &asked);
    let rate = served.rebuild().await;
    let (p99, commands) = load.end().await;
    println!("rebuild beside {COMMANDS_A_SECOND} commands and {CHECKS_A_SECOND} checks a second\t{rate:.0}\tevents/s");
    println!("commands taken meanwhile\t{commands}");
    println!("check, p99, with commands alone\t{:.1}\tus", alone_p99.as_secs_f64() * 1e6);
    println!("check, p99, beside a rebuild\t{:.1}\tus", p99.as_secs_f64() * 1e6);
    let ratio = p99.as_secs_f64() / alone_p99.as_secs_f64();
    println!("check, p99, beside a rebuild / without\t{ratio:.2}\tx");
    goals.hold_figure("check p99 beside a rebuild / without", ratio, P99_AT_MOST);
}

/// Commands and checks at a steady rate, until it is ended.
struct Load {
    enough: Arc<AtomicBool>,
    checks: std::thread::JoinHandle<Vec<Duration>>,
    commands: tokio::task::JoinHandle<u64>,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Load {
    fn start(served: &Arc<Served>, asked: &Arc<Vec<(Question, Decision)>>) -> Load {
        let enough = Arc::new(AtomicBool::new(false));
        let checks = {
            let (served, asked, enough) = (Arc::clone(served), Arc::clone(asked), Arc::clone(&enough));
            let runtime = tokio::runtime::Handle::current();
            std::thread::spawn(move || check(&served, &asked, &enough, &runtime))
        };
        let commands = tokio::spawn(command(Arc::clone(served), Arc::clone(&enough)));
        Load { enough, checks, commands }
    }

    /// The time that all but a hundredth of the checks stayed below, and how many commands were taken.
    async fn end(self) -> (Duration, u64) {
        self.enough.store(true, Ordering::Relaxed);
        let commands = self.commands.await.expect("every command is taken");
        let mut took = self.checks.join().expect("no answer is wrong");
        took.sort_unstable();
        (took[took.len() * 99 / 100], commands)
    }
}

fn check(
    served: &Served,
    asked: &[(Question, Decision)],
    enough: &AtomicBool,
    runtime: &tokio::runtime::Handle,
) -> Vec<Duration> {
    let (begin, mut took) = (Instant::now(), Vec::new());
    for (number, (question, expected)) in (0_u64..).zip(asked.iter().cycle()) {
        if enough.load(Ordering::Relaxed) {
            break;
        }
        let due = Duration::from_micros(number * 1_000_000 / CHECKS_A_SECOND);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        let since = Instant::now();
        let answer = runtime.block_on(served.organization.check(question));
        took.push(since.elapsed());
        assert_eq!(answer.expect("it is answered"), *expected);
    }
    took
}

async fn command(served: Arc<Served>, enough: Arc<AtomicBool>) -> u64 {
    let (begin, mut taken) = (Instant::now(), 0);
    while !enough.load(Ordering::Relaxed) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let line = json!({"command": {"add_member": {"group": format!("g{}", number % 50), "member": format!("user:n{number}")}}});
        let batch = Batch::one(line.to_string().as_bytes(), How::default());
        let answers = served.organization.submit(batch).await.expect("it is taken");
        assert!(answers.iter().all(|answer| answer.refusal().is_none()));
        taken += 1;
        let due = Duration::from_micros(taken * 1_000_000 / COMMANDS_A_SECOND);
        tokio::time::sleep(due.saturating_sub(begin.elapsed())).await;
    }
    taken
}
