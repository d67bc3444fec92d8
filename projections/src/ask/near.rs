//! Names that no event bears, and those that were perhaps meant: a slip of the finger must not read as a denial.
//!
//! Absent on purpose: any influence on a decision. Somebody whom no event names is denied, or allowed, as everybody else.

use crate::facts::position::Pos32;
use crate::fold::views::Views;
use caseward_events::nearest::slips;
use caseward_events::{Asker, DefinitionId, UserId};
use std::ops::Range;

impl Views {
    /// Whether an event up to a place names a user.
    #[must_use]
    pub fn names_user(&self, user: &UserId, place: Pos32) -> bool {
        let users = &self.directory.users;
        users.get(user).is_some_and(|number| users.first(number) <= place)
    }

    /// What an answer says under `known`: `Some(false)` of a user whom no event up to a place names, else nothing. An unknown
    /// link has a rule of its own.
    #[must_use]
    pub fn known(&self, subject: &Asker, place: Pos32) -> Option<bool> {
        matches!(subject, Asker::User(user) if !self.names_user(user, place)).then_some(false)
    }

    /// How many users events up to a place name.
    #[must_use]
    pub fn users_named(&self, place: Pos32) -> usize {
        self.directory.users.count_at(place)
    }

    /// Of a slice of the users that events up to a place name, by number, the one whose id is most like a name, with how
    /// many letters differ.
    #[must_use]
    pub fn nearest_user(&self, users: Range<usize>, name: &UserId, place: Pos32) -> Option<(usize, UserId)> {
        let named = self.directory.users.named(place).skip(users.start).take(users.len());
        let near = named.filter_map(|(_, id)| Some((slips(name.as_str(), id.as_str())?, id)));
        near.min_by_key(|(slips, _)| *slips).map(|(slips, id)| (slips, id.clone()))
    }

    /// The definition whose id is most like one that there is not.
    #[must_use]
    pub fn nearest_definition(&self, name: &DefinitionId, place: Pos32) -> Option<DefinitionId> {
        let named = self.definitions.names.named(place);
        let near = named.filter_map(|(_, id)| Some((slips(name.as_str(), id.as_str())?, id)));
        near.min_by_key(|(slips, _)| *slips).map(|(_, id)| id.clone())
    }
}
