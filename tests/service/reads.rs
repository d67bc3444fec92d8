//! Reads are kept: who asked about whom, when, why and where it was answered; and the person is told.

use crate::http::Connection;
use crate::seen::told_in_metrics;
use crate::served::{Served, program};
use caseward::Caseward;
use caseward::engine::ManualClock;
use caseward::service::{Address, Service};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use tempfile::TempDir;

fn ran(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        program().arg("--data").arg(data).args(arguments).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says text");
    (status.code(), text(stdout), text(stderr))
}

/// What is kept, as the service tells it.
fn kept(served: &Served) -> Vec<Value> {
    let answer = Connection::to_socket(&served.data().join("SOCKET")).ask("GET", "/v1/orgs/default/reads", &[], "");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["reads"].as_array().expect("a list").clone()
}

const RIGHTS: &str = "/v1/orgs/default/rights?subject=user:ana&resource=case:4711&as_of=100";
const QUESTION: &str = r#"{"subject":"user:ana","action":"read","resource":"case:4711"}"#;
const SEARCH: &str = r#"{"subject":{"type":"user","id":"mike"},"action":{"name":"read"},"resource":{"type":"case"}}"#;

#[test]
fn questions_of_persons_are_kept_and_those_of_machines_are_not() {
    let served = Served::holding("demo");
    let purpose = [("x-purpose", "complaint 17")];
    assert_eq!(served.connect().ask("GET", RIGHTS, &purpose, "").status, 200);
    let search = [("content-type", "application/json")];
    assert_eq!(served.connect().ask("POST", "/access/v1/search/resource", &search, SEARCH).status, 200);
    assert_eq!(served.post("/v1/orgs/default/check", QUESTION).status, 200);
    assert_eq!(served.get("/v1/orgs/default/status").status, 200);
    assert_eq!(served.get("/v1/orgs/default/rights?subject=user:ana").status, 400);
    let kept = kept(&served);
    let told =
        |read: &Value| json!([read["question"], read["about"], read["purpose"], read["status"], read["position"]]);
    assert_eq!(
        kept.iter().map(told).collect::<Vec<_>>(),
        [
            json!(["GET /v1/orgs/{org}/rights", ["user:ana", "case:4711"], "complaint 17", 200, 100]),
            json!(["POST /access/v1/search/resource", ["user:mike"], null, 200, null]),
            json!(["GET /v1/orgs/{org}/rights", ["user:ana"], null, 400, null]),
        ]
    );
    for (read, number) in kept.iter().zip(1..) {
        assert_eq!((&read["number"], &read["by"], &read["head"]), (&json!(number), &json!("loopback"), &json!(328)));
    }
    // Who looks there is kept too.
    let last = self::kept(&served).pop().expect("there are some");
    assert_eq!((&last["question"], &last["by"]), (&json!("GET /v1/orgs/{org}/reads"), &json!("socket")));
}

#[test]
fn a_token_is_kept_by_its_id_and_only_an_admin_reads_what_is_kept() {
    let served = Served::holding("demo");
    let token = |name: &str, part: &str| {
        let body = json!({"name": name, "parts": [part], "organizations": ["default"]}).to_string();
        let issued = Connection::to_socket(&served.data().join("SOCKET")).ask("POST", "/v1/tokens", &[], &body);
        (format!("Bearer {}", issued.json()["token"].as_str().expect("a token")), issued.json()["id"].clone())
    };
    let ((auditor, id), (admin, _)) = (token("auditor", "audit"), token("boss", "admin"));
    let ask = |token: &str, path: &str| served.connect().ask("GET", path, &[("authorization", token)], "");
    assert_eq!(ask(&auditor, RIGHTS).status, 200);
    assert_eq!(ask(&auditor, "/v1/orgs/default/reads").status, 403);
    let page = ask(&admin, "/v1/orgs/default/reads?about=user:ana&limit=1").json();
    let read = &page["reads"][0];
    assert_eq!(read["by"], format!("token:{}", id.as_str().expect("an id")));
    assert_eq!(read["actor"], "system:auditor");
    assert!(!page.to_string().contains("cw_"), "{page}");
    // What was refused is not kept: who may not ask is counted and logged elsewhere.
    assert_eq!(page["size"], 1);
}

#[test]
fn a_purpose_that_is_too_long_or_no_line_is_refused_before_anything_is_asked() {
    let served = Served::holding("demo");
    let long = "x".repeat(257);
    for (purpose, status) in [(&long[..256], 200), (&long, 400), ("two\tparts", 400)] {
        let answer = served.connect().ask("GET", RIGHTS, &[("x-purpose", purpose)], "");
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(status == 200 || answer.code() == "invalid");
    }
    let twice = [("x-purpose", "one"), ("x-purpose", "two")];
    assert_eq!(served.connect().ask("GET", RIGHTS, &twice, "").code(), "invalid");
    assert_eq!(kept(&served).len(), 1);
}

#[test]
fn what_was_sent_is_kept_up_to_its_limit_and_the_rest_is_counted() {
    let served = Served::holding("demo");
    let (long, short) = ("é".repeat(2_100), format!("/v1/orgs/default/rights?subject=user:{}", "a".repeat(9)));
    served.get(&short);
    let body = SEARCH.replace("mike", &long);
    served.connect().ask("POST", "/access/v1/search/resource", &[("content-type", "application/json")], &body);
    let kept = kept(&served);
    assert_eq!(
        (kept[0]["asked"].as_str(), kept[0].get("asked_bytes_left_out")),
        (short.split_once('?').map(|all| all.1), None)
    );
    let asked = kept[1]["asked"].as_str().expect("a text");
    assert!((4_095..=4_096).contains(&asked.len()) && body.starts_with(asked), "{}", asked.len());
    assert_eq!(kept[1]["asked_bytes_left_out"], body.len() - asked.len());
}

#[test]
fn a_person_is_told_when_they_were_asked_about_and_why_and_who_it_was_only_on_request() {
    let served = Served::holding("demo");
    let data = served.data();
    served.connect().ask("GET", RIGHTS, &[("x-purpose", "complaint 17")], "");
    assert_eq!(ran(&data, &["who", "read", "case:4711"]).0, Some(0));
    assert_eq!(ran(&data, &["explain", "user:ana", "read", "case:4711"]).0, Some(0));
    let (status, told, _) = ran(&data, &["reads", "about", "user:ana", "--output", "jsonl"]);
    assert_eq!(status, Some(0));
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let questions: Vec<_> = told.iter().map(|one| (one["question"].clone(), one["purpose"].clone())).collect();
    let expected =
        [(json!("GET /v1/orgs/{org}/rights"), json!("complaint 17")), (json!("caseward explain"), Value::Null)];
    assert_eq!(questions, expected);
    assert!(told.iter().all(|one| one.get("by").is_none() && one.get("actor").is_none() && one["time"].is_string()));
    let (_, askers, _) = ran(&data, &["reads", "about", "user:ana", "--askers"]);
    assert!(askers.contains("(loopback)") && askers.contains("(socket)"), "{askers}");
    let (_, plain, _) = ran(&data, &["reads", "about", "user:ana"]);
    assert!(plain.contains("complaint 17") && !plain.contains("loopback") && !plain.contains("case:4711"), "{plain}");
    let (_, later, _) = ran(&data, &["reads", "about", "user:ana", "--from", "9000-01-01"]);
    assert_eq!(later, "no question that named user:ana is kept\n");
    let (_, nobody, _) = ran(&data, &["reads", "about", "user:an"]);
    assert_eq!(nobody, "no question that named user:an is kept\n");
    // Without a service: the same, from the disk.
    let (_, _, folder) = served.stop();
    let (_, alone, _) = ran(&folder.path().join("data"), &["reads", "list", "--about", "user:ana"]);
    assert!(alone.contains("caseward explain") && alone.contains("caseward reads about"), "{alone}");
}

#[test]
fn a_service_that_is_killed_has_lost_at_most_the_last_and_goes_on() {
    let mut served = Served::holding("demo");
    let mut wanted = 0;
    for round in 0..3 {
        for _ in 0..20 {
            assert_eq!(served.get(RIGHTS).status, 200);
        }
        wanted += 20;
        let (status, head, _) = ran(&served.data(), &["reads", "head"]);
        let size: usize = head.split(' ').next().and_then(|size| size.parse().ok()).expect("a number");
        assert!(status == Some(0) && size >= wanted, "{round}: {head}");
        for _ in 0..20 {
            served.get(RIGHTS);
        }
        served.signal("-KILL");
        let (_, _, folder) = served.ended();
        let (status, verified, said) = ran(&folder.path().join("data"), &["reads", "verify", "--against", head.trim()]);
        assert_eq!(status, Some(0), "{round}: {said}");
        assert!(verified.contains("goes on from the head that was kept"), "{verified}");
        served = Served::over(folder);
    }
    let rights = kept(&served).iter().filter(|read| read["question"] == "GET /v1/orgs/{org}/rights").count();
    assert!((60..=120).contains(&rights), "{rights}");
}

#[test]
fn a_log_of_reads_that_was_changed_shows_in_verify_and_keeps_the_service_from_starting() {
    let served = Served::holding("demo");
    served.get(RIGHTS);
    let (_, _, folder) = served.stop();
    let data = folder.path().join("data");
    let (status, told, _) = ran(&data, &["verify"]);
    assert!(status == Some(0) && told.contains("1 of 1 entries of the log of reads"), "{told}");
    let segment = fs::read_dir(data.join("reads")).expect("it is there").map(|entry| entry.expect("a file").path());
    let segment = segment.into_iter().find(|path| path.extension().is_some()).expect("there is one");
    let text = fs::read_to_string(&segment).expect("it is text");
    fs::write(&segment, text.replace("user:ana", "user:eve")).expect("there is room");
    for verb in [&["verify"][..], &["reads", "verify"], &["serve", "--listen", "127.0.0.1:0"]] {
        let (status, _, said) = ran(&data, verb);
        assert!(status == Some(5) && said.contains("log of reads"), "{verb:?}: {said}");
    }
    // Everything else of the store is none the worse.
    assert_eq!(ran(&data, &["check", "user:ana", "read", "case:4711", "--as-of", "100"]).2, "");
    let served = Served::with(folder, &["--no-reads"]);
    assert_eq!(served.get(RIGHTS).status, 200);
    assert_eq!(served.get("/v1/orgs/default/reads").code(), "reads_not_kept");
}

#[test]
fn only_past_days_are_erased() {
    let served = Served::holding("demo");
    served.get(RIGHTS);
    let data = served.data();
    let (status, _, said) = ran(&data, &["reads", "erase", "--before", "9000-01-01"]);
    assert!(status == Some(2) && said.contains("still to come"), "{said}");
    let (status, told, _) = ran(&data, &["reads", "erase", "--before", "2026-01-01", "--actor", "user:judith"]);
    assert_eq!((status, told.as_str()), (Some(0), "erased 0 entries, up to 0\n"));
    assert_eq!(kept(&served).len(), 1);
}

#[test]
fn an_entry_has_the_form_of_the_golden_file() {
    let folder = TempDir::new().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("there are threads");
    let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("an instant")));
    let socket = folder.path().join("socket");
    let (caseward, running) = runtime.block_on(async {
        let builder = Caseward::builder(folder.path().join("data")).clock(Arc::clone(&clock) as _);
        let caseward = builder.open().await.expect("it opens");
        let log = caseward.shared_store().expect("it is on disk").reads().expect("there is room");
        let service = Service::new(caseward.engine().clone()).reads(Some(log));
        let running = service.start(&[Address::Socket(socket.clone())]).await.expect("it listens");
        (caseward, running)
    });
    let ask = |path: &str| Connection::to_socket(&socket).ask("GET", path, &[("x-purpose", "complaint 17")], "");
    assert_eq!(ask("/v1/orgs/default/rights?subject=user:ana&resource=case:1&as_of=0").status, 200);
    let page = ask("/v1/orgs/default/reads?about=case:1").json();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/reads.jsonl");
    assert_eq!(format!("{}\n", page["reads"][0]), sorted(&fs::read_to_string(golden).expect("there is one")));
    let stored = fs::read_dir(folder.path().join("data/reads")).expect("it is there");
    let stored: String = stored
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some())
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect();
    let line = stored.lines().nth(1).expect("there is an entry");
    let golden = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/reads.jsonl"));
    assert_eq!(format!("{}\n", line.replacen('{', r#"{"number":1,"#, 1)), golden.expect("there is one"));
    runtime.block_on(async {
        running.stop(std::time::Duration::from_secs(5)).await;
        caseward.close().await.expect("it closes");
    });
}

/// With its members in the order of their names, as a value prints them.
fn sorted(line: &str) -> String {
    format!("{}\n", serde_json::from_str::<Value>(line).expect("it is JSON"))
}

#[test]
fn a_disk_that_takes_no_reads_fails_no_question_and_metrics_tell_what_was_dropped() {
    let served = Served::holding("demo");
    told_in_metrics(&served, "caseward_reads_dropped_total", |dropped| dropped == 0.0);
    let folder = served.data().join("reads");
    let _ = fs::remove_dir_all(&folder);
    fs::write(&folder, "in the way").expect("there is room");
    for _ in 0..2 {
        assert_eq!(served.get(RIGHTS).status, 200);
    }
    told_in_metrics(&served, "caseward_reads_dropped_total", |dropped| dropped == 2.0);
}
