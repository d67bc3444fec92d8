//! `who` may do something, `what` one may do it to, and who is `stranded`: lists that are made slice by slice.
//!
//! INVARIANT: slices go on by number or by reference, never by index, and all of them ask at the same place: what is
//! recorded between two of them lies above it. Absent on purpose: why somebody may; a check of each tells that.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::{StrandedAnswer, WhoAnswer};
use caseward_events::ask::{Next, has_action};
use caseward_events::{Action, Asker, CaseId, DefinitionId, Resource};
use caseward_projections::{IdOrder, Resolved, StrandedWalk, WhatPage, WhatPart, WhatWalk};

/// Users that are asked about under one lock.
const SLICE_USERS: usize = 256;
/// Cases that are asked about under one lock.
const SLICE_CASES: usize = 512;
/// The same, where everybody who has a part in one is asked about.
const SLICE_CASES_OF_PEOPLE: usize = 64;

/// Which of those who may do something are asked for: users by id, then links.
#[derive(Clone, Copy, Debug, Default)]
pub struct WhoPart<'a> {
    /// Only those behind this one, who need not be among them.
    pub after: Option<&'a Asker>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Whether all of them are counted.
    pub counted: bool,
}

/// A part of those who may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoFound {
    /// Those in it.
    pub answer: WhoAnswer,
    /// Whether more stand behind them.
    pub more: bool,
    /// How many there are in all, where they were counted.
    pub total: usize,
}

impl Reader<'_> {
    /// Who may do something.
    ///
    /// # Errors
    /// `invalid`, where the resource does not have the action; and as for [`Reader::rights`].
    pub async fn who(&self, action: Action, resource: &Resource) -> Result<WhoAnswer, Error> {
        Ok(self.who_part(action, resource, WhoPart::default()).await?.answer)
    }

    /// A part of those who may do something. Unless all are counted, nobody is asked about before or behind it.
    ///
    /// # Errors
    /// As for [`Reader::who`].
    pub async fn who_part(&self, action: Action, resource: &Resource, part: WhoPart<'_>) -> Result<WhoFound, Error> {
        has_action(resource, action)?;
        let Resolved { when, settled } = self.resolved;
        let (work, named) = (self.work(), self.users_named());
        let order = self.user_order(&work).await?;
        let (first, limit) = (self.first_behind(&order, part.after), part.limit.unwrap_or(usize::MAX));
        let walked = &order.numbers()[if part.counted { 0 } else { first }..];
        let (mut found, mut total) = (Vec::new(), 0);
        let mut passed = order.len() - walked.len();
        work.in_slices(walked.chunks(SLICE_USERS), |slice| {
            work.look_at(slice.iter().filter(|user| **user < named).count())?;
            let may = self.tenant.ask(|views| views.who_among(slice, action, resource, when))?;
            total += may.len();
            let (begin, wanted) = (first.saturating_sub(passed), limit.saturating_add(1) - found.len());
            passed += slice.len();
            let listed = may.into_iter().filter(|index| *index >= begin).take(wanted);
            found.extend(listed.map(|index| slice[index]));
            Ok(part.counted || found.len() <= limit)
        })
        .await?;
        let mut subjects = Vec::with_capacity(found.len().min(limit));
        // Not under one lock: they may be all users.
        work.in_slices(found[..found.len().min(limit)].chunks(SLICE_USERS), |slice| {
            let views = self.tenant.views();
            subjects.extend(slice.iter().map(|user| Asker::User(views.directory.users.id(*user).clone())));
            Ok(true)
        })
        .await?;
        let others = self.tenant.ask(|views| {
            let known = (!views.exists(resource, when.place)).then_some(false);
            WhoAnswer { settled, known, ..views.who_with(Vec::new(), action, resource, when) }
        })?;
        let mut answer = WhoAnswer { subjects, ..others };
        total += answer.links.len();
        answer.links.retain(|link| part.after.is_none_or(|after| is_behind(link, after)));
        let more = found.len() + answer.links.len() > limit;
        answer.links.truncate(limit - answer.subjects.len());
        answer.holders().try_for_each(|one| work.answer_with(one))?;
        Ok(WhoFound { answer, more, total })
    }

    /// How many users stand up to one who was shown; all of them, behind a link.
    fn first_behind(&self, order: &IdOrder, after: Option<&Asker>) -> usize {
        match after {
            None => 0,
            Some(Asker::User(user)) => order.up_to(&self.tenant.views().directory.users, user),
            Some(Asker::Link(_)) => order.len(),
        }
    }

    /// The resources on which a subject may do something.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn what(&self, subject: &Asker, action: Action, part: WhatPart<'_>) -> Result<WhatPage, Error> {
        let work = self.work();
        let mut walk = WhatWalk::new(subject, action, part, self.resolved.when);
        work.in_slices(std::iter::repeat(()), |()| {
            let step = self.tenant.ask(|views| walk.step(views, SLICE_CASES))?;
            work.look_at(step.looked_at())?;
            step.found().iter().try_for_each(|one| work.answer_with(one))?;
            Ok(walk.take(step))
        })
        .await?;
        let mut page = walk.finish();
        page.answer.settled = self.resolved.settled;
        page.answer.known = self.known(subject, part.definition).await?;
        Ok(page)
    }

    /// Open cases with people who have a part in them and may not read them, of one definition or all, behind a case, at
    /// most so many; and whether there are more.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn stranded(
        &self,
        definition: Option<&DefinitionId>,
        after: Option<CaseId>,
        limit: Option<usize>,
    ) -> Result<(StrandedAnswer, bool), Error> {
        let (work, mut walk) = (self.work(), StrandedWalk::new(definition, after, limit, self.resolved.when));
        work.in_slices(std::iter::repeat(()), |()| {
            work.look_at(SLICE_CASES_OF_PEOPLE)?;
            let step = self.tenant.ask(|views| walk.step(views, SLICE_CASES_OF_PEOPLE))?;
            Ok(walk.take(step))
        })
        .await?;
        let (cases, more) = walk.finish();
        let (position, settled) = (self.position(), self.resolved.settled);
        Ok((StrandedAnswer { cases, position, settled, next: Next::NotPaged }, more))
    }
}

/// Users stand before links.
fn is_behind(link: &Asker, after: &Asker) -> bool {
    matches!(after, Asker::User(_)) || link > after
}
