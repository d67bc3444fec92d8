//! The service as its clients meet it: over TCP and over the socket, with a program that runs. A module a promise.
//!
//! INVARIANT: every test starts a program of its own, on a port that the system chose and a data directory of its own.

#![cfg(all(unix, feature = "serve"))]

mod authzen;
mod bad_input;
mod beside;
mod browsers;
mod callers;
mod changes;
mod commands;
mod console;
mod decisions;
mod feed;
mod http;
mod limits;
mod lists;
mod names;
mod openapi;
mod operate;
mod questions;
mod reads;
mod remote;
mod secured;
mod seen;
mod served;
mod soak;
mod stopping;
mod supervised;
mod traces;
