//! The log of reads of a service: it is told over `--server` as over the store.

use super::{beside, over, ran};
use crate::served::Served;
use caseward::events::Timestamp;
use serde_json::Value;

#[test]
fn who_asked_about_whom_is_told_by_a_service_as_by_its_store() {
    let served = Served::holding("demo");
    for (purpose, path) in [
        ("complaint 7", "rights?subject=user:mike&resource=case:4711"),
        ("", "who?action=read&resource=case:4711"),
        ("audit", "what?subject=user:ana&action=read"),
    ] {
        let path = format!("/v1/orgs/default/{path}");
        assert_eq!(served.connect().ask("GET", &path, &[("x-purpose", purpose)], "").status, 200);
    }
    let (_, listed, err) = ran(beside(&served, &["reads", "list", "--limit", "3", "--output", "jsonl"]));
    let last: Value = serde_json::from_str(listed.lines().nth(2).expect(&err)).expect("it is JSON");
    let last: Timestamp = last["time"].as_str().and_then(|time| time.parse().ok()).expect("an instant");
    // Who asks for what was asked is kept, too, so that only what came before is the same for both.
    let until = last.next().to_string();
    for call in [
        &["reads", "about", "user:mike"][..],
        &["reads", "about", "user:mike", "--askers"],
        &["reads", "about", "case:4711", "--from", "2024-01-01"],
        &["reads", "about", "user:nobody"],
        &["reads", "list"],
        &["reads", "list", "--after", "1", "--limit", "1"],
        &["reads", "list", "--about", "user:ana"],
        &["reads", "list", "--as-of", "3"],
    ] {
        for form in ["human", "json", "jsonl", "csv"] {
            let call = [call, &["--to", &until, "--output", form][..]].concat();
            let (status, out, err) = ran(beside(&served, &call));
            let there = ran(over(&served, &call));
            assert_eq!((there.0, &there.1), (status, &out), "{call:?}: {} <> {err}", there.2);
        }
    }
    let (status, head, err) = ran(over(&served, &["reads", "head"]));
    let (size, root) = head.trim_end().split_once(' ').unwrap_or_else(|| panic!("{head} {err}"));
    assert_eq!((status, root.len()), (Some(0), 64));
    let kept = ran(beside(&served, &["reads", "verify", "--against", head.trim_end()]));
    assert!(kept.0 == Some(0) && kept.1.contains("goes on from the head that was kept"), "{size}: {kept:?}");
}
