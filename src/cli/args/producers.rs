//! What producers type: the shorthands of commands, and files of them.

use crate::cli::args::instant::{GivenBound, GivenInstant};
use crate::cli::args::known::presets;
use caseward_events::policy::Preset;
use caseward_events::{Actor, Command, CommandId, ListRef, Subject, UserId};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// What goes with every command sent by a shorthand.
#[derive(Clone, Debug, Args)]
pub struct Sending {
    /// Who is acting: user:ID or system:ID
    #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
    pub actor: Option<Actor>,
    /// The reason, recorded with the command
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Idempotency key [default: a fresh one]
    #[arg(long, value_name = "ID")]
    pub id: Option<CommandId>,
    /// Refuse unless the stream has this version
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<u64>,
    /// Show the events, the warnings and the access that would change; record nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The first org admin: user:ID
    #[arg(long, value_name = "user:ID", value_parser = user)]
    pub admin: UserId,
    /// caseward, cmf, am or safe: where the source systems differ
    #[arg(long, value_name = "PRESET", value_parser = presets(), hide_possible_values = true)]
    pub preset: Option<Preset>,
    /// The reason, recorded with the commands
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// A reference to a user, or the bare id.
fn user(text: &str) -> Result<UserId, String> {
    if text.starts_with("group:") || text.starts_with("system:") {
        return Err(format!("`{text}` is not a user: write user:ID"));
    }
    text.strip_prefix("user:").unwrap_or(text).parse().map_err(|why| format!("{why}"))
}

#[derive(Debug, Args)]
pub struct DoArgs {
    /// The name of the command: caseward help commands lists all of them
    #[arg(value_name = "COMMAND", hide_possible_values = true, value_parser = PossibleValuesParser::new(Command::NAMES))]
    pub command: String,
    /// Its fields; a value is text, or JSON: null, true, ["user:a","group:b"]
    #[arg(value_name = "KEY=VALUE")]
    pub fields: Vec<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct GrantArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    #[arg(value_name = "LIST")]
    pub on: ListRef,
    /// user:ID or group:ID
    #[arg(value_name = "SUBJECT")]
    pub to: Subject,
    /// read, write, or rights separated by commas
    #[arg(default_value = "read")]
    pub access: String,
    /// Valid from then on: an instant, the first one of a day, or +7d
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY|+7d")]
    pub valid_from: Option<GivenInstant>,
    /// Valid until then: an instant, the first one of a day, which is left out, or +7d
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY|+7d")]
    pub valid_until: Option<GivenInstant>,
    /// If the subject has an entry already: error, update or ignore
    #[arg(long, value_parser = ["error", "update", "ignore"], value_name = "WHAT")]
    pub on_existing: Option<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    #[arg(value_name = "LIST")]
    pub on: ListRef,
    /// user:ID or group:ID
    #[arg(value_name = "SUBJECT")]
    pub to: Subject,
    /// read, write, or rights separated by commas [default: unchanged]
    pub access: Option<String>,
    /// Valid from then on: an instant, the first one of a day, or +7d; `none` clears it
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY|+7d|none")]
    pub valid_from: Option<GivenBound>,
    /// Valid until then: an instant, the first one of a day, which is left out, or +7d; `none` clears it
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY|+7d|none")]
    pub valid_until: Option<GivenBound>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// organization, definition:ID, case:ID or restriction:ID
    #[arg(value_name = "LIST")]
    pub on: ListRef,
    /// user:ID or group:ID
    #[arg(value_name = "SUBJECT")]
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
    /// A file of JSON Lines, or - to stream from standard input
    pub file: PathBuf,
    /// Commit all lines together, or none
    #[arg(long)]
    pub atomic: bool,
    /// Show what would happen; record nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file of JSON Lines, or - for standard input
    pub file: PathBuf,
    /// Stop at the first refusal
    #[arg(long)]
    pub strict: bool,
    /// End with status 3 where a line was refused that takes access away: a revoke, a restriction, a wall and the like
    #[arg(long)]
    pub strict_revokes: bool,
    /// Give each line without an id one that follows from its content, so that an import run again appends nothing twice
    #[arg(long)]
    pub stable_ids: bool,
}
