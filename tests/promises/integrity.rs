//! What happens to the files of a store: each fault, and whether it is served, told, or both.
//!
//! Each test prepares a store, spoils files of it while it is closed, and opens it again. Absent on purpose: many places
//! at random, which the tests of faults throw at it.

use caseward::events::Position;
use caseward::integrity::damage_report::{DamageReport, Extent};
use caseward::integrity::visitor::{NoVisitor, Unsound, Visitor};
use caseward::seams::{Durability, Log, OrganizationNumber, Receipt, Run, StoreError};
use caseward::store::{Access, FjallStore};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ONE: OrganizationNumber = OrganizationNumber(1);
const TWO: OrganizationNumber = OrganizationNumber(2);
const SLOT_BYTES: usize = 512;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing").block_on(future)
}

/// What a store says to a run of a writer that claims it.
fn put(store: &FjallStore, run: Run) -> Result<Receipt, StoreError> {
    block_on(async {
        let epoch = store.claim().await?;
        store.append(epoch, vec![run]).await
    })
}

fn event(position: u64) -> Vec<u8> {
    format!("event {position:>8}, {}", "x".repeat(180)).into_bytes()
}

fn append(store: &FjallStore, organization: OrganizationNumber, positions: std::ops::RangeInclusive<u64>) {
    let first = Position(*positions.start());
    let run = Run { organization, first, events: positions.map(event).collect() };
    put(store, run).expect("it is stored");
}

fn open(folder: &Path) -> FjallStore {
    FjallStore::open(folder, Access::Existing).expect("it opens, be it to be read")
}

/// A closed store: organization 1 with 40 events, a group each ten; organization 2 with 5 after the first group.
fn store() -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = FjallStore::open(folder.path(), Access::Create).expect("a new one opens");
    append(&store, ONE, 1..=10);
    append(&store, TWO, 1..=5);
    for first in [11, 21, 31] {
        append(&store, ONE, first..=first + 9);
    }
    drop(store);
    folder
}

/// As [`store`], as it lies there right after a crash that followed the last sync: the note is of before.
fn crashed() -> TempDir {
    let folder = store();
    let head = fs::read(folder.path().join("HEAD")).expect("it is there");
    let store = open(folder.path());
    append(&store, ONE, 41..=50);
    drop(store);
    fs::write(folder.path().join("HEAD"), head).expect("it can be written");
    folder
}

fn journal(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder.join("log")).expect("it is a folder");
    let mut journals: Vec<_> = entries.map(|entry| entry.expect("it is there").path()).collect();
    journals.retain(|path| path.extension().is_some_and(|extension| extension == "jnl"));
    journals.sort();
    journals.pop().expect("there is one")
}

/// Changes the bytes of the journal that were written.
fn spoil(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = journal(folder);
    let mut bytes = fs::read(&path).expect("it is there");
    let written = bytes.iter().rposition(|&byte| byte != 0).expect("something was written") + 1;
    bytes.truncate(written);
    change(&mut bytes);
    fs::write(&path, bytes).expect("it can be written");
}

/// Where the batches of the journal begin and the last one ends: each ends in the same four bytes.
fn batches(bytes: &[u8]) -> Vec<usize> {
    let ends = bytes.windows(4).enumerate().filter(|(_, window)| window == b"FJL\x03").map(|(at, _)| at + 4);
    std::iter::once(0).chain(ends).collect()
}

fn read(store: &FjallStore, organization: OrganizationNumber) -> Vec<Vec<u8>> {
    block_on(store.read(organization, Position(1), usize::MAX)).expect("what it serves can be read")
}

fn damage(store: &FjallStore) -> DamageReport {
    store.damage().expect("it cannot vouch for that").clone()
}

/// It serves exactly so many events of organization 1, takes no more, and says this.
fn tells(folder: &Path, extent: Extent, served: u64, parts: &[&str]) {
    let files = contents(folder);
    let store = open(folder);
    let damage = damage(&store);
    let told = damage.to_string();
    assert_eq!(damage.extent(), extent, "{told}");
    assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    assert_eq!(read(&store, ONE), (1..=served).map(event).collect::<Vec<_>>(), "{told}");
    let more =
        Run { organization: ONE, first: Position(served + 1), events: [event(served + 1)].into_iter().collect() };
    let refused = put(&store, more);
    assert!(matches!(refused, Err(StoreError::NotVouched(_))), "{refused:?}");
    drop(store);
    assert!(contents(folder) == files, "it changed files: {told}");
}

/// It opens and vouches for so many events of organization 1, and takes more.
fn vouches(folder: &Path, served: u64) {
    for more in 0..2 {
        let store = open(folder);
        assert_eq!(store.damage(), None);
        assert_eq!(read(&store, ONE), (1..=served + more).map(event).collect::<Vec<_>>());
        append(&store, ONE, served + more + 1..=served + more + 1);
    }
}

/// Every file but the lock.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.ends_with("LOCK") {
            found.push((path.clone(), fs::read(&path).expect("it can be read")));
        }
    }
    found.sort();
    found
}

#[test]
fn a_flipped_bit_anywhere_in_an_acknowledged_batch_is_reported_and_everything_before_it_is_served() {
    let folder = store();
    let path = journal(folder.path());
    let whole = fs::read(&path).expect("it is there");
    let written = whole.iter().rposition(|&byte| byte != 0).expect("something was written") + 1;
    let batches = batches(&whole[..written]);
    let served = [0, 10, 10, 20, 30];
    for (batch, ends) in batches.windows(2).enumerate() {
        // The whole of its head and of the first item's, and places in the rest.
        let places = (ends[0]..ends[0] + 50).chain((ends[0] + 50..ends[1]).step_by(397)).chain(ends[1] - 12..ends[1]);
        for at in places {
            // The sequence number of a batch means nothing but its order.
            if (ends[0] + 5..ends[0] + 13).contains(&at) {
                continue;
            }
            let mut bytes = whole[..written].to_vec();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).expect("it can be written");
            let store = open(folder.path());
            let told = damage(&store);
            assert_eq!(told.extent(), Extent::Damage, "at {at}");
            assert_eq!(read(&store, ONE).len(), served[batch], "at {at}: {told}");
        }
    }
}

#[test]
fn a_truncated_journal_that_lacks_acknowledged_events_is_damage() {
    let folder = store();
    spoil(folder.path(), |bytes| bytes.truncate(bytes.len() - 1));
    tells(folder.path(), Extent::Damage, 30, &["up to position 40 were acknowledged", "from position 31 on"]);
    spoil(folder.path(), Vec::clear);
    tells(
        folder.path(),
        Extent::Damage,
        0,
        &["up to position 40 were acknowledged", "organization 2 from position 1 on"],
    );
}

#[test]
fn zeros_in_the_middle_are_reported_with_the_batches_after_them() {
    let folder = store();
    spoil(folder.path(), |bytes| {
        let batches = batches(bytes);
        bytes[batches[2]..batches[3]].fill(0);
    });
    tells(folder.path(), Extent::Damage, 10, &["and whole batches behind it", "from position 11 on"]);
}

#[test]
fn a_torn_last_write_after_every_note_is_a_crash_and_is_truncated() {
    for left in [1, 13, 14, 60, 500, 2_000] {
        let folder = crashed();
        spoil(folder.path(), |bytes| {
            let batches = batches(bytes);
            bytes.truncate(batches[batches.len() - 2] + left);
        });
        vouches(folder.path(), 40);
        let kept = fs::read_dir(folder.path()).expect("it is a folder").filter(|entry| {
            let name = entry.as_ref().expect("it is there").file_name();
            name.to_string_lossy().starts_with("cut-")
        });
        assert_eq!(kept.count(), 1, "what was cut is kept");
    }
}

#[test]
fn a_crash_behind_the_note_loses_nothing_that_is_whole() {
    vouches(crashed().path(), 50);
}

#[test]
fn a_last_write_that_is_complete_and_spoiled_behind_every_note_is_not_vouched_for_until_it_is_cut() {
    let folder = crashed();
    spoil(folder.path(), |bytes| {
        let middle = bytes.len() - 500;
        bytes[middle] ^= 1;
    });
    tells(folder.path(), Extent::End, 40, &["the end of the log cannot be verified", "from position 41 on"]);
    assert!(FjallStore::repair(folder.path()).expect("it can be repaired") > 500);
    vouches(folder.path(), 40);
}

#[test]
fn damage_is_not_repaired() {
    let folder = store();
    spoil(folder.path(), |bytes| bytes[100] ^= 1);
    let files = contents(folder.path());
    assert!(matches!(FjallStore::repair(folder.path()), Err(StoreError::NotVouched(_))));
    assert!(contents(folder.path()) == files, "it changed files");
}

#[test]
fn one_slot_of_a_note_is_enough_and_without_both_nothing_is_vouched_for() {
    let folder = store();
    let path = folder.path().join("HEAD");
    let head = fs::read(&path).expect("it is there");
    for slots in [vec![2], vec![3], vec![2, 3]] {
        let mut spoiled = head.clone();
        for slot in &slots {
            spoiled[slot * SLOT_BYTES + 40] ^= 1;
        }
        fs::write(&path, &spoiled).expect("it can be written");
        if slots.len() == 2 {
            tells(folder.path(), Extent::Damage, 40, &["both slots of pair 1", "organization 1 from position 41 on"]);
        } else {
            assert_eq!(open(folder.path()).damage(), None, "{slots:?}");
        }
    }
    fs::remove_file(&path).expect("it is there");
    tells(folder.path(), Extent::Damage, 40, &["HEAD: it is not there"]);
}

#[test]
fn a_log_replaced_by_an_older_copy_is_reported() {
    let folder = store();
    let old = tempfile::tempdir().expect("there is room for a folder");
    copy(&folder.path().join("log"), &old.path().join("log"));
    let store = open(folder.path());
    append(&store, ONE, 41..=60);
    drop(store);
    fs::remove_dir_all(folder.path().join("log")).expect("it is there");
    copy(&old.path().join("log"), &folder.path().join("log"));
    tells(folder.path(), Extent::Damage, 40, &["up to position 60 were acknowledged", "from position 41 on"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("there is room for it");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let path = entry.expect("it is there").path();
        let copied = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() { copy(&path, &copied) } else { fs::copy(&path, &copied).map(drop).expect("there is room") }
    }
}

#[test]
fn other_events_of_the_same_shape_do_not_have_the_noted_root() {
    let folder = store();
    let other = tempfile::tempdir().expect("there is room for a folder");
    let store = FjallStore::open(other.path(), Access::Create).expect("a new one opens");
    for first in [1, 11, 21, 31] {
        let events = (first..first + 10).map(|position| event(position + u64::from(position == 25))).collect();
        put(&store, Run { organization: ONE, first: Position(first), events }).expect("it is stored");
    }
    append(&store, TWO, 1..=5);
    drop(store);
    fs::copy(folder.path().join("HEAD"), other.path().join("HEAD")).expect("it can be copied");
    let store = open(other.path());
    let told = damage(&store).to_string();
    assert!(told.contains("are not those that the note tells of; organization 1 from position"), "{told}");
    assert!(read(&store, ONE).len() < 25, "{told}");
}

#[test]
fn after_a_flush_the_anchor_serves_and_without_it_everything_is_hashed() {
    let folder = store();
    let store = open(folder.path());
    block_on(store.flush()).expect("it can be flushed");
    append(&store, ONE, 41..=45);
    drop(store);
    let path = folder.path().join("ANCHOR");
    let anchor = fs::read(&path).expect("a flush leaves one");
    let mut spoiled = anchor.clone();
    spoiled[20] ^= 1;
    fs::write(&path, spoiled).expect("it can be written");
    vouches(folder.path(), 45);
    fs::remove_file(&path).expect("it is there");
    vouches(folder.path(), 47);
    fs::write(&path, anchor).expect("it can be written");
    vouches(folder.path(), 49);
    // What was flushed is in no journal any more; what came after it is.
    spoil(folder.path(), Vec::clear);
    tells(folder.path(), Extent::Damage, 40, &["up to position 51 were acknowledged", "from position 41 on"]);
}

#[test]
fn a_crash_after_the_anchor_was_lost_raises_no_alarm() {
    let folder = store();
    let store = open(folder.path());
    block_on(store.flush()).expect("it can be flushed");
    drop(store);
    spoil(folder.path(), |bytes| {
        let head_of_a_batch = bytes[..40].to_vec();
        *bytes = head_of_a_batch;
    });
    fs::remove_file(folder.path().join("ANCHOR")).expect("a flush leaves one");
    vouches(folder.path(), 40);
}

#[test]
fn a_damaged_table_is_reported_by_an_inspection_or_by_the_opening() {
    let folder = store();
    let store = open(folder.path());
    block_on(store.flush()).expect("it can be flushed");
    drop(store);
    let tables = folder.path().join("log/keyspaces/1/tables");
    let table = fs::read_dir(tables).expect("it has tables").next().expect("it has one").expect("it is there").path();
    let whole = fs::read(&table).expect("it can be read");
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut spoiled = whole.clone();
        spoiled[at] ^= 0x10;
        fs::write(&table, &spoiled).expect("it can be written");
        let found = std::panic::catch_unwind(|| FjallStore::inspect(folder.path(), &mut NoVisitor));
        match found.expect("it tells, and does not panic") {
            Err(StoreError::Corruption(_)) => {}
            Ok(inspection) if !inspection.damage.findings.is_empty() => {}
            // Parts of a table that only speed it up can be spoiled without anything being lost.
            Ok(inspection) => assert_eq!(inspection.damage.trusted[&ONE], Position(40), "at {at}"),
            other => panic!("at {at}: {other:?}"),
        }
    }
}

/// Counts events.
struct Counting(usize);

impl Visitor for Counting {
    fn event(&mut self, _: OrganizationNumber, _: Position, _: &[u8]) -> Result<(), Unsound> {
        self.0 += 1;
        Ok(())
    }
}

#[test]
fn an_inspection_changes_nothing_and_finds_a_whole_store_whole() {
    let folder = crashed();
    let files = contents(folder.path());
    let mut counting = Counting(0);
    let inspection = FjallStore::inspect(folder.path(), &mut counting);
    let inspection = inspection.expect("it can be looked at");
    assert_eq!((inspection.damage.findings.len(), counting.0), (0, 55));
    assert!(contents(folder.path()) == files, "it changed files");
}

#[test]
fn a_journal_is_given_up_once_enough_was_appended() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = FjallStore::open(folder.path(), Access::Create).expect("a new one opens");
    let large = |first| Run {
        organization: ONE,
        first: Position(first),
        events: vec![vec![7; 1 << 20]; 3].into_iter().collect(),
    };
    put(&store, large(1)).expect("it is stored");
    drop(store);
    // More than a clean stop leaves to be replayed: it is in tables, and the journal is empty.
    assert_eq!(fs::metadata(journal(folder.path())).expect("it is there").len(), 0);
    let store = open(folder.path());
    assert_eq!(store.damage(), None);
    put(&store, large(4)).expect("it is stored");
    drop(store);
    assert_eq!(read(&open(folder.path()), ONE).len(), 6);
}
