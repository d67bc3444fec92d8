//! What is typed to log what machines check, and to ask it again.

use crate::service::WhichDecisions;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct DecisionLogArgs {
    /// Log what machines check to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
    /// Log only these
    #[arg(long, requires = "decision_log", value_enum, value_name = "WHICH")]
    pub decision_log_only: Option<OnlyDecisions>,
    /// Log this share of the calls, drawn by chance: more than 0, at most 1
    #[arg(long, requires = "decision_log", default_value = "1", value_parser = share, value_name = "SHARE")]
    pub decision_log_share: f64,
}

/// Which decisions alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyDecisions {
    /// Calls in which something was denied
    Deny,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "a share is a number above 0 and at most 1".to_owned())
}

impl DecisionLogArgs {
    /// Where, and which; none where nothing is to be logged.
    pub fn which(&self) -> Option<(&Path, WhichDecisions)> {
        let which = WhichDecisions {
            only_denied: self.decision_log_only == Some(OnlyDecisions::Deny),
            share: self.decision_log_share,
        };
        self.decision_log.as_deref().map(|file| (file, which))
    }
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A decision log, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
