//! Verifications over HTTP: the answer of the verb, views that serve included.

use super::{beside, ended, text};
use crate::served::Served;
use serde_json::{Value, json};

const ALL: &str = "/v1/verification";

fn verified(served: &Served) -> Value {
    let started = served.post(ALL, "");
    assert_eq!(started.status, 202, "{started:?}");
    ended(&mut served.connect(), started.header("location").expect("it says where"))
}

#[test]
fn a_verification_answers_as_the_verb_does_and_is_noted_for_status() {
    let served = Served::holding("demo");
    let run = verified(&served);
    assert_eq!(run["state"], "done", "{run}");
    assert_eq!(run["progress"], json!({"events": 328, "of": 328}));
    let printed = text(&beside(&served, &["verify", "--output", "jsonl"]).stdout);
    assert_eq!(run["outcome"], serde_json::from_str::<Value>(&printed).expect("one line"));
    let views = &run["outcome"]["views"][0];
    assert_eq!((&views["served"], &views["differences"]), (&json!(328), &json!(0)), "{views}");
    let mut watching = served.connect();
    let (path, accept) = (format!("{ALL}/{}", run["id"]), [("accept", "text/event-stream")]);
    watching.send(crate::http::request("GET", &path, &accept, "").as_bytes());
    assert_eq!(watching.head().expect("it answers").0, 200);
    let only = text(&watching.chunk().expect("a message"));
    assert_eq!(only, format!("event: run\ndata: {}\n\n", served.get(&path).body));
    assert_eq!(watching.chunk(), None, "of a run that has ended there is one message");
    let status = text(&beside(&served, &["status"]).stdout);
    assert!(status.contains("verified"), "{status}");
}

#[test]
fn what_it_finds_names_no_path_of_the_machine() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    std::fs::write(folder.path().join("default-9.note"), "no head").expect("there is room");
    let alone = Served::holding("demo").stop().2;
    let served = Served::started(alone, &["--heads-dir", folder.path().to_str().expect("it is UTF-8")], &[]);
    let run = verified(&served);
    let found = &run["outcome"]["findings"];
    assert_eq!((&run["state"], &found[0]["place"]), (&json!("done"), &json!("default-9.note")), "{run}");
    assert!(!run.to_string().contains(folder.path().to_str().expect("it is UTF-8")), "{run}");
}
