//! Shorthands: a command for each, its answer and its warnings, and calls that are wrong.

use super::{Desk, Ended, lines};
use serde_json::{Value, json};

#[test]
fn each_shorthand_says_what_it_did_and_at_which_position() {
    let desk = Desk::with_history();
    for (arguments, told) in [
        (&["grant", "case:2", "user:eve"][..], "granted `read` on case:2 to user:eve   position 6\n"),
        (
            &["grant", "definition:fraud", "group:g", "read,share", "--valid-until", "2030-01-01T00:00:00Z"],
            "granted `read, share` on definition:fraud to group:g until 2030-01-01T00:00:00Z   position 7\n",
        ),
        (&["update", "case:2", "user:eve", "write"], "updated user:eve on case:2 to `write`   position 8\n"),
        (&["update", "case:2", "user:eve", "write"], "nothing to change: already so   position 8\n"),
        (&["revoke", "case:2", "user:eve"], "revoked the access of user:eve on case:2   position 9\n"),
        (
            &["restrict", "case:1", "user:bob=write", "group:g"],
            "restricted case:1: user:bob `write`, group:g `read`   position 10\n",
        ),
        (&["grant", "restriction:1", "user:eve"], "granted `read` on restriction:1 to user:eve   position 11\n"),
        (&["restrict", "2"], "restricted case:2: only org admins keep access   position 12\n"),
        (&["lift", "1", "--reason", "over"], "lifted the restriction of case:1   position 13\n"),
        (&["policy", "set", "creator_grant=read"], "adopted `creator_grant=read`   position 14\n"),
        (&["policy", "set", "--preset", "safe"], "adopted the preset `safe`   position 15\n"),
    ] {
        let ended = desk.as_ana(arguments);
        assert_eq!((ended.status, ended.out.as_str(), ended.err.as_str()), (0, told, ""), "{arguments:?}");
    }
}

#[test]
fn a_bound_is_cleared_by_none_and_stays_when_left_out() {
    let desk = Desk::with_history();
    desk.as_ana(&["update", "case:1", "user:bob", "--valid-until", "2030-01-01T00:00:00Z"]);
    let kept = desk.as_ana(&["update", "case:1", "user:bob", "write"]);
    assert!(kept.out.contains("to `write` until 2030-01-01T00:00:00Z"), "{}", kept.out);
    let cleared = desk.as_ana(&["update", "case:1", "user:bob", "--valid-until", "none"]);
    assert!(cleared.out.starts_with("updated user:bob on case:1 to `write`   position"), "{}", cleared.out);
}

#[test]
fn a_warning_goes_to_standard_error_with_its_code_and_quiet_takes_it_away() {
    let desk = Desk::with_history();
    desk.as_ana(&["grant", "definition:fraud", "user:bob"]);
    let ended = desk.as_ana(&["revoke", "definition:fraud", "user:bob"]);
    assert_eq!(ended.status, 0);
    assert_eq!(ended.out, "revoked the access of user:bob on definition:fraud   position 7\n");
    let told = "warning: `user:bob` keeps the grants on 1 of its cases (grants_survive)\n  note: case:1\n";
    assert_eq!(ended.err, told);
    desk.as_ana(&["grant", "definition:fraud", "user:bob"]);
    assert_eq!(desk.as_ana(&["-q", "revoke", "definition:fraud", "user:bob"]).err, "");
}

#[test]
fn a_refusal_says_what_why_and_what_to_do_and_ends_with_three() {
    let desk = Desk::with_history();
    let again = desk.as_ana(&["grant", "case:1", "user:bob"]);
    again.failed(3, &["error: `case:1` already has an entry for `user:bob`: read (already_granted)\n", "\n  hint: "]);
    desk.as_ana(&["grant", "case:9", "user:bob"]).failed(3, &["`case:9` does not exist (not_found)\n  hint: "]);
    desk.as_ana(&["lift", "1"])
        .failed(3, &["`case:1` is not restricted (not_restricted)", "hint: see when it was: caseward history case:1"]);
    let window = ["--valid-from", "2027-01-02T00:00:00Z", "--valid-until", "2027-01-01T00:00:00Z"];
    desk.as_ana(&[&["grant", "case:2", "user:bob"], &window[..]].concat()).failed(3, &["(invalid_window)", "hint: "]);
    desk.as_ana(&["grant", "case:2", "user:bob", "register"]).failed(3, &["does not take register", "(invalid)"]);
    let conflict = desk.as_ana(&["grant", "case:2", "user:bob", "--expected-version", "7"]);
    conflict.failed(3, &["`case:2` is at version 1, not 7 (version_conflict)", "hint: "]);
    let nobody = desk.run(&["grant", "case:2", "user:bob"]);
    nobody.failed(3, &["(not_authorized)", "\n  note: neither `--actor` nor CASEWARD_ACTOR was given", "\n  hint: "]);
    assert_eq!(desk.head(), 5);
}

#[test]
fn a_grant_held_on_several_other_lists_is_noted_with_all_of_them() {
    let desk = Desk::with_history();
    desk.as_ana(&["grant", "definition:fraud", "user:eve"]);
    desk.as_ana(&["grant", "organization", "user:eve"]);
    let ended = desk.as_ana(&["update", "case:1", "user:eve", "write"]);
    ended.failed(3, &["(no_such_grant)\n  note: these lists hold one: `definition:fraud`, `organization`\n  hint: "]);
}

#[test]
fn the_actor_may_come_from_the_environment() {
    let desk = Desk::with_history();
    let output = desk.command(&["grant", "case:2", "user:eve"]).env("CASEWARD_ACTOR", "user:ana").output();
    assert_eq!(Ended::of(&output.expect("the program runs")).status, 0);
}

#[test]
fn as_json_the_answer_is_on_standard_output_whether_accepted_or_refused() {
    let desk = Desk::with_history();
    for form in ["json", "jsonl"] {
        let to = format!("user:{form}");
        let accepted = desk.as_ana(&["grant", "case:2", &to, "--output", form]);
        assert_eq!((accepted.status, accepted.err.as_str()), (0, ""));
        assert_eq!(accepted.json()["status"], "accepted");
        assert_eq!(accepted.json()["events"][0]["type"], "access_granted");
        let refused = desk.as_ana(&["grant", "case:2", &to, "--output", form]);
        assert_eq!((refused.status, refused.err.as_str()), (3, ""));
        assert_eq!(refused.json()["code"], "already_granted");
    }
}

#[test]
fn as_csv_the_answer_is_a_header_and_a_record() {
    let desk = Desk::with_history();
    let ended = desk.as_ana(&["grant", "case:2", "user:eve", "--output", "csv"]);
    assert_eq!(ended.out, "status,code,position,events,message\naccepted,,6,1,\n");
    let refused = desk.as_ana(&["update", "case:2", "user:eve", "register", "--output", "csv"]);
    assert_eq!(refused.status, 3);
    assert!(refused.out.contains("\nrefused,invalid,,0,\"`case:2` does not take register; it takes read, "));
}

#[test]
fn status_tells_what_came_of_a_memory_bound_and_one_that_is_too_little_is_told_and_fails_nothing() {
    let desk = Desk::with_history();
    let ended = desk.run(&["status", "--memory", "80MiB"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    let unbroken = ended.out.replace("\n                ", " ");
    let line = unbroken.lines().find(|line| line.starts_with("memory bound")).expect("it is there");
    assert!(line.contains("80.00 MiB, 20.00 MiB of it for caches; "), "{line}");
    assert!(line.ends_with("2 cases in memory, 0 evicted, 0 reloaded"), "{line}");
    let within = desk.run(&["status", "--memory=80MiB", "--output", "json"]).json()["memory"]["within"].clone();
    assert_eq!((&within["bytes"], &within["cases_held"]), (&json!(80 << 20), &json!(2)));
    let floor = within["floor_bytes"].as_u64().expect("it is told");
    assert!((100..1 << 20).contains(&floor), "{floor}");
    assert!(!desk.run(&["status"]).out.contains("memory bound"), "there is none");
    assert_eq!(desk.run(&["status", "--output", "json"]).json()["memory"]["within"], Value::Null);
    let ended = desk.run(&["check", "user:bob", "read", "case:1", "--memory", "1kB"]);
    assert_eq!(ended.status, 0, "{}", ended.err);
    assert!(ended.err.contains("a memory of 1000B is below the minimum: 1 MiB always stay in memory"), "{}", ended.err);
    desk.run(&["status", "--memory", "lots"]).failed(2, &["`lots` is not a size", "such as `512MiB`"]);
}

#[test]
fn a_known_id_answers_as_the_first_time_and_another_command_under_it_is_refused() {
    let desk = Desk::with_history();
    let first = desk.as_ana(&["grant", "case:2", "user:eve", "--id", "x"]);
    let second = desk.as_ana(&["grant", "case:2", "user:eve", "--id", "x"]);
    assert_eq!(second.out, format!("already done under this id: {}", first.out));
    desk.as_ana(&["grant", "case:1", "user:eve", "--id", "x"]).failed(3, &["(id_reused)", "hint: "]);
    // The line that `apply` takes is the same command.
    let line = r#"{"id":"x","actor":"user:ana","command":{"grant":{"on":"case:2","to":"user:eve","access":"read"}}}"#;
    let applied = desk.run_with(&["apply", "-", "--output", "jsonl"], line.as_bytes());
    assert_eq!(applied.json()["replayed"], true);
}

#[test]
fn a_dry_run_tells_what_would_be_and_appends_nothing() {
    let desk = Desk::with_history();
    let ended = desk.as_ana(&["revoke", "case:1", "user:bob", "--dry-run"]);
    assert_eq!(
        ended.out,
        "dry run: revoked the access of user:bob on case:1   would be position 6\n  user:bob would lose read on case:1\n"
    );
    assert_eq!(desk.head(), 5);
}

#[test]
fn a_dry_run_where_there_is_no_store_makes_none() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-", "--dry-run"], lines(&["a", "a"]).as_bytes());
    assert_eq!(ended.status, 3);
    assert!(ended.out.starts_with("line 1: add_member: dry run: added user:a to group:g   would be position 1\n"));
    assert!(!desk.data().exists());
}

#[test]
fn what_cannot_be_typed_into_a_command_is_a_wrong_call_and_makes_no_store() {
    let desk = Desk::new();
    for (arguments, told) in [
        (&["grant", "case:1", "user:bob", "raed"][..], "`raed` is neither `read` nor `write`"),
        (&["grant", "case:1", "bob"], "write user:ID or group:ID"),
        (&["grant", "case:1\u{7}", "user:bob"], "control character"),
        (&["grant", "case:1", "user:bob", "--valid-from", "soon"], "is not an instant"),
        (&["update", "case:1", "user:bob", "--valid-from", "soon"], "`soon` is not an instant"),
        (&["update", "case:1", "user:bob", "--valid-from", "so\u{7}on"], "`so\\u{7}on` is not an instant"),
        (&["restrict", "case:\u{1b}[31m"], "control character"),
        (&["restrict", "1", "user:bob=raed"], "`raed` is neither"),
        (&["restrict", "1", "bob"], "write user:ID or group:ID"),
        (&["revoke", "case:1", "user:bob", "--actor", "group:g"], "write user:ID or system:ID"),
        (&["policy", "set"], "KEY=VALUE"),
        (&["policy", "set", "restriction"], "`restriction` is not KEY=VALUE"),
        (&["policy", "set", "restrictions=enabled"], "`restrictions` is not a policy key"),
        (&["policy", "set", "restriction=enabled", "restriction=disabled"], "`restriction` is set twice"),
        (&["policy", "set", "--preset", "strict"], "presets are caseward, cmf, am, safe"),
        (&["org", "create", "Acme"], "is not the name of an organization"),
        (&["grant", "case:1", "user:bob", "--as-of", "-2d"], "`--as-of` cannot be combined with `grant`"),
        (&["policy", "set", "restriction=enabled", "--at", "2026-01-01T00:00:00Z"], "`--at` cannot be combined with"),
        (&["org", "create", "acme", "--as-of", "3"], "`--as-of` cannot be combined with `org create`"),
        (&["apply", "-", "--as-of", "3"], "`--as-of` cannot be combined with `apply`"),
        (&["import", "-", "--as-of", "3"], "`--as-of` cannot be combined with `import`"),
        (&["status", "--as-of", "3"], "`--as-of` cannot be combined with `status`"),
        (&["apply", "no-such-file"], "cannot read `no-such-file`"),
        (&["import", "/"], "it is a directory"),
        (&["rebuild", "everything"], "is not a projection"),
        (&["frobnicate"], "`caseward` has no verb `frobnicate`"),
    ] {
        let ended = desk.run(arguments);
        ended.failed(2, &[told]);
        assert!(!ended.err.contains(['\u{7}', '\u{1b}']), "{:?}", ended.err);
    }
    assert!(!desk.data().exists());
}

#[test]
fn a_value_that_a_policy_key_does_not_take_is_a_wrong_call() {
    let desk = Desk::with_history();
    desk.as_ana(&["policy", "set", "restriction=maybe"])
        .failed(2, &["`restriction` takes enabled or disabled, not `maybe`"]);
    desk.as_ana(&["policy", "set", "break_glass_max_minutes=0"]).failed(3, &["give at least 1", "(invalid)"]);
    desk.as_ana(&["policy", "set", "org_admin_bypass=7"]).failed(2, &["takes true or false, not `7`"]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_a_wrong_call() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let output = desk.command(&["grant", "case:1"]).arg(std::ffi::OsStr::from_bytes(b"user:\xff")).output();
    assert_eq!(Ended::of(&output.expect("the program runs")).status, 2);
}
