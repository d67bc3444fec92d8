//! `serve`: the engine over HTTP, until it is told to stop.
//!
//! INVARIANT: it is told to stop, and ends with status 0: no new request is taken, what runs is answered, streams hear of
//! it, views are saved, the lock is released. Absent on purpose: what is served ([`crate::service`]).

use crate::cli::args::{AccessLogForm, ServeArgs};
use crate::cli::beside::socket::socket;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::supervisor::Supervisor;
use crate::engine::Engine;
use crate::fixture::{self, Fixture};
use crate::service::{AccessLog, Address, Beside, ListenError, RefusedCallers, Service};
use crate::store::{Access, KeepsReads, ReadsLog};
use caseward_events::token::TokenState;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
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
    let ServeArgs {
        listen,
        insecure_http,
        public_url,
        access_log,
        metrics_organizations,
        reads_keep,
        no_reads,
        memory_store,
        fixture,
    } = args;
    let given = std::mem::take(&mut context.given);
    let listen = if listen.is_empty() && given.is_empty() { vec![USUAL] } else { listen };
    let handed_over =
        given.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>().map_err(Failure::fault)?;
    let everywhere = [listen.clone(), handed_over].concat();
    only_this_machine(&everywhere, insecure_http)?;
    let opened = if memory_store { context.in_memory().await? } else { context.open(Access::Create).await? };
    if let Some(folder) = &fixture {
        import(context, &opened, folder).await?;
    }
    let has_tokens = opened.engine.has_tokens();
    callers_are_known(&opened.engine, &everywhere)?;
    let mut addresses: Vec<_> = listen.into_iter().map(Address::Tcp).collect();
    if !memory_store {
        addresses.push(Address::Socket(socket(&context.global.data)));
    }
    let reads = if memory_store || no_reads { None } else { Some(context.reads()?) };
    let keeps = reads.clone().map(|reads| keeps(reads, reads_keep, &opened.engine)).transpose()?;
    let service = context.service().unwrap_or_else(|| Service::new(opened.engine.clone()));
    let beside = Beside { data: context.global.data.clone(), heads: context.global.heads_dir.clone() };
    let access_log = match access_log {
        None => AccessLog::Off,
        Some(AccessLogForm::Brief) => AccessLog::Brief,
        Some(AccessLogForm::Full) => AccessLog::Full,
    };
    let service = service
        .public_url(public_url)
        .reads(reads.clone())
        .access_log(access_log)
        .beside((!memory_store).then_some(beside));
    let running = service.metrics_organizations(metrics_organizations).given(given).start(&addresses).await?;
    let of =
        if memory_store { "an empty store in memory".to_owned() } else { context.global.data.display().to_string() };
    drop(opened);
    for address in running.addresses() {
        let for_whom = match (has_tokens, address.ip().is_loopback()) {
            (false, _) => "this machine only: no callers are set up",
            (true, true) => "callers need a token",
            (true, false) => "callers need a token; what passes on the network is not encrypted here",
        };
        context.printer.note(format_args!("serving {of} at http://{address} ({for_whom})"));
    }
    let supervisor = Supervisor::of_environment();
    let at: Vec<_> = running.addresses().iter().map(ToString::to_string).collect();
    supervisor.ready(&format!("serving at {}", at.join(", ")));
    let interrupt = context.interrupt.clone();
    let signal = tokio::select! {
        signal = interrupt.came() => signal,
        never = supervisor.watch(async || running.answers().await) => match never {},
    };
    supervisor.stopping();
    context.printer.note(format_args!("stopping: {signal}"));
    let refused = running.refused_callers();
    if refused != RefusedCallers::default() {
        context.printer.note(refused_words(&refused));
    }
    if !running.stop(GRACE).await {
        context.printer.note("some requests were still running and were cut off; nothing that was answered is lost");
    }
    drop(keeps);
    if let Some(dropped) = reads.map(|reads| reads.dropped_ever()).filter(|dropped| *dropped > 0) {
        context
            .printer
            .complaint(format_args!("{dropped} questions were not kept in the log of reads, which counts them"));
    }
    Ok(Exit::Yes)
}

/// Writes what is asked; the thread has the clock of the engine, and holds nothing else of it.
fn keeps(reads: Arc<ReadsLog>, days: u32, engine: &Engine) -> Result<KeepsReads, Failure> {
    let engine = engine.clone();
    reads.keep(days, move || engine.now()).map_err(Failure::fault)
}

fn beyond_this_machine(listen: &[SocketAddr]) -> Option<&SocketAddr> {
    listen.iter().find(|address| !address.ip().is_loopback())
}

/// Plain HTTP shows tokens to everybody who listens on the way.
fn only_this_machine(listen: &[SocketAddr], insecure_http: bool) -> Result<(), Failure> {
    match beyond_this_machine(listen) {
        Some(address) if !insecure_http => {
            let error = anyhow::anyhow!("`--listen {address}` would let tokens pass on the network in clear");
            let hint = format!(
                "listen on this machine, --listen 127.0.0.1:{}, or say --insecure-http where a proxy or a mesh does TLS",
                address.port()
            );
            Err(Failure::usage(error).hint(hint))
        }
        _ => Ok(()),
    }
}

/// Who is not known cannot be told from others on a network.
fn callers_are_known(engine: &Engine, listen: &[SocketAddr]) -> Result<(), Failure> {
    let now = engine.now();
    match beyond_this_machine(listen) {
        Some(address) if !engine.tokens().iter().any(|token| token.state(now) == TokenState::Valid) => {
            let error = anyhow::anyhow!("`--listen {address}` would serve nobody: there is no token that counts");
            Err(Failure::usage(error).hint("issue one first: caseward token issue NAME --part check"))
        }
        _ => Ok(()),
    }
}

fn refused_words(refused: &RefusedCallers) -> String {
    let RefusedCallers { unknown, forbidden, actor_not_allowed, not_found, .. } = refused;
    format!(
        "callers that were refused: {unknown} unknown, {forbidden} without the part, {actor_not_allowed} in the name of \
         another actor, {not_found} for what is not theirs"
    )
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
