//! Following a service that stops and starts again: nothing is skipped, nothing is told twice.

use super::{beside, over, ran};
use crate::served::{Served, program};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn who_follows_goes_on_where_it_was_when_the_service_is_back() {
    let mut served = Served::holding("demo");
    let address = served.address.to_string();
    let call = ["tail", "--follow", "-n", "2", "--output", "jsonl", "--timeout", "60", "-command:grant"];
    let mut follower = over(&served, &call).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(follower.stdout.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("there is more").expect("it says text");
    let before = ran(beside(&served, &["tail", "-n", "2", "--output", "jsonl", "-command:grant"])).1;
    assert_eq!([next(), next()].join("\n") + "\n", before);
    let mut at = 328;
    for round in 0..3 {
        for more in 0..2 {
            let member = format!(r#"{{"command":{{"add_member":{{"group":"g","member":"user:{round}-{more}"}}}}}}"#);
            served.accepted(&member);
            served.accepted(&format!(
                r#"{{"actor":"user:judith","command":{{"grant":{{"on":"case:4711","to":"user:{round}-{more}"}}}}}}"#
            ));
            at += 2;
            let told = next();
            assert!(told.contains(&format!(r#""position":{},"#, at - 1)), "{at}: {told}");
        }
        let (status, _, folder) = served.stop();
        assert!(status.success());
        served = Served::at(folder, &address);
    }
    follower.kill().expect("it runs");
    follower.wait().expect("it ends");
}

#[test]
fn who_follows_is_told_when_the_service_stays_away_and_ends_well_when_told_to() {
    let served = Served::holding("demo");
    let start = |timeout: &str| {
        let mut program = over(&served, &["tail", "--follow", "-n", "1", "--output", "jsonl", "--timeout", timeout]);
        let mut running = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut first = String::new();
        let mut out = BufReader::new(running.stdout.take().expect("it is piped"));
        out.read_line(&mut first).expect("it says text");
        assert!(first.contains(r#""position":328"#), "{first}");
        (running, out)
    };
    let ((told, out), (left, _out)) = (start("60"), start("1"));
    let sent = std::process::Command::new("kill").args(["-INT", &told.id().to_string()]).status();
    assert!(sent.expect("there is a `kill`").success());
    let ended = told.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
    drop(out);
    drop(served);
    let (status, _, err) = super::said(&left.wait_with_output().expect("it ends"));
    assert!(status == Some(6) && err.contains("does not answer"), "{err}");
    assert_eq!(ran(program()).0, Some(2), "without a verb it says how it is called");
}

#[test]
fn who_follows_changes_goes_on_behind_the_last_that_was_told_when_the_service_is_back() {
    let mut served = Served::holding("demo");
    let address = served.address.to_string();
    let call = ["tail", "--changes", "--follow", "-n", "60", "--output", "jsonl", "--timeout", "60"];
    let mut follower = over(&served, &call).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(follower.stdout.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("there is more").expect("it says text");
    let before = ran(beside(&served, &["tail", "--changes", "-n", "60", "--output", "jsonl"])).1;
    assert!(before.lines().count() > 3 && before.contains('@'), "{before}");
    before.lines().for_each(|line| assert_eq!(next(), line));
    let mut told = Vec::new();
    for round in 0..3 {
        for more in 0..2 {
            served.accepted(&format!(
                r#"{{"actor":"user:judith","command":{{"grant":{{"on":"case:4711","to":"user:{round}-{more}"}}}}}}"#
            ));
            let line = next();
            assert!(line.contains(&format!(r#""subject":"user:{round}-{more}","resource":"case:4711""#)), "{line}");
            told.push(line);
        }
        let (status, _, folder) = served.stop();
        assert!(status.success());
        served = Served::at(folder, &address);
    }
    follower.kill().expect("it runs");
    follower.wait().expect("it ends");
    let last: Value = serde_json::from_str(before.lines().next_back().expect("there are some")).expect("it is JSON");
    let last = last["id"].as_str().expect("it says where it stands");
    let all = ran(beside(&served, &["tail", "--changes", "--after", last, "--output", "jsonl"])).1;
    assert_eq!(all.lines().map(str::to_owned).collect::<Vec<_>>(), told, "each once");
}
