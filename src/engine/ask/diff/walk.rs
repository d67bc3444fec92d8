//! The pairs that a `diff` compares, by subject and resource, so that a page asks about its own and no more.
//!
//! INVARIANT: whoever nothing singles out on a resource holds there what a stranger holds, who is asked about once. Absent on
//! purpose: names; and why something differs, which is looked up for what is shown.

use super::Comparison;
use super::rows::{Behind, PageRows, Row, next_kind};
use crate::engine::error::Error;
use caseward_events::answer::ChangeKind;
use caseward_events::{Asker, Refusal, Resource, UserId};
use caseward_projections::{AtHand, Pair, RightsDifference, Target};
use std::cmp::Ordering;

/// Pairs of a user and a resource that are evaluated under one lock.
pub(super) const SLICE_PAIRS: usize = 256;

/// What a `diff` goes through, in order.
pub(super) enum Candidates {
    /// Users, on one resource.
    OnTarget(OnTarget),
    /// What some users could ever hold anything on; `None` for one whom no event names, who is alone then.
    OfUsers(Vec<Option<u32>>),
    /// Rows that were found in another way.
    Rows(Vec<Row>),
}

/// Users by id, on one resource.
pub(super) struct OnTarget {
    pub(super) target: Target,
    pub(super) users: Vec<u32>,
    /// What differs for all whom nothing singles out there; these are asked about, by ascending number.
    pub(super) strangers: Option<(RightsDifference, Vec<u32>)>,
}

/// How far a walk has come: to a user, and with that user to a resource, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    user: usize,
    target: usize,
}

impl Place {
    const BEGIN: Place = Place { user: 0, target: 0 };
    const END: Place = Place { user: usize::MAX, target: 0 };
}

impl OnTarget {
    /// What differs for a user.
    fn difference(&self, comparison: &Comparison<'_>, views: AtHand<'_>, user: u32) -> Option<RightsDifference> {
        match &self.strangers {
            Some((difference, singled_out)) if singled_out.binary_search(&user).is_err() => Some(difference.clone()),
            _ => {
                let pair = Pair { user: Some(user), target: self.target };
                views.compare([pair], comparison.span).next()
            }
        }
    }
}

impl Comparison<'_> {
    /// The rows of a page, and whether more stand behind them.
    pub(super) async fn page(
        &self,
        candidates: &Candidates,
        (behind, limit): (Option<&Behind>, usize),
    ) -> Result<(Vec<Row>, bool), Error> {
        let Some(behind) = behind else {
            let mut page = PageRows::new(ChangeKind::Gained, limit);
            self.walk(candidates, (Place::BEGIN, Place::END), &mut page).await?;
            return Ok(page.finish());
        };
        // One of this kind stands there, or the caller was told so.
        let place = self.behind(candidates, behind)?;
        let mut page = PageRows::new(behind.kind, limit);
        self.walk(candidates, (place, Place::END), &mut page).await?;
        // Other kinds begin at the first subject again.
        if let Some(next) = next_kind(behind.kind).filter(|_| !page.is_full()) {
            let mut before = PageRows::new(next, limit);
            self.walk(candidates, (Place::BEGIN, place), &mut before).await?;
            page = page.with_rows_before(before);
        }
        Ok(page.finish())
    }

    async fn walk(
        &self,
        candidates: &Candidates,
        (from, to): (Place, Place),
        page: &mut PageRows,
    ) -> Result<(), Error> {
        match candidates {
            Candidates::OnTarget(on) => self.walk_users(on, from.user..to.user.min(on.users.len()), page).await,
            Candidates::Rows(rows) => {
                let mut rows = rows[from.user..to.user.min(rows.len())].iter();
                rows.try_for_each(|row| page.take(row.clone()).then_some(()));
                Ok(())
            }
            Candidates::OfUsers(users) => {
                for (place, user) in users.iter().enumerate().take(to.user.saturating_add(1)).skip(from.user) {
                    let first = if place == from.user { from.target } else { 0 };
                    let last = if place == to.user { to.target } else { usize::MAX };
                    if !self.walk_targets(*user, (first, last), page).await? {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    async fn walk_users(&self, on: &OnTarget, users: std::ops::Range<usize>, page: &mut PageRows) -> Result<(), Error> {
        let users = &on.users[users];
        self.work
            .in_slices(users.chunks(SLICE_PAIRS), |slice| {
                self.work.look_at(slice.len())?;
                let rows = |views: AtHand<'_>| {
                    let row =
                        |user: &u32| Some(Row { user: Some(*user), difference: on.difference(self, views, *user)? });
                    slice.iter().filter_map(row).collect::<Vec<Row>>()
                };
                Ok(self.tenant.ask(rows)?.into_iter().all(|row| page.take(row)))
            })
            .await
    }

    /// False where no further row can be on the page.
    async fn walk_targets(
        &self,
        user: Option<u32>,
        (first, last): (usize, usize),
        page: &mut PageRows,
    ) -> Result<bool, Error> {
        let targets = self.tenant.ask(|views| self.targets(views, user))?;
        let targets = &targets[first.min(targets.len())..last.min(targets.len())];
        let mut goes_on = true;
        self.work
            .in_slices(targets.chunks(SLICE_PAIRS), |slice| {
                self.work.look_at(slice.len())?;
                let pairs = slice.iter().map(|&target| Pair { user, target });
                let found = self.tenant.ask(|views| views.compare(pairs.clone(), self.span).collect::<Vec<_>>())?;
                goes_on = found.into_iter().all(|difference| page.take(Row { user, difference }));
                Ok(goes_on)
            })
            .await?;
        Ok(goes_on)
    }

    /// What a user could ever hold anything on, in the order of references; that alone which events name by then.
    fn targets(&self, views: AtHand<'_>, user: Option<u32>) -> Vec<Target> {
        let mut targets = views.targets_of_user(user);
        targets.retain(|target| views.names(*target, self.span.to.place));
        targets
    }

    /// The place behind what a page ended with.
    ///
    /// # Errors
    /// `invalid`: that does not stand there.
    fn behind(&self, candidates: &Candidates, behind: &Behind) -> Result<Place, Error> {
        let found = self.tenant.ask(|views| {
            let mut readings = behind.readings.iter();
            readings.find_map(|named| self.place_of(views, candidates, (behind.kind, named)))
        })?;
        let token = self.paging.after.as_ref().expect("what a page goes on behind came with its token");
        Ok(found.ok_or_else(|| -> Refusal { token.foreign() })?)
    }

    fn place_of(
        &self,
        views: AtHand<'_>,
        candidates: &Candidates,
        (kind, (subject, resource)): (ChangeKind, &(Asker, Resource)),
    ) -> Option<Place> {
        let target = views.target(resource, self.span.to.place)?;
        let Asker::User(id) = subject else { return None };
        let is_of_kind = |row: Row| row.kind() == kind && row.difference.pair.target == target;
        match candidates {
            Candidates::OnTarget(on) => {
                let place = search(views, &on.users, |user| *user, id).ok()?;
                let difference = on.difference(self, views, on.users[place])?;
                is_of_kind(Row { user: Some(on.users[place]), difference })
                    .then_some(Place { user: place + 1, target: 0 })
            }
            Candidates::Rows(rows) => {
                let user = views.directory.users.get(id);
                let is_it = |row: &Row| row.user == user && row.difference.pair.target == target;
                let place = rows.iter().position(is_it)?;
                is_of_kind(rows[place].clone()).then_some(Place { user: place + 1, target: 0 })
            }
            Candidates::OfUsers(users) => {
                let user = match &users[..] {
                    [None] if self.asked.as_ref() == Some(subject) => 0,
                    _ => search(views, users, |user| user.unwrap_or(u32::MAX), id).ok()?,
                };
                let of = users[user];
                let place = self.targets(views, of).iter().position(|one| *one == target)?;
                let difference = views.compare([Pair { user: of, target }], self.span).next()?;
                is_of_kind(Row { user: of, difference }).then_some(Place { user, target: place + 1 })
            }
        }
    }
}

/// Where a user stands among some that are in the order of ids.
fn search<T>(views: AtHand<'_>, users: &[T], number: impl Fn(&T) -> u32, id: &UserId) -> Result<usize, usize> {
    let compared = |user: &T| {
        let number = number(user);
        if number == u32::MAX { Ordering::Greater } else { views.directory.users.id(number).cmp(id) }
    };
    users.binary_search_by(compared)
}
