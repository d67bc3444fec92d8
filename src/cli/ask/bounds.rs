//! What is meant by the options of a list: `--from` and `--to` once the store is open, `--limit` and `--after` of a list.

use crate::cli::args::{self, Stretch};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use caseward_events::Refusal;
use caseward_events::ask::{AsOf, ListDigest, PageToken, Paging};
use std::fmt;

/// What is known, and between which instants it is looked at.
pub struct Bounds {
    pub as_of: AsOf,
    pub from: Option<AsOf>,
    pub to: Option<AsOf>,
}

impl Bounds {
    /// Later pages know what the first one knew, and end where it did.
    #[must_use]
    pub fn of(stretch: &Stretch, opened: &Opened, after: Option<&PageToken>) -> Bounds {
        let now = opened.engine.now();
        let from = stretch.from.map(|from| from.at(now));
        match after {
            None => Bounds { as_of: opened.as_of(), from, to: stretch.to.map(|to| to.at(now)) },
            Some(token) => Bounds { as_of: AsOf::Position(token.position), from, to: Some(AsOf::Instant(token.at)) },
        }
    }
}

/// A stretch says at which instants windows are looked at, so that `--at` has nothing left to say.
///
/// # Errors
/// A wrong call, where `--at` was given.
pub fn without_at(opened: &Opened) -> Result<(), Failure> {
    match opened.when.at {
        None => Ok(()),
        Some(_) => {
            let error = anyhow::anyhow!("`--at` cannot be combined with a question about a period");
            Err(Failure::usage(error).hint("leave `--at` out: windows are checked at each instant of the period"))
        }
    }
}

/// The page that is asked for of a list.
///
/// # Errors
/// `invalid`: what `--after` gives is no token, or one of another list.
pub fn paging(given: &args::Paging, list: ListDigest) -> Result<Paging, Refusal> {
    let after = given.after.as_deref().map(|text| PageToken::of_list(text, list)).transpose()?;
    Ok(Paging { limit: given.limit, after })
}

/// A part of a question that may be left out, for the digest of its list.
#[must_use]
pub fn given<T: fmt::Debug>(part: Option<T>) -> String {
    part.map_or_else(String::new, |part| format!("{part:?}"))
}
