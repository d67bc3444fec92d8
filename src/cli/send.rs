//! What producers send: commands, one by one or from a file.

pub mod answer;
pub mod any_command;
pub mod apply;
pub mod erased;
pub mod init;
mod lookalikes;
pub mod shorthands;
