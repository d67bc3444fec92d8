//! A list of a service, page after page: as much of it as the store itself would print.
//!
//! INVARIANT: later pages are asked where the first one was, and a token that is printed is the one that the store would
//! print: `-2d` stays in it what was typed, though the service is asked for the instant that it means.

use super::client::{Call, Client, Reply};
use crate::cli::args::Paging;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::engine::ListOf;
use caseward_events::ask::{ListDigest, Next, PageToken};
use serde::de::DeserializeOwned;

/// Items of one page, where more are wanted: no service gives more.
const PAGE_ITEMS: usize = 1_000;

/// How much of a list is still to come.
pub struct Pages {
    left: Option<usize>,
    after: Option<String>,
    /// The list as it was typed, where the service has another name for it.
    typed: Option<ListDigest>,
}

impl Pages {
    /// Of a list that the service names as this program does.
    #[must_use]
    pub fn of(paging: &Paging) -> Pages {
        Pages { left: paging.limit.map(usize::from), after: paging.after.clone(), typed: None }
    }

    /// Of a list whose beginning was typed in one way and is sent in another.
    ///
    /// # Errors
    /// `invalid`: what `--after` gives is no token, or one of another list.
    pub fn of_stretch(
        context: &Context,
        paging: &Paging,
        typed: ListOf<'_>,
        sent: ListOf<'_>,
    ) -> Result<Pages, Failure> {
        let [typed, sent] = [typed, sent].map(|list| list.digest(&context.global.org));
        let token = paging.after.as_ref().map(|text| PageToken::of_list(text, typed)).transpose()?;
        let after = token.map(|token| PageToken { list: sent, ..token }.to_string());
        Ok(Pages { left: paging.limit.map(usize::from), after, typed: Some(typed) })
    }

    /// The path of the next page. A later one does not say again where it is asked.
    #[must_use]
    pub fn path(
        &self,
        context: &Context,
        rest: &str,
        asked: &[(&str, Option<String>)],
        place: &[(&str, Option<String>)],
    ) -> String {
        let limit = self.left.map_or(PAGE_ITEMS, |left| left.min(PAGE_ITEMS));
        let page = [("limit", Some(limit.to_string())), ("after", self.after.clone())];
        let place = if self.after.is_some() { &[][..] } else { place };
        Client::of_organization(context, rest, &[asked, place, &page].concat())
    }

    /// Takes a page of so many; whether another one is wanted.
    pub fn took(&mut self, count: usize, next: &Next) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(count));
        self.after = next.token().map(ToString::to_string);
        self.after.is_some() && self.left != Some(0)
    }

    /// What the answer says of a next page, where this was the last that was wanted.
    #[must_use]
    pub fn next(&self, next: Next) -> Next {
        match (self.left, next, self.typed) {
            // Of a list that was asked for as a whole nothing is left.
            (None, ..) => Next::NotPaged,
            (_, Next::More(token), Some(list)) => Next::More(PageToken { list, ..token }),
            (_, next, _) => next,
        }
    }

    /// All pages that are wanted as one answer, and what the first of them came with.
    ///
    /// # Errors
    /// The question cannot be asked, or the service does not answer.
    pub async fn all<A: OfPages>(
        mut self,
        client: &Client,
        path: impl Fn(&Pages) -> String,
    ) -> Result<(A, Reply), Failure> {
        let first = client.call(&Call::get(path(&self))).await?;
        let mut whole: A = first.read()?;
        let (mut count, mut next) = (whole.count(), std::mem::take(whole.next()));
        while self.took(count, &next) {
            let mut page: A = client.call(&Call::get(path(&self))).await?.read()?;
            (count, next) = (page.count(), std::mem::take(page.next()));
            whole.join(page);
        }
        *whole.next() = self.next(next);
        Ok((whole, first))
    }
}

/// An answer that comes in pages.
pub trait OfPages: DeserializeOwned {
    /// How many items are on it, as a limit counts them.
    fn count(&self) -> usize;

    /// What it says of a next page.
    fn next(&mut self) -> &mut Next;

    /// Puts a later page behind it. What all pages say is kept as the first one said it.
    fn join(&mut self, later: Self);
}
