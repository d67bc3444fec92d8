//! The command line with `--server`: a service says what the store says, to whoever may ask.

mod admitted;
mod asked_about;
mod broken;
mod compared;
mod followed;
mod named;
mod over_tls;
mod runs;

use crate::served::{Served, program};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// How a program ended, and what it printed.
pub type Said = (Option<i32>, String, String);

/// A call of a service over TCP.
pub fn over(served: &Served, arguments: &[&str]) -> Command {
    let mut program = program();
    program.args(["--server", &format!("http://{}", served.address)]).args(arguments);
    program
}

/// A call over the data directory of the same store, beside the service.
pub fn beside(served: &Served, arguments: &[&str]) -> Command {
    let mut program = program();
    program.arg("--data").arg(served.data()).args(arguments);
    program
}

/// Runs a program with lines on its standard input.
pub fn given(mut program: Command, lines: &str) -> Said {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn().expect("the program starts");
    // It may end before it has read them.
    let _ = running.stdin.take().expect("it is piped").write_all(lines.as_bytes());
    said(&running.wait_with_output().expect("it ends"))
}

pub fn ran(program: Command) -> Said {
    given(program, "")
}

pub fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it says text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}
