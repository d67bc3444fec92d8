//! Proof: what somebody who trusts neither the operator nor the program can check, and that nothing passes that is not so.
//!
//! Heads are verified here once more by the words of the C2SP documents alone, without the code that made them.

mod kept_heads;
mod keys;
mod schedule;

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
fn a_proof_says_in_words_what_it_proves_and_needs_no_store() {
    let desk = desk_of(&history("eve"));
    let bundle = beside(&desk, "bundle.json").display().to_string();
    let key = beside(&desk, "key").display().to_string();
    fs::write(&key, ok(desk.ask(&["key", "show"]))).expect("there is room");
    ok(desk.ask(&["prove", "--decision", "user:eve", "read", "case:1", "--out", &bundle]));
    ok(desk.ask(&["prove", "3", "--out", &format!("{bundle}.event")]));
    let then = format!("{bundle}.then");
    ok(desk.ask(&["prove", "--decision", "user:eve", "read", "case:1", "--as-of", "10", "--out", &then]));
    fs::remove_dir_all(desk.data()).expect("it is there");
    let out = ok(desk.ask(&["verify-proof", &bundle, "--key", &key]));
    for part in ["allow  user:eve read case:1", "group:all (1)", "group:night (2)", "user:ben (1)", "user:eve (none)"] {
        assert!(out.replace("\n  ", " ").contains(part), "{part}: {out}");
    }
    assert!(out.contains("note: The last event known is of 2025-01-10T09:00:00Z; later events may change"), "{out}");
    let out = ok(desk.ask(&["verify-proof", &bundle, "--key", &key, "--output", "json"]));
    assert!(out.ends_with(",\"settled\":false}\n"), "{out}");
    let out = ok(desk.ask(&["verify-proof", &format!("{bundle}.then"), "--key", &key]));
    assert!(!out.contains("later events"), "{out}");
    let out = ok(desk.ask(&["verify-proof", &format!("{bundle}.event"), "--key", &key]));
    assert!(out.contains("event 3 of 2025-01-03 09:00Z: user:ana added user:ben to group:night"), "{out}");
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

fn verify(desk: &Desk, against: &[&str]) -> (i32, String) {
    let mut arguments = vec!["verify"];
    against.iter().for_each(|path| arguments.extend(["--against", path]));
    let said = desk.ask(&arguments);
    (said.status, said.err)
}

/// At the limit a file would be read into memory whole.
#[test]
fn a_file_that_is_too_large_for_a_proof_is_not_read() {
    let desk = Desk::holding("demo");
    let large = desk.data().with_file_name("large");
    let file = std::fs::File::create(&large).expect("there is room");
    // It takes no room on the disk.
    file.set_len((1 << 30) + 1).expect("it is long");
    let key = desk.ask(&["key", "show"]).out;
    let said = desk.ask(&["verify-proof", large.to_str().expect("a plain name"), "--key", key.trim()]);
    assert!(said.status == 2 && said.err.contains("is too large for a proof"), "{said:?}");
}
