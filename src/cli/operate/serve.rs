//! `serve`: the engine over HTTP, until it is told to stop.
//!
//! INVARIANT: it is told to stop, and ends with status 0: no new request is taken, what runs is answered, streams hear of
//! it, views are saved, the lock is released. Absent on purpose: what is served ([`crate::service`]).

use crate::cli::args::ServeArgs;
use crate::cli::beside::socket::socket;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::fixture::{self, Fixture};
use crate::service::{Address, ListenError, Service};
use crate::store::Access;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// Where it listens when nobody says.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7557);

/// How long requests that run may take once it was told to stop; closing the store takes the rest of five seconds.
const GRACE: Duration = Duration::from_millis(3_500);

/// Runs the verb.
///
/// # Errors
/// The store cannot be opened, or an address cannot be listened at.
pub async fn serve(context: &mut Context, args: ServeArgs) -> Result<Exit, Failure> {
    context.only_now("serve")?;
    let ServeArgs { listen, memory_store, fixture } = args;
    let listen = if listen.is_empty() { vec![USUAL] } else { listen };
    only_this_machine(&listen)?;
    let opened = if memory_store { context.in_memory().await? } else { context.open(Access::Create).await? };
    if let Some(folder) = &fixture {
        import(context, &opened, folder).await?;
    }
    let mut addresses: Vec<_> = listen.into_iter().map(Address::Tcp).collect();
    if !memory_store {
        addresses.push(Address::Socket(socket(&context.global.data)));
    }
    let service = context.service().unwrap_or_else(|| Service::new(opened.engine.clone()));
    let running = service.start(&addresses).await?;
    let of =
        if memory_store { "an empty store in memory".to_owned() } else { context.global.data.display().to_string() };
    drop(opened);
    for address in running.addresses() {
        context
            .printer
            .note(format_args!("serving {of} at http://{address} (this machine only: no callers are set up)"));
    }
    let signal = context.interrupt.clone().came().await;
    context.printer.note(format_args!("stopping: {signal}"));
    if !running.stop(GRACE).await {
        context.printer.note("some requests were still running and were cut off; nothing that was answered is lost");
    }
    Ok(Exit::Yes)
}

/// Nobody is known yet, so nobody else may reach it.
fn only_this_machine(listen: &[SocketAddr]) -> Result<(), Failure> {
    match listen.iter().find(|address| !address.ip().is_loopback()) {
        None => Ok(()),
        Some(address) => {
            let error = anyhow::anyhow!("`--listen {address}` would let everybody on the network in");
            Err(Failure::usage(error).hint(format!("listen on this machine: --listen 127.0.0.1:{}", address.port())))
        }
    }
}

async fn import(context: &mut Context, opened: &Opened, folder: &Path) -> Result<(), Failure> {
    let fixture = Fixture::read(folder)?;
    let answers = fixture::import(&opened.organization, &fixture.commands).await?;
    let refused = answers.iter().filter(|(_, answer)| answer.refusal().is_some()).count();
    let (lines, head) = (answers.len(), opened.organization.head());
    context.printer.note(format_args!("{}: {lines} commands, {refused} refused; position {head}", folder.display()));
    Ok(())
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Failure {
        let hint = "another process may listen there; choose another address with --listen, or port 0 for a free one";
        Failure::fault(error).hint(hint)
    }
}
