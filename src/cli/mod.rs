//! The command line: arguments in, engine asked, answers printed (`interface.md` section 3).
//!
//! INVARIANT: no rule is decided here. Data goes to standard output, everything else to standard error.
//! One file a verb; `args` is what may be typed, `printer` the one way out, `exit` how the program ends.

mod args;
mod argv;
mod ask;
mod beside;
mod context;
mod damage;
mod demo;
mod exit;
#[cfg(fuzzing)]
pub mod fuzzing;
mod help;
mod input;
mod interrupt;
mod labels;
mod logs;
mod opened;
mod operate;
mod outputs;
mod printer;
mod query;
mod remote;
mod render;
mod send;
mod settings;
mod supervisor;
mod terminal;
mod traces;
mod usage_error;

use crate::show::phrasing;
use crate::store::started_for;
use args::Verb;
use ask::About;
use context::Context;
use exit::{Exit, Failure};
use interrupt::Interrupt;
use printer::Printer;
use settings::{Parsed, Setting, Stop};
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use terminal::Terminal;
use traces::Traces;

/// How long a verb may take to end once it was told to: one that writes, and one that only reads.
const WRITES_GRACE: Duration = Duration::from_secs(5);
const READS_GRACE: Duration = Duration::from_secs(1);

/// Runs what the arguments say.
#[must_use]
pub fn main() -> ExitCode {
    let Parsed { cli, settings, call, verb } = match settings::parse(std::env::args_os().collect()) {
        Ok(parsed) => parsed,
        Err(Stop::Told(told)) => {
            return match told.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    fail(&mut Printer::plain(&Terminal::Own), &printer::unwritten(error))
                }
                _ => Exit::Yes.into(),
            };
        }
        Err(Stop::Failed(failure)) => return fail(&mut Printer::plain(&Terminal::Own), &failure),
    };
    started_for(verb);
    let mut context = Context::new(cli.global);
    context.call = call;
    if cli.verb.serves() {
        match supervisor::given_sockets() {
            Ok(given) => context.given = given,
            Err(failure) => return fail(&mut context.printer, &failure),
        }
    }
    context.runner = Some(|host| Arc::new(beside::Verbs(host)));
    if cli.verb.serves() {
        match Traces::of_environment(&mut context.printer) {
            Ok(traces) => context.traces = traces,
            Err(failure) => return fail(&mut context.printer, &failure),
        }
    }
    if let Err(failure) = logs::start(&context.global, cli.verb.logs_access(), &context.traces) {
        return fail(&mut context.printer, &failure);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&mut context.printer, &Failure::fault(error));
        }
    };
    let ended = runtime
        .block_on(run_until_stopped(&mut context, cli.verb, &settings))
        .and_then(|exit| context.printer.flush().map(|()| exit));
    context.is_last();
    // What was read of a store with a damage report is what still holds; that it is not all must not be missed.
    let ended = match runtime.block_on(context.close()) {
        Some(damage) => ended.and_then(|_| Err(damage::of(&damage))),
        None => ended,
    };
    // A thread that waits for a line waits for ever.
    runtime.shutdown_background();
    context.printer.end_pages();
    match ended {
        Ok(exit) => exit,
        Err(failure) => fail(&mut context.printer, &failure),
    }
}

fn fail(printer: &mut Printer, failure: &Failure) -> ExitCode {
    printer.failure(failure);
    failure.exit.into()
}

/// Runs a verb to its end, or until a signal stops it where it waits: here, or by the process that has the store.
async fn run_until_stopped(context: &mut Context, verb: Verb, settings: &[Setting]) -> Result<ExitCode, Failure> {
    context.interrupt = Interrupt::listen(if verb.writes() || verb.serves() { WRITES_GRACE } else { READS_GRACE });
    let asks_a_service = context.global.remote.server.is_some();
    let elsewhere = (verb.runs_elsewhere() && !asks_a_service).then(|| verb.reads_input());
    if let Some(reads_input) = elsewhere
        && let Some(ran) =
            beside::run_there(&context.global.data, &context.call, reads_input, &context.interrupt).await?
    {
        return ran.exit();
    }
    let ended = run_to_its_end(context, verb, settings).await;
    // It began to answer others just after it was looked for.
    if let (Some(reads_input), Err(failure)) = (elsewhere, &ended)
        && failure.is_in_use()
        && let Some(ran) =
            beside::run_there(&context.global.data, &context.call, reads_input, &context.interrupt).await?
    {
        return ran.exit();
    }
    ended.map(ExitCode::from)
}

/// Runs a verb to its end, or until a signal stops it where it waits.
async fn run_to_its_end(context: &mut Context, verb: Verb, settings: &[Setting]) -> Result<Exit, Failure> {
    let columns = context.terminal.nature().columns;
    phrasing::within(columns, Box::pin(run_or_stop(context, verb, settings))).await
}

async fn run_or_stop(context: &mut Context, verb: Verb, settings: &[Setting]) -> Result<Exit, Failure> {
    if verb.is_read_at_leisure() {
        context.printer.page();
    }
    let ends_what_runs_there = context.global.remote.server.is_some() && matches!(verb, Verb::Verify(_));
    if verb.writes() || verb.stops_itself() || ends_what_runs_there {
        return run(context, verb, settings).await;
    }
    let interrupt = context.interrupt.clone();
    tokio::select! {
        biased;
        ended = run(context, verb, settings) => ended,
        name = interrupt.came() => Err(interrupt::stopped(name)),
    }
}

async fn run(context: &mut Context, verb: Verb, settings: &[Setting]) -> Result<Exit, Failure> {
    if context.global.remote.server.is_some() && verb.needs_a_store() {
        // What each of its verbs waits with would lie on the stack of all others.
        return Box::pin(remote::run(context, verb)).await;
    }
    match verb {
        Verb::Demo(args) => demo::demo(context, &args).await,
        Verb::Init(args) => send::init::init(context, args).await,
        Verb::Do(args) => send::any_command::run(context, args).await,
        Verb::Grant(args) => send::shorthands::grant(context, args).await,
        Verb::Update(args) => send::shorthands::update(context, args).await,
        Verb::Revoke(args) => send::shorthands::revoke(context, args).await,
        Verb::Restrict(args) => send::shorthands::restrict(context, args).await,
        Verb::Lift(args) => send::shorthands::lift(context, args).await,
        Verb::Apply(args) => send::apply::apply(context, args).await,
        Verb::Import(args) => send::apply::import(context, args).await,
        Verb::Check(args) => ask::check::check(context, args).await,
        Verb::Explain(args) => {
            let about = About::of(&args.subject);
            ask::answer_about(context, about, async |opened| ask::explain::ask(opened, args).await).await
        }
        Verb::Who(args) => ask::who::who(context, args).await,
        Verb::What(args) => {
            let about =
                About { definition: args.definition.as_ref().map(|given| given.0.clone()), ..About::of(&args.subject) };
            ask::answer_about(context, about, async |opened| ask::what::ask(opened, args).await).await
        }
        Verb::Stranded(args) => {
            let definition = args.definition.as_ref().map(|given| given.0.clone());
            let about = About { subject: None, definition };
            ask::answer_about(context, about, async |opened| ask::stranded::ask(opened, args).await).await
        }
        Verb::Matrix(args) => ask::answer(context, async |opened| ask::matrix::ask(opened, args).await).await,
        Verb::Rights(args) => ask::who::rights(context, args).await,
        Verb::Access(args) => {
            let about = About::of(&args.subject);
            ask::answer_about(context, about, async |opened| ask::access::ask(opened, args).await).await
        }
        Verb::Timeline(args) => ask::timeline::timeline(context, args).await,
        Verb::Report(args) => ask::report::report(context, args).await,
        Verb::Diff(args) => ask::answer(context, async |opened| ask::diff::ask(opened, args).await).await,
        Verb::History(args) => ask::history::history(context, args).await,
        Verb::Export(args) => ask::export::export(context, args).await,
        Verb::Org(verb) => operate::org::org(context, verb).await,
        Verb::Token(verb) => operate::token::token(context, verb).await,
        Verb::Reads(verb) => operate::reads::reads(context, verb).await,
        Verb::Replay(args) => operate::replay::replay(context, args).await,
        Verb::Serve(args) => operate::serve::serve(context, args).await,
        Verb::Status(args) => operate::status::status(context, &args).await,
        Verb::Tail(args) if args.changes => operate::changes::tail(context, args).await,
        Verb::Tail(args) => operate::tail::tail(context, args).await,
        Verb::Verify(args) => operate::integrity::verify(context, &args).await,
        Verb::Prove(args) => ask::proof::prove(context, args).await,
        Verb::VerifyProof(args) => ask::proof::verify_proof(context, &args),
        Verb::TreeHead(args) => ask::proof::tree_head(context, args).await,
        Verb::Key(verb) => ask::proof::key(context, verb).await,
        Verb::Doctor(args) => operate::integrity::doctor(context, &args).await,
        Verb::Backup(args) => operate::backup::backup(context, args).await,
        Verb::Restore(args) => operate::restore::restore(context, args).await,
        Verb::Heal(args) => operate::heal::heal(context, args).await,
        Verb::Rebuild(args) => operate::rebuild::rebuild(context, args).await,
        Verb::Config(args) => settings::config(context, settings, args.example),
        Verb::Policy(verb) => operate::policy::policy(context, verb).await,
        Verb::Vocabulary(verb) => operate::vocabulary::vocabulary(context, verb).await,
        Verb::Test(args) => operate::test::test(context, args).await,
        Verb::Completions(args) => help::completions(context, args),
        Verb::Man(args) => help::man(context, args),
        Verb::Help(args) => help::help(context, args),
    }
}
