//! The fixtures that are shipped, and the tour.

use super::*;

#[test]
fn the_shipped_fixtures_pass_by_the_verb_in_every_form() {
    let desk = Desk::holding("forum-question");
    let [one, two] = ["expiry", "demo"].map(|name| fixture(name).to_str().expect("a plain path").to_owned());
    let ask = |form| desk.ask(&["test", &one, &two, "--output", form]);
    let said = ask("human");
    assert_eq!((said.status, said.err.as_str()), (0, "all 2 fixtures passed\n"));
    assert_eq!(said.out.lines().last(), Some("ok  demo  (330 commands, 149 checks, 10 refusals)"));
    let answer = json(&ask("json").out);
    assert_eq!((&answer["failed"], &answer["fixtures"][1]["passed"]), (&0.into(), &true.into()));
    assert_eq!(all_json(&ask("jsonl").out)[0]["fixture"], "expiry");
    assert_eq!(ask("csv").out.lines().nth(2), Some("demo,ok,330,149,10,,,,,"));
}

#[test]
fn a_fixture_that_expects_otherwise_ends_with_one_and_a_folder_that_is_none_with_two() {
    let desk = Desk::holding("forum-question");
    let folder = TempDir::new().expect("a temporary folder");
    let checks = r#"{"subject":"user:a","action":"administer","resource":"organization","expect":true}"#;
    std::fs::write(folder.path().join("commands.jsonl"), "").expect("it is written");
    std::fs::write(folder.path().join("checks.jsonl"), checks).expect("it is written");
    let path = folder.path().to_str().expect("a plain path");
    let said = desk.ask(&["test", path]);
    assert_eq!(said.status, 1);
    let told =
        "  checks.jsonl:1: user:a administer organization\n      expected: allow\n      got:      deny by no_grant\n";
    assert!(said.out.contains(told), "{}", said.out);
    assert!(said.out.contains("hint: caseward import "), "{}", said.out);
    assert!(desk.ask(&["test", path, "--output", "csv"]).out.contains(",failed,0,1,0,checks.jsonl,1,"));
    let none = desk.data().with_file_name("none");
    let said = desk.ask(&["test", none.to_str().expect("a plain path")]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("is not a fixture: it has no commands.jsonl"), "{}", said.err);
}

/// Runs the tour with a place of its own for temporary directories; gives what it left there, too.
fn toured(form: &str) -> (Said, usize) {
    let folder = TempDir::new().expect("a temporary folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
    program.env("TMPDIR", folder.path()).env("TMP", folder.path()).env("NO_COLOR", "1");
    let said = Said::of(program.args(["demo", "--output", form]).output().expect("the program starts"));
    (said, std::fs::read_dir(folder.path()).expect("it is there").count())
}

#[test]
fn the_tour_answers_in_every_form_and_leaves_nothing_behind() {
    let (said, left) = toured("human");
    assert_eq!((said.status, said.err.as_str(), left), (0, "", 0));
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    assert!(said.out.contains("$ caseward who read case:4711 --as-of 2024-03-14T12:00:00Z\n"), "{}", said.out);
    assert!(said.out.contains("caseward demo --keep ./demo-data"));
    let (answers, left) = toured("json");
    let answers = json(&answers.out);
    assert_eq!(left, 0);
    let lines = all_json(&toured("jsonl").0.out);
    assert_eq!(answers, Value::from(lines.clone()));
    assert!((5..=7).contains(&lines.len()));
    assert_eq!(toured("csv").0.out.lines().next(), Some("question,command,answer"));
}

#[test]
fn what_the_tour_says_is_what_the_typed_command_says() {
    let desk = Desk::holding("demo");
    for stop in all_json(&toured("jsonl").0.out) {
        let command = stop["command"].as_str().expect("a text").to_owned();
        let arguments: Vec<_> = command.split(' ').skip(1).chain(["--output", "json"]).collect();
        assert_eq!(json(&desk.ask(&arguments).out), stop["answer"], "{command}");
    }
}

#[test]
fn what_the_tour_says_to_type_next_can_be_typed() {
    let folder = TempDir::new().expect("a temporary folder");
    let said = toured("human").0.out;
    let told = said.split("Your turn.").nth(1).expect("it says what to type next");
    let commands: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("  caseward ")).collect();
    assert!(commands.len() >= 4, "{told}");
    for command in commands {
        let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
        program.current_dir(folder.path()).env("CASEWARD_DATA", "./demo-data");
        let said = Said::of(program.args(command.split(' ')).output().expect("the program starts"));
        assert_eq!(said.status, 0, "{command}: {}", said.err);
        assert!(!said.out.is_empty() || !said.err.is_empty(), "{command}");
    }
}
