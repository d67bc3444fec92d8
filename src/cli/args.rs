//! Arguments as typed: what every verb takes, and the verbs; their own lie in a file for each who types them. What they
//! mean is worked out by the verbs.

mod auditors;
pub mod instant;
mod operators;
mod producers;

pub use auditors::*;
pub use operators::*;
pub use producers::*;

use crate::cli::args::instant::GivenAsOf;
use crate::engine::{MemoryBound, NoSize};
use crate::store::Cache;
use caseward_events::{OrganizationName, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// Who may do what to a case, who could at any past instant, and why.
#[derive(Debug, Parser)]
#[command(name = "caseward", version, max_term_width = 80, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

const AFTER_HELP: &str = "\
Start with `caseward demo`, a tour that needs nothing.
`caseward help` with exit-codes, commands or queries says more.";

/// What every verb takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// Settings for all calls; left out, `caseward.toml` where it is there
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
    /// What views and caches may hold in memory, such as 512MiB; cases leave it and come back on demand
    #[arg(long, global = true, env = "CASEWARD_MEMORY", hide_env_values = true, default_value = UNBOUNDED, value_name = "SIZE")]
    pub memory: Memory,
    /// The organization
    #[arg(long, global = true, env = "CASEWARD_ORG", hide_env_values = true, default_value_t, value_name = "NAME")]
    pub org: OrganizationName,
    /// Where tree heads go and are found: out of the data directory
    #[arg(long, global = true, env = "CASEWARD_HEADS_DIR", hide_env_values = true, value_name = "DIR")]
    pub heads_dir: Option<PathBuf>,
    #[command(flatten)]
    pub when: When,
    /// The form of answers
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub output: OutputForm,
    /// Colour: only on a terminal, always or never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorWhen,
    /// Which lines of the log are shown: error, warn, info, debug, trace, or for a part: info,fjall=warn
    #[arg(
        long,
        global = true,
        env = "CASEWARD_LOG",
        hide_env_values = true,
        default_value = "warn,fjall=error,lsm_tree=error",
        value_name = "FILTER"
    )]
    pub log: String,
    /// The form of the log, on standard error
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
    /// Only data and errors: no progress, no summaries
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Never ask; where a question would come, fail instead
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

/// When every question is asked about.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct When {
    /// Ask as things stood: an instant, a position, or how long ago (-2d, -90m)
    #[arg(long, global = true, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub as_of: Option<GivenAsOf>,
    /// Compare windows with this instant
    #[arg(long, global = true, value_name = "INSTANT")]
    pub at: Option<Timestamp>,
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
    /// One JSON object a line
    Jsonl,
    /// A table with a header
    Csv,
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
    /// Tour: a shipped history, and the answers to what auditors really ask
    #[command(after_help = "Example: caseward demo")]
    Demo,

    // Producers.
    /// Put a subject on a list
    #[command(after_help = "Examples:\n\
                      \x20 caseward grant case:4711 user:ana read --actor user:judith\n\
                      \x20 caseward grant organization group:night --valid-until 2026-04-01T00:00:00Z")]
    Grant(GrantArgs),
    /// Change what a subject has on a list
    #[command(after_help = "Examples:\n\
                      \x20 caseward update case:4711 user:ana write --actor user:judith\n\
                      \x20 caseward update case:4711 user:ana --valid-until none --actor user:judith")]
    Update(UpdateArgs),
    /// Take a subject off a list
    #[command(after_help = "Example: caseward revoke case:4711 user:ana --actor user:judith")]
    Revoke(RevokeArgs),
    /// Put a case under restriction: only those named keep access, and org admins
    #[command(after_help = "Example:\n\
                      \x20 caseward restrict case:4711 user:mike=read group:night --actor user:judith")]
    Restrict(RestrictArgs),
    /// Lift the restriction of a case
    #[command(after_help = "Example: caseward lift case:4711 --actor user:judith --dry-run")]
    Lift(LiftArgs),
    /// Send commands, recorded now: one JSON object a line
    #[command(after_help = "Examples:\n  caseward apply commands.jsonl --atomic\n  caseward apply - --output jsonl")]
    Apply(ApplyArgs),
    /// Bring a history with its own times: one JSON object a line
    #[command(after_help = "Example: caseward import history.jsonl --output jsonl")]
    Import(ImportArgs),

    // Auditors.
    /// May the subject do this? Exit status 0 for yes, 1 for no
    #[command(after_help = "Examples:\n\
                      \x20 caseward check user:ana read case:4711\n\
                      \x20 caseward check user:ana read case:4711 --as-of 2024-03-13T12:00:00Z\n\
                      \x20 caseward check --batch questions.jsonl")]
    Check(CheckArgs),
    /// Why, or why not: the decision as a tree that cites events
    #[command(after_help = "Example: caseward explain user:ana read case:4711")]
    Explain(ExplainArgs),
    /// Who may do this
    #[command(after_help = "Example: caseward who write case:4711 --as-of -2d")]
    Who(WhoArgs),
    /// What a subject may do this to
    #[command(after_help = "Example: caseward what user:ana read --definition fraud")]
    What(WhatArgs),
    /// All that a subject may do to a resource
    #[command(after_help = "Example: caseward rights user:ana case:4711")]
    Rights(RightsArgs),
    /// The permission matrix, by profile or by definition
    #[command(after_help = "Example: caseward matrix profile:clerk")]
    Matrix(MatrixArgs),
    /// When a subject could do this, and what opened and closed each interval
    #[command(after_help = "Example: caseward access user:mike write case:4711 --to 2024-06-01")]
    Access(AccessArgs),
    /// Who held something on a resource, and when: a picture for the terminal or, with --svg, for paper
    #[command(after_help = "Examples:\n\
                      \x20 caseward timeline case:4711\n\
                      \x20 caseward timeline case:4711 --svg case-4711.svg")]
    Timeline(TimelineArgs),
    /// All of that as a document to hand on: who held what, every change of it, and the events, with --html
    #[command(after_help = "Example: caseward report case:4711 --html case-4711.html --from 2024-01-01")]
    Report(ReportArgs),
    /// What changed between two moments, and what changed it
    #[command(after_help = "Example: caseward diff user:kessler --from 2024-03-20 --to 2024-03-30")]
    Diff(DiffArgs),
    /// The events that name a thing
    #[command(after_help = "Example: caseward history case:4711 actor:judith before:2024-04-01")]
    History(HistoryArgs),
    /// All events, or those that a query asks for; or the commands that made them
    #[command(after_help = "Examples:\n  caseward export --format csv\n  caseward export --commands -q")]
    Export(ExportArgs),

    // Operators.
    /// Create or list organizations
    #[command(subcommand, after_help = "Examples:\n  caseward org create north\n  caseward org list")]
    Org(OrgVerb),
    /// What there is, and up to which position
    #[command(after_help = "Example: caseward status --output json")]
    Status,
    /// The last events, or the last that a query asks for
    #[command(after_help = "Examples:\n  caseward tail -n 20 command:grant\n  caseward tail --follow")]
    Tail(TailArgs),
    /// Check every event and the tree over them against every note, and every tree head that was kept
    #[command(after_help = "Examples:\n  caseward verify\n  caseward verify --against default-328.note")]
    Verify(VerifyArgs),
    /// Write a proof that others check without the store: of an event, or of a decision
    #[command(after_help = "Examples:\n\
                      \x20 caseward prove 169 --out proof.json\n\
                      \x20 caseward prove --decision user:mike read case:4711 --as-of 2024-03-14")]
    Prove(ProveArgs),
    /// Check a proof with a public key, without any store
    #[command(after_help = "Example: caseward verify-proof proof.json --key published-key")]
    VerifyProof(VerifyProofArgs),
    /// Sign what the log is now, for others to keep
    #[command(after_help = "Example: caseward tree-head --out kept-heads/")]
    TreeHead(TreeHeadArgs),
    /// Show the public key of tree heads, or make the next one
    #[command(subcommand, after_help = "Examples:\n  caseward key show\n  caseward key new")]
    Key(KeyVerb),
    /// Tell what is lost or in doubt, and repair what was never acknowledged
    #[command(after_help = "Examples:\n  caseward doctor\n  caseward doctor --repair")]
    Doctor(DoctorArgs),
    /// Take a backup beside whatever runs, or go on with one; or verify one
    #[command(after_help = "Examples:\n  caseward backup /mnt/backup\n  caseward backup /mnt/backup --check")]
    Backup(BackupArgs),
    /// Make a store of a backup in an empty data directory
    #[command(after_help = "Examples:\n\
                      \x20 caseward restore /mnt/backup --data ./restored\n\
                      \x20 caseward restore /mnt/backup --data ./restored --until 168")]
    Restore(RestoreArgs),
    /// Mend a damaged store with what a backup has
    #[command(after_help = "Example: caseward heal --from /mnt/backup")]
    Heal(HealArgs),
    /// Fold the log from zero beside the live views, compare, swap; goes on where it was stopped
    #[command(after_help = "Examples:\n  caseward rebuild\n  caseward rebuild --drop")]
    Rebuild(RebuildArgs),
    /// Show the settings that hold, and where each comes from
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
    /// Run fixtures: histories with the answers they must give
    #[command(after_help = "Example: caseward test replay-fixtures/demo")]
    Test(TestArgs),

    /// Print completions for a shell
    #[command(after_help = "Example: caseward completions bash")]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "Example: caseward man")]
    Man,
    /// More about a topic or a verb: exit-codes, commands, queries
    #[command(after_help = "Examples:\n  caseward help exit-codes\n  caseward help check")]
    Help(HelpArgs),
}
