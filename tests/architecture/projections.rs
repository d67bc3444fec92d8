//! The floors of `projections`, and the ideas on them: what may name what.

use super::sources::{Source, sources};
use std::collections::BTreeMap;

/// The floors of `projections`, from the lowest up.
const FLOORS: [&str; 5] = ["facts", "tables", "fold", "ask", "decide"];

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

/// What a module of a floor names that is no floor at or below its own.
fn upward(module: &Module) -> Vec<String> {
    let height = |name: &String| FLOORS.iter().position(|floor| floor == name);
    let Some(own) = module.path.first().and_then(height) else { return Vec::new() };
    let may = |path: &Vec<String>| {
        let floor = path.first().and_then(height);
        floor.is_some_and(|floor| floor <= own)
    };
    let named = module.names.iter().filter(|path| !may(path));
    named.map(|path| format!("{} names {}", module.path.join("::"), path.join("::"))).collect()
}

#[test]
fn no_floor_of_projections_names_one_above_it() {
    let modules = modules_of_projections();
    for Module { path, .. } in &modules {
        let first = path.first().map_or("", String::as_str);
        let is_placed = path.is_empty() || FLOORS.contains(&first);
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
