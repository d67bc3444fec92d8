//! Everything that a subject held on a resource in a stretch of time: right before it, each change, at its end.
//!
//! INVARIANT: what was held before, with every step taken, is what is held at the end; each moment is asked of the one
//! evaluator. A step is a change of rights, or of the (rule, source) pairs that give them.

use crate::ask::change_points::{Span, Step, walk};
use crate::ask::resolved::Resolved;
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use caseward_events::answer::{Cause, Decision, Effect, Rule, Source};
use caseward_events::ask::{Question, actions_of};
use caseward_events::{Action, Asker, Resource, Timestamp};

/// What one subject held on one resource over a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Right before the stretch.
    pub before: Decision,
    /// In order.
    pub steps: Vec<HoldingChange>,
    /// Right before the stretch ends.
    pub end: Decision,
}

/// What one instant changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingChange {
    /// When.
    pub time: Timestamp,
    /// What was held.
    pub before: Holding,
    /// What is held from then on.
    pub after: Holding,
    /// What changed it.
    pub causes: Vec<Cause>,
}

/// Rights, and the ways in which they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// All of them.
    pub rights: Vec<Action>,
    /// Each rule and source once, with the rights that it gives.
    pub ways: Vec<HeldBy>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// Its rule.
    pub rule: Rule,
    /// Where it comes from.
    pub source: Source,
    /// What it gives of what is held.
    pub rights: Vec<Action>,
}

impl Holdings {
    /// Whether nothing was ever held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.rights.is_empty() && self.steps.is_empty() && self.end.rights.is_empty()
    }

    /// Whether the same was held at the same times, for whatever reason named.
    #[must_use]
    pub fn is_like(&self, other: &Holdings) -> bool {
        let ends = [&self.before, &self.end].map(Holding::of) == [&other.before, &other.end].map(Holding::of);
        ends && self.steps == other.steps
    }
}

impl Holding {
    /// What a decision says is held.
    #[must_use]
    pub fn of(decision: &Decision) -> Holding {
        let mut ways: Vec<HeldBy> = Vec::new();
        for reason in decision.reasons.iter().filter(|reason| reason.effect == Effect::Allow) {
            let gives: Vec<Action> = decision.rights.iter().filter(|it| reason.rights.contains(it)).copied().collect();
            let same = |way: &&mut HeldBy| (way.rule, &way.source) == (reason.rule, &reason.source);
            match ways.iter_mut().find(same) {
                _ if gives.is_empty() => {}
                Some(way) => way.rights.extend(gives.iter().filter(|it| !way.rights.contains(it)).collect::<Vec<_>>()),
                None => ways.push(HeldBy { rule: reason.rule, source: reason.source.clone(), rights: gives }),
            }
        }
        Holding { rights: decision.rights.clone(), ways }
    }
}

impl AtHand<'_> {
    /// What a subject held from one instant to before another, as known at a place.
    #[must_use]
    pub fn course(
        self,
        subject: &Asker,
        resource: &Resource,
        from: Timestamp,
        to: Timestamp,
        known: Pos32,
    ) -> Holdings {
        let just_before = |at: Timestamp| Timestamp::from_micros(at.as_micros().saturating_sub(1));
        let moment = |at| When { place: self.timeline.resolve(at, known), at };
        let span = Span { from: moment(just_before(from)), to: moment(just_before(to)) };
        let question = Question::new(subject.clone(), actions_of(resource)[0], resource.clone());
        let decision = |when| self.decision(&question, Resolved { when, settled: None });
        let target = self.target(resource, span.to.place);
        let turns = target.map_or_else(Vec::new, |target| self.turns(subject, target, span));
        let holding = |when| Holding::of(&decision(when));
        let steps = walk(&turns, span.from, holding, |when| decision(when).cited());
        let steps = steps.filter(|step| step.before != step.after);
        let turned = |Step { time, before, after, causes }| HoldingChange { time, before, after, causes };
        let steps = steps.map(turned).collect();
        Holdings { before: decision(span.from), steps, end: decision(span.to) }
    }
}
