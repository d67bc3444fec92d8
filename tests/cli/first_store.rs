//! How a store comes into being: by `init`, by the first command that is stored, and by nothing else.

use crate::cli_fixture::{Desk, Said};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn sent(desk: &Desk, verb: &str, lines: &str, options: &[&str]) -> Said {
    let mut program = desk.program();
    program.args([verb, "-"]).args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = program.spawn().expect("the program starts");
    program.stdin.take().expect("it is piped").write_all(lines.as_bytes()).expect("it reads");
    Said::of(program.wait_with_output().expect("it ends"))
}

#[test]
fn init_makes_a_store_with_an_admin_and_a_preset_and_leaves_one_that_is_there() {
    let desk = Desk::empty();
    let said = desk.ask(&["init", "--admin", "user:judith", "--preset", "safe", "--output", "json"]);
    assert_eq!(said.status, 0, "{said:?}");
    let data = desk.data().display().to_string();
    assert_eq!(parsed(&said.out), json!({"data": data, "admin": "user:judith", "preset": "safe", "position": 2}));
    let said = desk.ask(&["check", "user:judith", "administer", "organization"]);
    assert_eq!(said.status, 0, "{said:?}");
    let said = desk.ask(&["policy", "show", "--output", "json"]);
    let keys = parsed(&said.out);
    let key = |name: &str| keys["keys"].as_array().expect("a list").iter().find(|key| key["key"] == name).cloned();
    assert_eq!(key("walls_bind_admins").expect("it is a key")["value"], json!(false));
    let said = desk.ask(&["init", "--admin", "user:other"]);
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("already, with events up to position 2"), "{said:?}");
}

#[test]
fn init_takes_a_user_and_nothing_else() {
    let desk = Desk::empty();
    for admin in ["group:all", "system:setup", ""] {
        let said = desk.ask(&["init", "--admin", admin]);
        assert_eq!(said.status, 2, "{said:?}");
        assert!(!desk.data().exists());
    }
    assert_eq!(desk.ask(&["init", "--admin", "judith"]).status, 0);
    assert_eq!(desk.ask(&["check", "user:judith", "administer", "organization"]).status, 0);
}

#[test]
fn any_command_is_sent_by_its_name() {
    let desk = Desk::empty();
    assert_eq!(desk.ask(&["init", "--admin", "user:judith"]).status, 0);
    let as_judith = ["--actor", "user:judith"];
    for (command, fields) in [
        ("create_definition", &["definition=permit", "name=Building permit"][..]),
        ("open_case", &["case=4711", "definition=permit", "creator=judith"]),
        ("assign_activity", &["case=4711", "activity=visit", r#"to=["user:ana","group:night"]"#]),
        ("adopt_policy", &["break_glass=read", "break_glass_max_minutes=30"]),
        ("place_in_workspace", &["user=ana", "workspace=null"]),
    ] {
        let said = desk.ask(&[&["do", command][..], fields, &as_judith].concat());
        assert_eq!(said.status, 0, "{command}: {said:?}");
    }
    let glass = ["do", "break_glass", "case=4711", "minutes=20", "--actor", "user:zoe", "--reason", "an emergency"];
    assert_eq!(desk.ask(&glass).status, 0);
    assert_eq!(desk.ask(&["check", "user:zoe", "read", "case:4711"]).status, 0);
    let said = desk.ask(&["do", "open_csae", "case=1"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("did you mean `open_case`?"), "{said:?}");
    let said = desk.ask(&["do", "open_case", "4711"]);
    assert!(said.status == 2 && said.err.contains("`4711` is not KEY=VALUE"), "{said:?}");
    let said = desk.ask(&["do", "open_case", "case=1", "case=2"]);
    assert!(said.status == 2 && said.err.contains("`case` is given twice"), "{said:?}");
}

/// A mistyped directory must not become a second store, with keys of its own.
#[test]
fn what_is_refused_makes_no_store() {
    let desk = Desk::empty();
    let line = r#"{"command": {"complete_case": {"case": "1"}}}"#;
    for (said, status) in [
        (desk.ask(&["grant", "case:1", "user:ana"]), 2),
        (desk.ask(&["policy", "set", "restriction=disabled"]), 2),
        (desk.ask(&["do", "add_member", "group=g", "member=user:ana"]), 2),
        (sent(&desk, "apply", line, &[]), 3),
        (sent(&desk, "apply", line, &["--atomic"]), 3),
        (sent(&desk, "apply", line, &["--org", "nowhere"]), 3),
        (sent(&desk, "import", "\u{1f}\u{8b}\u{8}", &[]), 0),
        (sent(&desk, "import", line, &["--strict"]), 3),
        (sent(&desk, "apply", "", &[]), 0),
    ] {
        assert_eq!(said.status, status, "{said:?}");
        assert!(!desk.data().exists(), "{said:?}");
    }
    let said = sent(&desk, "apply", line, &[]);
    assert!(said.err.contains("nothing was recorded, and no store was made at"), "{said:?}");
    let said = desk.ask(&["grant", "case:1", "user:ana"]);
    assert!(said.err.contains("caseward init --admin user:ID"), "{said:?}");
}

#[test]
fn the_first_line_that_is_stored_makes_the_store_and_every_line_has_one_answer() {
    for options in [&[][..], &["--atomic"]] {
        let desk = Desk::empty();
        let lines = r#"{"command": {"deactivate_group": {"group": "g"}}}
{"command": {"activate_group": {"group": "g"}}}
{"command": {"add_member": {"group": "g", "member": "user:ana"}}}
"#;
        let said = sent(&desk, "apply", lines, &[options, &["--output", "jsonl"]].concat());
        assert_eq!(said.status, 0, "{said:?}");
        let positions: Vec<_> = said.out.lines().map(|line| parsed(line)["position"].as_u64()).collect();
        let all: &[_] = if options.is_empty() { &[Some(1), Some(2), Some(3)] } else { &[Some(3); 3] };
        assert!(positions == all || positions == [Some(1), Some(2), Some(3)], "{said:?}");
        assert!(said.err.contains("position 3"), "{said:?}");
        assert_eq!(desk.ask(&["verify"]).status, 0);
    }
    // Refused ones before it are answered, each once.
    let desk = Desk::empty();
    let lines = r#"{"command": {"complete_case": {"case": "1"}}}
{"command": {"activate_group": {"group": "g"}}}
{"command": {"add_member": {"group": "g", "member": "user:ana"}}}
{"command": {"complete_case": {"case": "1"}}}
"#;
    let said = sent(&desk, "apply", lines, &["--output", "jsonl"]);
    let told: Vec<_> =
        said.out.lines().map(parsed).map(|answer| (answer["status"].clone(), answer["position"].clone())).collect();
    let expected = [("refused", Value::Null), ("accepted", json!(0)), ("accepted", json!(1)), ("refused", Value::Null)];
    assert_eq!(told, expected.map(|(status, position)| (json!(status), position)), "{said:?}");
    assert_eq!(said.status, 3);
}

/// `case:case:5000` would be the name of that case for ever.
#[test]
fn a_reference_where_a_bare_id_belongs_is_refused_but_in_a_history() {
    let desk = Desk::empty();
    assert_eq!(desk.ask(&["init", "--admin", "user:judith"]).status, 0);
    let said = desk.ask(&["do", "create_definition", "definition=definition:fraud", "--actor", "user:judith"]);
    assert_eq!(said.status, 3, "{said:?}");
    assert!(
        said.err.contains("`definition` takes the bare id") && said.err.contains(r#""definition": "fraud""#),
        "{said:?}"
    );
    let line = r#"{"time": "2026-01-01T00:00:00Z", "command": {"deactivate_group": {"group": "group:g"}}}"#;
    let history = Desk::empty();
    let said = sent(&history, "import", line, &[]);
    assert!(said.status == 0 && said.err.contains("1 accepted"), "{said:?}");
}
