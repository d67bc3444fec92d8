//! The AuthZEN Authorization API 1.0: the same questions in the words of callers ([the page](../../docs/authzen.md)).
//!
//! INVARIANT: the vocabulary of the position that is asked at chooses the question, and the engine alone answers it. What
//! the vocabulary does not map is `false`, or an empty search; only the shape of a request can be wrong. Unknown fields are
//! ignored, as the standard demands, except under our own key `context.caseward`: a mistyped `as_of` there would be
//! answered about now. Errors are a line of text.
//! Absent on purpose: decisions on anything that only the caller knows. Properties choose the right that is asked for.

mod asked;
mod evaluate;
mod metadata;
mod page;
mod search;
mod words;

pub(super) use evaluate::decide_again;
pub(super) use evaluate::{evaluation, evaluations};
pub use metadata::{BadPublicUrl, PublicUrl};
pub(super) use metadata::{configuration, configuration_of_organization};
pub(super) use search::{actions, resources, subjects};
