//! Who could ever have held something on a resource, by name: a superset, for the evaluator to say what they did hold.
//!
//! INVARIANT: whoever is not named here holds, at every moment, what [`Views::stranger`] holds.

use crate::facts::number::Target;
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use caseward_events::{Asker, UserId};

impl AtHand<'_> {
    /// Those of some users whom events named by then.
    #[must_use]
    pub fn named_by(self, users: &[u32], known: Pos32) -> Vec<Asker> {
        let named = users.iter().filter(|user| self.directory.users.first(**user) <= known);
        named.map(|user| Asker::User(self.directory.users.id(*user).clone())).collect()
    }

    /// The links of a case that were made by then, revoked ones too.
    #[must_use]
    pub fn links_made(self, target: Target, known: Pos32) -> Vec<Asker> {
        let Target::Case(case) = target else { return Vec::new() };
        let links = self.case(case).rare().map_or(&[][..], |rare| &rare.links);
        let links = links.iter().filter(|link| self.links.get(**link).made <= known);
        links.map(|link| Asker::Link(self.links.names.id(*link).clone())).collect()
    }

    /// A user whom no event names, where strangers may ever have held anything: where access control was off.
    #[must_use]
    pub fn stranger(self, target: Target) -> Option<Asker> {
        let definition = match target {
            Target::Case(case) => self.case(case).definition,
            Target::Definition(definition) => definition,
            Target::Organization => return None,
        };
        if !self.definitions.get(definition).ever_open() {
            return None;
        }
        let mut ids = (0_u64..).map(|number| format!("stranger-{number}"));
        let id = ids.find_map(|id| {
            let id: UserId = id.parse().expect("letters and digits make an id");
            self.directory.users.get(&id).is_none().then_some(id)
        });
        id.map(Asker::User)
    }
}
