//! `check --batch` and streams: an answer for each line, in order, and as single checks say it.

use super::*;

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
