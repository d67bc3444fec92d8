//! The seams between the engine and what keeps its events, and their words.
//!
//! What stores events keeps four promises, each a trait: [`Log`] (append, read, heads), [`Vault`] (keys), [`Trees`] (roots over
//! what is durable) and [`Durability`] (what stays without a journal, and what that takes). One type may keep all four, and
//! the engine holds it as one [`Storage`]. What keeps saved views is [`Checkpoints`].
//!
//! | call | blocks on |
//! |---|---|
//! | [`Log::append`], [`Log::claim`] | a sync, or another append |
//! | [`Log::read`], [`Log::scan`] | reads of the disk |
//! | [`Trees::tree_heads`], [`Trees::tree_state`] | hashing of what is durable |
//! | [`Trees::tree_at`], [`Trees::begins_with`] | reads of the disk |
//! | [`Durability::flush`] | writing tables, and syncs |
//! | [`Keyring::reserve`], [`Keyring::destroy`] | a sync |
//! | everything of [`Checkpoints`] | the disk |
//! | [`Log::head`], [`Log::watch`], `Keys::key`, [`Durability::memory`] | nothing |
//!
//! [`offload`] takes those that are called in async tasks to threads that may wait.
//! INVARIANT: bytes, positions and numbers pass here, no event. Absent on purpose: any implementation (`crate::store` has
//! two, on disk and in memory), and any rule.

mod checkpoints;
mod durability;
mod error;
mod log;
mod offload;
mod run;
pub(crate) mod system_time;
pub mod tree;
mod vault;

pub use checkpoints::{Checkpoints, Generation, NoCheckpoints, Part, SavedRow, Shelf};
pub use durability::{DatabaseMemory, Durability};
pub use error::{Fenced, StoreError, Unfit, Work};
pub use log::{HeadWatch, Log, Receipt};
pub use offload::offload;
pub use run::{EVENT_BYTES_MAX, Encoded, Epoch, OrganizationNumber, Run};
pub use tree::{TreeHead, TreeHeads, TreeState, Trees};
pub use vault::{Keyring, Vault};

/// All that the engine needs to keep events.
pub trait Storage: Log + Vault + Trees + Durability {}

impl<T: Log + Vault + Trees + Durability + ?Sized> Storage for T {}
