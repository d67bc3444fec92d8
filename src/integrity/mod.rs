//! What shows that a log is the one that was written: the tree over its events, the note of its head, and what whoever
//! has no store checks: signed tree heads, and Merkle proofs.
//!
//! INVARIANT: nothing here changes an event, and nothing here is written before the events it speaks of are durable.
//! Absent on purpose: the database (`crate::store` reads it, and asks here), and what events mean (`crate::proof` makes
//! and checks whole proofs). Read on in [`tree`], [`head_note`] (what was promised), [`damage_report`] (what is wrong),
//! [`tree_head`] and [`signed_note`] (what is handed out), [`signing`] (the keys), [`merkle_proof`] (proofs over the
//! tree).

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod damage_report;
pub(crate) mod file;
pub mod head_note;
pub mod merkle_proof;
pub mod sequence;
pub mod signed_note;
pub mod signing;
pub mod tree;
pub mod tree_head;
pub mod visitor;
