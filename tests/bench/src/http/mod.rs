//! The service over HTTP on loopback, beside bare axum that parses the question and answers a constant.
//!
//! Server and load share the cores: two threads serve, one asks, for the floor as for the product. While it is timed an
//! answer must have status 200; that each says what is right is compared once, before. Streams are read by a thread of their own.
//! Read on in [`served`] (the service), [`check`], [`produce`], [`beside`], [`follow`] (what is measured).

mod beside;
mod check;
mod client;
mod follow;
mod produce;
mod served;

use crate::goal::Goals;
use crate::size::Size;
use floors_data::Permissions;
use std::time::Duration;

/// Connections that ask at once.
const CONNECTIONS: usize = 64;
/// Threads that serve.
const WORKERS: usize = 2;

/// How long and how often each is loaded.
#[derive(Clone, Copy)]
struct Shape {
    rounds: usize,
    window: Duration,
    streams: usize,
    commands: usize,
}

impl Shape {
    fn of(size: &Size) -> Shape {
        if size.holds_goals {
            Shape { rounds: 5, window: Duration::from_secs(2), streams: 1_000, commands: 10_000 }
        } else {
            Shape { rounds: 1, window: Duration::from_millis(200), streams: 20, commands: 200 }
        }
    }
}

/// Measures and prints figures and ratios.
pub fn run(size: &Size, permissions: &Permissions, goals: &mut Goals) {
    let shape = Shape::of(size);
    check::run(shape, permissions, goals);
    produce::run(shape, goals);
    beside::run(shape, goals);
    follow::run(shape, goals);
}
