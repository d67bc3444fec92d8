//! Both stores keep the same promises: what was appended is read, nothing else is, and it survives. The one on disk
//! also keeps its folder to itself and out of what is not its own.

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

/// Restarts, failures and damage: of the store in memory, as told.
mod faults {
    use super::*;

    #[tokio::test]
    async fn a_failed_write_poisons_and_a_restart_finds_what_reached_the_disk() {
        for (failure, found) in [(Failure::BeforeWrite, 2), (Failure::AfterWrite, 5)] {
            let store = MemoryStore::new();
            append(&store, vec![run(ONE, 1, &[5; 2])]).await;
            store.fail_next_append(failure);
            assert!(matches!(put(&store, vec![run(ONE, 3, &[5; 3])]).await, Err(StoreError::Fault { .. })));
            assert!(matches!(put(&store, vec![run(ONE, 3, &[5])]).await, Err(StoreError::Poisoned(_))));
            assert_eq!(head(&store, ONE).await, 2, "{failure:?}");
            assert_eq!(read(&store, 1, ALL).await.len(), 2, "{failure:?}");
            assert_eq!((store.appends(), store.syncs()), (2, 1), "{failure:?}");
            let restarted = store.fork();
            assert_eq!(head(&restarted, ONE).await, found, "{failure:?}");
            append(&restarted, vec![run(ONE, found + 1, &[5])]).await;
        }
    }

    #[tokio::test]
    async fn a_clone_is_the_same_store_and_a_fork_another() {
        let store = MemoryStore::new();
        append(&store, vec![run(ONE, 1, &[5])]).await;
        let (clone, fork) = (store.clone(), store.fork());
        append(&store, vec![run(ONE, 2, &[5])]).await;
        assert_eq!((head(&clone, ONE).await, head(&fork, ONE).await), (2, 1));
        assert_eq!((clone.syncs(), fork.syncs()), (2, 0));
    }

    #[tokio::test]
    async fn a_replaced_event_is_read_as_it_is_now() {
        let store = MemoryStore::new();
        append(&store, vec![run(ONE, 1, &[5; 3])]).await;
        assert_eq!(store.replace(ONE, Position(2), b"spoilt".to_vec()), Some(event(2, 5)));
        assert_eq!(read(&store, 2, ALL).await, [b"spoilt".to_vec(), event(3, 5)]);
        assert_eq!(store.replace(ONE, Position(4), Vec::new()), None);
        assert_eq!(store.replace(ONE, Position(0), Vec::new()), None);
        assert_eq!(store.replace(TWO, Position(1), Vec::new()), None);
    }

    #[tokio::test]
    async fn readers_do_not_wait_for_a_sync_nor_see_what_it_has_yet_to_confirm() {
        let store = Arc::new(MemoryStore::new());
        append(&*store, vec![run(ONE, 1, &[5])]).await;
        let hold = store.hold_appends();
        let writer = thread::spawn({
            let store = Arc::clone(&store);
            move || on_this_thread(put(&*store, vec![run(ONE, 2, &[5])]))
        });
        hold.until_reached();
        assert_eq!(head(&*store, ONE).await, 1);
        assert_eq!(read(&*store, 1, ALL).await.len(), 1);
        assert!(read(&*store, 2, ALL).await.is_empty());
        drop(hold);
        writer.join().expect("it does not panic").expect("it is taken");
        assert_eq!(read(&*store, 1, ALL).await.len(), 2);
    }
}

fn on_this_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(future)
}

/// What only the store on disk has: a folder, a lock, a restart.
mod disk {
    use super::*;

    #[tokio::test]
    async fn a_store_opened_again_gives_the_same_and_goes_on() {
        let folder = folder();
        let sizes = [vec![20; 700], vec![100_000; 3]].concat();
        for (opening, first) in [1, 704, 1_407].into_iter().enumerate() {
            let store = if opening == 0 { create(folder.path()) } else { existing(folder.path()) };
            assert_eq!(head(&store, ONE).await, first - 1);
            append(&store, vec![run(ONE, first, &sizes), run(TWO, opening as u64 + 1, &[9])]).await;
        }
        let store = create(folder.path());
        assert!(read(&store, 1, ALL).await == events(&sizes.repeat(3)));
        assert_eq!((head(&store, ONE).await, head(&store, TWO).await), (2_109, 3));
    }

    #[tokio::test]
    async fn a_group_that_was_refused_leaves_no_trace_after_a_restart() {
        let folder = folder();
        let store = create(folder.path());
        fenced(put(&store, vec![run(ONE, 1, &[5]), run(TWO, 2, &[5])]).await);
        drop(store);
        assert_eq!(head(&existing(folder.path()), ONE).await, 0);
    }

    #[test]
    fn a_new_store_has_a_marker_with_its_format() {
        let folder = folder();
        drop(create(&folder.path().join("a/b/data")));
        let marker = fs::read_to_string(folder.path().join("a/b/data/CASEWARD")).expect("it is there");
        let (head, keys) = marker.split_once("keys ").expect("it names its keys");
        assert_eq!(head, "caseward store\nformat 1\nsigned\n");
        assert_eq!(keys.len(), "0123456789abcdef 89abcdef\n".len(), "{keys}");
    }

    #[test]
    fn where_there_is_nothing_a_store_is_made_only_on_demand() {
        let folder = folder();
        let nothing = folder.path().join("data");
        for path in [&nothing, folder.path()] {
            let answer = FjallStore::open(path, Access::Existing);
            assert!(matches!(answer, Err(StoreError::Missing(named)) if named == path));
        }
        assert!(!nothing.exists());
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn what_is_not_a_store_is_left_alone_and_named() {
        let folder = folder();
        let file = folder.path().join("letter.txt");
        fs::write(&file, "Dear Ana").expect("it is written");
        let marked = folder.path().join("marked");
        fs::create_dir(&marked).expect("it is made");
        for (path, marker, part) in [
            (file.as_path(), None, "it is not a directory"),
            (folder.path(), None, "but no `CASEWARD`"),
            (&marked, Some(b"".as_slice()), "is not `caseward store`"),
            (&marked, Some(b"\xff\xfe\x00caseward store\nformat 1\n"), "is not `caseward store`"),
            (&marked, Some(b"caseward store\n"), "tells no format"),
            (&marked, Some(b"caseward store\nformat one\n"), "tells no format"),
            (&marked, Some(b"caseward store\nformat 0\n"), "tells no format"),
        ] {
            if let Some(marker) = marker {
                fs::write(path.join("CASEWARD"), marker).expect("it is written");
            }
            for access in [Access::Create, Access::Existing] {
                let answer = FjallStore::open(path, access);
                let Err(StoreError::NotAStore { path: named, why }) = answer else { panic!("{part}: {answer:?}") };
                assert_eq!(named, path);
                assert!(why.contains(part), "{why}");
            }
        }
        assert_eq!(names(&marked), ["CASEWARD"]);
        assert_eq!(names(folder.path()), ["letter.txt", "marked"]);
    }

    #[test]
    fn a_store_whose_marker_is_damaged_or_gone_says_what_to_do_and_opens_once_it_is_done() {
        let folder = folder();
        drop(create(folder.path()));
        let marker = folder.path().join("CASEWARD");
        let whole = fs::read(&marker).expect("a store has one");
        for damaged in [Some(&b"casewarD store\nformat 1\n"[..]), Some(b"caseward store\nformat \0\n"), Some(b""), None]
        {
            match damaged {
                Some(bytes) => fs::write(&marker, bytes).expect("it is written"),
                None => fs::remove_file(&marker).expect("it was there"),
            }
            let before = names(folder.path());
            for access in [Access::Create, Access::Existing] {
                let answer = FjallStore::open(folder.path(), access);
                let Err(StoreError::Corruption(why)) = answer else { panic!("{damaged:?}: {answer:?}") };
                assert!(why.contains("three lines: `caseward store`, `format 1` and `signed`"), "{why}");
            }
            assert_eq!(names(folder.path()), before);
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 8;
            fs::write(&marker, flipped).expect("it is written");
            let answer = FjallStore::open(folder.path(), Access::Existing);
            assert!(matches!(answer, Err(StoreError::Corruption(_))), "byte {at}: {answer:?}");
        }
        fs::write(&marker, whole).expect("it is written");
        FjallStore::open(folder.path(), Access::Existing).expect("it was whole but for the marker");
    }

    #[test]
    fn a_store_of_a_later_release_is_told_by_its_format() {
        let folder = folder();
        drop(create(folder.path()));
        let said = "caseward store\nformat 2\nmore of it ";
        let sum: [u8; 32] = Sha256::digest(said).into();
        let check: String = sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        fs::write(folder.path().join("CASEWARD"), format!("{said}{check}\n")).expect("it is written");
        let answer = FjallStore::open(folder.path(), Access::Create);
        assert!(matches!(answer, Err(StoreError::NewerFormat { found: 2, known: 1, .. })));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_store_that_is_removed_or_replaced_under_its_writer_takes_no_more_and_says_what_happened() {
        type Harm<'a> = (&'a str, &'a dyn Fn(&Path));
        let journal = |path: &Path| {
            let mut files: Vec<_> =
                names(&path.join("log")).into_iter().filter(|name| name.ends_with(".jnl")).collect();
            path.join("log").join(files.pop().expect("there is one"))
        };
        let copied = |path: &Path| {
            let bytes = fs::read(path).expect("it is there");
            fs::remove_file(path).expect("it is there");
            fs::write(path, bytes).expect("there is room");
        };
        let harms: [Harm<'_>; 7] = [
            ("data` was removed or moved away", &|path| fs::remove_dir_all(path).expect("it is there")),
            ("data` was removed or moved away", &|path| {
                fs::rename(path, path.with_extension("old")).expect("it is there")
            }),
            ("data` was replaced", &|path| {
                fs::rename(path, path.with_extension("old")).expect("it is there");
                fs::create_dir(path).expect("there is room");
            }),
            ("HEAD` was removed", &|path| fs::remove_file(path.join("HEAD")).expect("it is there")),
            ("HEAD` was replaced", &|path| copied(&path.join("HEAD"))),
            (".jnl` was replaced by another file", &|path| copied(&journal(path))),
            (".jnl` was truncated", &|path| {
                let file = fs::OpenOptions::new().write(true).open(journal(path)).expect("it is there");
                file.set_len(0).expect("it can be cut");
            }),
        ];
        for (what, harm) in harms {
            let folder = folder();
            let path = folder.path().join("data");
            let store = create(&path);
            append(&store, vec![run(ONE, 1, &[9])]).await;
            harm(&path);
            let mut next = 2;
            let why = loop {
                match put(&store, vec![run(ONE, next, &[9])]).await {
                    Ok(_) => next += 1,
                    Err(StoreError::Poisoned(why)) => break why,
                    Err(other) => panic!("{what}: {other:?}"),
                }
            };
            assert!(why.contains(what) && why.contains("while this process had the store open"), "{what}: {why}");
        }
    }

    #[test]
    fn a_store_whose_making_was_cut_short_is_made_anew() {
        let folder = folder();
        drop(create(folder.path()));
        fs::rename(folder.path().join("CASEWARD"), folder.path().join("CASEWARD.new")).expect("it was there");
        fs::remove_file(folder.path().join("log/version")).expect("it was there");
        assert!(matches!(FjallStore::open(folder.path(), Access::Existing), Err(StoreError::Missing(_))));
        drop(create(folder.path()));
        assert_eq!(names(folder.path()), ["CASEWARD", "HEAD", "KEYS", "LOCK", "SIGNING", "log"]);
        drop(existing(folder.path()));
    }

    #[test]
    fn an_empty_file_system_has_room_for_a_store() {
        let folder = folder();
        fs::create_dir(folder.path().join("lost+found")).expect("it is made");
        drop(create(folder.path()));
        drop(existing(folder.path()));
    }

    #[test]
    fn a_store_is_opened_once_and_whoever_has_it_is_named() {
        let folder = folder();
        let store = create(folder.path());
        for access in [Access::Create, Access::Existing] {
            let holder = holder(FjallStore::open(folder.path(), access));
            assert!(holder.starts_with(&format!("process {} (", std::process::id())), "{holder}");
            assert!(holder.contains("), since 20"), "{holder}");
        }
        drop(store);
        drop(existing(folder.path()));
    }

    fn holder(answer: Result<FjallStore, StoreError>) -> String {
        match answer {
            Err(StoreError::InUse { holder, .. }) => holder,
            other => panic!("not in use: {other:?}"),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it is a folder");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name().display().to_string();
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}
