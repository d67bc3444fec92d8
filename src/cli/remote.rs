//! `--server`: verbs whose answers come from a service in place of a data directory, over the paths that are open to all
//! (`interface.md` section 5), so that releases may differ and callers have the parts of their token.
//!
//! A verb is asked in its own file here, and printed by what prints it over a data directory. INVARIANT: standard output and the
//! exit status are those that the verb has over the store itself; whoever may not ends with status 4. Every verb is named
//! in [`run`], so that a new one is either answered or refused with a word on what to do. Absent on purpose: verbs that care for the
//! files of a store.

pub mod address;
mod adopted;
mod apply;
mod ask;
mod batch;
mod changes;
mod cited;
pub mod client;
mod export;
mod feed;
mod lines;
mod lists;
mod names;
#[cfg(not(feature = "tls"))]
mod no_tls;
mod not_there;
mod operate;
mod pages;
mod problem;
mod proofs;
mod reads;
mod report;
mod runs;
pub mod send;
mod stretches;
mod tail;
mod timeline;
#[cfg(feature = "tls")]
mod tls;
mod when;

use crate::cli::args::{PolicyVerb, Verb, VocabularyVerb};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::operate as own;
use crate::cli::send as commands;
use client::Client;
#[cfg(not(feature = "tls"))]
use no_tls as tls;
use not_there::not_there;

/// Runs a verb that needs a store.
///
/// # Errors
/// The service cannot be reached, does not let the caller in, or refuses; or the verb needs the files of a store.
pub async fn run(context: &mut Context, verb: Verb) -> Result<Exit, Failure> {
    let client = &Client::asked_for(context)?.expect("a service is asked for");
    if client.sends_token_in_clear() {
        let address = client.address();
        context.printer.note(format_args!("the token goes to {address} in clear: anybody on the way can read it"));
    }
    match verb {
        // They put a command together, which is sent to wherever it is to go.
        Verb::Do(args) => commands::any_command::run(context, args).await,
        Verb::Grant(args) => commands::shorthands::grant(context, args).await,
        Verb::Update(args) => commands::shorthands::update(context, args).await,
        Verb::Revoke(args) => commands::shorthands::revoke(context, args).await,
        Verb::Restrict(args) => commands::shorthands::restrict(context, args).await,
        Verb::Lift(args) => commands::shorthands::lift(context, args).await,
        Verb::Policy(verb @ PolicyVerb::Set(_)) => own::policy::policy(context, verb).await,
        Verb::Vocabulary(verb @ VocabularyVerb::Set(_)) => own::vocabulary::vocabulary(context, verb).await,
        Verb::Apply(args) => apply::apply(context, client, args).await,
        Verb::Check(args) => ask::check(context, client, args).await,
        Verb::Rights(args) => ask::rights(context, client, args).await,
        Verb::Explain(args) => ask::explain(context, client, args).await,
        Verb::What(args) => lists::what(context, client, args).await,
        Verb::History(args) => lists::history(context, client, args).await,
        Verb::Export(args) => export::export(context, client, args).await,
        Verb::Tail(args) if args.changes => changes::tail(context, client, args).await,
        Verb::Tail(args) => tail::tail(context, client, args).await,
        Verb::Org(verb) => operate::org(context, client, verb).await,
        Verb::Token(verb) => operate::token(context, client, verb).await,
        Verb::Status(args) if args.ready => operate::ready(context, client).await,
        Verb::Status(_) => operate::status(context, client).await,
        Verb::Who(args) => stretches::who(context, client, args).await,
        Verb::Stranded(args) => lists::stranded(context, client, args).await,
        Verb::Matrix(args) => lists::matrix(context, client, args).await,
        Verb::Access(args) => stretches::access(context, client, args).await,
        Verb::Timeline(args) => timeline::timeline(context, client, args).await,
        Verb::Report(args) => report::report(context, client, args).await,
        Verb::Diff(args) => stretches::diff(context, client, args).await,
        Verb::Policy(PolicyVerb::Show) => adopted::policy(context, client).await,
        Verb::Vocabulary(VocabularyVerb::Show) => adopted::vocabulary(context, client).await,
        Verb::Init(_) => Err(not_there("init")),
        Verb::Import(_) => Err(not_there("import")),
        Verb::Serve(_) => Err(not_there("serve")),
        Verb::Verify(args) => runs::verify(context, client, args).await,
        Verb::Prove(args) => proofs::prove(context, client, args).await,
        Verb::TreeHead(args) => proofs::tree_head(context, client, args).await,
        Verb::Key(_) => Err(not_there("key")),
        Verb::Doctor(_) => Err(not_there("doctor")),
        Verb::Backup(args) => runs::backup(context, client, args).await,
        Verb::Restore(_) => Err(not_there("restore")),
        Verb::Heal(_) => Err(not_there("heal")),
        Verb::Rebuild(args) => runs::rebuild(context, client, args).await,
        Verb::Reads(verb) => reads::reads(context, client, verb).await,
        Verb::Replay(_) => Err(not_there("replay")),
        Verb::Demo(_)
        | Verb::VerifyProof(_)
        | Verb::Config(_)
        | Verb::Test(_)
        | Verb::Completions(_)
        | Verb::Man(_)
        | Verb::Help(_) => unreachable!("a verb that needs no store runs here"),
    }
}
