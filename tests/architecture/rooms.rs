//! What each room may name of the others, and of the libraries that one room alone wraps.

use super::sources::{Source, has_word, naming, sources};

/// What each room must not name.
const FORBIDDEN: [(&str, &[&str]); 11] = [
    ("events/src", &["caseward_projections", "caseward::"]),
    ("projections/src", &["caseward::"]),
    (
        "src/seams",
        &[
            "crate::backup",
            "crate::engine",
            "crate::store",
            "crate::integrity",
            "crate::proof",
            "crate::cli",
            "crate::fixture",
            "caseward_projections",
            "fjall",
            "clap",
        ],
    ),
    (
        "src/engine",
        &[
            "crate::backup",
            "crate::store",
            "crate::integrity",
            "crate::cli",
            "crate::fixture",
            "crate::door",
            "fjall",
            "clap",
            "axum",
            "anstream",
        ],
    ),
    (
        "src/integrity",
        &[
            "crate::backup",
            "crate::engine",
            "crate::store",
            "crate::cli",
            "crate::fixture",
            "caseward_projections",
            "fjall",
            "clap",
        ],
    ),
    ("src/store", &["crate::backup", "crate::engine", "crate::cli", "crate::fixture", "caseward_projections", "clap"]),
    ("src/backup", &["crate::cli", "crate::fixture", "caseward_projections", "fjall", "clap"]),
    (
        "src/service",
        &[
            "crate::cli",
            "crate::console",
            "crate::fixture",
            "anstream",
            "anyhow",
            "clap",
            "fjall",
            "indicatif",
            "println",
        ],
    ),
    // Pages ask the API, and nothing else.
    (
        "src/console",
        &[
            "crate::backup",
            "crate::cli",
            "crate::engine",
            "crate::fixture",
            "crate::proof",
            "crate::store",
            "clap",
            "fjall",
        ],
    ),
    ("src/proof", &["crate::store", "crate::cli", "crate::fixture", "crate::door", "fjall", "clap"]),
    (
        "src/show",
        &[
            "crate::backup",
            "crate::cli",
            "crate::fixture",
            "crate::integrity",
            "crate::proof",
            "crate::store",
            "anstream",
            "clap",
            "indicatif",
            "fjall",
            "std::io",
            "terminal_size",
            // But for the width of a terminal, which belongs to the task of a verb.
            "tokio::fs",
            "tokio::io",
            "tokio::net",
            "tokio::spawn",
            "tokio::sync",
            "tokio::time",
        ],
    ),
];

#[test]
fn dependencies_between_the_rooms_point_one_way() {
    for (room, words) in FORBIDDEN {
        assert_eq!(naming(&sources(room), words), Vec::<String>::new(), "in {room}");
    }
}

#[test]
fn what_is_shown_knows_of_the_engine_the_types_of_two_answers() {
    // The timeline and the report are drawn as the engine answers them.
    const ANSWERS: [&str; 2] = ["use crate::engine::report::", "use crate::engine::timeline::"];
    for Source { path, code } in sources("src/show") {
        let named = code.lines().filter(|line| has_word(line, "crate::engine"));
        for line in named {
            assert!(ANSWERS.iter().any(|answer| line.starts_with(answer)), "{path}: {line}");
            assert!(!has_word(line, "Engine") && !has_word(line, "Asked"), "{path} asks: {line}");
        }
    }
    for room in ["src/backup", "src/engine", "src/fixture", "src/integrity", "src/proof", "src/store"] {
        assert_eq!(naming(&sources(room), &["crate::show"]), Vec::<String>::new(), "in {room}");
    }
}

#[test]
fn only_the_service_and_who_starts_it_know_http() {
    let rooms = ["backup", "engine", "fixture", "integrity", "proof", "seams", "show", "store"];
    for room in rooms {
        let words = ["crate::service", "crate::console", "axum", "hyper", "tower"];
        assert_eq!(naming(&sources(&format!("src/{room}")), &words), Vec::<String>::new(), "in {room}");
    }
}

#[test]
fn four_parts_of_one_room_name_the_database_and_one_room_the_argument_parser() {
    let names = |word: &str| -> Vec<String> {
        let all = sources("src");
        let of = naming(&all, &[word]).into_iter().map(|place| place.split(':').next().unwrap_or_default().to_owned());
        let mut files: Vec<_> = of.collect();
        files.dedup();
        files
    };
    let database = names("fjall::Database").into_iter().chain(names("use fjall"));
    for file in database {
        let part = file.strip_prefix("src/store/").and_then(|path| path.split(['/', '.']).next());
        let names_it = part.is_some_and(|part| ["database", "recovery", "log", "checkpoints"].contains(&part));
        assert!(names_it, "{file} names the database");
    }
    for file in names("clap") {
        assert!(file.starts_with("src/cli/"), "{file} names clap");
    }
}
