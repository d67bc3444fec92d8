//! fjall as this store uses it: how rows lie in it, what its errors mean, what it holds in memory.
//!
//! INVARIANT: what fjall says is told here in the words of the store, once for the log and for saved views. Absent on
//! purpose: opening one (`super::recovery`, `super::checkpoints`).

pub(super) mod errors;
pub(super) mod memory_use;
pub(super) mod rows;
