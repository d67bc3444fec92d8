//! What shows that a log is the one that was written: the tree over its events, and the two notes beside it.
//!
//! INVARIANT: nothing here changes an event, and nothing here is written before the events it speaks of are durable.
//! Absent on purpose: the database (`crate::store` reads it, and asks here), signatures and proofs.
//! Read on in [`tree`], [`head_note`] (what was promised), [`anchor`] (what is in tables), [`order`] (what `verify` asks
//! of events), [`account`] (what is wrong).

pub mod account;
pub mod anchor;
pub(crate) mod file;
pub mod head_note;
pub mod order;
pub mod tree;
