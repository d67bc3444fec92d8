//! The verbs of operators over HTTP: what they answer is what the command line prints, they go on without their client, and
//! one of a kind runs at once.

mod proofs;

use crate::served::{Served, program};
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
