//! `who`: the closure of the check over the users that events name and the links of a case, by the same evaluator.

use super::{Asked, OPEN_TO_EVERYBODY, Silent, Target};
use crate::decision::Who;
use crate::views::{Views, When};
use caseward_events::{Action, Asker, Resource, Subject};

impl Views {
    /// Who may do something to a resource, by reference.
    #[must_use]
    pub fn who(&self, action: Action, resource: &Resource, when: When) -> Who {
        let target = self.target(resource, when.place);
        let mut subjects: Vec<Subject> = match target {
            None => Vec::new(),
            Some(target) => self
                .directory
                .users
                .named(when.place)
                .filter(|&(user, _)| self.check_asked(Asked { user: Some(user), action, target }, when).allowed)
                .map(|(_, id)| Subject::User(id.clone()))
                .collect(),
        };
        // Of users alone, ids sort as references do.
        subjects.sort_unstable();
        let everyone = target.is_some_and(|target| self.everyone_may(action, target, when));
        let links = target.map_or_else(Vec::new, |target| self.links_that_may(action, target, when));
        Who { everyone, subjects, links, position: when.place.position() }
    }

    fn links_that_may(&self, action: Action, target: Target, when: When) -> Vec<Asker> {
        let Target::Case(case) = target else { return Vec::new() };
        let links = self.cases.get(case).rare().map_or(&[][..], |rare| &rare.links);
        let may = |&link: &u32| {
            self.links.get(link).made <= when.place
                && self.check_known_link(link, action, Some(target), when, &mut Silent).allowed
        };
        let mut links: Vec<_> = links.iter().copied().filter(may).collect();
        links.sort_unstable_by_key(|&link| self.links.names.id(link));
        links.into_iter().map(|link| Asker::Link(self.links.names.id(link).clone())).collect()
    }

    /// Where step 5 allows the action: access control is off, and no restriction stands before it.
    fn everyone_may(&self, action: Action, target: Target, when: When) -> bool {
        let definition = match target {
            Target::Case(case) => {
                let case = self.cases.get(case);
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
