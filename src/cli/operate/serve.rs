//! `serve`: the engine over HTTP, until it is told to stop.
//!
//! INVARIANT: it is told to stop, and ends with status 0: no new request is taken, what runs is answered, streams hear of
//! it, views are saved, the lock is released. Absent on purpose: what is served ([`crate::service`]).

use crate::cli::args::{AccessLogForm, ServeArgs};
use crate::cli::beside::socket::socket;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::cli::outputs::{Output, may_write};
use crate::cli::supervisor::Supervisor;
use crate::console;
use crate::engine::Engine;
use crate::fixture::{self, Fixture};
use crate::service::{
    AccessLog, Address, Beside, DecisionLog, ListenError, RefusedCallers, Running, Service, WhichDecisions,
    WritesDecisions,
};
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
    let secured = Security::of(&args)?;
    let ServeArgs {
        listen,
        insecure_http,
        public_url,
        backup_directory,
        access_log,
        metrics_organizations,
        no_console,
        reads_keep,
        no_reads,
        decisions,
        memory_store,
        fixture,
        ..
    } = args;
    let given = std::mem::take(&mut context.given);
    let listen = if listen.is_empty() && given.is_empty() { vec![USUAL] } else { listen };
    let everywhere = [listen.clone(), handed_over(&given)?].concat();
    only_this_machine(&everywhere, insecure_http || secured.has_tls)?;
    if let Some(directory) = &backup_directory {
        may_write(context, &directory.join("store"), Output::Backup)?;
    }
    let decisions = decisions.which();
    if let Some((file, _)) = decisions {
        may_write(context, file, Output::Document)?;
    }
    let opened = if memory_store { context.in_memory().await? } else { context.open(Access::Create).await? };
    if let Some(folder) = &fixture {
        import(context, &opened, folder).await?;
    }
    let has_callers = opened.engine.has_tokens() || secured.has_callers;
    if !secured.knows_callers() {
        callers_are_known(&opened.engine, &everywhere)?;
    }
    let has_tls = secured.has_tls;
    let mut addresses: Vec<_> = listen.into_iter().map(Address::Tcp).collect();
    if !memory_store {
        addresses.push(Address::Socket(socket(&context.global.data)));
    }
    let reads = if memory_store || no_reads { None } else { Some(context.reads()?) };
    let keeps = reads.clone().map(|reads| keeps(reads, reads_keep, &opened.engine)).transpose()?;
    let decisions = decisions.map(|(file, which)| writes(which, file)).transpose()?;
    let service = context.service(backup_directory).unwrap_or_else(|| Service::new(opened.engine.clone()));
    let beside = Beside { data: context.global.data.clone(), heads: context.global.heads_dir.clone() };
    let service = service
        .public_url(public_url)
        .reads(reads.clone())
        .decisions(decisions.as_ref().map(WritesDecisions::log))
        .access_log(form_of(access_log))
        .beside((!memory_store).then_some(beside));
    let service = service.metrics_organizations(metrics_organizations).given(given).spans(context.traces.counts());
    let service = if no_console { service } else { service.pages(console::pages()) };
    let running = secured.on(service).start(&addresses).await?;
    let of = what_is_served(memory_store, fixture.as_deref(), &context.global.data);
    drop(opened);
    tell_where(context, &running, (of.as_str(), no_console), (has_tls, has_callers));
    stopped(context, running).await;
    context.traces.end();
    drop(keeps);
    if let Some(dropped) = written_out(decisions).filter(|dropped| *dropped > 0) {
        context.printer.complaint(format_args!("{dropped} decisions were not logged in the decision log"));
    }
    say_dropped(context, reads);
    Ok(Exit::Yes)
}

/// Says where it serves what, and for whom.
fn tell_where(
    context: &mut Context,
    running: &Running,
    (of, no_console): (&str, bool),
    (has_tls, has_callers): (bool, bool),
) {
    for address in running.addresses() {
        let (scheme, for_whom) = words_of(address, has_tls, has_callers);
        context.printer.note(format_args!("serving {of} at {scheme}://{address} ({for_whom})"));
        if !no_console {
            context.printer.note(format_args!("in a browser: {scheme}://{address}/"));
        }
    }
}

/// Serves until a signal comes, and stops.
async fn stopped(context: &mut Context, running: Running) {
    let signal = until_told(&running, context.interrupt.clone()).await;
    context.printer.note(format_args!("stopping: {signal}"));
    refused_words(&running.refused_callers()).into_iter().for_each(|words| context.printer.note(words));
    if !running.stop(GRACE).await {
        context.printer.note("some requests were still running and were cut off; nothing that was answered is lost");
    }
}

/// Where the sockets listen that whoever started this process keeps.
fn handed_over(given: &[TcpListener]) -> Result<Vec<SocketAddr>, Failure> {
    given.iter().map(TcpListener::local_addr).collect::<Result<_, _>>().map_err(Failure::fault)
}

/// Serves until a signal comes; its name. Whoever started the service hears that it is ready, that it is alive, and that it
/// stops.
async fn until_told(running: &Running, interrupt: Interrupt) -> &'static str {
    let supervisor = Supervisor::of_environment();
    let at: Vec<_> = running.addresses().iter().map(ToString::to_string).collect();
    supervisor.ready(&format!("serving at {}", at.join(", ")));
    let signal = tokio::select! {
        signal = interrupt.came() => signal,
        never = supervisor.watch(async || running.answers().await) => match never {},
    };
    supervisor.stopping();
    signal
}

fn what_is_served(memory_store: bool, fixture: Option<&Path>, data: &Path) -> String {
    match fixture {
        Some(fixture) => format!("{} in memory", fixture.display()),
        None if memory_store => "an empty store in memory".to_owned(),
        None => data.display().to_string(),
    }
}

fn words_of(address: &SocketAddr, has_tls: bool, has_callers: bool) -> (&'static str, &'static str) {
    let for_whom = match (has_callers, has_tls || address.ip().is_loopback()) {
        (false, _) => "this machine only: no callers are set up",
        (true, true) => "callers must be known",
        (true, false) => "callers must be known; what passes on the network is not encrypted here",
    };
    (if has_tls { "https" } else { "http" }, for_whom)
}

fn form_of(asked: Option<AccessLogForm>) -> AccessLog {
    match asked {
        None => AccessLog::Off,
        Some(AccessLogForm::Brief) => AccessLog::Brief,
        Some(AccessLogForm::Full) => AccessLog::Full,
    }
}

fn say_dropped(context: &mut Context, reads: Option<Arc<ReadsLog>>) {
    if let Some(dropped) = reads.map(|reads| reads.dropped_ever()).filter(|dropped| *dropped > 0) {
        context
            .printer
            .complaint(format_args!("{dropped} questions were not kept in the log of reads, which counts them"));
    }
}

/// Writes what is asked; the thread has the clock of the engine, and holds nothing else of it.
fn keeps(reads: Arc<ReadsLog>, days: u32, engine: &Engine) -> Result<KeepsReads, Failure> {
    let engine = engine.clone();
    reads.keep(days, move || engine.now()).map_err(Failure::fault)
}

/// TLS, and callers whom others vouch for.
struct Security {
    has_tls: bool,
    has_callers: bool,
    #[cfg(feature = "tls")]
    of: crate::service::Secured,
}

#[cfg(feature = "tls")]
impl Security {
    fn of(args: &ServeArgs) -> Result<Security, Failure> {
        use crate::service::{BadCallers, Secured, TlsError, TlsFiles};
        let bad_tls = |error: TlsError| Failure::usage(error).hint("both files are PEM; the key has no password");
        let bad_callers = |error: BadCallers| {
            Failure::usage(error).hint("the page run-as-a-service.md shows its form, with examples")
        };
        let mut of = Secured::default();
        if let (Some(certificate), Some(key)) = (args.tls_cert.clone(), args.tls_key.clone()) {
            of = of.tls(&TlsFiles { certificate, key, client_ca: args.tls_client_ca.clone() }).map_err(bad_tls)?;
        }
        if let Some(file) = &args.callers {
            of = of.callers(file).map_err(bad_callers)?;
        }
        Ok(Security { has_tls: args.tls_cert.is_some(), has_callers: args.callers.is_some(), of })
    }

    fn knows_callers(&self) -> bool {
        self.of.knows_callers()
    }

    fn on(self, service: Service) -> Service {
        service.secured(self.of)
    }
}

#[cfg(not(feature = "tls"))]
impl Security {
    fn of(args: &ServeArgs) -> Result<Security, Failure> {
        let options = [("--tls-cert", args.tls_cert.is_some()), ("--callers", args.callers.is_some())];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(Security { has_tls: false, has_callers: false }),
            Some((option, _)) => {
                let error = anyhow::anyhow!("this build has no TLS, and takes no `{option}`");
                let hint = "build it with it, `cargo install --path . --features full`; or put a proxy before it that does TLS";
                Err(Failure::usage(error).hint(hint))
            }
        }
    }

    fn knows_callers(&self) -> bool {
        self.has_callers
    }

    fn on(self, service: Service) -> Service {
        service
    }
}

/// Begins a decision log.
fn writes(which: WhichDecisions, file: &Path) -> Result<WritesDecisions, Failure> {
    let begun = DecisionLog::begin(which, file);
    let cannot =
        |error| anyhow::Error::new(error).context(format!("cannot write the decision log `{}`", file.display()));
    begun.map_err(|error| Failure::usage(cannot(error)).hint("name a file in a directory that can be written"))
}

/// Once all that waited is written: how many decisions were dropped.
fn written_out(decisions: Option<WritesDecisions>) -> Option<u64> {
    let log = decisions.as_ref().map(WritesDecisions::log);
    drop(decisions);
    log.map(|log| log.dropped_ever())
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
                "give --tls-cert and --tls-key, or listen on this machine, --listen 127.0.0.1:{}, or say --insecure-http where \
                 a proxy or a mesh does TLS",
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
            let hint =
                "issue one first: caseward token issue NAME --part check; or name callers in a file, --callers FILE";
            Err(Failure::usage(error).hint(hint))
        }
        _ => Ok(()),
    }
}

/// None where nobody was.
fn refused_words(refused: &RefusedCallers) -> Option<String> {
    let RefusedCallers { unknown, forbidden, actor_not_allowed, not_found, wrong_host, cross_site, .. } = refused;
    (*refused != RefusedCallers::default()).then(|| {
        format!(
            "callers that were refused: {unknown} unknown, {forbidden} without the part, {actor_not_allowed} in the name \
             of another actor, {not_found} for what is not theirs, {} from pages in a browser",
            wrong_host + cross_site
        )
    })
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
