//! How the policy is saved.

use super::PolicyView;
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use caseward_events::policy::PolicyKey;

impl Saved for PolicyView {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.adopted.save(up_to, to);
        for key in PolicyKey::ALL {
            match self.named.get(*key as usize) {
                Some(named) => named.save(up_to, to),
                None => History::<()>::default().save(up_to, to),
            }
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let adopted: History<_> = Saved::load(from)?;
        let named: Result<Vec<_>, _> = PolicyKey::ALL.iter().map(|_| Saved::load(from)).collect();
        let mut named = named?;
        if adopted.values().next().is_none() {
            named.clear();
        }
        Ok(PolicyView { adopted, named })
    }
}
