//! `who` over a stretch of time: everybody who could do something at any time in it, and when.
//!
//! INVARIANT: of each subject the intervals are those of `access`, so at every instant of the stretch whoever is listed with it
//! is whom a check allows. What was known at one place answers all of it. Only subjects whom something ever singled out
//! are asked about; all others hold what a stranger holds, which is asked once. The views are held for one subject, or
//! for one slice of names, at a time.

use super::access::Stretch;
use super::crowd;
use super::pages::ListPage;
use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use caseward_events::answer::{HolderBetween, Interval, WhoBetweenAnswer};
use caseward_events::ask::{AsOf, Next, Question, has_action};
use caseward_events::{Action, Asker, Resource};
use caseward_projections::Target;
use std::collections::BTreeSet;

/// Users whose names are read under one lock.
const SLICE_USERS: usize = 1_024;

/// What is asked, resolved.
struct Walk<'a> {
    reader: &'a Reader<'a>,
    work: Work<'a>,
    action: Action,
    resource: &'a Resource,
    target: Target,
    stretch: Stretch,
}

impl Reader<'_> {
    /// A page of everybody who could do something at any time from one instant to before another, as known here. Defaults:
    /// from the first event, to now. The reader and the end are those of [`ListPage::stretch`].
    ///
    /// # Errors
    /// As for [`Reader::access`]; `invalid`, where the page is behind what is no subject.
    pub async fn who_between(
        &self,
        action: Action,
        resource: &Resource,
        (from, to): (Option<AsOf>, Option<AsOf>),
        page: &ListPage,
    ) -> Result<WhoBetweenAnswer, Error> {
        has_action(resource, action)?;
        let behind = page.last::<Asker>()?;
        let stretch = self.stretch(from, to, None).await?;
        let Stretch { from, to, known, settled } = stretch;
        let target = self.tenant.ask(|views| views.target(resource, known))?;
        let (subjects, everyone, more) = match target {
            None => (Vec::new(), Vec::new(), false),
            Some(target) => {
                let walk = Walk { reader: self, work: self.work(), action, resource, target, stretch };
                walk.page(behind.map(|last| last.to_string()), page.paging().limit()).await?
            }
        };
        let position = known.position();
        let last = subjects.last().filter(|_| more).map(|holder| holder.subject.to_string());
        let next: Next = page.next((position, to), last);
        let known = target.is_none().then_some(false);
        Ok(WhoBetweenAnswer { subjects, everyone, from, to, position, settled, known, next })
    }
}

impl Walk<'_> {
    /// Those behind one, at most so many; when everybody could; whether there are more.
    async fn page(
        &self,
        behind: Option<String>,
        limit: Option<usize>,
    ) -> Result<(Vec<HolderBetween>, Vec<Interval>, bool), Error> {
        let limit = limit.unwrap_or(usize::MAX);
        let known = self.stretch.known;
        let tenant = self.reader.tenant;
        let singled_out = crowd::singled_out(tenant, &self.work, (self.target, known)).await?;
        let stranger = tenant.ask(|views| views.stranger(self.target))?;
        let everyone = match &stranger {
            Some(stranger) => self.intervals(stranger)?,
            None => Vec::new(),
        };
        let singled_out: BTreeSet<Asker> = singled_out.into_iter().collect();
        let mut candidates: Vec<(String, Asker)> =
            singled_out.iter().map(|one| (one.to_string(), one.clone())).collect();
        candidates.retain(|(name, _)| is_behind(name, behind.as_ref()));
        if !everyone.is_empty() {
            self.add_everybody((&mut candidates, &singled_out), behind.as_ref(), limit).await?;
        }
        candidates.sort_unstable();
        let mut found = Vec::new();
        self.work
            .in_slices(candidates, |(_, subject)| {
                let intervals = if singled_out.contains(&subject) {
                    self.intervals(&subject)?
                } else {
                    self.work.look_at(1)?;
                    everyone.clone()
                };
                if let Some(holder) = HolderBetween::of(subject, intervals) {
                    self.work.answer_with(&holder)?;
                    found.push(holder);
                }
                // One more than is shown tells whether there is a next page.
                Ok(found.len() <= limit)
            })
            .await?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, everyone, more))
    }

    /// Adds every user whom events up to there name, as far as the page may need them: all of those could, so that the first
    /// of them fill it, whoever of the others could.
    async fn add_everybody(
        &self,
        (candidates, singled_out): (&mut Vec<(String, Asker)>, &BTreeSet<Asker>),
        behind: Option<&String>,
        limit: usize,
    ) -> Result<(), Error> {
        let (tenant, place) = (self.reader.tenant, self.stretch.known);
        let most = limit.saturating_add(1).saturating_add(singled_out.len());
        let named = tenant.views().directory.users.count_at(place);
        self.work
            .in_slices((0..named).step_by(SLICE_USERS), |first| {
                self.work.look_at(SLICE_USERS.min(named - first))?;
                let views = tenant.views();
                let slice = views.directory.users.named(place).skip(first).take(SLICE_USERS);
                let others = slice.map(|(_, id)| (format!("user:{id}"), Asker::User(id.clone())));
                candidates.extend(others.filter(|(name, user)| is_behind(name, behind) && !singled_out.contains(user)));
                if candidates.len() > most.saturating_mul(2) {
                    candidates.select_nth_unstable(most);
                    candidates.truncate(most);
                }
                Ok(true)
            })
            .await
    }

    /// When one could.
    fn intervals(&self, subject: &Asker) -> Result<Vec<Interval>, Error> {
        let (tenant, Stretch { from, to, known, .. }) = (self.reader.tenant, self.stretch);
        self.work.look_at(tenant.ask(|views| views.count_turns(subject, self.resource, from, to, known))?)?;
        let question = Question::new(subject.clone(), self.action, self.resource.clone());
        Ok(tenant.ask(|views| views.intervals(&question, from, to, known))?)
    }
}

fn is_behind(name: &str, behind: Option<&String>) -> bool {
    behind.is_none_or(|behind| name > behind.as_str())
}
