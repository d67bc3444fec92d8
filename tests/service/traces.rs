//! Traces: what a collector is told of a request, that it goes on with the trace of its caller, and that nobody waits for a
//! collector.

#![cfg(feature = "otel")]

use crate::http::Connection;
use crate::seen::told_in_metrics;
use crate::served::{Served, program};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Told;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// What the caller names: a trace, a span of it, and that it is collected.
const TRACE: [u8; 16] = *b"\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36";
const PARENT: [u8; 8] = *b"\x00\xf0\x67\xaa\x0b\xa9\x02\xb7";
const COLLECTED: (&str, &str) = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
const NOT_COLLECTED: (&str, &str) = ("traceparent", "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-00");

const COMMANDS: &str = "/v1/orgs/default/commands";
const CHECK: &str = "/v1/orgs/default/check";
const COMMAND: &str = r#"{"command":{"add_member":{"group":"secretgroup","member":"user:secretuser"}}}"#;
const QUESTION: &str = r#"{"subject":"user:secretuser","action":"read","resource":"case:secretcase"}"#;

/// A collector that takes what comes.
struct Collector {
    address: String,
    /// The head of each request, with what it holds.
    taken: Receiver<(String, Vec<u8>)>,
}

impl Collector {
    fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it has one"));
        let (takes, taken) = channel();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let request = take(&mut stream);
                let answer = ExportTraceServiceResponse::default().encode_to_vec();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length:";
                let _ = stream.write_all(format!("{head} {}\r\n\r\n", answer.len()).as_bytes());
                let _ = stream.write_all(&answer);
                if takes.send(request).is_err() {
                    return;
                }
            }
        });
        Collector { address, taken }
    }

    /// The next batch, as it came.
    fn next(&self) -> (String, Vec<u8>) {
        self.taken.recv_timeout(Duration::from_secs(60)).expect("spans come")
    }

    /// Spans, until there is one of each of these names in what was taken.
    fn until(&self, names: &[&str]) -> Vec<Span> {
        let mut spans = Vec::new();
        while !names.iter().all(|name| spans.iter().any(|span: &Span| span.name == *name)) {
            spans.extend(decoded(&self.next().1).into_iter().flat_map(spans_of));
        }
        spans
    }
}

/// A request of HTTP/1.1: its head, and the bytes behind it.
fn take(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text").to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("it names its length");
            if bytes.len() >= end + 4 + length {
                return (head, bytes[end + 4..].to_vec());
            }
        }
        let read = stream.read(&mut piece).expect("the service sends");
        assert!(read > 0, "half a request");
        bytes.extend_from_slice(&piece[..read]);
    }
}

fn decoded(bytes: &[u8]) -> Vec<ResourceSpans> {
    ExportTraceServiceRequest::decode(bytes).expect("it is what the protocol says").resource_spans
}

fn spans_of(of: ResourceSpans) -> Vec<Span> {
    of.scope_spans.into_iter().flat_map(|scope| scope.spans).collect()
}

fn attributes(all: &[KeyValue]) -> BTreeMap<&str, String> {
    let is_number = |key: &str| ["status_code", "commands", "events", "rows"].iter().any(|end| key.ends_with(end));
    let text = |key: &str, value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Told::StringValue(text)) if !is_number(key) => text.clone(),
        Some(Told::IntValue(number)) if is_number(key) => number.to_string(),
        other => panic!("`{key}` is {other:?}"),
    };
    all.iter().map(|one| (one.key.as_str(), text(&one.key, &one.value))).collect()
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let (Some(one), None) = (found.next(), found.next()) else { panic!("one `{name}`: {spans:?}") };
    one
}

/// A service that sends its traces there.
fn tracing_to(address: &str) -> Served {
    let folder = TempDir::new().expect("a temporary folder");
    Served::in_environment(folder, &[("OTEL_EXPORTER_OTLP_ENDPOINT", address)])
}

fn post(served: &Served, path: &str, context: (&str, &str), body: &str) -> u16 {
    served.connect().ask("POST", path, &[context, ("x-request-id", "r-1")], body).status
}

#[test]
fn a_request_goes_on_with_the_trace_of_its_caller_and_has_the_steps_of_its_answer_within() {
    let collector = Collector::start();
    let served = tracing_to(&collector.address);
    assert_eq!(post(&served, COMMANDS, COLLECTED, COMMAND), 200);
    let spans = collector.until(&["POST /v1/orgs/{org}/commands", "queue", "decide", "sync"]);
    let request = named(&spans, "POST /v1/orgs/{org}/commands");
    assert_eq!((&request.trace_id[..], &request.parent_span_id[..]), (&TRACE[..], &PARENT[..]));
    assert_eq!(request.kind, i32::from(SpanKind::Server as i16));
    let told = attributes(&request.attributes);
    let says = [
        ("http.request.method", "POST"),
        ("http.route", "/v1/orgs/{org}/commands"),
        ("http.response.status_code", "200"),
        ("caseward.caller", "loopback"),
        ("caseward.request_id", "r-1"),
    ];
    assert_eq!(told, says.map(|(name, value)| (name, value.to_owned())).into());
    for (step, says) in [("queue", None), ("decide", Some("caseward.commands")), ("sync", Some("caseward.events"))] {
        let step = named(&spans, step);
        assert_eq!((&step.trace_id, &step.parent_span_id), (&request.trace_id, &request.span_id), "{step:?}");
        assert!(step.start_time_unix_nano >= request.start_time_unix_nano, "{step:?}");
        assert!(step.end_time_unix_nano <= request.end_time_unix_nano, "{step:?}");
        assert_eq!(attributes(&step.attributes), says.map(|name| (name, "1".to_owned())).into_iter().collect());
    }
    assert_eq!(post(&served, CHECK, COLLECTED, QUESTION), 200);
    let spans = collector.until(&["POST /v1/orgs/{org}/check", "evaluate"]);
    let request = named(&spans, "POST /v1/orgs/{org}/check");
    assert_eq!(named(&spans, "evaluate").parent_span_id, request.span_id);
    assert_eq!((request.trace_id == TRACE, named(&spans, "evaluate").trace_id == TRACE), (true, true));
}

#[test]
fn what_is_sent_says_who_sends_it_and_nothing_of_whom_it_is_about() {
    let collector = Collector::start();
    let served = tracing_to(&collector.address);
    for (path, body) in [(COMMANDS, COMMAND), (CHECK, QUESTION), ("/v1/orgs/default/nowhere", "")] {
        post(&served, path, COLLECTED, body);
    }
    served.get("/v1/orgs/default/who?resource=case:secretcase&action=read");
    served.get("/v1/orgs/default/check?at_least=1");
    let (mut all, mut resources) = (Vec::new(), Vec::new());
    let has = |all: &[u8], text: &str| all.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    while !has(&all, "GET /v1/orgs/{org}/who") || !has(&all, "POST /v1/orgs/{org}/check") {
        let (head, bytes) = collector.next();
        assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
        assert!(head.contains("content-type: application/x-protobuf"), "{head}");
        resources.extend(decoded(&bytes).into_iter().filter_map(|of| of.resource));
        all.extend(bytes);
    }
    let told = attributes(&resources[0].attributes);
    assert_eq!(
        (told["service.name"].as_str(), told["service.version"].as_str()),
        ("caseward", env!("CARGO_PKG_VERSION"))
    );
    assert!(!has(&all, "secret"), "somebody is named");
}

#[test]
fn what_a_caller_does_not_have_collected_is_not_and_what_fails_is_told_with_its_code() {
    let collector = Collector::start();
    let served = tracing_to(&collector.address);
    assert_eq!(post(&served, CHECK, NOT_COLLECTED, QUESTION), 200);
    assert_eq!(post(&served, "/v1/orgs/default/check?at_least=99", COLLECTED, QUESTION), 503);
    let spans = collector.until(&["POST /v1/orgs/{org}/check"]);
    let request = named(&spans, "POST /v1/orgs/{org}/check");
    assert_eq!(request.trace_id, TRACE, "the other one is not there");
    let told = attributes(&request.attributes);
    assert_eq!((told["error.type"].as_str(), told["http.response.status_code"].as_str()), ("behind", "503"));
    assert_eq!(request.status.as_ref().expect("it has one").code, i32::from(StatusCode::Error as i16));
}

/// Where nobody listens any more.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    format!("http://{}", listener.local_addr().expect("it has one"))
}

#[test]
fn a_collector_that_is_gone_or_hangs_costs_no_request_and_what_it_does_not_take_is_counted() {
    let served = tracing_to(&nobody());
    for _ in 0..3 {
        assert_eq!(post(&served, CHECK, COLLECTED, QUESTION), 200);
    }
    // Of each the request, and its evaluation. Each look is a request, too.
    told_in_metrics(&served, "caseward_spans_dropped_total", |dropped| dropped >= 6.0);
    assert!(served.stop().0.success());
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let served = tracing_to(&format!("http://{}", hangs.local_addr().expect("it has one")));
    let mut connection = Connection::to(served.address);
    // More than find room, while the first ones wait for an answer.
    for _ in 0..5_000 {
        assert_eq!(connection.ask("POST", CHECK, &[COLLECTED], QUESTION).status, 200);
    }
    let dropped = served.get("/metrics").body;
    let dropped = dropped.lines().find_map(|line| line.strip_prefix("caseward_spans_dropped_total "));
    assert!(dropped.and_then(|count| count.parse::<f64>().ok()).is_some_and(|count| count > 0.0), "{dropped:?}");
    assert!(served.stop().0.success(), "it ends in time, all the same");
}

#[test]
fn what_cannot_be_sent_as_the_environment_asks_is_said_before_anybody_is_served() {
    for (name, value, says) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "`grpc` is not spoken here"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318", "`collector:4318` is no address of a collector"),
    ] {
        let mut serve = program();
        serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").env(name, value);
        let ended = serve.args(["serve", "--memory-store", "--listen", "127.0.0.1:0"]).output().expect("it starts");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.code() == Some(2) && said.contains(says), "{said}");
    }
}
