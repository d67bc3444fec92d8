//! Proof: what somebody who trusts neither the operator nor the program can check, and that nothing passes that is not so.
//!
//! Heads are verified here once more by the words of the C2SP documents alone, without the code that made them.

use crate::cli_fixture::{Desk, Said, open};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use caseward::engine::{Batch, Engine, How, SystemClock};
use caseward::events::codec::{decode, encode};
use caseward::events::{OrganizationName, Position, Submission};
use caseward::integrity::signed_note::SignedNote;
use caseward::integrity::signing::SigningKeys;
use caseward::integrity::tree::leaf_hash;
use caseward::proof::schedule::Schedule;
use caseward::proof::{Bundle, check, heads};
use caseward::seams::{Log, OrganizationNumber, Run};
use caseward::store::MemoryStore;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many days after the first: lines of `import`.
fn line(day: usize, command: Value) -> String {
    json!({"id": format!("c{day}"), "time": format!("2025-01-{:02}T09:00:00Z", day + 1), "actor": "user:ana", "command": command}).to_string()
}

/// A history with most of what a decision can rest on; `to` is who is put into the group at the end.
fn history(to: &str) -> Vec<String> {
    let commands = [
        json!({"appoint_org_admin": {"user": "ana"}}),
        json!({"create_definition": {"definition": "fraud"}}),
        json!({"add_member": {"group": "night", "member": "user:ben"}}),
        json!({"add_member": {"group": "all", "member": "group:night"}}),
        json!({"open_case": {"case": "1", "definition": "fraud", "creator": "ana"}}),
        json!({"grant": {"on": "case:1", "to": "group:all", "access": "read"}}),
        json!({"delegate": {"delegation": "d1", "from": "user:ben", "to": "user:eve"}}),
        json!({"set_sharing": {"definition": "fraud", "enabled": true}}),
        json!({"share_case": {"case": "1", "link": "x1"}}),
        json!({"add_member": {"group": "night", "member": format!("user:{to}")}}),
    ];
    commands.into_iter().enumerate().map(|(day, command)| line(day, command)).collect()
}

fn desk_of(lines: &[String]) -> Desk {
    Desk::of(&lines.join("\n"))
}

/// Another log under the key of this one: what somebody could make who has the whole data directory.
fn rewritten(desk: &Desk, lines: &[String]) -> Desk {
    let other = desk_of(lines);
    fs::copy(desk.data().join("SIGNING"), other.data().join("SIGNING")).expect("it can be copied");
    other
}

fn beside(desk: &Desk, name: &str) -> PathBuf {
    desk.data().with_file_name(name)
}

fn ok(said: Said) -> String {
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    said.out
}

/// The present head of a desk, kept in a file.
fn kept(desk: &Desk) -> String {
    let path = beside(desk, "kept.note").display().to_string();
    ok(desk.ask(&["tree-head", "--out", &path]));
    path
}

fn proof_of(desk: &Desk, arguments: &[&str]) -> (Vec<u8>, String) {
    let mut all = vec!["prove"];
    all.extend(arguments);
    (ok(desk.ask(&all)).into_bytes(), ok(desk.ask(&["key", "show"])).trim().to_owned())
}

/// Makes another key, and puts it in force with the next event.
fn replace_key(desk: &Desk) {
    let old_key = ok(desk.ask(&["key", "show"]));
    let public = ok(desk.ask(&["key", "new"]));
    assert_eq!(ok(desk.ask(&["key", "show"])), old_key, "it signs nothing before the log names it");
    let command = json!({"actor": "user:ana", "command": {"replace_key": {"public_key": public.trim()}}});
    let file = beside(desk, "replace.jsonl");
    fs::write(&file, command.to_string()).expect("there is room");
    ok(desk.ask(&["apply", &file.display().to_string()]));
}

/// What is wrong with a bundle, in words; `None` where it proves something.
fn wrong_with(bundle: &[u8], key: &str) -> Option<String> {
    let keys = [key.parse().expect("it was printed")];
    let error: anyhow::Error = Bundle::parse(bundle).and_then(|bundle| check(&bundle, &keys)).err()?.into();
    Some(format!("{error:#}"))
}

#[test]
fn a_tree_head_is_verified_by_the_words_of_c2sp_alone() {
    let desk = desk_of(&history("eve"));
    let note = ok(desk.ask(&["tree-head"]));
    let vkey = ok(desk.ask(&["key", "show"]));
    let parts: Vec<_> = vkey.trim().splitn(3, '+').collect();
    let [name, hash, key] = parts[..] else { panic!("{vkey}") };
    let key = STANDARD.decode(key).expect("it is base64");
    let id = Sha256::digest([name.as_bytes(), b"\n", &key].concat());
    assert_eq!(hash, id[..4].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let (text, signature) = note.split_once("\n\n").expect("a blank line");
    let signature = signature.strip_prefix(&format!("\u{2014} {name} ")).expect("the line names the key").trim_end();
    let signature = STANDARD.decode(signature).expect("it is base64");
    assert_eq!(signature[..4], id[..4]);
    let public = VerifyingKey::from_bytes(key[1..].try_into().expect("32 bytes")).expect("a key");
    let signature = Signature::from_slice(&signature[4..]).expect("64 bytes");
    assert_eq!(key[0], 1, "Ed25519");
    public.verify_strict(format!("{text}\n").as_bytes(), &signature).expect("the text was signed");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[0], lines[1], lines[3]), (name, "10", "time 2025-01-10T09:00:00Z"));
    let root = recursive_root(&stored(&desk.data()));
    assert_eq!(lines[2], STANDARD.encode(root), "the root is that of the stored bytes");
}

fn stored(data: &Path) -> Vec<Vec<u8>> {
    let store = open(data);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(store.read(OrganizationNumber::DEFAULT, Position(1), usize::MAX)).expect("it is read")
}

/// MTH of RFC 6962 section 2.1.
fn recursive_root(leaves: &[Vec<u8>]) -> [u8; 32] {
    match leaves {
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let [left, right] = [left, right].map(recursive_root);
            Sha256::digest([&[1][..], &left, &right].concat()).into()
        }
    }
}

#[test]
fn a_log_that_grew_is_proved_against_every_head_that_was_kept() {
    let desk = desk_of(&history("eve")[..4]);
    let path = kept(&desk);
    let file = beside(&desk, "more.jsonl");
    fs::write(&file, history("eve")[4..].join("\n")).expect("there is room");
    let folder = beside(&desk, "heads");
    let heads_dir = folder.display().to_string();
    ok(desk.ask(&["import", &file.display().to_string(), "--heads-dir", &heads_dir]));
    assert!(folder.join("default-10.note").exists(), "a clean stop writes a head");
    let said = desk.ask(&["verify", "--against", &path, "--heads-dir", &heads_dir]);
    assert!(ok(said).contains("2 tree heads match the log"));
    let (bundle, key) = proof_of(&desk, &["--consistency", &path]);
    assert_eq!(wrong_with(&bundle, &key), None);
    let other = rewritten(&desk, &history("mallory"));
    let said = other.ask(&["prove", "--consistency", &folder.join("default-10.note").display().to_string()]);
    assert_eq!(said.status, 5, "{}", said.err);
}

#[test]
fn a_rewritten_event_is_told_by_a_kept_head_though_every_note_of_the_store_agrees() {
    let desk = desk_of(&history("eve")[..6]);
    let early = kept(&desk);
    let desk = rewritten_after(&desk, &history("eve"));
    let late = kept(&desk.0);
    fs::copy(&early, beside(&desk.0, "early.note")).expect("it can be copied");
    let early = beside(&desk.0, "early.note").display().to_string();
    // The same beginning, byte for byte, and another end.
    let other = continued(&desk.0, &history("mallory"));
    let (status, err) = verify(&other, &[&early, &late]);
    assert_eq!(status, 5, "{err}");
    assert!(err.contains("the events up to position 10 are not those that this tree head was signed of"), "{err}");
    assert!(err.contains("organization 1 from position 7 on"), "{err}");
    assert!(
        err.contains("can still be trusted: organization 0 up to position 0, organization 1 up to position 6"),
        "{err}"
    );
    assert_eq!(ok(other.ask(&["verify"])).lines().count(), 3, "without a kept head nothing shows it");
}

/// A store that goes on from the first six events of the one before.
fn rewritten_after(desk: &Desk, lines: &[String]) -> (Desk,) {
    (continued(desk, lines),)
}

/// A copy of a store up to its sixth event, with these lines behind it.
fn continued(desk: &Desk, lines: &[String]) -> Desk {
    let beginning: Vec<_> = stored(&desk.data()).into_iter().take(6).collect();
    let copy = Desk::of("");
    for name in ["SIGNING", "KEYS", "CASEWARD"] {
        fs::copy(desk.data().join(name), copy.data().join(name)).expect("it can be copied");
    }
    append(&copy.data(), beginning);
    let file = beside(&copy, "rest.jsonl");
    fs::write(&file, lines[6..].join("\n")).expect("there is room");
    ok(copy.ask(&["import", &file.display().to_string()]));
    copy
}

/// Puts events behind those of a store, past the engine.
fn append(data: &Path, events: Vec<Vec<u8>>) {
    let store = open(data);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let head = runtime.block_on(store.head(OrganizationNumber::DEFAULT)).expect("it has one");
    let run =
        Run { organization: OrganizationNumber::DEFAULT, first: head.next(), events: events.into_iter().collect() };
    let epoch = runtime.block_on(store.claim()).expect("it is open");
    runtime.block_on(store.append(epoch, vec![run])).expect("they are stored");
}

fn verify(desk: &Desk, against: &[&str]) -> (i32, String) {
    let mut arguments = vec!["verify"];
    against.iter().for_each(|path| arguments.extend(["--against", path]));
    let said = desk.ask(&arguments);
    (said.status, said.err)
}

#[test]
fn a_tail_that_was_dropped_is_told_by_a_kept_head() {
    let desk = desk_of(&history("eve"));
    let path = kept(&desk);
    let other = rewritten(&desk, &history("eve")[..7]);
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("events up to position 10 were there when it was signed, and are not there"), "{err}");
    assert!(err.contains("organization 1 from position 8 on"), "{err}");
}

#[test]
fn a_tail_that_was_dropped_with_the_event_that_replaced_the_key_is_what_a_later_head_leads_to() {
    let desk = desk_of(&history("eve"));
    replace_key(&desk);
    let path = kept(&desk);
    let other = rewritten(&desk, &history("eve")[..7]);
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("events up to position 11 were there when it was signed, and are not there"), "{err}");
    // An older copy of the keys goes with an older copy of the log: nothing here knows the later one.
    let signing = fs::read_to_string(desk.data().join("SIGNING")).expect("it is there");
    let first: Vec<_> = signing.lines().take(2).collect();
    fs::write(other.data().join("SIGNING"), first.join("\n") + "\n").expect("there is room");
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    for part in ["made at position 11", "up to its end, position 7", "events are gone", "`key_replaced`"] {
        assert!(err.contains(part), "{part}: {err}");
    }
}

#[test]
fn heads_that_are_forged_changed_or_of_another_store_say_nothing_about_the_log() {
    let desk = desk_of(&history("eve"));
    let path = kept(&desk);
    let note = fs::read_to_string(&path).expect("it was kept");
    let elsewhere = desk_of(&history("eve"));
    let (status, err) = verify(&elsewhere, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("which is not in this store"), "{err}");
    let forged = beside(&desk, "forged.note");
    let forged_path = forged.display().to_string();
    let signature = fs::read_to_string(kept(&elsewhere)).expect("it was kept");
    let (_, lines) = signature.split_once("\n\n").expect("it is signed");
    let name = note.lines().next().expect("it has an origin");
    let other_name = signature.lines().next().expect("it has an origin");
    let text = note.split_once("\n\n").expect("it is signed").0;
    fs::write(&forged, format!("{text}\n\n{}", lines.replace(other_name, name))).expect("there is room");
    let (status, err) = verify(&desk, &[&forged_path]);
    assert!(status == 5 && err.contains("it is not signed by the key"), "{err}");
    assert!(err.contains("it says nothing about the log"), "{err}");
    for at in (0..note.len()).step_by(note.len() / 16) {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        fs::write(&forged, bytes).expect("there is room");
        let (status, err) = verify(&desk, &[&forged_path]);
        assert!(status == 5 && err.contains("forged.note"), "flipped at {at}: {err}");
    }
}

#[test]
fn events_that_do_not_go_on_are_told_though_their_bytes_are_those_that_were_hashed() {
    let desk = desk_of(&history("eve"));
    let events = stored(&desk.data());
    let last = decode(&events[9]).expect("it is an event");
    let mut wrong_version = last.clone();
    (wrong_version.position, wrong_version.stream_version) = (Position(11), last.stream_version + 2);
    let mut back_in_time = last.clone();
    (back_in_time.position, back_in_time.stream_version) = (Position(11), last.stream_version + 1);
    back_in_time.time = "2024-01-01T00:00:00Z".parse().expect("an instant");
    let mut of_other_place = last.clone();
    of_other_place.stream_version += 1;
    for (event, told) in [
        (wrong_version, "`group:night`"),
        (back_in_time, "2024"),
        (of_other_place, "event 10 stands where event 11 must"),
    ] {
        let copy = desk_of(&history("eve"));
        append(&copy.data(), vec![encode(&event)]);
        let (status, err) = verify(&copy, &[]);
        assert_eq!(status, 5, "{told}: {err}");
        assert!(err.contains(told), "{told}: {err}");
        assert!(err.contains("from position 11 on"), "{err}");
        assert!(err.contains("organization 1 up to position 10"), "{err}");
    }
}

#[test]
fn a_proof_says_in_words_what_it_proves_and_needs_no_store() {
    let desk = desk_of(&history("eve"));
    let bundle = beside(&desk, "bundle.json").display().to_string();
    let key = beside(&desk, "key").display().to_string();
    fs::write(&key, ok(desk.ask(&["key", "show"]))).expect("there is room");
    ok(desk.ask(&["prove", "--decision", "user:eve", "read", "case:1", "--out", &bundle]));
    ok(desk.ask(&["prove", "3", "--out", &format!("{bundle}.event")]));
    fs::remove_dir_all(desk.data()).expect("it is there");
    let out = ok(desk.ask(&["verify-proof", &bundle, "--key", &key]));
    for part in ["allow  user:eve read case:1", "group:all (1)", "group:night (2)", "user:ben (1)", "user:eve (none)"] {
        assert!(out.replace("\n  ", " ").contains(part), "{part}: {out}");
    }
    let out = ok(desk.ask(&["verify-proof", &format!("{bundle}.event"), "--key", &key]));
    assert!(out.contains("event 3 of 2025-01-03 09:00: user:ana added user:ben to group:night"), "{out}");
    let other = desk_of(&history("eve"));
    let said = desk.ask(&["verify-proof", &bundle, "--key", ok(other.ask(&["key", "show"])).trim()]);
    assert_eq!(said.status, 5, "{}", said.out);
    assert!(said.err.contains("it is not signed by the key"), "{}", said.err);
    let said = desk.ask(&["verify-proof", &bundle, "--key", "nonsense"]);
    assert_eq!(said.status, 2, "{}", said.err);
}

#[test]
fn every_flipped_byte_of_a_proof_is_refused_or_changes_nothing_that_it_says() {
    let desk = desk_of(&history("eve"));
    let proofs = [&["3"][..], &["--decision", "link:x1", "read", "case:1", "--at", "2025-02-01T00:00:00Z"]];
    for (bundle, key) in proofs.map(|arguments| proof_of(&desk, arguments)) {
        let sound = Bundle::parse(&bundle).expect("it was made");
        assert_eq!(wrong_with(&bundle, &key), None);
        for at in 0..bundle.len() {
            let mut flipped = bundle.clone();
            flipped[at] ^= 1 << (at % 8);
            let is_same = || Bundle::parse(&flipped).is_ok_and(|read| read == sound);
            assert!(wrong_with(&flipped, &key).is_some() || is_same(), "flipped at {at}");
            let cut = bundle[..at].trim_ascii_end();
            assert!(cut == bundle.trim_ascii_end() || wrong_with(cut, &key).is_some(), "cut to {at}");
        }
    }
}

#[test]
fn a_proof_that_leaves_something_out_or_says_something_else_is_refused() {
    let desk = desk_of(&history("eve"));
    let (bundle, key) = proof_of(&desk, &["--decision", "user:eve", "read", "case:1"]);
    let bundle: Value = serde_json::from_slice(&bundle).expect("it is JSON");
    let change = |change: &dyn Fn(&mut Value)| {
        let mut other = bundle.clone();
        change(&mut other["proves"]["decision"]);
        wrong_with(other.to_string().as_bytes(), &key).expect("it is refused")
    };
    let lists = |name: &'static str| move |proof: &mut Value| drop(proof[name].as_array_mut().map(Vec::pop));
    assert!(change(&|proof| proof["answer"]["decision"] = json!(false)).contains("lead to another decision"));
    assert!(change(&|proof| proof["answer"]["reasons"][0]["events"] = json!([1])).contains("lead to another decision"));
    assert!(change(&|proof| proof["question"]["subject"] = json!("user:ben")).contains("lead to another decision"));
    assert!(change(&|proof| proof["question"]["subject"] = json!("link:a")).contains("does not tell of"));
    assert!(change(&|proof| proof["question"]["action"] = json!("write")).contains("lead to another decision"));
    assert!(change(&|proof| proof["question"]["position"] = json!(11)).contains("above the tree head"));
    assert!(change(&|proof| proof["question"]["position"] = json!(6)).contains("lead to another decision"));
    assert!(change(&|proof| proof["question"]["action"] = json!("register")).contains("cannot be asked"));
    assert!(change(&lists("streams")).contains("streams are not those"));
    assert!(change(&lists("stream_nodes")).contains("streams are not those"));
    assert!(change(&|proof| drop(proof["log"]["events"].as_array_mut().map(Vec::pop))).contains("not in the log"));
    let hash = json!(STANDARD.encode([0; 32]));
    assert!(change(&|proof| proof["log"]["nodes"] = json!([hash])).contains("not in the log"), "nothing is left over");
    assert!(change(&|proof| proof["streams"][0]["version"] = json!(1)).contains("streams are not those"));
    assert!(change(&|proof| proof["more"] = json!(1)).contains("unknown field"));
}

#[test]
fn a_key_that_was_replaced_signs_from_its_event_on_and_earlier_heads_stay_good() {
    let desk = desk_of(&history("eve"));
    let before = kept(&desk);
    let old_key = ok(desk.ask(&["key", "show"]));
    replace_key(&desk);
    let new_key = ok(desk.ask(&["key", "show"]));
    let name = |key: &str| key.split('+').next().expect("it has a name").to_owned();
    assert!(new_key != old_key && name(&new_key) == name(&old_key));
    let after = beside(&desk, "after.note").display().to_string();
    ok(desk.ask(&["tree-head", "--out", &after]));
    assert!(ok(desk.ask(&["verify", "--against", &before, "--against", &after])).contains("2 tree heads"));
    let (bundle, _) = proof_of(&desk, &["3"]);
    assert_eq!(wrong_with(&bundle, new_key.trim()), None);
    assert!(wrong_with(&bundle, old_key.trim()).expect("it is refused").contains("is not signed by the key"));
    // A head of now under the key of then, as whoever found the old one could make.
    let text = fs::read_to_string(&after).expect("it was written");
    let text = text.split_once("\n\n").expect("it is signed").0;
    let signing = fs::read_to_string(desk.data().join("SIGNING")).expect("it is there");
    let first = signing.lines().nth(1).and_then(|line| line.split(' ').next()).expect("it has a key");
    let first = STANDARD.decode(first).expect("it is base64").try_into().expect("32 bytes");
    let forged = SignedNote::sign(format!("{text}\n"), &name(&old_key), &SigningKey::from_bytes(&first));
    fs::write(&after, forged.to_string()).expect("there is room");
    let (status, err) = verify(&desk, &[&after]);
    assert!(status == 5 && err.contains("it is not signed by the key"), "{err}");
    let bundle = beside(&desk, "bundle.json").display().to_string();
    ok(desk.ask(&["prove", "--consistency", &before, "--out", &bundle]));
    ok(desk.ask(&["verify-proof", &bundle, "--key", old_key.trim(), "--key", new_key.trim()]));
}

#[test]
fn heads_are_written_while_a_program_runs_and_when_it_stops() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    SigningKeys::make(&folder.path().join("SIGNING")).expect("there is room");
    let keys = SigningKeys::open(&folder.path().join("SIGNING")).expect("it was made");
    let heads_dir = folder.path().join("heads");
    let create = |id: &str| Batch {
        submissions: vec![Submission::from_value(&json!({"command": {"create_definition": {"definition": id}}}))],
        how: How::default(),
    };
    runtime.block_on(async {
        let engine =
            Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let every = Duration::from_millis(2);
        let schedule = Schedule::start(engine.clone(), keys, heads_dir.clone(), every).expect("there is a thread");
        organization.submit(create("one")).await.expect("it is stored");
        let since = Instant::now();
        while !heads_dir.join("default-1.note").exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "no head is written");
            tokio::task::yield_now().await;
        }
        organization.submit(create("two")).await.expect("it is stored");
        tokio::task::spawn_blocking(move || schedule.stop()).await.expect("it does not panic").expect("it is written");
    });
    let written = heads::files(&heads_dir).expect("it can be listed");
    let names: Vec<_> =
        written.iter().map(|path| path.file_name().expect("it has one").display().to_string()).collect();
    assert_eq!(names, ["default-1.note", "default-2.note"]);
}

#[test]
fn a_log_behind_a_head_that_it_signed_takes_no_command_and_signs_nothing() {
    let desk = desk_of(&history("eve"));
    let (heads, file) = (beside(&desk, "heads"), beside(&desk, "more.jsonl"));
    let send = |name: &str| {
        let command = json!({"actor": "user:ana", "command": {"create_definition": {"definition": name}}});
        fs::write(&file, command.to_string()).expect("there is room");
        desk.ask(&["--heads-dir", &heads.display().to_string(), "apply", &file.display().to_string()])
    };
    let names = || -> Vec<String> {
        let paths = heads::files(&heads).expect("it can be listed").into_iter();
        paths.map(|path| path.file_name().expect("it has one").display().to_string()).collect()
    };
    let old = beside(&desk, "old");
    copy(&desk.data(), &old);
    assert_eq!(send("theft").status, 0);
    assert_eq!(names(), ["default-11.note"]);
    // A head of somebody else says nothing about this log.
    fs::copy(heads.join("default-11.note"), heads.join("default-900.note")).expect("there is room");
    let forged = fs::read_to_string(heads.join("default-11.note")).expect("it is there").replace("\n11\n", "\n900\n");
    fs::write(heads.join("default-900.note"), forged).expect("there is room");
    assert_eq!(send("arson").status, 0);
    assert_eq!(names(), ["default-11.note", "default-12.note", "default-900.note"]);
    fs::remove_dir_all(desk.data()).expect("it is there");
    copy(&old, &desk.data());
    let said = send("fraud-again");
    assert!(said.status == 5 && said.err.contains("ends at position 10"), "{}", said.err);
    assert!(said.err.contains("default-12.note") && said.err.contains("of position 12"), "{}", said.err);
    assert_eq!(names(), ["default-11.note", "default-12.note", "default-900.note"]);
    let said = desk.ask(&["--heads-dir", &heads.display().to_string(), "who", "read", "case:1"]);
    assert!(said.status == 0 && said.err.contains("the log is an older copy"), "{}", said.err);
    // As long as the head, with another event at its end.
    for name in ["one", "other"] {
        fs::write(
            &file,
            json!({"actor": "user:ana", "command": {"create_definition": {"definition": name}}}).to_string(),
        )
        .expect("there is room");
        ok(desk.ask(&["apply", &file.display().to_string()]));
    }
    let said = send("on-top");
    assert!(said.status == 5 && said.err.contains("has other events"), "{}", said.err);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(|_| ()).expect("there is room") }
    }
}

#[test]
fn a_head_that_cannot_be_written_is_told_while_the_program_runs_and_written_once_it_can_be() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    SigningKeys::make(&folder.path().join("SIGNING")).expect("there is room");
    let keys = SigningKeys::open(&folder.path().join("SIGNING")).expect("it was made");
    let heads_dir = folder.path().join("heads");
    fs::write(&heads_dir, "a file in the way").expect("there is room");
    let until = |is: &dyn Fn() -> bool| {
        let since = Instant::now();
        while !is() {
            assert!(since.elapsed() < Duration::from_secs(60), "it does not come to that");
            std::thread::yield_now();
        }
    };
    let (engine, schedule) = runtime.block_on(async {
        let engine =
            Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let every = Duration::from_millis(2);
        let schedule = Schedule::start(engine.clone(), keys, heads_dir.clone(), every).expect("there is a thread");
        assert_eq!(schedule.failure(), None, "nothing new came");
        let command = json!({"command": {"create_definition": {"definition": "one"}}});
        let batch = Batch { submissions: vec![Submission::from_value(&command)], how: How::default() };
        organization.submit(batch).await.expect("it is stored");
        (engine, schedule)
    });
    until(&|| schedule.failure().is_some_and(|why| why.contains("heads")));
    fs::remove_file(&heads_dir).expect("it is there");
    until(&|| schedule.failure().is_none());
    assert!(heads_dir.join("default-1.note").exists());
    schedule.stop().expect("nothing is left to write");
    drop(engine);
}

#[test]
fn a_store_of_an_earlier_release_gets_its_key_at_the_next_opening_for_writing_and_a_spoiled_one_is_told() {
    let desk = desk_of(&history("eve"));
    let path = desk.data().join("SIGNING");
    let before = fs::read(&path).expect("it is there");
    ok(desk.ask(&["status"]));
    assert_eq!(fs::read(&path).expect("it is there"), before, "it stays the same");
    fs::remove_file(&path).expect("it is there");
    fs::write(desk.data().join("CASEWARD"), "caseward store\nformat 1\n").expect("there is room");
    assert!(ok(desk.ask(&["key", "show"])).starts_with("caseward/default/"));
    let mut bytes = fs::read(&path).expect("it was made");
    bytes[40] ^= 1;
    fs::write(&path, bytes).expect("there is room");
    for arguments in [&["key", "show"][..], &["tree-head"], &["prove", "1"], &["verify"]] {
        let said = desk.ask(arguments);
        assert_eq!(said.status, 5, "{arguments:?}: {}", said.err);
        assert!(said.err.contains("SIGNING"), "{arguments:?}: {}", said.err);
    }
    ok(desk.ask(&["status"]));
    fs::remove_file(&path).expect("it is there");
    is_told(&desk);
}

/// Whatever needs the keys that are lost says so, all else goes on, and none are made in their place.
fn is_told(desk: &Desk) {
    for arguments in [&["key", "show"][..], &["tree-head"], &["prove", "1"], &["verify"], &["doctor"]] {
        let said = desk.ask(arguments);
        assert_eq!(said.status, 5, "{arguments:?}: {}", said.err);
        for part in ["SIGNING` is lost", "caseward heal --from BACKUP", "caseward key new"] {
            assert!(said.err.contains(part), "{arguments:?}, {part}: {}", said.err);
        }
    }
    let file = beside(desk, "more.jsonl");
    let command = json!({"actor": "user:ana", "command": {"create_definition": {"definition": "theft"}}});
    fs::write(&file, command.to_string()).expect("there is room");
    let heads = beside(desk, "heads").display().to_string();
    let said = desk.ask(&["--heads-dir", &heads, "apply", &file.display().to_string()]);
    assert!(said.status == 0 && said.err.contains("no tree head is written"), "{}", said.err);
    ok(desk.ask(&["rebuild"]));
    assert!(!desk.data().join("SIGNING").exists());
}

#[test]
fn a_key_that_is_lost_is_told_comes_back_from_a_backup_and_is_made_anew_only_when_that_is_asked_for() {
    let desk = desk_of(&history("eve"));
    let (key, path) = (ok(desk.ask(&["key", "show"])), desk.data().join("SIGNING"));
    let head = kept(&desk);
    let backup = beside(&desk, "backup").display().to_string();
    ok(desk.ask(&["backup", &backup]));
    fs::remove_file(&path).expect("it is there");
    is_told(&desk);
    let said = desk.ask(&["backup", &backup]);
    assert!(said.status == 5 && said.out.contains("1 new events"), "{}{}", said.out, said.err);
    let other = desk_of(&history("eve"));
    let elsewhere = beside(&other, "backup").display().to_string();
    ok(other.ask(&["backup", &elsewhere]));
    let said = desk.ask(&["heal", "--from", &elsewhere]);
    assert!(said.status == 5 && said.err.contains("has the keys of another store"), "{}", said.err);
    assert!(ok(desk.ask(&["heal", "--from", &backup])).contains("signing keys of tree heads from the backup"));
    assert_eq!(ok(desk.ask(&["key", "show"])), key);
    ok(desk.ask(&["verify", "--against", &head]));
    // Without a copy: only a word makes another, and the heads that were kept are not of it.
    fs::remove_file(&path).expect("it is there");
    let said = desk.ask(&["key", "new"]);
    assert!(said.err.contains("do not belong to it any more"), "{}", said.err);
    assert_ne!(ok(desk.ask(&["key", "show"])), key);
    ok(desk.ask(&["tree-head"]));
    assert!(verify(&desk, &[&head]).1.contains("which is not in this store"));
}

#[test]
fn a_backup_that_lost_its_key_restores_a_store_that_says_so() {
    let desk = desk_of(&history("eve"));
    let backup = beside(&desk, "backup");
    ok(desk.ask(&["backup", &backup.display().to_string()]));
    fs::remove_file(backup.join("SIGNING")).expect("it is there");
    fs::remove_dir_all(desk.data()).expect("it is there");
    ok(desk.ask(&["restore", &backup.display().to_string()]));
    let said = desk.ask(&["tree-head"]);
    assert!(said.status == 5 && said.err.contains("SIGNING` is lost"), "{}", said.err);
}
