//! What producers send: commands, one by one or from a file.

pub mod answer;
pub mod apply;
pub mod shorthands;
