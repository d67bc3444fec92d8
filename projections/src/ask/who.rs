//! `who`: the closure of the check over the users that events name and the links of a case, by the same evaluator.
//!
//! INVARIANT: a slice goes on by the number of a user. Numbers are given in the order in which events name users, and
//! never again, so that what the log gained between two slices stands behind all that are asked about.

use crate::ask::evaluate::OPEN_TO_EVERYBODY;
use crate::ask::numbered_question::NumberedQuestion;
use crate::ask::trace::Silent;
use crate::facts::number::Target;
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use caseward_events::answer::WhoAnswer;
use caseward_events::ask::Next;
use caseward_events::{Action, Asker, Resource};
use std::ops::Range;

impl AtHand<'_> {
    /// Who may do something to a resource, by reference.
    #[must_use]
    pub fn who(self, action: Action, resource: &Resource, when: When) -> WhoAnswer {
        let subjects = self.who_among(0..u32::MAX, action, resource, when);
        self.who_with(subjects, action, resource, when)
    }

    /// Those of a slice of the users who may, by number and in no other order.
    #[must_use]
    pub fn who_among(self, users: Range<u32>, action: Action, resource: &Resource, when: When) -> Vec<Asker> {
        let Some(target) = self.target(resource, when.place) else { return Vec::new() };
        let [skipped, count] = [users.start, users.end.saturating_sub(users.start)].map(|number| number as usize);
        let named = self.directory.users.named(when.place).skip(skipped).take(count);
        let may = named
            .filter(|&(user, _)| self.check_asked(NumberedQuestion { user: Some(user), action, target }, when).allowed);
        may.map(|(_, id)| Asker::User(id.clone())).collect()
    }

    /// All who may, of all slices, with what does not stand in them.
    #[must_use]
    pub fn who_with(self, mut subjects: Vec<Asker>, action: Action, resource: &Resource, when: When) -> WhoAnswer {
        // Of users alone, ids sort as references do.
        subjects.sort_unstable();
        let target = self.target(resource, when.place);
        let everyone = target.is_some_and(|target| self.everyone_may(action, target, when));
        let links = target.map_or_else(Vec::new, |target| self.links_that_may(action, target, when));
        let position = when.place.position();
        WhoAnswer {
            everyone,
            subjects,
            links,
            position,
            settled: None,
            known: None,
            through: None,
            next: Next::NotPaged,
        }
    }

    fn links_that_may(self, action: Action, target: Target, when: When) -> Vec<Asker> {
        let Target::Case(case) = target else { return Vec::new() };
        let links = self.case(case).rare().map_or(&[][..], |rare| &rare.links);
        let may = |&link: &u32| {
            self.links.get(link).made <= when.place
                && self.check_known_link(link, action, Some(target), when, &mut Silent).allowed
        };
        let mut links: Vec<_> = links.iter().copied().filter(may).collect();
        links.sort_unstable_by_key(|&link| self.links.names.id(link));
        links.into_iter().map(|link| Asker::Link(self.links.names.id(link).clone())).collect()
    }

    /// Where step 5 allows the action: access control is off, and no restriction stands before it.
    fn everyone_may(self, action: Action, target: Target, when: When) -> bool {
        let definition = match target {
            Target::Case(case) => {
                let case = self.case(case);
                if case.restriction(when.place).is_some() {
                    return false;
                }
                case.definition
            }
            Target::Definition(definition) => definition,
            Target::Organization => return false,
        };
        (OPEN_TO_EVERYBODY & target.rights()).has(action)
            && self.definitions.get(definition).open_since(when.place).is_some()
    }
}
