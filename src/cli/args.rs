//! Arguments as typed: what every verb takes, and the verbs; their own lie in a file for each who types them. What they
//! mean is worked out by the verbs.

mod auditors;
mod decisions;
pub mod instant;
mod known;
mod operators;
mod producers;
mod reads;
mod remote;
mod verb;
pub mod zone;

pub use auditors::*;
pub use decisions::*;
pub use known::AnyText;
pub use operators::*;
pub use producers::*;
pub use reads::*;
pub use remote::Remote;

use crate::cli::args::instant::{GivenAsOf, GivenInstant};
use crate::cli::args::zone::Zone;
use crate::engine::{MemoryBound, NoSize};
use crate::store::Cache;
use caseward_events::{OrganizationName, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// Who may do what to a case, who could at any moment in the past, and why.
#[derive(Debug, Parser)]
#[command(name = "caseward", version, max_term_width = 80, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

const AFTER_HELP: &str = "\
Start with `caseward demo`, a tour that needs no data of yours.
For more, see `caseward help exit-codes`, `help commands` and `help queries`.";

/// What every verb takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// Read settings from this file [default: ./caseward.toml, if there is one]
    #[arg(long, global = true, env = "CASEWARD_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory
    #[arg(
        long,
        global = true,
        env = "CASEWARD_DATA",
        hide_env_values = true,
        default_value = "./caseward-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    #[command(flatten)]
    pub remote: Remote,
    /// Limit the memory of views and caches, such as 512MiB; unused cases are evicted and reloaded on demand
    #[arg(long, global = true, env = "CASEWARD_MEMORY", hide_env_values = true, default_value = UNBOUNDED, value_name = "SIZE")]
    pub memory: Memory,
    /// The organization
    #[arg(long, global = true, env = "CASEWARD_ORG", hide_env_values = true, default_value_t, value_name = "NAME")]
    pub org: OrganizationName,
    /// Keep tree heads in this directory, outside the data directory
    #[arg(long, global = true, env = "CASEWARD_HEADS_DIR", hide_env_values = true, value_name = "DIR")]
    pub heads_dir: Option<PathBuf>,
    #[command(flatten)]
    pub when: When,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputForm,
    /// What cells of CSV say that a spreadsheet would take for a formula
    #[arg(long, global = true, value_enum, default_value_t, value_name = "CELLS")]
    pub csv: CsvCells,
    /// Put what people call the things that a JSON answer names under `labels`
    #[arg(long, global = true)]
    pub labels: bool,
    /// Say that the clock is right, where it is not believed and no command is taken
    #[arg(long, global = true)]
    pub accept_clock: bool,
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorWhen,
    /// Log level: error, warn, info, debug or trace, or one for a part: info,fjall=warn
    #[arg(
        long,
        global = true,
        env = "CASEWARD_LOG",
        hide_env_values = true,
        default_value = "warn,fjall=error,lsm_tree=error",
        value_name = "FILTER"
    )]
    pub log: String,
    /// Log format, on standard error
    #[arg(
        long,
        global = true,
        env = "CASEWARD_LOG_FORMAT",
        hide_env_values = true,
        value_enum,
        default_value_t,
        value_name = "FORM"
    )]
    pub log_format: LogForm,
    /// Print only data and errors: no progress, no summaries
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more about what is being done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Never prompt; fail instead
    #[arg(long, global = true)]
    pub no_input: bool,
}

impl Global {
    /// What of `--memory` each database keeps of its files.
    #[must_use]
    pub fn cache(&self) -> Cache {
        self.memory.0.map_or(Cache::Usual, |bound| Cache::Bytes(bound.cache_bytes()))
    }
}

/// Where the manual goes.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each verb into this directory
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// When every question is asked about.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct When {
    /// Answer as of then: an instant, a day, a position, now, yesterday, or how long ago (-2d, -90m)
    #[arg(long, global = true, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub as_of: Option<GivenAsOf>,
    /// Check validity windows at this instant
    #[arg(long, global = true, allow_hyphen_values = true, value_name = "INSTANT")]
    pub at: Option<GivenInstant>,
    /// Time zone of days and times without an offset, and of times in answers for people, as Europe/Berlin
    #[arg(
        long,
        global = true,
        env = "CASEWARD_TZ",
        hide_env_values = true,
        default_value = "UTC",
        value_name = "ZONE"
    )]
    pub tz: Zone,
}

impl When {
    /// The instant at which windows are looked at, where one was given.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        self.at.map(GivenInstant::instant)
    }
}

const UNBOUNDED: &str = "unbounded";

/// What `--memory` says: a bound, or that there is none.
#[derive(Clone, Copy, Debug)]
pub struct Memory(pub Option<MemoryBound>);

impl FromStr for Memory {
    type Err = NoSize;
    fn from_str(text: &str) -> Result<Self, NoSize> {
        if text == UNBOUNDED { Ok(Memory(None)) } else { text.parse().map(|bound| Memory(Some(bound))) }
    }
}

/// The form of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people
    #[default]
    Human,
    /// One JSON value
    Json,
    /// One JSON object per line
    Jsonl,
    /// A table with a header row
    Csv,
}

/// What stands in cells of CSV that begin with `=`, `+`, `-`, `@`, a tab or a carriage return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CsvCells {
    /// The text behind a `'`, so that a spreadsheet shows it and computes nothing
    #[default]
    Quoted,
    /// The text as it is, for programs
    Raw,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// A line for people
    #[default]
    Human,
    /// One JSON object a line
    Json,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Take a tour: a built-in history, and answers to what auditors ask
    #[command(after_help = "Examples:\n  caseward demo\n  caseward demo --keep ./demo-data\n  caseward demo --serve")]
    Demo(DemoArgs),

    // Producers.
    /// Make a store, with its first org admin
    #[command(
        after_help = "Examples:\n  caseward init --admin user:judith\n  caseward init --admin user:judith --preset safe"
    )]
    Init(InitArgs),
    /// Send any command by its name
    #[command(after_help = "Examples:\n\
                      \x20 caseward do create_definition definition=permit --actor user:judith\n\
                      \x20 caseward do open_case case=1 definition=permit creator=judith\n\
                      \x20 caseward do assign_activity case=1 activity=visit to='[\"user:ana\",\"group:night\"]'")]
    Do(DoArgs),
    /// Grant a subject access
    #[command(after_help = "Examples:\n\
                      \x20 caseward grant case:4711 user:ana read --actor user:judith\n\
                      \x20 caseward grant organization group:night --valid-until 2026-04-01T00:00:00Z")]
    Grant(GrantArgs),
    /// Change the access of a subject
    #[command(after_help = "Examples:\n\
                      \x20 caseward update case:4711 user:ana write --actor user:judith\n\
                      \x20 caseward update case:4711 user:ana --valid-until none --actor user:judith")]
    Update(UpdateArgs),
    /// Revoke the access of a subject
    #[command(after_help = "Example: caseward revoke case:4711 user:ana --actor user:judith")]
    Revoke(RevokeArgs),
    /// Restrict a case: only the subjects named and org admins keep access
    #[command(after_help = "Example:\n\
                      \x20 caseward restrict case:4711 user:mike=read group:night --actor user:judith")]
    Restrict(RestrictArgs),
    /// Lift the restriction of a case
    #[command(after_help = "Example: caseward lift case:4711 --actor user:judith --dry-run")]
    Lift(LiftArgs),
    /// Apply commands from JSON Lines, recorded with the current time
    #[command(after_help = "Examples:\n  caseward apply commands.jsonl --atomic\n  caseward apply - --output jsonl")]
    Apply(ApplyArgs),
    /// Import a history from JSON Lines, with the times that it brings
    #[command(after_help = "Example: caseward import history.jsonl --output jsonl")]
    Import(ImportArgs),

    // Auditors.
    /// Check whether a subject may do something: exit status 0 for yes, 1 for no
    #[command(after_help = "Examples:\n\
                      \x20 caseward check user:ana read case:4711\n\
                      \x20 caseward check user:ana read case:4711 --as-of 2024-03-13T12:00:00Z\n\
                      \x20 caseward check --batch questions.jsonl")]
    Check(CheckArgs),
    /// Explain a decision, as a tree that cites events
    #[command(after_help = "Example: caseward explain user:ana read case:4711")]
    Explain(ExplainArgs),
    /// List who may do something; with --from or --to, everybody who could at any time between
    #[command(after_help = "Examples:\n\
                      \x20 caseward who write case:4711 --as-of -2d\n\
                      \x20 caseward who read case:4711 --from 2024-03-01 --to 2024-04-01")]
    Who(WhoArgs),
    /// List the resources on which a subject may do something
    #[command(after_help = "Example: caseward what user:ana read --definition fraud")]
    What(WhatArgs),
    /// List the rights of a subject on a resource
    #[command(after_help = "Example: caseward rights user:ana case:4711")]
    Rights(RightsArgs),
    /// List open cases whose assignees or persons may not read them, and who that is
    #[command(after_help = "Example: caseward stranded --definition fraud --as-of 2024-03-13")]
    Stranded(StrandedArgs),
    /// Show the permission matrix of a profile or a definition
    #[command(after_help = "Example: caseward matrix profile:clerk")]
    Matrix(MatrixArgs),
    /// List when a subject could do something, and what opened and closed each interval
    #[command(after_help = "Example: caseward access user:mike write case:4711 --to 2024-06-01")]
    Access(AccessArgs),
    /// Draw who held rights on a resource, and when: in the terminal or, with --svg, in a file
    #[command(after_help = "Examples:\n\
                      \x20 caseward timeline case:4711\n\
                      \x20 caseward timeline case:4711 --svg case-4711.svg")]
    Timeline(TimelineArgs),
    /// Write an access report to hand over: who held which rights, every change, and the events behind it
    #[command(after_help = "Example: caseward report case:4711 --html case-4711.html --from 2024-01-01")]
    Report(ReportArgs),
    /// Show which access changed between two moments, and what changed it
    #[command(after_help = "Example: caseward diff user:kessler --from 2024-03-20 --to 2024-03-30")]
    Diff(DiffArgs),
    /// Show the events that name something
    #[command(after_help = "Example: caseward history case:4711 actor:judith before:2024-04-01")]
    History(HistoryArgs),
    /// Export events, or the commands that made them
    #[command(after_help = "Examples:\n  caseward export --format csv\n  caseward export --commands -q")]
    Export(ExportArgs),

    // Operators.
    /// Create or list organizations
    #[command(subcommand, after_help = "Examples:\n  caseward org create north\n  caseward org list")]
    Org(OrgVerb),
    /// Issue, list or withdraw the tokens that programs call the service with
    #[command(subcommand, after_help = "Examples:\n  caseward token issue desk --part check\n  caseward token list")]
    Token(TokenVerb),
    /// Show who asked about whom, when and why, and erase what was kept long enough
    #[command(
        subcommand,
        after_help = "Examples:\n  caseward reads about user:ana\n  caseward reads erase --before 2025-01-01"
    )]
    Reads(ReadsVerb),
    /// Serve the store over HTTP, until SIGTERM or Ctrl-C
    #[command(
        after_help = "Examples:\n  caseward serve\n  caseward serve --listen 127.0.0.1:8080\n  caseward serve --memory-store --fixture replay-fixtures/sealed-case"
    )]
    Serve(ServeArgs),
    /// Ask the decisions of a decision log again, where they were asked: exit status 1 where one differs
    #[command(after_help = "Examples:\n  caseward replay decisions.jsonl\n  caseward replay - --output jsonl")]
    Replay(ReplayArgs),
    /// Show the state of the store: its position, contents, sizes and last verification
    #[command(after_help = "Example: caseward status --output json")]
    Status(StatusArgs),
    /// Show the last events, and follow new ones
    #[command(after_help = "Examples:\n  caseward tail -n 20 command:grant\n  caseward tail --follow")]
    Tail(TailArgs),
    /// Verify every event and the tree over them against all notes and all tree heads that were kept
    #[command(after_help = "Examples:\n  caseward verify\n  caseward verify --against default-328.note")]
    Verify(VerifyArgs),
    /// Write a proof of an event or a decision, which others verify without the store
    #[command(after_help = "Examples:\n\
                      \x20 caseward prove 169 --out proof.json\n\
                      \x20 caseward prove --decision user:mike read case:4711 --as-of 2024-03-14")]
    Prove(ProveArgs),
    /// Verify a proof with a public key, without a store
    #[command(after_help = "Example: caseward verify-proof proof.json --key published-key")]
    VerifyProof(VerifyProofArgs),
    /// Sign a tree head, which commits to the log as it is now, for others to keep
    #[command(after_help = "Example: caseward tree-head --out kept-heads/")]
    TreeHead(TreeHeadArgs),
    /// Show the public key of tree heads, or generate the next one
    #[command(subcommand, after_help = "Examples:\n  caseward key show\n  caseward key new")]
    Key(KeyVerb),
    /// Report what is lost or in doubt, and repair an incomplete last write
    #[command(after_help = "Examples:\n  caseward doctor\n  caseward doctor --repair")]
    Doctor(DoctorArgs),
    /// Take a backup, continue one, or verify one
    #[command(after_help = "Examples:\n  caseward backup /mnt/backup\n  caseward backup /mnt/backup --check")]
    Backup(BackupArgs),
    /// Restore a backup into an empty data directory
    #[command(after_help = "Examples:\n\
                      \x20 caseward restore /mnt/backup --data ./restored\n\
                      \x20 caseward restore /mnt/backup --data ./restored --until 168")]
    Restore(RestoreArgs),
    /// Repair a damaged store from a backup
    #[command(after_help = "Example: caseward heal --from /mnt/backup")]
    Heal(HealArgs),
    /// Rebuild the views from the log, compare them with the live ones, and swap; continues where it was stopped
    #[command(after_help = "Examples:\n  caseward rebuild\n  caseward rebuild --drop")]
    Rebuild(RebuildArgs),
    /// Show the settings in force, and where each comes from
    #[command(after_help = "Examples:\n  caseward config\n  caseward config --example")]
    Config(ConfigArgs),
    /// Show or set the policy
    #[command(
        subcommand,
        after_help = "Examples:\n\
                      \x20 caseward policy show\n\
                      \x20 caseward policy set restriction=enabled --actor user:judith"
    )]
    Policy(PolicyVerb),
    /// Show or set what the words of callers of the AuthZEN interface stand for
    #[command(
        subcommand,
        after_help = "Examples:\n\
                      \x20 caseward vocabulary show\n\
                      \x20 caseward vocabulary set words.toml --actor user:judith"
    )]
    Vocabulary(VocabularyVerb),
    /// Run fixtures: histories with the answers that they must give
    #[command(after_help = "Example: caseward test replay-fixtures/demo")]
    Test(TestArgs),

    /// Print shell completions
    #[command(after_help = "Example: caseward completions bash")]
    Completions(CompletionsArgs),
    /// Print the pages of the manual, or write them into a directory
    #[command(after_help = "Examples:\n  caseward man\n  caseward man --dir ./man1")]
    Man(ManArgs),
    /// Show help about a topic or a verb: exit-codes, commands, queries
    #[command(after_help = "Examples:\n  caseward help exit-codes\n  caseward help check")]
    Help(HelpArgs),
}
