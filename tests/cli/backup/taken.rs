//! Taking a backup, verifying it alone, and restoring it.

use super::*;
use caseward::backup::{self, BackupError, Until};
use caseward::engine::{Batch, Engine, How, SystemClock};
use caseward::events::{OrganizationName, Position, Submission};
use caseward::seams::Log;
use caseward::store::{Access, FjallStore};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn what_is_restored_says_and_answers_what_the_store_did() {
    let (desk, folder) = (Desk::holding("demo"), tempfile::tempdir().expect("there is room for a folder"));
    let (data, backup, restored) = (desk.data(), folder.path().join("backup"), folder.path().join("restored"));
    done(&data, &["org", "create", "tenant"]);
    fs::write(folder.path().join("tenant"), grants(1, 5)).expect("there is room");
    done(&data, &["--org", "tenant", "apply", text(&folder.path().join("tenant")), "-q"]);
    let file = folder.path().join("tenant");
    refused(&data, &["backup", text(&file)], 2, &["is a file, and a backup is a directory", "hint: name a directory"]);
    let told = done(&data, &["backup", text(&backup)]);
    assert!(told.contains("335 new events in 3 new bundles"), "{told}");
    let told = done(&data, &["backup", text(&backup), "--check"]);
    assert!(told.contains("all 335 events match what was backed up"), "{told}");
    let told = done(&restored, &["restore", text(&backup)]);
    assert!(told.contains("restored up to position 328"), "{told}");
    for organization in ["default", "tenant"] {
        assert_eq!(export(&data, organization), export(&restored, organization));
    }
    assert!(
        export(&restored, "tenant")[1].contains("reason 1"),
        "sealed reasons are read with the keys that came along"
    );
    for question in [&["who", "read", "case:4711"][..], &["what", "user:ana", "read"], &["org", "list"], &["verify"]] {
        let question = [question, &["--at", "2026-01-01T00:00:00Z"][..if question.len() > 2 { 2 } else { 0 }]].concat();
        assert_eq!(done(&data, &question), done(&restored, &question), "{question:?}");
    }
    done(&restored, &["--org", "tenant", "grant", "organization", "user:new", "read", "--actor", "user:oa"]);
    refused(&restored, &["restore", text(&backup)], 2, &["is not empty: it holds `", "caseward heal --from BACKUP"]);
}

#[test]
fn a_later_run_writes_only_what_is_new_and_changes_no_bundle() {
    let (desk, folder) = scene(&grants(1, 600));
    let backup = folder.path().join("backup");
    done(&desk.data(), &["backup", text(&backup)]);
    let first = contents(&backup.join("bundles"));
    grow(&desk.data(), 601, 7);
    let told: Value =
        serde_json::from_str(&done(&desk.data(), &["backup", text(&backup), "--output", "json"])).expect("JSON");
    assert_eq!((&told["events"], &told["bundles"]), (&Value::from(7), &Value::from(1)));
    assert!(told["bytes"].as_u64().expect("a number") < 10_000, "{told}");
    let second = contents(&backup.join("bundles"));
    assert!(first.iter().all(|(path, bytes)| second.get(path) == Some(bytes)), "a bundle was changed");
    assert_eq!(second.len(), first.len() + 1);
    let told = done(&desk.data(), &["backup", text(&backup)]);
    assert!(told.contains("position 608, unchanged") && told.contains("0 new events"), "{told}");
    assert_eq!(contents(&backup.join("bundles")), second);
    let restored = folder.path().join("restored");
    done(&restored, &["restore", text(&backup)]);
    assert_eq!(export(&restored, "default"), export(&desk.data(), "default"));
}

/// The places of a file that are tried: all, or of a long one some of every part.
fn places(length: usize) -> Vec<usize> {
    if length < 5_000 {
        (0..length).collect()
    } else {
        (0..200).chain((200..length).step_by(251)).chain([length - 1]).collect()
    }
}

#[test]
fn every_flipped_byte_of_a_backup_is_seen_by_the_check_and_by_a_restore() {
    let (desk, folder) = scene(&grants(1, 5));
    let (backup, restored) = (folder.path().join("backup"), folder.path().join("restored"));
    done(&desk.data(), &["backup", text(&backup)]);
    grow(&desk.data(), 6, 3);
    done(&desk.data(), &["backup", text(&backup)]);
    let mut tried = 0;
    for (path, bytes) in contents(&backup) {
        for at in places(bytes.len()) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&path, &flipped).expect("there is room");
            let checked = backup::check(&backup, &|_| ()).expect("it is a backup");
            let place = path.strip_prefix(&backup).expect("it lies in it").display().to_string();
            // Keys that are spoiled are told of the heads that they verify.
            let of_keys = place.strip_suffix("default.keys");
            let is_told = |at: &str| at == place || of_keys.is_some_and(|heads| at.starts_with(heads));
            let told = checked.damage.findings.iter().any(|finding| is_told(&finding.place));
            assert!(told, "byte {at} of {place}: {:?}", checked.damage);
            tried += 1;
            // Tree heads are for whoever checks; nothing is made of them.
            if at % 5 > 0 || place.starts_with("heads/") {
                continue;
            }
            let answer = block_on(backup::restore(&backup, &restored, &Until::End, &mut |_| ()));
            assert!(answer.is_err(), "byte {at} of {place}");
            let opened = FjallStore::open(&restored, Access::Existing);
            assert!(opened.is_err(), "byte {at} of {place}: something opens");
        }
        for left in [0, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..left]).expect("there is room");
            assert_eq!(
                ask(&desk.data(), &["backup", text(&backup), "--check"]).status,
                5,
                "{} cut to {left}",
                path.display()
            );
        }
        fs::remove_file(&path).expect("it is there");
        assert_eq!(ask(&desk.data(), &["backup", text(&backup), "--check"]).status, 5, "{} is gone", path.display());
        fs::write(&path, &bytes).expect("there is room");
    }
    assert!(tried > 3_000, "only {tried} places were tried");
    done(&desk.data(), &["backup", text(&backup), "--check"]);
}

#[test]
fn a_damaged_backup_tells_what_since_which_position_and_what_still_holds() {
    let (desk, folder) = scene(&grants(1, 9));
    let (backup, data) = (folder.path().join("backup"), desk.data());
    done(&data, &["backup", text(&backup)]);
    for from in [10, 20] {
        grow(&data, from, 10);
        done(&data, &["backup", text(&backup)]);
    }
    let bundle = backup.join("bundles/1-0000000011-0000000020.bundle");
    let whole = fs::read(&bundle).expect("it is there");
    fs::write(&bundle, [&whole[..300], &whole[301..]].concat()).expect("there is room");
    let parts =
        ["bundles/1-0000000011-0000000020.bundle: it is not as it was written", "organization 1 from position 11 on"];
    refused(&data, &["backup", text(&backup), "--check"], 5, &parts);
    refused(
        &data,
        &["backup", text(&backup), "--check"],
        5,
        &["can still be trusted: ", "organization 1 up to position 10"],
    );
    refused(
        &data,
        &["backup", text(&backup)],
        5,
        &["has no intact bundle `1-0000000011-0000000020.bundle`", "--check reports"],
    );
    refused(&folder.path().join("no"), &["restore", text(&backup)], 5, &["organization 1 from position 11 on"]);
    fs::write(&bundle, whole).expect("there is room");
    // Without a manifest, bundles prove each other.
    fs::remove_file(backup.join("MANIFEST")).expect("it is there");
    let parts = ["MANIFEST: it is not there, so nothing tells how far", "organization 1 up to position 30"];
    refused(&data, &["backup", text(&backup), "--check"], 5, &parts);
    refused(&data, &["backup", text(&backup)], 5, &["`MANIFEST`"]);
    assert_eq!(fs::read_dir(backup.join("bundles")).expect("it is a folder").count(), 3, "nothing was taken away");
}

#[test]
fn a_backup_goes_on_only_with_the_log_it_is_of() {
    let (desk, folder) = scene(&grants(1, 5));
    let (backup, data, old) = (folder.path().join("backup"), desk.data(), folder.path().join("old"));
    done(&data, &["backup", text(&backup)]);
    done(&old, &["restore", text(&backup)]);
    grow(&data, 6, 5);
    done(&data, &["backup", text(&backup)]);
    let before = contents(&backup);
    refused(&old, &["backup", text(&backup)], 5, &["the store is another one, or an older copy"]);
    grow(&old, 100, 20);
    refused(&old, &["backup", text(&backup)], 5, &["belongs to another log: event 11 of organization 1"]);
    let (other, _room) = scene(&grants(1, 40));
    refused(&other.data(), &["backup", text(&backup)], 5, &["belongs to another log"]);
    refused(&data, &["backup", text(&data)], 2, &["is the data directory itself"]);
    assert_eq!(contents(&backup), before, "a run that was refused changed it");
}

#[test]
fn up_to_a_position_or_an_instant_it_is_the_log_up_to_there_and_no_command_in_part() {
    let (desk, folder) = (Desk::holding("demo"), tempfile::tempdir().expect("there is room for a folder"));
    let (data, backup) = (desk.data(), folder.path().join("backup"));
    done(&data, &["org", "create", "tenant"]);
    done(&data, &["backup", text(&backup)]);
    let all = export(&data, "default");
    let events: Vec<Value> = all.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (round, until) in ["1", "57", "168", "169", "328", "2024-03-13T12:00:00Z", "2020-01-01"].into_iter().enumerate()
    {
        let restored = folder.path().join(format!("restored-{round}"));
        done(&restored, &["restore", text(&backup), "--until", until]);
        let got = export(&restored, "default");
        let asked = match until.parse::<usize>() {
            Ok(position) => position,
            Err(_) => events.iter().filter(|event| event["time"].as_str().expect("a time") <= until).count(),
        };
        let whole = (0..=asked).rev().find(|&end| end == events.len() || end == 0 || begins_a_commit(&events[end]));
        assert_eq!(got, all[..whole.expect("0 is one")], "until {until}");
        let tenants = done(&restored, &["org", "list", "--output", "csv"]);
        assert_eq!(tenants.contains("tenant"), until.len() < 5, "it was created today: {tenants}");
    }
    let restored = folder.path().join("restored");
    refused(&restored, &["restore", text(&backup), "--until", "329"], 2, &["ends at position 328, before 329"]);
    refused(&restored, &["--org", "none", "restore", text(&backup), "--until", "1"], 2, &["no organization `none`"]);
    assert!(!restored.exists(), "a call that is wrong makes nothing");
}

/// Commands here are commits of their own, so the first event of one is told by its id.
fn begins_a_commit(event: &Value) -> bool {
    event["index"].as_u64().unwrap_or_default() == 0
}

#[test]
fn a_backup_beside_a_running_writer_is_a_whole_beginning_of_its_log() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let store = Arc::new(FjallStore::open(&data, Access::Create).expect("a new store"));
    let stop = Arc::new(AtomicBool::new(false));
    let heads = runtime.block_on(async {
        let engine = Engine::open(store.clone(), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let writing = tokio::spawn({
            let (organization, stop) = (organization.clone(), Arc::clone(&stop));
            async move {
                let mut from = 0;
                while !stop.load(Ordering::Relaxed) {
                    let lines = grants(from, 20);
                    let submissions = lines.lines().map(|line| Submission::parse(line.as_bytes())).collect();
                    let batch = Batch { submissions, how: How::default() };
                    organization.submit(batch).await.expect("it is stored");
                    from += 20;
                }
            }
        });
        let mut heads = Vec::new();
        while heads.len() < 4 {
            let written = match backup::write(&*store, &backup, &mut |_| ()).await {
                // A program that another test starts has for a moment what this process has open, the lock of the last one too.
                Err(BackupError::Store(caseward::seams::StoreError::InUse { .. })) => continue,
                written => written.expect("it is taken"),
            };
            let checked = backup::check(&backup, &|_| ()).expect("it is a backup");
            assert_eq!(checked.damage.findings, []);
            let head =
                written.organizations.iter().find(|one| one.organization.0 == 1).map_or(Position(0), |one| one.to);
            if head > heads.last().copied().unwrap_or_default() {
                heads.push(head);
            }
            tokio::task::yield_now().await;
        }
        stop.store(true, Ordering::Relaxed);
        writing.await.expect("it ends");
        heads
    });
    let restored = folder.path().join("restored");
    block_on(backup::restore(&backup, &restored, &Until::End, &mut |_| ())).expect("it is whole");
    let again = open(&restored);
    let last = heads.last().copied().expect("there are four");
    let read = |store: &FjallStore| {
        let events = block_on(store.read(caseward::seams::OrganizationNumber(1), Position(1), usize::MAX));
        events.expect("it can be read")
    };
    let (all, some) = (read(&store), read(&again));
    assert_eq!(some.len() as u64, last.0);
    assert!(all.len() > some.len() && all[..some.len()] == some, "{} of {}", some.len(), all.len());
}

#[test]
fn a_restore_that_was_stopped_keeps_everybody_out_and_is_gone_on_with() {
    let (desk, folder) = scene(&grants(1, 30));
    let (backup, restored) = (folder.path().join("backup"), folder.path().join("restored"));
    done(&desk.data(), &["backup", text(&backup)]);
    grow(&desk.data(), 31, 30);
    done(&desk.data(), &["backup", text(&backup)]);
    let second =
        fs::read_dir(backup.join("bundles")).expect("a folder").map(|one| one.expect("it is there").path()).max();
    let second = second.expect("there are two");
    let whole = fs::read(&second).expect("it is there");
    fs::write(&second, b"spoiled").expect("there is room");
    refused(&restored, &["restore", text(&backup)], 5, &["from position 32 on"]);
    fs::write(&second, whole).expect("there is room");
    for verb in [&["status"][..], &["verify"], &["doctor"], &["grant", "organization", "user:x"], &["backup", "x"]] {
        refused(&restored, verb, 6, &["a restore at `", "was interrupted", "caseward restore BACKUP` again"]);
    }
    refused(&restored, &["restore", text(&backup), "--until", "40"], 2, &["an unfinished restore of another backup"]);
    done(&restored, &["restore", text(&backup)]);
    assert_eq!(export(&restored, "default"), export(&desk.data(), "default"));
    let other = tempfile::tempdir().expect("there is room for a folder");
    fs::write(other.path().join("mine"), "").expect("there is room");
    refused(other.path(), &["restore", text(&backup)], 2, &["it holds `mine`"]);
    assert!(matches!(
        block_on(backup::restore(folder.path(), &restored, &Until::End, &mut |_| ())),
        Err(BackupError::NotABackup { .. })
    ));
}

#[test]
fn what_was_erased_is_in_no_later_copy_of_the_keys_and_is_not_brought_back_by_an_older_one() {
    let (desk, folder) = scene(&grants(1, 5));
    let (data, backup) = (desk.data(), folder.path().join("backup"));
    done(&data, &["backup", text(&backup)]);
    let older = fs::read(backup.join("KEYS")).expect("it is there");
    send(&data, r#"{"id":"e1","actor":"user:oa","command":{"erase":{"subject":"user:u3"}}}"#);
    done(&data, &["backup", text(&backup)]);
    let newer = fs::read(backup.join("KEYS")).expect("it is there");
    let slots = |bytes: &[u8]| bytes[16..].chunks(80).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let differ: Vec<_> = slots(&older).into_iter().zip(slots(&newer)).filter(|(older, newer)| older != newer).collect();
    let [(live, gone)] = &differ[..] else { panic!("{} slots differ", differ.len()) };
    assert!(live[0] == 1 && gone[0] == 2 && gone[1..65].iter().all(|&byte| byte == 0), "the key is destroyed");
    for (round, keys) in [newer, older].into_iter().enumerate() {
        let restored = folder.path().join(format!("restored-{round}"));
        fs::write(backup.join("KEYS"), keys).expect("there is room");
        done(&restored, &["restore", text(&backup)]);
        let all = export(&restored, "default");
        assert!(
            all[3].contains("user:u3") && !all[3].contains("reason 3") && all[4].contains("reason 4"),
            "{}",
            all[3]
        );
        let keys = fs::read(restored.join("KEYS")).expect("it is there");
        assert!(!keys.windows(16).any(|window| window == &live[1..17]), "the key lies in the restored store");
    }
}

#[test]
fn every_run_leaves_signed_tree_heads_and_the_check_sees_every_byte_of_them_that_changed() {
    let (desk, folder) = scene(&grants(1, 39));
    let backup = folder.path().join("backup");
    done(&desk.data(), &["backup", text(&backup), "-q"]);
    let key = done(&desk.data(), &["key", "show"]);
    let heads = backup.join("heads");
    let note = heads.join("default-40.note");
    assert_eq!(fs::read_to_string(heads.join("default.keys")).expect("it was written"), key);
    // What was signed is the head of the store itself, which verifies against its log.
    assert_eq!(fs::read_to_string(&note).expect("it was written"), done(&desk.data(), &["tree-head"]));
    done(&desk.data(), &["verify", "--against", text(&note)]);
    grow(&desk.data(), 40, 20);
    done(&desk.data(), &["backup", text(&backup), "-q"]);
    assert!(heads.join("default-60.note").exists() && note.exists());
    done(&desk.data(), &["backup", text(&backup), "--check"]);
    let restored = folder.path().join("restored");
    done(&restored, &["restore", text(&backup)]);
    assert_eq!(done(&restored, &["key", "show"]), key, "it is still the same store");
    done(&restored, &["verify", "--against", text(&note)]);
    for path in [note, heads.join("default.keys"), backup.join("SIGNING")] {
        let whole = fs::read(&path).expect("it was written");
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).expect("there is room");
            let checked = caseward::backup::check(&backup, &|_| ()).expect("it is a backup");
            let of_heads = checked
                .damage
                .findings
                .iter()
                .all(|finding| ["heads", "SIGNING"].iter().any(|place| finding.place.starts_with(place)));
            assert!(!checked.damage.findings.is_empty() && of_heads, "{} at {at}", path.display());
        }
        fs::write(&path, &whole).expect("there is room");
    }
    done(&desk.data(), &["backup", text(&backup), "--check"]);
    // One that is gone is missed, whichever it is; the last is made again by the next run, where the store has not gone on.
    for name in ["default-40.note", "default-60.note"] {
        let whole = fs::read(heads.join(name)).expect("it was written");
        fs::remove_file(heads.join(name)).expect("it is there");
        let missed = format!("heads/{name}: it is missing");
        refused(&desk.data(), &["backup", text(&backup), "--check"], 5, &[&missed]);
        done(&desk.data(), &["backup", text(&backup), "-q"]);
        let is_back = heads.join(name).exists();
        assert_eq!(is_back, name == "default-60.note");
        if !is_back {
            fs::write(heads.join(name), whole).expect("there is room");
        }
        done(&desk.data(), &["backup", text(&backup), "--check"]);
    }
}

#[test]
fn a_run_that_was_stopped_before_the_tree_heads_leaves_them_to_the_next_though_that_has_no_new_events() {
    let (desk, folder) = scene(&grants(1, 9));
    let backup = folder.path().join("backup");
    let store = open(&desk.data());
    block_on(backup::write(&store, &backup, &mut |_| ())).expect("it is backed up");
    drop(store);
    assert!(!backup.join("heads").exists());
    done(&desk.data(), &["backup", text(&backup), "-q"]);
    assert!(backup.join("heads/default-10.note").exists());
    done(&desk.data(), &["backup", text(&backup), "--check"]);
}

#[test]
fn a_store_whose_announced_key_is_not_here_is_backed_up_whole_with_a_warning() {
    let (desk, folder) = scene(&grants(1, 3));
    let backup = folder.path().join("backup");
    // A key of RFC 8032, whose private half no store has.
    let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    send(
        &desk.data(),
        &format!("{{\"actor\":\"user:oa\",\"command\":{{\"replace_key\":{{\"public_key\":\"{key}\"}}}}}}\n"),
    );
    for _ in 0..2 {
        let said = ask(&desk.data(), &["backup", text(&backup)]);
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.err.contains("warning: the backup is complete, but without a signed tree head of `default`: "));
    }
    done(&desk.data(), &["backup", text(&backup), "--check"]);
    done(&folder.path().join("restored"), &["restore", text(&backup)]);
}
