//! Beside the process that has the store: a verb that finds it taken is run there, and prints here; and whoever has it
//! for long runs the verbs of others.
//!
//! INVARIANT: what is printed, and how the program ends, is what it would be if the verb had the store itself.

mod asking;
mod call;
mod caller;
mod host;
pub mod socket;

pub use caller::{Ran, run_there};
pub use host::Verbs;
