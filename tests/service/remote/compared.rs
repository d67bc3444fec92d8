//! Every verb: over a service it prints what it prints over the store, with the same status; or it says that it needs the store.
//!
//! INVARIANT: the verbs are those that the help of the program lists, so that a new one cannot be forgotten.

use super::{Said, beside, given, over, ran};
use crate::served::{Served, fixture, program};
use std::collections::BTreeSet;

/// Verbs that ask, with everything that is compared of each.
const ASK: &[&[&str]] = &[
    &["check", "user:ana", "read", "case:4711", "--as-of", "168"],
    &["check", "user:mike", "write", "case:4711", "--as-of", "300", "--at", "2024-03-14T12:00:00Z"],
    &["check", "user:mikee", "write", "case:4711", "--as-of", "300"],
    &["check", "user:mike", "fly", "case:4711"],
    &["check", "user:mike", "write", "definition:fraud", "--as-of", "2024-03-14"],
    &["check", "user:mike", "assign", "organization", "--as-of", "300"],
    &["check", "user:mike", "write", "case:4711", "--as-of", "999999"],
    &["check", "user:mike", "write", "case:4711", "--as-of", "168", "--labels"],
    &["rights", "user:mike", "case:4711", "--as-of", "300"],
    &["rights", "user:mike", "case:0", "--as-of", "300"],
    &["rights", "user:mikee", "case:4711", "--as-of", "300"],
    &["rights", "user:mike", "organization", "--as-of", "2190-01-01"],
    &["rights", "user:mike", "case:4711", "--as-of", "168", "--labels"],
    &["explain", "user:mike", "write", "case:4711", "--as-of", "168"],
    &["explain", "user:mike", "write", "case:4711", "--as-of", "300", "--labels"],
    &["explain", "user:nobody", "write", "case:4711", "--as-of", "300"],
    &["explain", "user:mike", "fly", "case:4711"],
    &["what", "user:mike", "read", "--as-of", "328"],
    &["what", "user:mike", "read", "--as-of", "328", "--limit", "3", "--labels"],
    &["what", "user:MIKE", "read", "--as-of", "328", "--definition", "frauds"],
    &["what", "user:mike", "read", "--after", "nonsense"],
    &["who", "read", "case:4711", "--as-of", "168"],
    &["who", "write", "case:4711", "--as-of", "328", "--at", "2024-03-14T12:00:00Z", "--labels"],
    &["who", "read", "case:4711", "--as-of", "300", "--limit", "2"],
    &["who", "read", "case:0", "--as-of", "300"],
    &["who", "fly", "case:4711"],
    &["who", "read", "case:4711", "--as-of", "2024-03-14"],
    &["who", "read", "case:4711", "--after", "nonsense"],
    &["who", "read", "case:4711", "--from", "2024-03-01", "--to", "2024-04-01"],
    &["who", "read", "case:4711", "--to", "2024-04-01", "--as-of", "200", "--limit", "1", "--labels"],
    &["who", "read", "case:0", "--from", "2024-03-01", "--to", "300"],
    &["who", "read", "case:4711", "--from", "300", "--to", "200"],
    &["who", "read", "case:4711", "--to", "300", "--at", "2024-04-01T00:00:00Z"],
    &["access", "user:mike", "write", "case:4711", "--to", "2024-06-01"],
    &["access", "user:mike", "read", "case:4711", "--from", "100", "--to", "328", "--limit", "1", "--labels"],
    &["access", "user:ana", "read", "case:4711", "--as-of", "200", "--to", "2024-06-01"],
    &["access", "user:nobody", "read", "case:0", "--to", "328"],
    &["access", "user:mike", "fly", "case:4711"],
    &["access", "user:mike", "write", "case:4711", "--after", "nonsense"],
    &["access", "user:mike", "write", "case:4711", "--at", "2024-04-01T00:00:00Z"],
    &["timeline", "case:4711", "--to", "328"],
    &["timeline", "case:4711", "--from", "100", "--to", "2024-06-01", "--limit", "2", "--labels"],
    &["timeline", "definition:fraud", "--from", "2024-01-01", "--to", "2024-06-01", "--as-of", "200"],
    &["timeline", "organization", "--to", "2024-06-01", "--limit", "3"],
    &["timeline", "case:4711", "--to", "2024-06-01", "--svg", "-"],
    &["timeline", "case:4711", "--to", "2024-06-01", "--svg", "-", "--limit", "1"],
    &["timeline", "case:0", "--to", "328"],
    &["timeline", "case:4711", "--at", "2024-04-01T00:00:00Z"],
    &["diff", "case:4711", "--from", "100", "--to", "300"],
    &["diff", "case:4711", "--from", "2024-03-01", "--to", "2024-06-01", "--limit", "1", "--labels"],
    &["diff", "organization", "--from", "100", "--to", "328", "--limit", "4"],
    &["diff", "user:mike", "--from", "2024-03-01", "--to", "328"],
    &["diff", "case:0", "--from", "100", "--to", "300"],
    &["diff", "case:4711", "--from", "300", "--to", "300"],
    &["diff", "case:4711", "--from", "100", "--as-of", "300"],
    &["diff", "case:4711", "--from", "100", "--after", "nonsense"],
    &["history", "case:4711"],
    &["history", "case:4711", "--as-of", "200", "--limit", "4"],
    &["history", "organization", "command:grant", "-actor:judith"],
    &["history", "user:nobody"],
    &["history", "case:4711", "actor:nobody"],
    &["history", "case:4711", "--as-of", "999999"],
    &["history", "case:4711", "typ:x"],
    &["stranded", "--as-of", "328"],
    &["stranded", "--as-of", "328", "--definition", "fraud", "--limit", "1", "--labels"],
    &["stranded", "--definition", "frauds", "--at", "2024-03-14T12:00:00Z", "--as-of", "300"],
    &["stranded", "--as-of", "2190-01-01"],
    &["stranded", "--after", "nonsense"],
    &["matrix", "definition:fraud", "--as-of", "300"],
    &["matrix", "definition:fraud", "--as-of", "2190-01-01", "--labels"],
    &["matrix", "definition:fraud", "--as-of", "2024-03-14", "--at", "2024-03-14T12:00:00Z"],
    &["matrix", "profile:nobody"],
    &["matrix", "definition:frauds", "--as-of", "300"],
    &["report", "case:4711", "--html", "-", "--to", "328"],
    &["report", "case:4711", "--html", "-", "--from", "2024-03-01", "--to", "2024-06-01", "--as-of", "200"],
    &["report", "user:mike", "--html", "-", "--to", "2024-06-01", "--limit", "2"],
    &["report", "case:4711", "--html", "-", "--from", "100", "--to", "2190-01-01"],
    &["report", "case:0", "--html", "-", "--to", "328"],
    &["report", "group:night", "--html", "-"],
    &["report", "case:4711", "--html", "-", "--at", "2024-03-14T12:00:00Z"],
    &["report", "case:4711", "--html", "-", "--from", "300", "--to", "200"],
    &["policy", "show"],
    &["policy", "show", "--as-of", "2024-03-14"],
    &["policy", "show", "--as-of", "2190-01-01"],
    &["policy", "show", "--as-of", "999999"],
    &["vocabulary", "show"],
    &["vocabulary", "show", "--as-of", "2190-01-01"],
    &["tree-head"],
    &["tree-head", "--as-of", "200"],
    &["prove", "169"],
    &["prove", "0"],
    &["prove", "999999"],
    &["prove", "--decision", "user:mike", "write", "case:4711", "--as-of", "168"],
    &["prove", "--decision", "user:mike", "write", "case:4711", "--as-of", "2190-01-01"],
    &["prove", "--decision", "user:mike", "fly", "case:4711"],
    &["prove", "--consistency", "/nothing/stands/here"],
    &["history", "case:4711", "--as-of", "2190-01-01"],
    &["check", "user:mike", "write", "case:4711", "--as-of", "2190-01-01"],
    &["explain", "user:mike", "write", "case:4711", "--as-of", "2190-01-01"],
    &["tail", "-n", "2", "--as-of", "2190-01-01"],
    &["export", "--as-of", "2190-01-01"],
    &["export", "--as-of", "200"],
    &["export", "on:case:4711", "-actor:judith", "--format", "cloudevents"],
    &["export", "--at", "2024-03-14T12:00:00Z"],
    &["tail", "-n", "5"],
    &["tail", "-n", "300", "--as-of", "168"],
    &["tail", "-n", "2", "command:grant"],
    &["tail", "-n", "2", "command:nonsense"],
    &["tail", "-n", "2", "user:nobody"],
    &["tail", "-n", "0"],
    &["tail", "--changes"],
    &["tail", "--changes", "-n", "200"],
    &["tail", "--changes", "--after", "0"],
    &["tail", "--changes", "--after", "100", "--subject", "user:mike"],
    &["tail", "--changes", "--after", "100", "--resource", "case:4711", "--action", "write"],
    &["tail", "--changes", "--after", "999999"],
    &["tail", "--changes", "--after", "nonsense"],
    &["tail", "--changes", "--resource", "organization", "--action", "fly"],
    &["tail", "--changes", "-n", "0"],
    &["tail", "--changes", "--as-of", "168"],
    &["org", "list"],
    &["token", "list"],
];

/// Verbs that need the files of a store, as they are called, with a word of the hint.
const REFUSED: &[(&[&str], &str)] = &[
    (&["init", "--admin", "user:a"], "org create"),
    (&["import", "-"], "caseward apply"),
    (&["serve"], "--data"),
    (&["key", "show"], "--data"),
    (&["key", "new"], "--data"),
    (&["doctor"], "--data"),
    (&["restore", "somewhere"], "--data"),
    (&["heal", "--from", "somewhere"], "--data"),
    (&["reads", "erase", "--before", "2026-01-01"], "--data"),
    (&["reads", "verify"], "--data"),
    (&["replay", "decisions.jsonl"], "--data"),
    (&["export", "--commands"], "--data"),
];

/// Verbs that need no store, and run here whatever is set.
const HERE: &[&[&str]] = &[
    &["config"],
    &["completions", "bash"],
    &["man"],
    &["help", "queries"],
    &["demo", "--output", "csv"],
    &["verify-proof", "none", "--key", "none"],
    &["test", "none"],
    &["backup", "none", "--check"],
];

/// Verbs that change something, or print what only one place has: compared below.
const BELOW: &[&str] = &[
    "do",
    "grant",
    "update",
    "revoke",
    "restrict",
    "lift",
    "apply",
    "policy set",
    "vocabulary set",
    "org create",
    "token issue",
    "token withdraw",
    "status",
    "backup",
    "verify",
    "rebuild",
    "reads list",
    "reads about",
    "reads head",
];

const FORMS: [&str; 4] = ["human", "json", "jsonl", "csv"];

/// The verbs that a help lists.
fn listed(above: &[&str]) -> Vec<String> {
    let (_, help, _) = ran({
        let mut program = program();
        program.args(above).arg("--help");
        program
    });
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let verbs = verbs.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    verbs.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The words of a call that name its verb.
fn verb(call: &[&str], nested: &BTreeSet<String>) -> String {
    let words = if nested.contains(call[0]) { 2 } else { 1 };
    call[..words].join(" ")
}

#[test]
fn every_verb_is_compared_or_refused_or_runs_here() {
    let top = listed(&[]);
    assert!(top.len() > 30, "{top:?}");
    let mut nested = BTreeSet::new();
    let mut all = BTreeSet::new();
    for one in top {
        let below = listed(&[&one]);
        if below.is_empty() {
            all.insert(one);
        } else {
            all.extend(below.iter().map(|below| format!("{one} {below}")));
            nested.insert(one);
        }
    }
    let calls = ASK.iter().copied().chain(REFUSED.iter().map(|(call, _)| *call)).chain(HERE.iter().copied());
    let named: BTreeSet<_> =
        calls.map(|call| verb(call, &nested)).chain(BELOW.iter().map(|verb| (*verb).to_owned())).collect();
    assert_eq!(named, all);
}

#[test]
fn a_verb_that_asks_prints_the_same_bytes_over_a_service_in_every_form() {
    let served = Served::holding("demo");
    for label in [("user:mike", "Mike \"M\" O'Neil"), ("case:4711", "The burglary"), ("definition:fraud", "Fraud")] {
        served.accepted(&format!(
            r#"{{"actor":"user:judith","command":{{"set_label":{{"ref":"{}","label":{:?}}}}}}}"#,
            label.0, label.1
        ));
    }
    for call in ASK {
        for form in FORMS {
            let call = [call, &["--output", form][..]].concat();
            let ((status, out, err), there) = (ran(beside(&served, &call)), ran(over(&served, &call)));
            assert_eq!((there.0, &there.1), (status, &out), "{call:?}: {} <> {err}", there.2);
            assert_eq!(there.2.is_empty(), err.is_empty(), "{call:?}: {} <> {err}", there.2);
        }
    }
}

#[test]
fn pages_of_a_list_go_on_over_a_service_as_over_the_store_and_a_long_list_comes_as_a_whole() {
    let served = Served::holding("demo");
    let lines: String = (0..2_500)
        .map(|id| {
            format!(r#"{{"actor":"user:judith","command":{{"create_definition":{{"definition":"d{id}"}}}}}}"#) + "\n"
        })
        .collect();
    let sent = given(over(&served, &["apply", "-", "-q"]), &lines);
    assert_eq!(sent.0, Some(0), "{}", sent.2);
    let call = ["history", "organization", "--as-of", "2828"];
    for more in [&[][..], &["--limit", "1500"]] {
        let call = [&call, more].concat();
        let here = ran(beside(&served, &call));
        assert!(here.1.lines().count() > 1_000, "{call:?}: {here:?}");
        assert_eq!(ran(over(&served, &call)), here, "{call:?}");
    }
    let first = [&call[..], &["--limit", "7"]].concat();
    let (_, out, _) = ran(over(&served, &first));
    let token = out.lines().find_map(|line| line.strip_prefix("more: --after ")).expect("there is more");
    let next = [&call[..], &["--limit", "7", "--after", token.trim_matches('\'')]].concat();
    assert_eq!(ran(over(&served, &next)), ran(beside(&served, &next)), "{next:?}");
}

#[test]
fn a_list_that_begins_so_long_ago_goes_on_over_a_service_and_over_the_store_with_the_token_of_either() {
    let served = Served::holding("demo");
    for call in [
        &["access", "user:mike", "read", "case:4711", "--from", "-9000d", "--to", "328", "--limit", "1"][..],
        &["who", "read", "case:4711", "--from", "-9000d", "--to", "328", "--limit", "1"],
        &["timeline", "case:4711", "--from", "-9000d", "--to", "328", "--limit", "1"],
        &["diff", "case:4711", "--from", "-9000d", "--to", "328", "--limit", "1"],
    ] {
        let token = |(status, out, err): Said| {
            let token = out.lines().find_map(|line| line.strip_prefix("more: --after "));
            let token = token.unwrap_or_else(|| panic!("{call:?}: {status:?} {out} {err}"));
            token.trim_matches('\'').to_owned()
        };
        let [here, there] = [beside, over].map(|asked: fn(&Served, &[&str]) -> _| token(ran(asked(&served, call))));
        assert_eq!(there, here, "{call:?}");
        let next = [call, &["--after", &here, "--output", "jsonl"]].concat();
        let (status, out, err) = ran(beside(&served, &next));
        assert!(!out.is_empty(), "{next:?}: {err}");
        let said = ran(over(&served, &next));
        assert_eq!((said.0, said.1), (status, out), "{next:?}: {}", said.2);
    }
    let other = ["access", "user:mike", "read", "case:4711", "--from", "-9001d", "--after", "1:1:0000beef:x"];
    assert_eq!(ran(over(&served, &other)), ran(beside(&served, &other)));
}

#[test]
fn a_proof_from_a_service_holds_and_a_tree_head_that_was_kept_is_compared() {
    let served = Served::holding("demo");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let [head, bundle, here] = ["head", "bundle", "here"].map(|name| folder.path().join(name));
    let [head, bundle, here] = [&head, &bundle, &here].map(|path| path.to_str().expect("it is UTF-8"));
    let kept = ran(over(&served, &["tree-head", "--out", head]));
    assert_eq!((kept.0, kept.1.as_str()), (Some(0), ""), "{}", kept.2);
    served.accepted(r#"{"actor":"user:judith","command":{"add_member":{"group":"g","member":"user:a"}}}"#);
    let proved = ran(over(&served, &["prove", "--consistency", head, "--out", bundle]));
    assert_eq!((proved.0, proved.1.as_str()), (Some(0), ""), "{}", proved.2);
    assert_eq!(ran(beside(&served, &["prove", "--consistency", head, "--out", here])).0, Some(0));
    let read = |path: &str| std::fs::read(path).expect("it was written");
    assert!(read(bundle) == read(here), "both prove the same");
    let (_, key, _) = ran(beside(&served, &["key", "show"]));
    let mut verify = program();
    verify.args(["verify-proof", bundle, "--key", key.trim_end()]);
    let (status, told, err) = ran(verify);
    assert!(status == Some(0) && told.contains("extends the one of the older tree head"), "{told} {err}");
}

#[test]
fn labels_stand_beside_names_and_a_slip_of_the_finger_is_told() {
    let served = Served::holding("demo");
    served.accepted(r#"{"actor":"user:judith","command":{"set_label":{"ref":"user:mike","label":"Mike M"}}}"#);
    let (_, out, err) = ran(over(&served, &["check", "user:mike", "write", "case:4711"]));
    assert!(out.contains("user:mike \"Mike M\"") && err.is_empty(), "{out} {err}");
    let (_, _, err) = ran(over(&served, &["rights", "user:MIKE", "case:4711"]));
    assert_eq!(err, "note: no event up to position 329 names user:MIKE; did you mean user:mike?\n");
}

#[test]
fn a_verb_that_needs_the_store_says_so_and_what_to_do() {
    let served = Served::empty();
    for (call, hint) in REFUSED {
        let (status, out, err) = ran(over(&served, call));
        assert_eq!((status, out.as_str()), (Some(2), ""), "{call:?}: {err}");
        assert!(err.starts_with("error: `") && err.contains("  hint: ") && err.contains(hint), "{call:?}: {err}");
    }
}

#[test]
fn a_verb_that_needs_no_store_asks_no_service() {
    for call in HERE {
        let asked = |server: bool| {
            let mut program = program();
            program.args(*call);
            if server {
                program.env("CASEWARD_SERVER", "unix:/nobody/listens/here");
            }
            ran(program)
        };
        let ((status, out, err), there) = (asked(false), asked(true));
        assert_eq!((there.0, &there.2), (status, &err), "{call:?}");
        assert!(there.1 == out || call[0] == "config", "{call:?}");
    }
}

/// What is printed without what differs from one store to the next: fresh ids, and times.
fn without_chance(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    for (before, after) in [("\"command_id\":\"", "\""), ("\"time\":\"", "\"")] {
        masked.clear();
        while let Some((head, tail)) = rest.split_once(before) {
            masked.push_str(head);
            masked.push_str(before);
            rest = &tail[tail.find(after).expect("it ends")..];
        }
        masked.push_str(rest);
        rest = masked.clone().leak();
    }
    masked
}

/// The same calls to a store and to a service with the same history.
fn both(calls: &[(&[&str], &str)]) {
    let (own, service) = (Served::holding("demo"), Served::holding("demo"));
    for form in FORMS {
        for (call, lines) in calls {
            let call = [call, &["--output", form][..]].concat();
            // Where nothing was accepted, no answer names the head.
            let of_a_run = |err: &str| err.split_once("; position ").map_or(err, |(run, _)| run).trim_end().to_owned();
            let told = |(status, out, err): Said| (status, without_chance(&out), of_a_run(&err));
            let here = told(given(beside(&own, &call), lines));
            assert_eq!(told(given(over(&service, &call), lines)), here, "{call:?}");
        }
    }
}

#[test]
fn a_command_does_and_says_over_a_service_what_it_does_over_the_store() {
    both(&[
        (&["grant", "case:4711", "user:zoe", "read", "--actor", "user:judith", "--on-existing", "update"], ""),
        (&["grant", "case:4711", "user:zoe", "read", "--actor", "user:judith"], ""),
        (&["grant", "case:4711", "user:yan", "read"], ""),
        (&["grant", "case:4711", "user:yan", "write", "--actor", "user:judith", "--dry-run"], ""),
        (&["grant", "case:4711", "user:yan", "write,fly", "--actor", "user:judith"], ""),
        (&["grant", "case:4711", "user:yan", "--id", "x y\u{7}"], ""),
        (&["update", "case:4711", "user:zoe", "write", "--actor", "user:judith", "--reason", "because"], ""),
        (&["revoke", "case:4711", "user:zoe", "--actor", "user:judith", "--expected-version", "1"], ""),
        (&["revoke", "case:4711", "user:zoe", "--actor", "user:judith"], ""),
        (&["restrict", "4711", "user:mike=read", "--actor", "user:judith", "--dry-run"], ""),
        (&["restrict", "4711", "--actor", "user:judith"], ""),
        (&["lift", "4711", "--actor", "user:judith"], ""),
        (&["do", "add_member", "group=g", "member=user:a", "--actor", "user:judith", "--id", "known"], ""),
        (&["do", "add_member", "group=g", "member=user:b", "--actor", "user:judith", "--id", "known"], ""),
        (&["do", "add_member", "group=g"], ""),
        (&["policy", "set", "restriction=enabled", "--actor", "user:judith"], ""),
        (&["policy", "set", "restriction=enabled", "--actor", "user:judith", "--as-of", "3"], ""),
    ]);
}

#[test]
fn lines_of_commands_are_answered_over_a_service_as_over_the_store() {
    let member = |of: &str, more: &str| {
        format!(r#"{{"actor":"user:judith","command":{{"add_member":{{"group":"{of}","member":"user:m"}}}}{more}}}"#)
    };
    let mixed = [
        member("a", ""),
        "  ".to_owned(),
        "no JSON".to_owned(),
        "[1]".to_owned(),
        member("a", ""),
        member("b", r#","id":"mine""#),
        member("b", r#","id":"mine""#),
        member("c", r#","id":"mine""#),
        member("d", r#","id":null"#),
        r#"{"command":{"revoke":{"on":"case:4711","to":"user:nobody"}}}"#.to_owned(),
        r#"{"command":{"nonsense":{}}}"#.to_owned(),
    ]
    .join("\n");
    let good = [member("e", ""), member("f", "")].join("\n");
    both(&[
        (&["apply", "-"], &mixed),
        (&["apply", "-", "--atomic"], &mixed),
        (&["apply", "-", "--atomic"], &good),
        (&["apply", "-", "--dry-run"], &mixed),
        (&["apply", "-", "-v"], &mixed),
        (&["apply", "-"], "[1,\n"),
        (&["apply", "-"], ""),
    ]);
}

#[test]
fn questions_of_a_file_are_answered_over_a_service_as_over_the_store() {
    let served = Served::holding("demo");
    let lines = [
        r#"{"id":7,"subject":"user:mike","action":"write","resource":"case:4711"}"#,
        r#"{"id":"b","subject":"user:mike","action":"write","resource":"case:4711","as_of":168}"#,
        "no JSON",
        "",
        r#"{"subject":"user:mike","action":"fly","resource":"case:4711"}"#,
        r#"{"subject":"user:mike","action":"read","resource":"case:4711","as_of":999999}"#,
    ]
    .join("\n");
    let long = format!("{}\n{lines}", "x".repeat(2 << 20));
    for form in FORMS {
        for (more, lines) in
            [(&["--as-of", "300"][..], &lines), (&["--as-of", "999999"], &lines), (&["--as-of", "200"], &long)]
        {
            let call = [&["check", "--batch", "-", "--output", form][..], more].concat();
            let here = given(beside(&served, &call), lines);
            assert_eq!(given(over(&served, &call), lines), here, "{call:?}");
        }
    }
    let file = fixture("demo").join("checks.jsonl");
    let call =
        ["check", "--batch", file.to_str().expect("it is UTF-8"), "--as-of", "328", "--at", "2024-06-01T00:00:00Z"];
    let here = ran(beside(&served, &call));
    assert!(here.1.lines().count() > 50, "{here:?}");
    assert_eq!(ran(over(&served, &call)), here);
}

#[test]
fn organizations_and_tokens_are_made_and_listed_over_a_service() {
    let served = Served::holding("demo");
    both(&[(&["org", "create", "demo", "--actor", "user:judith"], ""), (&["org", "create", "default"], "")]);
    assert_eq!(ran(over(&served, &["org", "create", "north"])).0, Some(0));
    assert_eq!(ran(over(&served, &["org", "create", "north"])).0, Some(3));
    let listed = ran(over(&served, &["org", "list"]));
    assert!(listed.1.contains("north") && listed.1.contains("default"), "{listed:?}");
    let (status, status_of, _) = ran(over(&served, &["status", "--org", "north"]));
    assert!(status == Some(0) && status_of.starts_with("organization    north\n"), "{status_of}");
    let (_, told, _) = ran(over(&served, &["status", "--output", "json"]));
    assert_eq!(told.trim_end(), served.get("/v1/orgs/default/status").body);
    let (status, token, note) =
        ran(over(&served, &["token", "issue", "desk", "--part", "admin", "--organization", "*"]));
    assert!(status == Some(0) && token.starts_with("cw_") && note.contains("keep it now"), "{token} {note}");
    let token = token.trim_end();
    let id = token.split('_').nth(1).expect("it holds its id");
    let with = |call: &[&str]| {
        let mut program = over(&served, call);
        program.env("CASEWARD_TOKEN", token);
        ran(program)
    };
    for form in FORMS {
        let call = ["token", "list", "--output", form];
        assert_eq!(with(&call), ran(beside(&served, &call)), "{form}");
    }
    for form in FORMS {
        let call = ["token", "withdraw", "3kTq09xZaB7d", "--output", form];
        assert_eq!(with(&call), ran(beside(&served, &call)), "{form}");
    }
    assert_eq!(with(&["token", "withdraw", id]).0, Some(0));
    assert_eq!(with(&["token", "list"]).0, Some(4), "it withdrew itself");
}

#[test]
fn words_of_callers_are_set_over_a_service() {
    let served = Served::holding("demo");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let file = folder.path().join("words.toml");
    let words = "[subjects]\nemployee = { as = \"user\" }\n[resources]\n[actions]\n";
    std::fs::write(&file, words).expect("it can be written");
    let file = file.to_str().expect("it is UTF-8");
    let set = ran(over(&served, &["vocabulary", "set", file, "--actor", "user:judith"]));
    assert_eq!(set.0, Some(0), "{set:?}");
    let (_, shown, _) = ran(beside(&served, &["vocabulary", "show"]));
    assert!(shown.contains("employee"), "{shown}");
}
