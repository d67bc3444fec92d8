//! `timeline`: everybody who held something on a resource, when, what lay over it for all, and what happened to it.
//!
//! INVARIANT: as for `intervals`: what was known at one place answers all of it. The views are held for one
//! subject and action at a time, never while the log is read.
//! Absent on purpose: a row for each of those who held only what everybody held. They are one row, `everyone`.

use super::access::Stretch;
use super::crowd;
use super::log::PORTION_EVENTS;
use super::pages::ListPage;
use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{Interval, Overlay, TimelineSubject, Track};
use caseward_events::ask::{AsOf, Next, Question, actions_of};
use caseward_events::event::CaseOpened;
use caseward_events::{
    Action, Asker, Code, Event, Position, Recorded, Reference, Refusal, Resource, Stream, Timestamp,
};
use caseward_projections::{NamingWalk, Target};

/// What part of a timeline is asked for.
#[derive(Clone, Debug)]
pub struct TimelineQuery {
    /// Of what.
    pub resource: Resource,
    /// The beginning. Default: the creation of the resource.
    pub from: Option<AsOf>,
    /// The end, exclusive. Default: now.
    pub to: Option<AsOf>,
    /// Only subjects that sort after this one, bytewise.
    pub after: Option<String>,
    /// The greatest number of subjects.
    pub limit: Option<usize>,
}

/// The intervals in which one subject could do each action of the timeline to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub subject: TimelineSubject,
    /// To what.
    pub resource: Resource,
    /// One for each action, in the order of [`tracks_of`].
    pub tracks: Vec<Track>,
}

impl Row {
    /// Every interval with its action.
    pub fn intervals(&self) -> impl Iterator<Item = (Action, &Interval)> {
        self.tracks.iter().flat_map(|track| track.intervals.iter().map(|interval| (track.action, interval)))
    }
}

/// The answer to `timeline`.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Whoever held something, by reference, bytewise.
    pub rows: Vec<Row>,
    /// Whether there are more behind them.
    pub more: bool,
    /// What applied to everybody: restriction, access control off, completion.
    pub bands: Vec<Overlay>,
    /// What happened to the resource in that time, in order.
    pub events: Vec<Recorded>,
    /// The beginning, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// The last position that was read.
    pub position: Position,
    /// When the last event that was read was recorded.
    pub recorded: Timestamp,
    /// `Some(false)` if it ends later than the clock, so that the answer may still change.
    pub settled: Option<bool>,
}

impl Timeline {
    /// What opened or closed something, on its rows or over all.
    pub fn cites(&self) -> impl Iterator<Item = Position> {
        let intervals = self.rows.iter().flat_map(Row::intervals);
        let causes = intervals.flat_map(|(_, interval)| interval.opened_by.iter().chain(&interval.closed_by));
        causes.map(|cause| cause.position).chain(self.bands.iter().flat_map(|band| band.events.clone()))
    }
}

/// The actions that a timeline shows: `read` and `write` for a case, all actions for other resources.
#[must_use]
pub fn tracks_of(resource: &Resource) -> &'static [Action] {
    match resource {
        Resource::Case(_) => &[Action::Read, Action::Write],
        other => actions_of(other),
    }
}

impl Reader<'_> {
    /// A page of those who held something on a resource, and when. The reader and the end are those of
    /// [`ListPage::stretch`].
    ///
    /// # Errors
    /// As for [`Reader::timeline`]; `invalid`, where the page is behind what is no subject.
    pub async fn timeline_page(
        &self,
        resource: &Resource,
        (from, to): (Option<AsOf>, Option<AsOf>),
        page: &ListPage,
    ) -> Result<(Timeline, Next), Error> {
        let after = page.last::<TimelineSubject>()?.map(|last| last.to_string());
        let query = TimelineQuery { resource: resource.clone(), from, to, after, limit: page.paging().limit() };
        let answer = self.timeline(&query).await?;
        let last = answer.rows.last().filter(|_| answer.more).map(|row| row.subject.to_string());
        let next = page.next((answer.position, answer.to), last);
        Ok((answer, next))
    }

    /// Who held something on a resource, and when, as known here.
    ///
    /// # Errors
    /// `not_found`: there is no such resource. `invalid`: a position above the head, bounds in disorder. The log.
    pub async fn timeline(&self, query: &TimelineQuery) -> Result<Timeline, Error> {
        let TimelineQuery { resource, from, to, .. } = query;
        let stretch = self.stretch(*from, *to, Some(resource)).await?;
        let Stretch { from, to, known, settled } = stretch;
        let target = self.tenant.ask(|views| views.target(resource, known))?.ok_or_else(|| not_there(resource))?;
        let work = self.work();
        let walk = Walk { tenant: self.tenant, query, target, stretch, work: &work };
        let (rows, more) = walk.rows().await?;
        let bands = self.tenant.ask(|views| views.bands(target, from, to, known))?;
        let walk = NamingWalk::of_stream(&self.tenant.views(), &resource.stream(), known);
        let events = self.within(&work, stretch, walk, |event| is_about(event, resource)).await?;
        let (position, recorded) = (known.position(), self.tenant.views().timeline.time(known));
        Ok(Timeline { rows, more, bands, events, from, to, position, recorded, settled })
    }

    /// The events of a stretch that a walk finds, and that are wanted.
    pub(super) async fn within(
        &self,
        work: &Work<'_>,
        Stretch { from, to, known, .. }: Stretch,
        walk: Option<NamingWalk>,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Vec<Recorded>, Error> {
        let before = Timestamp::from_micros(from.as_micros().saturating_sub(1));
        let (after, up_to) = {
            let views = self.tenant.views();
            (views.timeline.resolve(before, known).position(), known.position())
        };
        let mut positions = self.walked(work, walk).await?;
        positions.retain(|one| after < *one && *one <= up_to);
        let mut found = Vec::new();
        for portion in positions.chunks(PORTION_EVENTS) {
            work.look_at(portion.len())?;
            let read = self.sealed_at(portion).await?.into_iter();
            for one in read.filter(|one| one.time < to && wanted(&one.event)) {
                work.answer_with(&one)?;
                found.push(one);
            }
            work.give_way().await?;
        }
        self.open(&mut found)?;
        Ok(found)
    }
}

/// The refusal for a resource that does not exist.
pub(in crate::engine) fn not_there(resource: &Resource) -> Refusal {
    let message = format!("there is no `{resource}`, or there was none yet");
    Refusal::new(Code::NotFound, message).hint(format!("caseward history {resource} shows what names it"))
}

/// For a definition or the organization: without events that only concern cases in it.
#[must_use]
pub fn is_about(event: &Event, resource: &Resource) -> bool {
    match resource {
        Resource::Case(case) => event.concerns(&Reference::Case(case.clone())),
        Resource::Definition(definition) => {
            let opens_a_case = matches!(event, Event::CaseOpened(CaseOpened { .. }));
            !opens_a_case && event.concerns(&Reference::Definition(definition.clone()))
        }
        Resource::Organization => event.stream() == Stream::Organization,
    }
}

/// A query, resolved.
struct Walk<'a> {
    tenant: &'a Tenant,
    query: &'a TimelineQuery,
    target: Target,
    stretch: Stretch,
    work: &'a Work<'a>,
}

impl Walk<'_> {
    /// A page of them; whether there are more.
    async fn rows(&self) -> Result<(Vec<Row>, bool), Error> {
        let candidates = crowd::singled_out(self.tenant, self.work, (self.target, self.stretch.known)).await?;
        let stranger = self.tenant.ask(|views| views.stranger(self.target))?;
        let limit = self.query.limit.unwrap_or(usize::MAX);
        let everyone = match stranger {
            Some(stranger) => self.row(TimelineSubject::Everyone, &stranger)?,
            None => None,
        };
        let is_behind = |row: &Row| self.is_behind(&row.subject.to_string());
        let mut rows: Vec<Row> = everyone.iter().filter(|row| is_behind(row)).cloned().collect();
        let behind: Vec<&Asker> = candidates.iter().filter(|one| self.is_behind(&one.to_string())).collect();
        self.work
            .in_slices(behind, |one| {
                let held = self.row(TimelineSubject::One(one.clone()), one)?;
                rows.extend(held.filter(|row| everyone.as_ref().is_none_or(|everyone| row.tracks != everyone.tracks)));
                // One more than is shown tells whether there is a next page.
                Ok(rows.len() <= limit)
            })
            .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }

    fn is_behind(&self, subject: &str) -> bool {
        self.query.after.as_ref().is_none_or(|after| subject > after.as_str())
    }

    /// `None` if the subject held nothing.
    fn row(&self, subject: TimelineSubject, asker: &Asker) -> Result<Option<Row>, Error> {
        row((self.tenant, self.work), subject, asker, &self.query.resource, self.stretch)
    }
}

/// The intervals of one subject; `None` if it held nothing.
pub(in crate::engine) fn row(
    (tenant, work): (&Tenant, &Work<'_>),
    subject: TimelineSubject,
    asker: &Asker,
    resource: &Resource,
    Stretch { from, to, known, .. }: Stretch,
) -> Result<Option<Row>, Error> {
    let turns = tenant.ask(|views| views.count_turns(asker, resource, from, to, known))?;
    work.look_at(turns * tracks_of(resource).len())?;
    let track = |&action: &Action| {
        let question = Question::new(asker.clone(), action, resource.clone());
        let intervals = tenant.ask(|views| views.intervals(&question, from, to, known))?;
        Ok(Track { action, intervals })
    };
    let tracks = tracks_of(resource).iter().map(track).collect::<Result<Vec<Track>, Error>>()?;
    work.answer_with(&tracks)?;
    let held = tracks.iter().any(|track| !track.intervals.is_empty());
    Ok(held.then(|| Row { subject, resource: resource.clone(), tracks }))
}
