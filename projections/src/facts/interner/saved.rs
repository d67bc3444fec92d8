//! How names are saved: the id, and the place that first names it.

use super::Interner;
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::position::Pos32;
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

pub(crate) fn save_name<K: Eq + Hash + fmt::Display>(names: &Interner<K>, number: u32, to: &mut RowWriter) {
    to.text(&names.id(number).to_string());
    to.place(names.first(number));
}

pub(crate) fn load_id<K: FromStr>(from: &mut RowReader<'_>) -> Result<(K, Pos32), RowDamage> {
    let id = from.text()?.parse().map_err(|_| RowDamage("an id that is none"))?;
    Ok((id, from.place()?))
}

pub(crate) fn load_name<K: Clone + Eq + Hash + FromStr>(
    names: &mut Interner<K>,
    from: &mut RowReader<'_>,
) -> Result<Pos32, RowDamage> {
    let (id, first) = load_id(from)?;
    if names.intern(&id, first).1 { Ok(first) } else { Err(RowDamage("a name twice")) }
}
