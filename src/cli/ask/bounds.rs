//! A stretch of time as it is asked about: what `--from` and `--to` mean once the store is open.

use crate::cli::args::Stretch;
use crate::cli::cursor::Token;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use caseward_projections::AsOf;

/// What is known, and between which instants it is looked at.
pub struct Bounds {
    pub as_of: AsOf,
    pub from: Option<AsOf>,
    pub to: Option<AsOf>,
}

impl Bounds {
    /// Later pages know what the first one knew, and end where it did.
    #[must_use]
    pub fn of(stretch: &Stretch, opened: &Opened, after: Option<&Token>) -> Bounds {
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
            let error = anyhow::anyhow!("`--at` does not go with a stretch of time");
            Err(Failure::usage(error).hint("leave `--at` out: windows are compared with each instant in turn"))
        }
    }
}
