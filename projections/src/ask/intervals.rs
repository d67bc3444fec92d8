//! `access`: the intervals in which a subject could do something, found by asking the one evaluator at every turn.

use crate::ask::change_points::{Span, Step, walk};
use crate::ask::resolved::Resolved;
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use caseward_events::answer::{Cause, Interval, Rule, Source};
use caseward_events::ask::Question;
use caseward_events::{Asker, Position, Resource, Timestamp};

/// What gives the action at a moment.
#[derive(Clone)]
struct Given {
    pairs: Vec<(Rule, Source)>,
    rule: Rule,
    events: Vec<Position>,
}

/// Which of the intervals are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalsPart {
    /// Only those behind the one that begins then.
    pub after: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl AtHand<'_> {
    /// When a subject could do something, from one instant to before another, as known at a place.
    ///
    /// Every instant is asked as a check with `as_of` = `at` = that instant, so behind all that happened at it; a new
    /// interval begins where the (rule, source) pairs that allow change. One that holds at the end has none.
    #[must_use]
    pub fn intervals(self, question: &Question, from: Timestamp, to: Timestamp, known: Pos32) -> Vec<Interval> {
        self.intervals_from(question, (from, to, known), usize::MAX).0
    }

    /// A part of them; `None` where none of them begins where the part before ended. No moment before it is asked about, and
    /// none behind it.
    #[must_use]
    pub fn intervals_part(
        self,
        question: &Question,
        (from, to): (Timestamp, Timestamp),
        known: Pos32,
        IntervalsPart { after, limit }: IntervalsPart,
    ) -> Option<Vec<Interval>> {
        let limit = limit.unwrap_or(usize::MAX);
        let Some(after) = after else {
            let (mut intervals, _) = self.intervals_from(question, (from, to, known), limit);
            intervals.truncate(limit);
            return Some(intervals);
        };
        if !(from..to).contains(&after) {
            return None;
        }
        let (mut intervals, begins) = self.intervals_from(question, (after, to, known), limit.saturating_add(1));
        // What is found first holds there, but may have begun before.
        let is_first = intervals.first().is_some_and(|first| first.from == after);
        if !is_first || !(begins || after == from) {
            return None;
        }
        intervals.remove(0);
        intervals.truncate(limit);
        Some(intervals)
    }

    /// Those from an instant on, until one more has begun than are wanted; and whether what gives the action changed at that
    /// very instant.
    fn intervals_from(
        self,
        question: &Question,
        (from, to, known): (Timestamp, Timestamp, Pos32),
        wanted: usize,
    ) -> (Vec<Interval>, bool) {
        let moment = |at| When { place: self.timeline.resolve(at, known), at };
        // From just before: what happens at the very instant it begins, it did not find there.
        let before = Timestamp::from_micros(from.as_micros().saturating_sub(1));
        // To the very end, which is asked about too: what ends there does not hold there any more.
        let span = Span { from: moment(before), to: moment(to) };
        let Some(target) = self.target(&question.resource, span.to.place) else { return (Vec::new(), false) };
        let turns = self.turns(&question.subject, target, span);
        let cited = |when| self.decision(question, Resolved { when, settled: None }).cited();
        let steps = walk(&turns, span.from, |when| self.given(question, when), cited);
        let mut steps = steps.filter(|step| step.before != step.after).peekable();
        let at_once = steps.next_if(|step| step.time <= from);
        let (begins, begun) = (at_once.is_some(), self.given(question, moment(from)));
        let causes = at_once.map_or_else(Vec::new, |step| step.causes);
        let mut intervals: Vec<Interval> = begun.iter().map(|given| given.begin(from, causes.clone())).collect();
        for Step { time, before, after, causes } in steps {
            // At the end it still holds, where it does, whatever gives it from there on.
            if time == to && after.is_some() {
                break;
            }
            if before.is_some()
                && let Some(last) = intervals.last_mut()
            {
                last.until = Some(time);
                last.closed_by.clone_from(&causes);
            }
            intervals.extend(after.iter().map(|given| given.begin(time, causes.clone())));
            if intervals.len() > wanted {
                break;
            }
        }
        (intervals, begins)
    }

    /// How many moments [`AtHand::intervals`] asks about, and [`AtHand::course`] too, before any is asked.
    #[must_use]
    pub fn count_turns(
        self,
        subject: &Asker,
        resource: &Resource,
        from: Timestamp,
        to: Timestamp,
        known: Pos32,
    ) -> usize {
        let moment = |at| When { place: self.timeline.resolve(at, known), at };
        let span = Span { from: moment(Timestamp::from_micros(from.as_micros().saturating_sub(1))), to: moment(to) };
        let target = self.target(resource, span.to.place);
        // Its beginning is asked about too.
        1 + target.map_or(0, |target| self.turns(subject, target, span).len())
    }

    fn given(self, question: &Question, when: When) -> Option<Given> {
        let decision = self.decision(question, Resolved { when, settled: None });
        if !decision.decision {
            return None;
        }
        let mut given = Given { pairs: Vec::new(), rule: decision.rule, events: Vec::new() };
        for reason in decision.reasons_for(question.action) {
            given.pairs.push((reason.rule, reason.source.clone()));
            let new = reason.events.iter().filter(|event| !given.events.contains(event)).copied().collect::<Vec<_>>();
            given.events.extend(new);
        }
        // Reasons come by rule and source; several subjects of one list are one pair.
        given.pairs.dedup();
        Some(given)
    }
}

impl Given {
    fn begin(&self, from: Timestamp, opened_by: Vec<Cause>) -> Interval {
        let events = self.events.clone();
        Interval { from, until: None, rule: self.rule, events, opened_by, closed_by: Vec::new() }
    }
}

/// What is cited, and which rule of several comes first, may change within an interval.
impl PartialEq for Given {
    fn eq(&self, other: &Given) -> bool {
        self.pairs == other.pairs
    }
}
