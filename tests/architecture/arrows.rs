//! Which file names which, inside a room: no circles, and in the engine one way down.

use super::sources::{Source, has_word, sources};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a room by their module paths, each with those that it names.
fn arrows(room: &str) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let words = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let inside = format!("crate::{}::", room.trim_start_matches("src/").replace('/', "::"));
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
    for room in ["src/cli", "src/console", "src/service", "src/show"] {
        let arrows = arrows(room);
        assert!(arrows.values().any(|named| !named.is_empty()), "{room} has no arrows");
        assert_eq!(on_circles(arrows), BTreeMap::new(), "{room} has a circle");
    }
}

/// What is left of a drawing of arrows once all is taken away that names nobody, or is named by nobody.
fn on_circles(mut left: BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
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
    left
}

#[test]
fn inside_the_engine_arrows_go_down() {
    // Each may name those before it, and neither those behind it nor the root, which joins them.
    const FLOORS: [&str; 14] = [
        "clock",
        "answer",
        "activity",
        "workers",
        "replay",
        "followed",
        "tenant",
        "clock_note",
        "keep",
        "write",
        "error",
        "ask",
        "engine_core",
        "organization",
    ];
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
                let roots = if *path == file { &["crate::engine::", "super::"][..] } else { &["crate::engine::"] };
                for root in roots {
                    let named = line.split(root).skip(1).find(|rest| !rest.starts_with(char::is_lowercase));
                    assert_eq!(named, None, "{path} names the root of its room");
                }
            }
        }
    }
}

/// A file and the folder of the same name are one idea; no two ideas may know each other, by way of others either.
#[test]
fn no_two_ideas_of_the_engine_know_each_other() {
    for room in ["src/engine", "src/engine/keep"] {
        let idea = |file: &Vec<String>| file[..1].to_vec();
        let mut ideas: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
        for (file, named) in arrows(room) {
            let others = named.iter().map(idea).filter(|other| *other != idea(&file));
            ideas.entry(idea(&file)).or_default().extend(others);
        }
        assert!(ideas.values().any(|named| !named.is_empty()), "{room} has no arrows");
        assert_eq!(on_circles(ideas), BTreeMap::new(), "{room} has a circle");
    }
}
