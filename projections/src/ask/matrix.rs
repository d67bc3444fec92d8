//! The permission matrix, seen by profile or by definition: two views on one set of facts (B1, B14).

use crate::facts::place::Place;
use crate::fold::views::Views;
use caseward_events::{DefinitionId, FormAccess, Position, ProfileId, ProfileSettings};
use serde::Serialize;

/// What a profile may, form by form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByProfile {
    /// Which.
    pub profile: ProfileId,
    /// What it is beside its rows.
    pub settings: ProfileSettings,
    /// How many users have it.
    pub users: usize,
    /// Every definition there is, by id; most rows hold nothing.
    pub rows: Vec<Row<DefinitionId>>,
    /// Where it was asked.
    pub position: Position,
}

/// What profiles may on a form, in three blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByDefinition {
    /// Which.
    pub definition: DefinitionId,
    /// Profiles in Administrator Mode: they may everything here.
    pub administrators: Vec<Row<ProfileId>>,
    /// Profiles with some access.
    pub some: Vec<Row<ProfileId>>,
    /// Profiles with none, those without module access among them.
    pub none: Vec<Row<ProfileId>>,
    /// Where it was asked.
    pub position: Position,
}

/// A row of the matrix, named by its other side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row<T> {
    /// The definition, or the profile.
    pub of: T,
    /// What it gives, by scope and switch.
    #[serde(flatten)]
    pub access: FormAccess,
    /// Of a profile: whether it has module access. Without it a row gives nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_access: Option<bool>,
    /// Of a profile: how many users have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<usize>,
    /// The event that last set the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Position>,
}

impl Views {
    /// The matrix of a profile, by definition; `None` where no event names the profile by then.
    #[must_use]
    pub fn matrix_of_profile(&self, profile: &ProfileId, place: Place) -> Option<ByProfile> {
        let number = self.profiles.names.named(place).find(|(_, id)| *id == profile)?.0;
        let mut rows: Vec<_> = self
            .definitions
            .names
            .named(place)
            .map(|(definition, id)| {
                let (event, access) = self.row(number, definition, place);
                Row { of: id.clone(), access, module_access: None, users: None, event }
            })
            .collect();
        rows.sort_unstable_by(|one, two| one.of.cmp(&two.of));
        Some(ByProfile {
            profile: profile.clone(),
            settings: self.profiles.get(number).settings(place),
            users: self.users_with(number, place),
            rows,
            position: place.position(),
        })
    }

    /// The matrix of a definition, by profile; `None` where it was not created by then.
    #[must_use]
    pub fn matrix_of_definition(&self, definition: &DefinitionId, place: Place) -> Option<ByDefinition> {
        let number = self.definitions.known(definition, place)?;
        let position = place.position();
        let (administrators, some, none) = (Vec::new(), Vec::new(), Vec::new());
        let mut matrix = ByDefinition { definition: definition.clone(), administrators, some, none, position };
        for (profile, id) in self.profiles.names.named(place) {
            let settings = self.profiles.get(profile).settings(place);
            let (event, access) = self.row(profile, number, place);
            let (module_access, users) = (Some(settings.module_access), Some(self.users_with(profile, place)));
            let row = Row { of: id.clone(), access, module_access, users, event };
            let block = match settings {
                ProfileSettings { module_access: true, administrator: true, .. } => &mut matrix.administrators,
                ProfileSettings { module_access: true, .. } if access != FormAccess::default() => &mut matrix.some,
                _ => &mut matrix.none,
            };
            block.push(row);
        }
        for block in [&mut matrix.administrators, &mut matrix.some, &mut matrix.none] {
            block.sort_unstable_by(|one, two| one.of.cmp(&two.of));
        }
        Some(matrix)
    }

    fn row(&self, profile: u32, definition: u32, place: Place) -> (Option<Position>, FormAccess) {
        match self.profiles.get(profile).rows.at(definition, place) {
            Some((since, access)) => (Some(since.position()), *access),
            None => (None, FormAccess::default()),
        }
    }

    fn users_with(&self, profile: u32, place: Place) -> usize {
        let users = self.directory.users.named(place);
        users.filter(|&(user, _)| self.directory.profile(user, place).is_some_and(|(_, has)| has == profile)).count()
    }
}
