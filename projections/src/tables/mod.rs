//! The tables that events are folded into: one module an idea, each with its fold, its undo and its saved form.
//!
//! A table knows its own facts and how a change of them is taken off again ([`undo_log`]). Absent on purpose: what an event
//! means (`fold`), and what follows from several tables (`ask`).

pub(crate) mod access_list;
pub(crate) mod callers;
pub(crate) mod case_access;
pub(crate) mod command_ids;
pub(crate) mod definition_access;
pub(crate) mod delegations;
pub(crate) mod directory;
pub(crate) mod dirty;
pub(crate) mod items;
pub(crate) mod labels;
pub(crate) mod policy;
pub(crate) mod profiles;
pub(crate) mod sealing;
pub(crate) mod streams;
pub(crate) mod table;
pub(crate) mod timeline;
pub(crate) mod undo_log;
pub(crate) mod undo_record;
pub(crate) mod vocabulary;
