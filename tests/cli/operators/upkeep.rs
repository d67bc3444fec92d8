//! The verbs of operators: organizations, `status`, `rebuild`, the policy.

use super::{Desk, Ended, lines};
use serde_json::{Value, json};
use std::fs;

#[test]
fn organizations_are_created_once_and_listed() {
    let desk = Desk::with_history();
    assert_eq!(desk.run(&["org", "create", "acme"]).out, "created the organization `acme`   position 1\n");
    desk.run(&["org", "create", "acme"]).failed(3, &["`acme` already exists (exists)", "hint: caseward org list"]);
    assert_eq!(desk.run(&["org", "create", "acme", "--output", "json"]).json()["code"], "exists");
    let listed = "acme                  position 0   nothing recorded\n\
                  default               position 5   recorded 2026-03-05T09:00:00Z\n";
    assert_eq!(desk.run(&["org", "list"]).out, listed);
    let table = "organization,head,last\nacme,0,\ndefault,5,2026-03-05T09:00:00Z\n";
    assert_eq!(desk.run(&["org", "list", "--output", "csv"]).out, table);
    let all = desk.run(&["org", "list", "--output", "json"]).json();
    assert_eq!(all["organizations"][1]["head"], 5);
    assert_eq!(desk.run(&["org", "list", "--output", "jsonl"]).json_lines()[0]["organization"], "acme");
    assert_eq!(desk.run_with(&["apply", "-", "--org", "acme"], lines(&["a"]).as_bytes()).status, 0);
    assert_eq!(desk.head(), 5);
}

#[test]
fn status_tells_what_there_is_and_ends_with_the_position() {
    let desk = Desk::with_history();
    desk.as_ana(&["restrict", "1"]);
    let ended = desk.run(&["status"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    let told: Vec<_> = ended.out.lines().collect();
    assert_eq!(told[0], "organization    default");
    assert!(told.contains(&"cases           2, 1 of them restricted"), "{}", ended.out);
    assert!(told.contains(&"format          1"), "{}", ended.out);
    assert!(told.contains(&format!("data directory  {}", desk.data().display()).as_str()), "{}", ended.out);
    assert!(told.iter().any(|line| line.starts_with("memory          ") && line.ends_with(" bytes per event")));
    assert!(told.last().is_some_and(|last| last.starts_with("position 6, recorded 20")), "{}", ended.out);
    let status = desk.run(&["status", "--output", "json"]).json();
    assert_eq!([&status["head"], &status["users"], &status["definitions"]], [6, 2, 1]);
    assert!(status["bytes_on_disk"].as_u64().is_some_and(|bytes| bytes > 0), "{status}");
    let memory = &status["memory"];
    let parts = memory["views"].as_object().expect("bytes by part").values();
    let sum: u64 = parts.map(|bytes| bytes.as_u64().expect("bytes")).sum();
    assert!(sum > 0 && memory["bytes"] == sum, "{memory}");
    assert!(memory["cache_bytes"].is_u64() && memory["table_bytes"].is_u64(), "{memory}");
    let projections = memory["projections"].as_object().expect("bytes by projection");
    assert!(projections.contains_key("case-access") && projections.values().all(Value::is_u64), "{memory}");
    let table = desk.run(&["status", "--output", "csv"]);
    assert_eq!(table.out.lines().count(), 2);
}

#[test]
fn status_follows_from_positions_and_from_what_is_on_disk() {
    let desk = Desk::with_history();
    let status = || desk.run(&["status", "--output", "json"]).json();
    let before = status();
    assert_eq!([&before["checkpoint"], &before["lag"]["events"], &before["head_note"]["position"]], [0, 5, 5]);
    // From the first of March to the fifth; the last event has the last minute for itself.
    let (lag, rate) = (&before["lag"]["seconds"], &before["rate"]);
    assert!(lag.as_f64().is_some_and(|seconds| seconds > 86_400.0), "{before}");
    assert!(rate["last_minute"].is_number() && rate["since_start"].is_null(), "{rate}");
    assert_eq!(
        (&before["verified"], &before["last_error"], &before["tree_head"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!((&before["generations"][0]["state"], &before["projections"]["ids"]), (&json!("current"), &json!(1)));
    let disk = before["disk"].as_object().expect("bytes by part");
    let parts: u64 = disk.values().map(|part| part.as_u64().expect("bytes")).sum();
    assert_eq!(before["bytes_on_disk"], parts);
    assert!(disk["log"].as_u64() > Some(0), "{before}");
    assert!(before["head_note"]["age_seconds"].is_u64(), "{before}");

    desk.run(&["verify"]);
    desk.run(&["rebuild"]);
    let after = status();
    assert_eq!([&after["checkpoint"], &after["lag"]["events"], &after["verified"]["position"]], [5, 0, 5]);
    let generations = after["generations"].as_array().expect("there are two");
    let told: Vec<_> = generations.iter().map(|one| (one["state"].as_str(), one["generation"].as_u64())).collect();
    assert_eq!(told, [(Some("old"), Some(1)), (Some("current"), Some(2))]);
    assert_eq!((&generations[1]["position"], &after["projections"]["ids"]), (&json!(5), &json!(2)));
    assert!(generations[1]["bytes_on_disk"].as_u64() > Some(0) && generations[1]["age_seconds"].is_i64(), "{after}");
    let told = desk.run(&["status"]).out;
    for line in ["views saved     up to position 5, the head", "verified        up to position 5, at 20"] {
        assert!(told.lines().any(|one| one.starts_with(line)), "no {line:?} in {told}");
    }
    assert!(told.contains("\nHEAD note       position 5, written "), "{told}");

    let heads = desk.data().with_file_name("heads");
    fs::create_dir(&heads).expect("there is room");
    for name in ["default-3.note", "default-5.note", "default-9.text", "other-7.note"] {
        fs::write(heads.join(name), "").expect("there is room");
    }
    let ended = desk.command(&["status", "--output", "json"]).env("CASEWARD_HEADS_DIR", &heads).output();
    let kept = Ended::of(&ended.expect("the program runs")).json();
    assert_eq!(kept["tree_head"]["position"], 5, "{kept}");
}

#[test]
fn views_that_were_set_aside_are_the_last_error_that_status_tells() {
    let desk = Desk::with_history();
    fs::write(desk.data().join("views"), "not a folder").expect("there is room");
    let status = desk.run(&["-q", "status", "--output", "json"]).json();
    let told = status["last_error"]["error"].as_str().expect("there is one");
    assert!(told.contains("views.aside"), "{told}");
}

#[test]
fn a_rebuild_says_that_the_views_are_equal_where_and_what_is_served_then() {
    let desk = Desk::with_history();
    let ended = desk.run(&["rebuild"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    assert_eq!(ended.out.lines().filter(|line| line.ends_with(" equal")).count(), 10);
    assert!(ended.out.contains("\nfolded 5 events, "), "{}", ended.out);
    let served = "\ngeneration 2 is live; the one before is kept until caseward rebuild --drop\nposition 5\n";
    assert!(ended.out.ends_with(served), "{}", ended.out);
    let one = desk.run(&["rebuild", "case-access"]).out;
    assert!(one.starts_with("case-access         equal\nfolded 5 events, "), "{one}");
    let as_json = desk.run(&["rebuild", "policy", "--output", "json"]).json();
    let policy = json!([{"projection": "policy", "equal": true, "differences": [], "position": 5}]);
    assert_eq!((&as_json["projections"], &as_json["outcome"]), (&policy, &json!("swapped")));
    assert_eq!([&as_json["generation"], &as_json["from"], &as_json["rows_that_differ"]], [4, 0, 0]);
    assert_eq!(desk.run(&["rebuild", "--output", "jsonl"]).json_lines().len(), 10);
    let table = desk.run(&["rebuild", "profiles", "--output", "csv"]).out;
    assert_eq!(table, "projection,equal,of,live,rebuilt,events,position\ndirectory,true,,,,,5\n");
}

#[test]
fn old_generations_are_dropped_and_there_is_nothing_to_cancel() {
    let desk = Desk::with_history();
    assert_eq!(desk.run(&["rebuild", "--cancel"]).out, "there is nothing to remove\n");
    desk.run(&["rebuild", "--save-every", "2"]);
    assert_eq!(desk.run(&["rebuild", "--drop"]).out, "removed generation 1\n");
    assert_eq!(desk.run(&["rebuild", "--drop", "--output", "json"]).json(), json!({"gone": []}));
    assert_eq!(desk.head(), 5);
    desk.run(&["rebuild", "--drop", "--accept"]).failed(2, &["--drop", "--accept"]);
}

#[test]
fn the_policy_is_shown_as_it_stood_with_the_event_behind_each_key() {
    let desk = Desk::with_history();
    desk.as_ana(&["policy", "set", "org_admin_bypass=false", "break_glass_max_minutes=30"]);
    desk.as_ana(&["policy", "set", "creator_grant=read"]);
    let told = desk.run(&["policy", "show"]).out;
    for line in [
        "access_control_default      on          default",
        "org_admin_bypass            false       event 6",
        "creator_grant               read        event 7",
        "break_glass_max_minutes     30          event 6",
        "position 7",
    ] {
        assert!(told.lines().any(|one| one == line), "no {line:?} in {told}");
    }
    let before = desk.run(&["policy", "show", "--as-of", "6", "--output", "json"]).json();
    assert_eq!(before["position"], 6);
    let creator = json!({"key": "creator_grant", "value": "none", "event": null});
    assert!(before["keys"].as_array().is_some_and(|keys| keys.contains(&creator)), "{before}");
    let table = desk.run(&["policy", "show", "--output", "csv"]).out;
    assert!(table.starts_with("key,value,event,position\naccess_control_default,on,,7\n"), "{table}");
    assert_eq!(desk.run(&["policy", "show", "--output", "jsonl"]).json_lines().len(), 11);
    desk.run(&["policy", "show", "--as-of", "99"]).failed(2, &["position 99 is above the head, 7", "hint: "]);
}
