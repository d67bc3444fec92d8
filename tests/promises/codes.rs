//! The page of error codes and the code are one: every code and every warning, and nothing else.

use caseward::events::Code;
use std::collections::BTreeSet;

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
