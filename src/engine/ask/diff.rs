//! What changed between two moments: of a resource, of a user or a group, of the whole organization by cause.
//!
//! What could have changed is compared by subject and resource, as far as a page needs it ([`walk`]); why, and by which names,
//! is looked up for what stands on the page alone. INVARIANT: the views are held for a slice of pairs at a time, all asked at
//! the same two moments, so that no writer waits for the end of a long list. The organization's pairs come from the events in
//! between ([`by_cause`]), everything else from the views alone.

mod by_cause;
mod rows;
mod walk;

use super::crowd::{self, SLICE_USERS};
use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{Cause, Change, DiffAnswer, PointInTime};
use caseward_events::ask::{AsOf, Paging};
use caseward_events::{Asker, GroupId, Reference, Refusal, Resource};
use caseward_projections::{Audience, Pair, SharedTurns, Span, When};
use rows::{Behind, Row};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use walk::{Candidates, OnTarget};

/// Changes that are named under one lock.
const SLICE_NAMED: usize = 64;

impl Reader<'_> {
    /// What changed between an earlier moment and this place on a case or a definition, for a user or the users of a
    /// group, or, of the organization, for everybody on everything.
    ///
    /// # Errors
    /// `invalid`: a position above the head, moments in disorder, a thing that nobody holds anything on. The log.
    pub async fn diff(&self, of: &Reference, from: AsOf) -> Result<DiffAnswer, Error> {
        Ok(self.diff_part(of, from, &Paging::default()).await?.0)
    }

    /// A part of it; the name of the last change in it, if there are more behind it.
    ///
    /// # Errors
    /// As for [`Reader::diff`]; `invalid`, where the part is behind a change that is not there.
    pub(super) async fn diff_part(
        &self,
        of: &Reference,
        from: AsOf,
        paging: &Paging,
    ) -> Result<(DiffAnswer, Option<String>), Error> {
        let Reader { tenant, asking, resolved, .. } = *self;
        let to = resolved.when;
        let from = asking.resolve(tenant, from, None).await?.when;
        if from.place > to.place || from.at > to.at || from == to {
            let told = |when: When| format!("position {} ({})", when.place.position(), when.at);
            let message = format!("{} does not lie before {}", told(from), told(to));
            return Err(Refusal::invalid(message).hint("give a `from` that lies before `to`").into());
        }
        let behind = paging.after.as_ref().map(Behind::of).transpose()?;
        let work = self.work();
        // Whoever is asked about by name may be one whom no event names by then.
        let asked = if let Reference::User(user) = of { Some(Asker::User(user.clone())) } else { None };
        let crowd = crowd::audience(tenant, &work, to.place).await?;
        let comparison = Comparison { reader: self, tenant, span: Span { from, to }, crowd, work, asked, paging };
        let (answer, last) = match of {
            Reference::Organization => comparison.by_cause(behind.as_ref()).await?,
            other => comparison.of(other, behind.as_ref()).await?,
        };
        let known = comparison.asked.as_ref().and_then(|asked| tenant.views().known(asked, to.place));
        Ok((DiffAnswer { settled: resolved.settled, known, ..answer }, last))
    }
}

/// What is compared with what.
struct Comparison<'a> {
    reader: &'a Reader<'a>,
    tenant: &'a Tenant,
    span: Span,
    crowd: Audience,
    work: Work<'a>,
    /// The one who is asked about by name.
    asked: Option<Asker>,
    paging: &'a Paging,
}

impl Comparison<'_> {
    async fn of(&self, of: &Reference, behind: Option<&Behind>) -> Result<(DiffAnswer, Option<String>), Error> {
        let candidates = self.candidates(of).await?;
        let (rows, more) = self.page(&candidates, (behind, self.limit())).await?;
        let changes = self.named(&rows, None).await?;
        Ok(self.told(changes, more))
    }

    fn limit(&self) -> usize {
        self.paging.limit().unwrap_or(usize::MAX)
    }

    async fn candidates(&self, of: &Reference) -> Result<Candidates, Error> {
        Ok(match of {
            Reference::User(user) => {
                // What lies above the head may be taken off at any time.
                let head = self.tenant.head().into();
                let views = self.tenant.views();
                let users = &views.directory.users;
                Candidates::OfUsers(vec![users.get(user).filter(|user| users.first(*user) <= head)])
            }
            Reference::Group(group) => Candidates::OfUsers(self.members_of(group).await?),
            other => {
                self.on_resource(&other.resource().ok_or_else(|| {
                    let message = format!("nobody holds rights on `{other}`, and it holds none");
                    Refusal::invalid(message).hint("ask about a case, definition, user, group or organization")
                })?)
                .await?
            }
        })
    }

    /// Everybody who was in a group at one of the two moments, by id.
    async fn members_of(&self, group: &GroupId) -> Result<Vec<Option<u32>>, Error> {
        let ever = self.tenant.ask(|views| {
            let group = views.directory.groups.get(group)?;
            Some((group, views.ever_in_group(group, &self.crowd)))
        })?;
        let Some((group, users)) = ever else { return Ok(Vec::new()) };
        let (places, mut members) = ([self.span.from.place, self.span.to.place], Vec::new());
        self.work
            .in_slices(users.chunks(SLICE_USERS), |slice| {
                members.extend(self.tenant.ask(|views| views.within(slice, group, places))?);
                Ok(true)
            })
            .await?;
        Ok(self.reader.by_id(&self.work, members).await?.into_iter().map(Some).collect())
    }

    async fn on_resource(&self, resource: &Resource) -> Result<Candidates, Error> {
        let found = self.tenant.ask(|views| {
            let target = views.target(resource, self.span.to.place)?;
            let stranger = views.compare([Pair::stranger(target)], self.span).next();
            Some((target, stranger, views.singled_out(target, &self.crowd)))
        })?;
        let Some((target, stranger, singled_out)) = found else { return Ok(Candidates::Rows(Vec::new())) };
        self.work.look_at(1)?;
        let (users, strangers) = match stranger {
            None => (self.reader.by_id(&self.work, singled_out).await?, None),
            Some(difference) => {
                let (order, named) = (self.reader.user_order(&self.work).await?, self.reader.users_named());
                let users = order.numbers().iter().copied().filter(|user| *user < named).collect();
                (users, Some((difference, singled_out)))
            }
        };
        Ok(Candidates::OnTarget(OnTarget { target, users, strangers }))
    }

    /// Changes by name, with their causes, where these are not known already.
    async fn named(&self, rows: &[Row], known: Option<&BTreeMap<Pair, Vec<Cause>>>) -> Result<Vec<Change>, Error> {
        let (mut changes, mut shared) = (Vec::with_capacity(rows.len()), SharedTurns::default());
        let mut of_strangers: BTreeMap<Pair, Vec<Cause>> = BTreeMap::new();
        for Row { difference, .. } in rows.iter().filter(|row| row.difference.pair.user.is_none()) {
            if let Entry::Vacant(unknown) = of_strangers.entry(difference.pair) {
                unknown.insert(self.tenant.ask(|views| views.causes(difference.pair, self.span))?);
            }
        }
        let known = |pair: &Pair| known.and_then(|known| known.get(pair)).or_else(|| of_strangers.get(pair)).cloned();
        self.work
            .in_slices(rows.chunks(SLICE_NAMED), |slice| {
                let (named, fresh) = self.tenant.ask(|views| {
                    let mut fresh = SharedTurns::default();
                    let named = slice.iter().map(|Row { user, difference }| {
                        let causes = known(&difference.pair)
                            .unwrap_or_else(|| views.causes_sharing(difference.pair, self.span, (&shared, &mut fresh)));
                        let named = || user.map(|user| Asker::User(views.directory.users.id(user).clone()));
                        let subject = self.asked.clone().or_else(named);
                        views.change(subject.expect("others are named by events"), difference, causes)
                    });
                    (named.collect::<Vec<Change>>(), fresh)
                })?;
                shared.take(fresh);
                named.iter().try_for_each(|change| self.work.answer_with(change))?;
                changes.extend(named);
                Ok(true)
            })
            .await?;
        Ok(changes)
    }

    /// The answer of a page; the name of its last change, if there are more behind it.
    fn told(&self, changes: Vec<Change>, more: bool) -> (DiffAnswer, Option<String>) {
        let point = |when: When| PointInTime { position: when.place.position(), at: when.at };
        let last = changes.last().filter(|_| more).map(Change::name);
        (DiffAnswer::of(changes, point(self.span.from), point(self.span.to)), last)
    }
}
