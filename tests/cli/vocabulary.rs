//! The program speaks the vocabulary of `caseward-events`: whatever it prints as JSON is read back by the type of its verb and
//! written again to the byte, and the same question gives the same bytes however it is asked.

use crate::cli_fixture::Desk;
use caseward::events::answer::{
    AccessAnswer, CheckAnswer, CloudEvent, CommandAnswer, Decision, DiffAnswer, DiffLine, ExplainAnswer, HistoryEntry,
    Interval, MatrixOfDefinition, MatrixOfProfile, RightsAnswer, Status, TimelineAnswer, TimelineLine, WhatAnswer,
    WhatLine, WhoAnswer, WhoLine,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::process::Stdio;

/// As of an instant that the demo reaches far beyond.
const SEALED: [&str; 2] = ["--as-of", "2024-03-14T12:00:00Z"];
const STRETCH: [&str; 4] = ["--from", "2024-01-01", "--to", "2024-06-01"];

fn asked(desk: &Desk, question: &[&str], form: &str) -> String {
    let said = desk.ask(&[question, &["--output", form]].concat());
    assert!([0, 1].contains(&said.status), "{question:?}: {said:?}");
    said.out
}

/// Reads every line as a type, and expects that to write the line again.
fn is<T: Serialize + DeserializeOwned>(printed: &str) {
    assert!(!printed.is_empty(), "nothing was printed");
    for line in printed.lines() {
        let read: T = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert_eq!(serde_json::to_string(&read).expect("it has a JSON form"), line);
    }
}

/// Gives lines to a verb that reads them.
fn given(desk: &Desk, verb: &[&str], lines: &str) -> String {
    let mut program = desk.program();
    program.args(verb).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = program.spawn().expect("the program starts");
    running.stdin.take().expect("it is piped").write_all(lines.as_bytes()).expect("it reads");
    String::from_utf8(running.wait_with_output().expect("it ends").stdout).expect("it says text")
}

#[test]
fn every_verb_of_an_auditor_prints_what_its_type_reads_and_writes_again() {
    let desk = Desk::holding("demo");
    let json = |question: &[&str]| asked(&desk, &[question, &SEALED].concat(), "json");
    let jsonl = |question: &[&str]| asked(&desk, &[question, &SEALED].concat(), "jsonl");
    let check = ["user:mike", "write", "case:4711"];
    is::<Decision>(&json(&[&["check"][..], &check].concat()));
    is::<ExplainAnswer>(&json(&[&["explain"][..], &check].concat()));
    for page in [&[][..], &["--limit", "2"], &["--limit", "9"]] {
        is::<WhoAnswer>(&json(&[&["who", "read", "case:4711"], page].concat()));
        is::<WhoLine>(&jsonl(&[&["who", "read", "case:4711"], page].concat()));
        is::<WhatAnswer>(&json(&[&["what", "user:mike", "read"], page].concat()));
        is::<WhatLine>(&jsonl(&[&["what", "user:mike", "read"], page].concat()));
    }
    is::<RightsAnswer>(&json(&["rights", "user:mike", "case:4711"]));
    is::<MatrixOfDefinition>(&json(&["matrix", "definition:fraud"]));
    let profiles = Desk::holding("profile-matrix");
    is::<MatrixOfProfile>(&asked(&profiles, &["matrix", "profile:inspector"], "json"));
    is::<MatrixOfDefinition>(&asked(&profiles, &["matrix", "definition:permit"], "json"));
}

/// Every question that can be asked about a moment to come, with its answer read as its type.
#[test]
fn every_answer_about_a_moment_to_come_says_that_it_may_change_in_each_form() {
    let desk = Desk::holding("demo");
    let profiles = Desk::holding("profile-matrix");
    let to_come = ["--as-of", "2190-01-01"];
    let stretch = ["--from", "2024-01-01", "--to", "2190-01-01"];
    let check = |desk: &Desk, question: &[&str], read: fn(&str)| {
        let said = asked(desk, question, "json");
        read(&said);
        assert!(said.contains(r#""settled":false"#), "{question:?}: {said}");
        let told = desk.ask(question);
        assert_eq!(told.out.matches("the answer may still change").count(), 1, "{question:?}: {}", told.out);
        let now: Vec<&str> =
            question.iter().copied().filter(|word| !["--as-of", "--to", "2190-01-01"].contains(word)).collect();
        let now = asked(desk, &now, "json");
        assert!(!now.contains("settled"), "{now}");
    };
    check(&desk, &[&["check", "user:mike", "write", "case:4711"][..], &to_come].concat(), is::<Decision>);
    check(&desk, &[&["explain", "user:mike", "write", "case:4711"][..], &to_come].concat(), is::<ExplainAnswer>);
    check(&desk, &[&["who", "read", "case:4711"][..], &to_come].concat(), is::<WhoAnswer>);
    check(&desk, &[&["what", "user:mike", "read"][..], &to_come].concat(), is::<WhatAnswer>);
    check(&desk, &[&["rights", "user:mike", "case:4711"][..], &to_come].concat(), is::<RightsAnswer>);
    check(&desk, &[&["matrix", "definition:fraud"][..], &to_come].concat(), is::<MatrixOfDefinition>);
    check(&profiles, &[&["matrix", "profile:inspector"][..], &to_come].concat(), is::<MatrixOfProfile>);
    check(&desk, &[&["access", "user:ana", "read", "case:4711"][..], &stretch].concat(), is::<AccessAnswer>);
    check(&desk, &[&["timeline", "case:4711"][..], &stretch].concat(), is::<TimelineAnswer>);
    check(&desk, &[&["diff", "case:4711"][..], &stretch].concat(), is::<DiffAnswer>);
    // A later page is of the same moment, and a list says it beside its lines.
    let who = ["who", "read", "case:4711", "--limit", "1", "--output", "json"];
    let first: WhoAnswer =
        serde_json::from_str(&desk.ask(&[&who[..], &to_come].concat()).out).expect("it is an answer");
    let token = first.next.token().expect("there are more").to_string();
    assert!(desk.ask(&[&who[..], &["--after", &token]].concat()).out.contains(r#""settled":false"#));
    // What is printed one a line, or as a table, has it beside the data; for people it stands behind.
    let questions = desk.data().with_extension("questions");
    let question = r#"{"subject":"user:mike","action":"write","resource":"case:4711","as_of":"2190-01-01T00:00:00Z"}"#;
    std::fs::write(&questions, question).expect("there is room");
    let questions = questions.to_str().expect("a plain name");
    for (question, form) in [
        (&["who", "read", "case:4711"][..], "jsonl"),
        (&["check", "user:mike", "write", "case:4711"], "csv"),
        (&["explain", "user:mike", "write", "case:4711"], "csv"),
        (&["check", "--batch", questions], "csv"),
        (&["history", "case:4711"], "human"),
        (&["history", "case:4711"], "json"),
        (&["tail"], "human"),
        (&["tail"], "csv"),
        (&["export"], "jsonl"),
        (&["policy", "show"], "human"),
        (&["policy", "show"], "csv"),
        (&["vocabulary", "show"], "human"),
        (&["vocabulary", "show"], "csv"),
    ] {
        let said = desk.ask(&[question, &to_come, &["--output", form]].concat());
        let told = format!("{}{}", said.out, said.err).matches("the answer may still change").count();
        assert_eq!(told, 1, "{question:?} {form}: {said:?}");
        let now = desk.ask(&[question, &["--output", form]].concat());
        let is_batch = question.contains(&"--batch");
        assert!(is_batch || !format!("{}{}", now.out, now.err).contains("may still change"), "{now:?}");
    }
    for question in [["policy", "show"], ["vocabulary", "show"]] {
        let said = desk.ask(&[&question[..], &to_come, &["--output", "json"]].concat());
        assert!(said.out.contains(r#""settled":false"#) && said.err.is_empty(), "{said:?}");
        assert!(!desk.ask(&[&question[..], &["--output", "json"]].concat()).out.contains("settled"));
    }
}

#[test]
fn an_answer_about_a_name_that_no_event_bears_says_so_and_no_other() {
    let desk = Desk::holding("demo");
    let questions: [(&[&str], &str, &str); 8] = [
        (&["check", "NAME", "read", "case:4711"], "user:ana", "user:ANA"),
        (&["explain", "NAME", "read", "case:4711"], "user:ana", "user:ANA"),
        (&["rights", "NAME", "case:4711"], "user:ana", "user:ANA"),
        (&["rights", "user:ana", "NAME"], "case:4711", "case:4711b"),
        (&["what", "NAME", "read"], "user:ana", "user:ANA"),
        (&["what", "user:ana", "read", "--definition", "NAME"], "fraud", "frauds"),
        (&["who", "read", "NAME"], "case:4711", "case:4711b"),
        (&["access", "NAME", "read", "case:4711"], "user:ana", "user:ANA"),
    ];
    for (question, known, unknown) in questions {
        let of = |name: &'static str| {
            let words: Vec<&str> = question.iter().map(|word| if *word == "NAME" { name } else { word }).collect();
            asked(&desk, &words, "json").contains(r#""known":false"#)
        };
        assert_eq!((of(known), of(unknown)), (false, true), "{question:?}");
    }
    let diff = asked(&desk, &["diff", "user:ANA", "--from", "1"], "json");
    assert!(diff.contains(r#""known":false"#), "{diff}");
    is::<DiffAnswer>(&diff);
}

#[test]
fn answers_about_stretches_of_time_are_read_and_written_again() {
    let desk = Desk::holding("demo");
    for page in [&[][..], &["--limit", "1"]] {
        let over = |question: &[&'static str]| [question, &STRETCH, page].concat();
        let access = over(&["access", "user:ana", "read", "case:4711"]);
        is::<AccessAnswer>(&asked(&desk, &access, "json"));
        is::<Interval>(&asked(&desk, &access, "jsonl"));
        let timeline = over(&["timeline", "case:4711"]);
        is::<TimelineAnswer>(&asked(&desk, &timeline, "json"));
        is::<TimelineLine>(&asked(&desk, &timeline, "jsonl"));
        for of in ["case:4711", "user:ana", "organization"] {
            let diff = over(&["diff", of]);
            is::<DiffAnswer>(&asked(&desk, &diff, "json"));
            is::<DiffLine>(&asked(&desk, &diff, "jsonl"));
        }
    }
}

#[test]
fn a_question_gives_the_same_bytes_alone_as_a_line_of_a_batch_and_explained() {
    let desk = Desk::holding("demo");
    for [subject, action, resource, as_of] in [
        ["user:mike", "write", "case:4711", "2024-03-14T12:00:00Z"],
        ["user:mike", "read", "case:4711", "169"],
        ["user:nobody", "read", "case:none", "328"],
        ["user:mike", "read", "case:4711", "9999"],
        ["user:ana", "register", "definition:fraud", "2024-01-01T00:00:00Z"],
    ] {
        let words = [subject, action, resource, "--as-of", as_of];
        let alone = desk.ask(&[&["check"][..], &words, &["--output", "json"]].concat()).out;
        assert_eq!(desk.ask(&[&["check"][..], &words, &["--output", "jsonl"]].concat()).out, alone);
        let as_of = as_of.parse::<u64>().map_or_else(|_| format!("{as_of:?}"), |position| position.to_string());
        let line =
            format!(r#"{{"subject":"{subject}","action":"{action}","resource":"{resource}","as_of":{as_of}}}"#) + "\n";
        assert_eq!(given(&desk, &["check", "--batch", "-"], &line), alone, "{words:?}");
        let named = line.replacen('{', r#"{"id":"q-1","#, 1);
        let answer = given(&desk, &["check", "--batch", "-"], &named);
        assert_eq!(answer, alone.replacen('{', r#"{"id":"q-1","#, 1), "{words:?}");
        is::<CheckAnswer>(&answer);
        let explained = desk.ask(&[&["explain"][..], &words, &["--output", "json"]].concat()).out;
        if alone.contains(r#""status":"refused""#) {
            assert_eq!(explained, alone, "{words:?}");
        } else {
            let decision = alone.trim_end().strip_suffix('}').expect("it is an object");
            assert!(explained.starts_with(&format!("{decision},\"events\":{{")), "{explained}");
        }
    }
}

#[test]
fn an_event_has_one_form_whichever_verb_prints_it() {
    let desk = Desk::holding("demo");
    let history = asked(&desk, &["history", "organization"], "jsonl");
    is::<HistoryEntry>(&history);
    assert_eq!(asked(&desk, &["history", "organization"], "json"), history);
    assert_eq!(desk.ask(&["export", "-q"]).out, history);
    assert_eq!(asked(&desk, &["tail", "-n", "9999"], "json"), history);
    let events: Vec<&str> = history.lines().collect();
    let clouds = desk.ask(&["export", "-q", "--format", "cloudevents"]).out;
    is::<CloudEvent>(&clouds);
    assert_eq!(clouds.lines().count(), events.len());
    for (cloud, event) in clouds.lines().zip(&events) {
        assert!(cloud.ends_with(&format!("\"data\":{event}}}")), "{cloud}");
    }
    let explained = asked(&desk, &[&["explain", "user:mike", "write", "case:4711"][..], &SEALED].concat(), "json");
    let diff = asked(&desk, &["diff", "case:4711", "--from", "168", "--to", "169"], "json");
    for (answer, position) in [(&explained, 169), (&diff, 169)] {
        let event = events[position - 1];
        assert!(answer.contains(&format!("\"{position}\":{event}")), "{answer}");
    }
}

#[test]
fn a_command_gives_the_same_bytes_from_a_file_from_an_import_and_as_a_shorthand() {
    let desk = Desk::holding("demo");
    let body = concat!(
        r#""actor":"user:elif","reason":"covers","command":"#,
        r#"{"grant":{"on":"case:4711","to":"user:zoe","access":"read"}}"#,
    );
    let live = format!("{{\"id\":\"same-1\",{body}}}\n");
    let first = given(&desk, &["apply", "-", "-q", "--output", "jsonl"], &live);
    is::<CommandAnswer>(&first);
    let again = given(&desk, &["apply", "-", "-q", "--output", "jsonl"], &live);
    assert_eq!(again, first.replacen(r#""warnings":[]"#, r#""warnings":[],"replayed":true"#, 1));
    let timed = format!("{{\"id\":\"same-1\",\"time\":\"2026-01-01T00:00:00Z\",{body}}}\n");
    assert_eq!(given(&desk, &["import", "-", "-q", "--output", "jsonl"], &timed), again);
    let whole = given(&desk, &["apply", "-", "-q", "--output", "json"], &live);
    assert_eq!(whole, format!("[\n{}\n]\n", again.trim_end()));
    let shorthand = ["grant", "case:4711", "user:zoe", "--actor", "user:elif", "--reason", "covers", "--id", "same-1"];
    assert_eq!(asked(&desk, &shorthand, "json"), again);
    let told = asked(&desk, &["tail", "-n", "1"], "json");
    assert!(again.contains(&format!("\"events\":[{}]", told.trim_end())), "{again}");
    let refused = given(&desk, &["apply", "-", "-q", "--output", "jsonl"], &live.replace("same-1", "same-2"));
    is::<CommandAnswer>(&refused);
    assert!(refused.starts_with(r#"{"status":"refused","code":"already_granted","message":"#), "{refused}");
    let dry = desk.ask(&["grant", "case:4712", "user:zoe", "--actor", "user:judith", "--dry-run", "--output", "json"]);
    is::<CommandAnswer>(&dry.out);
}

#[test]
fn the_tour_and_the_list_of_organizations_hold_the_answers_of_their_verbs() {
    let desk = Desk::holding("demo");
    let listed = asked(&desk, &["org", "list"], "jsonl");
    is::<Status>(&listed);
    assert_eq!(asked(&desk, &["org", "list"], "json"), format!("{{\"organizations\":[{}]}}\n", listed.trim_end()));
    let tour = desk.ask(&["demo", "--output", "jsonl"]).out;
    for stop in tour.lines() {
        let parsed: serde_json::Value = serde_json::from_str(stop).expect("it is JSON");
        let words = parsed["command"].as_str().expect("it names a command").split(' ').skip(1).collect::<Vec<_>>();
        let answer = asked(&desk, &words, "json");
        assert!(stop.ends_with(&format!("\"answer\":{}}}", answer.trim_end())), "{stop}");
    }
}
