//! The verbs of auditors as programs use them: what they print, where, and with which exit status.

mod batch;
mod lists;
mod tour;

use crate::cli_fixture::{Desk, Said, fixture};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const SEALED: &str = "--as-of=2024-03-14T12:00:00Z";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn all_json(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}

/// Feeds standard input and waits.
fn fed(desk: &Desk, arguments: &[&str], input: &str) -> Said {
    let mut program = desk.program();
    program.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    let input = input.to_owned();
    // From a thread of its own: answers would otherwise fill the pipe while questions wait.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    feeding.join().expect("it was fed");
    Said::of(output)
}

#[test]
fn a_check_answers_for_people_and_by_its_exit_status() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["check", "user:mike", "read", "case:4711", SEALED]);
    assert_eq!(said.status, 0);
    assert!(said.out.starts_with("allow  user:mike read case:4711   (org_admin_capped, position 169)\n  "), "{said:?}");
    let said = desk.ask(&["check", "user:ana", "read", "case:4711", SEALED]);
    assert_eq!((said.status, said.err.as_str()), (1, ""));
    assert!(said.out.starts_with("deny  user:ana read case:4711   (restricted, position 169)\n"), "{said:?}");
    assert!(
        said.out
            .ends_with("  note: to user:ana, show case:4711 as if it did not exist\n  as of 2024-03-14T12:00:00Z\n"),
        "{said:?}"
    );
}

#[test]
fn a_check_has_the_same_answer_in_the_forms_for_programs() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["check", "user:mike", "write", "case:4711", SEALED, "--output", form]);
    let said = ask("json");
    assert_eq!(said.status, 1);
    let answer = json(&said.out);
    assert_eq!(answer["rights"], json(r#"["read","manage_access","restrict"]"#));
    let keys: Vec<_> = ["decision", "rights", "rule", "position", "at", "disclose", "reasons", "set_aside"].into();
    assert_eq!(answer.as_object().expect("an object").len(), keys.len());
    assert!(keys.iter().all(|key| answer.get(key).is_some()), "{answer}");
    assert_eq!(json(&ask("jsonl").out), answer);
    let rows: Vec<_> = ask("csv").out.lines().map(str::to_owned).collect();
    assert_eq!(rows[0], "subject,action,resource,decision,rule,rights,position,at,disclose");
    let row =
        "user:mike,write,case:4711,deny,org_admin_capped,read manage_access restrict,169,2024-03-14T12:00:00Z,true";
    assert_eq!(rows[1..], [row]);
}

#[test]
fn a_question_that_cannot_be_asked_is_a_wrong_call_in_every_form() {
    let desk = Desk::holding("forum-question");
    for wrong in [
        &["check", "group:front-desk", "read", "case:lr-1"][..],
        &["check", "user:nina", "own", "case:lr-1"],
        &["check", "user:nina", "register", "case:lr-1"],
        &["check", "user:nina", "read"],
        &["check"],
        &["check", "user:nina", "read", "case:lr-1", "--as-of", "9999"],
        &["check", "user:nina", "read", "case:lr-1", "--as-of", "someday"],
        &["explain", "user:nina", "register", "case:lr-1"],
        &["who", "register", "case:lr-1"],
        &["rights", "user:nina", "case:lr-1", "--as-of", "9999"],
        &["history", "restriction:x8"],
        &["what", "group:g", "read"],
        &["what", "user:nina", "read", "--after", "nonsense"],
        &["matrix", "case:lr-1"],
        &["matrix", "profile:nobody-made-it"],
        &["history", "case:lr-1", "--as-of", "9999"],
        &["who", "read", "case:lr-1", "--limit", "0"],
        &["who", "read", "case:lr-1", "--after", "nonsense"],
        &["history", "case:lr-1", "--after", "3:0:x"],
    ] {
        let said = desk.ask(wrong);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{wrong:?}");
        assert!(said.err.starts_with("error: "), "{wrong:?}: {}", said.err);
    }
    let said = desk.ask(&["check", "user:nina", "read", "case:lr-1", "--as-of", "9999", "--output", "json"]);
    assert_eq!(said.status, 2);
    assert_eq!(json(&said.out)["code"], "invalid");
}

#[test]
fn a_page_goes_on_with_its_own_list_and_no_other() {
    let desk = Desk::holding("demo");
    let questions: &[&[&str]] = &[
        &["who", "read", "case:4711", "--as-of", "168"],
        &["who", "write", "case:4711", "--as-of", "168"],
        &["who", "read", "case:4712", "--as-of", "168"],
        &["what", "user:judith", "read", "--as-of", "168"],
        &["what", "user:mike", "read", "--as-of", "168"],
        &["what", "user:judith", "write", "--as-of", "168"],
        &["what", "user:judith", "read", "--definition", "fraud", "--as-of", "168"],
        &["access", "user:mike", "read", "case:4711"],
        &["access", "user:mike", "write", "case:4711"],
        &["access", "user:david", "read", "case:4711"],
        &["access", "user:mike", "read", "case:4711", "--from", "2024-01-01"],
        &["timeline", "case:4711"],
        &["timeline", "case:4712"],
        &["timeline", "case:4711", "--from", "2024-01-01"],
        &["diff", "case:4711", "--from", "2024-01-01"],
        &["diff", "case:4711", "--from", "2024-03-01"],
        &["diff", "user:mike", "--from", "2024-01-01"],
        &["history", "case:4711"],
        &["history", "case:4712"],
        &["history", "case:4711", "actor:judith"],
        &["history", "case:4711", "actor:elif"],
    ];
    let page = |question: &[&str], paging: &[&str]| {
        // Options stand before a query.
        let (verb, rest) = question.split_at(2);
        desk.ask(&[verb, paging, &["--output", "json"], rest].concat())
    };
    let tokens: Vec<String> = questions.iter().map(|question| next_of(&page(question, &["--limit", "1"]))).collect();
    for (asked, question) in questions.iter().enumerate() {
        // Its own, and those of questions that differ in one word.
        for of in (0..4).map(|further| (asked + further) % tokens.len()) {
            let said = page(question, &["--limit", "1", "--after", &tokens[of]]);
            if asked == of {
                assert!([0, 1].contains(&said.status), "{question:?} {said:?}");
                continue;
            }
            assert_eq!(said.status, 2, "{question:?} took the page of {:?}", questions[of]);
            let told = said.out + &said.err;
            assert!(told.contains("continues another list"), "{told}");
        }
    }
}

/// The token of a first page, in the answer or beside it.
fn next_of(said: &Said) -> String {
    let beside = said.err.lines().find_map(|line| line.strip_prefix("next: --after "));
    let beside = beside.map(|token| token.trim_matches('\'').to_owned());
    beside.unwrap_or_else(|| json(&said.out)["next"].as_str().unwrap_or_else(|| panic!("{said:?}")).to_owned())
}

#[test]
fn how_long_ago_is_a_way_to_say_as_of() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["check", "user:mike", "read", "case:4711", "--as-of", "-2d", "--output", "json"]);
    assert_eq!(said.status, 1);
    let head = json(&desk.ask(&["rights", "user:mike", "case:4711", "--output", "json"]).out)["position"].clone();
    assert_eq!(json(&said.out)["position"], head, "the history is older than two days");
}

#[test]
fn without_a_store_every_verb_says_how_to_get_one() {
    let folder = TempDir::new().expect("a temporary folder");
    for verb in [&["check", "user:a", "read", "case:1"][..], &["who", "read", "case:1"], &["history", "case:1"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_caseward"));
        program.arg("--data").arg(folder.path().join("none")).args(verb);
        let said = Said::of(program.output().expect("the program starts"));
        assert_eq!(said.status, 2, "{verb:?}");
        assert!(said.err.contains("hint: ") && said.err.contains("caseward init"), "{}", said.err);
        assert!(!folder.path().join("none").exists(), "a question makes no store");
    }
}

#[test]
fn an_explanation_never_ends_with_one_and_carries_its_events() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["explain", "user:mike", "write", "case:4711", SEALED, "--output", form]);
    let said = ask("json");
    assert_eq!(said.status, 0);
    let answer = json(&said.out);
    let cited = |part: &str| {
        let reasons = answer[part].as_array().expect("a list").iter();
        reasons.flat_map(|reason| reason["events"].as_array().expect("a list").clone()).collect::<Vec<_>>()
    };
    for position in cited("reasons").into_iter().chain(cited("set_aside")) {
        assert_eq!(answer["events"][position.to_string()]["position"], position);
    }
    assert_eq!(answer["events"]["169"]["type"], "case_restricted");
    assert_eq!(json(&ask("jsonl").out), answer);
    let table = ask("csv").out;
    assert!(
        table.starts_with("part,effect,rule,source,subject,rights,because,events\ndecision,deny,org_admin_capped,")
    );
    assert!(table.ends_with("\nset_aside,ignored,org_admin,case:4711,user:mike,write delete share,capped,2 169\n"));
}

#[test]
fn colour_is_only_where_it_was_asked_for() {
    let desk = Desk::holding("forum-question");
    let ask = |colour| desk.ask(&["explain", "user:nina", "read", "case:lr-1", "--color", colour]).out;
    assert!(ask("always").starts_with("\u{1b}[32mallow\u{1b}[0m  user:nina"));
    assert!(!ask("never").contains('\u{1b}') && !ask("auto").contains('\u{1b}'));
}

#[test]
fn text_out_of_the_log_can_neither_move_the_cursor_nor_pass_for_an_answer() {
    let appoint = serde_json::json!({
        "actor": "user:\u{202e}eve",
        "time": "2024-01-01T00:00:00Z",
        "reason": "\u{1b}[2J\nallow  user:eve",
        "command": {"appoint_org_admin": {"user": "olga"}},
    });
    let desk = Desk::of(&appoint.to_string());
    let commands = [&["explain", "user:olga", "administer", "organization"][..], &["history", "organization"]];
    for command in commands {
        let said = desk.ask(&[command, &["--color", "always"]].concat());
        assert!(!said.out.contains(['\u{202e}', '\u{7f}']) && !said.out.contains("\u{1b}[2J"), "{said:?}");
        assert!(said.out.contains(r#""\u{1b}[2J\nallow  user:eve""#), "{said:?}");
        assert!(said.out.contains(r"user:\u{202e}eve appointed user:olga as org admin"), "{said:?}");
    }
}

/// A slip of the finger must not read as a denial that somebody may cite.
#[test]
fn a_name_that_no_event_bears_is_told_beside_the_answer_with_the_one_that_was_perhaps_meant() {
    let desk = Desk::holding("demo");
    for (call, status, told) in [
        (&["check", "user:ANA", "read", "case:4711"][..], 1, "names user:ANA; did you mean user:ana?"),
        (&["explain", "user:anna", "read", "case:4711"], 0, "names user:anna; did you mean user:ana?"),
        (&["rights", "user:nobody-at-all", "case:4711"], 0, "names user:nobody-at-all\n"),
        (
            &["what", "user:ana", "read", "--definition", "frauds"],
            0,
            "names definition:frauds; did you mean definition:fraud?",
        ),
        (&["access", "user:an", "read", "case:4711"], 0, "names user:an; did you mean user:ana?"),
    ] {
        let said = desk.ask(call);
        assert_eq!(said.status, status, "{said:?}");
        assert!(said.err.starts_with("note: no event up to position 328 names "), "{said:?}");
        assert!(said.err.contains(told), "{said:?}");
        // Beside the answer, never in it.
        assert!(!said.out.contains("did you mean"), "{said:?}");
    }
    for call in [["check", "user:ana", "read", "case:4711"], ["check", "link:x8", "read", "case:4711"]] {
        assert_eq!(desk.ask(&call).err, "");
    }
    // Nobody was named before the first event.
    let said = desk.ask(&["check", "user:ana", "read", "case:4711", "--as-of", "0"]);
    assert!(said.err.contains("no event up to position 0 names user:ana\n"), "{said:?}");
}

#[test]
fn a_day_is_its_first_instant_and_the_answer_says_so() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["check", "user:ana", "read", "case:4711", "--as-of", "2024-03-14"]);
    assert!(said.out.contains(", position 168)\n") && said.out.ends_with("  as of 2024-03-14T00:00:00Z\n"), "{said:?}");
    assert!(said.err.contains("a day is its first instant, 2024-03-14T00:00:00Z; #169 and what followed"), "{said:?}");
    for quiet in ["2024-03-15", "2024-03-14T00:00:00Z", "#168"] {
        let said = desk.ask(&["check", "user:ana", "read", "case:4711", "--as-of", quiet]);
        assert!(!said.err.contains("a day is"), "{said:?}");
    }
}
