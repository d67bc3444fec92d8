//! What is meant by the options of a list: `--from` and `--to` once the store is open, `--limit` and `--after` of a list.

use crate::cli::args::instant::GivenAsOf;
use crate::cli::args::{self, Stretch, When};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::engine::{ListOf, ListPage};
use caseward_events::Refusal;
use caseward_events::ask::AsOf;

/// What is known, and between which instants it is looked at.
pub struct Bounds {
    pub as_of: AsOf,
    pub from: Option<AsOf>,
    pub to: Option<AsOf>,
}

impl Bounds {
    /// Later pages know what the first one knew, and end where it did.
    #[must_use]
    pub fn of(stretch: &Stretch, opened: &Opened, page: Option<&ListPage>) -> Bounds {
        let now = opened.engine.now();
        let [from, to] = [stretch.from, stretch.to].map(|given| given.map(|given| given.at(now)));
        let as_of = opened.as_of();
        let (as_of, to) = page.map_or((as_of, to), |page| page.stretch(as_of, to));
        Bounds { as_of, from, to }
    }
}

/// A stretch says at which instants windows are looked at, so that `--at` has nothing left to say.
///
/// # Errors
/// A wrong call, where `--at` was given.
pub fn without_at(when: When) -> Result<(), Failure> {
    match when.at() {
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
pub fn page(opened: &Opened, list: ListOf<'_>, given: &args::Paging) -> Result<ListPage, Refusal> {
    ListPage::of(opened.organization.name(), list, given.limit, given.after.as_deref())
}

/// The beginning of a stretch, as pages repeat it.
#[must_use]
pub fn repeated(from: Option<GivenAsOf>) -> Option<String> {
    from.map(|from| from.to_string())
}
