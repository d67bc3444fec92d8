//! Caseward: an event-sourced permission engine for case management.

pub mod engine;
