//! Healing: whatever is spoiled, the store is what it was; what comes from the backup is what was missing and no more.

use super::*;
use caseward::engine::{Batch, Engine, How, SystemClock};
use caseward::events::OrganizationName;
use caseward::seams::Durability;
use caseward::store;
use std::sync::Arc;

/// A store of 61 events, 31 of them and the keys in a backup, each command a batch of the journal.
fn damaged() -> (Desk, TempDir, Vec<String>) {
    let (desk, folder) = (Desk::of(""), tempfile::tempdir().expect("there is room for a folder"));
    one_by_one(&desk.data(), &grants(1, 30));
    done(&desk.data(), &["backup", text(&folder.path().join("backup"))]);
    one_by_one(&desk.data(), &grants(31, 30));
    let all = export(&desk.data(), "default");
    assert_eq!(all.len(), 61);
    (desk, folder, all)
}

/// The program sends the next command before the last is stored, and then it is a matter of time how they are batched.
fn one_by_one(data: &Path, commands: &str) {
    let store = Arc::new(open(data));
    block_on(async {
        let engine = Engine::open(store.clone(), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        for line in commands.lines() {
            let answers = organization.submit(Batch::one(line.as_bytes(), How::default())).await;
            assert_eq!(answers.expect("it is stored")[0].refusal(), None);
        }
    });
    assert!(store::close(store), "the store does not close");
}

fn journal(data: &Path) -> PathBuf {
    let entries = fs::read_dir(data.join("log")).expect("it is a folder");
    let paths = entries.map(|entry| entry.expect("it is there").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "jnl")).max().expect("there is one")
}

/// Changes the bytes of the journal that were written.
fn spoil(data: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = journal(data);
    let mut bytes = fs::read(&path).expect("it is there");
    bytes.truncate(bytes.iter().rposition(|&byte| byte != 0).expect("something was written") + 1);
    change(&mut bytes);
    fs::write(&path, bytes).expect("there is room");
}

/// Where its batches end.
fn batches(bytes: &[u8]) -> Vec<usize> {
    bytes.windows(4).enumerate().filter(|(_, window)| window == b"FJL\x03").map(|(at, _)| at + 4).collect()
}

/// It is told to be healed, says these words, and is what it was; it takes commands, and goes on with its backup.
fn heals(data: &Path, backup: &Path, all: &[String], parts: &[&str]) {
    assert_eq!(ask(data, &["verify"]).status, 5, "it is damaged");
    let told = done(data, &["heal", "--from", text(backup)]);
    assert!(parts.iter().all(|part| told.contains(part)), "{parts:?}: {told}");
    assert!(told.contains("healed; the damaged store is kept in `"), "{told}");
    assert_eq!(export(data, "default"), all, "{told}");
    assert!(all[5].contains("reason 5"), "reasons can be read");
    for verb in [&["verify"][..], &["doctor"], &["rebuild"], &["heal", "--from", text(backup)]] {
        done(data, verb);
    }
    assert!(!data.join("healing").exists() && !data.join("HEALING").exists() && !data.join("aside").exists());
    send(data, &grants(900, 1));
    done(data, &["backup", text(backup)]);
    done(data, &["backup", text(backup), "--check"]);
}

#[test]
fn a_lost_note_is_made_anew_of_what_the_store_holds() {
    let (desk, folder, all) = damaged();
    fs::remove_file(desk.data().join("HEAD")).expect("it is there");
    heals(&desk.data(), &folder.path().join("backup"), &all, &["default               1 to 61 from the store"]);
}

#[test]
fn a_batch_that_is_spoiled_is_taken_from_the_backup_and_all_others_are_kept() {
    let (desk, folder, all) = damaged();
    spoil(&desk.data(), |bytes| {
        let ends = batches(bytes);
        bytes[ends[0] - 100] ^= 1;
    });
    let parts = ["1 to 31 from the backup, 32 to 61 from the store"];
    heals(&desk.data(), &folder.path().join("backup"), &all, &parts);
    // Twice over: the healed store is one like any other, and its log lies in other batches.
    spoil(&desk.data(), |bytes| bytes[60] ^= 1);
    let all = export_of(&folder.path().join("backup"), folder.path());
    heals(&desk.data(), &folder.path().join("backup"), &all, &["from the backup"]);
}

/// What a backup holds.
fn export_of(backup: &Path, room: &Path) -> Vec<String> {
    let restored = room.join("restored");
    done(&restored, &["restore", text(backup)]);
    export(&restored, "default")
}

#[test]
fn a_hole_behind_the_backup_is_told_and_given_up_only_where_that_is_accepted() {
    let (desk, folder, all) = damaged();
    let (data, backup) = (desk.data(), folder.path().join("backup"));
    spoil(&data, |bytes| {
        let ends = batches(bytes);
        let third = ends[ends.len() - 3];
        bytes[third - 50] ^= 1;
    });
    let before = contents(&data);
    let promised = "do not have everything that was promised; organization 1: positions ";
    refused(&data, &["heal", "--from", text(&backup)], 5, &[promised, " to 61 are lost", "--accept-loss"]);
    let told = ask(&data, &["heal", "--from", text(&backup)]).err;
    let first = told.split(promised).nth(1).and_then(|rest| rest.split(' ').next()).expect("positions are told");
    let kept_to = first.parse::<usize>().expect("a position") - 1;
    assert_eq!(contents(&data), before, "it was changed");
    let said = ask(&data, &["heal", "--from", text(&backup), "--accept-loss"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains(&format!("1 to {kept_to} from the store")), "{}", said.out);
    assert!(said.err.contains(&format!("default: positions {first} to 61 are lost")), "{}", said.err);
    assert_eq!(export(&data, "default"), all[..kept_to]);
    done(&data, &["verify"]);
    let kept = fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("it is there").path());
    let kept: Vec<_> = kept.filter(|path| path.display().to_string().contains("damaged-")).collect();
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    let lies_there = |(path, bytes): (&PathBuf, &Vec<u8>)| {
        // What is noted of the clock stays where it is: an instant that was told holds for the healed store. So does what is
        // noted of the last backup.
        let stays = ["CLOCK", "views.backed-up"].iter().any(|name| *path == data.join(name));
        let place = if stays { path.clone() } else { kept.join(path.strip_prefix(&data).expect("it lay there")) };
        fs::read(place).is_ok_and(|kept| kept == *bytes)
    };
    let gone = before.iter().filter(|(path, _)| !path.display().to_string().contains("/cut-"));
    let gone: Vec<_> = gone.filter(|one| !lies_there(*one)).map(|(path, _)| path).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn a_log_that_was_cut_or_replaced_by_an_older_copy_or_is_gone_gets_its_end_back() {
    type Spoil = fn(&Path, &Path);
    let faults: [(Spoil, &str); 4] = [
        (
            |data, _| spoil(data, |bytes| bytes.truncate(bytes.len() - 1)),
            "1 to 60 from the store, 61 to 61 from the backup",
        ),
        (|data, _| spoil(data, Vec::clear), "1 to 61 from the backup"),
        (|data, _| fs::remove_dir_all(data.join("log")).expect("it is there"), "1 to 61 from the backup"),
        (
            |data, old| {
                fs::remove_dir_all(data.join("log")).expect("it is there");
                fs::rename(old.join("log"), data.join("log")).expect("it is there");
            },
            "1 to 31 from the store, 32 to 61 from the backup",
        ),
    ];
    for (fault, part) in faults {
        let (desk, folder, all) = damaged();
        let (backup, old) = (folder.path().join("backup"), folder.path().join("old"));
        done(&old, &["restore", text(&backup)]);
        done(&desk.data(), &["backup", text(&backup)]);
        fault(&desk.data(), &old);
        heals(&desk.data(), &backup, &all, &[part]);
    }
}

#[test]
fn keys_that_are_missing_or_spoiled_come_from_the_backup() {
    let spoils: [fn(&Path); 3] = [
        |keys| fs::remove_file(keys).expect("it is there"),
        |keys| fs::write(keys, "").expect("there is room"),
        |keys| {
            let mut bytes = fs::read(keys).expect("it is there");
            bytes[16 + 80 * 3 + 7] ^= 1;
            fs::write(keys, bytes).expect("there is room");
        },
    ];
    for (spoil, taken) in spoils.into_iter().zip(["256 keys", "256 keys", "1 keys"]) {
        let (desk, folder, all) = damaged();
        spoil(&desk.data().join("KEYS"));
        heals(&desk.data(), &folder.path().join("backup"), &all, &[taken, "1 to 61 from the store"]);
    }
}

#[test]
fn a_lost_marker_is_made_anew() {
    let (desk, folder, all) = damaged();
    fs::remove_file(desk.data().join("CASEWARD")).expect("it is there");
    heals(&desk.data(), &folder.path().join("backup"), &all, &["1 to 61 from the store"]);
}

#[test]
fn a_table_that_is_spoiled_anywhere_is_healed_with_what_it_held() {
    let (desk, folder, all) = damaged();
    let (data, backup) = (desk.data(), folder.path().join("backup"));
    let store = open(&data);
    block_on(store.flush()).expect("it can be flushed");
    drop(store);
    done(&data, &["backup", text(&backup)]);
    let table = fs::read_dir(data.join("log/keyspaces/1/tables")).expect("it has tables").next();
    let table = table.expect("it has one").expect("it is there").path();
    let below = table.strip_prefix(&data).expect("it lies there").to_owned();
    let whole = contents(&data);
    let length = fs::metadata(&table).expect("it is there").len();
    let mut healed = 0;
    for at in (0..usize::try_from(length).expect("it is small")).step_by(211) {
        for (path, bytes) in &whole {
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
            fs::write(path, bytes).expect("there is room");
        }
        let mut spoiled = whole[&table].clone();
        spoiled[at] ^= 0x10;
        fs::write(data.join(&below), spoiled).expect("there is room");
        if ask(&data, &["verify"]).status == 5 {
            done(&data, &["heal", "--from", text(&backup)]);
            healed += 1;
        }
        // Parts of a table that only speed it up can be spoiled without anything being lost.
        assert_eq!(export(&data, "default"), all, "byte {at}");
        fs::remove_dir_all(&data).expect("it is there");
        fs::create_dir(&data).expect("there is room");
    }
    assert!(healed > 20, "only {healed} were damaged");
}

#[test]
fn what_is_of_another_store_or_damaged_itself_heals_nothing() {
    let (desk, folder, _) = damaged();
    let (data, backup, other) = (desk.data(), folder.path().join("backup"), folder.path().join("other"));
    let told = done(&data, &["heal", "--from", text(&backup)]);
    assert!(told.contains("nothing to heal"), "{told}");
    let (stranger, _room) = scene(&grants(1, 30));
    done(&stranger.data(), &["backup", text(&other)]);
    spoil(&data, |bytes| {
        let ends = batches(bytes);
        bytes[ends[0] - 100] ^= 1;
    });
    let before = contents(&data);
    refused(&data, &["heal", "--from", text(&other)], 5, &["has the keys of another store"]);
    fs::remove_file(data.join("KEYS")).expect("it is there");
    refused(&data, &["heal", "--from", text(&other)], 5, &["belongs to another log"]);
    fs::write(data.join("KEYS"), &before[&data.join("KEYS")]).expect("there is room");
    let bundle = backup.join("bundles/1-0000000001-0000000031.bundle");
    let mut bytes = fs::read(&bundle).expect("it is there");
    bytes[1_000] ^= 1;
    fs::write(&bundle, bytes).expect("there is room");
    let parts = ["bundle `1-0000000001-0000000031.bundle`: it is not as it was written", "from position 1 on"];
    refused(&data, &["heal", "--from", text(&backup)], 5, &parts);
    refused(&folder.path().join("none"), &["heal", "--from", text(&backup)], 2, &["there is no store"]);
    let after = contents(&data);
    assert_eq!(after, before, "it was changed");
}
