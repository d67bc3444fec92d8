//! How profiles are saved.

use super::{Profile, Profiles};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;

impl Saved for Profile {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.settings.save(up_to, to);
        self.rows.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Profile { settings: Saved::load(from)?, rows: Saved::load(from)? })
    }
}

impl Profiles {
    pub(crate) fn push(&mut self, profile: Profile) {
        self.profiles.push(profile);
    }
}
