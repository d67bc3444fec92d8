//! Lists in pages: which list, which page of it, and the page itself, the same for whoever asks.
//!
//! INVARIANT: a page is asked where the first one was, and goes on with the list it is of: whatever a list is of enters its
//! digest in one place, here. Absent on purpose: how many items a page has where nobody says; a service has a limit of
//! its own, the command line has none.

use super::lists::{WhoFound, WhoPart};
use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::{
    AccessAnswer, DiffAnswer, HistoryAnswer, StrandedAnswer, Through, WhatAnswer, WhoAnswer,
};
use caseward_events::ask::{AsOf, ListDigest, Next, PageToken, Paging, Question, has_action};
use caseward_events::{
    Action, Asker, DefinitionId, OrganizationName, Position, Query, Recorded, Reference, Refusal, Resource, Timestamp,
};
use caseward_projections::{IntervalsPart, WhatPage, WhatPart};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// What a list is of: everything that each of its pages repeats. A beginning is what was sent, as text: `-2d` stays the same
/// from page to page, the instant it means does not.
#[derive(Clone, Copy, Debug)]
pub enum ListOf<'a> {
    /// Who may do something now.
    Who(Action, &'a Resource),
    /// Who could at any time between.
    WhoBetween(Action, &'a Resource, Option<&'a str>),
    /// What a subject may do something to, of one definition or all.
    What(&'a Asker, Action, Option<&'a DefinitionId>),
    /// People who have a part in a case and may not read it.
    Stranded(Option<&'a DefinitionId>),
    /// When a subject could do something.
    Access(&'a Asker, Action, &'a Resource, Option<&'a str>),
    /// Who held something, and when.
    Timeline(&'a Resource, Option<&'a str>),
    /// What changed.
    Diff(&'a Reference, &'a str),
    /// What happened, and which of it: the words of a query.
    History(&'a Reference, &'a str),
}

impl ListOf<'_> {
    /// Which list of an organization it is.
    #[must_use]
    pub fn digest(&self, organization: &OrganizationName) -> ListDigest {
        let only = |definition: Option<&DefinitionId>| definition.map_or_else(String::new, ToString::to_string);
        match self {
            ListOf::Who(action, resource) => ListDigest::of(organization, "who", &[action, resource]),
            ListOf::WhoBetween(action, resource, from) => {
                ListDigest::of(organization, "who between", &[action, resource, &from.unwrap_or_default()])
            }
            ListOf::What(subject, action, definition) => {
                ListDigest::of(organization, "what", &[subject, action, &only(*definition)])
            }
            ListOf::Stranded(definition) => ListDigest::of(organization, "stranded", &[&only(*definition)]),
            ListOf::Access(subject, action, resource, from) => {
                ListDigest::of(organization, "access", &[subject, action, resource, &from.unwrap_or_default()])
            }
            ListOf::Timeline(resource, from) => {
                ListDigest::of(organization, "timeline", &[resource, &from.unwrap_or_default()])
            }
            ListOf::Diff(of, from) => ListDigest::of(organization, "diff", &[of, from]),
            ListOf::History(of, query) => ListDigest::of(organization, "history", &[of, query]),
        }
    }
}

/// A page that is asked for of a list.
#[derive(Clone, Debug)]
pub struct ListPage {
    list: ListDigest,
    paging: Paging,
}

impl ListPage {
    /// At most so many items, behind the page whose `next` this is.
    ///
    /// # Errors
    /// `invalid`: the text is no token, or one of another list.
    pub fn of(
        organization: &OrganizationName,
        list: ListOf<'_>,
        limit: Option<NonZeroUsize>,
        after: Option<&str>,
    ) -> Result<ListPage, Refusal> {
        let list = list.digest(organization);
        let after = after.map(|text| PageToken::of_list(text, list)).transpose()?;
        Ok(ListPage { list, paging: Paging { limit, after } })
    }

    /// How much is asked for, and behind what.
    #[must_use]
    pub fn paging(&self) -> &Paging {
        &self.paging
    }

    /// What a later page goes on behind.
    #[must_use]
    pub fn after(&self) -> Option<&PageToken> {
        self.paging.after.as_ref()
    }

    /// What is known, and where a stretch of time ends: of a later page, as of its first one.
    #[must_use]
    pub fn stretch(&self, as_of: AsOf, to: Option<AsOf>) -> (AsOf, Option<AsOf>) {
        match self.after() {
            None => (as_of, to),
            Some(PageToken { position, at, .. }) => (AsOf::Position(*position), Some(AsOf::Instant(*at))),
        }
    }

    /// The last item of the page before; none on the first.
    ///
    /// # Errors
    /// `invalid`: the token names nothing that can stand in the list.
    pub fn last<T: FromStr>(&self) -> Result<Option<T>, Refusal> {
        self.after().map(|token| token.last.parse().map_err(|_| token.foreign())).transpose()
    }

    /// What an answer that was asked there says of the page behind this one, which begins behind `last`; none where this is
    /// the last one.
    #[must_use]
    pub fn next(&self, place: (Position, Timestamp), last: Option<String>) -> Next {
        self.next_of(place, last, None)
    }

    /// The same of a list whose items were counted.
    fn next_of(&self, (position, at): (Position, Timestamp), last: Option<String>, total: Option<usize>) -> Next {
        let total = total.map(|total| total as u64);
        self.paging.next(last.map(|last| PageToken { position, at, list: self.list, total, last }))
    }

    /// How many items there are on all pages, where the first one counted them.
    fn total(&self) -> Option<usize> {
        usize::try_from(self.after()?.total?).ok()
    }
}

/// A page of `who`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoPage {
    /// Those on it, with what gives it to each.
    pub answer: WhoAnswer,
    /// How many there are on all pages.
    pub total: usize,
}

/// A page of `access`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPage {
    /// The intervals on it.
    pub answer: AccessAnswer,
    /// How many there are on all pages.
    pub total: usize,
}

impl Reader<'_> {
    /// Where it asks, as a token says it.
    fn asked_at(&self) -> (Position, Timestamp) {
        (self.position(), self.resolved().when.at)
    }

    /// A page of those who may do something, with what gives it to each of them. The first one counts all of them.
    ///
    /// # Errors
    /// As for [`Reader::who`]; `invalid`, where the page is behind somebody who is not there.
    pub async fn who_page(&self, action: Action, resource: &Resource, page: &ListPage) -> Result<WhoPage, Error> {
        has_action(resource, action)?;
        let behind = page.last::<Asker>()?;
        if let (Some(behind), Some(token)) = (&behind, page.after())
            && !self.tenant.ask(|views| views.is_holder(behind, action, resource, self.resolved.when))?
        {
            return Err(token.foreign().into());
        }
        let part = WhoPart { after: behind.as_ref(), limit: page.paging.limit(), counted: page.total().is_none() };
        let WhoFound { mut answer, more, total } = self.who_part(action, resource, part).await?;
        let total = page.total().unwrap_or(total);
        let last = answer.holders().last().filter(|_| more).map(ToString::to_string);
        answer.next = page.next_of(self.asked_at(), last, Some(total));
        let (work, mut through) = (self.work(), BTreeMap::new());
        work.in_slices(answer.holders(), |holder| {
            work.look_at(1)?;
            let question = Question::new(holder.clone(), action, resource.clone());
            let decision = self.tenant.ask(|views| views.answer(&question, self.resolved))?;
            let given: Vec<Through> = decision.reasons_for(action).map(Through::from).collect();
            work.answer_with(&given)?;
            through.insert(holder.clone(), given);
            Ok(true)
        })
        .await?;
        Ok(WhoPage { answer: WhoAnswer { through: Some(through), ..answer }, total })
    }

    /// A page of what a subject may do something to.
    ///
    /// # Errors
    /// As for [`Reader::what`]; `invalid`, where the page is behind what is no resource.
    pub async fn what_page(
        &self,
        subject: &Asker,
        action: Action,
        definition: Option<&DefinitionId>,
        page: &ListPage,
    ) -> Result<WhatAnswer, Error> {
        let behind: Option<Resource> = page.last()?;
        let part = WhatPart { definition, after: behind.as_ref(), limit: page.paging.limit() };
        let WhatPage { answer, more } = self.what(subject, action, part).await?;
        let last = answer.resources.last().filter(|_| more).map(ToString::to_string);
        Ok(WhatAnswer { next: page.next(self.asked_at(), last), ..answer })
    }

    /// A page of the open cases with people who may not read them.
    ///
    /// # Errors
    /// As for [`Reader::stranded`]; `invalid`, where the page is behind what is no case.
    pub async fn stranded_page(
        &self,
        definition: Option<&DefinitionId>,
        page: &ListPage,
    ) -> Result<StrandedAnswer, Error> {
        let behind = match (page.last()?, page.after()) {
            (Some(Resource::Case(case)), _) => Some(case),
            (Some(_), Some(token)) => return Err(token.foreign().into()),
            _ => None,
        };
        let (answer, more) = self.stranded(definition, behind, page.paging.limit()).await?;
        let last = answer.cases.last().filter(|_| more).map(|case| case.resource.to_string());
        Ok(StrandedAnswer { next: page.next(self.asked_at(), last), ..answer })
    }

    /// A page of the intervals in which a subject could do something. The reader and the end are those of
    /// [`ListPage::stretch`]. The first one counts all of them.
    ///
    /// # Errors
    /// As for [`Reader::access`]; `invalid`, where the page is behind an interval that is not there.
    pub async fn access_page(
        &self,
        question: &Question,
        (from, to): (Option<AsOf>, Option<AsOf>),
        page: &ListPage,
    ) -> Result<AccessPage, Error> {
        let (after, counted) = (page.last::<Timestamp>()?, page.total().is_none());
        // One more than is shown tells whether there is a next page.
        let limit = page.paging.limit().filter(|_| !counted).map(|limit| limit.saturating_add(1));
        let part = IntervalsPart { after: after.filter(|_| !counted), limit };
        let found = self.access_part(question, (from, to), part).await?;
        let mut answer = match (found, page.after()) {
            (Some(found), _) => found,
            (None, Some(token)) => return Err(token.foreign().into()),
            (None, None) => unreachable!("only what goes on behind an interval may find none"),
        };
        let total = page.total().unwrap_or(answer.intervals.len());
        let rest = Paging { after: page.after().filter(|_| counted).cloned(), ..page.paging };
        let last = answer.cut(&rest)?;
        answer.next = page.next_of((answer.position, answer.to), last, Some(total));
        Ok(AccessPage { answer, total })
    }

    /// A page of what changed up to here.
    ///
    /// # Errors
    /// As for [`Reader::diff`]; `invalid`, where the page is behind a change that is not there.
    pub async fn diff_page(&self, of: &Reference, from: AsOf, page: &ListPage) -> Result<DiffAnswer, Error> {
        let (answer, last) = self.diff_part(of, from, &page.paging).await?;
        Ok(DiffAnswer { next: page.next(self.asked_at(), last), ..answer })
    }

    /// Events that name a thing and that a query asks for, behind a position: at most so many, and whether there are more.
    ///
    /// # Errors
    /// As for [`Reader::history`].
    pub async fn history_portion(
        &self,
        of: &Reference,
        query: &Query,
        after: Position,
        limit: usize,
    ) -> Result<(Vec<Recorded>, bool), Error> {
        // One more than is told tells whether there is more.
        let wanted = super::log::Page { after, limit: Some(limit.saturating_add(1)) };
        let mut found = self.history(of, query, wanted).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// A page of the events that name a thing.
    ///
    /// # Errors
    /// As for [`Reader::history`]; `invalid`, where the page is behind what is no position.
    pub async fn history_page(&self, of: &Reference, query: &Query, page: &ListPage) -> Result<HistoryAnswer, Error> {
        let after = page.last()?.unwrap_or(Position::ZERO);
        let limit = page.paging.limit().unwrap_or(usize::MAX);
        let (events, more) = self.history_portion(of, query, after, limit).await?;
        let last = events.last().filter(|_| more).map(|last| last.position.to_string());
        let events = events.iter().map(Into::into).collect();
        let (position, settled) = (self.position(), self.resolved().settled);
        Ok(HistoryAnswer { events, position, settled, next: page.next(self.asked_at(), last) })
    }
}
