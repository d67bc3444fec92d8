//! How labels are saved: all of them in one row, by what they name.

use super::Labels;
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::number::LabelKey;
use crate::facts::position::Pos32;
use crate::facts::saved::{Saved, first_place};
use std::sync::Arc;

impl Saved for Arc<str> {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.text(self);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Arc::from(from.text()?))
    }
}

impl LabelKey {
    fn halves(self) -> (u64, u32) {
        match self {
            LabelKey::User(number) => (0, number),
            LabelKey::Group(number) => (1, number),
            LabelKey::Case(number) => (2, number),
            LabelKey::Definition(number) => (3, number),
            LabelKey::Profile(number) => (4, number),
            LabelKey::Workspace(number) => (5, number),
        }
    }

    fn of(kind: u64, number: u32) -> Result<LabelKey, RowDamage> {
        Ok(match kind {
            0 => LabelKey::User(number),
            1 => LabelKey::Group(number),
            2 => LabelKey::Case(number),
            3 => LabelKey::Definition(number),
            4 => LabelKey::Profile(number),
            5 => LabelKey::Workspace(number),
            _ => return Err(RowDamage("a label of nothing that has one")),
        })
    }
}

impl Saved for Labels {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let named = || self.0.iter().filter(|(_, history)| first_place(history, up_to).is_some());
        to.number(named().count() as u64);
        for (key, history) in named() {
            let (kind, number) = key.halves();
            to.number(kind);
            number.save(up_to, to);
            history.save(up_to, to);
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let count = from.count()?;
        let mut labels = Labels::default();
        for _ in 0..count {
            let key = LabelKey::of(from.number()?, from.number_32()?)?;
            labels.0.insert(key, History::load(from)?);
        }
        Ok(labels)
    }
}
