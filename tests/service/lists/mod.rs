//! The list questions: the answers of the command line, byte for byte, in pages of one position; and what a caller is told who
//! may ask for decisions alone.

mod disclosed;
mod paged;
mod refused;
mod same_bytes;

use crate::http::Response;
use crate::served::{Served, program};
use std::path::Path;

const ORGANIZATION: &str = "/v1/orgs/default";

/// The body of an answer that must be one.
fn answer(served: &Served, path: &str) -> String {
    let response = served.get(&format!("{ORGANIZATION}/{path}"));
    assert_eq!(
        (response.status, response.header("content-type")),
        (200, Some("application/json")),
        "{path}: {response:?}"
    );
    response.body
}

fn refused(served: &Served, path: &str) -> Response {
    served.get(&format!("{ORGANIZATION}/{path}"))
}

/// What the program prints about a store that nobody serves.
fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = program().arg("--data").arg(data).args(arguments).output().expect("the program starts");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it says text").trim_end().to_owned()
}
