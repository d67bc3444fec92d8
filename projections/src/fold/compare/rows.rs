//! Comparing row by row.

use super::{Projection, ViewDifference, facts, where_they_part};
use crate::fold::at_hand::AtHand;
use crate::fold::compare::facts::Listener;
use crate::fold::views::Views;
use crate::tables::dirty::DirtyRows;
use crate::tables::table::Table;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Rows that may differ: to be compared again where both views stand at one position.
#[derive(Clone, Debug, Default)]
pub struct Doubts(BTreeSet<(Table, u32)>);

impl Doubts {
    /// Adds a row.
    pub fn add(&mut self, table: Table, row: u32) {
        self.0.insert((table, row));
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Table, u32)> {
        self.0.iter().copied()
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Hears whether anything differs.
#[derive(Default)]
struct Anything(bool);

impl Listener for Anything {
    #[inline]
    fn fact<T: PartialEq + Debug>(&mut self, _: Projection, live: T, rebuilt: T) {
        self.0 |= live != rebuilt;
    }
}

/// Hears in which projections anything differs.
#[derive(Default)]
struct Those(Vec<Projection>);

impl Listener for Those {
    fn fact<T: PartialEq + Debug>(&mut self, projection: Projection, live: T, rebuilt: T) {
        if live != rebuilt {
            self.0.push(projection);
        }
    }
}

/// Hears what differs.
#[derive(Default)]
struct Everything(Vec<(Projection, String, String)>);

impl Listener for Everything {
    fn fact<T: PartialEq + Debug>(&mut self, projection: Projection, live: T, rebuilt: T) {
        if live != rebuilt {
            let (live, rebuilt) = where_they_part(&format!("{live:?}"), &format!("{rebuilt:?}"));
            self.0.push((projection, live, rebuilt));
        }
    }
}

/// Parts of a row: one entity each, or some of those that are small.
pub const ROW_PARTS: u32 = 8;

impl Views {
    /// All rows that these or others have.
    pub fn all_rows(&self, others: &Views) -> impl Iterator<Item = (Table, u32)> + use<> {
        let (mine, theirs) = (self.lengths(), others.lengths());
        Table::ALL.into_iter().flat_map(move |table| {
            let longer = mine[table as usize].max(theirs[table as usize]);
            (0..table.rows(longer)).map(move |row| (table, row))
        })
    }

    /// The rows that events above a position touched, and those that are of no entity.
    #[must_use]
    pub fn touched_above(&self, position: caseward_events::Position) -> Doubts {
        let place = position.into();
        let mut dirty = DirtyRows::default();
        self.undo_log.above(place).for_each(|record| dirty.mark_with_derived(record));
        dirty.saved = self.lengths_at(place);
        dirty.grown(&self.lengths());
        dirty.row(Table::Organization, 0);
        Doubts(dirty.iter().collect())
    }
}

impl AtHand<'_> {
    /// Whether a row of these views differs from that of others, as each stands.
    #[must_use]
    pub fn row_differs(self, others: &Views, table: Table, row: u32) -> bool {
        (0..ROW_PARTS).any(|part| self.row_part_differs(others, table, row, part))
    }

    /// Whether one of the [`ROW_PARTS`] parts of a row does, for who must not look at a whole row in one go.
    #[must_use]
    pub fn row_part_differs(self, others: &Views, table: Table, row: u32, part: u32) -> bool {
        let of_part = table.row_entities().div_ceil(ROW_PARTS) as usize;
        let entities = entities(table, row).skip(part as usize * of_part).take(of_part);
        let mut anything = Anything::default();
        entities.for_each(|number| facts::of_entity(self, self.beside(others), table, number, &mut anything));
        anything.0
    }

    /// The projections that differ in a row.
    #[must_use]
    pub fn differing_projections(self, others: &Views, table: Table, row: u32) -> Vec<Projection> {
        let mut those = Those::default();
        entities(table, row).for_each(|number| facts::of_entity(self, self.beside(others), table, number, &mut those));
        those.0
    }

    /// What differs in a row.
    #[must_use]
    pub fn row_differences(self, others: &Views, table: Table, row: u32) -> Vec<ViewDifference> {
        entities(table, row).flat_map(|number| self.entity_differences(others, table, number)).collect()
    }

    /// All that differs between these views and others that stand at the same position, ids of commands that both still
    /// have included.
    #[must_use]
    pub fn differences(self, others: &Views) -> Vec<ViewDifference> {
        let rows = self.all_rows(others).filter(|&(table, row)| self.row_differs(others, table, row));
        let mut found: Vec<_> = rows.flat_map(|(table, row)| self.row_differences(others, table, row)).collect();
        if self.commands != others.commands {
            let (live, rebuilt) = (self.commands.known().to_string(), others.commands.known().to_string());
            let of = "ids of commands".to_owned();
            found.push(ViewDifference { projection: Projection::Ids, of, live, rebuilt, positions: Vec::new() });
        }
        found
    }

    fn entity_differences(self, others: &Views, table: Table, number: u32) -> Vec<ViewDifference> {
        let mut everything = Everything::default();
        facts::of_entity(self, self.beside(others), table, number, &mut everything);
        let difference = |(projection, live, rebuilt)| ViewDifference {
            projection,
            of: self.entity_name(others, table, number),
            live,
            rebuilt,
            positions: self.differing_positions(self.beside(others), table, number, projection),
        };
        everything.0.into_iter().map(difference).collect()
    }
}

fn entities(table: Table, row: u32) -> impl Iterator<Item = u32> {
    let from = row * table.row_entities();
    from..from + table.row_entities()
}
