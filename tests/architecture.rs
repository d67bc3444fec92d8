//! The rooms and the one way through them: what may name what, and what the pure crates must not touch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below the project, and its code without comments and tests.
struct Source {
    path: String,
    code: String,
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    assert!(!found.is_empty(), "`{folder}` holds no code");
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let shown = path.strip_prefix(root).expect("it lies below the root").display().to_string();
        Source { path: shown, code: without_comments_and_tests(&text) }
    };
    found.into_iter().map(source).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            // What a workspace of its own has built is no source.
            if !path.ends_with("target") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every place where one of the words stands as a word of its own.
fn naming(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, code } in sources {
        for (number, line) in code.lines().enumerate() {
            for word in words {
                if has_word(line, word) {
                    found.push(format!("{path}:{}: {word}", number + 1));
                }
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || one == '_');
    // Behind the start of a path any name may stand.
    let ends = |after: &str| word.ends_with("::") || !is_part(after.chars().next());
    line.match_indices(word).any(|(at, _)| !is_part(line[..at].chars().next_back()) && ends(&line[at + word.len()..]))
}

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
    assert_eq!(naming(&all, WAITS), Vec::<String>::new());
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

/// What each room must not name.
const FORBIDDEN: [(&str, &[&str]); 9] = [
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
            "tokio",
        ],
    ),
];

#[test]
fn dependencies_between_the_rooms_point_one_way() {
    for (room, words) in FORBIDDEN {
        assert_eq!(naming(&sources(room), words), Vec::<String>::new(), "in {room}");
    }
}

/// Functions of the vocabulary, by name, that the reference evaluator may call: they read and write text and numbers, or
/// seal a reason under the key that the reference chose. Functions of the standard library that bear such a name count.
const READS_AND_WRITES: [&str; 18] = [
    "as_bytes",
    "as_micros",
    "as_str",
    "as_user",
    "case",
    "fields",
    "from_micros",
    "from_value",
    "has",
    "is_empty",
    "keys",
    "name",
    "new",
    "next",
    "of",
    "parse",
    "seal",
    "to_json",
];

/// Names of functions that are declared in the code, and those that are called in it by a path or on a value.
fn declared(code: &str) -> impl Iterator<Item = &str> {
    code.split("pub fn ").chain(code.split("pub const fn ")).skip(1).filter_map(|rest| rest.split(['(', '<']).next())
}

fn calls(code: &str, name: &str) -> bool {
    [".", "::"].iter().any(|before| ["(", "::<"].iter().any(|after| code.contains(&format!("{before}{name}{after}"))))
}

#[test]
fn the_reference_takes_types_and_the_parser_of_the_vocabulary_and_no_more() {
    let vocabulary = sources("events/src");
    let declared: BTreeSet<&str> = vocabulary.iter().flat_map(|source| declared(&source.code)).collect();
    assert!(["rights_from", "window_from", "first_subject", "overlaid"].iter().all(|name| declared.contains(name)));
    let mut reference = sources("tests/reference/oracle");
    reference.extend(sources("tests/reference").into_iter().filter(|source| source.path.ends_with("/oracle.rs")));
    let called = |name: &&str| reference.iter().any(|source| calls(&source.code, name));
    let called: BTreeSet<&str> = declared.into_iter().filter(called).collect();
    assert_eq!(called, READS_AND_WRITES.into_iter().collect(), "what the reference calls of the vocabulary");
    // Policy and presets are whole tables of rules.
    let taken = naming(&reference, &["caseward::", "caseward_projections", "Preset", "PolicyKey", "PolicyChange"]);
    assert_eq!(taken, Vec::<String>::new());
    for Source { path, code } in &reference {
        for import in code.split("use caseward_events::").skip(1).filter_map(|rest| rest.split(';').next()) {
            let names =
                import.split(['{', '}', ',', ' ', '\n']).filter(|name| !name.is_empty() && !name.ends_with("::"));
            for name in names.map(|path| path.rsplit("::").next().unwrap_or(path)) {
                assert!(
                    name.starts_with(char::is_uppercase) && name != "Policy",
                    "{path} takes `{name}`, which is no type of data"
                );
            }
        }
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

/// The files of a room by their module paths, each with those that it names.
fn arrows(room: &str) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let words = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let inside = format!("crate::{}::", room.trim_start_matches("src/"));
    let files: BTreeMap<Vec<String>, String> = sources(room)
        .into_iter()
        .map(|Source { path, code }| {
            let module = path.trim_start_matches(room).trim_matches('/').trim_end_matches(".rs").replace('/', "::");
            (words(&module), code)
        })
        .collect();
    let named = |file: &[String], code: &str| -> BTreeSet<Vec<String>> {
        let uses = code.split("use ").skip(1).filter_map(|rest| rest.split(';').next());
        let in_code = code.split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)));
        let in_code = in_code.filter(|path| path.contains("::")).map(str::to_owned);
        let paths = uses.flat_map(spelled_out).chain(in_code);
        let mut found = BTreeSet::new();
        for path in paths {
            let mut module = match path.strip_prefix(&inside) {
                Some(rest) => words(rest),
                None if path.starts_with("super::") => {
                    let ups = path.matches("super::").count();
                    [&file[..file.len().saturating_sub(ups)], &words(&path.replace("super::", ""))].concat()
                }
                None => [file, &words(&path)].concat(),
            };
            while !module.is_empty() && !files.contains_key(&module) {
                module.pop();
            }
            if !module.is_empty() && module != file {
                found.insert(module);
            }
        }
        found
    };
    files.iter().map(|(file, code)| (file.clone(), named(file, code))).collect()
}

/// `a::{b, c::{d, e}}` as the paths that it stands for.
fn spelled_out(path: &str) -> Vec<String> {
    let Some((head, rest)) = path.split_once('{') else { return vec![path.trim().to_owned()] };
    let body = rest.rsplit_once('}').map_or(rest, |(body, _)| body);
    let mut depth = 0;
    let parts = body.split(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    parts.flat_map(|part| spelled_out(&format!("{}{}", head.trim(), part.trim()))).collect()
}

#[test]
fn no_file_of_these_rooms_names_one_that_leads_back_to_it() {
    for room in ["src/cli", "src/show"] {
        let mut left = arrows(room);
        assert!(left.values().any(|named| !named.is_empty()), "{room} has no arrows");
        // Whoever names nobody that is left, or is named by nobody, is on no circle.
        let apart = |left: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>| {
            let is_named = |file: &Vec<String>| left.values().any(|named| named.contains(file));
            left.iter().find(|(file, named)| named.is_empty() || !is_named(file)).map(|(file, _)| file.clone())
        };
        while let Some(file) = apart(&left) {
            left.remove(&file);
            left.values_mut().for_each(|named| {
                named.remove(&file);
            });
        }
        assert_eq!(left, BTreeMap::new(), "{room} has a circle");
    }
}

#[test]
fn inside_the_engine_arrows_go_down() {
    // Each may name those before it, and neither those behind it nor the root, which joins them.
    const FLOORS: [&str; 9] = ["clock", "answer", "workers", "replay", "tenant", "keep", "write", "error", "ask"];
    let all = sources("src/engine");
    for (floor, name) in FLOORS.iter().enumerate() {
        let (file, folder) = (format!("src/engine/{name}.rs"), format!("src/engine/{name}/"));
        for Source { path, code } in all.iter().filter(|one| one.path == file || one.path.starts_with(&folder)) {
            for line in code.lines() {
                for above in &FLOORS[floor + 1..] {
                    let from_here = *path == file && has_word(line, &format!("super::{above}"));
                    let names = from_here || has_word(line, &format!("crate::engine::{above}"));
                    assert!(!names, "{path} names `{above}`, which stands on `{name}`: {line}");
                }
                let root = line.split("crate::engine::").skip(1).find(|rest| !rest.starts_with(char::is_lowercase));
                assert_eq!(root, None, "{path} names the root of its room");
            }
        }
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

/// The floors of `projections`, from the lowest up.
const FLOORS: [&str; 5] = ["facts", "tables", "fold", "ask", "decide"];
/// Modules of its root that are the vocabulary of questions and answers.
const VOCABULARY: [&str; 2] = ["question", "decision"];

/// A module of `projections`: its path from the root of the crate, and the modules of the crate that it names.
struct Module {
    path: Vec<String>,
    names: Vec<Vec<String>>,
}

fn module_path(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("projections/src/").unwrap_or(file).trim_end_matches(".rs");
    let path = inner.strip_suffix("/mod").unwrap_or(inner);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Every path of the crate that the code of a module names, in a `use` or in line, from the root of the crate.
fn paths_named(path: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|one| one.is_alphanumeric() || one == '_' || one == ':') {
            continue;
        }
        let mut base = path.to_vec();
        let mut rest = &code[at..];
        if let Some(inner) = rest.strip_prefix("crate::") {
            (base, rest) = (Vec::new(), inner);
        }
        while let Some(inner) = rest.strip_prefix("super::") {
            base.pop();
            rest = inner;
        }
        for tail in tails(rest) {
            found.push(base.iter().cloned().chain(tail).collect());
        }
    }
    found
}

/// The ends of a path: one, or all that braces hold.
fn tails(rest: &str) -> Vec<Vec<String>> {
    let Some(inner) = rest.strip_prefix('{') else {
        let end = rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(rest.len());
        let (word, behind) = (rest[..end].to_owned(), &rest[end..]);
        let below = behind.strip_prefix("::").map_or_else(|| vec![Vec::new()], tails);
        return below.into_iter().map(|tail| [vec![word.clone()], tail].concat()).collect();
    };
    let (mut depth, mut parts, mut from) = (0, Vec::new(), 0);
    for (at, one) in inner.char_indices() {
        match one {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                parts.push(inner[from..at].trim());
                from = at + 1;
                if one == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).flat_map(tails).collect()
}

fn modules_of_projections() -> Vec<Module> {
    let module = |Source { path: file, code }: Source| {
        let path = module_path(&file);
        let names = paths_named(&path, &code);
        Module { path, names }
    };
    sources("projections/src").into_iter().map(module).collect()
}

/// What a module of a floor names that is no floor at or below its own, and no word of the vocabulary.
fn upward(module: &Module) -> Vec<String> {
    let height = |name: &String| FLOORS.iter().position(|floor| floor == name);
    let Some(own) = module.path.first().and_then(height) else { return Vec::new() };
    let may = |path: &Vec<String>| {
        let Some(first) = path.first() else { return false };
        match height(first) {
            Some(floor) => floor <= own,
            // What lies below the questions knows none.
            None => VOCABULARY.contains(&first.as_str()) && own >= FLOORS.len() - 2,
        }
    };
    let named = module.names.iter().filter(|path| !may(path));
    named.map(|path| format!("{} names {}", module.path.join("::"), path.join("::"))).collect()
}

#[test]
fn no_floor_of_projections_names_one_above_it() {
    let modules = modules_of_projections();
    for Module { path, .. } in &modules {
        let first = path.first().map_or("", String::as_str);
        let is_placed = path.is_empty() || FLOORS.contains(&first) || (path.len() == 1 && VOCABULARY.contains(&first));
        assert!(is_placed, "{} is on no floor", path.join("::"));
    }
    let found: Vec<_> = modules.iter().flat_map(upward).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_name_from_above_is_found_however_it_is_written() {
    let planted = |file: &str, code: &str| {
        let path = module_path(file);
        let names = paths_named(&path, code);
        !upward(&Module { path, names }).is_empty()
    };
    for code in [
        "use crate::fold::views::Views;",
        "use crate::{facts::history::History, ask::{evaluate, what::What}};",
        "fn one() { crate::decide::decide() }",
        "use super::super::super::fold::views::Views;",
        "use crate::Views;",
        "use crate::question::Question;",
    ] {
        assert!(planted("projections/src/tables/directory/undo.rs", code), "{code}");
    }
    for code in [
        "use crate::facts::history::History;",
        "use crate::tables::{access_list::AccessList, items::Items};",
        "use super::{Directory, Through};",
        "pub(crate) fn undo(&mut self) {}",
    ] {
        assert!(!planted("projections/src/tables/directory/undo.rs", code), "{code}");
    }
    assert!(planted("projections/src/ask/who.rs", "use super::super::decide;"));
    assert!(!planted("projections/src/ask/who.rs", "use crate::decision::Who;"));
}

/// A file and the folder of the same name are one idea, and may know each other; no two ideas may.
#[test]
fn no_two_ideas_of_projections_know_each_other() {
    let modules = modules_of_projections();
    let idea = |path: &[String]| path.iter().take(2).cloned().collect::<Vec<_>>();
    let mut below: BTreeMap<Vec<String>, Vec<Vec<String>>> = BTreeMap::new();
    let ideas: Vec<_> = modules.iter().map(|module| idea(&module.path)).collect();
    for Module { path, names } in modules.iter().filter(|module| module.path.len() > 1) {
        let named = names.iter().map(|name| idea(name)).filter(|one| *one != idea(path) && ideas.contains(one));
        below.entry(idea(path)).or_default().extend(named);
    }
    let reached = |from: &Vec<String>| {
        let mut found: Vec<Vec<String>> = below.get(from).cloned().unwrap_or_default();
        let mut next = 0;
        while let Some(one) = found.get(next) {
            let more = below.get(one).into_iter().flatten().filter(|one| !found.contains(one)).cloned();
            let more: Vec<_> = more.collect();
            found.extend(more);
            next += 1;
        }
        found
    };
    assert!(below.len() > 40, "only {} ideas are read", below.len());
    for from in below.keys() {
        assert!(!reached(from).contains(from), "{} knows itself by way of others", from.join("::"));
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["events/src", "projections/src", "src", "tests"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        collect(&root.join(folder), &mut found);
        for path in found.iter().filter(|path| !path.to_string_lossy().contains("tests/bench/")) {
            let text = fs::read_to_string(path).expect("a source file can be read");
            assert!(text.starts_with("//!"), "{} has no header", path.display());
        }
    }
}

#[test]
fn no_test_asserts_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["events/src", "projections/src", "src", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    for path in found.iter().filter(|path| !path.ends_with("architecture.rs")) {
        let text = fs::read_to_string(path).expect("a source file can be read");
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let bare = line.starts_with("matches!(") && line.ends_with(");");
            assert!(!bare, "{}:{}: a bare matches!", path.display(), number + 1);
            assert!(!line.starts_with("#[ignore"), "{}:{}: a silent skip", path.display(), number + 1);
        }
    }
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("src/docs/architecture.md")).expect("there is a page");
    let section = page.split("## Invariants").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("it has them");
    let mut found = Vec::new();
    for folder in ["events/src", "events/tests", "projections/src", "src", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    let code: String = found.iter().map(|path| fs::read_to_string(path).expect("a source file can be read")).collect();
    let mut guards = 0;
    for invariant in section.split("\n\n").flat_map(|part| part.split("Guarded by").skip(1)) {
        for name in invariant.split('`').skip(1).step_by(2).filter(|name| name.contains('_')) {
            let is_there = code.contains(&format!("fn {name}(")) || code.lines().any(|line| line.trim() == name);
            assert!(is_there, "no test is called {name}");
            guards += 1;
        }
    }
    assert!(guards >= 20, "only {guards} guards are named");
}
