//! The seams between the engine and its storage: traits, and the types they use.
//!
//! A store implements four traits: [`Log`] (append, read, heads), [`Vault`] (keys), [`Trees`] (roots over what is
//! durable) and [`Durability`] (what stays without a journal, and what that takes). One type may implement all four;
//! the engine holds it as one [`Storage`]. Saved views have the trait [`Checkpoints`].
//!
//! | call | blocks on |
//! |---|---|
//! | [`Log::append`], [`Log::claim`] | a sync, or another append |
//! | [`Log::read`], [`Log::scan`] | reads of the disk |
//! | [`Trees::tree_heads`], [`Trees::tree_state`] | hashing of what is durable |
//! | [`Trees::tree_at`], [`Trees::begins_with`], [`Trees::kept_subtrees`] | reads of the disk |
//! | [`Trees::keep_subtrees`] | a sync |
//! | [`Durability::flush`] | writing tables, and syncs |
//! | [`Keyring::reserve`], [`Keyring::destroy`] | a sync |
//! | everything of [`Checkpoints`] | the disk |
//! | [`Log::head`], [`Log::watch`], `Keys::key`, [`Durability::memory`] | nothing |
//!
//! [`offload`] moves those that async tasks call to threads that may block. INVARIANT: bytes, positions and numbers
//! pass here, no event. Absent on purpose: any implementation (`crate::store` has two, on disk and in memory), and any
//! rule.

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

/// Everything that the engine needs of a store for events.
pub trait Storage: Log + Vault + Trees + Durability {}

impl<T: Log + Vault + Trees + Durability + ?Sized> Storage for T {}
