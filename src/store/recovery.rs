//! Recovery of the store: before it serves anything, an opening makes sure that everything acknowledged is there.
//!
//! [`evidence`] is gathered beside the database (notes, [`anchor`], journals), [`check`] compares it with what the
//! database holds, and [`opening`] decides: open in place, cut off what a crash tore, or open a [`scratch_copy`] for
//! reading only. INVARIANT: nothing is changed before it is decided. Absent on purpose: mending (`crate::backup`).

pub(super) mod anchor;
pub(super) mod check;
pub(super) mod evidence;
pub(super) mod opening;
pub(super) mod scratch_copy;
pub(super) mod table_lists;
