//! Every fixture that is shipped passes, and one that expects something else fails and says where.

use caseward::fixture::{CHECKS, COMMANDS, Fixture, FixtureError, REFUSALS, Report};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures");
    let entries = std::fs::read_dir(folder).expect("fixtures are shipped");
    let mut folders: Vec<_> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

async fn run(folder: &Path) -> Result<Report, FixtureError> {
    Fixture::read(folder)?.run().await
}

#[tokio::test]
async fn every_fixture_that_is_shipped_passes() {
    let mut failed = Vec::new();
    let folders = shipped();
    for folder in &folders {
        let report = run(folder).await.expect("it is a fixture");
        let Report { name, commands, checks, refusals, failures } = report;
        eprintln!("{name}: {commands} commands, {checks} checks, {refusals} refusals, {} failures", failures.len());
        failed.extend(failures.into_iter().map(|failure| format!("{name}: {failure:?}")));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(folders.len() >= 13, "only {} fixtures", folders.len());
}

/// A fixture of these files.
fn written(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (file, text) in files {
        std::fs::write(folder.path().join(file), text).expect("the file is written");
    }
    folder
}

const APPOINT: &str =
    r#"{"actor":"system:setup","time":"2024-01-01T00:00:00Z","command":{"appoint_org_admin":{"user":"olga"}}}"#;
const ADMINISTER: &str = r#"{"subject":"user:olga","action":"administer","resource":"organization","expect":true}"#;

async fn failures(commands: &str, checks: &str, refusals: &str) -> Vec<(&'static str, usize, String, String)> {
    let folder = written(&[(COMMANDS, commands), (CHECKS, checks), (REFUSALS, refusals)]);
    let report = run(folder.path()).await.expect("it is a fixture");
    let failures = report.failures.into_iter();
    failures.map(|failed| (failed.file, failed.line, failed.expected, failed.got)).collect()
}

#[tokio::test]
async fn a_wrong_answer_a_wrong_rule_and_a_wrong_list_fail_with_file_and_line() {
    let wrong = [
        ADMINISTER,
        "",
        &ADMINISTER.replace("true", "false"),
        &ADMINISTER.replace("true}", "true,\"rule\":\"case_grant\"}"),
        r#"{"verb":"who","action":"administer","resource":"organization","expect":[]}"#,
        r#"{"verb":"who","action":"administer","resource":"organization","expect":["user:olga"]}"#,
    ];
    let told = failures(APPOINT, &wrong.join("\n"), "").await;
    let expected = [
        (CHECKS, 3, "deny", "allow by org_admin"),
        (CHECKS, 4, "allow by case_grant", "allow by org_admin"),
        (CHECKS, 5, "nobody", "user:olga"),
    ];
    assert_eq!(told, expected.map(|(file, line, one, other)| (file, line, one.to_owned(), other.to_owned())));
}

#[tokio::test]
async fn a_refusal_that_nobody_expects_and_one_that_does_not_come_fail() {
    let nonsense = format!("{APPOINT}\nnonsense");
    let told = failures(&nonsense, ADMINISTER, r#"{"line": 1, "code": "exists"}"#).await;
    assert_eq!(told[0], (REFUSALS, 1, "refused with exists".to_owned(), "accepted".to_owned()));
    let (file, line, expected, got) = &told[1];
    assert_eq!((*file, *line, expected.as_str()), (COMMANDS, 2, "accepted"));
    assert!(got.starts_with("refused with invalid: not valid JSON"), "{got}");
    let told = failures(&nonsense, ADMINISTER, r#"{"line": 2, "code": "invalid"}"#).await;
    assert_eq!(told, []);
}

#[tokio::test]
async fn what_this_release_does_not_build_fails_and_says_so() {
    let access = r#"{"verb":"access","subject":"user:olga","action":"read","resource":"case:1","expect":[]}"#;
    let told = failures(APPOINT, access, "").await;
    let [(_, _, _, got)] = told.as_slice() else { panic!("{told:?}") };
    assert!(got.ends_with("is not built in this release"), "{got}");
}

#[tokio::test]
async fn a_failure_names_the_command_that_explains_it() {
    let folder = written(&[(COMMANDS, APPOINT), (CHECKS, &ADMINISTER.replace("true", "false"))]);
    let report = run(folder.path()).await.expect("refusals.jsonl may be left out");
    let hint = report.failures[0].hint.clone().expect("there is a hint");
    assert!(hint.contains("&& caseward explain user:olga administer organization --data ./"), "{hint}");
}

#[tokio::test]
async fn a_question_above_the_head_fails_and_does_not_stop_the_others() {
    let above = ADMINISTER.replace("\"expect\"", "\"as_of\":9,\"expect\"");
    let told = failures(APPOINT, &format!("{above}\n{ADMINISTER}"), "").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].3.contains("position 9 is above the head, 1"), "{told:?}");
}

#[test]
fn a_folder_without_the_files_is_no_fixture() {
    let folder = written(&[(COMMANDS, APPOINT)]);
    let read = Fixture::read(folder.path());
    assert!(matches!(read, Err(FixtureError::NotAFixture { missing: CHECKS, .. })));
    let read = Fixture::read(&folder.path().join(COMMANDS));
    assert!(matches!(read, Err(FixtureError::NotAFixture { missing: COMMANDS, .. })));
}

#[test]
fn a_bad_line_is_named_with_file_and_number() {
    for (checks, refusals, told) in [
        ("\n{", "", "checks.jsonl` line 2: not valid JSON"),
        (r#"{"subject":"user:a","action":"read","resource":"case:1"}"#, "", "line 1: `expect` is missing"),
        (r#"{"subject":"user:a","action":"read","resource":"case:1","expect":[]}"#, "", "write true or false"),
        (r#"{"verb":"who","action":"read","resource":"case:1","expect":true}"#, "", "expected a sequence"),
        (r#"{"verb":"who","action":"read","resource":"case:1","expect":[],"asof":1}"#, "", "unknown field `asof`"),
        (r#"{"verb":7}"#, "", "`verb` is not a text"),
        (ADMINISTER, r#"{"line": 2, "code": "exists"}"#, "refusals.jsonl` line 1: commands.jsonl has no line 2"),
        (ADMINISTER, r#"{"line": "1", "code": "exists"}"#, "refusals.jsonl` line 1: invalid type"),
    ] {
        let folder = written(&[(COMMANDS, APPOINT), (CHECKS, checks), (REFUSALS, refusals)]);
        let error = Fixture::read(folder.path()).expect_err("a line is bad").to_string();
        assert!(error.contains(told), "{error}");
    }
}
