//! What operators type: care of the store, proofs, policy, and what the program says about itself.

use super::producers::Sending;
use crate::cli::args::instant::GivenAsOf;
use caseward_events::policy::Preset;
use caseward_events::{Actor, OrganizationName, Position};
use caseward_projections::compare::Projection;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum OrgVerb {
    /// Create an organization: a name of 1 to 64 of a-z, 0-9 and -
    #[command(after_help = "Example: caseward org create north --actor system:setup")]
    Create {
        /// The name
        name: OrganizationName,
        /// Who does it: user:ID or system:ID
        #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
        actor: Option<Actor>,
    },
    /// List the organizations
    #[command(after_help = "Example: caseward org list")]
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
#[command(override_usage = "caseward prove [OPTIONS] <POSITION>\n       \
                            caseward prove [OPTIONS] --decision <SUBJECT> <ACTION> <RESOURCE>\n       \
                            caseward prove [OPTIONS] --consistency <HEAD>")]
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
    #[arg(value_name = "PROOF")]
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
    #[command(after_help = "Example: caseward key show")]
    Show,
    /// Make the next key; it signs once the command `replace_key` names its public half
    #[command(after_help = "Example: caseward key new")]
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
    #[command(after_help = "Example: caseward policy show --as-of 2024-03-14")]
    Show,
    /// Adopt a preset, or keys, or both
    #[command(
        after_help = "Examples:\n  caseward policy set restriction=enabled --actor user:judith\n  caseward policy set --preset safe --actor user:judith"
    )]
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
