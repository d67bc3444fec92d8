//! `demo`: a shipped history, and the answers to questions that auditors really ask.
//!
//! INVARIANT: each answer comes from the code of the verb it is headed with, over a store on disk like any other, so
//! whoever types the command sees the same. The directory goes when the tour ends.

mod demo_store;
mod served;

use crate::cli::args::{Cli, DemoArgs, OutputForm, Verb};
use crate::cli::ask::check;
use crate::cli::ask::explain;
use crate::cli::ask::{who, who_between};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::printer::{json, style};
use crate::cli::render::{Forms, Json, painted};
use crate::show::escape;
use crate::show::phrasing;
use clap::Parser;
use demo_store::DemoStore;
use std::io;
use std::path::Path;

/// The history; `replay-fixtures/demo/README.md` tells it.
const COMMANDS: &str = include_str!("../../replay-fixtures/demo/commands.jsonl");

/// A question in words, and the command that asks it.
struct Stop {
    question: &'static str,
    command: &'static str,
}

const STOPS: &[Stop] = &[
    Stop {
        question: "Who could read case 4711 on the day it was sealed?",
        command: "caseward who read case:4711 --as-of 2024-03-14T12:00:00Z",
    },
    Stop {
        question: "Who could write it the day before?",
        command: "caseward who write case:4711 --as-of 2024-03-13T12:00:00Z",
    },
    Stop {
        question: "Mike is an org admin. Why could he only read it from then on?",
        command: "caseward explain user:mike write case:4711 --as-of 2024-03-14T12:00:00Z",
    },
    Stop {
        question: "Ana had handed the case over in January. Could she still read it afterwards?",
        command: "caseward explain user:ana read case:4711 --as-of 2024-01-30",
    },
    Stop {
        question: "Did that end when she left her unit?",
        command: "caseward check user:ana read case:4711 --as-of 2024-02-01T08:00:00Z",
    },
    Stop {
        question: "Did the access of the expert, Dr. Kessler, end in time?",
        command: "caseward explain user:kessler read case:4711 --as-of 2024-03-29T17:00:00Z",
    },
    Stop {
        question: "Elif heads the unit. What could she do once she was put on the list?",
        command: "caseward rights user:elif case:4711 --as-of 2024-04-02T12:00:00Z",
    },
];

const BEFORE: &str = "\
A prosecutor's office, two and a half years of it: 330 commands, among them the
sealing of case 4711. Everything below is computed from that history, now.";

/// Where the store was not kept.
const KEEP: &str = "\
Your turn. Keep the same history in a directory of your own, and ask it.

  caseward demo --keep ./demo-data
  export CASEWARD_DATA=./demo-data
  caseward history case:4711
  caseward explain user:mike write case:4711 --as-of 2024-03-13
  caseward who read case:4711

Any command above can be typed as it stands. caseward --help lists all verbs.";

/// Where it was.
const KEPT: &str = "\
Your turn. The same history is in DIR now; ask it.

  export CASEWARD_DATA=DIR
  caseward history case:4711
  caseward explain user:mike write case:4711 --as-of 2024-03-13
  caseward who read case:4711

Any command above can be typed as it stands. caseward --help lists all verbs.";

/// Runs the verb.
///
/// # Errors
/// The temporary directory cannot be used, or standard output cannot be written.
pub async fn demo(context: &mut Context, args: &DemoArgs) -> Result<Exit, Failure> {
    let DemoArgs { keep, serve, listen } = args;
    if let Some(directory) = keep {
        is_empty(directory)?;
    }
    let store = DemoStore::filled(COMMANDS, keep.as_deref()).await?;
    let toured = match serve {
        true => served::serve(context, &store.opened().engine, *listen).await,
        false => tour(context, store.opened(), keep.as_deref()).await,
    };
    store.leave().await;
    toured.map(|()| Exit::Yes)
}

/// Nothing is put among what somebody else has there.
fn is_empty(directory: &Path) -> Result<(), Failure> {
    let is_free = match directory.read_dir() {
        Err(why) => why.kind() == io::ErrorKind::NotFound,
        Ok(mut entries) => entries.next().is_none(),
    };
    if is_free {
        return Ok(());
    }
    let error = anyhow::anyhow!("`{}` is there already, and not an empty directory", directory.display());
    Err(Failure::usage(error).hint("name a new one"))
}

async fn tour(context: &mut Context, opened: &Opened, kept: Option<&Path>) -> Result<(), Failure> {
    begin(context)?;
    let mut answers = Vec::new();
    for stop in STOPS {
        let answer = ask(stop.command, opened).await?;
        match context.printer.form() {
            OutputForm::Human => tell(context, stop, &*answer)?,
            OutputForm::Json => answers.push(as_json(stop, &*answer)),
            OutputForm::Jsonl => context.printer.line(as_json(stop, &*answer))?,
            OutputForm::Csv => {
                context.printer.row([stop.question, stop.command, &answer.json(Json::PLAIN)])?;
            }
        }
    }
    match context.printer.form() {
        OutputForm::Human => {
            let directory = kept.map(|directory| phrasing::typed(&[&directory.display().to_string()]));
            context.printer.line(directory.map_or_else(|| KEEP.to_owned(), |directory| KEPT.replace("DIR", &directory)))
        }
        OutputForm::Json => context.printer.line(format_args!("[{}]", answers.join(","))),
        OutputForm::Jsonl | OutputForm::Csv => Ok(()),
    }
}

fn begin(context: &mut Context) -> Result<(), Failure> {
    match context.printer.form() {
        OutputForm::Human => context.printer.line(format_args!("{BEFORE}\n")),
        OutputForm::Csv => context.printer.row(["question", "command", "answer"]),
        OutputForm::Json | OutputForm::Jsonl => Ok(()),
    }
}

fn tell(context: &mut Context, stop: &Stop, answer: &dyn Forms) -> Result<(), Failure> {
    let printer = &mut context.printer;
    for line in phrasing::wrapped("", "", stop.question).lines() {
        printer.line(format_args!("{}{line}{}", style::BOLD, style::RESET))?;
    }
    printer.line(format_args!("{}$ {}{}\n", style::DIM, stop.command, style::RESET))?;
    for line in answer.text().lines() {
        printer.line(painted(&escape::visible(line)))?;
    }
    printer.line("")?;
    // The reader sees each answer as it comes.
    printer.flush()
}

/// The answer stands in it as its verb prints it.
fn as_json(stop: &Stop, answer: &dyn Forms) -> String {
    let [question, command] = [stop.question, stop.command].map(json);
    format!(r#"{{"question":{question},"command":{command},"answer":{}}}"#, answer.json(Json::PLAIN))
}

/// Parses a command as if it had been typed, and asks it.
async fn ask(command: &str, opened: &Opened) -> Result<Box<dyn Forms>, Failure> {
    let Cli { global, verb } = Cli::try_parse_from(command.split(' ')).map_err(Failure::usage)?;
    answer(&Opened { when: global.when, ..opened.clone() }, verb).await
}

async fn answer(opened: &Opened, verb: Verb) -> Result<Box<dyn Forms>, Failure> {
    match verb {
        Verb::Check(args) => Ok(Box::new(check::ask(opened, args).await?)),
        Verb::Explain(args) => Ok(Box::new(explain::ask(opened, args).await?)),
        Verb::Who(args) if args.stretch.is_given() => Ok(Box::new(who_between::ask(opened, args).await?)),
        Verb::Who(args) => Ok(Box::new(who::ask(opened, args).await?)),
        Verb::Rights(args) => Ok(Box::new(who::ask_rights(opened, args).await?)),
        _ => Err(Failure::usage(anyhow::anyhow!("the tour only asks"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_tour_can_be_typed() {
        for stop in STOPS {
            assert!(Cli::try_parse_from(stop.command.split(' ')).is_ok(), "{}", stop.command);
            assert!(stop.command.len() < 80, "{}", stop.command);
        }
    }
}
