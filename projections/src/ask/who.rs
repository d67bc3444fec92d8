//! `who`: the closure of the check over the users that events name and the links of a case, by the same evaluator.
//!
//! INVARIANT: a slice is of users by number. Numbers are given in the order in which events name users, and never again, so
//! that what the log gained between two slices is none of those that are asked about.

use crate::ask::evaluate::OPEN_TO_EVERYBODY;
use crate::ask::numbered_question::NumberedQuestion;
use crate::ask::trace::Silent;
use crate::facts::number::Target;
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use caseward_events::answer::WhoAnswer;
use caseward_events::ask::Next;
use caseward_events::{Action, Asker, Resource};

impl AtHand<'_> {
    /// Who may do something to a resource, by reference.
    #[must_use]
    pub fn who(self, action: Action, resource: &Resource, when: When) -> WhoAnswer {
        let named = u32::try_from(self.directory.users.count_at(when.place)).expect("numbers have 32 bits");
        let users: Vec<u32> = (0..named).collect();
        let may = self.who_among(&users, action, resource, when).into_iter().map(|index| users[index]);
        let mut subjects: Vec<_> = may.map(|user| Asker::User(self.directory.users.id(user).clone())).collect();
        // Of users alone, ids sort as references do.
        subjects.sort_unstable();
        self.who_with(subjects, action, resource, when)
    }

    /// Of some users, by number, who may: their places among those, ascending. Whoever is named later may not.
    #[must_use]
    pub fn who_among(self, users: &[u32], action: Action, resource: &Resource, when: When) -> Vec<usize> {
        let Some(target) = self.target(resource, when.place) else { return Vec::new() };
        let named = self.directory.users.count_at(when.place);
        let may = |user: u32| {
            (user as usize) < named
                && self.check_asked(NumberedQuestion { user: Some(user), action, target }, when).allowed
        };
        users.iter().enumerate().filter(|(_, user)| may(**user)).map(|(index, _)| index).collect()
    }

    /// Users who may, by reference, with what does not stand among them.
    #[must_use]
    pub fn who_with(self, subjects: Vec<Asker>, action: Action, resource: &Resource, when: When) -> WhoAnswer {
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

    /// Whether a user whom events name by then, or a link of a case, may do something to a resource: whether they are on the
    /// list of `who`.
    #[must_use]
    pub fn is_holder(self, asker: &Asker, action: Action, resource: &Resource, when: When) -> bool {
        let is_named = match asker {
            Asker::User(user) => self.names_user(user, when.place),
            Asker::Link(_) => true,
        };
        is_named && self.check(asker, action, resource, when).allowed
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
