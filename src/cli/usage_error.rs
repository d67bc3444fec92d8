//! What is wrong with a call, in the voice of all other errors: what was found, and what to type instead.
//!
//! INVARIANT: the parser has judged already; here its findings are only told.

use crate::cli::argv;
use crate::cli::exit::Failure;
use crate::show::phrasing;
use anyhow::anyhow;
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;
use std::ffi::OsString;
use std::num::{IntErrorKind, ParseIntError};

/// A wrong call, as the end of the program.
#[must_use]
pub fn call(error: &clap::Error, program: &Command, call: &[OsString]) -> Failure {
    let (verbs, _) = argv::called(program, call);
    let names: Vec<_> = verbs.iter().map(|verb| verb.get_name()).collect();
    let typed = [&["caseward"], names.as_slice()].concat().join(" ");
    let help = [&["caseward", "help"], names.as_slice()].concat().join(" ");
    let meant = meant(error).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    let invalid = named(error, ContextKind::InvalidArg);
    let verb = verbs.last();
    match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if verb.is_none() => {
            Failure::usage(anyhow!("`caseward` needs a verb"))
                .hint("caseward demo is a tour; caseward help lists all verbs")
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let known: Vec<_> =
                verb.into_iter().flat_map(|verb| verb.get_subcommands()).map(Command::get_name).collect();
            Failure::usage(anyhow!("`{typed}` needs a verb: {}", known.join(" or "))).hint(help)
        }
        ErrorKind::InvalidSubcommand => {
            let found = named(error, ContextKind::InvalidSubcommand).join(" ");
            if verb.is_none() && caseward_events::Command::NAMES.contains(&found.replace('-', "_").as_str()) {
                let hint =
                    format!("caseward do {found} KEY=VALUE... sends it; caseward help commands lists its fields");
                return Failure::usage(anyhow!("`{found}` is a command, not a verb")).hint(hint);
            }
            Failure::usage(anyhow!("`{typed}` has no verb `{found}`")).hint(format!("{meant}{help} lists all verbs"))
        }
        ErrorKind::UnknownArgument => {
            let found = invalid.join(" ");
            let what = if found.starts_with('-') { "has no option" } else { "has no place for the word" };
            Failure::usage(anyhow!("`{typed}` {what} `{found}`")).hint(format!("{meant}{help} lists its arguments"))
        }
        ErrorKind::MissingRequiredArgument => {
            let lacking = invalid.join(" ");
            let failure = Failure::usage(anyhow!("missing {}", lacking.trim_end_matches("...")));
            let usages = verb.map(|verb| usages(verb, &typed)).unwrap_or_default();
            let example = verb.and_then(|verb| example(verb)).map(|example| format!("example: {example}"));
            usages.into_iter().fold(failure, Failure::note).hint(example.unwrap_or(help))
        }
        _ => Failure::usage(anyhow!("{}", value(error))).hint(format!("{meant}see {help}")),
    }
}

/// What is wrong with a value.
#[must_use]
pub fn value(error: &clap::Error) -> String {
    let invalid = named(error, ContextKind::InvalidArg).join(" ");
    // Of an option its name is enough: `--as-of`, not `--as-of <INSTANT|POSITION|-2d>`.
    let of = first(&invalid);
    let found = named(error, ContextKind::InvalidValue).join(" ");
    match error.kind() {
        ErrorKind::ValueValidation => {
            let why = error.source();
            match why.and_then(|why| why.downcast_ref::<ParseIntError>()).map(ParseIntError::kind) {
                Some(IntErrorKind::Zero) => format!("`{of}`: `{found}` is too small"),
                Some(IntErrorKind::PosOverflow) => format!("`{of}`: `{found}` is too large"),
                Some(_) => format!("`{of}`: `{found}` is not a number"),
                None => {
                    let why = why.map(ToString::to_string).unwrap_or_default();
                    if of.starts_with('-') { format!("`{of}`: {why}") } else { why }
                }
            }
        }
        ErrorKind::InvalidValue => {
            let known = phrasing::list(named(error, ContextKind::ValidValue));
            match found.is_empty() {
                true => format!("`{of}` needs a value: {}", invalid.trim_start_matches(of).trim_start()),
                false => format!("`{of}`: `{found}` is not one of {known}"),
            }
        }
        ErrorKind::ArgumentConflict => {
            let prior = named(error, ContextKind::PriorArg).join(" ");
            let prior = first(&prior);
            match of == prior {
                true => format!("`{of}` can be given only once"),
                false => format!("`{of}` cannot be combined with `{prior}`"),
            }
        }
        ErrorKind::WrongNumberOfValues => format!("`{of}` needs all of{}", invalid.trim_start_matches(of)),
        _ => {
            let told = error.render().to_string();
            told.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

fn first(argument: &str) -> &str {
    argument.split(' ').next().unwrap_or_default().trim_matches(['[', ']'])
}

/// What the parser takes to have been meant.
fn meant(error: &clap::Error) -> Option<String> {
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    suggested.iter().find_map(|kind| named(error, *kind).into_iter().next())
}

fn named(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(some)) => some.clone(),
        _ => Vec::new(),
    }
}

/// The ways to call it, each on a line.
fn usages(verb: &Command, typed: &str) -> Vec<String> {
    let usage = verb.clone().bin_name(typed).render_usage().to_string();
    usage.trim_start_matches("Usage:").lines().map(|line| format!("usage: {}", line.trim())).collect()
}

/// The first of those that its help shows.
fn example(verb: &Command) -> Option<String> {
    let shown = verb.get_after_help()?.to_string();
    let mut lines = shown.lines().map(|line| line.trim_start_matches("Example:").trim());
    lines.find(|line| line.starts_with("caseward ")).map(str::to_owned)
}
