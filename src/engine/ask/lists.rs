//! `who` may do something, `what` one may do it to, and who is `stranded`: lists that are made slice by slice.
//!
//! INVARIANT: slices go on by number or by reference, never by index, and all of them ask at the same place: what is
//! recorded between two of them lies above it. Absent on purpose: why somebody may; a check of each tells that.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::{StrandedAnswer, WhoAnswer};
use caseward_events::ask::{Next, has_action};
use caseward_events::{Action, Asker, CaseId, DefinitionId, Resource};
use caseward_projections::{Resolved, StrandedWalk, WhatPage, WhatPart, WhatWalk};

/// Users that are asked about under one lock.
const SLICE_USERS: u32 = 256;
/// Cases that are asked about under one lock.
const SLICE_CASES: usize = 512;
/// The same, where everybody who has a part in one is asked about.
const SLICE_CASES_OF_PEOPLE: usize = 64;

impl Reader<'_> {
    /// Who may do something.
    ///
    /// # Errors
    /// `invalid`, where the resource does not have the action; and as for [`Reader::rights`].
    pub async fn who(&self, action: Action, resource: &Resource) -> Result<WhoAnswer, Error> {
        has_action(resource, action)?;
        let Resolved { when, settled } = self.resolved;
        let (work, mut subjects) = (self.work(), Vec::new());
        let named = self.tenant.views().directory.users.count_at(when.place);
        let named = u32::try_from(named).expect("numbers have 32 bits");
        let firsts = (0..named).step_by(SLICE_USERS as usize);
        work.in_slices(firsts, |first| {
            let slice = first..first.saturating_add(SLICE_USERS);
            work.look_at(SLICE_USERS.min(named - first) as usize)?;
            let found = self.tenant.ask(|views| views.who_among(slice.clone(), action, resource, when))?;
            found.iter().try_for_each(|one| work.answer_with(one))?;
            subjects.extend(found);
            Ok(true)
        })
        .await?;
        // Not under the lock: they may be all users.
        subjects.sort_unstable();
        let others = self.tenant.ask(|views| {
            let known = (!views.exists(resource, when.place)).then_some(false);
            WhoAnswer { settled, known, ..views.who_with(Vec::new(), action, resource, when) }
        })?;
        Ok(WhoAnswer { subjects, ..others })
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
