//! How a small table is saved: the keys set by then, with their histories.

use super::HistoryMap;
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};
use thin_vec::ThinVec;

impl<K: Saved + Copy + Ord, V: Saved> Saved for HistoryMap<K, V> {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let set = || self.iter().filter(|(_, history)| first_place(history, up_to).is_some());
        to.number(set().count() as u64);
        for (key, history) in set() {
            key.save(up_to, to);
            history.save(up_to, to);
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let count = from.count()?;
        // As many as there are, and no more: most have one, and a vector that grows begins with room for four.
        let mut keyed = ThinVec::with_capacity(count);
        for _ in 0..count {
            keyed.push((K::load(from)?, History::load(from)?));
        }
        if keyed.is_sorted_by(|one, next| one.0 < next.0) {
            Ok(HistoryMap(keyed))
        } else {
            Err(RowDamage("keys that do not ascend"))
        }
    }
}
