//! The command line: arguments in, engine asked, answers printed (`interface.md` section 3).
//!
//! INVARIANT: no rule is decided here. Data goes to standard output, everything else to standard error.
//! One file a verb; `args` is what may be typed, `printer` the one way out, `exit` how the program ends.

mod access;
mod answer;
mod apply;
mod args;
mod backup;
mod check;
mod context;
mod demo;
mod diff;
mod exit;
mod explain;
mod export;
mod forms;
mod heal;
mod help;
mod history;
mod input;
mod instant;
mod integrity;
mod logs;
mod matrix;
mod operate;
mod page;
mod policy;
mod printer;
mod proof;
mod queried;
mod query;
mod rebuild;
mod report;
mod restore;
mod send;
mod settings;
mod status;
mod tail;
mod test;
mod timeline;
mod what;
mod who;
mod words;
mod wrong;

use args::Verb;
use context::Context;
use exit::{Exit, Failure};
use printer::Printer;
use settings::{Parsed, Setting, Stop};
use std::io;
use std::process::ExitCode;

/// Runs what the arguments say.
#[must_use]
pub fn main() -> ExitCode {
    let Parsed { cli, settings } = match settings::parse(std::env::args_os().collect()) {
        Ok(parsed) => parsed,
        Err(Stop::Told(told)) => {
            return match told.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    fail(&mut Printer::plain(), &printer::unwritten(error))
                }
                _ => Exit::Yes.into(),
            };
        }
        Err(Stop::Failed(failure)) => return fail(&mut Printer::plain(), &failure),
    };
    let mut context = Context::new(cli.global);
    if let Err(failure) = logs::start(&context.global) {
        return fail(&mut context.printer, &failure);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&mut context.printer, &Failure::fault(error));
        }
    };
    let ended = runtime
        .block_on(run(&mut context, cli.verb, &settings))
        .and_then(|exit| context.printer.flush().map(|()| exit));
    // What was read of a store with an account is what still holds; that it is not all must not be missed.
    let ended = match context.close() {
        Some(account) => ended.and_then(|_| Err(integrity::of(&account))),
        None => ended,
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => fail(&mut context.printer, &failure),
    }
}

fn fail(printer: &mut Printer, failure: &Failure) -> ExitCode {
    printer.failure(failure);
    failure.exit.into()
}

async fn run(context: &mut Context, verb: Verb, settings: &[Setting]) -> Result<Exit, Failure> {
    match verb {
        Verb::Demo => demo::demo(context).await,
        Verb::Grant(args) => send::grant(context, args).await,
        Verb::Update(args) => send::update(context, args).await,
        Verb::Revoke(args) => send::revoke(context, args).await,
        Verb::Restrict(args) => send::restrict(context, args).await,
        Verb::Lift(args) => send::lift(context, args).await,
        Verb::Apply(args) => apply::apply(context, args).await,
        Verb::Import(args) => apply::import(context, args).await,
        Verb::Check(args) => check::check(context, args).await,
        Verb::Explain(args) => explain::explain(context, args).await,
        Verb::Who(args) => who::who(context, args).await,
        Verb::What(args) => what::what(context, args).await,
        Verb::Matrix(args) => matrix::matrix(context, args).await,
        Verb::Rights(args) => who::rights(context, args).await,
        Verb::Access(args) => access::access(context, args).await,
        Verb::Timeline(args) => timeline::timeline(context, args).await,
        Verb::Report(args) => report::report(context, args).await,
        Verb::Diff(args) => diff::diff(context, args).await,
        Verb::History(args) => history::history(context, args).await,
        Verb::Export(args) => export::export(context, args).await,
        Verb::Org(verb) => operate::org(context, verb).await,
        Verb::Status => status::status(context).await,
        Verb::Tail(args) => tail::tail(context, args).await,
        Verb::Verify(args) => integrity::verify(context, &args).await,
        Verb::Prove(args) => proof::prove(context, args).await,
        Verb::VerifyProof(args) => proof::verify_proof(context, &args),
        Verb::TreeHead(args) => proof::tree_head(context, args).await,
        Verb::Key(verb) => proof::key(context, verb).await,
        Verb::Doctor(args) => integrity::doctor(context, &args).await,
        Verb::Backup(args) => backup::backup(context, args).await,
        Verb::Restore(args) => restore::restore(context, args).await,
        Verb::Heal(args) => heal::heal(context, args).await,
        Verb::Rebuild(args) => rebuild::rebuild(context, args).await,
        Verb::Config(args) => settings::config(context, settings, args.example),
        Verb::Policy(verb) => policy::policy(context, verb).await,
        Verb::Test(args) => test::test(context, args).await,
        Verb::Completions(args) => help::completions(context, args),
        Verb::Man => help::man(context),
        Verb::Help(args) => help::help(context, args),
    }
}
