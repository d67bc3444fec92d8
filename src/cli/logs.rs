//! What the engine and its database say of themselves, on standard error: lines for people, or JSON for programs.
//!
//! INVARIANT: no answer and no error of a verb goes this way; a call that logs nothing lacks nothing. The lines of the
//! database come through the crate `log`, and obey the same filter. Absent on purpose: files and rotation; whoever runs
//! the program has something for that.

use crate::cli::args::{ColorWhen, Global, LogForm};
use crate::cli::exit::Failure;
use crate::cli::traces::Traces;
use crate::service::ACCESS;
use anyhow::anyhow;
use std::io::{self, IsTerminal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Starts logging, with the access log of a service, whatever the filter says of others; and collecting spans where traces
/// are sent, whatever is logged. Lines that came before are lost, so it is called first.
///
/// # Errors
/// The filter cannot be read.
pub fn start(global: &Global, access_log: bool, traces: &Traces) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&global.log).map_err(|error| {
        let error = anyhow!("`{}` is not a log filter: {error}", global.log.escape_debug());
        Failure::usage(error).hint("write error, warn, info, debug or trace, or for a part: --log info,fjall=warn")
    })?;
    let filter = match access_log {
        true => filter.add_directive(format!("{ACCESS}=info").parse().expect("it is a directive")),
        false => filter,
    };
    let colored = match global.color {
        ColorWhen::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        ColorWhen::Always => true,
        ColorWhen::Never => false,
    };
    // Where nobody reads stderr any more a line is lost, and what logged it goes on: told of there, it would panic.
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colored).log_internal_errors(false);
    let lines = match global.log_format {
        LogForm::Human => lines.with_filter(filter).boxed(),
        LogForm::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let started = tracing_subscriber::registry().with(lines).with(traces.collects()).try_init();
    // A program that brings its own logging has started it already.
    drop(started);
    Ok(())
}
