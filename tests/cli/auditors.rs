//! The verbs of auditors as programs use them: what they print, where, and with which exit status.

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
        &["check", "user:nina", "read", "case:lr-1", "--as-of", "yesterday"],
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
fn a_batch_answers_line_for_line_and_ends_with_two_where_a_line_was_invalid() {
    let desk = Desk::holding("demo");
    let questions = [
        r#"{"id":"a","subject":"user:mike","action":"read","resource":"case:4711","as_of":169,"expect":false,"rule":"x"}"#,
        "",
        r#"{"id":{"n":1},"subject":"user:mike","action":"fly","resource":"case:4711"}"#,
        "nonsense",
        r#"{"subject":"user:mike","action":"read","resource":"case:4711","as_of":168}"#,
        r#"{"id":7,"subject":"user:mike","action":"read","resource":"case:4711","as_of":9999}"#,
    ];
    let said = fed(&desk, &["check", "--batch", "-"], &questions.join("\n"));
    assert_eq!((said.status, said.err.as_str()), (2, ""));
    let lines: Vec<_> = said.out.lines().collect();
    assert!(lines[0].starts_with(r#"{"id":"a","decision":true,"rights":["read","manage_access","restrict"],"#));
    assert!(lines[1].starts_with(r#"{"id":{"n":1},"#), "{}", lines[1]);
    assert!(lines[3].starts_with(r#"{"decision":true,"#), "{}", lines[3]);
    let answers = all_json(&said.out);
    assert_eq!(answers.len(), 5);
    for index in [1, 2, 4] {
        assert_eq!((&answers[index]["status"], &answers[index]["code"]), (&"refused".into(), &"invalid".into()));
    }
    assert_eq!(answers[4]["id"], 7);
    let said = fed(&desk, &["check", "--batch", "-"], &format!("{}\n{}", questions[0], questions[4]));
    assert_eq!(said.status, 0, "a no is an answer of a batch as a yes is");
}

#[test]
fn a_batch_says_the_same_as_single_checks() {
    let desk = Desk::holding("expiry");
    let checks = std::fs::read_to_string(fixture("expiry").join("checks.jsonl")).expect("it is shipped");
    let questions: Vec<_> = all_json(&checks).into_iter().filter(|check| check.get("verb").is_none()).take(5).collect();
    let file = desk.data().with_file_name("questions.jsonl");
    let text: String = questions.iter().map(|question| format!("{question}\n")).collect();
    std::fs::write(&file, text).expect("it is written");
    let said = desk.ask(&["check", "--batch", file.to_str().expect("a plain path")]);
    let answers = all_json(&said.out);
    assert_eq!(answers.len(), questions.len());
    for (question, mut answer) in questions.iter().zip(answers) {
        let field = |name: &str| question[name].as_str().unwrap_or_default().to_owned();
        let [subject, action, resource, as_of] = ["subject", "action", "resource", "as_of"].map(field);
        let single = desk.ask(&["check", &subject, &action, &resource, "--as-of", &as_of, "--output", "json"]);
        answer.as_object_mut().expect("an object").remove("id");
        assert_eq!(answer, json(&single.out), "{question}");
        assert_eq!(answer["decision"], question["expect"], "{question}");
    }
}

#[test]
fn as_of_and_at_of_the_call_hold_for_questions_that_bring_none() {
    let desk = Desk::holding("expiry");
    let bare = r#"{"subject":"user:sven","action":"read","resource":"case:tr-1"}"#;
    let own = r#"{"subject":"user:sven","action":"read","resource":"case:tr-1","as_of":3,"at":null}"#;
    let said =
        fed(&desk, &["check", "--batch", "-", "--as-of", "4", "--at", "2024-07-15T00:00:00Z"], &[bare, own].join("\n"));
    let answers = all_json(&said.out);
    assert_eq!((&answers[0]["decision"], &answers[0]["position"]), (&true.into(), &4.into()));
    assert_eq!((&answers[1]["position"], &answers[1]["at"]), (&3.into(), &"2024-07-15T00:00:00Z".into()));
    let said = fed(&desk, &["check", "--batch", "-", "--as-of", "9999"], bare);
    assert_eq!((said.status, said.out.as_str()), (2, ""));
}

#[test]
fn a_line_beyond_the_limit_is_invalid_and_the_next_one_is_answered() {
    let desk = Desk::holding("forum-question");
    let good = r#"{"subject":"user:nina","action":"read","resource":"case:lr-1"}"#;
    let long = "x".repeat((1 << 20) + 1);
    let said = fed(&desk, &["check", "--batch", "-"], &format!("{long}\n{good}\n"));
    let answers = all_json(&said.out);
    assert_eq!(said.status, 2);
    assert!(
        answers[0]["message"].as_str().is_some_and(|told| told.contains("longer than 1048576 bytes")),
        "{}",
        answers[0]
    );
    assert_eq!(answers[1]["decision"], true);
}

#[test]
fn an_answer_of_a_stream_comes_before_the_next_question() {
    let desk = Desk::holding("forum-question");
    let mut program = desk.program();
    program.args(["check", "--batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    let mut questions = child.stdin.take().expect("it was piped");
    let mut answers = BufReader::new(child.stdout.take().expect("it was piped"));
    for id in 0..3 {
        // Half of the next question is there already; its answer must not be waited for.
        let rest = if id == 0 { "" } else { "\"subject\":\"user:nina\"," };
        let first = if id == 0 { "{\"subject\":\"user:nina\"," } else { "" };
        let question = format!("{first}{rest}\"action\":\"read\",\"resource\":\"case:lr-1\",\"id\":{id}}}\n{{");
        questions.write_all(question.as_bytes()).expect("it reads");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("it answers");
        assert_eq!(json(&answer)["id"], id);
    }
    questions.write_all(b"}").expect("it reads");
    drop(questions);
    let mut last = String::new();
    answers.read_to_string(&mut last).expect("it ends");
    assert_eq!(json(&last)["code"], "invalid");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
}

#[test]
fn a_closed_pipe_ends_a_batch_and_a_history_quietly() {
    let desk = Desk::holding("demo");
    let question = "{\"subject\":\"user:mike\",\"action\":\"read\",\"resource\":\"case:4711\"}\n";
    let file = desk.data().with_file_name("many.jsonl");
    std::fs::write(&file, question.repeat(20_000)).expect("it is written");
    let path = file.to_str().expect("a plain path").to_owned();
    for arguments in [&["check", "--batch", &path][..], &["history", "organization", "--output", "json"]] {
        let mut program = desk.program();
        let mut child =
            program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("it was piped"));
        out.read_line(&mut String::new()).expect("a first line");
        drop(out);
        let said = Said::of(child.wait_with_output().expect("it ends"));
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_batch_as_a_table_has_a_row_for_every_line() {
    let desk = Desk::holding("forum-question");
    let good = r#"{"id":"a,b","subject":"user:nina","action":"read","resource":"case:lr-1","as_of":5}"#;
    let said = fed(&desk, &["check", "--batch", "-", "--output", "csv"], &format!("{good}\n{{}}\n"));
    let rows: Vec<_> = said.out.lines().collect();
    assert_eq!(rows[0], "id,decision,rule,rights,position,at,disclose,message");
    assert!(rows[1].starts_with("\"a,b\",allow,definition_grant,read write delete,5,"), "{}", rows[1]);
    assert!(rows[2].starts_with(",refused,invalid,,,,,missing field"), "{}", rows[2]);
}

#[test]
fn a_batch_file_that_is_not_there_is_a_wrong_call() {
    let desk = Desk::holding("forum-question");
    for path in ["/no/such/file.jsonl", "/"] {
        let said = desk.ask(&["check", "--batch", path]);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{path}");
        assert!(said.err.contains(&format!("`{path}`")), "{}", said.err);
    }
    assert_eq!(desk.ask(&["check", "user:a", "read", "case:1", "--batch", "-"]).status, 2);
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

#[test]
fn who_lists_users_in_every_form() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["who", "write", "case:4711", SEALED, "--output", form]);
    let answer = json(&ask("json").out);
    let through = json(r#"[{"rule":"org_admin","source":"case:4711","subject":"user:judith"}]"#);
    assert_eq!((&answer["everyone"], &answer["position"]), (&Value::from(false), &Value::from(169)));
    assert_eq!((&answer["subjects"], &answer["links"]), (&json(r#"["user:bruno","user:judith"]"#), &json("[]")));
    assert_eq!(answer["through"]["user:judith"], through);
    let lines = all_json(&ask("jsonl").out);
    assert_eq!((&lines[1]["subject"], &lines[1]["through"]), (&Value::from("user:judith"), &through));
    let rows = "subject,position,through\nuser:bruno,169,restricted_entry\nuser:judith,169,org_admin\n";
    assert_eq!(ask("csv").out, rows);
    let human = "2 may write case:4711\n  user:bruno   restricted_entry\n  user:judith  org_admin\nposition 169 (2024-03-14T12:00:00Z)\n";
    assert_eq!(ask("human").out, human);
    let nobody = desk.ask(&["who", "write", "case:none", SEALED]);
    assert_eq!(
        (nobody.status, nobody.out.lines().next()),
        (0, Some("nobody may write case:none, which does not exist at that position"))
    );
}

#[test]
fn who_says_everyone_where_access_control_is_off() {
    let desk = Desk::holding("access-control-switch");
    let ask = |form| desk.ask(&["who", "read", "case:jo-1", "--as-of", "2024-09-02T12:00:00Z", "--output", form]);
    assert_eq!(json(&ask("json").out)["everyone"], true);
    assert_eq!(all_json(&ask("jsonl").out)[0]["everyone"], true);
    assert!(ask("csv").out.starts_with("subject,position,through\neveryone,"));
    assert!(ask("human").out.starts_with("everyone may read case:jo-1: access control is off"));
}

#[test]
fn pages_of_who_stay_pinned_to_the_position_of_the_first() {
    let desk = Desk::holding("demo");
    let ask = |more: &[&str]| {
        let arguments: Vec<_> = ["who", "read", "case:4711", "--output", "json"].iter().chain(more).copied().collect();
        json(&desk.ask(&arguments).out)
    };
    let whole = ask(&[SEALED]);
    assert!(whole.get("next").is_none(), "pages were not asked for");
    let mut page = ask(&[SEALED, "--limit", "4"]);
    let mut subjects = page["subjects"].as_array().expect("a list").clone();
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        // Neither the head nor another --as-of moves the page.
        page = ask(&["--limit", "4", "--after", &next, "--as-of", "1"]);
        assert_eq!(page["position"], 169);
        subjects.extend(page["subjects"].as_array().expect("a list").clone());
    }
    assert!(page["next"].is_null());
    assert_eq!(Value::from(subjects), whole["subjects"]);
    let human = desk.ask(&["who", "read", "case:4711", SEALED, "--limit", "4"]).out;
    assert!(human.starts_with("4 of 6 may read case:4711\n"), "{human}");
    let token = human.lines().find_map(|line| line.strip_prefix("more: --after ")).expect("there is more");
    let rest = desk.ask(&["who", "read", "case:4711", "--after", token, "--output", "csv"]).out;
    assert_eq!(
        rest,
        "subject,position,through\nuser:kessler,169,restricted_entry\nuser:mike,169,\"org_admin_capped, restricted_entry\"\n"
    );
}

#[test]
fn names_of_wide_letters_keep_the_columns_of_a_list() {
    let desk = Desk::holding("demo");
    assert_eq!(desk.ask(&["grant", "case:4712", "user:日本", "--actor", "user:judith"]).status, 0);
    let said = desk.ask(&["who", "read", "case:4712"]).out;
    let rules = said.lines().filter(|line| line.starts_with("  user:"));
    let column = |line: &str| line.rfind("  ").map(|blanks| unicode_width::UnicodeWidthStr::width(&line[..blanks]));
    let columns: Vec<_> = rules.map(column).collect();
    assert!(columns.len() > 1 && columns.iter().all(|column| *column == columns[0]), "{said}");
}

#[test]
fn rights_are_all_that_is_held_in_every_form() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["rights", "user:mike", "case:4711", SEALED, "--output", form]);
    let answer = json(r#"{"rights":["read","manage_access","restrict"],"position":169}"#);
    assert_eq!(json(&ask("json").out), answer);
    assert_eq!(json(&ask("jsonl").out), answer);
    assert_eq!(ask("csv").out, "right,position\nread,169\nmanage_access,169\nrestrict,169\n");
    assert!(
        ask("human").out.starts_with("user:mike has read, manage_access and restrict on case:4711\nposition 169 (")
    );
    let none = desk.ask(&["rights", "user:nobody", "case:none"]);
    assert_eq!(none.status, 0);
    let told = "user:nobody has nothing on case:none, which does not exist at that position\n";
    assert!(none.out.starts_with(told), "{none:?}");
    let none = desk.ask(&["rights", "user:nobody", "case:4711"]);
    assert!(none.out.starts_with("user:nobody has nothing on case:4711\n"), "{none:?}");
}

#[test]
fn a_history_tells_in_words_who_did_what_and_why() {
    let desk = Desk::holding("forum-question");
    let said = desk.ask(&["history", "case:lr-1"]);
    assert_eq!(said.status, 0);
    assert!(said.out.contains("user:paula granted `read` on case:lr-1 to\n      group:front-desk\n"), "{}", said.out);
    assert!(said.out.contains("\n      \"give the case its own grant first\"\n"), "{}", said.out);
    assert!(said.out.lines().last().is_some_and(|line| line.starts_with("position ")), "{}", said.out);
    let none = desk.ask(&["history", "case:none"]);
    assert_eq!((none.status, none.out.lines().next()), (0, Some("no event names case:none")));
}

#[test]
fn a_history_for_programs_is_an_event_a_line() {
    let desk = Desk::holding("forum-question");
    let ask = |form| desk.ask(&["history", "group:front-desk", "--output", form]).out;
    let events = all_json(&ask("json"));
    assert!(events.len() > 3);
    assert!(events.iter().all(|event| event["position"].is_u64() && event["type"].is_string()));
    assert_eq!(all_json(&ask("jsonl")), events);
    let table = ask("csv");
    assert!(table.starts_with("position,time,type,stream,actor,what,reason,reason_erased,data\n"), "{table}");
    assert_eq!(table.lines().count(), events.len() + 1);
}

#[test]
fn pages_of_a_history_join_to_the_whole() {
    let desk = Desk::holding("demo");
    let whole = desk.ask(&["history", "case:4711", "--as-of", "200", "--output", "json"]).out;
    let mut said = desk.ask(&["history", "case:4711", "--as-of", "200", "--limit", "3", "--output", "json"]);
    let mut joined = said.out.clone();
    while let Some(next) = said.err.trim_end().strip_prefix("next: --after ").map(str::to_owned) {
        assert_eq!(said.out.lines().count(), 3);
        said = desk.ask(&["history", "case:4711", "--limit", "3", "--output", "json", "--after", &next]);
        joined.push_str(&said.out);
    }
    assert_eq!(said.err, "");
    assert_eq!(joined, whole);
    assert_eq!(all_json(&whole).len(), whole.lines().count());
}

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
    assert!(said.out.contains("caseward import replay-fixtures/demo/commands.jsonl --data ./demo-data"));
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
        program.current_dir(env!("CARGO_MANIFEST_DIR")).env("CASEWARD_DATA", folder.path().join("demo-data"));
        // The directory is named by the environment alone here, so that the test writes nothing into the project.
        let arguments = command.split(" --data ").next().unwrap_or_default().split(' ');
        let said = Said::of(program.args(arguments).output().expect("the program starts"));
        assert_eq!(said.status, 0, "{command}: {}", said.err);
        assert!(!said.out.is_empty() || !said.err.is_empty(), "{command}");
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
