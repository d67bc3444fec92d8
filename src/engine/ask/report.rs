//! `report`: everything that was held on a resource, or by a user, in a stretch of time, and every change of it.
//!
//! INVARIANT: as for `timeline`: what was known at one place answers all of it, and the views are held for one subject
//! and resource at a time. Absent on purpose: a row for whoever held only what everybody held; they are `everyone`.

use super::access::Stretch;
use super::crowd;
use super::reader::Reader;
use super::timeline::{self, Row, Timeline};
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{Overlay, TimelineSubject};
use caseward_events::{Asker, Code, Event, Position, Recorded, Reference, Refusal, Resource, UserId};
use caseward_projections::{AsOf, Holdings, NamingWalk};
use std::collections::{BTreeMap, BTreeSet};

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Everybody who held something on it.
    Resource(Resource),
    /// Everything that this user held something on.
    User(UserId),
}

/// What a report is asked for.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// About what.
    pub about: About,
    /// The beginning. Default: the creation of the resource, or the first event.
    pub from: Option<AsOf>,
    /// The end, exclusive. Default: now.
    pub to: Option<AsOf>,
    /// The greatest number of rows.
    pub limit: usize,
}

/// What one subject held on one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Who.
    pub subject: TimelineSubject,
    /// The subject that is evaluated: for the row `everyone`, a user that no event names.
    pub asker: Asker,
    /// On what.
    pub resource: Resource,
    /// When, and what changed it.
    pub course: Holdings,
}

/// The answer to `report`.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Whoever held something, or what was held, by reference, bytewise.
    pub pairs: Vec<Pair>,
    /// The same as it is drawn; `more` where there are more pairs than were asked for.
    pub timeline: Timeline,
}

/// A report, with the events that it cites.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The answer.
    pub report: Report,
    /// Events that its timeline cites.
    pub of_timeline: BTreeMap<Position, Recorded>,
    /// Events that its pairs cite.
    pub of_pairs: BTreeMap<Position, Recorded>,
    /// The last event that was known.
    pub known: Option<Recorded>,
}

impl About {
    /// What is named, where it may be reported on.
    ///
    /// # Errors
    /// `invalid`: it holds nothing, and nobody holds rights on it.
    pub fn of(named: &Reference) -> Result<About, Refusal> {
        if let Reference::User(user) = named {
            return Ok(About::User(user.clone()));
        }
        named.resource().map(About::Resource).ok_or_else(|| {
            let message = format!("`{named}` holds nothing itself, and nobody holds rights on it");
            Refusal::invalid(message).hint("report on a case, a definition, the organization or a user")
        })
    }
}

impl Report {
    /// The positions of the events that its pairs rest on.
    #[must_use]
    pub fn cites(&self) -> BTreeSet<Position> {
        let of = |Pair { course: Holdings { before, steps, end }, .. }: &Pair| {
            let causes = steps.iter().flat_map(|step| &step.causes).map(|cause| cause.position);
            before.cited().into_iter().chain(causes).chain(end.cited()).collect::<Vec<_>>()
        };
        self.pairs.iter().flat_map(of).collect()
    }
}

impl Reader<'_> {
    /// Who held what on a resource, or what a user held, in a stretch of time, as known here.
    ///
    /// # Errors
    /// `not_found`: there is no such resource, or nothing names the user. `invalid`: as for `timeline`. The log.
    pub async fn report(&self, query: &ReportQuery) -> Result<Report, Error> {
        let ReportQuery { about, from, to, limit } = query;
        let of = match about {
            About::Resource(resource) => Some(resource),
            About::User(_) => None,
        };
        let stretch = self.stretch(*from, *to, of).await?;
        let work = self.work();
        let walk = Walk { tenant: self.tenant, stretch, work: &work };
        let (candidates, bands) = walk.candidates(about).await?;
        let (mut pairs, mut rows) = walk.held(candidates, limit.saturating_add(1)).await?;
        let more = pairs.len() > *limit;
        if let Some(left_out) = pairs.get(*limit) {
            rows.retain(|row| (&row.subject, &row.resource) != (&left_out.subject, &left_out.resource));
            pairs.truncate(*limit);
        }
        let events = self.events_about(&work, stretch, about).await?;
        let Stretch { from, to, known, settled } = stretch;
        let position = known.position();
        let recorded = self.tenant.views().timeline.time(known);
        Ok(Report { pairs, timeline: Timeline { rows, more, bands, events, from, to, position, recorded, settled } })
    }

    /// What happened to it, or named it.
    async fn events_about(&self, work: &Work<'_>, stretch: Stretch, about: &About) -> Result<Vec<Recorded>, Error> {
        match about {
            About::Resource(resource) => {
                let wanted = |event: &Event| timeline::is_about(event, resource);
                let walk = NamingWalk::of_stream(&self.tenant.views(), &resource.stream(), stretch.known);
                self.within(work, stretch, walk, wanted).await
            }
            About::User(user) => {
                let user = Reference::User(user.clone());
                let walk = NamingWalk::of(&self.tenant.views(), &user, stretch.known);
                self.within(work, stretch, walk, |event| event.concerns(&user)).await
            }
        }
    }
}

/// Who may have held something on what, in the order of the answer; everybody first.
type Candidates = Vec<(TimelineSubject, Asker, Resource)>;

/// A query, resolved.
struct Walk<'a> {
    tenant: &'a Tenant,
    stretch: Stretch,
    work: &'a Work<'a>,
}

impl Walk<'_> {
    async fn candidates(&self, about: &About) -> Result<(Candidates, Vec<Overlay>), Error> {
        match about {
            About::Resource(resource) => self.of_resource(resource).await,
            About::User(user) => self.of_user(user).map(|candidates| (candidates, Vec::new())),
        }
    }

    async fn of_resource(&self, resource: &Resource) -> Result<(Candidates, Vec<Overlay>), Error> {
        let Stretch { from, to, known, .. } = self.stretch;
        let found = self.tenant.ask(|views| {
            let target = views.target(resource, known)?;
            Some((target, views.stranger(target), views.bands(target, from, to, known)))
        })?;
        let (target, stranger, bands) = found.ok_or_else(|| timeline::not_there(resource))?;
        let named = crowd::singled_out(self.tenant, self.work, (target, known)).await?;
        let everyone = stranger.map(|stranger| (TimelineSubject::Everyone, stranger));
        let named = named.into_iter().map(|one| (TimelineSubject::One(one.clone()), one));
        let all = everyone.into_iter().chain(named).map(|(holder, asker)| (holder, asker, resource.clone()));
        Ok((all.collect(), bands))
    }

    fn of_user(&self, user: &UserId) -> Result<Candidates, Error> {
        let known = self.stretch.known;
        let resources = self.tenant.ask(|views| {
            let users = &views.directory.users;
            let number = users.get(user).filter(|number| users.first(*number) <= known)?;
            let pairs = views.pairs_of_user(Some(number)).into_iter().map(|pair| views.resource(pair.target));
            Some(pairs.filter(|resource| views.was_named(resource, known)).collect::<Vec<Resource>>())
        })?;
        let mut resources = resources.ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("no event names `user:{user}`, or none did yet"))
                .hint("who holds something: caseward who ACTION RESOURCE")
        })?;
        resources.sort_by_cached_key(ToString::to_string);
        resources.dedup();
        let asker = Asker::User(user.clone());
        Ok(resources
            .into_iter()
            .map(|resource| (TimelineSubject::One(asker.clone()), asker.clone(), resource))
            .collect())
    }

    /// Those who did hold something, up to so many, and when, as it is drawn.
    async fn held(&self, candidates: Candidates, up_to: usize) -> Result<(Vec<Pair>, Vec<Row>), Error> {
        let Stretch { from, to, known, .. } = self.stretch;
        let (mut pairs, mut rows): (Vec<Pair>, Vec<Row>) = (Vec::new(), Vec::new());
        self.work
            .in_slices(candidates, |(subject, asker, resource)| {
                let turns = self.tenant.ask(|views| views.count_turns(&asker, &resource, from, to, known))?;
                self.work.look_at(turns)?;
                let course = self.tenant.ask(|views| views.course(&asker, &resource, from, to, known))?;
                let is_everyone_s = pairs.first().is_some_and(|first| {
                    first.subject == TimelineSubject::Everyone
                        && first.resource == resource
                        && first.course.is_like(&course)
                });
                if !course.is_empty() && !is_everyone_s {
                    rows.extend(timeline::row(
                        (self.tenant, self.work),
                        subject.clone(),
                        &asker,
                        &resource,
                        self.stretch,
                    )?);
                    pairs.push(Pair { subject, asker, resource, course });
                }
                Ok(pairs.len() < up_to)
            })
            .await?;
        Ok((pairs, rows))
    }
}
