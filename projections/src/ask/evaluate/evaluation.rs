//! One evaluation on its way through the steps: what was found so far, and what walls and caps take from it.
//!
//! INVARIANT: all that counts goes through [`Evaluation::count`], so nothing escapes a wall, a cap or a restriction.

use super::nearest_miss::NearestMiss;
use crate::ask::numbered_question::NumberedQuestion;
use crate::ask::trace::{Found, Trace};
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use caseward_events::Rights;
use caseward_events::answer::{Because, Rule};

pub(super) struct Evaluation<'a, T> {
    pub(super) views: AtHand<'a>,
    pub(super) asked: NumberedQuestion,
    pub(super) when: When,
    pub(super) trace: &'a mut T,
    /// All that is held so far.
    pub(super) gathered: Rights,
    /// The first rule, in the order of the steps, that gave the action.
    pub(super) rule: Option<Rule>,
    /// What a wall takes from whatever is found.
    pub(super) walled: Rights,
    /// What a cap takes from the restricted list and a broken glass, where there is a cap.
    pub(super) capped: Option<Rights>,
    /// Set where everything but the restricted list is only told as set aside.
    pub(super) aside: Option<Because>,
    /// The profile would give write, were the case not completed.
    pub(super) completed_write: bool,
    /// Whether a wall stands against the user there, whatever it takes.
    pub(super) behind_wall: bool,
    /// The definition of the case, where entries on lists of its cases were ever taken off together.
    pub(super) swept: Option<u32>,
    /// Filled on the way, for step 8.
    pub(super) miss: NearestMiss,
}

impl<'a, T: Trace> Evaluation<'a, T> {
    #[inline]
    pub(super) fn new(views: AtHand<'a>, asked: NumberedQuestion, when: When, trace: &'a mut T) -> Self {
        let none = Rights::NONE;
        Evaluation {
            views,
            asked,
            when,
            trace,
            gathered: none,
            rule: None,
            walled: none,
            capped: None,
            aside: None,
            completed_write: false,
            behind_wall: false,
            swept: None,
            miss: NearestMiss::default(),
        }
    }

    /// Counts what was found, less what a wall or a cap takes from it.
    #[inline]
    pub(super) fn count(&mut self, rule: Rule, rights: Rights, found: impl Fn(Rights) -> Found) {
        if rights.is_empty() {
            return;
        }
        if T::WANTED
            && let Some(because) = self.aside
        {
            self.trace.set_aside(found(rights), because);
            return;
        }
        let walled = rights & self.walled;
        let capped = (rights - walled) & self.cap_on(rule);
        for (taken, because) in [(walled, Because::Walled), (capped, Because::Capped)] {
            if !taken.is_empty() {
                self.trace.set_aside(found(taken), because);
            }
        }
        let left = rights - walled - capped;
        if !left.is_empty() {
            self.trace.found(found(left));
            self.gathered |= left;
            if left.has(self.asked.action) {
                self.rule = Some(self.rule.map_or(rule, |first| first.min(rule)));
            }
        }
    }

    /// The cap cuts what the admin holds on the case, whatever gives it; what the admin has as such is cut already.
    #[inline]
    fn cap_on(&self, rule: Rule) -> Rights {
        match rule {
            Rule::RestrictedEntry | Rule::BreakGlass => self.capped.unwrap_or(Rights::NONE),
            _ => Rights::NONE,
        }
    }
}
