//! What operators ask for: organizations, and the care of a store that the verbs of the command line do, over HTTP.
//!
//! INVARIANT: whatever takes long is a run: it is started, watched and cancelled, and goes on when its client leaves. At
//! most one of a kind goes on at once. Nothing here reads or writes a path that a request names.
//! Absent on purpose: `restore`, `heal` and `doctor --repair`, which need the store to themselves; handing out a backup,
//! which holds the keys of the store.

pub(super) mod backups;
mod on_disk;
mod organizations;
mod proofs;
pub(super) mod rebuilds;
mod runs;
pub(super) mod verification;
mod watching;

pub use on_disk::OnDisk;
pub(super) use organizations::{create_organization, organizations, status};
pub(super) use proofs::{consistency, decision, event, tree_head};
pub(super) use runs::Runs;
