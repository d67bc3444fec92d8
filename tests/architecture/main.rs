//! The rooms and the one way through them: what may name what, and what the pure crates must not touch.

mod arrows;
mod files;
mod projections;
mod pure;
mod reference;
mod rooms;
mod sources;
