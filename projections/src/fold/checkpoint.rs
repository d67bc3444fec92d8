//! Views as bytes: what a checkpoint saves, cut at one place, and views made from it again.
//!
//! Every entity (a user, a case, ...) is a few numbers and histories, so a checkpoint is cut by leaving out what lies
//! above its place: it can be written in slices while the fold goes on. What has no history is taken when the cut is made
//! ([`Cut`]): how long each table was, how many events each stream had. What follows from the rest (the streams of cases,
//! who ever was an admin, which links a case has) is not saved but made anew ([`Loading::finish`]).
//!
//! Entities lie in rows of a few, by number; only rows with an entity that changed since the last cut are written again.
//! The same rows bring cases back that left memory ([`super::residency`]). INVARIANT: views loaded from a cut equal those
//! folded to its place; bytes that are no row are damage ([`crate::facts::bytes::RowDamage`]), never a panic. Absent on
//! purpose: where rows lie, checksums, ids of commands (rows of their own, [`crate::tables::command_ids`]).

mod case_rows;
mod cut;
mod derive;
mod load;

pub use case_rows::CaseRows;
pub use cut::Cut;
pub use load::Loading;

/// The layout of rows that this release writes; others are not read.
pub const FORMAT: u32 = 7;

/// What the fold makes of events. Raised when it makes something else of the same ones: what an earlier one began is then
/// not gone on with.
pub const FOLD_VERSION: u32 = 1;
