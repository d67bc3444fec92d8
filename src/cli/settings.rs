//! What may be set once for all calls: in a file, in the environment, or with the call. `config` tells what holds, and
//! why.
//!
//! The file is given by `--config` or `CASEWARD_CONFIG`, or is `caseward.toml` in the working directory, where it is
//! there and belongs to whoever runs the program, or to root. INVARIANT: a setting is an option of every verb, parsed by
//! the same code wherever it stands; with the call beats the environment, which beats the file. Absent on purpose: what
//! belongs to one question or command.

use crate::cli::args::instant::{GivenAsOf, Moment};
use crate::cli::args::zone::Zone;
use crate::cli::args::{Cli, Global, OutputForm, Remote, When};
use crate::cli::argv;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::printer::Printer;
use crate::cli::usage_error;
use crate::engine::{Clock, SystemClock};
use crate::show::phrasing;
use anyhow::anyhow;
use caseward_events::nearest::{nearest, or_meant};
use caseward_events::{Actor, Timestamp};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};
use toml::Table;

/// The options that a file may set; in the file without the dashes in front, `-` as `_`.
const SETTINGS: &[&str] = &[
    "data",
    "server",
    "token_file",
    "ca",
    "client_cert",
    "client_key",
    "timeout",
    "org",
    "tz",
    "heads_dir",
    "output",
    "csv",
    "color",
    "log",
    "log_format",
    "memory",
];
/// The option of many verbs that a file may set, for those that have it.
const ACTOR: &str = "actor";
/// Those that say which service is asked: none of them is for the process that has a data directory.
const REMOTE: &[&str] = &["server", "token", "token_file", "ca", "client_cert", "client_key", "timeout"];
/// Those that belong to one call.
#[cfg(test)]
const OF_ONE_CALL: &[&str] =
    &["accept_clock", "as_of", "at", "labels", "quiet", "verbose", "no_input", "config", "token"];
/// Looked for where no other file is named.
const FILE: &str = "caseward.toml";
/// The longest file of settings.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// One setting: what holds, and what set it.
pub struct Setting {
    name: String,
    value: String,
    from: From,
}

/// What set it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    Call,
    Environment(String),
    File(PathBuf),
    Nothing,
}

/// What was asked for, with the settings that hold.
pub struct Parsed {
    pub cli: Cli,
    pub settings: Vec<Setting>,
    /// The same call, with everything that the file or the environment sets among its arguments.
    pub call: Vec<OsString>,
    /// The verb by its name, with that of its part where it has one.
    pub verb: String,
}

/// Why there is nothing to run.
pub enum Stop {
    /// Help or a version was asked for: as clap says it.
    Told(clap::Error),
    /// The call is wrong, or the file.
    Failed(Failure),
}

impl Stop {
    fn of(error: clap::Error, program: &Command, call: &[OsString]) -> Stop {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Told(error),
            _ => Stop::Failed(usage_error::call(&error, program, call)),
        }
    }
}

/// Parses a call, with the file beneath it.
///
/// The parser is built once a run: that is most of what a short verb costs.
///
/// # Errors
/// The call is wrong, or the file.
pub fn parse(given: Vec<OsString>) -> Result<Parsed, Stop> {
    let mut program = Cli::command();
    let mut call = argv::sorted(&program, given);
    let said = program.try_get_matches_from_mut(&call).map_err(|error| Stop::of(error, &program, &call))?;
    let file = read(said.get_one("config")).map_err(Stop::Failed)?;
    let beneath = file.as_ref().map(|file| file.beneath(&mut program, &said)).transpose().map_err(Stop::Failed)?;
    let actor = file.as_ref().and_then(|file| file.actor(&program, &said, &call));
    let holds = match (beneath.unwrap_or_default(), actor) {
        (options, None) if options.is_empty() => said.clone(),
        (options, actor) => {
            let (_, at) = argv::called(&program, &call);
            call.splice(at..at, actor);
            call.splice(1..1, options);
            program.try_get_matches_from_mut(&call).map_err(|error| Stop::of(error, &program, &call))?
        }
    };
    let mut cli = Cli::from_arg_matches(&holds).map_err(|error| Stop::of(error, &program, &call))?;
    settle(&mut cli).map_err(Stop::Failed)?;
    let says = Says { said: &said, file: file.as_ref() };
    says.where_to_ask(&mut cli.global).map_err(Stop::Failed)?;
    let settings = SETTINGS.iter().map(|name| Setting::of(name, &program, &said, &holds, file.as_ref())).collect();
    let of_this_process = |argument: &&Arg| {
        let name = argument.get_id().as_str();
        name != "config" && !REMOTE.contains(&name)
    };
    for argument in program.get_arguments().filter(of_this_process) {
        let name = argument.get_id().as_str();
        if said.value_source(name) == Some(ValueSource::EnvVariable) {
            call.insert(1, option(argument, &said));
        }
    }
    let leaf = std::iter::successors(Some(&said), |matches| matches.subcommand().map(|(_, matches)| matches)).last();
    let (verbs, at) = argv::called(&program, &call);
    let verb = verbs.iter().map(|verb| verb.get_name()).collect::<Vec<_>>().join(" ");
    if let (Some(leaf), Some(verb)) = (leaf, verbs.last()) {
        let of_verb = verb.get_arguments().filter(|argument| argument.get_env().is_some());
        let set = of_verb.filter(|argument| {
            let name = argument.get_id().as_str();
            leaf.try_contains_id(name).is_ok() && leaf.value_source(name) == Some(ValueSource::EnvVariable)
        });
        let options: Vec<_> = set.map(|argument| option(argument, leaf)).collect();
        call.splice(at..at, options);
    }
    Ok(Parsed { cli, settings, call, verb })
}

/// What a call, the environment and the file say.
struct Says<'a> {
    said: &'a ArgMatches,
    file: Option<&'a File>,
}

impl Says<'_> {
    /// Who says it: nobody, the file, the environment, or the call, which counts most.
    fn who(&self, name: &str) -> u8 {
        match self.said.value_source(name) {
            Some(ValueSource::CommandLine) => 3,
            Some(ValueSource::EnvVariable) => 2,
            _ => u8::from(self.file.is_some_and(|file| file.table.contains_key(name))),
        }
    }

    /// A service or a data directory, and with which token: of two, the one that counts more.
    fn where_to_ask(&self, global: &mut Global) -> Result<(), Failure> {
        let Remote { server, token, token_file, .. } = &mut global.remote;
        if server.is_some() {
            match self.who("server").cmp(&self.who("data")) {
                Ordering::Greater => {}
                Ordering::Less => *server = None,
                Ordering::Equal => {
                    let error = anyhow!("`--server` and `--data` name two places to ask");
                    return Err(Failure::usage(error).hint("name one: a service that runs, or a data directory"));
                }
            }
        }
        match token.is_some() && token_file.is_some() {
            true if self.who("token") < self.who("token_file") => *token = None,
            true => *token_file = None,
            false => {}
        }
        Ok(())
    }
}

/// An option as it would be typed.
fn option(argument: &Arg, said: &ArgMatches) -> OsString {
    let value = said.get_raw(argument.get_id().as_str()).and_then(|mut values| values.next()).unwrap_or_default();
    let mut option = OsString::from(format!("--{}=", argument.get_long().unwrap_or_default()));
    option.push(value);
    option
}

/// Parses the call of another process, whose settings are among its arguments: those of this one do not count.
///
/// # Errors
/// The call is wrong.
pub fn parse_again(call: Vec<OsString>) -> Result<Cli, Failure> {
    fn without_environment(program: Command) -> Command {
        let program = program.mut_args(|argument| argument.env(clap::builder::Resettable::Reset));
        program.mut_subcommands(without_environment)
    }
    let mut program = without_environment(Cli::command());
    let call = argv::sorted(&program, call);
    let said = program.try_get_matches_from_mut(&call).and_then(|said| Cli::from_arg_matches(&said));
    let mut cli = said.map_err(|error| usage_error::call(&error, &program, &call))?;
    settle(&mut cli)?;
    Ok(cli)
}

/// Settles what depends on the zone: from here on every moment means the same to whoever runs the call.
fn settle(cli: &mut Cli) -> Result<(), Failure> {
    let (When { as_of, at, tz }, now) = (&mut cli.global.when, SystemClock.now());
    let zone = *tz;
    let mut of_all: Vec<&mut dyn Moment> = Vec::new();
    of_all.extend(as_of.iter_mut().map(|as_of| as_of as &mut dyn Moment));
    of_all.extend(at.iter_mut().map(|at| at as &mut dyn Moment));
    let wrong =
        |why: String| Failure::usage(anyhow!(why)).hint("write it with an offset, as 2026-03-01T09:00:00+01:00");
    of_all.into_iter().chain(cli.verb.moments_mut()).try_for_each(|moment| moment.settle(zone, now)).map_err(wrong)?;
    let words = cli.verb.query_mut().filter(|_| !zone.is_utc());
    words.into_iter().flatten().try_for_each(|word| settle_term(word, zone, now)).map_err(wrong)
}

/// A term of a query that names a day or a time of the clock, which a query itself takes to be in UTC.
fn settle_term(word: &mut String, zone: Zone, now: Timestamp) -> Result<(), String> {
    for key in ["after:", "before:", "-after:", "-before:"] {
        let Some(mut given) = word.strip_prefix(key).and_then(|value| value.parse::<GivenAsOf>().ok()) else {
            continue;
        };
        if matches!(given, GivenAsOf::DayOfZone(_) | GivenAsOf::TimeOfZone(_)) {
            given.settle(zone, now)?;
            *word = format!("{key}{given}");
            break;
        }
    }
    Ok(())
}

/// A file that was read.
struct File {
    path: PathBuf,
    table: Table,
}

/// The file that the call or the environment names, or the one that is there.
fn read(named: Option<&PathBuf>) -> Result<Option<File>, Failure> {
    let path = named.cloned().unwrap_or_else(|| PathBuf::from(FILE));
    let unread = |error: anyhow::Error| {
        let error = error.context(format!("cannot read the settings in `{}`", path.display()));
        Failure::usage(error).hint("caseward config --example prints an example")
    };
    let text = match text_of(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return Ok(None),
        Err(error) => return Err(unread(error.into())),
        Ok((metadata, text)) => {
            // Whoever names a file knows whose it is. One that merely lies there may have been put there by somebody else.
            match owner(&metadata).filter(|_| named.is_none()) {
                Some(owner) => return Err(not_ours(&path, owner)),
                None => text,
            }
        }
    };
    match text.parse::<Table>() {
        Ok(table) => Ok(Some(File { path, table })),
        Err(error) => {
            let why = phrasing::at_line(&text, error.span().map(|span| span.start), error.message());
            let error = anyhow!("the settings in `{}` are not valid TOML: {why}", path.display());
            Err(Failure::usage(error).hint("caseward config --example shows every setting"))
        }
    }
}

/// What a file says, no more of it than settings take.
fn text_of(path: &Path) -> io::Result<(fs::Metadata, String)> {
    // Before it is opened: a pipe would wait for whoever writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it is longer than {FILE_BYTES_MAX} bytes, the limit")));
    }
    Ok((metadata, text))
}

/// The user whose file it is, if that is neither the one who runs this nor root.
#[cfg(target_os = "linux")]
fn owner(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let (owner, me) = (metadata.uid(), rustix::process::geteuid().as_raw());
    (owner != 0 && owner != me).then_some(owner)
}

#[cfg(not(target_os = "linux"))]
fn owner(_: &fs::Metadata) -> Option<u32> {
    None
}

fn not_ours(path: &Path, owner: u32) -> Failure {
    let path = path.display();
    let error = anyhow!("the settings in `{path}` belong to another user (user id {owner}) and are not used");
    Failure::usage(error).hint(format!("caseward --config {path} ... uses them all the same"))
}

impl File {
    /// Options with this file's settings, where neither the call nor the environment says anything.
    fn beneath(&self, program: &mut Command, said: &ArgMatches) -> Result<Vec<OsString>, Failure> {
        let mut options = Vec::new();
        for (name, value) in &self.table {
            let wrong = |why: String| {
                let error = anyhow!("`{name}` in `{}`: {why}", self.path.display());
                Failure::usage(error).hint("caseward config --example shows every setting")
            };
            let known = || SETTINGS.iter().copied().chain([ACTOR]);
            if !known().any(|setting| setting == name) {
                let (meant, all) = (or_meant(nearest(name, known())), known().collect::<Vec<_>>().join(", "));
                return Err(wrong(format!("there is no such setting; settings are {all}{meant}")));
            }
            let toml::Value::String(value) = value else { return Err(wrong("put its value in quotes".to_owned())) };
            if name == ACTOR {
                value.parse::<Actor>().map_err(|why| wrong(why.to_string()))?;
                continue;
            }
            let option = OsString::from(format!("--{}={value}", name.replace('_', "-")));
            // Also where the call says otherwise: the next one may not.
            let tried = program.try_get_matches_from_mut([OsString::new(), option.clone(), "status".into()]);
            // Its name as an option stands before what is wrong with it; here it is named already.
            let prefix = format!("`--{}`: ", name.replace('_', "-"));
            tried.map_err(|error| wrong(usage_error::value(&error).trim_start_matches(&prefix).to_owned()))?;
            if matches!(said.value_source(name), None | Some(ValueSource::DefaultValue)) {
                options.push(option);
            }
        }
        Ok(options)
    }
}

impl File {
    /// Who acts, where the verb takes an actor and neither the call nor the environment names one.
    fn actor(&self, program: &Command, said: &ArgMatches, call: &[OsString]) -> Option<OsString> {
        let leaf =
            std::iter::successors(Some(said), |matches| matches.subcommand().map(|(_, matches)| matches)).last()?;
        let (verbs, _) = argv::called(program, call);
        let takes = verbs.last()?.get_arguments().any(|argument| argument.get_id() == ACTOR);
        let is_said =
            takes && matches!(leaf.value_source(ACTOR), Some(ValueSource::CommandLine | ValueSource::EnvVariable));
        let actor = self.table.get(ACTOR)?.as_str()?;
        (takes && !is_said).then(|| OsString::from(format!("--{ACTOR}={actor}")))
    }
}

impl Setting {
    /// From what the call and the environment said, and what holds with the file.
    fn of(name: &str, program: &Command, said: &ArgMatches, holds: &ArgMatches, file: Option<&File>) -> Setting {
        let argument = program.get_arguments().find(|argument| argument.get_id() == name);
        let argument = argument.expect("every setting is an option; a test holds it");
        let raw = holds.get_raw(name).into_iter().flatten().next_back();
        let value = raw.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
        let in_file = file.filter(|file| file.table.contains_key(name)).map(|file| From::File(file.path.clone()));
        let from = match said.value_source(name) {
            Some(ValueSource::CommandLine) => From::Call,
            Some(ValueSource::EnvVariable) => From::Environment(variable(argument).unwrap_or_default()),
            _ => in_file.unwrap_or(From::Nothing),
        };
        Setting { name: name.to_owned(), value, from }
    }

    fn row(&self) -> [String; 3] {
        let from = match &self.from {
            From::Call => "the call".to_owned(),
            From::Environment(variable) => format!("the environment, {variable}"),
            From::File(path) => path.display().to_string(),
            From::Nothing => "default".to_owned(),
        };
        [self.name.clone(), self.value.clone(), from]
    }
}

fn variable(argument: &Arg) -> Option<String> {
    argument.get_env().map(|variable| variable.to_string_lossy().into_owned())
}

/// The verb `config`.
///
/// # Errors
/// Standard output cannot be written.
pub fn config(context: &mut Context, settings: &[Setting], example: bool) -> Result<Exit, Failure> {
    if example {
        context.printer.text(self::example())?;
        return Ok(Exit::Yes);
    }
    print(&mut context.printer, settings)?;
    Ok(Exit::Yes)
}

fn print(printer: &mut Printer, settings: &[Setting]) -> Result<(), Failure> {
    let rows: Vec<_> = settings.iter().map(Setting::row).collect();
    let told = |[name, value, from]: &[String; 3]| json!({"name": name, "value": value, "from": from});
    match printer.form() {
        OutputForm::Human => rows.iter().try_for_each(|[name, value, from]| {
            let value = if value.is_empty() { "-" } else { value };
            printer.line(format_args!("{name:14}{value:32}  {from}"))
        }),
        OutputForm::Json => printer.json(&json!({"settings": rows.iter().map(told).collect::<Vec<Value>>()})),
        OutputForm::Jsonl => rows.iter().try_for_each(|row| printer.json(&told(row))),
        OutputForm::Csv => {
            printer.row(["name", "value", "from"])?;
            rows.iter().try_for_each(|row| printer.row(row))
        }
    }
}

/// A file with every setting in it, as a comment, with its default.
fn example() -> String {
    let command = Cli::command();
    let mut text = format!(
        "# Settings of caseward: `{FILE}` in the working directory, or the file that --config or CASEWARD_CONFIG names.\n\
         # Options of a call override the environment, which overrides this file.\n"
    );
    for name in SETTINGS {
        let argument = command.get_arguments().find(|argument| argument.get_id() == name);
        let argument = argument.expect("every setting is an option; a test holds it");
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let variable = variable(argument).map(|variable| format!("; {variable}")).unwrap_or_default();
        let default = argument.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
        // What has no default says what would stand there.
        let form = || argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let default = default.or_else(form).unwrap_or_default();
        text += &format!("\n# {help} (--{}{variable}).\n# {name} = \"{default}\"\n", name.replace('_', "-"));
    }
    text += "\n# Who acts, for verbs that send commands: user:ID or system:ID (--actor; CASEWARD_ACTOR).\n# actor = \"user:judith\"\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_every_verb_is_a_setting_or_belongs_to_one_call() {
        let command = Cli::command();
        let mut options: Vec<_> = command.get_arguments().map(|argument| argument.get_id().as_str()).collect();
        options.retain(|name| !["help", "version"].contains(name));
        let mut known = [SETTINGS, OF_ONE_CALL].concat();
        options.sort_unstable();
        known.sort_unstable();
        assert_eq!(options, known);
    }

    #[test]
    fn the_example_is_toml_and_says_what_holds_without_it() {
        let text = example();
        assert!(text.parse::<Table>().expect("comments are TOML").is_empty());
        let set: String = text
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = \"")))
            .map(|line| format!("{line}\n"))
            .collect();
        let table = set.parse::<Table>().expect("each line is a setting");
        assert_eq!(table.len(), SETTINGS.len() + 1);
        let file = File { path: FILE.into(), table };
        let mut program = Cli::command();
        let said = program.try_get_matches_from_mut(["", "status"]).expect("a verb without arguments");
        let options = file.beneath(&mut program, &said).unwrap_or_else(|_| panic!("every default is taken"));
        assert_eq!(options.len(), SETTINGS.len(), "as the call says nothing");
    }
}
