//! What changed for everybody on everything, by what changed it.
//!
//! INVARIANT: the events between the two moments say which pairs each could affect, and one table gives the windows that begin
//! or end in between; so nobody else is compared. Causes are told on the first page alone.

use super::Comparison;
use super::rows::{Behind, Row};
use super::walk::{Candidates, SLICE_PAIRS};
use crate::engine::error::Error;
use caseward_events::answer::{Cause, CauseTally, DiffAnswer};
use caseward_events::{Event, Recorded};
use caseward_projections::{AtHand, Pair, Pos32, RightsDifference, Span, Target, When};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Resources whose pairs are found under one lock.
const SLICE_TARGETS: usize = 512;

/// Changes that are listed under a cause.
const FIRST_CHANGES: usize = 10;

/// The progress of a comparison: the position reached, and the changes found so far.
struct Passed {
    now: When,
    tallies: Vec<CauseTally>,
    causes: BTreeMap<Pair, Vec<Cause>>,
}

impl Comparison<'_> {
    /// Goes through the events between the two moments, in order.
    pub(super) async fn by_cause(&self, behind: Option<&Behind>) -> Result<(DiffAnswer, Option<String>), Error> {
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
        let differences = self.differences(&pairs, self.span).await?;
        let rows = self.in_order(self.rows_of(differences)?).await?;
        let (rows, more) = self.page(&Candidates::Rows(rows), (behind, self.limit())).await?;
        let changes = self.named(&rows, Some(&causes)).await?;
        let (answer, last) = self.told(changes, more);
        Ok((DiffAnswer { by_cause: behind.is_none().then_some(tallies), ..answer }, last))
    }

    /// One row for each user that a pair stands for.
    fn rows_of(&self, differences: Vec<RightsDifference>) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::with_capacity(differences.len());
        for difference in differences {
            let users = |views: AtHand<'_>| views.users_of(difference.pair, &self.crowd, self.span.to.place);
            let of = |user: u32| Row { user: Some(user), difference: difference.clone() };
            rows.extend(self.tenant.ask(users)?.into_iter().map(of));
        }
        Ok(rows)
    }

    /// By subject, then by resource.
    async fn in_order(&self, rows: Vec<Row>) -> Result<Vec<Row>, Error> {
        let users: BTreeSet<u32> = rows.iter().filter_map(|row| row.user).collect();
        let targets: BTreeSet<Target> = rows.iter().map(|row| row.difference.pair.target).collect();
        let users = self.reader.by_id(&self.work, users.into_iter().collect()).await?;
        let (targets, mut named) = (targets.into_iter().collect::<Vec<Target>>(), Vec::new());
        self.work
            .in_slices(targets.chunks(SLICE_TARGETS), |slice| {
                let views = self.tenant.views();
                named.extend(slice.iter().map(|target| (views.resource(*target).to_string(), *target)));
                Ok(true)
            })
            .await?;
        named.sort_unstable();
        let user_places: HashMap<u32, usize> = users.into_iter().zip(0..).collect();
        let target_places: HashMap<Target, usize> = named.into_iter().map(|(_, target)| target).zip(0..).collect();
        let place = |row: &Row| {
            let user = row.user.and_then(|user| user_places.get(&user)).copied();
            (user, target_places[&row.difference.pair.target])
        };
        let mut placed: Vec<_> = rows.into_iter().map(|row| (place(&row), row)).collect();
        placed.sort_unstable_by_key(|(place, _)| *place);
        Ok(placed.into_iter().map(|(_, row)| row).collect())
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

    /// The pairs that an event could affect, for some resources at a time.
    async fn pairs_of(&self, event: &Event) -> Result<Vec<Pair>, Error> {
        let mut pairs = BTreeSet::new();
        for bearing in self.tenant.ask(|views| views.bearings_of(event, &self.crowd))? {
            self.work
                .in_slices(bearing.targets().chunks(SLICE_TARGETS), |slice| {
                    self.work.look_at(slice.len())?;
                    pairs.extend(self.tenant.ask(|views| {
                        let mut upon = views.pairs_upon(&bearing, slice, &self.crowd);
                        // What lies above the head may be taken off at any time.
                        upon.retain(|pair| pair.is_named(&views, self.span.to.place));
                        upon
                    })?);
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
        if self.paging.after.is_some() {
            return Ok(());
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
