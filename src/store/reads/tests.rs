//! The log of reads on a disk: what is kept, what is cut off, what shows, what is erased.

use super::segment::segments;
use super::{FOLDER, ReadsHead, ReadsLog, ReadsVerified, WAITING_MAX};
use crate::seams::StoreError;
use caseward_events::reads::{Read, ReadEntry, ReadKind};
use caseward_events::{Position, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

const NOON: &str = "2026-03-01T12:00:00Z";

fn about(who: &str) -> ReadKind {
    let read = Read {
        organization: "default".parse().expect("a name"),
        by: "socket".to_owned(),
        actor: "system:unknown".to_owned(),
        about: vec![who.to_owned()],
        question: "GET /".to_owned(),
        asked: String::new(),
        asked_bytes_left_out: 0,
        purpose: None,
        status: Some(200),
        position: None,
        head: Position(7),
    };
    ReadKind::Read(Box::new(read))
}

/// Three days with two questions each.
fn three_days(data: &Path) -> ReadsLog {
    let log = ReadsLog::open(data).expect("there is room");
    for day in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        for hour in ["09", "23"] {
            log.put(at(&format!("{day}T{hour}:00:00Z")), about(&format!("user:{day}-{hour}")));
        }
        log.write_waiting(at(NOON)).expect("there is room");
    }
    log
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn all(log: &ReadsLog) -> Vec<ReadEntry> {
    let page = log.page(0, 10_000, at(NOON), |_| true).expect("it can be read");
    assert_eq!(page.next, None);
    page.reads.into_iter().map(|read| read.entry).collect()
}

fn files(data: &Path) -> Vec<PathBuf> {
    segments(&data.join(FOLDER)).expect("it can be listed").into_iter().map(|segment| segment.path).collect()
}

fn verified(data: &Path) -> ReadsVerified {
    ReadsLog::verify(data, None).expect("it holds together").expect("it is there")
}

/// Why it does not hold together.
fn why(data: &Path, kept: Option<ReadsHead>) -> String {
    match ReadsLog::verify(data, kept) {
        Err(StoreError::Corruption(why)) => why,
        other => panic!("not damaged: {other:?}"),
    }
}

#[test]
fn what_is_put_in_is_there_after_the_next_opening_in_pages_and_without_gaps() {
    let data = folder();
    let entries = all(&three_days(data.path()));
    assert_eq!((entries.len(), files(data.path()).len()), (6, 3));
    let again = ReadsLog::open(data.path()).expect("it opens");
    assert_eq!(all(&again), entries);
    let mut paged = Vec::new();
    let (mut after, mut pages) = (0, 0);
    loop {
        let page = again.page(after, 2, at(NOON), |_| true).expect("it can be read");
        paged.extend(page.reads.iter().map(|read| read.number));
        pages += 1;
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!((paged, pages), ((1..=6).collect::<Vec<_>>(), 3));
    let of = |who: &str| {
        let wanted = |entry: &ReadEntry| matches!(&entry.what, ReadKind::Read(read) if read.names(who));
        again.page(0, 9, at(NOON), wanted).expect("it can be read").reads.len()
    };
    assert_eq!((of("user:2026-03-02-09"), of("user:2026-03-02")), (1, 0));
    assert_eq!(verified(data.path()).entries, 6);
}

#[test]
fn times_never_go_back() {
    let data = folder();
    let log = ReadsLog::open(data.path()).expect("there is room");
    log.put(at(NOON), about("user:a"));
    log.put(at("2026-03-01T11:59:59Z"), about("user:b"));
    assert_eq!(all(&log).iter().map(|entry| entry.time).collect::<Vec<_>>(), [at(NOON), at(NOON)]);
}

#[test]
fn what_finds_no_room_is_counted_and_the_count_is_an_entry() {
    let data = folder();
    let log = ReadsLog::open(data.path()).expect("there is room");
    for _ in 0..WAITING_MAX + 3 {
        log.put(at(NOON), about("user:a"));
    }
    assert_eq!(log.dropped_ever(), 3);
    let page = log.page(WAITING_MAX as u64 - 1, 9, at(NOON), |_| true).expect("it can be read");
    let kinds: Vec<_> = page.reads.into_iter().map(|read| read.entry.what).collect();
    assert_eq!(kinds, [about("user:a"), ReadKind::Dropped { count: 3 }]);
    log.put(at(NOON), about("user:b"));
    assert_eq!(all(&log).len(), WAITING_MAX + 2, "there is room again, and nothing is counted twice");
}

#[test]
fn what_the_disk_does_not_take_is_counted_too() {
    let data = folder();
    let log = ReadsLog::open(data.path()).expect("there is room");
    fs::write(data.path().join(FOLDER), "in the way").expect("there is room");
    log.put(at(NOON), about("user:a"));
    log.put(at(NOON), about("user:b"));
    assert!(log.write_waiting(at(NOON)).is_err());
    fs::remove_file(data.path().join(FOLDER)).expect("it is there");
    log.put(at(NOON), about("user:c"));
    let kinds: Vec<_> = all(&log).into_iter().map(|entry| entry.what).collect();
    assert_eq!(kinds, [about("user:c"), ReadKind::Dropped { count: 2 }]);
}

#[test]
fn an_end_that_was_cut_anywhere_behind_the_note_is_taken_off_and_it_goes_on() {
    let data = folder();
    let entries = all(&three_days(data.path()));
    let last = files(data.path()).pop().expect("there are three");
    let whole = fs::read(&last).expect("it is there");
    let more = format!("{}\n", serde_json::to_string(&entries[5]).expect("it has a form"));
    for (torn, is_whole) in
        [(&more[..1], false), (&more[..more.len() - 1], false), ("\0\0\0\0\n", false), (&more, true)]
    {
        fs::write(&last, [&whole, torn.as_bytes()].concat()).expect("there is room");
        let log = ReadsLog::open(data.path()).expect("it opens");
        let expected = 6 + usize::from(is_whole);
        assert_eq!(all(&log).len(), expected, "{torn:?}");
        log.put(at("2026-03-03T23:30:00Z"), about("user:next"));
        assert_eq!(all(&log).len(), expected + 1, "{torn:?}");
        assert_eq!(verified(data.path()).entries, expected as u64 + 1);
        // As before.
        drop(log);
        fs::remove_dir_all(data.path().join(FOLDER)).expect("it is there");
        assert_eq!(all(&three_days(data.path())), entries);
    }
}

#[test]
fn whatever_is_changed_in_front_of_the_note_shows() {
    let data = folder();
    three_days(data.path());
    let folder = data.path().join(FOLDER);
    for path in files(data.path()) {
        let whole = fs::read(&path).expect("it is there");
        for at in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).expect("there is room");
            why(data.path(), None);
        }
        fs::write(&path, &whole).expect("there is room");
        let aside = data.path().join("aside");
        fs::rename(&path, &aside).expect("it is there");
        why(data.path(), None);
        fs::rename(&aside, &path).expect("it is there");
    }
    assert_eq!(verified(data.path()).entries, 6);
    let last = files(data.path()).pop().expect("there are three");
    let whole = fs::read_to_string(&last).expect("it is there");
    let rewritten = whole.replace("user:2026-03-03-09", "user:2026-03-03-08");
    for (text, part) in [(rewritten.as_str(), "it was changed"), (&whole[..whole.len() - 9], "entries are missing")] {
        fs::write(&last, text).expect("there is room");
        let opened = ReadsLog::open(data.path());
        assert!(matches!(&opened, Err(StoreError::Corruption(why)) if why.contains(part)), "{opened:?}");
    }
    fs::write(&last, &whole).expect("there is room");
    fs::remove_file(folder.join("HEAD")).expect("it is there");
    assert!(why(data.path(), None).contains("no note"));
}

#[test]
fn a_log_that_was_replaced_with_its_note_shows_by_a_head_that_was_kept() {
    let (data, other) = (folder(), folder());
    let kept = three_days(data.path()).head(at(NOON)).expect("there is room");
    let compared =
        |kept| ReadsLog::verify(data.path(), Some(kept)).expect("it holds together").map(|seen| seen.compared);
    assert_eq!(compared(kept), Some(Some(true)));
    let log = ReadsLog::open(other.path()).expect("there is room");
    for _ in 0..7 {
        log.put(at(NOON), about("user:nobody"));
    }
    log.write_waiting(at(NOON)).expect("there is room");
    assert_eq!(verified(other.path()).entries, 7, "by itself it is whole");
    assert!(why(other.path(), Some(kept)).contains("rewritten"));
    let later = ReadsHead { size: 70, ..kept };
    assert!(why(other.path(), Some(later)).contains("ends at entry 7"));
    fs::remove_dir_all(other.path().join(FOLDER)).expect("it is there");
    assert!(why(other.path(), Some(kept)).contains("it is gone"));
}

#[test]
fn what_is_erased_is_gone_from_the_disk_and_what_is_left_holds_together() {
    let data = folder();
    let log = three_days(data.path());
    let kept = log.head(at(NOON)).expect("there is room");
    let now = at("2026-03-03T23:59:00Z");
    let none = log.erase_before(at("2026-03-01T18:00:00Z"), "user:judith", now).expect("there is room");
    assert_eq!((none.count, log.head(now).expect("it is there")), (0, kept), "its day is not over");
    let erased = log.erase_before(at("2026-03-03T00:00:00Z"), "user:judith", now).expect("there is room");
    assert_eq!((erased.count, erased.last), (4, 4));
    let left: String = files(data.path()).iter().map(|path| fs::read_to_string(path).expect("it is there")).collect();
    assert!(!left.contains("user:2026-03-01") && !left.contains("user:2026-03-02"), "{left}");
    let entries = all(&log);
    assert_eq!(
        entries[..2],
        [(9, "09"), (23, "23")].map(|(hour, text)| ReadEntry {
            time: at(&format!("2026-03-03T{hour:02}:00:00Z")),
            what: about(&format!("user:2026-03-03-{text}")),
        })
    );
    let ReadKind::Erased(told) = &entries[2].what else { panic!("{entries:?}") };
    assert_eq!((told.by.as_str(), told.count, told.last), ("user:judith", 4, 4));
    let seen = ReadsLog::verify(data.path(), Some(kept)).expect("it holds together").expect("it is there");
    assert_eq!((seen.entries, seen.head.size, seen.compared), (3, 7, Some(true)));
    assert_eq!(all(&ReadsLog::open(data.path()).expect("it opens")), entries);
    // Everything, on a day without any question yet.
    let erased = log.erase_before(at("2026-03-09T00:00:00Z"), "user:judith", at("2026-03-09T08:00:00Z"));
    assert_eq!(erased.expect("there is room").count, 3);
    assert_eq!((all(&log).len(), verified(data.path()).entries), (1, 1));
    assert_eq!(verified(data.path()).head.size, 8);
}

#[test]
fn an_erasure_that_was_cut_short_is_finished_and_a_segment_taken_away_by_hand_shows() {
    let data = folder();
    let log = three_days(data.path());
    let first = files(data.path()).remove(0);
    let bytes = fs::read(&first).expect("it is there");
    let now = at("2026-03-03T23:59:00Z");
    log.erase_before(at("2026-03-02T00:00:00Z"), "user:judith", now).expect("there is room");
    drop(log);
    fs::write(&first, &bytes).expect("there is room");
    assert_eq!(verified(data.path()).entries, 7, "the entry is there, and nothing is gone yet");
    drop(ReadsLog::open(data.path()).expect("it opens"));
    assert!(!first.exists(), "it is finished");
    assert_eq!(verified(data.path()).entries, 5);
    fs::remove_file(files(data.path()).remove(0)).expect("it is there");
    assert!(why(data.path(), None).contains("no entry says"));
}

#[test]
fn the_thread_writes_what_is_put_in_until_it_is_dropped_and_erases_what_was_kept_long_enough() {
    let data = folder();
    drop(three_days(data.path()));
    let log = std::sync::Arc::new(ReadsLog::open(data.path()).expect("it opens"));
    let keeps = std::sync::Arc::clone(&log).keep(2, || at("2026-03-05T12:00:00Z")).expect("there are threads");
    log.put(at("2026-03-05T12:00:00Z"), about("user:late"));
    drop(keeps);
    let kinds: Vec<_> =
        all(&ReadsLog::open(data.path()).expect("it opens")).into_iter().map(|read| read.what).collect();
    assert!(kinds.contains(&about("user:late")) && kinds.contains(&about("user:2026-03-03-09")), "{kinds:?}");
    assert!(!kinds.contains(&about("user:2026-03-02-23")), "{kinds:?}");
}
