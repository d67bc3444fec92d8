//! How independent the reference evaluator of the tests is: what it may take of the vocabulary.

use super::sources::{Source, naming, sources};
use std::collections::BTreeSet;

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
