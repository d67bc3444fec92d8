//! Links: a public, read-only share of one case is a subject of its own (B10, D28).

use crate::ask::numbered_question::Verdict;
use crate::ask::trace::{Found, Trace};
use crate::facts::number::Target;
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use caseward_events::answer::{Because, Rule};
use caseward_events::{Action, LinkId, Rights};

impl AtHand<'_> {
    /// The first that applies decides.
    pub(in crate::ask) fn check_link<T: Trace>(
        self,
        link: &LinkId,
        action: Action,
        target: Option<Target>,
        when: When,
        trace: &mut T,
    ) -> Verdict {
        match self.links.known(link, when.place) {
            Some(link) => self.check_known_link(link, action, target, when, trace),
            None => Verdict::NOT_FOUND,
        }
    }

    pub(in crate::ask) fn check_known_link<T: Trace>(
        self,
        number: u32,
        action: Action,
        target: Option<Target>,
        when: When,
        trace: &mut T,
    ) -> Verdict {
        let Some(target) = target else { return Verdict::NOT_FOUND };
        let place = when.place;
        let link = self.links.get(number);
        let restricted = |case: u32| self.case(case).restriction(place);
        let hidden = matches!(target, Target::Case(case) if restricted(case).is_some());
        if target != Target::Case(link.case) {
            return Verdict::deny(Rule::NoGrant, Rights::NONE, !hidden);
        }
        let ended = link.revoked.is_true(place) || link.until.is_some_and(|until| when.at >= until);
        let definition = self.case(link.case).definition;
        if ended {
            Verdict::deny(Rule::Expired, Rights::NONE, !hidden)
        } else if !self.definitions.get(definition).sharing.is_true(place) {
            trace.set_aside(Found::Link { link: number }, Because::SharingOff);
            Verdict::deny(Rule::NoGrant, Rights::NONE, !hidden)
        } else if let Some((since, _)) = restricted(link.case) {
            trace.found(Found::Restricted { since });
            Verdict::deny(Rule::Restricted, Rights::NONE, false)
        } else {
            trace.found(Found::Link { link: number });
            let allowed = action == Action::Read;
            let rule = if allowed { Rule::Link } else { Rule::Insufficient };
            Verdict { allowed, rights: Rights::READ, rule, disclose: true }
        }
    }
}
