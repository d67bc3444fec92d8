//! `/metrics`: what was done is counted, who may read it reads it, and nothing in it says who was asked about.

use super::exposition::Scraped;
use crate::callers::Desk;
use crate::http::Connection;
use crate::served::{Served, program};
use serde_json::json;
use tempfile::TempDir;

pub fn scrape(served: &Served) -> Scraped {
    let response = served.get("/metrics");
    assert_eq!(response.status, 200, "{response:?}");
    let kind = response.header("content-type");
    assert_eq!(kind, Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    Scraped::read(&response.body)
}

const CHECKED: &str = r#"caseward_http_requests_total{method="POST",path="/v1/orgs/{org}/check",status="200"}"#;

#[test]
fn what_a_service_did_is_counted_at_the_template_of_its_path() {
    let served = Served::holding("demo");
    let before = scrape(&served);
    assert_eq!(before.get(CHECKED), None);
    assert_eq!((before.value("caseward_head_position"), before.value("caseward_takes_commands")), (328.0, 1.0));
    for _ in 0..3 {
        served.post("/v1/orgs/default/check", r#"{"subject":"user:ana","action":"read","resource":"case:1"}"#);
    }
    served.get("/nowhere/user:ana");
    served.post("/v1/orgs/default/check", "{");
    served.accepted(r#"{"id":"a","command":{"add_member":{"group":"g","member":"user:ana"}}}"#);
    served.accepted(r#"{"id":"a","command":{"add_member":{"group":"g","member":"user:ana"}}}"#);
    let revoke = r#"{"command":{"revoke":{"on":"case:nowhere","to":"user:nobody"}}}"#;
    let refused = served.post("/v1/orgs/default/commands", revoke);
    let code = refused.json()["code"].as_str().expect("it is refused").to_owned();
    let after = scrape(&served);
    assert_eq!(after.value(CHECKED), 3.0);
    let duration = r#"caseward_http_request_duration_seconds_count{method="POST",path="/v1/orgs/{org}/check"}"#;
    assert_eq!(after.value(duration), 4.0, "the one that was invalid took time, too");
    assert_eq!(after.value(r#"caseward_http_requests_total{method="other",path="other",status="404"}"#), 1.0);
    assert_eq!(after.value(r#"caseward_http_problems_total{code="invalid"}"#), 1.0);
    assert_eq!(after.value(r#"caseward_commands_total{outcome="accepted"}"#), 1.0);
    assert_eq!(after.value(r#"caseward_commands_total{outcome="repeated"}"#), 1.0);
    assert_eq!(after.value(&format!(r#"caseward_commands_refused_total{{code="{code}"}}"#)), 1.0);
    assert_eq!((after.value("caseward_groups_total"), after.value("caseward_events_stored_total")), (1.0, 1.0));
    assert_eq!(after.value("caseward_sync_duration_seconds_count"), 1.0);
    assert_eq!((after.value("caseward_head_position"), after.value("caseward_views_lag_events")), (329.0, 329.0));
    assert!(after.value("caseward_http_received_bytes_total") > before.value("caseward_http_received_bytes_total"));
    assert!(after.value("caseward_http_sent_bytes_total") > before.value("caseward_http_sent_bytes_total") + 1_000.0);
    assert!(after.value(r#"caseward_memory_bytes{part="cases"}"#) > 0.0);
    assert!(after.value("process_resident_memory_bytes") > 1e6 && after.value("process_open_fds") > 3.0);
    assert_eq!((after.value("caseward_commands_waiting"), after.value("caseward_http_requests_answering")), (0.0, 0.0));
    let build = format!(r#"caseward_build_info{{version="{}",format="1"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(after.value(&build), 1.0);
}

#[test]
fn no_metric_says_who_was_asked_about_or_by_whom() {
    let served = Served::holding("demo");
    served.get("/v1/orgs/default/rights?subject=user:ana&resource=case:1");
    served.get("/v1/orgs/user:ana/status");
    let text = served.get("/metrics").body;
    for telling in ["ana", "case:1", "default", "demo"] {
        assert!(!text.contains(telling), "{telling}: {text}");
    }
}

#[test]
fn organizations_are_told_apart_where_that_is_asked_for() {
    let served = Served::with(TempDir::new().expect("a temporary folder"), &["--metrics-organizations"]);
    assert_eq!(served.post("/v1/orgs", r#"{"organization":"north"}"#).status, 200);
    served.accepted(r#"{"command":{"add_member":{"group":"g","member":"user:ana"}}}"#);
    let scraped = scrape(&served);
    assert_eq!(scraped.value(r#"caseward_head_position{organization="default"}"#), 1.0);
    assert_eq!(scraped.value(r#"caseward_head_position{organization="north"}"#), 0.0);
    assert_eq!((scraped.get("caseward_head_position"), scraped.value("caseward_organizations")), (None, 2.0));
}

#[test]
fn metrics_are_for_operators_of_all_organizations_and_for_this_machine() {
    let desk = Desk::open();
    let ask = |headers: &[(&str, &str)]| Connection::to(desk.address()).ask("GET", "/metrics", headers, "").status;
    assert_eq!(ask(&[]), 200);
    let all = desk.token("all", &["operate"], json!({"organizations": ["*"]}));
    let one = desk.token("one", &["operate"], json!({}));
    let other = desk.token("other", &["audit", "admin"], json!({"organizations": ["*"]}));
    let status =
        [&all, &one, &other, &all[1..].to_owned()].map(|token| ask(&[("authorization", &format!("Bearer {token}"))]));
    assert_eq!(status, [200, 403, 403, 401]);
    assert_eq!((ask(&[]), desk.socket().ask("GET", "/metrics", &[], "").status), (200, 200));
    // What a proxy on this machine passes on is not from this machine.
    for header in ["forwarded", "x-forwarded-for", "via"] {
        assert_eq!(ask(&[(header, "for=192.0.2.1")]), 401, "{header}");
    }
    let scraped = Scraped::read(&Connection::to(desk.address()).ask("GET", "/metrics", &[], "").body);
    assert_eq!(scraped.value(r#"caseward_callers_refused_total{reason="unknown"}"#), 4.0);
    assert_eq!(scraped.value(r#"caseward_callers_refused_total{reason="forbidden"}"#), 2.0);
    assert_eq!(scraped.get("caseward_backup_timestamp_seconds"), None, "nothing in memory is backed up");
}

#[test]
fn the_last_backup_verification_and_tree_head_are_told() {
    let folder = TempDir::new().expect("a temporary folder");
    let heads = folder.path().join("heads");
    let backup = folder.path().join("backup");
    let data = folder.path().join("data");
    std::fs::create_dir(&heads).expect("there is room");
    let heads_dir = format!("--heads-dir={}", heads.display());
    let served = Served::with(folder, &[&heads_dir]);
    served.accepted(r#"{"command":{"add_member":{"group":"g","member":"user:ana"}}}"#);
    let before = scrape(&served);
    let times = ["backup", "verification", "tree_head"].map(|of| format!("caseward_{of}_timestamp_seconds"));
    assert!(before.value("caseward_tree_head_lag_seconds") > 1e9, "there is none");
    assert_eq!(times.each_ref().map(|name| before.value(name)), [0.0; 3]);
    let run = |arguments: &[&str]| {
        let ran = program().arg("--data").arg(&data).args(arguments).output().expect("the program starts");
        assert!(ran.status.success(), "{ran:?}");
    };
    run(&["backup", backup.to_str().expect("text")]);
    run(&["verify"]);
    run(&["tree-head", "--out", heads.to_str().expect("text")]);
    let after = scrape(&served);
    assert_eq!(after.value("caseward_tree_head_lag_seconds"), 0.0, "it has all events");
    let started = after.value("process_start_time_seconds");
    for name in &times {
        // The time of a file has the pace of the kernel.
        assert!(after.value(name) > started - 1.0, "{name}: {} after {started}", after.value(name));
    }
    assert!(after.value("caseward_disk_free_bytes") > 0.0);
}

#[test]
fn what_is_open_and_what_was_left_is_told() {
    let served = Served::empty();
    let mut feed = served.connect();
    feed.send(crate::http::request("GET", "/v1/orgs/default/events", &[], "").as_bytes());
    assert_eq!(feed.head().expect("it begins").0, 200);
    let scraped = scrape(&served);
    assert_eq!((scraped.value("caseward_http_streams"), scraped.value("caseward_http_connections")), (1.0, 2.0));
    assert_eq!(scraped.value("caseward_http_requests_in_flight"), 2.0, "the feed, and this one");
    drop(feed);
}

#[test]
fn whoever_asks_whether_it_is_ready_is_told_which_of_both_it_is_not_and_why() {
    let desk = Desk::open();
    let ask = |path: &str| Connection::to(desk.address()).ask("GET", path, &[], "");
    let ready = ask("/readyz");
    assert_eq!((ready.status, ready.json()), (200, json!({"serves": true, "takes_commands": true})));
    desk.jump("2026-03-02T12:00:00Z");
    let ready = ask("/readyz");
    assert_eq!(
        (ready.status, &ready.json()["serves"], &ready.json()["takes_commands"]),
        (503, &json!(true), &json!(false))
    );
    assert!(ready.json()["why"].as_str().is_some_and(|why| why.contains("the clock jumped ahead")), "{ready:?}");
    let scraped = Scraped::read(&ask("/metrics").body);
    let flags = ["caseward_serves", "caseward_takes_commands", "caseward_clock_in_doubt"];
    assert_eq!(flags.map(|name| scraped.value(name)), [1.0, 0.0, 1.0]);
}
