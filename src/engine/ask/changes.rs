//! Changes of effective access, from one moment to the next: what each commit changed, and each instant at which windows turn.
//!
//! A [`Follower`] stands at a moment, and goes on behind it: to the next commit, or to the next beginning or end of a window
//! that some event up to there set, whichever comes first; at one instant windows turn before commits. What lies between two
//! moments is the `diff` of the two.
//! INVARIANT: nothing is told before it is durable, and no end of a window before it is certain that no live commit will be
//! earlier. Where a follower stands depends on the log alone, so that it can go on from the id of every step, in another
//! process too. Absent on purpose: links, which are no users, as in `diff`; and reading events again for every follower
//! ([`Known`]).

mod compare;

use super::Asking;
use super::work::Work;
use crate::engine::clock::Clock;
use crate::engine::error::Error;
use crate::engine::followed::{Known, Step};
use crate::engine::tenant::Tenant;
use caseward_events::answer::{AccessChanges, PointInTime};
use caseward_events::ask::{AsOf, FeedId};
use caseward_events::{Action, Position, Recorded, Refusal, Resource, Timestamp, UserId};
use caseward_projections::{Pos32, Resolved, Span, When};
use compare::Comparison;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub use compare::ChangeLimits;

/// As often it is looked again at a clock that cannot be believed.
const DOUBTED: Duration = Duration::from_secs(1);

/// Windows never turn more often than it is looked.
const LOOK_MIN: Duration = Duration::from_millis(1);

/// Bytes of the log that a follower reads at once, and holds until it has gone through them.
const READ_BYTES: usize = 64 << 10;

/// Steps this close to the head are taken once, for everybody who follows.
const NEAR_THE_HEAD: u64 = 256;

/// Which changes are wanted; all of them, where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of this user alone.
    pub subject: Option<UserId>,
    /// Of what is held on this alone.
    pub resource: Option<Resource>,
    /// Where this may be done and could not be before, or the other way round.
    pub action: Option<Action>,
}

impl ChangeFilter {
    fn is_empty(&self) -> bool {
        *self == ChangeFilter::default()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Follower {
    now: When,
    id: FeedId,
    filter: ChangeFilter,
    limits: ChangeLimits,
    known: Arc<Known>,
    /// Commits that were read and not gone through, in order.
    ready: VecDeque<Vec<Recorded>>,
}

/// How far a follower has come.
#[derive(Clone, Debug)]
pub enum Followed {
    /// It has gone on, and this changed; `None` where nothing did that is wanted.
    On(Option<Arc<AccessChanges>>),
    /// It stands at the head, and nothing changes for so long unless something is recorded; `None` where no window turns any more.
    Waits(Option<Duration>),
}

impl Follower {
    /// That goes on behind a moment.
    pub(in crate::engine) fn behind(
        (tenant, asking): (&Tenant, &Asking),
        after: FeedId,
        filter: ChangeFilter,
    ) -> Result<Follower, Error> {
        let head = tenant.head();
        if after.position > head {
            let message = format!("position {} is above the head, {head}", after.position);
            return Err(Refusal::invalid(message)
                .hint("start at a position up to the head")
                .fact("head", head.0)
                .into());
        }
        let place = Pos32::from(after.position);
        let time = tenant.views().timeline.time(place);
        let at = after.at.unwrap_or(time);
        let now = tenant.now_at_head(asking.clock.now()).max(tenant.told().unwrap_or(time));
        if at < time || at > now.max(time) {
            let message = format!(
                "`{after}` is no id of this feed: position {place} is of {time}, and now is {now}",
                place = after.position
            );
            return Err(Refusal::invalid(message).hint("give the `id` of a message, or a position").into());
        }
        let id = FeedId { at: after.at.filter(|at| *at != time), ..after };
        let known = tenant.known_of_changes();
        let limits = ChangeLimits::default();
        Ok(Follower { now: When { place, at }, id, filter, limits, known, ready: VecDeque::new() })
    }

    /// With other limits on what one message may come to.
    #[must_use]
    pub fn within_limits(self, limits: ChangeLimits) -> Follower {
        Follower { limits, ..self }
    }

    /// Where it stands: a follower that starts here goes on as this one does.
    #[must_use]
    pub fn id(&self) -> FeedId {
        self.id
    }

    /// Goes one step on, if there is one.
    pub(in crate::engine) async fn go_on(&mut self, (tenant, asking): (&Tenant, &Asking)) -> Result<Followed, Error> {
        let is_shared = self.filter.is_empty() && self.limits == ChangeLimits::default();
        let is_near = tenant.head().0 - self.position().0.min(tenant.head().0) <= NEAR_THE_HEAD;
        if !is_shared || !is_near {
            return match self.next((tenant, asking)).await? {
                Next::Step(step) => Ok(self.take(&step)),
                Next::Waits(wait) => Ok(Followed::Waits(wait)),
            };
        }
        let known = Arc::clone(&self.known);
        if let Some(step) = known.step_from(self.now) {
            return Ok(self.take(&step));
        }
        let _turn = known.turn.lock().await;
        if let Some(step) = known.step_from(self.now) {
            return Ok(self.take(&step));
        }
        match self.next((tenant, asking)).await? {
            Next::Step(step) => {
                known.keep(self.now, Arc::clone(&step));
                Ok(self.take(&step))
            }
            Next::Waits(wait) => Ok(Followed::Waits(wait)),
        }
    }

    fn position(&self) -> Position {
        self.now.place.position()
    }

    fn take(&mut self, step: &Step) -> Followed {
        (self.now, self.id) = (step.to, step.id);
        let position = self.position();
        while self.ready.front().and_then(|commit| commit.last()).is_some_and(|last| last.position <= position) {
            self.ready.pop_front();
        }
        Followed::On(step.told.clone())
    }

    async fn next(&mut self, of: (&Tenant, &Asking)) -> Result<Next, Error> {
        let (tenant, asking) = of;
        // Others who follow may be behind the place where this one began.
        while self.known.to() < self.position() {
            for commit in commits(of, self.known.to()).await? {
                self.known.learn(|| tenant.views(), &commit);
            }
        }
        loop {
            if self.ready.is_empty() && tenant.head() > self.position() {
                self.ready = commits(of, self.position()).await?;
            }
            let next = self.ready.front();
            let now = tenant.now_at_head(asking.clock.now());
            let turned = self.known.turned(self.now, next.map_or(now, |commit| commit[0].time));
            match (turned, next) {
                (Some((at, set_by)), None) => {
                    let now = asking.settle(tenant, AsOf::Instant(at)).await;
                    if tenant.head() > self.position() {
                        continue;
                    }
                    if now < at {
                        return Ok(Next::Waits(Some(DOUBTED)));
                    }
                    return Ok(Next::Step(self.windows_turn(of, at, set_by).await?));
                }
                (Some((at, set_by)), Some(_)) => return Ok(Next::Step(self.windows_turn(of, at, set_by).await?)),
                (None, Some(commit)) => return Ok(Next::Step(self.commit(of, commit).await?)),
                (None, None) => {
                    let wait = self.known.next_turn(self.now).map(|next| {
                        let micros = next.as_micros().saturating_sub(now.as_micros());
                        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).max(LOOK_MIN)
                    });
                    return Ok(Next::Waits(wait));
                }
            }
        }
    }

    /// A commit, whose time may lie before an instant that was told: where an import goes on behind it.
    async fn commit(&self, of: (&Tenant, &Asking), commit: &[Recorded]) -> Result<Arc<Step>, Error> {
        let (Some(first), Some(last)) = (commit.first(), commit.last()) else { unreachable!("a commit has an event") };
        self.known.learn(|| of.0.views(), commit);
        let at = self.now.at.max(first.time);
        let id = FeedId { position: last.position, at: (at != first.time).then_some(at) };
        let to = When { place: last.position.into(), at };
        self.compared(of, Span { from: When { at, ..self.now }, to }, id, commit).await
    }

    /// All windows that turn at one instant, with the positions of the events that set them.
    async fn windows_turn(
        &self,
        of: (&Tenant, &Asking),
        at: Timestamp,
        set_by: Vec<Position>,
    ) -> Result<Arc<Step>, Error> {
        let id = FeedId { position: self.position(), at: Some(at) };
        let events = of.1.events_at(of.0, set_by).await?;
        self.compared(of, Span { from: self.now, to: When { at, ..self.now } }, id, &events).await
    }

    /// What some events changed, themselves or by the windows that they set.
    async fn compared(
        &self,
        (tenant, asking): (&Tenant, &Asking),
        span: Span,
        id: FeedId,
        events: &[Recorded],
    ) -> Result<Arc<Step>, Error> {
        let point = |when: When| PointInTime { position: when.place.position(), at: when.at };
        let told = AccessChanges::between(id, point(span.from), point(span.to));
        let work = Work::new(asking.limits, &asking.rows);
        let comparison = Comparison::new((tenant, &work), &self.known, (&self.filter, self.limits), span)?;
        let told = comparison.of(events, told).await?;
        let told = (!told.is_empty()).then(|| Arc::new(told));
        Ok(Arc::new(Step { to: span.to, id, told }))
    }
}

enum Next {
    Step(Arc<Step>),
    Waits(Option<Duration>),
}

/// Commits behind a position that are there as a whole, up to the head: at least one, where there is one.
async fn commits((tenant, asking): (&Tenant, &Asking), after: Position) -> Result<VecDeque<Vec<Recorded>>, Error> {
    let head = tenant.head();
    let when = When { place: head.into(), at: tenant.views().timeline.time(head.into()) };
    let reader = super::Reader::at(tenant, asking, Resolved { when, settled: None });
    let (mut whole, mut open, mut position) = (VecDeque::new(), Vec::new(), after);
    while whole.is_empty() && position < head {
        for recorded in reader.sealed_within(position, READ_BYTES).await? {
            position = recorded.position;
            let is_last = recorded.commit_index + 1 == recorded.commit_count;
            open.push(recorded);
            if is_last {
                whole.push_back(std::mem::take(&mut open));
            }
        }
    }
    Ok(whole)
}
