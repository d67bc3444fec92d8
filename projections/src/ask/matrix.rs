//! The permission matrix, seen by profile or by definition: two views on one set of facts (B1, B14).

use crate::facts::place::Place;
use crate::fold::views::Views;
use caseward_events::answer::{MatrixOfDefinition, MatrixOfProfile, MatrixRow};
use caseward_events::{DefinitionId, FormAccess, Position, ProfileId, ProfileSettings};

impl Views {
    /// The matrix of a profile, by definition; `None` where no event names the profile by then.
    #[must_use]
    pub fn matrix_of_profile(&self, profile: &ProfileId, place: Place) -> Option<MatrixOfProfile> {
        let number = self.profiles.names.named(place).find(|(_, id)| *id == profile)?.0;
        let mut rows: Vec<_> = self
            .definitions
            .names
            .named(place)
            .map(|(definition, id)| {
                let (event, access) = self.row(number, definition, place);
                MatrixRow { of: id.clone(), access, module_access: None, users: None, event }
            })
            .collect();
        rows.sort_unstable_by(|one, two| one.of.cmp(&two.of));
        Some(MatrixOfProfile {
            profile: profile.clone(),
            settings: self.profiles.get(number).settings(place),
            users: self.users_with(number, place),
            rows,
            position: place.position(),
        })
    }

    /// The matrix of a definition, by profile; `None` where it was not created by then.
    #[must_use]
    pub fn matrix_of_definition(&self, definition: &DefinitionId, place: Place) -> Option<MatrixOfDefinition> {
        let number = self.definitions.known(definition, place)?;
        let position = place.position();
        let (administrators, some, none) = (Vec::new(), Vec::new(), Vec::new());
        let mut matrix = MatrixOfDefinition { definition: definition.clone(), administrators, some, none, position };
        for (profile, id) in self.profiles.names.named(place) {
            let settings = self.profiles.get(profile).settings(place);
            let (event, access) = self.row(profile, number, place);
            let (module_access, users) = (Some(settings.module_access), Some(self.users_with(profile, place)));
            let row = MatrixRow { of: id.clone(), access, module_access, users, event };
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
