//! Views as bytes: what a checkpoint saves, cut at one place, and views made from it again.
//!
//! Every entity (a user, a case, ...) is a few numbers and histories, so a checkpoint is cut by leaving out what lies
//! above its place: it can be written in slices while the fold goes on. What has no history is taken when the cut is made
//! ([`Cut`]): how long each table was, how many events each stream had. What follows from the rest (the streams of cases,
//! who ever was an admin, which links a case has) is not saved but made anew ([`Loading::finish`]).
//!
//! Entities lie in rows of a few, by number; only rows with an entity that changed since the last cut are written
//! again. The same rows bring cases back that left memory ([`ColdCases`]). INVARIANT: views loaded from a cut equal those folded to its place; bytes that are no row are [`Damage`], never
//! a panic. Absent on purpose: where rows lie, checksums, ids of commands (rows of their own, [`crate::ids`]).

pub(crate) mod bytes;
mod gather;
mod marks;
pub(crate) mod values;

pub use bytes::Damage;
pub(crate) use gather::gather;
pub use marks::Marks;

pub use crate::case_access::cases::{ColdCases, Missing, Returned, SavedCases, Whereabouts};
pub use crate::views::saved::{CaseRows, Cut, Loading};

use crate::trail::StreamIndex;

/// Runs all of these, side by side where it can: threads are the caller's.
pub type Jobs<'a> = &'a dyn Fn(&mut [&mut (dyn FnMut() + Send)]);

/// The layout of rows that this release writes; others are not read.
pub const FORMAT: u32 = 3;

/// What the fold makes of events. Raised when it makes something else of the same ones: what an earlier one began is then
/// not gone on with.
pub const FOLD: u32 = 1;

/// A kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// One row: the organization list, its walls, the policy, who was erased, the keys of tree heads.
    Organization,
    /// Users, with memberships.
    Users,
    /// Groups, with closures.
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
