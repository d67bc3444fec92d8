//! What lies in a data directory, by its names, and the words of its marker.

/// The format of the store that this release writes.
pub const FORMAT: u32 = 1;

pub(in crate::store) const MARKER: &str = "CASEWARD";
pub(in crate::store) const UNFINISHED_MARKER: &str = "CASEWARD.new";
pub(in crate::store) const LOCK: &str = "LOCK";
pub(in crate::store) const LOG: &str = "log";
pub(in crate::store) const KEYS: &str = "KEYS";
pub(in crate::store) const SIGNING: &str = "SIGNING";
pub(in crate::store) const HEAD: &str = "HEAD";
/// Where whoever has the store answers others.
pub const SOCKET: &str = "SOCKET";
/// What is noted of time.
pub(in crate::store) const CLOCK: &str = "CLOCK";
pub(in crate::store) const ANCHOR: &str = "ANCHOR";
/// Roots of subtrees, from which proofs are made.
pub(in crate::store) const SUBTREES: &str = "SUBTREES";
/// A copy of the database that is opened where the store itself must not be touched.
pub(in crate::store) const SCRATCH_COPY: &str = "aside";
/// The same of the saved views.
pub(in crate::store) const SCRATCH_VIEWS: &str = "aside.views";
/// What an empty file system has in it, so that one can be mounted for a store.
pub(in crate::store) const FILE_SYSTEM_S_OWN: &str = "lost+found";

pub(in crate::store) const FIRST_LINE: &str = "caseward store";
pub(in crate::store) const FORMAT_KEY: &str = "format ";
/// The marker of a store that has keys to sign tree heads with says so, so that others are never made in their place.
pub(in crate::store) const SIGNED: &str = "signed";
/// The marker names the keys that belong to the store, so that those of another one are not taken for them.
pub(in crate::store) const KEYS_KEY: &str = "keys ";
/// What the making of a store leaves that is cut short.
pub(in crate::store) const IN_THE_MAKING: [&str; 7] =
    [UNFINISHED_MARKER, MARKER, LOG, KEYS, HEAD, SIGNING, "SIGNING.new"];

/// Lies in a data directory while a backup is restored into it.
pub(crate) const RESTORING: &str = "RESTORING";
/// Lies in a data directory while what was healed takes the place of what was damaged.
pub(crate) const HEALING: &str = "HEALING";
