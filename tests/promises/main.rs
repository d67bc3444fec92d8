//! What the engine promises, a module a promise; one program, so that it links once.

#![expect(clippy::print_stderr, reason = "a test says what it skipped, and what it asked how often")]

mod allocations;
mod atomic;
mod bounded;
mod cases;
mod checkpoint;
mod codes;
mod coming_from;
mod compare;
mod datasets;
mod door;
mod dry_runs;
mod durable;
mod effects;
mod erased;
mod examples;
mod fixtures;
mod following;
#[path = "../gate/mod.rs"]
mod gate;
mod happened;
mod heads;
mod integrity;
mod kept;
mod limits;
mod matrix;
mod organizations;
mod paged;
mod panicked;
mod proofs;
mod questions;
mod rebuild;
mod redelivered;
mod scene;
mod sealed;
mod store;
mod stored;
mod time;
mod turns;
mod undo;
mod waiting;
mod walls;
mod who_between;
