//! What lies in the way of a store: none there, something else, a later release, another process, damage.

use super::Desk;
use crate::cli_fixture::open;
use sha2::{Digest, Sha256};
use std::fs;

#[test]
fn verbs_that_read_ask_for_a_store_and_say_how_to_get_one() {
    let desk = Desk::new();
    for arguments in [&["status"][..], &["org", "list"], &["rebuild"], &["policy", "show"]] {
        desk.run(arguments).failed(2, &["there is no store at `", "hint: ", "--data"]);
    }
    assert!(!desk.data().exists());
}

#[test]
fn a_folder_of_something_else_is_not_touched() {
    let desk = Desk::new();
    fs::create_dir(desk.data()).expect("there is room");
    fs::write(desk.data().join("letter.txt"), "dear").expect("there is room");
    for arguments in [&["status"][..], &["grant", "case:1", "user:bob"], &["apply", "-"], &["apply", "-", "--dry-run"]]
    {
        desk.run(arguments).failed(2, &["is not a Caseward store", "letter.txt", "hint: "]);
    }
    assert_eq!(fs::read_dir(desk.data()).expect("it is there").count(), 1);
}

#[test]
fn a_store_of_a_later_release_is_told() {
    let desk = Desk::with_history();
    let said = "caseward store\nformat 2\nmore of it ";
    let sum: [u8; 32] = Sha256::digest(said).into();
    let check: String = sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    fs::write(desk.data().join("CASEWARD"), format!("{said}{check}\n")).expect("it can be written");
    let told = ["is a store of format 2; this release reads up to 1", "hint: "];
    desk.run(&["status"]).failed(2, &told);
    desk.as_ana(&["grant", "case:1", "user:eve"]).failed(2, &told);
}

#[test]
fn a_store_that_a_process_has_open_which_answers_nobody_is_told_with_who_has_it() {
    let desk = Desk::with_history();
    let head = desk.head();
    // A program that embeds the engine has no socket.
    let store = open(&desk.data());
    let holder = format!("is in use by process {} ", std::process::id());
    desk.run(&["org", "list"]).failed(6, &[&holder, "hint: "]);
    desk.run_with(&["apply", "-"], b"").failed(6, &[&holder]);
    let told = desk.run(&["status"]);
    assert_eq!((told.status, told.err.as_str()), (0, ""));
    let held = format!("in use by       process {} ", std::process::id());
    assert!(told.out.starts_with(&held) && told.out.contains("\nsize on disk    "), "{}", told.out);
    let told = desk.run(&["status", "--output", "json"]).json();
    assert!(told["in_use_by"].is_string() && told["disk"]["log"].is_u64() && told["head"].is_null(), "{told}");
    assert!(told["head_notes"].is_array() && told["bytes_on_disk"].as_u64() > Some(0), "{told}");
    drop(store);
    assert_eq!(desk.head(), head);
}

#[test]
fn a_damaged_store_ends_with_five_and_is_left_alone() {
    let desk = Desk::with_history();
    fs::remove_dir_all(desk.data().join("log")).expect("it was there");
    desk.run(&["status"]).failed(5, &["the store is damaged", "hint: "]);
    desk.as_ana(&["grant", "case:1", "user:eve"]).failed(5, &["the store is damaged"]);
    assert!(!desk.data().join("log").exists());
}

#[test]
fn an_unknown_organization_is_refused_with_how_to_create_it() {
    let desk = Desk::with_history();
    for arguments in [&["grant", "case:1", "user:eve"][..], &["status"], &["apply", "-"], &["policy", "show"]] {
        let ended = desk.run(&[arguments, &["--org", "acme"]].concat());
        ended.failed(3, &["the organization `acme` does not exist (not_found)", "hint: ", "caseward org create acme"]);
    }
}
