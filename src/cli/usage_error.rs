//! What is wrong with a call, in the voice of all other errors: what was found, and what to type instead.
//!
//! INVARIANT: the parser has judged already; here its findings are only told.

use crate::cli::argv;
use crate::cli::exit::Failure;
use crate::show::phrasing;
use anyhow::anyhow;
use caseward_events::nearest::{nearest, without_meant};
use caseward_events::{Action, Asker, Resource};
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
    let meant = meant(error, program, verbs.last().copied())
        .map(|meant| format!("did you mean `{meant}`? "))
        .unwrap_or_default();
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
            let failure = Failure::usage(anyhow!("`{typed}` has no verb `{found}`"));
            match elsewhere(&found).filter(|_| verb.is_none()) {
                Some(instead) => failure.hint(instead),
                None => failure.hint(format!("{meant}{help} lists all verbs")),
            }
        }
        ErrorKind::UnknownArgument => {
            let found = invalid.join(" ");
            let what = if found.starts_with('-') { "has no option" } else { "has no place for the word" };
            let failure = Failure::usage(anyhow!("`{typed}` {what} `{found}`"));
            match option_elsewhere(&found) {
                Some(instead) => failure.hint(instead),
                None => failure.hint(format!("{meant}{help} lists its arguments")),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let lacking = invalid.join(" ");
            let failure = Failure::usage(anyhow!("missing {}", lacking.trim_end_matches("...")));
            let usages = verb.map(|verb| usages(verb, &typed)).unwrap_or_default();
            let example = verb.and_then(|verb| example(verb)).map(|example| format!("example: {example}"));
            usages.into_iter().fold(failure, Failure::note).hint(example.unwrap_or(help))
        }
        _ => {
            let told = value(error);
            let (wrong, advice) = without_meant(&told);
            let advice = swapped(error, &names).or(advice).unwrap_or_else(|| format!("{meant}see {help}"));
            Failure::usage(anyhow!("{wrong}")).hint(advice)
        }
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

/// What was probably meant: of verbs the one that takes the fewest letters to change, of options and values what the
/// parser takes it for.
fn meant(error: &clap::Error, program: &Command, verb: Option<&Command>) -> Option<String> {
    if let [found] = named(error, ContextKind::InvalidSubcommand).as_slice() {
        let known = verb.unwrap_or(program).get_subcommands().map(Command::get_name);
        return nearest(found, known).map(str::to_owned);
    }
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    suggested.iter().find_map(|kind| named(error, *kind).into_iter().next())
}

/// What does here what other programs have a verb of that name for.
fn elsewhere(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "version" => "caseward --version",
        "list" | "ls" | "show" | "get" => {
            "caseward what SUBJECT ACTION lists cases, caseward who ACTION RESOURCE lists users; caseward help lists all verbs"
        }
        "user" | "users" | "group" | "groups" => {
            "users and groups need no registration: caseward grant LIST SUBJECT gives one access; caseward do add_member \
             group=ID member=user:ID makes one a member"
        }
        "open" | "case" | "new" | "create" | "add" => {
            "caseward init makes a store, caseward do open_case a case, caseward grant an entry; caseward help commands lists \
             all commands"
        }
        "remove" | "rm" | "delete" | "deny" => {
            "caseward revoke LIST SUBJECT takes an entry away; nothing is ever deleted"
        }
        "allow" | "permit" => "caseward grant LIST SUBJECT [ACCESS]",
        "can" | "may" => "caseward check SUBJECT ACTION RESOURCE",
        "why" => "caseward explain SUBJECT ACTION RESOURCE",
        "log" | "events" => "caseward history REFERENCE, or caseward tail for the last events",
        "server" | "start" | "run" => "caseward serve",
        _ => return None,
    })
}

/// The option that other programs call so.
fn option_elsewhere(option: &str) -> Option<&'static str> {
    Some(match option {
        "--json" => "use `--output json`",
        "--jsonl" => "use `--output jsonl`",
        "--csv-output" | "--format" => "use `--output json`, `jsonl` or `csv`",
        "--user" | "--as" => "use `--actor user:ID`: who sends the command",
        "--since" => "use `--from`",
        "--until" => "use `--to`, or `--valid-until` of a grant",
        "--timezone" => "use `--tz`",
        _ => return None,
    })
}

/// What to type where words stand in each other's place, or a subject is of a kind that is asked about otherwise.
fn swapped(error: &clap::Error, verbs: &[&str]) -> Option<String> {
    let found = named(error, ContextKind::InvalidValue).join(" ");
    let argument = named(error, ContextKind::InvalidArg).join(" ");
    let order = match verbs.last()? {
        verb @ (&"check" | &"explain" | &"access") => format!("caseward {verb} SUBJECT ACTION RESOURCE"),
        &"who" => "caseward who ACTION RESOURCE".to_owned(),
        &"what" => "caseward what SUBJECT ACTION".to_owned(),
        &"rights" => "caseward rights SUBJECT RESOURCE".to_owned(),
        &"timeline" if found.starts_with("user:") => {
            return Some(format!("caseward report {found} --html FILE draws what a user held"));
        }
        _ => return None,
    };
    let is_action = found.parse::<Action>().is_ok();
    let is_resource = found.parse::<Resource>().is_ok();
    match first(&argument).trim_matches(['<', '>']) {
        "SUBJECT" if found.starts_with("group:") => {
            Some("a group holds nothing by itself; ask for its members: caseward who ACTION RESOURCE".to_owned())
        }
        "SUBJECT" if is_resource || is_action => Some(format!("the order is: {order}")),
        "ACTION" if is_resource || found.parse::<Asker>().is_ok() => Some(format!("the order is: {order}")),
        "RESOURCE" if is_action || found.parse::<Asker>().is_ok() => Some(format!("the order is: {order}")),
        _ => None,
    }
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
