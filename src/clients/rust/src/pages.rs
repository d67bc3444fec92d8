//! Lists that come in pages.

use crate::client::Client;
use crate::error::Error;
use caseward_events::answer::{
    AccessAnswer, DiffAnswer, HistoryAnswer, TimelineAnswer, WhatAnswer, WhoAnswer, WhoBetweenAnswer,
};
use caseward_events::ask::Next;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// An answer that may have another page behind it.
pub trait Page: DeserializeOwned {
    /// Where that begins.
    fn next(&self) -> &Next;
}

macro_rules! pages {
    ($($answer:ty),+) => {$(
        impl Page for $answer {
            fn next(&self) -> &Next {
                &self.next
            }
        }
    )+};
}

pages!(AccessAnswer, DiffAnswer, HistoryAnswer, TimelineAnswer, WhatAnswer, WhoAnswer, WhoBetweenAnswer);

/// A list: page by page, each asked for when it is needed, and all of one position.
#[must_use = "nothing is asked before a page is"]
pub struct Pages<A> {
    client: Client,
    path: &'static str,
    asked: Vec<(&'static str, String)>,
    after: Option<String>,
    ended: bool,
    answer: PhantomData<fn() -> A>,
}

impl<A: Page> Pages<A> {
    pub(crate) fn new(client: &Client, path: &'static str, asked: Vec<(&'static str, String)>) -> Pages<A> {
        Pages { client: client.clone(), path, asked, after: None, ended: false, answer: PhantomData }
    }

    /// So many items on a page, at most 1,000.
    pub fn limit(mut self, items: usize) -> Pages<A> {
        self.asked.push(("limit", items.to_string()));
        self
    }

    /// The next page; none behind the last.
    ///
    /// # Errors
    /// It cannot be asked, or there is no answer. The same page is asked for again then.
    pub async fn next_page(&mut self) -> Result<Option<A>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut query = self.asked.clone();
        query.extend(self.after.iter().map(|after| ("after", after.clone())));
        let page: A = self.client.get(self.path, &query).await?;
        match page.next() {
            Next::More(token) => self.after = Some(token.to_string()),
            Next::End | Next::NotPaged => self.ended = true,
        }
        Ok(Some(page))
    }

    /// All of them at once.
    ///
    /// # Errors
    /// As for [`Pages::next_page`].
    pub async fn all(mut self) -> Result<Vec<A>, Error> {
        let mut pages = Vec::new();
        while let Some(page) = self.next_page().await? {
            pages.push(page);
        }
        Ok(pages)
    }
}
