//! What the pure crates must not touch, in code and in their manifests.

use super::sources::{Source, has_word, naming, sources};
use std::fs;
use std::path::Path;

/// A calendar that asks the system panics over a clock before 1970.
#[test]
fn the_system_is_asked_what_time_it_is_where_a_clock_before_1970_is_no_panic() {
    assert_eq!(naming(&sources("src"), &["Utc::now", "Local::now"]), Vec::<String>::new());
}

#[test]
fn events_and_projections_know_no_io_no_clock_no_randomness_and_no_async() {
    const FORBIDDEN: &[&str] = &[
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::path",
        "SystemTime",
        "std::time",
        "Utc::now",
        "Local",
        "rand",
        "RandomState::new",
        "thread_rng",
        "async",
        "await",
        "tokio",
        "fjall",
        "clap",
        "uuid",
        "println",
        "eprintln",
        "RwLock",
        "Mutex",
    ];
    for krate in ["events/src", "projections/src"] {
        assert_eq!(naming(&sources(krate), FORBIDDEN), Vec::<String>::new(), "in {krate}");
    }
}

/// What is looked up on demand, waits for somebody, or is handed in to be called from inside, would let I/O and its faults
/// into an answer that has no place for them.
#[test]
fn nothing_in_projections_can_wait_or_call_out() {
    const WAITS: &[&str] = &[
        "OnceLock",
        "OnceCell",
        "LazyLock",
        "LazyCell",
        "Condvar",
        "Barrier",
        "Waker",
        "Future",
        "mpsc",
        "thread_local",
        "catch_unwind",
        "RefCell",
    ];
    // A trait object that is called: iterators, texts, and the jobs that are run side by side while views are made.
    const MAY_BE_CALLED: [&str; 3] = ["dyn Iterator", "dyn std::fmt::Display", "dyn Display"];
    let all = sources("projections/src");
    // What is kept there follows from the views alone: whoever comes second waits for a computation, and for nothing else.
    const KEPT: &str = "projections/src/ask/changes/audience.rs:";
    let waits =
        naming(&all, WAITS).into_iter().filter(|place| !(place.starts_with(KEPT) && place.ends_with("OnceLock")));
    assert_eq!(waits.collect::<Vec<_>>(), Vec::<String>::new());
    let places = |word: &str, but: &str| -> Vec<String> {
        naming(&all, &[word]).into_iter().filter(|place| !place.starts_with(but)).collect()
    };
    assert_eq!(
        places("Cell", "projections/src/fold/at_hand.rs:"),
        Vec::<String>::new(),
        "what is written while reading"
    );
    for Source { path, code } in all.iter().filter(|source| source.path != "projections/src/facts/jobs.rs") {
        for line in code.lines().filter(|line| has_word(line, "dyn")) {
            assert!(MAY_BE_CALLED.iter().any(|may| line.contains(may)), "{path} calls out: {line}");
        }
    }
}

#[test]
fn the_pure_crates_depend_on_nothing_that_touches_the_world() {
    const ALLOWED: &[&str] = &[
        "aes-siv",
        "base64",
        "caseward-events",
        "chrono",
        "compact_str",
        "foldhash",
        "hashbrown",
        "hmac",
        "postcard",
        "serde",
        "serde_json",
        "sha2",
        "smallvec",
        "thin-vec",
        "thiserror",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for krate in ["events", "projections"] {
        let manifest = fs::read_to_string(root.join(krate).join("Cargo.toml")).expect("a crate has a manifest");
        let section = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next());
        for line in section.expect("it has dependencies").lines().filter(|line| line.contains('=')) {
            let name = line.split(['.', ' ', '=']).next().expect("a line has a start");
            assert!(ALLOWED.contains(&name), "{krate} depends on {name}");
        }
    }
    let workspace = fs::read_to_string(root.join("Cargo.toml")).expect("there is a manifest");
    let chrono = workspace.lines().find(|line| line.starts_with("chrono = { version")).expect("chrono is pinned");
    assert!(
        chrono.contains("default-features = false") && !chrono.contains("clock"),
        "chrono brings a clock: {chrono}"
    );
}
