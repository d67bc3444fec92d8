//! From stored bytes to views: what opening costs an event, beside decoding alone and beside raw fjall.

use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward::engine::{Engine, ManualClock};
use caseward::seams::{Log as _, OrganizationNumber, Run, Storage};
use caseward::store::{Access, FjallStore};
use caseward_events::codec::{decode, decode_to_fold};
use caseward_events::{OrganizationName, Position, Timestamp};
use caseward_projections::Views;
use floors_data::{Permissions, events, product};
use floors_figures::{Contestant, race};
use floors_log::{FjallLog, Layout, Log, PersistMode};
use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Events of one append when a log is filled.
const APPEND_EVENTS: usize = 1_024;

/// How much dearer folding may be than scanning and decoding alone.
const FOLD_AT_MOST: f64 = 2.0;

/// Races folds and prints figures and ratios.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    let encoded = feed::events(|to| product::write_commands(permissions, to));
    let scratch = feed::scratch();
    let store = filled_store(&scratch.path().join("product"), &encoded);
    let log = filled_floor(&scratch.path().join("floor"), encoded.len());
    // Kept until the race is over: letting go of views is no part of folding.
    let (mut kept, mut opened): (Vec<Views>, Vec<Engine>) = (Vec::new(), Vec::new());
    let runtime = feed::runtime();
    let n = encoded.len();
    let spent = [Cell::new(0.0), Cell::new(0.0)];
    let contestants = vec![
        Contestant::new("log.fjall.row-per-group, scan and decode, an event", n, || {
            let before = processor_seconds();
            let seen = log.scan(|bytes| assert_ne!(black_box(events::decode(bytes)).position, 0));
            assert_eq!(seen.expect("what was just written is readable"), n as u64);
            spent[0].set(spent[0].get() + processor_seconds() - before);
        }),
        Contestant::new("decode all of it, an event", n, || {
            for (bytes, position) in encoded.iter().zip(1..) {
                assert_eq!(black_box(decode(bytes)).expect("it was encoded").position, Position(position));
            }
        }),
        Contestant::new("decode to fold, an event", n, || {
            for (bytes, position) in encoded.iter().zip(1..) {
                let (header, _) = black_box(decode_to_fold(bytes)).expect("it was encoded");
                assert_eq!(header.position, Position(position));
            }
        }),
        Contestant::new("decode and fold from memory, an event", n, || {
            kept.push(feed::views(&encoded));
            assert_eq!(kept.last().map(|views| views.tip().0), Some(n as u64));
        }),
        Contestant::new("open from fjall, an event", n, || {
            let before = processor_seconds();
            opened.push(runtime.block_on(open(&store)));
            assert_eq!(opened.last().map(head), Some(Position(n as u64)));
            spent[1].set(spent[1].get() + processor_seconds() - before);
        }),
    ];
    let figures = race(size.fold_rounds, contestants);
    figures.iter().for_each(|figure| println!("{figure}"));
    let [floor, whole, decoded, folded, opened] = &figures[..] else { unreachable!("one each") };
    println!("{}", whole.ratio_to(floor));
    println!("{}", decoded.ratio_to(floor));
    println!("{}", folded.ratio_to(decoded));
    println!("{}", opened.ratio_to(folded));
    println!("{}", opened.ratio_to(floor));
    // The product opens on two threads, the floor on one: processor time counts both.
    let [floor_spent, opened_spent] = spent.map(|seconds| seconds.get());
    println!("open from fjall / floor, in processor time\t{:.2}\tx", opened_spent / floor_spent);
    goals.hold("fold from fjall / scan and decode of the floor", &opened.ratio_to(floor), FOLD_AT_MOST);
}

/// What this process has spent on all its threads, as the system counts it: in hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    behind.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn filled_store(folder: &Path, encoded: &[Vec<u8>]) -> Arc<FjallStore> {
    let store = FjallStore::open(folder, Access::Create).expect("a new store opens");
    let mut first = Position(1);
    for events in encoded.chunks(APPEND_EVENTS) {
        let run = Run { organization: OrganizationNumber::DEFAULT, first, events: events.iter().collect() };
        let epoch = feed::runtime().block_on(store.claim()).expect("it is open");
        feed::runtime().block_on(store.append(epoch, vec![run])).expect("the disk takes it");
        first = Position(first.0 + events.len() as u64);
    }
    drop(store);
    Arc::new(FjallStore::open(folder, Access::Existing).expect("what was just written opens"))
}

fn filled_floor(folder: &Path, count: usize) -> FjallLog {
    let open = || FjallLog::open(folder, Layout::RowPerGroup, PersistMode::Buffer).expect("the disk takes it");
    let mut log = open();
    let encoded: Vec<_> = events::encoded(count as u64).collect();
    for events in encoded.chunks(APPEND_EVENTS) {
        log.append(&events.iter().map(<[u8; events::EVENT_BYTES]>::as_slice).collect::<Vec<_>>())
            .expect("the disk takes it");
    }
    log.into_tables().expect("the disk takes it");
    drop(log);
    open()
}

async fn open(store: &Arc<FjallStore>) -> Engine {
    let store: Arc<dyn Storage> = Arc::<FjallStore>::clone(store);
    let clock = Arc::new(ManualClock::at(Timestamp::LAST));
    Engine::open(store, clock, &mut |_| ()).await.expect("what was just written folds")
}

fn head(engine: &Engine) -> Position {
    engine.organization(&OrganizationName::default()).expect("it is always there").head()
}
