//! What auditors ask: questions, stretches of time, queries, proofs. A file a verb.

pub mod access;
pub mod check;
pub mod diff;
pub mod explain;
pub mod export;
pub mod history;
pub mod matrix;
pub mod proof;
pub mod report;
pub mod timeline;
pub mod what;
pub mod who;
