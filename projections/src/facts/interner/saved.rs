//! How names are saved: the id, and the place that first names it.

use super::Names;
use crate::facts::bytes::{Damage, Sink, Source};
use crate::facts::place::Place;
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

pub(crate) fn save_name<K: Eq + Hash + fmt::Display>(names: &Names<K>, number: u32, to: &mut Sink) {
    to.text(&names.id(number).to_string());
    to.place(names.first(number));
}

pub(crate) fn load_id<K: FromStr>(from: &mut Source<'_>) -> Result<(K, Place), Damage> {
    let id = from.text()?.parse().map_err(|_| Damage("an id that is none"))?;
    Ok((id, from.place()?))
}

pub(crate) fn load_name<K: Clone + Eq + Hash + FromStr>(
    names: &mut Names<K>,
    from: &mut Source<'_>,
) -> Result<Place, Damage> {
    let (id, first) = load_id(from)?;
    if names.intern(&id, first).1 { Ok(first) } else { Err(Damage("a name twice")) }
}
