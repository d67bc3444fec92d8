//! Whoever is not known, or may not, ends with status 4 and a word on what to do.

use super::{Said, beside, over, ran};
use crate::served::Served;
use std::fs;

/// A service whose callers need a token, and one of each kind.
struct Gate {
    served: Served,
    check: String,
    audit: String,
    produce: String,
}

impl Gate {
    fn open() -> Gate {
        let served = Served::holding("demo");
        let token = |part: &str| {
            let (status, token, err) = ran(beside(&served, &["token", "issue", part, "--part", part]));
            assert_eq!(status, Some(0), "{err}");
            token.trim_end().to_owned()
        };
        let (check, audit, produce) = (token("check"), token("audit"), token("produce"));
        Gate { served, check, audit, produce }
    }

    fn with(&self, token: Option<&str>, call: &[&str]) -> Said {
        let mut program = over(&self.served, call);
        program.envs(token.map(|token| ("CASEWARD_TOKEN", token)));
        ran(program)
    }
}

const CHECK: [&str; 6] = ["check", "user:mike", "write", "case:4711", "--as-of", "168"];

#[test]
fn who_is_not_known_or_may_not_ends_with_4_in_every_form() {
    let gate = Gate::open();
    let wrong = gate.check.replace('A', "B").replace('a', "b");
    let grant = ["grant", "case:4711", "user:zoe"];
    let cases: [(Option<&str>, &[&str], &str); 8] = [
        (None, &CHECK, "(unknown_caller)"),
        (Some(&wrong), &CHECK, "(unknown_caller)"),
        (Some(&gate.check), &["rights", "user:mike", "case:4711"], "(forbidden)"),
        (Some(&gate.check), &grant, "(forbidden)"),
        (Some(&gate.audit), &["status"], "(forbidden)"),
        (Some(&gate.produce), &["grant", "case:4711", "user:zoe", "--actor", "user:judith"], "(actor_not_allowed)"),
        (Some(&gate.audit), &["--org", "north", "rights", "user:mike", "case:4711"], "(not_found)"),
        (Some(&gate.audit), &["--org", "north", "tail"], "(not_found)"),
    ];
    for (token, call, code) in cases {
        for form in ["human", "json", "jsonl", "csv"] {
            let (status, out, err) = gate.with(token, &[call, &["--output", form][..]].concat());
            assert_eq!(
                (status, err.contains(code), err.contains("  hint: ")),
                (Some(4), true, true),
                "{call:?}: {err}"
            );
            // `tail` begins its table before it asks.
            assert!(out.is_empty() || call.contains(&"tail"), "{call:?}: {out}");
        }
    }
    let lines = r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#;
    let mut program = over(&gate.served, &["apply", "-"]);
    program.env("CASEWARD_TOKEN", &gate.produce);
    let (status, _, err) = super::given(program, lines);
    assert!(status == Some(4) && err.contains("(forbidden)"), "{err}");
}

#[test]
fn who_may_decide_and_not_read_has_answers_without_labels() {
    let gate = Gate::open();
    let set = ["do", "set_label", "ref=user:mike", "label=Mike M", "--actor", "user:judith"];
    assert_eq!(ran(beside(&gate.served, &set)).0, Some(0));
    let with = |token: &str, more: &[&str]| {
        gate.with(Some(token), &[&["check", "user:mike", "write", "case:4711"], more].concat())
    };
    assert!(with(&gate.audit, &[]).1.contains("Mike M"));
    let (status, out, err) = with(&gate.check, &[]);
    assert!(
        status.is_some_and(|status| status < 2) && out.contains("user:mike write") && !out.contains("Mike M"),
        "{out} {err}"
    );
    assert_eq!(err, "");
    assert!(with(&gate.check, &["-v"]).2.contains("without labels"));
    let asked_for = with(&gate.check, &["--as-of", "168", "--labels", "--output", "json"]);
    assert!(asked_for.0 == Some(4) && asked_for.1.is_empty(), "they were asked for: {asked_for:?}");
}

#[test]
fn a_token_comes_from_a_file_the_environment_or_the_call_and_is_shown_nowhere() {
    let gate = Gate::open();
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let file = folder.path().join("token");
    fs::write(&file, format!("{}\n", gate.check)).expect("it can be written");
    let file = file.to_str().expect("it is UTF-8");
    let allowed = gate.with(Some(&gate.check), &CHECK);
    assert!(allowed.0.is_some_and(|status| status < 2), "{allowed:?}");
    assert_eq!(gate.with(None, &[&CHECK[..], &["--token-file", file]].concat()), allowed);
    assert_eq!(gate.with(None, &[&CHECK[..], &["--token", &gate.check]].concat()), allowed);
    // What the call says counts more than the environment.
    assert_eq!(gate.with(Some("cw_wrong"), &[&CHECK[..], &["--token-file", file]].concat()), allowed);
    let settings = folder.path().join("caseward.toml");
    let text = format!("server = \"http://{}\"\ntoken_file = {file:?}\n", gate.served.address);
    fs::write(&settings, text).expect("it can be written");
    let mut program = crate::served::program();
    program.args(CHECK).arg("--config").arg(&settings);
    assert_eq!(ran(program), allowed);
    let mut program = crate::served::program();
    program.arg("config").arg("--config").arg(&settings).env("CASEWARD_TOKEN", &gate.check);
    let (_, out, _) = ran(program);
    assert!(out.contains("server") && !out.contains(&gate.check), "{out}");
    for (content, why) in [("secret", "begins with `cw_`"), ("cw_a b", "begins with `cw_`")] {
        fs::write(file, content).expect("it can be written");
        let (status, _, err) = gate.with(None, &[&CHECK[..], &["--token-file", file]].concat());
        assert!(status == Some(2) && err.contains(why) && !err.contains(content), "{err}");
    }
    let (status, _, err) = gate.with(None, &[&CHECK[..], &["--token-file", "/nowhere"]].concat());
    assert!(status == Some(2) && err.contains("cannot read the token"), "{err}");
}
