//! What changed between two moments: of a resource, of a user or a group, of the whole organization by cause.
//!
//! INVARIANT: the views are held for a slice of pairs at a time, all asked at the same two moments, so that no writer
//! waits for the end of a long list. The organization's pairs come from the events in between, everything else from
//! the views alone.

use super::crowd::{self, SLICE_USERS};
use super::reader::Reader;
use super::work::Work;
use crate::engine::error::Error;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{Cause, CauseTally, Change, DiffAnswer, PointInTime};
use caseward_events::ask::AsOf;
use caseward_events::{Asker, Event, GroupId, Recorded, Reference, Refusal};
use caseward_projections::{AtHand, Audience, Pair, Pos32, RightsDifference, Span, When};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of a user and a resource that are evaluated under one lock.
const SLICE_PAIRS: usize = 256;

/// Resources whose pairs are found under one lock.
const SLICE_TARGETS: usize = 512;

/// Changes that are listed under a cause.
const FIRST_CHANGES: usize = 10;

impl Reader<'_> {
    /// What changed between an earlier moment and this place on a case or a definition, for a user or the users of a
    /// group, or, of the organization, for everybody on everything.
    ///
    /// # Errors
    /// `invalid`: a position above the head, moments in disorder, a thing that nobody holds anything on. The log.
    pub async fn diff(&self, of: &Reference, from: AsOf) -> Result<DiffAnswer, Error> {
        let Reader { tenant, asking, resolved, .. } = *self;
        let to = resolved.when;
        let from = asking.resolve(tenant, from, None).await?.when;
        if from.place > to.place || from.at > to.at || from == to {
            let told = |when: When| format!("position {} ({})", when.place.position(), when.at);
            let message = format!("{} does not lie before {}", told(from), told(to));
            return Err(Refusal::invalid(message).hint("give a `from` that lies before `to`").into());
        }
        let work = self.work();
        let crowd = crowd::audience(tenant, &work, to.place).await?;
        let comparison = Comparison { reader: self, tenant, span: Span { from, to }, crowd, work };
        let answer = match of {
            Reference::Organization => comparison.by_cause().await?,
            other => comparison.of(other).await?,
        };
        let known = match of {
            Reference::User(user) => tenant.views().known(&Asker::User(user.clone()), to.place),
            _ => None,
        };
        Ok(DiffAnswer { settled: resolved.settled, known, ..answer })
    }
}

/// What is compared with what.
struct Comparison<'a> {
    reader: &'a Reader<'a>,
    tenant: &'a Tenant,
    span: Span,
    crowd: Audience,
    work: Work<'a>,
}

impl Comparison<'_> {
    async fn of(&self, of: &Reference) -> Result<DiffAnswer, Error> {
        let pairs = self.pairs(of).await?;
        let (mut changes, mut named) = (Vec::new(), Vec::new());
        let differences = self.differences(&pairs, self.span).await?;
        // Whoever is asked about by name may be one whom no event names by then.
        let asked = match of {
            Reference::User(user) => Some(Asker::User(user.clone())),
            _ => None,
        };
        self.work
            .in_slices(&differences, |difference| {
                let causes = self.tenant.ask(|views| views.causes(difference.pair, self.span))?;
                match &asked {
                    Some(subject) => {
                        let change =
                            self.tenant.ask(|views| views.change(subject.clone(), difference, causes.clone()))?;
                        self.work.answer_with(&change)?;
                        changes.push(change);
                    }
                    None => named.push((difference, causes)),
                }
                Ok(true)
            })
            .await?;
        for (difference, causes) in named {
            changes.extend(self.name(difference, &causes).await?);
        }
        Ok(self.told(changes, None))
    }

    async fn pairs(&self, of: &Reference) -> Result<Vec<Pair>, Error> {
        match of {
            Reference::User(user) => {
                let (head, place) = (Pos32::from(self.tenant.head()), self.span.to.place);
                Ok(self.tenant.ask(|views| {
                    let users = &views.directory.users;
                    let user = users.get(user).filter(|user| users.first(*user) <= head);
                    let pairs = views.pairs_of_user(user).into_iter();
                    pairs.filter(|pair| views.names(pair.target, place)).collect()
                })?)
            }
            Reference::Group(group) => self.pairs_of_group(group).await,
            other => {
                let resource = other.resource().ok_or_else(|| {
                    let message = format!("nobody holds rights on `{other}`, and it holds none");
                    Refusal::invalid(message).hint("ask about a case, definition, user, group or organization")
                })?;
                Ok(self.tenant.ask(|views| {
                    let target = views.target(&resource, self.span.to.place);
                    let pairs = target.map_or_else(Vec::new, |target| views.pairs_of_target(target, &self.crowd));
                    self.named(views, pairs)
                })?)
            }
        }
    }

    /// All that they could hold who were in it.
    async fn pairs_of_group(&self, group: &GroupId) -> Result<Vec<Pair>, Error> {
        let ever = self.tenant.ask(|views| {
            let group = views.directory.groups.get(group)?;
            Some((group, views.ever_in_group(group, &self.crowd)))
        })?;
        let Some((group, users)) = ever else { return Ok(Vec::new()) };
        let (places, mut pairs) = ([self.span.from.place, self.span.to.place], Vec::new());
        self.work
            .in_slices(users.chunks(SLICE_USERS), |slice| {
                pairs.extend(self.tenant.ask(|views| {
                    let members = views.within(slice, group, places).into_iter();
                    self.named(views, members.flat_map(|user| views.pairs_of_user(Some(user))).collect())
                })?);
                Ok(true)
            })
            .await?;
        Ok(pairs)
    }

    /// Without those whom no event names by then: what lies above the head may be taken off at any time.
    fn named(&self, views: AtHand<'_>, mut pairs: Vec<Pair>) -> Vec<Pair> {
        pairs.retain(|pair| pair.is_named(&views, self.span.to.place));
        pairs
    }

    async fn differences(&self, pairs: &[Pair], span: Span) -> Result<Vec<RightsDifference>, Error> {
        let mut differences = Vec::new();
        self.work
            .in_slices(pairs.chunks(SLICE_PAIRS), |slice| {
                self.work.look_at(slice.len())?;
                let differing = |views: AtHand<'_>| views.compare(slice.iter().copied(), span).collect::<Vec<_>>();
                differences.extend(self.tenant.ask(differing)?);
                Ok(true)
            })
            .await?;
        Ok(differences)
    }

    /// One change for each user that the pair stands for.
    async fn name(&self, difference: &RightsDifference, causes: &[Cause]) -> Result<Vec<Change>, Error> {
        let users = self.tenant.ask(|views| views.users_of(difference.pair, &self.crowd, self.span.to.place))?;
        let mut named: Vec<Change> = Vec::new();
        self.work
            .in_slices(users.chunks(SLICE_USERS), |slice| {
                let changes = self.tenant.ask(|views| {
                    let subjects = slice.iter().map(|user| Asker::User(views.directory.users.id(*user).clone()));
                    subjects.map(|subject| views.change(subject, difference, causes.to_vec())).collect::<Vec<_>>()
                })?;
                changes.iter().try_for_each(|change| self.work.answer_with(change))?;
                named.extend(changes);
                Ok(true)
            })
            .await?;
        Ok(named)
    }

    fn told(&self, mut changes: Vec<Change>, by_cause: Option<Vec<CauseTally>>) -> DiffAnswer {
        changes.sort_by_cached_key(|change| (change.subject.to_string(), change.resource.to_string()));
        let point = |when: When| PointInTime { position: when.place.position(), at: when.at };
        let (from, to) = (point(self.span.from), point(self.span.to));
        DiffAnswer { by_cause, ..DiffAnswer::of(changes, from, to) }
    }

    /// Goes through the events between the two moments, in order.
    async fn by_cause(&self) -> Result<DiffAnswer, Error> {
        let turned = self.tenant.ask(|views| views.window_turns(self.span))?;
        let mut windows = turned.chunk_by(|one, next| one.time == next.time).peekable();
        let mut passed = Passed { now: self.span.from, tallies: Vec::new(), causes: BTreeMap::new() };
        let (mut position, last) = (self.span.from.place.position(), self.span.to.place.position());
        while position < last {
            let events = self.reader.sealed_after(position).await?;
            self.work.look_at(events.len())?;
            for recorded in events {
                while let Some(turned) = windows.next_if(|turned| turned[0].time <= recorded.time) {
                    self.windows_turn(turned, &mut passed).await?;
                }
                self.event(&recorded, &mut passed).await?;
                position = recorded.position;
            }
        }
        for turned in windows {
            self.windows_turn(turned, &mut passed).await?;
        }
        let Passed { tallies, causes, .. } = passed;
        let pairs: Vec<Pair> = causes.keys().copied().collect();
        let mut changes = Vec::new();
        for difference in self.differences(&pairs, self.span).await? {
            changes.extend(self.name(&difference, &causes[&difference.pair]).await?);
        }
        Ok(self.told(changes, Some(tallies)))
    }

    /// The pairs that an event could affect, for some resources at a time.
    async fn pairs_of(&self, event: &Event) -> Result<Vec<Pair>, Error> {
        let mut pairs = BTreeSet::new();
        for bearing in self.tenant.ask(|views| views.bearings_of(event, &self.crowd))? {
            self.work
                .in_slices(bearing.targets().chunks(SLICE_TARGETS), |slice| {
                    self.work.look_at(slice.len())?;
                    let upon = |views: AtHand<'_>| self.named(views, views.pairs_upon(&bearing, slice, &self.crowd));
                    pairs.extend(self.tenant.ask(upon)?);
                    Ok(true)
                })
                .await?;
        }
        Ok(pairs.into_iter().collect())
    }

    async fn event(&self, recorded: &Recorded, passed: &mut Passed) -> Result<(), Error> {
        let before = When { place: passed.now.place, at: passed.now.at.max(recorded.time) };
        let after = When { place: Pos32::from(recorded.position), at: before.at };
        let pairs = self.pairs_of(&recorded.event).await?;
        let cause = Cause { position: recorded.position, time: recorded.time, window: None };
        let differences = self.differences(&pairs, Span { from: before, to: after }).await?;
        self.count(cause, &differences, passed)?;
        passed.now = after;
        Ok(())
    }

    /// The windows that begin or end at one instant.
    async fn windows_turn(&self, turned: &[Cause], passed: &mut Passed) -> Result<(), Error> {
        let span = Span { from: passed.now, to: When { at: passed.now.at.max(turned[0].time), ..passed.now } };
        let mut of_pair: BTreeMap<Pair, Vec<Cause>> = BTreeMap::new();
        for cause in turned {
            if let Some(recorded) = self.reader.event(cause.position).await? {
                let pairs = self.pairs_of(&recorded.event).await?;
                pairs.into_iter().for_each(|pair| of_pair.entry(pair).or_default().push(*cause));
            }
        }
        let pairs: Vec<Pair> = of_pair.keys().copied().collect();
        let mut by_cause: Vec<(Cause, Vec<RightsDifference>)> =
            turned.iter().map(|cause| (*cause, Vec::new())).collect();
        for difference in self.differences(&pairs, span).await? {
            let windows = of_pair.remove(&difference.pair).unwrap_or_default();
            let blamed = |views: AtHand<'_>| views.blamed(difference.pair, windows.clone(), span);
            for cause in self.tenant.ask(blamed)? {
                let of_cause = by_cause.iter_mut().filter(|(one, _)| *one == cause);
                of_cause.for_each(|(_, differences)| differences.push(difference.clone()));
            }
        }
        for (cause, differences) in &by_cause {
            self.count(*cause, differences, passed)?;
        }
        passed.now = span.to;
        Ok(())
    }

    fn count(&self, cause: Cause, differences: &[RightsDifference], passed: &mut Passed) -> Result<(), Error> {
        if differences.is_empty() {
            return Ok(());
        }
        for difference in differences {
            passed.causes.entry(difference.pair).or_default().push(cause);
        }
        let place = self.span.to.place;
        let (pairs, first) = self.tenant.ask(|views| {
            let (pairs, first) = views.first_changes(differences, &self.crowd, place, FIRST_CHANGES);
            let named = first.into_iter().map(|(subject, of)| views.change(subject, of, vec![cause]));
            (pairs, named.collect::<Vec<_>>())
        })?;
        if pairs > 0 {
            let tally = CauseTally { cause, pairs, first };
            self.work.answer_with(&tally)?;
            passed.tallies.push(tally);
        }
        Ok(())
    }
}

/// The progress of a comparison: the position reached, and the changes found so far.
struct Passed {
    now: When,
    tallies: Vec<CauseTally>,
    causes: BTreeMap<Pair, Vec<Cause>>,
}
