//! The targets, one function each, thin enough to follow a parser that moves.

use caseward::events::answer::{
    AccessAnswer, CloudEvent, Decision, DiffAnswer, HistoryEntry, Status, StrandedAnswer, TimelineAnswer, WhatAnswer,
    WhoAnswer,
};
use caseward::events::ask::PageToken;
use caseward::events::codec::{decode, decode_to_fold};
use caseward::events::policy::PolicyChange;
use caseward::events::query::Query;
use caseward::events::time::{Ago, instant_or_day};
use caseward::events::{
    Actor, Asker, Entity, ListRef, OrganizationName, Party, PublicKey, Refusal, Resource, Subject, Submission,
    Timestamp, Warning, command_from_events,
};
use caseward::fixture;
use caseward::integrity::head_note;
use caseward::integrity::signed_note::{SignedNote, VerifierKey};
use caseward::integrity::signing::SigningKeys;
use caseward::integrity::tree_head::TreeHead;
use caseward::projections::{AsOf, Loading, Question, Table, Views};
use caseward::proof::{Bundle, check};
use caseward::store::fuzzing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::str::FromStr;
use tempfile::TempDir;

/// What is given the bytes.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 25] = [
    ("submission", submission),
    ("question", question),
    ("query", query),
    ("reference", reference),
    ("as_of", as_of),
    ("event", event),
    ("row", row),
    ("head_note", head_note),
    ("signed_note", signed_note),
    ("journal", journal),
    ("anchor", anchor),
    ("subtrees", subtrees),
    ("keys", keys),
    ("manifest", manifest),
    ("proof", proof),
    ("page_token", page_token),
    ("checkpoint", checkpoint),
    ("batch", batch),
    ("settings", settings),
    ("policy", policy),
    ("fixture", fixture),
    ("marker", marker),
    ("signing", signing),
    ("bundle", bundle),
    ("answer", answer),
];

/// A command as it is sent.
fn submission(bytes: &[u8]) {
    let _ = black_box(Submission::parse(bytes));
}

/// A question, as a line of JSON.
fn question(bytes: &[u8]) {
    let _ = black_box(Question::parse(bytes));
}

/// The query language of histories.
fn query(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _ = black_box(Query::parse(text, Timestamp::EPOCH));
    });
}

/// Every kind of name; what is parsed must print as what was given, or as what parses to the same.
fn reference(bytes: &[u8]) {
    fn inverse<T: FromStr + std::fmt::Display + PartialEq>(text: &str) {
        if let Ok(parsed) = text.parse::<T>() {
            assert!(parsed.to_string().parse::<T>().is_ok_and(|again| again == parsed), "{text} prints as another");
        }
    }
    with_text(bytes, |text| {
        inverse::<Actor>(text);
        inverse::<Asker>(text);
        inverse::<Subject>(text);
        inverse::<Party>(text);
        inverse::<Resource>(text);
        inverse::<ListRef>(text);
        inverse::<Entity>(text);
        inverse::<OrganizationName>(text);
        inverse::<PublicKey>(text);
    });
}

/// Positions, instants, days and how long ago.
fn as_of(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _ = black_box(text.parse::<AsOf>());
        let _ = black_box(text.parse::<Timestamp>().map(|instant| instant.to_string()));
        let _ = black_box(text.parse::<Ago>().map(|ago| ago.before(Timestamp::EPOCH)));
        let _ = black_box(instant_or_day(text));
    });
}

/// An event as it is stored.
fn event(bytes: &[u8]) {
    if let Ok(recorded) = decode(bytes) {
        black_box(recorded.to_json());
        black_box(recorded.first.iter().flat_map(|first| &first.warnings).map(Warning::to_json).count());
        black_box(command_from_events::line(std::slice::from_ref(&recorded), None));
    }
    let _ = black_box(decode_to_fold(bytes).is_ok());
}

/// A row of the log.
fn row(bytes: &[u8]) {
    black_box(fuzzing::is_row(bytes));
}

/// The file of heads.
fn head_note(bytes: &[u8]) {
    in_file("HEAD", bytes, |path| {
        let _ = black_box(head_note::read(path));
    });
}

/// A note that is signed, a tree head, a key that verifies.
fn signed_note(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _ = black_box(text.parse::<SignedNote>().map(|note| note.text().parse::<TreeHead>().is_ok()));
        let _ = black_box(text.parse::<TreeHead>());
        let _ = black_box(text.parse::<VerifierKey>());
    });
}

/// The journal of a store, read as strictly as an opening does.
fn journal(bytes: &[u8]) {
    in_file("0.jnl", bytes, |path| {
        let _ = black_box(fuzzing::rows_in_journals(path.parent().expect("it lies in a folder")));
    });
}

/// The anchor of a store, with the sum that is right for it: a wrong one is all that the parser would look at.
fn anchor(bytes: &[u8]) {
    let sum = Sha256::digest(bytes);
    in_file("ANCHOR", &[bytes, &sum[..]].concat(), |path| {
        let _ = black_box(fuzzing::is_anchor(path));
    });
}

/// The roots of subtrees that a store keeps, with the sum that is right for them.
fn subtrees(bytes: &[u8]) {
    let sum = Sha256::digest(bytes);
    in_file("SUBTREES", &[bytes, &sum[..]].concat(), |path| {
        let _ = black_box(fuzzing::roots_of_subtrees(path));
    });
}

/// The keys of a store.
fn keys(bytes: &[u8]) {
    in_file("KEYS", bytes, |path| {
        black_box(fuzzing::are_keys(path));
    });
}

/// What a backup says that it holds; as it is, and with the sum that is right for it.
fn manifest(bytes: &[u8]) {
    let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    for text in [bytes.to_vec(), [bytes, format!("sha256 {sum}\n").as_bytes()].concat()] {
        in_file("MANIFEST", &text, |path| {
            let folder = path.parent().expect("it lies in one");
            let _ = black_box(caseward::backup::check(folder, &|_| ()));
        });
    }
}

/// A bundle of a backup, with the sum that is right for it.
fn bundle(bytes: &[u8]) {
    let sum = Sha256::digest(bytes);
    in_file("1-1-1.bundle", &[bytes, &sum[..]].concat(), |path| {
        let _ = black_box(caseward::backup::fuzzing::events_in_bundle(path));
    });
}

/// The lines of a batch.
fn batch(bytes: &[u8]) {
    black_box(caseward::cli::fuzzing::lines(bytes));
}

/// A file of settings.
fn settings(bytes: &[u8]) {
    in_file("caseward.toml", bytes, |path| {
        black_box(caseward::cli::fuzzing::settings(path));
    });
}

/// A policy; what is parsed must be written as what it is parsed of.
fn policy(bytes: &[u8]) {
    let Ok(change) = serde_json::from_slice::<PolicyChange>(bytes) else { return };
    let written = serde_json::to_vec(&change).expect("it has a JSON form");
    assert!(serde_json::from_slice::<PolicyChange>(&written).is_ok_and(|again| again == change));
}

/// The three files of a fixture, one behind the other, with a zero between.
fn fixture(bytes: &[u8]) {
    let mut files = bytes.split(|&byte| byte == 0);
    let folder = TempDir::new().expect("there is room for a folder");
    for name in [fixture::COMMANDS, fixture::CHECKS, fixture::REFUSALS] {
        fs::write(folder.path().join(name), files.next().unwrap_or_default()).expect("there is room");
    }
    let _ = black_box(fixture::Fixture::read(folder.path()));
}

/// The marker of a store, and what says up to where it was verified.
fn marker(bytes: &[u8]) {
    for name in ["CASEWARD", "views.verified"] {
        in_file(name, bytes, |path| {
            let folder = path.parent().expect("it lies in one");
            black_box((fuzzing::is_marked(folder), fuzzing::is_verified(folder)));
        });
    }
}

/// What tree heads are signed with.
fn signing(bytes: &[u8]) {
    in_file("SIGNING", bytes, |path| {
        let _ = black_box(SigningKeys::open(path).map(|keys| keys.public()));
    });
}

/// What a client reads of answers: what is read is written as what reads as the same.
fn answer(bytes: &[u8]) {
    fn inverse<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) {
        if let Ok(read) = serde_json::from_slice::<T>(bytes) {
            let written = serde_json::to_vec(&read).expect("an answer has a JSON form");
            let again = serde_json::from_slice::<T>(&written);
            assert!(again.is_ok_and(|again| again == read), "{} is read as another", String::from_utf8_lossy(&written));
        }
    }
    inverse::<Decision>(bytes);
    inverse::<WhoAnswer>(bytes);
    inverse::<WhatAnswer>(bytes);
    inverse::<AccessAnswer>(bytes);
    inverse::<DiffAnswer>(bytes);
    inverse::<TimelineAnswer>(bytes);
    inverse::<StrandedAnswer>(bytes);
    inverse::<HistoryEntry>(bytes);
    inverse::<CloudEvent>(bytes);
    inverse::<Status>(bytes);
    inverse::<Warning>(bytes);
    inverse::<Refusal>(bytes);
}

/// A proof, checked under no key and under one.
fn proof(bytes: &[u8]) {
    const KEY: &str = "caseward/default/00000000+d5b07dda+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==";
    if let Ok(bundle) = Bundle::parse(bytes) {
        let _ = black_box(check(&bundle, &[]));
        let _ = black_box(KEY.parse::<VerifierKey>().map(|key| check(&bundle, &[key])));
    }
}

/// Where a page of a list went on.
fn page_token(bytes: &[u8]) {
    with_text(bytes, |text| {
        if let Ok(token) = text.parse::<PageToken>() {
            assert!(token.to_string().parse().is_ok_and(|again: PageToken| again == token), "{text} prints as another");
        }
    });
}

/// Rows of saved views: the header (the first byte says how long it is), then of each row a byte for its table, a byte for
/// its length, and its bytes.
fn checkpoint(bytes: &[u8]) {
    let Some((&length, rest)) = bytes.split_first() else { return };
    let Some((header, mut rest)) = rest.split_at_checked(usize::from(length)) else { return };
    let Ok(mut loading) = Loading::new(header) else { return };
    while let [table, length, after @ ..] = rest {
        let table = Table::ALL[usize::from(*table) % Table::ALL.len()];
        let (row, after) = after.split_at(after.len().min(usize::from(*length)));
        if loading.row(table, row).is_err() {
            return;
        }
        rest = after;
    }
    let views: Result<Views, _> = loading.finish(&|jobs| jobs.iter_mut().for_each(|job| job()));
    let _ = black_box(views.is_ok());
}

fn with_text(bytes: &[u8], parse: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        parse(text);
    }
}

/// In a folder that holds this file alone.
fn in_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    thread_local! {
        static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
    }
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| TempDir::new().expect("there is room for a folder"));
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("there is room");
        read(&path);
        fs::remove_file(&path).expect("it was written here");
    });
}
