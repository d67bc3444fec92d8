//! Proof: what is signed and handed out, so that anybody can show that the history was not rewritten, trusting neither
//! the operator nor us.
//!
//! A tree head ([`heads`]) is kept by others. A [`bundle`] is made from an engine ([`make`]) and checked without one
//! ([`mod@check`]): an event that is in the log, a tree that grew out of an older one, or a decision, with all events of
//! all [`streams`] that it rests on, so that it can be decided again. [`audit`] goes through a whole log.
//!
//! INVARIANT: checking trusts nothing in a bundle but what follows from the signature of its tree head; what it answers
//! is worked out from the events by the same evaluator as everywhere. Absent on purpose: a way to make a proof of what is
//! not durable. What is proved by what, and what is not: `src/docs/proof.md`.

mod answer;
pub mod audit;
pub mod bundle;
pub mod check;
pub mod heads;
pub mod kept;
pub mod make;
pub mod schedule;
pub mod streams;
mod subtrees;

pub use bundle::Bundle;
pub use check::{NotProved, Proved, check};
pub use make::MakeError;
