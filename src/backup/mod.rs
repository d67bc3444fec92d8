//! Backups: taking them beside a running writer, verifying them alone, restoring them, and healing a store from one.
//!
//! ```text
//! BACKUP/MANIFEST                  what there is, up to which position of each organization, with roots; replaced whole
//! BACKUP/bundles/1-...-....bundle  events 1 to N of organization 1, in rows, sealed; about 64 MiB at most
//! BACKUP/KEYS                      the keys as they are now: rewritten by every run, so that no erased one stays
//! BACKUP/SIGNING                   what tree heads are signed with, so that a restored store is still the same one
//! BACKUP/heads/NAME-N.note         signed tree heads where runs ended, and in NAME.keys what verifies them
//! BACKUP/LOCK                      locked while a run writes
//! ```
//! Whoever has a manifest that is whole knows of every byte of every bundle what it must be, and of every event that it is
//! a leaf of the tree whose root the manifest names. Without one, bundles still prove themselves and each other.
//!
//! INVARIANT: no bundle is changed once it is in the manifest; a run that is stopped at any moment leaves a backup that
//! restores, and goes on where it stopped. Keys lie apart: what was erased is not brought back by events.
//! Absent on purpose: rows and journals (`crate::store`), views (they are made from the log), where backups are kept.
//! Read on in [`manifest`], `bundle` (the bytes), `write` (taking one), `check` (verifying one), `build` (a store from
//! sources), `restore`, `heal`.

mod answer;
mod build;
mod bundle;
mod caught_up;
mod check;
mod error;
mod folder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod heads;
mod heal;
mod hex;
pub mod manifest;
mod mending;
mod restore;
mod sealing;
mod signing;
mod source;
mod write;

pub use bundle::Damage;
pub use caught_up::CaughtUp;
pub use check::{Checked, check};
pub use error::BackupError;
pub use heads::{Signed, are_behind as heads_are_behind, keep as keep_heads, sign as sign_heads};
pub use heal::{Healed, Loss, heal};
pub use mending::Mending;
pub use restore::{Restored, Until, restore};
pub use signing::keep as keep_signing;
pub use write::{Written, write};
