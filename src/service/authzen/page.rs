//! Pages of a search: all of them show what stood where the first one was asked.
//!
//! INVARIANT: a token goes on with its own search and no other. What is asked but the token is the same on each page, as the
//! standard wants it, and the id that a search ignores is no part of that.

use super::asked::{Extension, Fields, optional};
use crate::engine::{Organization, Reader};
use crate::service::limits::Limits;
use crate::service::params::wait_for;
use crate::service::problem::Problem;
use caseward_events::ask::{ListDigest, PageToken};
use serde::Serialize;
use serde_json::Value;

/// Which page is asked for.
pub(super) struct Page {
    /// Whether the request says anything of pages.
    is_asked: bool,
    token: Option<PageToken>,
    list: ListDigest,
    /// At most so many; 0 for none.
    pub(super) limit: usize,
}

/// What an answer says of the next one.
#[derive(Serialize)]
pub(super) struct NextPage {
    next_token: String,
}

impl Page {
    /// `target` names what is looked for.
    pub(super) fn of(
        organization: &Organization,
        fields: &Fields,
        target: &str,
        limits: &Limits,
    ) -> Result<Page, Problem> {
        let page = optional(fields, "page")?;
        let list = ListDigest::of(organization.name(), "authzen", &[&target, &repeated(fields, target)]);
        let token = match page.and_then(|page| page.get("token")) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(PageToken::of_list(text, list).map_err(|_| Page::foreign())?),
            Some(_) => return Err(Problem::invalid("`page.token` must be a text")),
        };
        let limit = match page.and_then(|page| page.get("limit")) {
            None | Some(Value::Null) => limits.page_items,
            Some(limit) => {
                let limit = limit.as_u64().ok_or_else(|| Problem::invalid("`page.limit` must be 0 or more"))?;
                usize::try_from(limit).unwrap_or(usize::MAX).min(limits.page_items)
            }
        };
        Ok(Page { is_asked: page.is_some(), token, list, limit })
    }

    /// Where the search is asked: for a later page, where the first one was.
    pub(super) async fn reader<'o>(
        &self,
        organization: &'o Organization,
        extension: &Extension,
        limits: &Limits,
    ) -> Result<Reader<'o>, Problem> {
        if let Some(token) = &self.token {
            return Ok(organization.reader_of_page(token).await?);
        }
        wait_for(organization, extension.at_least, limits.wait_time).await?;
        Ok(organization.reader(extension.as_of, extension.at).await?)
    }

    /// What a token is told that does not go on with a search.
    pub(super) fn foreign() -> Problem {
        Problem::invalid("`page.token` does not continue this search; leave it out for the first page")
    }

    /// The last item of the page before; none on the first.
    pub(super) fn after(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.last.as_str()).filter(|last| !last.is_empty())
    }

    /// Leaves this page in a whole list. Returns whether more stands behind it.
    pub(super) fn cut<T>(&self, items: &mut Vec<T>, name: impl Fn(&T) -> String) -> Result<bool, Problem> {
        if let Some(after) = self.after() {
            let shown = items.iter().position(|item| name(item) == after).ok_or_else(Page::foreign)?;
            items.drain(..=shown);
        }
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        Ok(more)
    }

    /// What the answer says of the page behind this one, whose last item is `last`; none where nobody asked for pages and
    /// all is told.
    pub(super) fn next(&self, reader: &Reader<'_>, more: bool, last: Option<String>) -> Option<NextPage> {
        if !more {
            return self.is_asked.then(|| NextPage { next_token: String::new() });
        }
        // A page of no item goes on where it began.
        let last = last.or_else(|| self.after().map(str::to_owned)).unwrap_or_default();
        let (position, at) = (reader.position(), reader.resolved().when.at);
        Some(NextPage { next_token: PageToken { position, at, list: self.list, total: None, last }.to_string() })
    }
}

/// Everything that each page repeats.
fn repeated(fields: &Fields, target: &str) -> String {
    let mut fields = fields.clone();
    for (of, ignored) in [("page", "token"), (target, "id")] {
        if let Some(of) = fields.get_mut(of).and_then(Value::as_object_mut) {
            of.remove(ignored);
        }
    }
    Value::Object(fields).to_string()
}
