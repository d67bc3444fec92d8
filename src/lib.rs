//! Caseward: an event-sourced permission engine for case management.
//!
//! It answers *may this user do this to this case*, *who could, at any past instant*, and *why*, from one log of events.
//! The rooms: [`engine`] takes commands and answers questions, [`store`] keeps the events
//! behind [`seams`], [`integrity`] shows that they
//! are those that were written, [`proof`] makes and checks what proves it without a store, [`fixture`]
//! runs histories with the answers they must give, [`show`] puts answers into words, drawings and documents, [`cli`] is the
//! command line.
//! A program that embeds the engine needs neither of the two last: `default-features = false` leaves them out, with all
//! that they depend on; the feature `show` brings back the first.
//!
//! The vocabulary is the crate `caseward_events`; every rule is in the crate `caseward_projections`.

pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod fixture;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod integrity;
pub mod proof;
pub mod seams;
#[cfg(feature = "show")]
pub mod show;
pub mod store;

pub use caseward_events as events;
pub use caseward_projections as projections;
