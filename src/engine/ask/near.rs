//! Suggestions for names that no event contains.
//!
//! Absent on purpose: near cases. There are millions, and an answer about one that does not exist says so by its rule.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::{Asker, DefinitionId, Resource, UserId};

/// Users that are compared with a name under one lock.
const SLICE_USERS: usize = 1_024;

impl Reader<'_> {
    /// For a user that no event names: the user that was probably meant, if there is one. `None` if an event names the
    /// user.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn unnamed_user(&self, user: &UserId) -> Result<Option<Option<UserId>>, Error> {
        let place = self.resolved.when.place;
        if self.tenant.views().names_user(user, place) {
            return Ok(None);
        }
        let (work, count) = (self.work(), self.tenant.views().users_named(place));
        let mut nearest: Option<(usize, UserId)> = None;
        work.in_slices((0..count).step_by(SLICE_USERS), |first| {
            work.look_at(SLICE_USERS.min(count - first))?;
            let found = self.tenant.views().nearest_user(first..first + SLICE_USERS, user, place);
            nearest = nearest.take().into_iter().chain(found).min_by_key(|(slips, _)| *slips);
            Ok(nearest.as_ref().is_none_or(|(slips, _)| *slips > 0))
        })
        .await?;
        Ok(Some(nearest.map(|(_, user)| user)))
    }

    /// `Some(false)` of a user whom no event names, or with a definition that does not exist.
    pub(super) async fn known(
        &self,
        subject: &Asker,
        definition: Option<&DefinitionId>,
    ) -> Result<Option<bool>, Error> {
        let known = self.tenant.views().known(subject, self.resolved.when.place);
        match definition {
            Some(definition) if !self.exists(&Resource::Definition(definition.clone())).await? => Ok(Some(false)),
            _ => Ok(known),
        }
    }

    /// For a definition that does not exist: the definition that was probably meant, if there is one. `None` if it
    /// exists.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn unnamed_definition(&self, definition: &DefinitionId) -> Result<Option<Option<DefinitionId>>, Error> {
        if self.exists(&Resource::Definition(definition.clone())).await? {
            return Ok(None);
        }
        Ok(Some(self.tenant.views().nearest_definition(definition, self.resolved.when.place)))
    }
}
