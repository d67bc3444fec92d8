//! What operators type: care of the store, proofs, policy, and what the program says about itself.

use super::decisions::DecisionLogArgs;
use super::producers::Sending;
use crate::cli::args::instant::{GivenAsOf, GivenInstant};
use crate::cli::args::known::{AnyText, policy_settings, presets};
use crate::service::PublicUrl;
use caseward_events::policy::Preset;
use caseward_events::token::{ForOrganizations, MayName, Part, TokenId};
use caseward_events::{Actor, Asker, OrganizationName, Position, SystemId};
use caseward_projections::Projection;
use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum OrgVerb {
    /// Create an organization: a name of 1 to 64 of a-z, 0-9 and -
    #[command(after_help = "Example: caseward org create north --actor system:setup")]
    Create {
        /// The name
        name: OrganizationName,
        /// Who is acting: user:ID or system:ID
        #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
        actor: Option<Actor>,
    },
    /// List the organizations
    #[command(after_help = "Example: caseward org list")]
    List,
}

#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Issue a token and print it; it is not shown again
    #[command(after_help = "Examples:\n\
                      \x20 caseward token issue desk --part check\n\
                      \x20 caseward token issue hr --part directory --organization north --may-name user:ana")]
    Issue(Box<TokenIssueArgs>),
    /// Withdraw a token; it lets nobody in from then on
    #[command(after_help = "Example: caseward token withdraw 3kTq09xZaB7d")]
    Withdraw {
        /// Its id, as `caseward token list` shows it
        #[arg(id = "withdrawn", value_name = "TOKEN")]
        token: TokenId,
        /// Who is acting: user:ID or system:ID
        #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
        actor: Option<Actor>,
    },
    /// List the tokens, those that were withdrawn too
    #[command(after_help = "Example: caseward token list")]
    List,
}

#[derive(Debug, Args)]
pub struct TokenIssueArgs {
    /// What its holder is called: commands that name no actor are those of system:NAME
    pub name: SystemId,
    /// What it may do: check, audit, produce, directory, operate or admin
    #[arg(long, required = true, value_name = "PART")]
    pub part: Vec<Part>,
    /// Let it into this organization, or into all: '*' [default: that of --org]
    #[arg(long, value_name = "NAME|*")]
    pub organization: Vec<ForOrganizations>,
    /// Let it ask about this user alone; goes with the part check
    #[arg(long, value_name = "user:ID")]
    pub about: Option<Asker>,
    /// Let its commands name this actor: user:ID, system:ID, 'user:*' or 'system:*'
    #[arg(long, value_name = "ACTOR")]
    pub may_name: Vec<MayName>,
    /// Until when it counts [default: a year]
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY|+7d")]
    pub valid_until: Option<GivenInstant>,
    /// Let it have at most so many requests under way at once
    #[arg(long, value_name = "N")]
    pub requests: Option<u32>,
    /// Let it have at most so many streams open at once
    #[arg(long, value_name = "N")]
    pub streams: Option<u32>,
    /// Who is acting: user:ID or system:ID
    #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
    pub actor: Option<Actor>,
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Only ask the process that has the store whether it answers and takes commands; status 6 if not
    #[arg(long)]
    pub ready: bool,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print an example file instead, with every setting as a comment
    #[arg(long)]
    pub example: bool,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Keep its store in this directory, to ask it more
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Take the tour in a browser: serve the built-in history with the console, until Ctrl-C
    #[arg(long)]
    pub serve: bool,
    /// Serve it here, on this machine; port 0 takes a free one
    #[arg(long, requires = "serve", default_value = "127.0.0.1:7557", value_name = "ADDRESS")]
    pub listen: SocketAddr,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Listen here too; port 0 takes a free one. Without --listen it is 127.0.0.1:7557
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<SocketAddr>,
    /// Take plain HTTP from other machines, where something before the service does TLS; callers need a token
    #[arg(long)]
    pub insecure_http: bool,
    /// Speak TLS, with the certificate in this file (PEM), and behind it those that lead to
    /// one that clients trust
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The key of that certificate (PEM)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Know clients by certificates that were signed by one in this file; --callers says as whom
    #[arg(long, requires_all = ["tls_cert", "callers"], value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,
    /// Callers who are known by a certificate or by a JWT (TOML), beside those who hold a token
    #[arg(long, value_name = "FILE")]
    pub callers: Option<PathBuf>,
    /// The address that callers know it under, which its AuthZEN metadata names:
    /// https, without a query or fragment
    #[arg(long, value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Log a line for each request, without personal data; =full adds the path and query, and the address
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "brief", value_name = "WHAT")]
    pub access_log: Option<AccessLogForm>,
    /// Tell organizations apart in the metrics, by their names
    #[arg(long)]
    pub metrics_organizations: bool,
    /// Serve the API alone, without the console
    #[arg(long)]
    pub no_console: bool,
    /// Keep reads, who asked about whom, for so many days
    #[arg(long, default_value_t = 365, value_name = "DAYS")]
    pub reads_keep: u32,
    /// Keep no reads
    #[arg(long, conflicts_with = "reads_keep")]
    pub no_reads: bool,
    /// Let operators have backups written here over HTTP, each in a folder of its own
    #[arg(long, value_name = "DIR", conflicts_with = "memory_store")]
    pub backup_directory: Option<PathBuf>,
    #[command(flatten)]
    pub decisions: DecisionLogArgs,
    /// Serve an empty store in memory, which is gone with the process: for tests
    #[arg(long)]
    pub memory_store: bool,
    /// Put this fixture into the store in memory first
    #[arg(long, requires = "memory_store", value_name = "DIR")]
    pub fixture: Option<PathBuf>,
}

/// What a line of the access log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessLogForm {
    /// The template of the path, the status, the time, ids of the request, the trace and the token
    Brief,
    /// Also the path and query as they came, and the address
    Full,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Also verify that the log extends the one of this tree head
    #[arg(long, value_name = "HEAD")]
    pub against: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
#[command(override_usage = "caseward prove [OPTIONS] <POSITION>\n       \
                            caseward prove [OPTIONS] --decision <SUBJECT> <ACTION> <RESOURCE>\n       \
                            caseward prove [OPTIONS] --consistency <HEAD>")]
pub struct ProveArgs {
    /// Prove that this event is in the log
    #[arg(group = "what", value_name = "POSITION")]
    pub position: Option<Position>,
    /// Prove a decision, with all events that it rests on; takes --as-of and --at
    #[arg(long, group = "what", num_args = 3, value_names = ["SUBJECT", "ACTION", "RESOURCE"])]
    pub decision: Option<Vec<String>>,
    /// Prove that the log extends the one of this tree head
    #[arg(long, group = "what", value_name = "HEAD")]
    pub consistency: Option<PathBuf>,
    /// Write the proof to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct VerifyProofArgs {
    /// The proof
    #[arg(value_name = "PROOF")]
    pub bundle: PathBuf,
    /// Public key, as `caseward key show` prints it, or a file that holds it; give each one if it was replaced
    #[arg(long, required = true, value_name = "KEY|FILE")]
    pub key: Vec<String>,
}

#[derive(Debug, Args)]
pub struct TreeHeadArgs {
    /// Write it to this file, or into this directory as ORG-SIZE.note
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Print the public key that verifies the organization's tree heads
    #[command(after_help = "Example: caseward key show")]
    Show,
    /// Generate the next key; it signs once the command `replace_key` names its public half
    #[command(after_help = "Example: caseward key new")]
    New,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Truncate an incomplete last write that no note acknowledges
    #[arg(long)]
    pub repair: bool,
    /// Repair without asking
    #[arg(long, requires = "repair")]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Directory of the backup: new, empty, or with an earlier backup in it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Verify every byte and every event of the backup; needs no store
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Directory of the backup; --data names the directory to restore into
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Restore only up to here: a position of the organization that --org names, or an instant for all
    #[arg(long, allow_hyphen_values = true, value_name = "POSITION|INSTANT|-2d")]
    pub until: Option<GivenAsOf>,
}

#[derive(Debug, Args)]
pub struct HealArgs {
    /// Directory of the backup
    #[arg(long, value_name = "BACKUP")]
    pub from: PathBuf,
    /// Accept the loss of events and keys that neither has
    #[arg(long)]
    pub accept_loss: bool,
}

#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Rebuild only this one: definition-access, case-access, directory,
    /// reverse-index, ids, time, handing, items, policy or ledger
    pub projection: Option<Projection>,
    /// Serve the rebuilt views even where they differ, as after a change of the
    /// rules
    #[arg(long)]
    pub accept: bool,
    /// Save progress after every N events, so that a crash loses no more
    #[arg(long, value_name = "N")]
    pub save_every: Option<u64>,
    /// Discard what a stopped or refused rebuild has made
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every", "drop"])]
    pub cancel: bool,
    /// Drop the generations that were live before
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every"])]
    pub drop: bool,
    #[command(flatten)]
    pub steer: Steer,
}

/// What a rebuild that runs is told, in whichever process it does.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Steer {
    /// Have the rebuild that runs wait
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every", "cancel", "drop"])]
    pub pause: bool,
    /// Have a rebuild that waits go on
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every", "cancel", "drop"])]
    pub resume: bool,
    /// End the rebuild that runs; the next one continues from there
    #[arg(long, conflicts_with_all = ["projection", "accept", "save_every", "cancel", "drop"])]
    pub stop: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// End, with what it has made kept.
    Stop,
}

impl Steer {
    /// The one that was given.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        let given = [(self.pause, Step::Pause), (self.resume, Step::Resume), (self.stop, Step::Stop)];
        given.into_iter().find_map(|(given, step)| given.then_some(step))
    }
}

impl Step {
    /// As the path of a service names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Pause => "pause",
            Step::Resume => "resume",
            Step::Stop => "stop",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum PolicyVerb {
    /// Show every key, with the event that last set it
    #[command(after_help = "Example: caseward policy show --as-of 2024-03-14")]
    Show,
    /// Set a preset, or keys, or both
    #[command(
        after_help = "Examples:\n  caseward policy set restriction=enabled --actor user:judith\n  caseward policy set --preset safe --actor user:judith"
    )]
    Set(PolicySetArgs),
}

#[derive(Debug, Args)]
pub struct PolicySetArgs {
    /// caseward, cmf, am or safe: resets every key
    #[arg(long, value_name = "PRESET", value_parser = presets(), hide_possible_values = true)]
    pub preset: Option<Preset>,
    /// KEY=VALUE
    #[arg(value_name = "KEY=VALUE", required_unless_present = "preset", value_parser = policy_settings(), hide_possible_values = true)]
    pub keys: Vec<AnyText>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Subcommand)]
pub enum VocabularyVerb {
    /// Show the vocabulary in force, in the form that `set` takes
    #[command(after_help = "Example: caseward vocabulary show --as-of 2024-03-14")]
    Show,
    /// Adopt the vocabulary of a file, as a whole
    #[command(after_help = "Example: caseward vocabulary set words.toml --actor user:judith")]
    Set(VocabularySetArgs),
}

#[derive(Debug, Args)]
pub struct VocabularySetArgs {
    /// TOML with the tables subjects, resources and actions
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Directories with commands.jsonl, checks.jsonl and refusals.jsonl
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
