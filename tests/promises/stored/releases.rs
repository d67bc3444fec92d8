//! Whole stores that earlier releases wrote: they open, and answer what the release itself answered.
//!
//! `tests/stores-of-earlier-releases` has a folder for each, with what it holds and how it was made in its `README.md`.

use caseward::engine::{Engine, Options, SystemClock};
use caseward::events::reads::ReadKind;
use caseward::events::{OrganizationName, Position, Timestamp};
use caseward::projections::Question;
use caseward::seams::{OrganizationNumber, TreeHead, Trees};
use caseward::store::{Access, FjallStore, FjallViews, ReadsLog};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

const RELEASES: [&str; 1] = ["0.1"];

fn shipped(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores-of-earlier-releases").join(release)
}

/// Unpacks an archive of a release, as `tar` wrote it in the form of ustar.
fn unpack(release: &str, archive: &str, into: &Path) {
    const BLOCK_BYTES: usize = 512;
    let file = File::open(shipped(release).join(archive)).expect("it is shipped");
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).expect("it is whole");
    let mut rest = bytes.as_slice();
    while let Some((header, after)) = rest.split_at_checked(BLOCK_BYTES).filter(|(header, _)| header[0] != 0) {
        let text = |from: usize, to: usize| {
            let field = header[from..to].split(|&byte| byte == 0).next().expect("a split has a first part");
            std::str::from_utf8(field).expect("it is ASCII").trim().to_owned()
        };
        let (path, size) = (into.join(text(0, 100)), usize::from_str_radix(&text(124, 136), 8).expect("octal digits"));
        match header[156] {
            b'5' => fs::create_dir_all(&path).expect("there is room"),
            _ => fs::write(&path, &after[..size]).expect("there is room"),
        }
        rest = &after[size.next_multiple_of(BLOCK_BYTES)..];
    }
}

/// Folders with what the calls of `answers.jsonl` name: a store that was closed, one that was killed, a backup alone.
fn unpacked(release: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (name, archive) in [("closed", "closed.tar.gz"), ("killed", "killed.tar.gz"), ("restored", "closed.tar.gz")] {
        let into = folder.path().join(name);
        fs::create_dir(&into).expect("there is room");
        unpack(release, archive, &into);
    }
    fs::remove_dir_all(folder.path().join("restored/data")).expect("it was unpacked");
    folder
}

fn answers(release: &str) -> Vec<Value> {
    let text = fs::read_to_string(shipped(release).join("answers.jsonl")).expect("it is shipped");
    text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

/// Holds the values that were recorded, by their pointers, against what is said now. What is said besides is new.
fn hold(recorded: &Value, said: &Value, call: &str) {
    for (pointer, value) in recorded.as_object().expect("values by pointers") {
        let now = said.pointer(pointer).unwrap_or(&Value::Null);
        assert_eq!(&as_recorded(now, value), value, "{call}: {pointer} of {said}");
    }
}

/// Without the fields that the release did not have.
fn as_recorded(now: &Value, recorded: &Value) -> Value {
    match (now, recorded) {
        (Value::Object(now), Value::Object(recorded)) => {
            let kept =
                now.iter().filter_map(|(name, value)| Some((name.clone(), as_recorded(value, recorded.get(name)?))));
            Value::Object(kept.collect())
        }
        (Value::Array(now), Value::Array(recorded)) if now.len() == recorded.len() => {
            now.iter().zip(recorded).map(|(now, recorded)| as_recorded(now, recorded)).collect()
        }
        _ => now.clone(),
    }
}

#[test]
fn a_store_of_an_earlier_release_answers_every_call_as_that_release_did() {
    for release in RELEASES {
        let folder = unpacked(release);
        for recorded in answers(release) {
            let store = recorded["store"].as_str().expect("a name");
            let call: Vec<_> = recorded["call"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
            let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
            program.current_dir(folder.path().join(store)).args(&call).args(["--output", "json"]);
            program.env("CASEWARD_DATA", "data").env("CASEWARD_LOG", "off").env("NO_COLOR", "1");
            let output = program.output().expect("the program starts");
            let out = String::from_utf8(output.stdout).expect("it says text");
            let call = format!("{release}, {store}: {}", call.join(" "));
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!(json!(output.status.code()), recorded["status"], "{call}: {out}{err}");
            let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|why| panic!("{call}: {why}"));
            if let Some(text) = recorded.get("text") {
                assert_eq!(json!(out), *text, "{call}");
            }
            if let Some(values) = recorded.get("json") {
                hold(values, &parse(&out), &call);
            }
            if let Some(values) = recorded.get("lines") {
                hold(values, &out.lines().map(parse).collect(), &call);
            }
        }
    }
}

/// The root of a tree head that the release signed.
fn signed(folder: &Path, head: &str) -> TreeHead {
    let note = fs::read_to_string(folder.join("heads").join(head)).expect("it was unpacked");
    let head: caseward::integrity::tree_head::TreeHead =
        note.split("\n\n").next().map(|text| format!("{text}\n")).expect("it has a text").parse().expect("a tree head");
    TreeHead { position: head.size, root: head.root }
}

#[tokio::test]
async fn a_store_of_an_earlier_release_opens_in_the_library_with_its_trees_and_its_saved_views() {
    for release in RELEASES {
        let folder = unpacked(release);
        let [closed, killed] = ["closed", "killed"].map(|store| folder.path().join(store));
        let heads = [("default-60.note", OrganizationNumber::DEFAULT), ("harbour-2-5.note", OrganizationNumber(2))];
        for (place, head, left) in [(&closed, 60, false), (&killed, 61, true)] {
            let data = place.join("data");
            let store = Arc::new(FjallStore::open(&data, Access::Existing).expect("it opens"));
            assert_eq!(store.damage(), None, "it vouches for all of it");
            assert_eq!(store.left_behind().is_some(), left, "whether its process was killed");
            let views = Arc::new(FjallViews::open(&data));
            let opened = Engine::open_with(store.clone(), Options::new(views, Arc::new(SystemClock))).await;
            let engine = opened.expect("what was stored opens");
            // What it saved of its views bears no code of the store, and is folded anew.
            let remarks = engine.remarks();
            assert!(remarks.iter().all(|why| why.contains("an earlier release")), "{remarks:?}");
            let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
            assert_eq!(organization.head(), Position(head));
            let question = json!({"subject": "user:ernst", "action": "write", "resource": "case:p-3", "as_of": 59});
            let question = Question::from_value(question).expect("it can be asked");
            assert!(organization.check(&question).await.expect("it can be asked").decision);
            let trees = store.tree_heads().await.expect("it has trees");
            for (note, number) in heads {
                let signed = signed(&closed, note);
                if place == &closed || number != OrganizationNumber::DEFAULT {
                    assert_eq!(trees.get(&number), Some(&signed), "{note}");
                }
            }
        }
    }
}

#[test]
fn a_store_of_an_earlier_release_keeps_reads_from_its_next_opening_on() {
    for release in RELEASES {
        let folder = unpacked(release);
        let data = folder.path().join("closed/data");
        assert_eq!(ReadsLog::verify(&data, None).expect("there is none"), None);
        for size in 1..=2 {
            let store = FjallStore::open(&data, Access::Existing).expect("it opens");
            assert_eq!(store.damage(), None);
            let log = store.reads().expect("it is there, or made");
            log.put(Timestamp::EPOCH, ReadKind::Dropped { count: size });
            assert_eq!(log.head(Timestamp::EPOCH).expect("there is room").size, size, "{release}");
        }
        assert_eq!(ReadsLog::verify(&data, None).expect("it is whole").map(|seen| seen.entries), Some(2));
    }
}
