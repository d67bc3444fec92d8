//! What changed between two moments: pairs of a user and a resource whose rights differ, with what changed them.
//!
//! The way: `reach` says which pairs an event, a resource or a subject could bear on; `compare` asks the one evaluator
//! about each at both moments; `causes` walks the turns in between where they differ.
//! INVARIANT: which pairs are asked about is a superset over all time, and the evaluator alone says what they hold.
//! Whoever no list, wall, profile or office could single out on a resource holds what a stranger holds: all of them are
//! one pair, [`Pair::stranger`].
//! Absent on purpose: links, which are no users; and reading events, which is the engine's.

pub(crate) mod audience;
mod following;
mod holders;
pub(crate) mod impact;

use audience::Audience;
use impact::Pair;

use crate::ask::change_points::{ChangePoint, SharedTurns, Span, blamed, walk};
use crate::ask::numbered_question::NumberedQuestion;
use crate::ask::resolved::Resolved;
use crate::facts::number::Target;
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use caseward_events::answer::{Cause, Change};
use caseward_events::ask::{Question, actions_of};
use caseward_events::{Action, Asker, Position, Rights};
use std::collections::BinaryHeap;

/// Rights that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsDifference {
    /// Whose, on what.
    pub pair: Pair,
    /// At the first moment.
    pub before: Rights,
    /// At the second.
    pub after: Rights,
}

impl AtHand<'_> {
    /// What a user holds on a target; nothing, where it does not exist yet.
    #[must_use]
    pub fn held(self, pair: Pair, when: When) -> Rights {
        let (exists, actions) = match pair.target {
            Target::Case(case) => (self.case(case).opened <= when.place, Action::OF_CASE),
            Target::Definition(number) => (self.definitions.get(number).created <= when.place, Action::OF_DEFINITION),
            Target::Organization => (true, Action::OF_ORGANIZATION),
        };
        if !exists {
            return Rights::NONE;
        }
        // Which action is asked for does not change what is held.
        self.check_asked(NumberedQuestion { user: pair.user, action: actions[0], target: pair.target }, when).rights
    }

    /// What differs between the ends of a span, of these pairs.
    pub fn compare(self, pairs: impl IntoIterator<Item = Pair>, span: Span) -> impl Iterator<Item = RightsDifference> {
        pairs.into_iter().filter_map(move |pair| {
            let (before, after) = (self.held(pair, span.from), self.held(pair, span.to));
            (before != after).then_some(RightsDifference { pair, before, after })
        })
    }

    /// What changed the rights of a pair on the way, also where one thing undid another.
    #[must_use]
    pub fn causes(self, pair: Pair, span: Span) -> Vec<Cause> {
        let turns = self.change_points_of_user(pair.user, pair.target, span);
        self.causes_at(&turns, pair, span)
    }

    /// The same of many pairs, one after the other: what turns for everybody in the same groups is gathered once, and kept in
    /// `fresh` where it was not before.
    #[must_use]
    pub fn causes_sharing(
        self,
        pair: Pair,
        span: Span,
        (before, fresh): (&SharedTurns, &mut SharedTurns),
    ) -> Vec<Cause> {
        let Some(user) = pair.user else { return self.causes(pair, span) };
        let turns = self.change_points_sharing(user, pair.target, span, (before, fresh));
        self.causes_at(&turns, pair, span)
    }

    fn causes_at(self, turns: &[ChangePoint], pair: Pair, span: Span) -> Vec<Cause> {
        let steps = walk(turns, span.from, |when| self.held(pair, when), |when| self.cited(pair, when));
        steps.flat_map(|step| step.causes).collect()
    }

    /// Of windows that turned between two moments, those that what a pair holds rests on.
    #[must_use]
    pub fn blamed(self, pair: Pair, windows: Vec<Cause>, span: Span) -> Vec<Cause> {
        blamed(windows, || [self.cited(pair, span.from), self.cited(pair, span.to)].concat())
    }

    /// The events that what a pair holds rests on.
    fn cited(self, pair: Pair, when: When) -> Vec<Position> {
        let Some(user) = pair.user else { return Vec::new() };
        let (resource, subject) = (self.resource(pair.target), Asker::User(self.directory.users.id(user).clone()));
        let action = actions_of(&resource)[0];
        let question = Question::new(subject, action, resource);
        self.decision(&question, Resolved { when, settled: None }).cited()
    }

    /// The same with names, and with what made it.
    #[must_use]
    pub fn change(self, subject: Asker, difference: &RightsDifference, causes: Vec<Cause>) -> Change {
        let resource = self.resource(difference.pair.target);
        let mut events: Vec<_> = causes.iter().map(|cause| cause.position).collect();
        events.sort_unstable();
        events.dedup();
        let named = |rights: Rights| rights.in_order(actions_of(&resource)).collect();
        let (before, after) = (named(difference.before), named(difference.after));
        Change { subject, resource, before, after, events, causes }
    }

    /// How many pairs of a user named by then and a resource these stand for, and the first of them by subject and
    /// resource, bytewise: an order that no later event changes.
    #[must_use]
    pub fn first_changes<'a>(
        self,
        differences: &'a [RightsDifference],
        audience: &Audience,
        place: Pos32,
        limit: usize,
    ) -> (u64, Vec<(Asker, &'a RightsDifference)>) {
        let mut pairs = 0;
        // The largest on top: whatever is not below it does not belong to the first.
        let mut first = BinaryHeap::new();
        for (index, difference) in differences.iter().enumerate() {
            let resource = self.resource(difference.pair.target).to_string();
            let users = self.users_of(difference.pair, audience, place);
            pairs += users.len() as u64;
            for id in users.into_iter().map(|user| self.directory.users.id(user)) {
                let next = (id, resource.as_str());
                let is_among_them = |(last, on, _): &(_, String, _)| next < (*last, on.as_str());
                if first.len() < limit || first.peek().is_some_and(is_among_them) {
                    first.push((id, resource.clone(), index));
                }
                if first.len() > limit {
                    first.pop();
                }
            }
        }
        let first = first.into_sorted_vec().into_iter();
        (pairs, first.map(|(id, _, index)| (Asker::User(id.clone()), &differences[index])).collect())
    }

    /// The users, of those named by then, that a pair stands for: one, or all that nothing singles out.
    #[must_use]
    pub fn users_of(self, pair: Pair, audience: &Audience, place: Pos32) -> Vec<u32> {
        match pair.user {
            Some(user) if self.directory.users.first(user) > place => Vec::new(),
            Some(user) => vec![user],
            None => {
                let singled_out = self.singled_out(pair.target, audience);
                let all = 0..u32::try_from(self.directory.users.count_at(place)).expect("numbers have 32 bits");
                all.filter(|user| singled_out.binary_search(user).is_err()).collect()
            }
        }
    }
}
