//! Which events stand behind a difference, and what it is of.

use super::Projection;
use crate::facts::bytes::RowWriter;
use crate::facts::interner::Interner;
use crate::facts::number::{CaseIndexKey, SubjectKey};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::table::Table;
use caseward_events::Position;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::hash::Hash;

impl AtHand<'_> {
    /// The positions at which two histories of an entity are not the same.
    pub(super) fn differing_positions(
        self,
        others: AtHand<'_>,
        table: Table,
        number: u32,
        projection: Projection,
    ) -> Vec<Position> {
        match (projection, table) {
            (Projection::Time, Table::Times) => vec![Position(u64::from(number) + 1)],
            (Projection::ReverseIndex, _) => self.openings_that_differ(&others, table, number),
            (Projection::Ids, _) => {
                let firsts =
                    [self.views(), others.views()].into_iter().filter_map(|views| views.first_place(table, number));
                firsts.map(Pos32::position).collect::<BTreeSet<_>>().into_iter().collect()
            }
            _ => {
                let values = |views: AtHand<'_>| views.traced(table, number);
                apart(&values(self), &values(others))
            }
        }
    }

    /// What is saved of an entity, cut where a place begins; first what it was made with.
    fn traced(self, table: Table, number: u32) -> Vec<(Pos32, Vec<u8>)> {
        let mut sink = RowWriter::tracing();
        match table {
            Table::Organization => self.save_common(Pos32::LATEST, &mut sink),
            Table::Times => {}
            _ if number < self.lengths()[table as usize] => self.save_facts(table, number, Pos32::LATEST, &mut sink),
            _ => {}
        }
        let (made_with, values) = sink.traced();
        self.first_place(table, number).map(|first| (first, made_with)).into_iter().chain(values).collect()
    }
}

impl Views {
    /// The cases that only one of the two has gathered there.
    fn openings_that_differ(&self, others: &Views, table: Table, number: u32) -> Vec<Position> {
        let by = match table {
            Table::Users => CaseIndexKey::Naming(SubjectKey::user(number)),
            Table::Groups => CaseIndexKey::Naming(SubjectKey::group(number)),
            Table::Workspaces => CaseIndexKey::Workspace(number),
            Table::Definitions => CaseIndexKey::Definition(number),
            _ => return Vec::new(),
        };
        let gathered = |views: &Views| -> BTreeSet<u32> {
            let cases = views.cases.indexed(by);
            cases.into_iter().flat_map(|cases| cases.behind(None, &views.cases.names).collect::<Vec<_>>()).collect()
        };
        let (mine, theirs) = (gathered(self), gathered(others));
        let opened = |case: &u32| [self, others].iter().find_map(|views| views.first_place(Table::Cases, *case));
        let positions: BTreeSet<_> =
            mine.symmetric_difference(&theirs).filter_map(opened).map(Pos32::position).collect();
        positions.into_iter().collect()
    }

    fn first_place(&self, table: Table, number: u32) -> Option<Pos32> {
        fn first<K: Eq + Hash>(names: &Interner<K>, number: u32) -> Option<Pos32> {
            ((number as usize) < names.len()).then(|| names.first(number))
        }
        match table {
            Table::Users => first(&self.directory.users, number),
            Table::Groups => first(&self.directory.groups, number),
            Table::Workspaces => first(&self.directory.workspaces, number),
            Table::Definitions => first(&self.definitions.names, number),
            Table::Cases => first(&self.cases.names, number),
            Table::Fields => first(&self.cases.fields, number),
            Table::Activities => first(&self.cases.activities, number),
            Table::Profiles => first(&self.profiles.names, number),
            Table::Items => first(&self.items.items, number),
            Table::Tasks => first(&self.items.tasks, number),
            Table::Delegations => first(&self.delegations.names, number),
            Table::Links => first(&self.links.names, number),
            Table::SealingKeys => first(self.keys.subjects(), number),
            Table::Organization | Table::Windows | Table::Times => None,
        }
    }

    /// As people call it, by the id that either has.
    pub(super) fn entity_name(&self, others: &Views, table: Table, number: u32) -> String {
        let name = self.own_name(table, number).or_else(|| others.own_name(table, number));
        name.unwrap_or_else(|| format!("{table:?} {number}").to_lowercase())
    }

    fn own_name(&self, table: Table, number: u32) -> Option<String> {
        fn id<K: Eq + Hash + Display>(kind: &str, names: &Interner<K>, number: u32) -> Option<String> {
            ((number as usize) < names.len()).then(|| format!("{kind}:{}", names.id(number)))
        }
        match table {
            Table::Organization => Some("organization".to_owned()),
            Table::Users => id("user", &self.directory.users, number),
            Table::Groups => id("group", &self.directory.groups, number),
            Table::Workspaces => id("workspace", &self.directory.workspaces, number),
            Table::Definitions => id("definition", &self.definitions.names, number),
            Table::Cases => id("case", &self.cases.names, number),
            Table::Fields => id("field", &self.cases.fields, number),
            Table::Activities => id("activity", &self.cases.activities, number),
            Table::Profiles => id("profile", &self.profiles.names, number),
            Table::Items => id("item", &self.items.items, number),
            Table::Tasks => id("task", &self.items.tasks, number),
            Table::Delegations => id("delegation", &self.delegations.names, number),
            Table::Links => id("link", &self.links.names, number),
            Table::SealingKeys => id("the key of", self.keys.subjects(), number),
            Table::Windows => Some(format!("window {}", number + 1)),
            Table::Times => Some(format!("the time of event {}", u64::from(number) + 1)),
        }
    }
}

/// Where two histories that were saved are apart. With the same places, those whose values differ; otherwise those that
/// only one of them has.
fn apart(one: &[(Pos32, Vec<u8>)], two: &[(Pos32, Vec<u8>)]) -> Vec<Position> {
    let places = |values: &[(Pos32, Vec<u8>)]| values.iter().map(|(place, _)| *place).collect::<Vec<_>>();
    let (mine, theirs) = (places(one), places(two));
    let found: BTreeSet<Pos32> = if mine == theirs {
        one.iter().zip(two).filter(|(one, two)| one != two).map(|(one, _)| one.0).collect()
    } else {
        lacking(&mine, &theirs).chain(lacking(&theirs, &mine)).collect()
    };
    found.into_iter().map(Pos32::position).collect()
}

/// The places that the one has more often than the other.
fn lacking(one: &[Pos32], other: &[Pos32]) -> impl Iterator<Item = Pos32> {
    let mut left = other.to_vec();
    left.sort_unstable();
    one.iter().copied().filter(move |place| match left.binary_search(place) {
        Ok(index) => {
            left.remove(index);
            false
        }
        Err(_) => true,
    })
}
