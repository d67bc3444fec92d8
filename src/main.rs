//! The program `caseward`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    caseward::cli::main()
}
