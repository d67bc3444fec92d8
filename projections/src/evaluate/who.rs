//! `who`: the closure of the check over the users that events name, by the same evaluator.

use super::{Asked, OPEN_TO_EVERYBODY, Target};
use crate::decision::Who;
use crate::views::{Views, When};
use caseward_events::{Action, Resource, Subject};

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
        Who { everyone, subjects, links: Vec::new(), position: when.place.position() }
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
