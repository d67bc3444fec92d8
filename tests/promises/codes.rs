//! The page of error codes and the code are one: every code and every warning, and nothing else.

use caseward::events::Code;
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../../src/docs/error-codes.md");

/// The names in the first column of the tables under a heading.
fn named(heading: &str) -> BTreeSet<&str> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).expect("the page has the section");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().expect("a row has a name")).collect()
}

#[test]
fn every_code_of_a_refusal_is_on_the_page_in_order() {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(named("Refusals"), codes.iter().copied().collect());
    let places: Vec<_> = codes.iter().map(|code| PAGE.find(&format!("| `{code}` |"))).collect();
    assert!(places.is_sorted(), "the page gives the codes in another order");
}

/// The codes that the service gives a status of its own.
fn of_the_service(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            of_the_service(&path, found);
            continue;
        }
        let code = std::fs::read_to_string(&path).expect("a source file can be read");
        for rest in code.split("Problem::new(").skip(1).chain(code.split("Problem::fault(").skip(1)) {
            let literal =
                rest.split(',').nth(1).map(str::trim).and_then(|code| code.strip_prefix('"')?.strip_suffix('"'));
            found.extend(literal.map(str::to_owned));
        }
    }
}

#[test]
fn every_code_of_the_service_is_on_the_page() {
    let mut found = BTreeSet::new();
    of_the_service(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service"), &mut found);
    let shared: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
    let own: BTreeSet<_> = found.iter().map(String::as_str).filter(|code| !shared.contains(code)).collect();
    assert_eq!(named("Service"), own);
}

#[test]
fn every_warning_is_on_the_page() {
    assert_eq!(named("Warnings"), BTreeSet::from(caseward::events::Warning::CODES));
}

#[test]
fn every_rule_and_every_because_is_on_the_page() {
    use caseward::projections::{Because, Rule};
    assert_eq!(named("Rules"), Rule::ALL.iter().map(|rule| rule.name()).collect());
    assert_eq!(named("Set aside"), Because::ALL.iter().map(|because| because.name()).collect());
}
