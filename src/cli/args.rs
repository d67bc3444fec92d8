//! Arguments as typed. What they mean is worked out by the verbs.

use super::exit::Failure;
use super::instant::GivenAsOf;
use super::page::Token;
use crate::engine::{MemoryBound, NoSize};
use crate::store::Cache;
use caseward_events::id::BadId;
use caseward_events::policy::Preset;
use caseward_events::{
    Action, Actor, Asker, CommandId, DefinitionId, ListRef, OrganizationName, Position, ProfileId, Reference, Resource,
    Subject, Timestamp,
};
use caseward_projections::AsOf;
use caseward_projections::compare::Projection;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::fmt;
use std::num::NonZeroUsize;
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

/// What goes with every command sent by a shorthand.
#[derive(Clone, Debug, Args)]
pub struct Sending {
    /// Who does it: user:ID or system:ID
    #[arg(long, env = "CASEWARD_ACTOR", value_name = "ACTOR")]
    pub actor: Option<Actor>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The idempotency key; left out, a fresh one
    #[arg(long, value_name = "ID")]
    pub id: Option<CommandId>,
    /// The version that the stream must have
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<u64>,
    /// Show the events and warnings, append nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct GrantArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    pub on: ListRef,
    /// user:ID or group:ID
    pub to: Subject,
    /// read, write, or rights with commas between
    #[arg(default_value = "read")]
    pub access: String,
    /// Not before this instant
    #[arg(long, value_name = "INSTANT")]
    pub valid_from: Option<Timestamp>,
    /// Only before this instant
    #[arg(long, value_name = "INSTANT")]
    pub valid_until: Option<Timestamp>,
    /// Where there is an entry already: error, update or ignore
    #[arg(long, value_parser = ["error", "update", "ignore"], value_name = "WHAT")]
    pub on_existing: Option<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    pub on: ListRef,
    /// user:ID or group:ID
    pub to: Subject,
    /// read, write, or rights with commas between; left out, they stay
    pub access: Option<String>,
    /// Not before this instant; `none` clears it
    #[arg(long, value_name = "INSTANT|none")]
    pub valid_from: Option<String>,
    /// Only before this instant; `none` clears it
    #[arg(long, value_name = "INSTANT|none")]
    pub valid_until: Option<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    pub on: ListRef,
    /// user:ID or group:ID
    pub to: Subject,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct RestrictArgs {
    /// case:ID, or the bare id
    pub case: String,
    /// Who keeps access: SUBJECT or SUBJECT=ACCESS, as user:mike=read
    #[arg(value_name = "ENTRY")]
    pub entries: Vec<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct LiftArgs {
    /// case:ID, or the bare id
    pub case: String,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The file, or - for standard input, which streams
    pub file: PathBuf,
    /// All as one commit, or none
    #[arg(long)]
    pub atomic: bool,
    /// Show what would happen, append nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file, or - for standard input
    pub file: PathBuf,
    /// Stop at the first refusal
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// user:ID or link:ID
    #[arg(required_unless_present = "batch", requires_all = ["action", "resource"])]
    pub subject: Option<Asker>,
    /// read, write, delete, share, manage_access, restrict, register, ...
    pub action: Option<Action>,
    /// case:ID, definition:ID or organization
    pub resource: Option<Resource>,
    /// Questions from a file, or - for standard input, one JSON object a line
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    pub batch: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    pub action: Action,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
}

/// A part of a list.
#[derive(Clone, Debug, Args)]
pub struct Paging {
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// Go on behind a page: its `next`
    #[arg(long, value_name = "TOKEN")]
    pub after: Option<String>,
}

#[derive(Debug, Args)]
pub struct WhoArgs {
    /// read, write, delete, share, manage_access, restrict, register, ...
    pub action: Action,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct WhatArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    pub action: Action,
    /// Only this definition and its cases: definition:ID, or the bare id
    #[arg(long, value_name = "DEFINITION")]
    pub definition: Option<GivenDefinition>,
    #[command(flatten)]
    pub paging: Paging,
}

/// `definition:ID`, or the bare id.
#[derive(Clone, Debug)]
pub struct GivenDefinition(pub DefinitionId);

impl FromStr for GivenDefinition {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.strip_prefix("definition:").unwrap_or(text).parse().map(GivenDefinition)
    }
}

/// Which side of the matrix.
#[derive(Clone, Debug)]
pub enum MatrixOf {
    /// What a profile may, form by form.
    Profile(ProfileId),
    /// What profiles may on a form.
    Definition(DefinitionId),
}

impl FromStr for MatrixOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let told = |why: BadId| why.to_string();
        match text.split_once(':') {
            Some(("profile", id)) => id.parse().map(MatrixOf::Profile).map_err(told),
            Some(("definition", id)) => id.parse().map(MatrixOf::Definition).map_err(told),
            _ => Err(format!("`{}` has no matrix; write profile:ID or definition:ID", text.escape_debug())),
        }
    }
}

impl fmt::Display for MatrixOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatrixOf::Profile(profile) => write!(f, "profile:{profile}"),
            MatrixOf::Definition(definition) => write!(f, "definition:{definition}"),
        }
    }
}

#[derive(Debug, Args)]
pub struct MatrixArgs {
    /// profile:ID or definition:ID
    pub of: MatrixOf,
}

#[derive(Debug, Args)]
pub struct RightsArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
}

/// A stretch of time.
#[derive(Clone, Debug, Args)]
pub struct Stretch {
    /// From then on; left out, from the first event (of `timeline`: from when the resource was there)
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub from: Option<GivenAsOf>,
    /// Until then; left out, until now
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub to: Option<GivenAsOf>,
}

/// A stretch as it is asked about.
pub struct Bounds {
    pub as_of: AsOf,
    pub from: Option<AsOf>,
    pub to: Option<AsOf>,
}

impl Stretch {
    /// What is meant at an instant. Later pages know what the first one knew, and end where it did.
    pub fn bounds(&self, global: &Global, now: Timestamp, after: Option<&Token>) -> Bounds {
        let from = self.from.map(|from| from.at(now));
        match after {
            None => Bounds { as_of: global.as_of(now), from, to: self.to.map(|to| to.at(now)) },
            Some(token) => Bounds { as_of: AsOf::Position(token.position), from, to: Some(AsOf::Instant(token.at)) },
        }
    }

    /// It says at which instants windows are looked at, so that `--at` has nothing left to say.
    ///
    /// # Errors
    /// A wrong call, where `--at` was given.
    pub fn goes_with(&self, global: &Global) -> Result<(), Failure> {
        match global.at {
            None => Ok(()),
            Some(_) => {
                let error = anyhow::anyhow!("`--at` does not go with a stretch of time");
                Err(Failure::usage(error).hint("leave `--at` out: windows are compared with each instant in turn"))
            }
        }
    }
}

#[derive(Debug, Args)]
pub struct AccessArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    pub action: Action,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
    #[command(flatten)]
    pub stretch: Stretch,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct TimelineArgs {
    /// case:ID, definition:ID or organization
    pub resource: Resource,
    /// Draw it into a file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    #[command(flatten)]
    pub stretch: Stretch,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// case:ID, definition:ID, organization or user:ID
    pub of: Reference,
    /// Write it into a file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
    #[command(flatten)]
    pub stretch: Stretch,
    /// At most so many subjects or, of a user, resources
    #[arg(long, default_value = "2000", value_name = "N")]
    pub limit: NonZeroUsize,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// case:ID, definition:ID, user:ID, group:ID, or organization for everything
    pub of: Reference,
    /// Before: an instant, a position, or how long ago
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub from: GivenAsOf,
    /// After; left out, now
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub to: Option<GivenAsOf>,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// case:ID, definition:ID, user:ID, group:ID, or organization for everything
    pub reference: Reference,
    #[command(flatten)]
    pub paging: Paging,
    #[command(flatten)]
    pub asked: Asked,
}

/// What is asked of events. Options may stand among its words: a word of one dash is a negated term where it is no
/// option, one of two dashes is never a term (see `queried`).
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// Only events as these: actor:ana command:grant after:2026-01-01 -reason:test; `caseward help queries` says more
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
}

/// How events leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line, as `history` writes it
    Jsonl,
    /// A table with a header
    Csv,
    /// One CloudEvent 1.0 a line
    Cloudevents,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The form of the events; left out, jsonl
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ExportFormat>,
    /// The commands that made them, for `caseward import`
    #[arg(long)]
    pub commands: bool,
    #[command(flatten)]
    pub asked: Asked,
}

#[derive(Debug, Args)]
pub struct TailArgs {
    /// How many
    #[arg(short = 'n', long, default_value = "10", value_name = "N")]
    pub lines: usize,
    /// Go on with events as other processes record them, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    #[command(flatten)]
    pub asked: Asked,
}

#[derive(Debug, Subcommand)]
pub enum OrgVerb {
    /// Create an organization: a name of 1 to 64 of a-z, 0-9 and -
    Create {
        /// The name
        name: OrganizationName,
        /// Who does it: user:ID or system:ID
        #[arg(long, env = "CASEWARD_ACTOR", value_name = "ACTOR")]
        actor: Option<Actor>,
    },
    /// List the organizations
    List,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print a file with every setting in it, as a comment, instead
    #[arg(long)]
    pub example: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A tree head that somebody kept: the log must have grown out of it
    #[arg(long, value_name = "HEAD")]
    pub against: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct ProveArgs {
    /// That this event is in the log
    #[arg(group = "what", value_name = "POSITION")]
    pub position: Option<Position>,
    /// What is decided, with everything that it rests on; --as-of and --at go with it
    #[arg(long, group = "what", num_args = 3, value_names = ["SUBJECT", "ACTION", "RESOURCE"])]
    pub decision: Option<Vec<String>>,
    /// That the log grew out of the one that this tree head was signed of
    #[arg(long, group = "what", value_name = "HEAD")]
    pub consistency: Option<PathBuf>,
    /// Write it there
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct VerifyProofArgs {
    /// The proof
    pub bundle: PathBuf,
    /// The public key, as `caseward key show` printed it, or a file that holds it; where it was replaced, each of them
    #[arg(long, required = true, value_name = "KEY|FILE")]
    pub key: Vec<String>,
}

#[derive(Debug, Args)]
pub struct TreeHeadArgs {
    /// Write it there; into a folder, as ORG-SIZE.note
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Print the public key that verifies the tree heads of the organization
    Show,
    /// Make the next key; it signs once the command `replace_key` names its public half
    New,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Cut off a last write that is not whole and that no note tells of
    #[arg(long)]
    pub repair: bool,
    /// Repair without asking
    #[arg(long, requires = "repair")]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Its directory: a new one, an empty one, or that of an earlier backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Verify it, every byte and every event; the store is not needed
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The directory of the backup; --data names the one to restore into
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Only up to there: a position of the organization that --org names, or an instant for all
    #[arg(long, allow_hyphen_values = true, value_name = "POSITION|INSTANT|-2d")]
    pub until: Option<GivenAsOf>,
}

#[derive(Debug, Args)]
pub struct HealArgs {
    /// The directory of the backup
    #[arg(long, value_name = "BACKUP")]
    pub from: PathBuf,
    /// Go on without events and keys that neither has
    #[arg(long)]
    pub accept_loss: bool,
}

#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Only this one: definition-access, case-access, directory, reverse-index,
    /// ids, time, handing, items, policy or ledger
    pub projection: Option<Projection>,
    /// Serve what was rebuilt even where it differs, as after a change of the
    /// rules
    #[arg(long)]
    pub accept: bool,
    /// Save what was made after so many events, so that a kill costs no more
    #[arg(long, value_name = "EVENTS")]
    pub save_every: Option<u64>,
    /// Take away what a stopped or refused rebuild has made
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every", "drop"])]
    pub cancel: bool,
    /// Drop the generations that were served before
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every"])]
    pub drop: bool,
}

#[derive(Debug, Subcommand)]
pub enum PolicyVerb {
    /// Show every key, with the event that last adopted it
    Show,
    /// Adopt a preset, or keys, or both
    Set(PolicySetArgs),
}

#[derive(Debug, Args)]
pub struct PolicySetArgs {
    /// caseward, cmf, am or safe: resets every key
    #[arg(long, value_name = "PRESET")]
    pub preset: Option<Preset>,
    /// KEY=VALUE
    #[arg(value_name = "KEY=VALUE", required_unless_present = "preset")]
    pub keys: Vec<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Folders with commands.jsonl, checks.jsonl and refusals.jsonl
    #[arg(required = true, value_name = "FIXTURE")]
    pub fixtures: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct HelpArgs {
    /// exit-codes, commands, queries, or a verb
    pub topic: Vec<String>,
}
