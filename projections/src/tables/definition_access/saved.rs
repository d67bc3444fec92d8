//! How definitions are saved.

use super::{Definition, DefinitionAccess};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;

impl Saved for Definition {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.started_by_policy.save(up_to, to);
        self.access_control.save(up_to, to);
        self.sharing.save(up_to, to);
        self.list.save(up_to, to);
        self.walls.save(up_to, to);
        self.swept.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Definition {
            created: Pos32::ZERO,
            started_by_policy: Saved::load(from)?,
            access_control: Saved::load(from)?,
            sharing: Saved::load(from)?,
            list: Saved::load(from)?,
            walls: Saved::load(from)?,
            swept: Saved::load(from)?,
        })
    }
}

impl DefinitionAccess {
    /// The next one, created where its name came first.
    pub(crate) fn push(&mut self, created: Pos32, definition: Definition) {
        self.definitions.push(Definition { created, ..definition });
    }
}
