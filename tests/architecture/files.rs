//! What every file and every test must have, and that the guards of invariants exist.

use super::sources::collect;
use std::fs;
use std::path::Path;

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
    for path in &found {
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
    let code = all_code(root);
    let mut guards = 0;
    for invariant in section.split("\n\n").flat_map(|part| part.split("Guarded by").skip(1)) {
        for name in invariant.split('`').skip(1).step_by(2).filter(|name| name.contains('_')) {
            assert!(has_test(&code, name), "no test is called {name}");
            guards += 1;
        }
    }
    assert!(guards >= 20, "only {guards} guards are named");
}

#[test]
fn every_fault_that_is_tried_once_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("src/docs/faults.md")).expect("there is a page");
    let rows = page.split("| fault | what holds | test |").nth(1).and_then(|rest| rest.split("\n\n").next());
    let code = all_code(root);
    let mut tests = 0;
    for row in rows.expect("it has a table").lines().skip(2) {
        let name = row.trim_end_matches(" |").rsplit('|').next().map(|cell| cell.trim().trim_matches('`'));
        let name = name.expect("a row has cells");
        assert!(has_test(&code, name), "no test is called `{name}`");
        tests += 1;
    }
    assert!(tests >= 15, "only {tests} tests are named");
}

/// The text of all source files, one behind the other.
fn all_code(root: &Path) -> String {
    let mut found = Vec::new();
    for folder in ["events/src", "events/tests", "projections/src", "src", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    found.iter().map(|path| fs::read_to_string(path).expect("a source file can be read")).collect()
}

fn has_test(code: &str, name: &str) -> bool {
    code.contains(&format!("fn {name}(")) || code.lines().any(|line| line.trim() == name)
}
