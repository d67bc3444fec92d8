//! What people call something, and whether there is anything of that name: for whoever shows an answer elsewhere.

use super::reader::Reader;
use crate::engine::error::Error;
use caseward_events::answer::Named;
use caseward_events::{Labelled, Resource};

impl Reader<'_> {
    /// What is known of a name.
    ///
    /// # Errors
    /// As for [`Reader::rights`].
    pub async fn named(&self, of: Labelled) -> Result<Named, Error> {
        let meant = match &of {
            Labelled::User(user) => self.unnamed_user(user).await?.map(|meant| meant.map(Labelled::User)),
            Labelled::Definition(definition) => {
                self.unnamed_definition(definition).await?.map(|meant| meant.map(Labelled::Definition))
            }
            Labelled::Case(case) => (!self.exists(&Resource::Case(case.clone())).await?).then_some(None),
            Labelled::Group(_) | Labelled::Profile(_) | Labelled::Workspace(_) => None,
        };
        let (label, known) = (self.label(&of), meant.is_some().then_some(false));
        Ok(Named { of, label, known, meant: meant.flatten() })
    }
}
