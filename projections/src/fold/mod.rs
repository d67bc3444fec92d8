//! Events become views: the fold and its undo, views saved and loaded, views compared with one another.
//!
//! All that stands here is about [`views::Views`] as a whole. Absent on purpose: any rule of who may do what (`ask`), and
//! of which command is accepted (`decide`).

mod apply;
pub(crate) mod at_hand;
pub(crate) mod checkpoint;
pub(crate) mod compare;
pub(crate) mod fold_error;
pub(crate) mod footprint;
mod offboard;
pub(crate) mod partial;
mod prefetch;
pub(crate) mod replay;
pub(crate) mod residency;
pub(crate) mod stream_leaves;
mod undo;
pub(crate) mod views;
