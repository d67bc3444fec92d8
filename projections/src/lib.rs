//! Everything Caseward derives from its events: the views, what a command becomes, what a question is answered.
//!
//! Every fact of every view is a [`history::History`], so now is the head and as-of is the same call with another
//! position. The way through: an event is folded by [`views::Views::apply`]; a command becomes events in [`mod@decide`]; a
//! question is answered by [`evaluate`].
//!
//! INVARIANT: no I/O, no clock, no randomness, no async: time is an argument. `tests/architecture.rs` guards it.
//! Absent on purpose: positions above the head. Whoever reads says at which place, and sees nothing beyond it.

pub mod access_list;
pub mod case_access;
pub mod changes;
pub mod checkpoint;
pub mod compare;
pub mod decide;

pub mod decision;
pub mod definition_access;
pub mod delegations;
pub mod directory;
pub mod evaluate;
mod few;
pub mod history;
pub mod ids;
pub mod items;
pub mod keyed;
pub mod matrix;
pub mod memory;
pub mod names;
pub mod ordered;
pub mod policy;
pub mod profiles;
pub mod question;
pub mod sealing;
mod search;
pub mod timeline;
pub mod trail;
pub mod views;

pub use decide::{Decided, Moment, decide};
pub use decision::{Because, Decision, Effect, Reason, Rule, SetAside};
pub use question::{AsOf, Question};
pub use views::{FoldError, Replay, Views, When};
