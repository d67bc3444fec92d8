//! AuthZEN as its callers meet it: each trap of the standard, the published scenarios, and our extensions.

mod asked_as_of;
mod evaluations;
mod metadata;
mod pages;
mod scenarios;
mod shape;

use crate::http::Response;
use crate::served::{Served, program};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// Asks at a path under `/access/v1/`.
fn ask(served: &Served, path: &str, body: &str) -> Response {
    served.connect().ask("POST", &format!("/access/v1/{path}"), &JSON, body)
}

/// The body of an answer that must be one.
fn answer(served: &Served, path: &str, body: &str) -> String {
    let response = ask(served, path, body);
    assert_eq!(
        (response.status, response.header("content-type")),
        (200, Some("application/json")),
        "{body}: {response:?}"
    );
    response.body
}

fn scenario(name: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service/authzen/scenarios").join(name).join(file)
}

/// Runs the program on a data directory; it must succeed.
fn run(data: &Path, arguments: &[&str]) -> String {
    let output = program().arg("--data").arg(data).args(arguments).output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it says text")
}

/// A store with the commands and the vocabulary of a scenario.
fn store_of(name: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let file = |file: &str| scenario(name, file).to_str().expect("its path is text").to_owned();
    run(&data, &["apply", &file("commands.jsonl")]);
    run(&data, &["vocabulary", "set", &file("vocabulary.toml"), "--actor", "system:seed"]);
    folder
}

fn serving(name: &str) -> Served {
    Served::over(store_of(name))
}
