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
mod durable;
mod erased;
mod heads;
mod kept;
mod organizations;
mod packs;
mod rebuild;
mod scene;
mod sealed;
mod turns;
mod undo;
mod waiting;
