//! What is typed to see and to erase what was asked about persons: `reads`.

use crate::cli::args::instant::GivenInstant;
use crate::store::ReadsHead;
use caseward_events::Actor;
use caseward_events::token::TokenDigest;
use clap::{Args, Subcommand};
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub enum ReadsVerb {
    /// List the questions of persons that the service kept, oldest first
    #[command(after_help = "Example: caseward reads list --from 2026-03-01 --output jsonl")]
    List(ReadsListArgs),
    /// Tell a person when they were asked about, what kind of question that was, and why
    #[command(
        after_help = "Examples:\n  caseward reads about user:ana\n  caseward reads about user:ana --from 2026-01-01 --askers"
    )]
    About(ReadsAboutArgs),
    /// Erase, of all organizations, what was kept before a day; what is left stays verifiable
    #[command(after_help = "Example: caseward reads erase --before 2025-01-01 --actor user:judith")]
    Erase(ReadsEraseArgs),
    /// Print how many entries there are and the root over them, for others to keep
    #[command(after_help = "Example: caseward reads head")]
    Head,
    /// Verify the log of reads, also against a head that was kept
    #[command(after_help = "Example: caseward reads verify")]
    Verify {
        /// A head that was kept, in quotes: all of the line that `caseward reads head` printed
        #[arg(long, value_name = "SIZE ROOT")]
        against: Option<KeptReadsHead>,
    },
}

#[derive(Debug, Args)]
pub struct ReadsBetween {
    /// Not before this instant or day
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY")]
    pub from: Option<GivenInstant>,
    /// Before this instant or day
    #[arg(long, allow_hyphen_values = true, value_name = "INSTANT|DAY")]
    pub to: Option<GivenInstant>,
}

#[derive(Debug, Args)]
pub struct ReadsListArgs {
    /// Only questions that name this, as they were asked: user:ID, case:ID and the like
    #[arg(long, value_name = "REFERENCE")]
    pub about: Option<String>,
    #[command(flatten)]
    pub between: ReadsBetween,
    /// Only entries behind this number
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

#[derive(Debug, Args)]
pub struct ReadsAboutArgs {
    /// Whom, as they were asked about: user:ID, or TYPE:ID in the words of callers
    #[arg(value_name = "REFERENCE")]
    pub whom: String,
    #[command(flatten)]
    pub between: ReadsBetween,
    /// Also tell who asked
    #[arg(long)]
    pub askers: bool,
}

#[derive(Debug, Args)]
pub struct ReadsEraseArgs {
    /// Erase every entry of the days before this one
    #[arg(long, allow_hyphen_values = true, value_name = "DAY")]
    pub before: GivenInstant,
    /// Who is acting: user:ID or system:ID
    #[arg(long, env = "CASEWARD_ACTOR", hide_env_values = true, value_name = "ACTOR")]
    pub actor: Option<Actor>,
}

/// How far a log of reads was.
#[derive(Clone, Copy, Debug)]
pub struct KeptReadsHead(pub ReadsHead);

/// A text that is no head.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a head of reads is a number and 64 hexadecimal digits, as `caseward reads head` prints it")]
pub struct BadReadsHead;

impl FromStr for KeptReadsHead {
    type Err = BadReadsHead;
    fn from_str(text: &str) -> Result<Self, BadReadsHead> {
        let (size, root) = text.trim().split_once(char::is_whitespace).ok_or(BadReadsHead)?;
        let size = size.parse().map_err(|_| BadReadsHead)?;
        // Of the same form: 32 bytes in hexadecimal digits.
        let TokenDigest(root) = root.trim().parse().map_err(|_| BadReadsHead)?;
        Ok(KeptReadsHead(ReadsHead { size, root }))
    }
}
