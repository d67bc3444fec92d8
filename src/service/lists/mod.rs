//! The list questions over HTTP: who may, on what, when somebody could, what changed, what happened, and why; what was adopted,
//! and the report that is handed on.
//!
//! INVARIANT: an answer is what the command line prints with `--output json` and the same limit, byte for byte; nothing is asked
//! here in a way of its own. A page goes on where the first one was asked, and a token goes on with its own list. Absent on
//! purpose: a whole list. A page has at most the items of [`super::limits::Limits`], and `next` leads to the rest.

mod adopted;
mod diff;
mod explain;
mod history;
mod matrix;
mod report;
mod stranded;
mod stretches;
mod what;
mod who;

pub(super) use adopted::{policy, vocabulary};
pub(super) use diff::diff;
pub(super) use explain::explain;
pub(super) use history::history;
pub(super) use matrix::matrix;
pub(super) use report::report;
pub(super) use stranded::stranded;
pub(super) use stretches::{access, timeline};
pub(super) use what::what;
pub(super) use who::who;

use super::limits::Limits;
use super::params::{Params, When, wait_for};
use super::problem::Problem;
use crate::engine::{ListOf, ListPage, Organization, Reader};
use caseward_events::ask::{AsOf, PageToken};
use caseward_events::{Position, Timestamp};
use std::num::NonZeroUsize;

/// Which page is asked for, as it was sent.
struct Paged {
    limit: NonZeroUsize,
    after: Option<String>,
    at_least: Option<Position>,
}

impl Paged {
    /// `limit`, `after` and `at_least`. A limit above the largest page is cut, not refused.
    fn of(params: &mut Params, limits: &Limits) -> Result<Paged, Problem> {
        let most = NonZeroUsize::new(limits.page_items).unwrap_or(NonZeroUsize::MIN);
        let limit = params.take("limit")?.unwrap_or(most).min(most);
        Ok(Paged { limit, after: params.take("after")?, at_least: params.at_least()? })
    }

    /// The page that it is of a list, once the head is where the caller wants it.
    async fn page(&self, organization: &Organization, list: ListOf<'_>, limits: &Limits) -> Result<ListPage, Problem> {
        let page = ListPage::of(organization.name(), list, Some(self.limit), self.after.as_deref())?;
        wait_for(organization, self.at_least, limits.wait_time).await?;
        Ok(page)
    }
}

/// A later page is of where the first one was asked: who says again where, says the same.
fn is_repeated(page: &ListPage, as_of: AsOf, at: Option<Timestamp>) -> Result<(), Problem> {
    let Some(PageToken { position, at: pinned, .. }) = page.after() else { return Ok(()) };
    let same_place = match as_of {
        AsOf::Position(given) => given == *position,
        AsOf::Instant(given) => at.is_some() || given == *pinned,
        AsOf::Head => true,
    };
    if same_place && at.is_none_or(|at| at == *pinned) {
        return Ok(());
    }
    let detail = format!("the page before was asked at position {position} and {pinned}, and this one says otherwise");
    Err(Problem::invalid(detail).hint("repeat `as_of`, `at` and `to` of the first page, or leave them out"))
}

/// The reader of a page.
async fn reader_for<'o>(
    organization: &'o Organization,
    page: &ListPage,
    When { as_of, at }: When,
) -> Result<Reader<'o>, Problem> {
    is_repeated(page, as_of, at)?;
    Ok(organization.reader_for(page, as_of, at).await?)
}

/// The reader of a page of a stretch of time, and between which moments it is asked.
async fn reader_between<'o>(
    organization: &'o Organization,
    page: &ListPage,
    (as_of, from, to): (AsOf, Option<AsOf>, Option<AsOf>),
) -> Result<(Reader<'o>, (Option<AsOf>, Option<AsOf>)), Problem> {
    let position = if let AsOf::Position(_) = as_of { as_of } else { AsOf::Head };
    let end = if let Some(AsOf::Instant(end)) = to { Some(end) } else { None };
    is_repeated(page, position, end)?;
    let (as_of, to) = page.stretch(as_of, to);
    Ok((organization.reader(as_of, None).await?, (from, to)))
}

/// Whether a page will always be this one: it says where it is asked, and neither what is known there nor its end lies after
/// the clock.
fn is_settled(page: &ListPage, as_of: AsOf, settled: [Option<bool>; 2]) -> bool {
    (!as_of.is_head() || page.after().is_some()) && !settled.contains(&Some(false))
}
