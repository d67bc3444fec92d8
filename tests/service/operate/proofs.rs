//! Tree heads and proofs over HTTP are those of the command line, and hold without the store.

use super::{beside, encoded, text};
use crate::served::{Served, program};
use serde_json::Value;

const ORG: &str = "/v1/orgs/default";

/// What `verify-proof` says of a proof.
fn verified(served: &Served, proof: &str) -> Result<Value, String> {
    let file = served.data().with_file_name("proof.json");
    std::fs::write(&file, proof).expect("it can be written");
    let key = text(&beside(served, &["key", "show"]).stdout);
    let file = file.to_str().expect("it is UTF-8");
    let run = program().args(["verify-proof", file, "--key", key.trim(), "--output", "json"]).output();
    let run = run.expect("the program starts");
    if run.status.success() { Ok(serde_json::from_slice(&run.stdout).expect("JSON")) } else { Err(text(&run.stderr)) }
}

#[test]
fn a_tree_head_and_every_kind_of_proof_is_what_the_command_line_prints_and_holds() {
    let served = Served::holding("demo");
    let head = served.get(&format!("{ORG}/tree-head"));
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert_eq!(head.body, text(&beside(&served, &["tree-head"]).stdout));

    let event = served.get(&format!("{ORG}/proofs/17"));
    assert_eq!(format!("{}\n", event.body), text(&beside(&served, &["prove", "17"]).stdout));
    let proved = verified(&served, &event.body).expect("it holds");
    assert_eq!(
        (&proved["proved"], &proved["size"], &proved["events"][0]["position"]),
        (&Value::from("event"), &Value::from(328), &Value::from(17))
    );

    let asked = format!("{ORG}/proofs/decision?subject=user:mike&action=write&resource=case:4711&as_of=168");
    let decision = served.get(&asked);
    let alone = ["prove", "--decision", "user:mike", "write", "case:4711", "--as-of", "168"];
    assert_eq!(format!("{}\n", decision.body), text(&beside(&served, &alone).stdout));
    let proved = verified(&served, &decision.body).expect("it holds");
    assert_eq!((&proved["proved"], &proved["question"]["position"]), (&Value::from("decision"), &Value::from(168)));

    served.accepted(r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#);
    let grown = served.get(&format!("{ORG}/proofs/consistency?from={}", encoded(&head.body)));
    let proved = verified(&served, &grown.body).expect("it holds");
    assert_eq!((&proved["older"]["size"], &proved["size"]), (&Value::from(328), &Value::from(329)));
    // One that is changed proves nothing.
    let changed = event.body.replace("328\\n", "329\\n");
    assert_ne!(changed, event.body);
    assert!(verified(&served, &changed).is_err());
}

#[test]
fn what_cannot_be_proved_is_told_with_what_to_do() {
    let served = Served::holding("demo");
    for (asked, status, code) in [
        ("proofs/0", 400, "invalid"),
        ("proofs/329", 400, "invalid"),
        ("proofs/first", 400, "invalid"),
        ("proofs/17?as_of=3", 400, "invalid"),
        ("proofs/consistency", 400, "invalid"),
        ("proofs/consistency?from=rubbish", 400, "invalid"),
        ("proofs/decision?subject=user:mike&action=read", 400, "invalid"),
        ("proofs/decision?subject=user:mike&action=register&resource=case:4711", 400, "invalid"),
    ] {
        let answer = served.get(&format!("{ORG}/{asked}"));
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{asked}");
    }
    // A head of another log, of the same size.
    let other = Served::holding("demo").get(&format!("{ORG}/tree-head")).body;
    let asked = format!("{ORG}/proofs/consistency?from={}", encoded(&other));
    let answer = served.get(&asked);
    assert_eq!((answer.status, answer.code().as_str()), (409, "other_log"), "{answer:?}");
    // A store in memory has no keys.
    let memory = Served::with(tempfile::TempDir::new().expect("a folder"), &["--memory-store"]);
    let answer = memory.get(&format!("{ORG}/tree-head"));
    assert_eq!((answer.status, answer.code().as_str()), (409, "not_on_disk"));
}
