//! Durable appends through the engine, beside raw fjall that writes the same bytes in the same rows and syncs.
//!
//! In each round the engine goes first, and its groups are noted; then the floor writes exactly these, one append a group.
//! Commands are parsed beforehand, as a sender does. Each is sent by itself, so each has its own answer.

use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use async_trait::async_trait;
use caseward::engine::{Batch, Engine, How, Organization, Pending, SystemClock};
use caseward::seams::{
    Durability, Epoch, HeadWatch, Keyring, Log as EventLog, OrganizationNumber, Receipt, Run, Storage, StoreError,
    Trees, Vault,
};
use caseward::store::{Access, FjallStore};
use caseward_events::{Actor, OrganizationName, Position, Submission};
use floors_figures::Samples;
use floors_log::{FjallLog, Layout, Log, PersistMode};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::runtime::Runtime;

/// Commands on their way at any time: 256 that wait while as many are written.
const IN_FLIGHT: usize = 512;
/// How much of the floor's rate the product ought to reach: time over time, so the inverse.
const FULL_AT_MOST: f64 = 1.25;
const ALONE_AT_MOST: f64 = 1.25;

/// A store that notes how many events each group had.
struct Noting {
    store: FjallStore,
    groups: Mutex<Vec<usize>>,
}

#[async_trait]
impl EventLog for Noting {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        self.store.claim().await
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        let events = group.iter().map(|run| run.events.len()).sum();
        if events > 0 {
            self.groups.lock().unwrap_or_else(PoisonError::into_inner).push(events);
        }
        self.store.append(epoch, group).await
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.store.read(organization, from, bytes_max).await
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        self.store.head(organization).await
    }

    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

impl Vault for Noting {
    fn keyring(&self) -> &dyn Keyring {
        self.store.keyring()
    }
}

impl Trees for Noting {}

#[async_trait]
impl Durability for Noting {
    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }
}

/// An engine on disk that makes cases, and grants on them.
pub struct Product {
    store: Arc<Noting>,
    /// Drives what the bench sends; the engine has its own threads.
    pub runtime: Runtime,
    /// The engine itself.
    pub engine: Engine,
    /// `default`.
    pub organization: Organization,
    made: u64,
    /// Over how many cases grants are spread; none are all on one list.
    cases: u64,
}

/// Users to whom grants go that are spread.
const SPREAD_USERS: u64 = 10_000;

impl Product {
    /// In a new folder, with cases over which its grants are spread: no look-up finds what the one before it left in a cache.
    pub fn spread(folder: &Path, cases: u64) -> Product {
        let mut product = Product::create(folder);
        let case = |number: u64| {
            parse(&format!(
                r#"{{"actor":"user:admin","command":{{"open_case":{{"case":"s{number}","definition":"d","creator":"admin"}}}}}}"#
            ))
        };
        product.send((0..cases).map(case).collect(), IN_FLIGHT);
        Product { cases, ..product }
    }

    /// In a new folder.
    pub fn create(folder: &Path) -> Product {
        let runtime = feed::runtime();
        let store = FjallStore::open(folder, Access::Create).expect("a new store opens");
        let store = Arc::new(Noting { store, groups: Mutex::default() });
        let as_store: Arc<dyn Storage> = Arc::<Noting>::clone(&store);
        let opened = runtime.block_on(Engine::open(as_store, Arc::new(SystemClock), &mut |_| ()));
        let engine = opened.expect("an empty store opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let mut product = Product { store, runtime, engine, organization, made: 0, cases: 0 };
        product.send(SET_UP.map(parse).to_vec(), 1);
        product
    }

    /// Commands that were not made before, parsed: an id like a client's, a grant to one of many users.
    pub fn commands(&mut self, count: usize) -> Vec<Submission> {
        let numbers = self.made..self.made + count as u64;
        self.made = numbers.end;
        let cases = self.cases;
        let line = |number: u64| {
            let (on, to) = match cases {
                0 => ("definition:d".to_owned(), number),
                // Steps that have no divisor in common with either number: each pair comes once.
                cases => {
                    (format!("case:s{}", number * 7_919 % cases), (number / cases + number * 104_729) % SPREAD_USERS)
                }
            };
            format!(
                r#"{{"id":"018cc251-f400-7000-8000-{number:012x}","actor":"user:admin","command":{{"grant":{{"on":"{on}","to":"user:u{to}","access":"read","on_existing":"update"}}}}}}"#
            )
        };
        numbers.map(|number| parse(&line(number))).collect()
    }

    /// Sends each on its own, so many at once, and waits for all answers; the time of each from sending to answer.
    pub fn send(&mut self, commands: Vec<Submission>, in_flight: usize) -> Vec<f64> {
        self.runtime.block_on(send(&self.organization, commands, in_flight))
    }

    /// Another organization of the same engine, in which these commands were carried out too.
    pub fn bystander(&self, commands: Vec<Submission>, in_flight: usize) -> Organization {
        let name: OrganizationName = "bystander".parse().expect("a name");
        self.runtime.block_on(async {
            let made = self.engine.create_organization(name.clone(), Actor::unknown()).await;
            assert!(made.expect("the disk takes it").refusal().is_none(), "the name is new");
            let organization = self.engine.organization(&name).expect("it was made");
            send(&organization, SET_UP.map(parse).into(), 1).await;
            send(&organization, commands, in_flight).await;
            organization
        })
    }

    fn groups(&self) -> Vec<usize> {
        std::mem::take(&mut self.store.groups.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is there before the first command.
pub const SET_UP: [&str; 3] = [
    r#"{"command":{"appoint_org_admin":{"user":"admin"}}}"#,
    r#"{"actor":"user:admin","command":{"create_definition":{"definition":"d","access_control":true}}}"#,
    r#"{"actor":"user:admin","command":{"open_case":{"case":"c","definition":"d","creator":"admin"}}}"#,
];

fn parse(line: &str) -> Submission {
    Submission::parse(line.as_bytes()).expect("it is a command")
}

/// As [`Product::send`].
pub async fn send(organization: &Organization, commands: Vec<Submission>, in_flight: usize) -> Vec<f64> {
    let mut waiting: VecDeque<(Instant, Pending)> = VecDeque::with_capacity(in_flight);
    let mut times = Vec::with_capacity(commands.len());
    for command in commands {
        if waiting.len() == in_flight {
            times.extend(answered(waiting.pop_front()).await);
        }
        let batch = Batch { submissions: vec![Ok(command)], how: How::default() };
        let sent = Instant::now();
        let pending = organization.enqueue(batch).await.expect("the engine runs");
        waiting.push_back((sent, pending));
    }
    while !waiting.is_empty() {
        times.extend(answered(waiting.pop_front()).await);
    }
    times
}

async fn answered(waiting: Option<(Instant, Pending)>) -> Option<f64> {
    let (sent, pending) = waiting?;
    let answers = pending.await.expect("the disk takes it");
    assert!(answers[0].refusal().is_none(), "{answers:?}");
    Some(sent.elapsed().as_secs_f64() * 1e6)
}

/// Races appends and prints figures and ratios.
pub fn run(size: &Size, goals: &mut Goals) {
    let scratch = feed::scratch();
    let mut product = Product::create(&scratch.path().join("product"));
    let mut floor = FjallLog::open(&scratch.path().join("floor"), Layout::RowPerGroup, PersistMode::SyncData)
        .expect("the disk takes it");
    let full = race(&mut product, &mut floor, size, IN_FLIGHT);
    let alone = race(&mut product, &mut floor, size, 1);
    drop(product);
    let mut product = Product::spread(&scratch.path().join("spread"), 2 * size.appends as u64);
    println!("grants on one list, then spread over {} cases and {SPREAD_USERS} users", product.cases);
    let (wide, wide_alone) = (race(&mut product, &mut floor, size, IN_FLIGHT), race(&mut product, &mut floor, size, 1));
    for Raced { own, raw, groups, .. } in [&full, &alone, &wide, &wide_alone] {
        println!("{own}\n{raw}\n{groups}\n{}", own.ratio_to(raw));
    }
    goals.hold("durable append, 256 waiting / raw fjall", &full.own.ratio_to(&full.raw), FULL_AT_MOST);
    goals.hold("the same, grants spread over cases", &wide.own.ratio_to(&wide.raw), FULL_AT_MOST);
    goals.hold("one durable command, p50 / one raw synced write", &alone.own.ratio_to(&alone.raw), ALONE_AT_MOST);
}

struct Raced {
    own: Samples,
    raw: Samples,
    groups: Samples,
}

fn race(product: &mut Product, floor: &mut FjallLog, size: &Size, in_flight: usize) -> Raced {
    let alone = in_flight == 1;
    let (name, unit) = if alone { ("one durable command, p50", "us") } else { ("durable append, an event", "us") };
    let mut raced = Raced {
        own: Samples::new(format!("{name}, {in_flight} on their way"), unit),
        raw: Samples::new(format!("log.fjall.row-per-group, SyncData, the same for {in_flight}"), unit),
        groups: Samples::new(format!("events of a group, {in_flight} on their way"), "events"),
    };
    let count = if alone { size.appends_alone } else { size.appends };
    for _ in 0..size.append_rounds {
        let commands = product.commands(count);
        let from = product.organization.head().next();
        product.groups();
        let start = Instant::now();
        let times = product.send(commands, in_flight);
        let own = start.elapsed().as_secs_f64() * 1e6 / count as f64;
        let groups = product.groups();
        raced.own.push(if alone { median(times) } else { own });
        raced.groups.push(count as f64 / groups.len() as f64);
        let (raw, times) = replay(product, floor, from, &groups);
        raced.raw.push(if alone { median(times) } else { raw / count as f64 });
        floor.settle();
    }
    raced
}

/// Writes the product's own events to the floor, in the same groups; microseconds in all, and of each group.
fn replay(product: &Product, floor: &mut FjallLog, from: Position, groups: &[usize]) -> (f64, Vec<f64>) {
    let read = product.store.read(OrganizationNumber::DEFAULT, from, usize::MAX);
    let events = product.runtime.block_on(read).expect("it was just written");
    assert_eq!(events.len(), groups.iter().sum::<usize>(), "every event was in a group");
    let mut events = events.iter().map(Vec::as_slice);
    let start = Instant::now();
    let times = groups.iter().map(|&count| {
        let group: Vec<&[u8]> = events.by_ref().take(count).collect();
        let start = Instant::now();
        floor.append(&group).expect("the disk takes it");
        start.elapsed().as_secs_f64() * 1e6
    });
    let times: Vec<f64> = times.collect();
    (start.elapsed().as_secs_f64() * 1e6, times)
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
