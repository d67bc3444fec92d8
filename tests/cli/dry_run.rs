//! What a dry run foretells is what then happens.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// Whose rights on what, before and after.
fn in_short(lists: &Value) -> Value {
    let change = |change: &Value| json!([change["subject"], change["resource"], change["before"], change["after"]]);
    let list = |name: &str| lists[name].as_array().expect("a list").iter().map(change).collect::<Value>();
    json!([list("gained"), list("lost"), list("changed")])
}

#[test]
fn it_tells_whose_access_would_change_and_that_comes_true() {
    let desk = Desk::holding("demo");
    let admin = ["--actor", "user:judith", "--output", "json"];
    // Windows that ended since the history did are not what the commands change.
    assert_eq!(desk.ask(&[&["grant", "case:4711", "user:nobody"][..], &admin].concat()).status, 0);
    for (number, command) in [
        &["restrict", "case:4719", "user:bruno=read"][..],
        &["grant", "definition:fraud", "user:ana", "write"],
        &["update", "definition:fraud", "user:ana", "read"],
        &["revoke", "definition:burglary", "group:prosecutors"],
        &["lift", "case:4719"],
        &["policy", "set", "org_admin_bypass=true"],
    ]
    .into_iter()
    .enumerate()
    {
        let send = |more: &[&str]| parsed(&desk.ask(&[command, &admin, more].concat()).out);
        let foretold = send(&["--dry-run"]);
        assert_eq!((&foretold["status"], &foretold["dry_run"]), (&json!("accepted"), &json!(true)), "{command:?}");
        let done = send(&[]);
        assert!(done["access"].is_null() && done["dry_run"].is_null(), "{done}");
        let (before, after) = ((329 + number).to_string(), (330 + number).to_string());
        let diff = ["diff", "organization", "--from", &before, "--to", &after, "--output", "json"];
        let diff = parsed(&desk.ask(&diff).out);
        assert_eq!(in_short(&foretold["access"]), in_short(&diff), "{command:?}");
        assert_eq!(foretold["access"]["pairs"], diff["by_cause"][0]["pairs"], "{command:?}");
    }
}

#[test]
fn people_read_those_alike_as_one() {
    let desk = Desk::holding("demo");
    let dry = |command: &[&str]| desk.ask(&[command, &["--actor", "user:judith", "--dry-run"]].concat());
    let said = dry(&["restrict", "case:4719", "user:bruno=read"]);
    let warned = "warning: it gives `user:bruno` nothing now: `user:bruno` is disabled, and may do nothing (dormant)\n";
    assert_eq!((said.status, said.err.as_str()), (0, warned));
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines[0], "dry run: restricted case:4719: user:bruno `read`   would be position 329");
    assert!(
        lines.contains(&"  user:ana, user:david, user:mateo and user:selma would lose read on case:4719"),
        "{said:?}"
    );
    let said = dry(&["grant", "definition:fraud", "user:ana", "write"]);
    assert!(said.out.contains("\n  user:ana would gain read, write and delete on case:4703, case:4706,"), "{said:?}");
    let said = dry(&["grant", "case:4711", "group:nobody", "write"]);
    assert!(said.out.ends_with("\n  nobody's rights would change\n"), "{said:?}");
    assert_eq!(desk.ask(&["status", "--output", "json"]).out.matches("\"head\":328").count(), 1);
}
