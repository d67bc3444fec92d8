//! What `explain` says, to the letter: each text was read by somebody who asked whether a case worker would understand.
//!
//! `CASEWARD_BLESS=1` rewrites the texts; read what it changed before it is kept.

use crate::cli_fixture::Desk;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The name of the text, the fixture, and the question.
const GOLDENS: &[(&str, &str, &str)] = &[
    ("access-control-off", "access-control-switch", "user:dora read case:jo-1 --as-of 2024-09-02T12:00:00Z"),
    ("allowed-through-groups", "membership-ended", "user:ulla read case:sub-1 --as-of 2023-03-02T12:00:00Z"),
    ("capped-admin-denied", "org-admin-mike-cap", "user:mike write case:e-17 --as-of 2024-02-02T12:00:00Z"),
    ("capped-admin-allowed", "org-admin-mike-cap", "user:mike restrict case:e-17 --as-of 2024-02-02T12:00:00Z"),
    ("disabled", "demo", "user:jonas read case:4711 --as-of 2024-03-01T12:00:00Z"),
    ("expired", "expiry", "user:sven read case:tr-1 --as-of 2024-08-01"),
    ("group-inactive", "membership-ended", "user:viktor read case:sub-1 --as-of 2023-06-02T12:00:00Z"),
    ("insufficient", "demo", "user:ana write case:4711 --as-of 2024-01-30"),
    ("no-grant", "demo", "user:greta read case:4711 --as-of 2023-10-10"),
    ("not-found", "demo", "user:ana read case:4711 --as-of 2023-09-01"),
    ("not-yet-valid", "expiry", "user:sven read case:tr-1 --as-of 2024-06-25"),
    ("org-admin-by-policy", "policy-change", "user:quentin write case:ap-1 --as-of 2024-02-20T08:00:00Z"),
    ("restricted", "demo", "user:ana read case:4711 --as-of 2024-03-14T12:00:00Z"),
    ("restricted-entry-of-a-group", "demo", "user:carla read case:4711 --as-of 2024-03-20"),
    ("wall", "walls", "user:iris read case:mg-1 --as-of 2023-02-03T09:01:30Z"),
    ("profile-by-workspace", "workspaces-and-persons", "user:per read case:cp-1 --as-of 16"),
    ("administrator-mode", "all-three-together", "user:egon delete case:li-2 --as-of 2024-05-07T09:10:00Z"),
    ("delegation", "delegation", "user:yann write case:tn-1 --as-of 11 --at 2024-07-08T00:00:00Z"),
    ("broken-glass", "break-glass", "user:nina read case:pf-1 --as-of 2024-09-04T01:10:30Z"),
    ("link", "completion-and-sharing", "link:bridge read case:rq-1 --as-of 2024-04-04T09:06:30Z"),
    ("completed-locked", "completion-and-sharing", "user:xaver write case:rq-1 --as-of 2024-04-08T09:00:30Z"),
    ("case-grant", "demo", "user:ana write case:4711 --as-of 2024-01-10"),
    ("definition-grant", "demo", "user:ana read case:4711 --as-of 2024-01-30"),
    ("organization-grant", "organization-grants", "user:paul read case:ll-1 --as-of 2024-10-01T12:00:00Z"),
    ("windows-at-another-instant", "expiry", "user:sven read case:tr-1 --as-of 4 --at 2024-07-15T00:00:00Z"),
];

#[test]
fn every_text_is_as_it_was_read() {
    let bless = std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for (name, fixture, question) in GOLDENS {
        let said = explained(fixture, question);
        let path = folder().join(format!("{name}.txt"));
        if bless {
            std::fs::write(&path, &said).expect("the text is written");
        } else if std::fs::read_to_string(&path).unwrap_or_default() != said {
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "these texts have changed (CASEWARD_BLESS=1 keeps them):\n{}", wrong.join("\n"));
}

#[test]
fn no_text_is_left_over() {
    let named: BTreeSet<_> = GOLDENS.iter().map(|(name, ..)| format!("{name}.txt")).collect();
    let there = std::fs::read_dir(folder()).expect("the folder is there");
    let there: BTreeSet<_> =
        there.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(there, named);
}

#[test]
fn every_text_fits_eighty_columns_and_names_its_rule() {
    for (name, ..) in GOLDENS {
        let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).expect("the text is there");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let verdict = text.lines().find(|line| line.contains("rule `"));
        assert!(verdict.is_some_and(|line| line.starts_with(['✔', '✘'])), "{name}");
        assert!(text.lines().last().is_some_and(|line| line.starts_with("next: caseward history ")), "{name}");
    }
}

#[test]
fn every_rule_decides_in_some_text() {
    let read = |name: &str| std::fs::read_to_string(folder().join(format!("{name}.txt"))).expect("the text is there");
    let all: String = GOLDENS.iter().map(|(name, ..)| read(name)).collect();
    for rule in caseward::projections::Rule::ALL {
        assert!(all.contains(&format!("rule `{rule}`: ")), "no text is about `{rule}`");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/explain")
}

fn explained(fixture: &str, question: &str) -> String {
    let desk = Desk::holding(fixture);
    let arguments: Vec<_> = ["explain"].into_iter().chain(question.split(' ')).collect();
    let said = desk.ask(&arguments);
    assert_eq!(said.status, 0, "{question}");
    // Beside the answer, and not of it: who is named by no event yet, and what a day means.
    assert!(said.err.lines().all(|line| line.starts_with("note: ")), "{question}: {}", said.err);
    said.out
}
