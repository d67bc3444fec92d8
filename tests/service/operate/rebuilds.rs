//! Rebuilds over HTTP: one at a time, without their client, paused, stopped, cancelled, and with the answer of the verb.

use super::gate::Gate;
use super::{beside, ended, text};
use crate::http::{Connection, Response};
use crate::served::{Served, program};
use caseward::engine::{Engine, SystemClock};
use caseward::service::{Address, Running, Service};
use caseward::store::MemoryStore;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

const REBUILDS: &str = "/v1/orgs/default/rebuilds";

/// A service over a store that is read only as often as it is let.
struct Gated {
    runtime: Runtime,
    scans: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
    running: Running,
}

impl Gated {
    fn open() -> Gated {
        let runtime = Runtime::new().expect("there are threads");
        let gate = Gate::open(MemoryStore::new(), 1 << 20);
        let (scans, asked) = (Arc::clone(&gate.scans), Arc::clone(&gate.asked));
        let running = runtime.block_on(async {
            let engine = Engine::open(Arc::new(gate), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
            let tcp = Address::Tcp("127.0.0.1:0".parse().expect("an address"));
            Service::new(engine).start(&[tcp]).await.expect("it listens")
        });
        let gated = Gated { runtime, scans, asked, running };
        let command = r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#;
        assert_eq!(gated.ask("POST", "/v1/orgs/default/commands", command).status, 200);
        gated.scans.forget_permits(1 << 20);
        gated
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        Connection::to(self.running.addresses()[0]).ask(method, path, &[], body)
    }

    /// Starts one, which waits at its first read; where it is watched.
    fn started(&self) -> String {
        let asked = self.asked.load(Ordering::SeqCst);
        let started = self.ask("POST", REBUILDS, "");
        assert_eq!((started.status, &started.json()["state"]), (202, &json!("running")), "{started:?}");
        while self.asked.load(Ordering::SeqCst) == asked {
            std::thread::yield_now();
        }
        started.header("location").expect("it says where").to_owned()
    }

    fn ended(&self, path: &str) -> Value {
        ended(&mut Connection::to(self.running.addresses()[0]), path)
    }
}

#[test]
fn a_rebuild_answers_as_the_verb_does_and_names_what_it_dropped() {
    let served = Served::holding("demo");
    let started = served.post(REBUILDS, r#"{"projection":"policy","accept":true}"#);
    assert_eq!(started.status, 202, "{started:?}");
    let run = ended(&mut served.connect(), started.header("location").expect("it says where"));
    assert_eq!((&run["state"], &run["by"]), (&json!("done"), &json!("loopback")), "{run}");
    let outcome = &run["outcome"];
    assert_eq!(
        (&outcome["outcome"], &outcome["generation"], &outcome["position"]),
        (&json!("swapped"), &json!(2), &json!(328))
    );
    // The verb prints a line for each projection: those of the answer.
    let printed = text(&beside(&served, &["rebuild", "policy", "--output", "jsonl"]).stdout);
    assert_eq!(outcome["projections"], json!([serde_json::from_str::<Value>(&printed).expect("one line")]));
    let listed = served.get(REBUILDS).json();
    assert_eq!(listed["runs"], json!([run]), "the verb beside it is no run of the service");
    let dropped = served.connect().ask("DELETE", "/v1/orgs/default/generations", &[], "");
    assert_eq!((dropped.status, dropped.body.as_str()), (200, r#"{"gone":[1,2]}"#));
    let nothing = served.connect().ask("DELETE", REBUILDS, &[], "");
    assert_eq!((nothing.status, nothing.body.as_str()), (200, r#"{"gone":[]}"#));
    let wrong = served.post(REBUILDS, r#"{"projection":"all"}"#);
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "invalid"));
}

#[test]
fn a_store_in_memory_drops_the_views_that_were_served_before() {
    let served = Served::with(tempfile::TempDir::new().expect("a folder"), &["--memory-store"]);
    let drop = || served.connect().ask("DELETE", "/v1/orgs/default/generations", &[], "");
    let nothing = drop();
    assert_eq!((nothing.status, nothing.body.as_str()), (200, r#"{"gone":[]}"#));
    served.accepted(r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#);
    let started = served.post(REBUILDS, "");
    ended(&mut served.connect(), started.header("location").expect("it says where"));
    let dropped = drop();
    assert_eq!((dropped.status, dropped.body.as_str()), (200, r#"{"gone":[1]}"#));
    let left = served.get("/v1/orgs/default/status").json();
    assert_eq!((&left["generations"][0]["generation"], &left["generations"][1]), (&json!(2), &Value::Null), "{left}");
}

#[test]
fn one_goes_on_at_a_time_without_its_client_and_is_cancelled() {
    let gated = Gated::open();
    // Every request has a connection of its own, which is closed with its answer.
    let path = gated.started();
    let second = gated.ask("POST", REBUILDS, "");
    assert_eq!((second.status, second.code().as_str()), (409, "running"));
    let told = second.json();
    assert_eq!((&told["by"], &told["run"]), (&json!("loopback"), &json!(path)), "who runs, and where");
    assert_eq!(gated.ask("GET", &path, "").json()["state"], "running");
    let kept_out = gated.ask("DELETE", REBUILDS, "");
    assert_eq!((kept_out.status, kept_out.code().as_str()), (409, "running"));
    let cancelled = gated.ask("DELETE", &path, "");
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (202, &json!("ending")));
    gated.scans.add_permits(1 << 20);
    let run = gated.ended(&path);
    assert_eq!((&run["state"], &run["outcome"]["outcome"]), (&json!("cancelled"), &json!("cancelled")), "{run}");
    for (method, path) in
        [("DELETE", path.clone()), ("POST", format!("{path}/pause")), ("POST", format!("{path}/stop"))]
    {
        let late = gated.ask(method, &path, "");
        assert_eq!((late.status, late.code().as_str()), (409, "ended"), "{method} {path}");
    }
    assert_eq!(gated.ask("POST", &format!("{path}/hurry"), "").code(), "not_found");
    assert_eq!(gated.ask("GET", &format!("{REBUILDS}/17"), "").code(), "not_found");
    // Nothing of it is left, and the next one begins anew, with a higher number.
    let next = gated.ended(&gated.started());
    assert_eq!((&next["state"], &next["outcome"]["from"]), (&json!("done"), &json!(0)));
    assert!(next["id"].as_u64() > run["id"].as_u64());
}

#[test]
fn a_paused_one_waits_and_a_stopped_one_keeps_what_it_has_made() {
    let gated = Gated::open();
    let path = gated.started();
    let paused = gated.ask("POST", &format!("{path}/pause"), "");
    assert_eq!((paused.status, &paused.json()["progress"]["paused"]), (202, &json!(true)));
    gated.scans.add_permits(1 << 20);
    let stopped = gated.ask("POST", &format!("{path}/stop"), "");
    assert_eq!(stopped.status, 202, "{stopped:?}");
    let run = gated.ended(&path);
    // It may have read its only slice before it looked for what is wanted.
    let outcome = run["outcome"]["outcome"].as_str().expect("it is told");
    assert!(["stopped", "swapped"].contains(&outcome), "{run}");
}

#[test]
fn the_end_of_the_service_ends_a_run_and_waits_for_it() {
    let gated = Gated::open();
    let path = gated.started();
    let Gated { runtime, scans, running, .. } = gated;
    let address = running.addresses()[0];
    let mut watching = Connection::to(address);
    let accept = [("accept", "text/event-stream")];
    watching.send(crate::http::request("GET", &path, &accept, "").as_bytes());
    assert_eq!(watching.head().expect("it answers").0, 200);
    let first = text(&watching.chunk().expect("the first message is at once"));
    assert!(first.starts_with("event: run\ndata: {") && first.contains(r#""state":"running""#), "{first}");
    let stopping = runtime.spawn(running.stop(Duration::from_secs(60)));
    // It waits for a read, which comes to an end only now.
    while !text(&watching.chunk().expect("it tells of it")).contains(r#""state":"ending""#) {}
    assert!(!stopping.is_finished());
    scans.add_permits(1 << 20);
    let mut last = String::new();
    while let Some(message) = watching.chunk() {
        last = text(&message);
    }
    assert!(last.contains(r#""state":"cancelled""#) || last.contains(r#""state":"done""#), "{last}");
    assert!(runtime.block_on(stopping).expect("it stops"), "nothing was cut off");
}

#[test]
fn the_latest_runs_are_told_of_and_older_ones_are_forgotten() {
    let served = Served::holding("demo");
    let mut runs = Vec::new();
    let listed = || served.get(REBUILDS).json()["runs"].as_array().expect("a list").len();
    for count in 1..=17 {
        let started = served.post(REBUILDS, r#"{"projection":"policy"}"#);
        assert_eq!(started.status, 202, "{started:?}");
        let path = started.header("location").expect("it says where").to_owned();
        ended(&mut served.connect(), &path);
        runs.push(path);
        assert_eq!(listed(), count.min(16));
    }
    assert_eq!(served.get(&runs[0]).code(), "not_found");
    assert_eq!(served.get(&runs[1]).status, 200);
}

#[test]
fn the_command_line_pauses_resumes_and_stops_a_rebuild_of_a_service_and_an_interrupt_keeps_what_it_made() {
    let gated = Gated::open();
    let server = format!("http://{}", gated.running.addresses()[0]);
    let call = |arguments: &[&str]| {
        let mut program = program();
        program.args(["--server", &server]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    };
    let ran = |arguments: &[&str]| {
        let output = call(arguments).output().expect("the program starts");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, out, err) = ran(&["rebuild", "--pause"]);
    assert_eq!((status, out.as_str()), (Some(6), ""), "{err}");
    assert!(err.contains("no rebuild of `default` is running"), "{err}");
    let asked = gated.asked.load(Ordering::SeqCst);
    let rebuild = call(&["rebuild", "policy"]).spawn().expect("the program starts");
    while gated.asked.load(Ordering::SeqCst) == asked {
        std::thread::yield_now();
    }
    let (status, out, err) = ran(&["rebuild", "--pause", "--output", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out} {err}"));
    assert_eq!((status, &told["paused"]), (Some(0), &json!(true)), "{told}");
    let (status, out, err) = ran(&["rebuild", "--resume"]);
    assert!(status == Some(0) && out.starts_with("it goes on; folded up to position "), "{out} {err}");
    let (status, _, err) = ran(&["rebuild"]);
    assert!(status == Some(6) && err.contains("is running already"), "{err}");
    let sent = std::process::Command::new("kill").args(["-INT", &rebuild.id().to_string()]).status();
    assert!(sent.expect("there is a `kill`").success());
    while gated.ask("GET", REBUILDS, "").json()["runs"][0]["state"] == "running" {
        std::thread::yield_now();
    }
    gated.scans.add_permits(1 << 20);
    let ended = rebuild.wait_with_output().expect("it ends");
    let err = text(&ended.stderr);
    assert!(ended.status.code() == Some(6) && err.contains("the rebuild was stopped; generation 2 is saved"), "{err}");
    let (status, out, err) = ran(&["rebuild", "--stop"]);
    assert_eq!((status, out.as_str()), (Some(6), ""), "{err}");
    let (status, out, err) = ran(&["rebuild", "policy"]);
    assert!(status == Some(0) && out.starts_with("policy              equal\n"), "{out} {err}");
}
