//! What some events changed between two moments, named, or what to ask about again where that is too much.
//!
//! INVARIANT: which pairs are compared over-approximates, and the evaluator decides. Whoever is not among the pairs of a resource
//! holds what a stranger holds there, so that the names of strangers follow from the pairs alone, whatever the
//! views learn meanwhile.

use super::ChangeFilter;
use crate::engine::ask::work::Work;
use crate::engine::error::Error;
use crate::engine::followed::Known;
use crate::engine::tenant::Tenant;
use caseward_events::answer::{AccessChanges, AskAgain, Change, ChangeForEveryone};
use caseward_events::ask::actions_of;
use caseward_events::{Action, Asker, Recorded, Rights};
use caseward_projections::{AtHand, Bearing, Pair, RightsDifference, Span, Target};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of a user and a resource that are compared under one lock.
const SLICE_PAIRS: usize = 256;

/// Resources whose pairs are found under one lock.
const SLICE_TARGETS: usize = 64;

/// Users that are named under one lock.
const SLICE_NAMES: u32 = 1_024;

/// What one message of changes may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeLimits {
    /// Pairs of a user and a resource that are compared for it.
    pub pairs: usize,
    /// Items in it.
    pub items: usize,
    /// Subjects or resources that it says to ask about again, one by one.
    pub ask_again: usize,
}

impl Default for ChangeLimits {
    fn default() -> Self {
        ChangeLimits { pairs: 1_000_000, items: 10_000, ask_again: 1_000 }
    }
}

pub(super) struct Comparison<'a> {
    tenant: &'a Tenant,
    work: &'a Work<'a>,
    known: &'a Known,
    filter: &'a ChangeFilter,
    limits: ChangeLimits,
    span: Span,
    wanted: Wanted,
}

/// What is wanted, by number, as of the end of the span.
#[derive(Clone, Copy)]
struct Wanted {
    /// Of this user alone; `Some(None)` where no event names the user yet.
    user: Option<Option<u32>>,
    /// On this alone; `Some(None)` where it is not there yet.
    target: Option<Option<Target>>,
}

impl Wanted {
    fn user(&self, number: u32) -> bool {
        self.user.is_none_or(|wanted| wanted == Some(number))
    }

    fn target(&self, target: Target) -> bool {
        self.target.is_none_or(|wanted| wanted == Some(target))
    }
}

/// Whom and what to ask about again, as far as it can be said one by one.
#[derive(Default)]
struct Scopes {
    users: BTreeSet<u32>,
    targets: BTreeSet<Target>,
    /// Not some users alone.
    is_everybody: bool,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        (tenant, work): (&'a Tenant, &'a Work<'a>),
        known: &'a Known,
        (filter, limits): (&'a ChangeFilter, ChangeLimits),
        span: Span,
    ) -> Result<Comparison<'a>, Error> {
        let wanted = tenant.ask(|views| {
            let user =
                |id| views.directory.users.get(id).filter(|&user| views.directory.users.first(user) <= span.to.place);
            Wanted {
                user: filter.subject.as_ref().map(user),
                target: filter.resource.as_ref().map(|resource| views.target(resource, span.to.place)),
            }
        })?;
        Ok(Comparison { tenant, work, known, filter, limits, span, wanted })
    }

    /// Tells what changed.
    pub(super) async fn of(&self, events: &[Recorded], mut told: AccessChanges) -> Result<AccessChanges, Error> {
        match self.pairs_of(events).await? {
            Err(scopes) => {
                told.ask_again = self.ask_again(&scopes)?;
                self.name_newcomers(&BTreeSet::new(), &[], &mut told).await?;
            }
            Ok(pairs) => {
                let differences = self.differences(&pairs).await?;
                if self.items(&pairs, &differences)? > self.limits.items {
                    told.ask_again = self.ask_again(&Scopes::of(&differences))?;
                } else {
                    let mut changes = Vec::new();
                    for difference in &differences {
                        self.tell(&pairs, difference, &mut changes, &mut told.everyone).await?;
                    }
                    told = told.with(changes);
                }
                self.name_newcomers(&pairs, &differences, &mut told).await?;
            }
        }
        told.everyone.sort_by_cached_key(|change| change.resource.to_string());
        told.ask_again.sort_by_cached_key(AskAgain::to_string);
        told.ask_again.dedup();
        Ok(told)
    }

    /// The pairs that the events could bear on; where they are too many, what those are of.
    async fn pairs_of(&self, events: &[Recorded]) -> Result<Result<BTreeSet<Pair>, Scopes>, Error> {
        let mut all = Vec::new();
        for recorded in events {
            self.work.give_way().await?;
            let bearings = self.tenant.ask(|views| {
                let bearings = views.bearings_of(&recorded.event, &self.known.crowd()).into_iter();
                let is_wanted =
                    |target: &Target| self.wanted.target(*target) && views.names(*target, self.span.to.place);
                bearings.map(|bearing| bearing.only(is_wanted)).collect::<Vec<Bearing>>()
            })?;
            let is_wanted = |bearing: &Bearing| match self.wanted.user {
                None => true,
                Some(wanted) => bearing.users().is_none_or(|mut users| users.any(|user| Some(user) == wanted)),
            };
            all.extend(bearings.into_iter().filter(is_wanted));
        }
        let at_least: usize = if self.wanted.user.is_some() {
            all.iter().map(|bearing| bearing.targets().len()).sum()
        } else {
            all.iter().map(Bearing::pairs_at_least).sum()
        };
        if at_least > self.limits.pairs {
            return Ok(Err(self.scopes(&all)));
        }
        let (mut pairs, mut is_too_many) = (BTreeSet::new(), false);
        for bearing in &all {
            let slices = bearing.targets().chunks(SLICE_TARGETS);
            let slice = |slice: &[Target]| {
                self.work.look_at(slice.len())?;
                let found = self.tenant.ask(|views| {
                    let found = views.pairs_upon(bearing, slice, &self.known.crowd()).into_iter();
                    found.filter(|pair| self.is_wanted(views, *pair)).collect::<Vec<Pair>>()
                })?;
                pairs.extend(found);
                is_too_many = pairs.len() > self.limits.pairs;
                Ok(!is_too_many)
            };
            self.work.in_slices(slices, slice).await?;
            if is_too_many {
                return Ok(Err(self.scopes(&all)));
            }
        }
        Ok(Ok(pairs))
    }

    /// A stranger may be anybody.
    fn is_wanted(&self, views: AtHand<'_>, pair: Pair) -> bool {
        pair.user.is_none_or(|user| self.wanted.user(user)) && pair.is_named(&views, self.span.to.place)
    }

    fn scopes(&self, bearings: &[Bearing]) -> Scopes {
        let mut scopes = Scopes::default();
        for bearing in bearings {
            match bearing.users() {
                Some(users) => scopes.users.extend(users.filter(|user| self.wanted.user(*user))),
                None => scopes.is_everybody = true,
            }
            scopes.targets.extend(bearing.targets());
        }
        scopes
    }

    async fn differences(&self, pairs: &BTreeSet<Pair>) -> Result<Vec<RightsDifference>, Error> {
        let mut differences = Vec::new();
        let pairs: Vec<Pair> = pairs.iter().copied().collect();
        let compare = |slice: &[Pair]| {
            self.work.look_at(slice.len())?;
            let compared = self.tenant.ask(|views| views.compare(slice.iter().copied(), self.span).collect::<Vec<_>>());
            differences.extend(compared?.into_iter().filter(|difference| self.is_of_action(difference)));
            Ok(true)
        };
        self.work.in_slices(pairs.chunks(SLICE_PAIRS), compare).await?;
        Ok(differences)
    }

    fn is_of_action(&self, RightsDifference { before, after, .. }: &RightsDifference) -> bool {
        self.filter.action.is_none_or(|action| before.has(action) != after.has(action))
    }

    /// How many items tell these.
    fn items(&self, pairs: &BTreeSet<Pair>, differences: &[RightsDifference]) -> Result<usize, Error> {
        let mut pairs_upon: BTreeMap<Target, usize> = BTreeMap::new();
        pairs.iter().for_each(|pair| *pairs_upon.entry(pair.target).or_default() += 1);
        let named = self.tenant.views().directory.users.count_at(self.span.to.place);
        let items = |difference: &RightsDifference| match (difference.pair.user, self.wanted.user) {
            (Some(_), _) => 1,
            (None, Some(_)) => 2,
            // As many as are no pairs of their own, and everyone; the stranger is a pair.
            (None, None) => {
                named + 2 - pairs_upon.get(&difference.pair.target).map_or(0, |pairs| *pairs).min(named + 1)
            }
        };
        Ok(differences.iter().map(items).sum())
    }

    /// Names whom a difference is of.
    async fn tell(
        &self,
        pairs: &BTreeSet<Pair>,
        difference: &RightsDifference,
        changes: &mut Vec<Change>,
        everyone: &mut Vec<ChangeForEveryone>,
    ) -> Result<(), Error> {
        self.work.give_way().await?;
        let (pair, place) = (difference.pair, self.span.to.place);
        let causes = self.tenant.ask(|views| views.causes(pair, self.span))?;
        if let Some(user) = pair.user {
            changes.push(self.tenant.ask(|views| views.change(asker(views, user), difference, causes.clone()))?);
            return Ok(());
        }
        let named = u32::try_from(self.tenant.views().directory.users.count_at(place)).expect("numbers have 32 bits");
        let users = match self.wanted.user {
            None => 0..named,
            Some(wanted) => wanted.map_or(0..0, |user| user..user + 1),
        };
        let is_stranger = |user: &u32| !pairs.contains(&Pair { user: Some(*user), ..pair });
        let slices = users.clone().step_by(SLICE_NAMES as usize);
        self.work
            .in_slices(slices, |first| {
                let slice = first..users.end.min(first.saturating_add(SLICE_NAMES));
                let tell = |views: AtHand<'_>| {
                    let strangers = slice.clone().filter(is_stranger);
                    let told = strangers.map(|user| views.change(asker(views, user), difference, causes.clone()));
                    told.collect::<Vec<_>>()
                };
                changes.extend(self.tenant.ask(tell)?);
                Ok(true)
            })
            .await?;
        let resource = self.tenant.ask(|views| views.resource(pair.target))?;
        let named = |rights: Rights| rights.in_order(actions_of(&resource)).collect::<Vec<Action>>();
        let (before, after) = (named(difference.before), named(difference.after));
        everyone.push(ChangeForEveryone { resource, before, after, causes });
        Ok(())
    }

    /// What users hold whom these events are the first to name, and held before as strangers do.
    async fn name_newcomers(
        &self,
        pairs: &BTreeSet<Pair>,
        differences: &[RightsDifference],
        told: &mut AccessChanges,
    ) -> Result<(), Error> {
        let Span { from, to } = self.span;
        let newcomers = self.tenant.views().first_named(from.place, to.place);
        let newcomers: Vec<u32> = newcomers.filter(|user| self.wanted.user(*user)).collect();
        if newcomers.is_empty() {
            return Ok(());
        }
        let differing: BTreeSet<Pair> = differences.iter().map(|difference| difference.pair).collect();
        let is_told = |pair: Pair| {
            differing.contains(&pair) || !pairs.contains(&pair) && differing.contains(&Pair::stranger(pair.target))
        };
        let mut named: Vec<Change> = Vec::new();
        for (target, before) in self.held_by_strangers().await? {
            let name = |slice: &[u32]| {
                self.work.look_at(slice.len())?;
                let named_here = |views: AtHand<'_>| {
                    let of = slice.iter().map(|&user| (user, Pair { user: Some(user), target }));
                    let of = of.filter(|(_, pair)| !is_told(*pair));
                    let held = |(user, pair)| {
                        let held = RightsDifference { pair, before, after: views.held(pair, to) };
                        let is_held = self.filter.action.map_or(held.after == before, |action| held.after.has(action));
                        // What is not is told, or to be asked about again.
                        is_held.then(|| views.change(asker(views, user), &held, Vec::new()))
                    };
                    of.filter_map(held).collect::<Vec<Change>>()
                };
                named.extend(self.tenant.ask(named_here)?);
                Ok(named.len() <= self.limits.items)
            };
            self.work.in_slices(newcomers.chunks(SLICE_PAIRS), name).await?;
            if named.len() > self.limits.items {
                let scopes = Scopes { users: newcomers.into_iter().collect(), ..Scopes::default() };
                told.ask_again.extend(self.ask_again(&scopes)?);
                return Ok(());
            }
        }
        named.sort_by_cached_key(|change| (change.subject.to_string(), change.resource.to_string()));
        told.named = named;
        Ok(())
    }

    /// What strangers held at the beginning, and on what: not much more than a message may tell.
    async fn held_by_strangers(&self) -> Result<Vec<(Target, Rights)>, Error> {
        let from = self.span.from;
        let mut open = self.tenant.ask(|views| views.open_to_strangers(from.place))?;
        open.retain(|&target| self.wanted.target(target));
        let mut held = Vec::new();
        let look = |slice: &[Target]| {
            self.work.look_at(slice.len())?;
            let is_wanted = |held: Rights| self.filter.action.map_or(!held.is_empty(), |action| held.has(action));
            let found = self.tenant.ask(|views| {
                let all = slice.iter().map(|&target| (target, views.held(Pair::stranger(target), from)));
                all.filter(|(_, held)| is_wanted(*held)).collect::<Vec<_>>()
            });
            held.extend(found?);
            Ok(held.len() <= self.limits.items)
        };
        self.work.in_slices(open.chunks(SLICE_TARGETS), look).await?;
        Ok(held)
    }

    /// The fewer of the subjects and the resources; everything, where both are too many.
    fn ask_again(&self, scopes: &Scopes) -> Result<Vec<AskAgain>, Error> {
        let Scopes { users, targets, is_everybody } = scopes;
        let (by_user, by_target) = (!is_everybody && !users.is_empty(), !targets.is_empty());
        let by_user = by_user && (!by_target || users.len() <= targets.len()) && users.len() <= self.limits.ask_again;
        Ok(self.tenant.ask(|views| {
            if by_user {
                let count = views.directory.users.count_at(self.span.to.place);
                let named = users.iter().filter(|user| (**user as usize) < count);
                return named.map(|&user| AskAgain::Subject(asker(views, user))).collect();
            }
            if by_target && targets.len() <= self.limits.ask_again {
                return targets.iter().map(|&target| AskAgain::Resource(views.resource(target))).collect();
            }
            vec![AskAgain::Everything]
        })?)
    }
}

impl Scopes {
    fn of(differences: &[RightsDifference]) -> Scopes {
        let mut scopes = Scopes::default();
        for RightsDifference { pair, .. } in differences {
            scopes.targets.insert(pair.target);
            match pair.user {
                Some(user) => drop(scopes.users.insert(user)),
                None => scopes.is_everybody = true,
            }
        }
        scopes
    }
}

fn asker(views: AtHand<'_>, user: u32) -> Asker {
    Asker::User(views.directory.users.id(user).clone())
}
