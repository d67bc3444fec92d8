//! Arguments as typed: what every verb takes, and the verbs; their own lie in a file for each who types them. What they
//! mean is worked out by the verbs.

mod auditors;
mod operators;
mod producers;

pub use auditors::*;
pub use operators::*;
pub use producers::*;

use super::instant::GivenAsOf;
use crate::engine::{MemoryBound, NoSize};
use crate::store::Cache;
use caseward_events::{OrganizationName, Timestamp};
use caseward_projections::AsOf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// Who may do what to a case, who could at any past instant, and why.
#[derive(Debug, Parser)]
#[command(name = "caseward", version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
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
    #[arg(long, global = true, env = "CASEWARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory
    #[arg(long, global = true, env = "CASEWARD_DATA", default_value = "./caseward-data", value_name = "DIR")]
    pub data: PathBuf,
    /// What views and caches may hold in memory, such as 512MiB; cases leave it and come back on demand
    #[arg(long, global = true, env = "CASEWARD_MEMORY", default_value = UNBOUNDED, value_name = "SIZE")]
    pub memory: Memory,
    /// The organization
    #[arg(long, global = true, env = "CASEWARD_ORG", default_value_t, value_name = "NAME")]
    pub org: OrganizationName,
    /// Where tree heads go and are found: out of the data directory
    #[arg(long, global = true, env = "CASEWARD_HEADS_DIR", value_name = "DIR")]
    pub heads_dir: Option<PathBuf>,
    /// Ask as things stood: an instant, a position, or how long ago (-2d, -90m)
    #[arg(long, global = true, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub as_of: Option<GivenAsOf>,
    /// Compare windows with this instant
    #[arg(long, global = true, value_name = "INSTANT")]
    pub at: Option<Timestamp>,
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
        default_value = "warn,fjall=error,lsm_tree=error",
        value_name = "FILTER"
    )]
    pub log: String,
    /// The form of the log, on standard error
    #[arg(long, global = true, env = "CASEWARD_LOG_FORMAT", value_enum, default_value_t, value_name = "FORM")]
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

    /// What `--as-of` says at an instant.
    #[must_use]
    pub fn as_of(&self, now: Timestamp) -> AsOf {
        self.as_of.map_or(AsOf::Head, |given| given.at(now))
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
    Demo,

    // Producers.
    /// Put a subject on a list
    Grant(GrantArgs),
    /// Change what a subject has on a list
    Update(UpdateArgs),
    /// Take a subject off a list
    Revoke(RevokeArgs),
    /// Put a case under restriction: only those named keep access, and org admins
    Restrict(RestrictArgs),
    /// Lift the restriction of a case
    Lift(LiftArgs),
    /// Send commands, recorded now: one JSON object a line
    Apply(ApplyArgs),
    /// Bring a history with its own times: one JSON object a line
    Import(ImportArgs),

    // Auditors.
    /// May the subject do this? Exit status 0 for yes, 1 for no
    Check(CheckArgs),
    /// Why, or why not: the decision as a tree that cites events
    Explain(ExplainArgs),
    /// Who may do this
    Who(WhoArgs),
    /// What a subject may do this to
    What(WhatArgs),
    /// All that a subject may do to a resource
    Rights(RightsArgs),
    /// The permission matrix, by profile or by definition
    Matrix(MatrixArgs),
    /// When a subject could do this, and what opened and closed each interval
    Access(AccessArgs),
    /// Who held something on a resource, and when: a picture for the terminal or, with --svg, for paper
    Timeline(TimelineArgs),
    /// All of that as a document to hand on: who held what, every change of it, and the events, with --html
    Report(ReportArgs),
    /// What changed between two moments, and what changed it
    Diff(DiffArgs),
    /// The events that name a thing
    History(HistoryArgs),
    /// All events, or those that a query asks for; or the commands that made them
    Export(ExportArgs),

    // Operators.
    /// Create or list organizations
    #[command(subcommand)]
    Org(OrgVerb),
    /// What there is, and up to which position
    Status,
    /// The last events, or the last that a query asks for
    Tail(TailArgs),
    /// Check every event and the tree over them against every note, and every tree head that was kept
    Verify(VerifyArgs),
    /// Write a proof that others check without the store: of an event, or of a decision
    Prove(ProveArgs),
    /// Check a proof with a public key, without any store
    VerifyProof(VerifyProofArgs),
    /// Sign what the log is now, for others to keep
    TreeHead(TreeHeadArgs),
    /// Show the public key of tree heads, or make the next one
    #[command(subcommand)]
    Key(KeyVerb),
    /// Tell what is lost or in doubt, and repair what was never acknowledged
    Doctor(DoctorArgs),
    /// Take a backup beside whatever runs, or go on with one; or verify one
    Backup(BackupArgs),
    /// Make a store of a backup in an empty data directory
    Restore(RestoreArgs),
    /// Mend a damaged store with what a backup has
    Heal(HealArgs),
    /// Fold the log from zero beside the live views, compare, swap; goes on where it was stopped
    Rebuild(RebuildArgs),
    /// Show the settings that hold, and where each comes from
    Config(ConfigArgs),
    /// Show or set the policy
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// Run fixtures: histories with the answers they must give
    Test(TestArgs),

    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// More about a topic or a verb: exit-codes, commands, queries
    Help(HelpArgs),
}
