//! The engine: the writer, the readers, the clock.

pub mod store;
