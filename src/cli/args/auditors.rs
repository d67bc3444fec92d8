//! What auditors type: questions, stretches of time, queries.

use crate::cli::args::instant::GivenAsOf;
use crate::cli::args::known::actions;
use caseward_events::ask::{FeedId, MatrixOf};
use caseward_events::id::BadId;
use caseward_events::{Action, Asker, DefinitionId, Reference, Resource, UserId};
use clap::{Args, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
#[command(override_usage = "caseward check [OPTIONS] <SUBJECT> <ACTION> <RESOURCE>\n       \
                            caseward check [OPTIONS] --batch <FILE>")]
pub struct CheckArgs {
    /// user:ID or link:ID
    #[arg(required_unless_present = "batch", requires_all = ["action", "resource"])]
    pub subject: Option<Asker>,
    /// read, write, delete, share, manage_access, restrict, register, ...
    #[arg(value_parser = actions(), hide_possible_values = true)]
    pub action: Option<Action>,
    /// case:ID, definition:ID or organization
    pub resource: Option<Resource>,
    /// Read questions as JSON Lines from a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    pub batch: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    #[arg(value_parser = actions(), hide_possible_values = true)]
    pub action: Action,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
}

/// A part of a list.
#[derive(Clone, Debug, Args)]
pub struct Paging {
    /// Show at most N
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// Continue after a page: the `next` that it gave
    #[arg(long, value_name = "TOKEN")]
    pub after: Option<String>,
}

#[derive(Debug, Args)]
pub struct WhoArgs {
    /// read, write, delete, share, manage_access, restrict, register, ...
    #[arg(value_parser = actions(), hide_possible_values = true)]
    pub action: Action,
    /// case:ID, definition:ID or organization
    pub resource: Resource,
    #[command(flatten)]
    pub stretch: Stretch,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct WhatArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    #[arg(value_parser = actions(), hide_possible_values = true)]
    pub action: Action,
    /// Only this definition and its cases: definition:ID, or the bare id
    #[arg(long, value_name = "DEFINITION")]
    pub definition: Option<GivenDefinition>,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Debug, Args)]
pub struct StrandedArgs {
    /// Only cases of this definition: definition:ID, or the bare id
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

#[derive(Debug, Args)]
pub struct MatrixArgs {
    /// profile:ID or definition:ID
    #[arg(value_name = "PROFILE|DEFINITION")]
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
    /// Start of the period [default: the first event; for `timeline`, the first of the resource]
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub from: Option<GivenAsOf>,
    /// End of the period, which is not included; a day is its first instant in UTC, so it is left out [default: now]
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub to: Option<GivenAsOf>,
}

impl Stretch {
    /// Whether one was typed.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

#[derive(Debug, Args)]
pub struct AccessArgs {
    /// user:ID or link:ID
    pub subject: Asker,
    /// read, write, delete, share, manage_access, restrict, register, ...
    #[arg(value_parser = actions(), hide_possible_values = true)]
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
    /// Write an SVG drawing to a file, or - for standard output
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
    #[arg(value_name = "REFERENCE")]
    pub of: Reference,
    /// Write the report to a file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
    #[command(flatten)]
    pub stretch: Stretch,
    /// Include at most N subjects or, for a user, N resources
    #[arg(long, default_value = "2000", value_name = "N")]
    pub limit: NonZeroUsize,
    /// Put a signed tree head of the log on it, and how to check it
    #[arg(long)]
    pub signed: bool,
    /// Give it this title
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Put a note below what it is about
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Put a classification at its top, as confidential
    #[arg(long, value_name = "TEXT")]
    pub mark: Option<String>,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// case:ID, definition:ID, user:ID, group:ID, or organization for everything
    #[arg(value_name = "REFERENCE")]
    pub of: Reference,
    /// The earlier moment: an instant, a position, or how long ago
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|POSITION|-2d")]
    pub from: GivenAsOf,
    /// The later moment; a day is its first instant in UTC [default: now]
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
    pub filter: QueryArgs,
}

/// What is asked of events. Options may stand among its words: a word of one dash is a negated term where it is no
/// option, one of two dashes is never a term (see `cli::argv`).
#[derive(Clone, Debug, Args)]
pub struct QueryArgs {
    /// Only events that match, as actor:ana command:grant after:2026-01-01 -reason:test; see `caseward help queries`
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
}

/// How events leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object per line, as `history` writes it
    Jsonl,
    /// A table with a header row
    Csv,
    /// One CloudEvents 1.0 event per line
    Cloudevents,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Format of the events [default: jsonl]
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ExportFormat>,
    /// Export the commands that made them, for `caseward import`
    #[arg(long)]
    pub commands: bool,
    #[command(flatten)]
    pub filter: QueryArgs,
}

/// Which changes of access.
#[derive(Clone, Debug, Args)]
pub struct ChangedArgs {
    /// Changes behind this one, in place of those of the last events: the `id` of a change, or a position
    #[arg(long, requires = "changes", value_name = "ID")]
    pub after: Option<FeedId>,
    /// Only changes of what this user holds: user:ID, or the bare id
    #[arg(long, requires = "changes", value_name = "USER")]
    pub subject: Option<GivenUser>,
    /// Only changes of what is held on this: case:ID, definition:ID or organization
    #[arg(long, requires = "changes", value_name = "RESOURCE")]
    pub resource: Option<Resource>,
    /// Only where this may be done and could not be before, or the other way round
    #[arg(long, requires = "changes", value_name = "ACTION")]
    pub action: Option<Action>,
}

/// `user:ID`, or the bare id.
#[derive(Clone, Debug)]
pub struct GivenUser(pub UserId);

impl FromStr for GivenUser {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.strip_prefix("user:").unwrap_or(text).parse().map(GivenUser)
    }
}

#[derive(Debug, Args)]
pub struct TailArgs {
    /// Show the last N events
    #[arg(short = 'n', long, alias = "limit", default_value = "10", value_name = "N")]
    pub lines: usize,
    /// Keep showing events as other processes record them, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Show who gained and lost what by them, and by windows that begin or end, in place of the events
    #[arg(long, conflicts_with = "query")]
    pub changes: bool,
    #[command(flatten)]
    pub changed: ChangedArgs,
    /// Show only what lies behind this, for one that goes on
    #[arg(long, hide = true, requires = "follow", value_name = "ID")]
    pub behind: Option<FeedId>,
    #[command(flatten)]
    pub filter: QueryArgs,
}
