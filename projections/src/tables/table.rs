//! The kinds of rows that views are saved in, and how many entities of each kind lie in one row.

use crate::facts::number::StreamIndex;

/// A kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// One row: the organization list, its walls, the policy, who was erased, the keys of tree heads.
    Organization,
    /// Users, with memberships.
    Users,
    /// Groups.
    Groups,
    /// Ids of workspaces.
    Workspaces,
    /// Definitions, with lists.
    Definitions,
    /// Cases, with lists.
    Cases,
    /// Ids of person fields.
    Fields,
    /// Ids of activities.
    Activities,
    /// Profiles, with the matrix.
    Profiles,
    /// Items.
    Items,
    /// Tasks.
    Tasks,
    /// Delegations.
    Delegations,
    /// Links.
    Links,
    /// Windows with the events that set them; only ever longer.
    Windows,
    /// Times of events; only ever longer.
    Times,
    /// Whose reasons are sealed under which key; only ever longer.
    SealingKeys,
}

impl Table {
    /// All of them, in the order of their numbers.
    pub const ALL: [Table; 16] = [
        Table::Organization,
        Table::Users,
        Table::Groups,
        Table::Workspaces,
        Table::Definitions,
        Table::Cases,
        Table::Fields,
        Table::Activities,
        Table::Profiles,
        Table::Items,
        Table::Tasks,
        Table::Delegations,
        Table::Links,
        Table::Windows,
        Table::Times,
        Table::SealingKeys,
    ];

    /// Entities in a row: few where they are large or change one by one, many where a table only grows.
    #[must_use]
    pub const fn row_entities(self) -> u32 {
        match self {
            Table::Organization => 1,
            Table::Windows => 256,
            Table::Times => 4_096,
            Table::SealingKeys | Table::Workspaces | Table::Fields | Table::Activities => 64,
            _ => 8,
        }
    }

    /// The stream of an entity; none where its kind has none.
    pub(crate) fn stream(self, number: u32) -> Option<StreamIndex> {
        Some(match self {
            Table::Users => StreamIndex::User(number),
            Table::Groups => StreamIndex::Group(number),
            Table::Definitions => StreamIndex::Definition(number),
            Table::Cases => StreamIndex::Case(number),
            Table::Profiles => StreamIndex::Profile(number),
            Table::Items => StreamIndex::Item(number),
            Table::Tasks => StreamIndex::Task(number),
            _ => return None,
        })
    }

    /// How many rows so many entities fill.
    #[must_use]
    pub const fn rows(self, entities: u32) -> u32 {
        entities.div_ceil(self.row_entities())
    }
}
