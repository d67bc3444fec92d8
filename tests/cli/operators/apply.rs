//! `apply` and `import`: lines in, answers in their order out, and what a bad line, a limit or a closed pipe does.

use super::{Conversation, Desk, joins, line, lines};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};

#[test]
fn apply_says_nothing_of_accepted_lines_and_sums_up() {
    let desk = Desk::new();
    let file = desk.file("commands.jsonl", lines(&["a", "b"]));
    let ended = desk.run(&["apply", &file]);
    assert_eq!((ended.status, ended.out.as_str()), (0, ""));
    assert_eq!(ended.err, "2 lines: 2 accepted, 0 refused; position 2\n");
    let more = desk.run_with(&["apply", "-", "-v"], lines(&["c"]).as_bytes());
    assert!(more.err.contains("line 1: add_member: added user:c to group:g   position 3\n"), "{}", more.err);
    assert_eq!(desk.run_with(&["apply", "-", "-q"], lines(&["d"]).as_bytes()).err, "");
}

#[test]
fn a_refused_line_of_apply_is_told_by_its_number_and_the_rest_is_applied() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-"], lines(&["a", "a", "b"]).as_bytes());
    assert_eq!((ended.status, ended.out.as_str()), (3, ""));
    let told = "line 2: add_member: refused: `user:a` is already a direct member of `group:g` (already_member)\n\
                3 lines: 2 accepted, 1 refused (1 already_member); position 2\n";
    assert_eq!(ended.err, told);
    // An error, so `quiet` keeps it.
    assert!(desk.run_with(&["apply", "-q", "-"], lines(&["a"]).as_bytes()).err.starts_with("line 1: "));
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let desk = Desk::new();
    let text = format!("\n  \r\n{}\r\n\t\n{}", joins("a"), joins("a"));
    let ended = desk.run_with(&["apply", "-"], text.as_bytes());
    assert!(ended.err.starts_with("line 5: add_member: refused: "), "{}", ended.err);
    assert!(ended.err.contains("\n2 lines: 1 accepted, 1 refused"), "{}", ended.err);
}

#[test]
fn what_is_no_command_is_one_refused_answer_and_reading_goes_on() {
    let desk = Desk::new();
    let mut bytes = b"\xc3\x28\x00binary\n{\n[]\n7\n{\"command\":{\"add_member\":{}}}\n".to_vec();
    bytes.extend(b"{\"command\":{\"add_member\":{\"group\":\"g\",\"member\":\"user:a\"}},\"who\":1}\n");
    bytes.extend(b"{\"command\":{\"frob\":{}}}\n{\"command\":{\"erase\":{}}}\n");
    bytes.extend(b"{\"command\":{\"add_member\":{\"group\":\"a\\u0007\",\"member\":\"user:a\"}}}\n");
    bytes.extend(b"{\"command\":{\"grant\":{\"on\":\"case:1\",\"to\":\"user:a\",\"access\":\"a\\u0007\"}}}\n");
    bytes.extend(vec![b'['; 100_000]);
    bytes.extend(b"\n");
    bytes.extend(joins("a").bytes());
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], &bytes);
    assert_eq!(ended.status, 3);
    let answers = ended.json_lines();
    let codes: Vec<_> = answers.iter().map(|answer| answer["code"].as_str().unwrap_or("-")).collect();
    let invalid = "invalid";
    let expected = [invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid];
    assert_eq!(codes, [&expected[..], &[invalid, "-"]].concat());
    let for_people = desk.run_with(&["apply", "-"], &bytes);
    assert!(!for_people.err.contains(['\u{7}', '\u{1b}']), "{:?}", for_people.err);
}

#[test]
fn a_line_beyond_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let desk = Desk::new();
    let mut text = joins("a");
    text.push_str(&" ".repeat((1 << 20) - text.len()));
    text.push('\n');
    text.push_str(&"x".repeat(3 << 20));
    text.push('\n');
    text.push_str(&joins("b"));
    let ended = desk.run_with(&["apply", "-"], text.as_bytes());
    assert_eq!(ended.status, 3);
    assert!(ended.err.starts_with("line 2: refused: the line is longer than 1048576 bytes"), "{}", ended.err);
    assert!(ended.err.ends_with("3 lines: 2 accepted, 1 refused (1 invalid); position 2\n"), "{}", ended.err);
}

#[test]
fn a_line_that_never_ends_is_answered_while_it_goes_on() {
    let desk = Desk::new();
    let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has one");
    let writing = std::thread::spawn(move || while stdin.write_all(&[b'x'; 65_536]).is_ok() {});
    let mut answers = BufReader::new(child.stdout.take().expect("it has one"));
    let mut answer = String::new();
    answers.read_line(&mut answer).expect("it answers");
    assert!(answer.contains("is longer than"), "{answer}");
    child.kill().expect("it still reads");
    child.wait().expect("it ends");
    writing.join().expect("writing does not panic");
}

#[test]
fn apply_from_standard_input_answers_each_line_before_the_next_is_sent() {
    let desk = Desk::new();
    let mut conversation = Conversation::begin(&desk);
    for position in 1..=3 {
        let answer = conversation.say(&joins(&format!("u{position}")));
        assert_eq!(answer["position"], position);
    }
    assert_eq!(conversation.say("not JSON")["code"], "invalid");
    assert_eq!(conversation.say(&joins("u4"))["position"], 4);
    assert_eq!(conversation.end(), 3);
    assert_eq!(desk.head(), 4);
}

#[test]
fn answers_come_in_the_order_of_the_lines_and_positions_without_a_gap() {
    let desk = Desk::new();
    let text: String = (0..3_000).map(|number| joins(&format!("u{}", number / 2)) + "\n").collect();
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], text.as_bytes());
    let answers = ended.json_lines();
    assert_eq!(answers.len(), 3_000);
    for (index, pair) in answers.chunks(2).enumerate() {
        assert_eq!(pair[0]["position"], index as u64 + 1);
        assert_eq!(pair[1]["code"], "already_member");
    }
}

#[test]
fn apply_prints_one_array_as_json_and_one_table_as_csv() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-", "--output", "json"], lines(&["a", "a"]).as_bytes());
    let answers = ended.json();
    assert_eq!([&answers[0]["status"], &answers[1]["code"]], ["accepted", "already_member"]);
    assert_eq!(answers.as_array().map(Vec::len), Some(2));
    assert_eq!(desk.run_with(&["apply", "-", "--output", "json"], b"").json(), json!([]));
    let table = desk.run_with(&["apply", "-", "--output", "csv"], format!("\n{}", lines(&["b", "a"])).as_bytes());
    let records: Vec<_> = table.out.lines().collect();
    assert_eq!(records[..2], ["line,status,code,position,events,message", "2,accepted,,2,1,"]);
    assert!(
        records[2].starts_with("3,refused,already_member,,0,`user:a` is already a direct member"),
        "{}",
        records[2]
    );
}

#[test]
fn an_atomic_batch_is_one_commit_or_nothing() {
    let desk = Desk::new();
    let refused = desk.run_with(&["apply", "-", "--atomic"], lines(&["a", "a", "b"]).as_bytes());
    assert_eq!(refused.status, 3);
    let told = "line 2: add_member: refused: `user:a` is already a direct member of `group:g` (already_member)\n\
                3 lines: 0 accepted, 3 refused (1 already_member, 2 batch_refused); position 0\n\
                nothing was recorded, and no store was made at `";
    assert!(refused.err.starts_with(told), "{}", refused.err);
    let answers = desk.run_with(&["apply", "-", "--atomic", "--output", "jsonl"], b"{]\n[]\n").json_lines();
    assert_eq!([&answers[0]["code"], &answers[1]["code"]], ["invalid", "batch_refused"]);
    let accepted = desk.run_with(&["apply", "-", "--atomic", "--output", "jsonl"], lines(&["a", "b"]).as_bytes());
    let times: Vec<_> = accepted.json_lines().iter().map(|answer| answer["events"][0]["time"].clone()).collect();
    assert_eq!(accepted.status, 0);
    assert_eq!(times[0], times[1]);
}

#[test]
fn a_batch_has_a_limit_and_nothing_beyond_it_is_applied() {
    let desk = Desk::new();
    let text: String = (0..10_001).map(|number| joins(&format!("u{number}")) + "\n").collect();
    let ended = desk.run_with(&["apply", "-", "--atomic"], text.as_bytes());
    ended.failed(3, &["more than 10000 commands", "(invalid)", "hint: "]);
    desk.run(&["status"]).failed(2, &["there is no store"]);
}

#[test]
fn in_a_dry_run_later_lines_see_earlier_ones_and_nothing_is_appended() {
    let desk = Desk::with_history();
    let ended = desk.run_with(&["apply", "-", "--dry-run"], lines(&["a", "a"]).as_bytes());
    assert_eq!(ended.status, 3);
    assert_eq!(
        ended.out,
        "line 1: add_member: dry run: added user:a to group:g   would be position 6\n  nobody's rights would change\n"
    );
    assert!(ended.err.contains("line 2: add_member: refused: "), "{}", ended.err);
    assert!(
        ended
            .err
            .ends_with("dry run, nothing recorded: 2 lines: 1 accepted, 1 refused (1 already_member); position 5\n")
    );
    let as_json = desk.run_with(&["apply", "-", "--dry-run", "--output", "jsonl"], lines(&["a"]).as_bytes());
    assert_eq!(as_json.json()["dry_run"], true);
    assert_eq!(desk.head(), 5);
}

#[test]
fn import_brings_its_own_times_and_ends_with_zero_though_lines_were_refused() {
    let desk = Desk::with_history();
    let lines = [
        line("system:hr", 6, json!({"add_member": {"group": "g", "member": "user:a"}})),
        line("system:hr", 5, json!({"add_member": {"group": "g", "member": "user:b"}})).replace("id-5", "back"),
        line("system:hr", 7, json!({"add_member": {"group": "g", "member": "user:c"}})).replace("2026", "2999"),
        joins("d"),
        line("system:hr", 8, json!({"enable_user": {"user": "a"}})),
        line("user:ana", 5, json!({"grant": {"on": "case:1", "to": "user:bob"}})),
    ];
    let ended = desk.run_with(&["import", "-", "--output", "jsonl"], lines.join("\n").as_bytes());
    assert_eq!(ended.status, 0);
    let answers = ended.json_lines();
    assert_eq!(answers[0]["events"][0]["time"], "2026-03-06T09:00:00Z");
    let codes: Vec<_> = answers[1..4].iter().map(|answer| answer["code"].as_str().unwrap_or("-")).collect();
    assert_eq!(codes, ["time_goes_back", "time_ahead", "invalid"]);
    assert_eq!(answers[4]["events"], json!([]));
    assert_eq!(answers[5]["replayed"], true);
    let summary = "6 lines: 1 accepted, 1 unchanged, 1 replayed, 3 refused \
                   (1 invalid, 1 time_goes_back, 1 time_ahead); position 6\n";
    assert_eq!(ended.err, summary);
}

#[test]
fn a_strict_import_applies_nothing_behind_the_first_refusal() {
    let desk = Desk::new();
    let text: String = (1..=20)
        .map(|day| {
            let user = format!("user:{}", if day == 8 { 7 } else { day });
            line("system:hr", day, json!({"add_member": {"group": "g", "member": user}})) + "\n"
        })
        .collect();
    let ended = desk.run_with(&["import", "-", "--strict"], text.as_bytes());
    assert_eq!((ended.status, ended.out.as_str()), (3, ""));
    let told: Vec<_> = ended.err.lines().collect();
    assert!(told[0].starts_with("line 8: add_member: refused: "), "{}", told[0]);
    assert_eq!(told[1], "stopped at line 8: later lines were not sent");
    assert_eq!(told[3], "8 lines: 7 accepted, 1 refused (1 already_member); position 7");
    assert_eq!(desk.head(), 7);
    let again = desk.run_with(&["import", "-"], text.as_bytes());
    assert_eq!(again.status, 0);
    assert!(again.err.ends_with("20 lines: 12 accepted, 7 replayed, 1 refused (1 already_member); position 19\n"));
}

#[test]
fn a_live_command_with_a_time_is_refused_and_says_which_verb_takes_it() {
    let desk = Desk::new();
    let text = line("system:hr", 1, json!({"add_member": {"group": "g", "member": "user:a"}}));
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], text.as_bytes());
    assert_eq!(ended.status, 3);
    assert_eq!(ended.json()["hint"], "leave `time` out, or use caseward import");
}

#[test]
fn a_closed_pipe_ends_a_stream_and_its_last_line_is_named() {
    let desk = Desk::new();
    let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has one");
    let writing = std::thread::spawn(move || {
        let mut number = 0_u64;
        while writeln!(stdin, "{}", joins(&format!("u{number}"))).is_ok() {
            number += 1;
        }
    });
    let mut answers = BufReader::new(child.stdout.take().expect("it has one"));
    answers.read_line(&mut String::new()).expect("it answers");
    drop(answers);
    let mut told = String::new();
    child.stderr.take().expect("it has one").read_to_string(&mut told).expect("it says something");
    writing.join().expect("it stops reading");
    assert_eq!(child.wait().expect("it ends").code(), Some(6));
    let head = desk.head();
    let counted = format!("{head} lines: {head} accepted, 0 refused; position {head}\n");
    let stopped =
        format!("error: stopped because nobody reads the answers after line {head}; later lines were not sent\n");
    assert!(told.starts_with(&(counted + &stopped)), "{told}");
}

#[test]
fn a_file_is_applied_to_its_end_though_nobody_reads_the_answers() {
    let desk = Desk::new();
    let text: String = (0..2_000).map(|number| joins(&format!("u{number}")) + "\n").collect();
    let file = desk.file("commands.jsonl", text);
    let mut child = desk.command(&["apply", &file, "--output", "jsonl"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(desk.head(), 2_000);
}

#[test]
fn help_and_other_long_texts_are_quiet_when_nobody_reads_them() {
    let desk = Desk::new();
    for arguments in [&["man"][..], &["help"], &["completions", "bash"], &["help", "commands"]] {
        let mut child = desk.command(arguments).spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{arguments:?}");
    }
}
