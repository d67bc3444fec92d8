//! Both stores keep the same promises: what was appended is read, nothing else is, and it survives. The one on disk
//! also keeps its folder to itself and out of what is not its own.

mod disk;
mod faults;

use caseward::seams::{Fenced, Log, OrganizationNumber, Receipt, Run, StoreError, Unfit};
use caseward::store::{Access, EVENT_BYTES_MAX, Failure, FjallStore, MemoryStore};
use caseward_events::Position;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use tempfile::TempDir;

const ONE: OrganizationNumber = OrganizationNumber(1);
const TWO: OrganizationNumber = OrganizationNumber(2);
const ALL: usize = usize::MAX;

/// The bytes of the event at a position, `size` of them.
fn event(position: u64, size: usize) -> Vec<u8> {
    position.to_le_bytes().into_iter().cycle().take(size).collect()
}

/// The events from position 1 on, with these sizes.
fn events(sizes: &[usize]) -> Vec<Vec<u8>> {
    (1..).zip(sizes).map(|(position, &size)| event(position, size)).collect()
}

fn run(organization: OrganizationNumber, first: u64, sizes: &[usize]) -> Run {
    let events = (first..).zip(sizes).map(|(position, &size)| event(position, size)).collect();
    Run { organization, first: Position(first), events }
}

async fn read(store: &dyn Log, from: u64, bytes_max: usize) -> Vec<Vec<u8>> {
    store.read(ONE, Position(from), bytes_max).await.expect("it is readable")
}

async fn head(store: &dyn Log, organization: OrganizationNumber) -> u64 {
    store.head(organization).await.expect("it is known").0
}

/// What a store says to a group of a writer that claims it.
async fn put(store: &dyn Log, group: Vec<Run>) -> Result<Receipt, StoreError> {
    let epoch = store.claim().await?;
    store.append(epoch, group).await
}

async fn append(store: &dyn Log, group: Vec<Run>) {
    put(store, group).await.expect("it is taken");
}

fn unfit(answer: Result<Receipt, StoreError>) -> Unfit {
    match answer {
        Err(StoreError::Unfit(unfit)) => unfit,
        other => panic!("taken or failed: {other:?}"),
    }
}

fn fenced(answer: Result<Receipt, StoreError>) -> Fenced {
    match answer {
        Err(StoreError::Fenced(fenced)) => fenced,
        other => panic!("taken or failed: {other:?}"),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn create(path: &Path) -> FjallStore {
    FjallStore::open(path, Access::Create).expect("a store can be made here")
}

fn existing(path: &Path) -> FjallStore {
    FjallStore::open(path, Access::Existing).expect("there is a store")
}

/// Runs each promise for either store.
macro_rules! both {
    ($($promise:ident)*) => {
        mod memory {
            $(#[tokio::test] async fn $promise() {
                super::$promise(&super::MemoryStore::new()).await;
            })*
        }
        mod fjall {
            $(#[tokio::test] async fn $promise() {
                let folder = super::folder();
                super::$promise(&super::create(folder.path())).await;
            })*
        }
    };
}

both! {
    an_empty_store_has_no_heads_and_gives_nothing
    what_was_appended_is_read_from_any_position
    a_read_stops_at_its_bytes_but_gives_at_least_one_event
    a_large_event_is_kept_whole
    organizations_are_apart
    a_group_may_hold_several_runs_of_an_organization
    a_run_that_does_not_follow_the_head_is_not_written_nor_is_its_group
    an_event_beyond_the_limit_is_not_written
    an_empty_group_changes_nothing
    a_writer_is_fenced_once_another_has_claimed_the_log
    a_receipt_tells_the_heads_and_whoever_watches_hears_of_them
}

async fn an_empty_store_has_no_heads_and_gives_nothing(store: &dyn Log) {
    assert_eq!(head(store, ONE).await, 0);
    assert_eq!(head(store, OrganizationNumber::REGISTER).await, 0);
    for from in [0, 1, 9, u64::MAX] {
        assert!(read(store, from, ALL).await.is_empty(), "from {from}");
    }
}

/// Rows of 256 events, of 64 KiB, of one large event and of a few: read from the first, the last and between.
async fn what_was_appended_is_read_from_any_position(store: &dyn Log) {
    let sizes = [vec![20; 300], vec![0, 1, 30_000, 30_000, 30_000], vec![200_000], vec![5; 3]].concat();
    for (first, sizes) in [(1, &sizes[..299]), (300, &sizes[299..])] {
        append(store, vec![run(ONE, first, sizes)]).await;
    }
    let all = events(&sizes);
    assert_eq!(head(store, ONE).await, all.len() as u64);
    assert!(read(store, 0, ALL).await == all, "from the start");
    for from in 1..=all.len() {
        assert!(read(store, from as u64, ALL).await == all[from - 1..], "from {from}");
    }
    assert!(read(store, all.len() as u64 + 1, ALL).await.is_empty());
}

async fn a_read_stops_at_its_bytes_but_gives_at_least_one_event(store: &dyn Log) {
    append(store, vec![run(ONE, 1, &[100; 400])]).await;
    append(store, vec![run(ONE, 401, &[1_000, 100, 100])]).await;
    for (from, bytes_max, events) in [
        (1, 0, 1),
        (1, 99, 1),
        (1, 250, 2),
        (1, 300, 3),
        (250, 2_000, 20),
        (400, 1_000, 1),
        (401, 50, 1),
        (401, ALL, 3),
    ] {
        let given = read(store, from, bytes_max).await;
        assert_eq!(given.len(), events, "from {from}, {bytes_max} bytes");
        assert_eq!(given[0], event(from, given[0].len()));
    }
}

async fn a_large_event_is_kept_whole(store: &dyn Log) {
    let sizes = [10, 5 << 20, 10, 1 << 20];
    append(store, vec![run(ONE, 1, &sizes)]).await;
    assert!(read(store, 1, ALL).await == events(&sizes));
    assert!(read(store, 2, 1).await == [event(2, 5 << 20)]);
}

async fn organizations_are_apart(store: &dyn Log) {
    let numbers = [0, 1, 2, 255, 256, u32::MAX].map(OrganizationNumber);
    append(store, numbers.iter().map(|&number| run(number, 1, &[number.0 as usize % 7; 2])).collect()).await;
    append(store, vec![run(TWO, 3, &[50])]).await;
    for number in numbers {
        let mut sizes = vec![number.0 as usize % 7; 2];
        sizes.extend((number == TWO).then_some(50));
        assert_eq!(head(store, number).await, sizes.len() as u64);
        let given = store.read(number, Position(1), ALL).await.expect("it is readable");
        assert_eq!(given, events(&sizes), "organization {number}");
    }
    assert_eq!(head(store, OrganizationNumber(3)).await, 0);
}

async fn a_group_may_hold_several_runs_of_an_organization(store: &dyn Log) {
    append(store, vec![run(ONE, 1, &[5; 2]), run(TWO, 1, &[5]), run(ONE, 3, &[5; 3])]).await;
    assert_eq!(read(store, 1, ALL).await, events(&[5; 5]));
    assert_eq!((head(store, ONE).await, head(store, TWO).await), (5, 1));
}

async fn a_run_that_does_not_follow_the_head_is_not_written_nor_is_its_group(store: &dyn Log) {
    append(store, vec![run(ONE, 1, &[5; 3])]).await;
    for first in [0, 1, 3, 5, u64::MAX] {
        let group = vec![run(TWO, 1, &[5]), Run { first: Position(first), ..run(ONE, 1, &[5]) }];
        let expected = Fenced::NotNext { organization: ONE, first: Position(first), head: Position(3) };
        assert_eq!(fenced(put(store, group).await), expected);
    }
    let twice = vec![run(ONE, 4, &[5]), run(ONE, 4, &[5])];
    assert!(matches!(fenced(put(store, twice).await), Fenced::NotNext { head: Position(4), .. }));
    assert_eq!(unfit(put(store, vec![run(ONE, 4, &[])]).await), Unfit::Empty { organization: ONE });
    assert_eq!((head(store, ONE).await, head(store, TWO).await), (3, 0));
    append(store, vec![run(ONE, 4, &[5])]).await;
    assert_eq!(read(store, 1, ALL).await, events(&[5; 4]));
}

async fn an_event_beyond_the_limit_is_not_written(store: &dyn Log) {
    let large = Run { events: [vec![0; EVENT_BYTES_MAX + 1]].into_iter().collect(), ..run(ONE, 1, &[]) };
    assert_eq!(unfit(put(store, vec![large]).await), Unfit::TooLarge { bytes: EVENT_BYTES_MAX + 1 });
    assert_eq!(head(store, ONE).await, 0);
}

async fn an_empty_group_changes_nothing(store: &dyn Log) {
    append(store, Vec::new()).await;
    assert_eq!(head(store, ONE).await, 0);
}

async fn a_writer_is_fenced_once_another_has_claimed_the_log(store: &dyn Log) {
    let old = store.claim().await.expect("it is given");
    store.append(old, vec![run(ONE, 1, &[5])]).await.expect("it leads");
    let new = store.claim().await.expect("it is given");
    assert!(new > old);
    let expected = Fenced::Epoch { epoch: old, newest: new };
    for group in [vec![run(ONE, 2, &[5])], Vec::new()] {
        assert_eq!(fenced(store.append(old, group).await), expected);
    }
    assert_eq!(head(store, ONE).await, 1);
    store.append(new, vec![run(ONE, 2, &[5])]).await.expect("nothing of the other was written");
    assert_eq!(read(store, 1, ALL).await, events(&[5; 2]));
}

async fn a_receipt_tells_the_heads_and_whoever_watches_hears_of_them(store: &dyn Log) {
    let mut watch = store.watch();
    let receipt = put(store, vec![run(ONE, 1, &[5; 2]), run(ONE, 3, &[5])]).await.expect("it is taken");
    assert_eq!(receipt.heads, [(ONE, Position(3))]);
    assert!(watch.has_changed().expect("the store is open"));
    watch.mark_unchanged();
    append(store, Vec::new()).await;
    assert!(!watch.has_changed().expect("the store is open"));
}

fn on_this_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(future)
}
