//! What every view is made of: histories, small maps and lists of them, numbers in place of names; and how each is
//! saved.
//!
//! The lowest floor: it knows no table, no event, no rule. A question that reads one fact reads it with what stands here.

pub(crate) mod bytes;
pub(crate) mod case_set;
pub(crate) mod heap_size;
pub(crate) mod history;
pub(crate) mod history_map;
pub(crate) mod id_order;
pub(crate) mod inline_list;
pub(crate) mod interner;
pub(crate) mod jobs;
pub(crate) mod number;
pub(crate) mod position;
pub(crate) mod saved;
pub(crate) mod search;
