//! Who could ever have held something on a resource, by name: a superset, for the evaluator to say what they did hold.
//!
//! INVARIANT: whoever is not named here holds, at every moment, what [`Views::stranger`] holds.

use crate::ask::changes::audience::Audience;
use crate::facts::number::Target;
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use caseward_events::{Asker, UserId};

impl AtHand<'_> {
    /// Users whom anything ever singled out there and whom events named by then, and the links of a case; by reference,
    /// bytewise.
    #[must_use]
    pub fn ever_singled_out(self, target: Target, audience: &Audience, known: Pos32) -> Vec<Asker> {
        let users = self.singled_out(target, audience).into_iter();
        let users = users.filter(|user| self.directory.users.first(*user) <= known);
        let mut all: Vec<Asker> = users.map(|user| Asker::User(self.directory.users.id(user).clone())).collect();
        if let Target::Case(case) = target
            && let Some(rare) = self.case(case).rare()
        {
            let links = rare.links.iter().filter(|link| self.links.get(**link).made <= known);
            all.extend(links.map(|link| Asker::Link(self.links.names.id(*link).clone())));
        }
        all.sort_by_cached_key(ToString::to_string);
        all
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
