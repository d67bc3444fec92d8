//! A verb as it is sent from one process to the other.

use crate::cli::terminal::Nature;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// See the module.
#[derive(Serialize, Deserialize)]
pub struct Call {
    /// The arguments, with everything that a file or the environment sets.
    pub arguments: Vec<String>,
    /// Where relative paths begin.
    pub directory: PathBuf,
    pub nature: Nature,
}
