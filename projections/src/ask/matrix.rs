//! The permission matrix, seen by profile or by definition: two views on one set of facts (B1, B14).

use crate::facts::position::Pos32;
use crate::fold::views::Views;
use caseward_events::answer::{MatrixOfDefinition, MatrixOfProfile, MatrixRow};
use caseward_events::{DefinitionId, FormAccess, Position, ProfileId, ProfileSettings};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many users have each profile, by its number: counted some users at a time, so that nobody need hold the views for
/// all of them.
#[derive(Clone, Debug, Default)]
pub struct HoldersCounted(BTreeMap<u32, usize>);

impl HoldersCounted {
    /// Counts those of a slice of the users, by number.
    pub fn count(&mut self, views: &Views, users: Range<u32>, place: Pos32) {
        for user in users {
            if let Some((_, profile)) = views.directory.profile(user, place) {
                *self.0.entry(profile).or_default() += 1;
            }
        }
    }

    fn of(&self, profile: u32) -> usize {
        self.0.get(&profile).copied().unwrap_or_default()
    }
}

impl Views {
    /// The matrix of a profile, by definition; `None` where no event names the profile by then.
    #[must_use]
    pub fn matrix_of_profile(
        &self,
        profile: &ProfileId,
        place: Pos32,
        holders: &HoldersCounted,
    ) -> Option<MatrixOfProfile> {
        let names = &self.profiles.names;
        let number = names.get(profile).filter(|&number| names.first(number) <= place)?;
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
            users: holders.of(number),
            rows,
            position: place.position(),
            settled: None,
        })
    }

    /// The matrix of a definition, by profile; `None` where it was not created by then.
    #[must_use]
    pub fn matrix_of_definition(
        &self,
        definition: &DefinitionId,
        place: Pos32,
        holders: &HoldersCounted,
    ) -> Option<MatrixOfDefinition> {
        let number = self.definitions.known(definition, place)?;
        let position = place.position();
        let (administrators, some, none) = (Vec::new(), Vec::new(), Vec::new());
        let definition = definition.clone();
        let mut matrix = MatrixOfDefinition { definition, administrators, some, none, position, settled: None };
        for (profile, id) in self.profiles.names.named(place) {
            let settings = self.profiles.get(profile).settings(place);
            let (event, access) = self.row(profile, number, place);
            let (module_access, users) = (Some(settings.module_access), Some(holders.of(profile)));
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

    fn row(&self, profile: u32, definition: u32, place: Pos32) -> (Option<Position>, FormAccess) {
        match self.profiles.get(profile).rows.at(definition, place) {
            Some((since, access)) => (Some(since.position()), *access),
            None => (None, FormAccess::default()),
        }
    }
}
