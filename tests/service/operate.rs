//! The verbs of operators over HTTP: what they answer is what the command line prints, they go on without their client, and
//! one of a kind runs at once.

mod backups;
#[path = "../gate/mod.rs"]
mod gate;
mod proofs;
mod rebuilds;
mod verification;

use crate::http::{Connection, request};
use crate::served::{Served, program};
use serde_json::Value;
use std::process::Output;

/// Runs a verb beside the service.
fn beside(served: &Served, arguments: &[&str]) -> Output {
    program().arg("--data").arg(served.data()).args(arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it says text")
}

/// A value as it stands behind `?`.
fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Watches a run until its end; what is told of it then.
fn ended(connection: &mut Connection, path: &str) -> Value {
    connection.send(request("GET", path, &[("accept", "text/event-stream")], "").as_bytes());
    assert_eq!(connection.head().expect("it answers").0, 200, "{path}");
    let mut last = String::new();
    while let Some(message) = connection.chunk() {
        last = text(&message);
    }
    let data = last.strip_prefix("event: run\ndata: ").unwrap_or_else(|| panic!("{last}"));
    serde_json::from_str(data).expect("it is JSON")
}
