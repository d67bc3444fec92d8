//! Every parser of bytes and text that come from outside the program, as a function of bytes, by name.
//!
//! INVARIANT: a target says nothing of what a parser answers, only that it answers: it must not panic, run on or take
//! memory out of proportion. Absent on purpose: what the answers are, which the tests of each parser hold.
//! Read on in `main.rs` (the fuzzer) and in `seeds.rs` (what each target begins with).

#[cfg(test)]
mod seeds;
mod targets;

pub use targets::{TARGETS, Target};
