//! The decision log: what machines check, in the shape of the Authorization Decision Log, and asking it again.

use crate::http::{Connection, Response};
use crate::seen::told_in_metrics;
use crate::served::{Served, fixture, program};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A service over the tour that logs what it decides.
struct Logging {
    served: Served,
    log: PathBuf,
}

fn over(data: &Path, arguments: &[&str]) -> Command {
    let mut program = program();
    program.arg("--data").arg(data).args(arguments);
    program
}

fn ran(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = over(data, arguments).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

impl Logging {
    fn start(more: &[&str]) -> Logging {
        let folder = TempDir::new().expect("a temporary folder");
        let data = folder.path().join("data");
        let file = fixture("demo").join("commands.jsonl");
        assert_eq!(ran(&data, &["import", file.to_str().expect("it is UTF-8")]).0, Some(0));
        let log = folder.path().join("decisions.jsonl");
        let arguments = [&["--decision-log", log.to_str().expect("it is UTF-8")], more].concat();
        Logging { served: Served::with(folder, &arguments), log }
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let answer = self.served.connect().ask("POST", path, &headers, body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// Stops it; its records, and what it leaves.
    fn stop(self) -> (Vec<Value>, PathBuf, TempDir) {
        let (status, said, folder) = self.served.stop();
        assert!(status.success(), "{said}");
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let records = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        (records, self.log, folder)
    }
}

const MAY: &str = r#"{"subject":"user:mike","action":"write","resource":"case:4711","as_of":150}"#;
const MAY_NOT: &str = r#"{"subject":"user:eve","action":"write","resource":"case:4711"}"#;
const CHECK: &str = "/v1/orgs/default/check";

fn authzen(user: &str, action: &str, more: Value) -> Value {
    let mut asked = json!({
        "subject": {"type": "user", "id": user}, "action": {"name": action}, "resource": {"type": "case", "id": "4711"},
    });
    asked.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    asked
}

/// One of each kind of call; how many decisions there are in them.
fn ask_everything(logging: &Logging) -> u64 {
    logging.post(CHECK, &[], MAY);
    logging.post(CHECK, &[], MAY_NOT);
    let questions = format!(r#"{{"questions":[{MAY},{MAY_NOT},{{"subject":"nobody"}}]}}"#);
    logging.post("/v1/orgs/default/checks", &[], &questions);
    logging.post("/access/v1/evaluation", &[], &authzen("mike", "write", json!({})).to_string());
    let past = json!({"context": {"caseward": {"as_of": 168, "explain": true}}});
    logging.post("/access/v1/evaluation", &[], &authzen("mike", "read", past).to_string());
    logging.post("/access/v1/evaluation", &[], &authzen("mike", "no-such-action", json!({})).to_string());
    let items = json!([{}, {"action": {"name": "read"}}, {"subject": 7}, {"context": {"caseward": {"as_of": 100}}}]);
    logging.post("/access/v1/evaluations", &[], &authzen("mike", "write", json!({"evaluations": items})).to_string());
    let first = json!({"evaluations": [{}, {}, {}], "options": {"evaluations_semantic": "deny_on_first_deny"}});
    logging.post("/access/v1/evaluations", &[], &authzen("eve", "write", first).to_string());
    let lines = format!("{MAY}\n{MAY_NOT}\n");
    let stream = [("content-type", "application/x-ndjson")];
    let streamed = logging.served.connect().ask("POST", "/v1/orgs/default/checks", &stream, &lines);
    assert_eq!(streamed.body.lines().count(), 2, "{streamed:?}");
    1 + 1 + 2 + 1 + 1 + 1 + 3 + 1 + 2
}

#[test]
fn every_decision_is_asked_again_where_it_was_asked_and_none_differs_whatever_happened_since() {
    let logging = Logging::start(&[]);
    let decisions = ask_everything(&logging);
    // What is granted afterwards, and what words mean since, changes nothing of it.
    let grant =
        json!({"command": {"grant": {"on": "case:4711", "to": "user:eve", "access": "write"}}, "actor": "user:judith"});
    logging.served.accepted(&grant.to_string());
    assert_eq!(logging.post(CHECK, &[], MAY_NOT).json()["decision"], true);
    let words = logging.served.data().with_file_name("words.toml");
    let toml = "[subjects]\nuser = { as = \"user\" }\n\n[resources]\ncase = { as = \"case\" }\n\n[actions]\ncase = [{ name = \"view\", is = \"read\" }]\n";
    fs::write(&words, toml).expect("there is room");
    let words = words.to_str().expect("it is UTF-8").to_owned();
    let set = ran(&logging.served.data(), &["vocabulary", "set", &words, "--actor", "user:judith"]);
    assert_eq!(set.0, Some(0), "{set:?}");
    logging.post("/access/v1/evaluation", &[], &authzen("mike", "view", json!({})).to_string());
    let total = decisions + 2;
    let (records, log, folder) = logging.stop();
    let log = log.to_str().expect("it is UTF-8");
    assert_eq!(records.len(), 12);
    let told = format!("12 records: {total} decisions asked again, 0 differ\n");
    assert_eq!(ran(&folder.path().join("data"), &["replay", log]).1, told);
    // Beside a service that has the store, too.
    let served = Served::over(folder);
    let (status, beside, said) = ran(&served.data(), &["replay", log]);
    assert_eq!((status, beside), (Some(0), told), "{said}");
}

#[test]
fn a_record_has_the_fields_of_the_standard_and_its_id_is_in_the_answer() {
    let logging = Logging::start(&[]);
    const TRACE: &str = "28dbeec32e77635cc19bc3204ec56c41";
    let parent = format!("00-{TRACE}-c4e1d75a3f9b8240-01");
    let answer = logging.post(CHECK, &[("traceparent", &parent)], MAY);
    let id = answer.header("caseward-decision-id").expect("the answer names it").to_owned();
    let (mut records, ..) = logging.stop();
    let mut record = records.remove(0);
    assert_eq!(id, format!("{TRACE}-{}", record["span_id"].as_str().expect("a text")));
    assert!(record["timestamp"].as_u64().is_some_and(|millis| millis > 1_700_000_000_000));
    // What chance, the clock and the release make.
    record["span_id"] = json!("17c59821784ee492");
    record["timestamp"] = json!(1_757_240_136_089_u64);
    record["attributes"]["adl.core.configuration"]["caseward"] = json!("RELEASE");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/decisions.jsonl");
    let golden: Value = serde_json::from_str(&fs::read_to_string(golden).expect("there is one")).expect("it is JSON");
    assert_eq!(record, golden);
}

#[test]
fn a_difference_and_a_line_that_is_broken_are_told_with_their_lines() {
    let logging = Logging::start(&[]);
    logging.post(CHECK, &[], MAY);
    logging.post(CHECK, &[], MAY_NOT);
    let (records, log, folder) = logging.stop();
    let data = folder.path().join("data");
    let flipped = records[1].to_string().replacen(r#""decision":false"#, r#""decision":true"#, 1);
    assert_ne!(flipped, records[1].to_string());
    let later = records[0].to_string().replace(r#""position":150"#, r#""position":9000"#);
    let elsewhere =
        records[0].to_string().replace(r#""caseward.organization":"default""#, r#""caseward.organization":"none""#);
    let lines = [&records[0].to_string(), "", &flipped, &flipped[..40], &later, &elsewhere].join("\n");
    fs::write(&log, lines).expect("there is room");
    let (status, told, _) = ran(&data, &["replay", log.to_str().expect("it is UTF-8")]);
    assert_eq!(status, Some(1), "{told}");
    let told: Vec<_> = told.lines().collect();
    assert!(
        told[0].starts_with("line 3: user:eve write case:4711 at position 328 was allow, and is deny now"),
        "{told:?}"
    );
    assert!(told[1].starts_with("line 4: cannot be asked again: it is no record"), "{told:?}");
    assert!(told[2].contains("line 5") && told[2].contains("the store ends at 328"), "{told:?}");
    assert!(told[3].contains("line 6") && told[3].contains("no organization `none`"), "{told:?}");
    assert_eq!(told[4..], ["5 records: 2 decisions asked again, 1 differ", "3 records could not be asked again"]);
    // From standard input, in another form.
    let mut replay = over(&data, &["replay", "-", "--output", "jsonl"]);
    let mut replay = replay.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    std::io::Write::write_all(replay.stdin.as_mut().expect("it is piped"), flipped.as_bytes()).expect("it reads");
    let output = replay.wait_with_output().expect("it ends");
    let told = String::from_utf8(output.stdout).expect("it says text");
    let told: Value = serde_json::from_str(told.lines().next().expect("a line")).expect("it is JSON");
    assert_eq!((&told["line"], &told["recorded"], &told["now"]), (&json!(1), &json!(true), &json!(false)));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn only_denials_are_logged_where_that_is_asked() {
    let logging = Logging::start(&["--decision-log-only", "deny"]);
    assert_eq!(logging.post(CHECK, &[], MAY).header("caseward-decision-id"), None);
    assert!(logging.post(CHECK, &[], MAY_NOT).header("caseward-decision-id").is_some());
    let (records, ..) = logging.stop();
    let answers: Vec<_> = records.iter().map(|record| &record["body"]["adl.core.response"]["decision"]).collect();
    assert_eq!(answers, [false]);
}

#[test]
fn without_a_log_an_answer_is_the_same_and_a_log_that_cannot_be_written_is_told_at_the_start() {
    let (plain, logging) = (Served::holding("demo"), Logging::start(&[]));
    let (without, with) = (plain.post(CHECK, MAY), logging.post(CHECK, &[], MAY));
    assert_eq!((without.header("caseward-decision-id"), &without.body), (None, &with.body));
    let (_, _, folder) = plain.stop();
    let nowhere = folder.path().join("no/such/folder");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--decision-log", nowhere.to_str().expect("it is UTF-8")];
    let (status, _, said) = ran(&folder.path().join("data"), &arguments);
    assert!(status == Some(2) && said.contains("cannot write the decision log"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_no_check_and_what_was_dropped_is_told() {
    let folder = TempDir::new().expect("a temporary folder");
    let served = Served::with(folder, &["--decision-log", "/dev/full"]);
    let mut connection = Connection::to(served.address);
    for _ in 0..3 {
        assert_eq!(connection.ask("POST", CHECK, &[], MAY_NOT).status, 200);
    }
    told_in_metrics(&served, "caseward_decisions_dropped_total", |dropped| dropped == 3.0);
    let (status, said, _) = served.stop();
    assert!(status.success() && said.contains("3 decisions were not logged"), "{said}");
}
