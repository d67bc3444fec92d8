//! The tour in a browser: the shipped history behind the console, with a page for each question.
//!
//! INVARIANT: it is for this machine alone, and holds nothing that a visitor could not read in the source.

use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::console;
use crate::engine::Engine;
use crate::service::{Address, Service};
use std::net::SocketAddr;
use std::time::Duration;

/// How long pages that are being answered may take once it is told to end.
const GRACE: Duration = Duration::from_secs(1);

/// A question in words, and the page that answers it.
struct Stop {
    question: &'static str,
    page: &'static str,
}

const STOPS: &[Stop] = &[
    Stop { question: "What needs a look in this office?", page: "" },
    Stop { question: "Case 4711, over two and a half years. Drag the handle.", page: "/case:4711" },
    Stop { question: "Who could read it on the day it was sealed?", page: "/case:4711?as_of=2024-03-14T12:00:00Z" },
    Stop { question: "What did the sealing change?", page: "/case:4711?as_of=169&vs=168" },
    Stop {
        question: "Mike is an org admin. Why could he only read it from then on?",
        page: "/case:4711/explain/user:mike/write?as_of=169",
    },
    Stop {
        question: "Ana had handed the case over. Could she still read it afterwards?",
        page: "/case:4711/explain/user:ana/read?as_of=2024-01-30T00:00:00Z",
    },
    Stop {
        question: "What could bruno reach on the day before he left?",
        page: "/user:bruno?as_of=2024-09-29T00:00:00Z",
    },
];

/// Serves it until it is told to end.
///
/// # Errors
/// The address is not of this machine, or cannot be listened at.
pub async fn serve(context: &mut Context, engine: &Engine, listen: SocketAddr) -> Result<(), Failure> {
    if !listen.ip().is_loopback() {
        let error = anyhow::anyhow!("`--listen {listen}` would show the tour to other machines");
        return Err(Failure::usage(error).hint("listen on this one: --listen 127.0.0.1:0"));
    }
    let service = Service::new(engine.clone()).pages(console::pages());
    let running = service.start(&[Address::Tcp(listen)]).await?;
    let at = running.addresses().first().copied().unwrap_or(listen);
    told(context, at)?;
    context.interrupt.came().await;
    running.stop(GRACE).await;
    Ok(())
}

fn told(context: &mut Context, at: SocketAddr) -> Result<(), Failure> {
    let printer = &mut context.printer;
    printer.line(format_args!("The console, over a prosecutor's office of 330 commands: http://{at}/\n"))?;
    for Stop { question, page } in STOPS {
        printer.line(format_args!("{question}\n  http://{at}/console/default{page}\n"))?;
    }
    printer.line("Ctrl-C ends it.")?;
    printer.flush()
}
